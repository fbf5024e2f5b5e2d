//! A worker: the one thread that owns its connections, and its loop. Between two events it obeys
//! commands; an event that panics costs one connection. It must never block but in `epoll_wait`.
//!
//! ```text
//! wait -> time -> events -> timers -> whatever was left to go on with -> wait ...
//! ```

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use elbow_model::value::{ListenerId, LoadBalancerId, MemberId};
use elbow_traffic::http1::forwarding::RequestId;
use elbow_traffic::route::Scratch;

use super::accept::Shortage;
use super::arena::{Arena, Key, Kind};
use super::buffer::BufferPool;
use super::command::{Acknowledge, Inbox, WorkerHandle, command_queue};
use super::connection::{Client, Phase, Upstream, Work};
use super::deadlines::Deadlines;
use super::exchange::HttpExchange;
use super::http2::Bells;
use super::log::{HOLD_MS, Scribe};
use super::report::{Report, Reports};
use super::runtime::{Endpoint, Entrance, Runtime};
use super::trap::Trap;
use super::waiting::Waiting;
use super::wheel::{Clock, Look, Wheel};
use crate::access_log::Outlet;
use crate::sys::epoll::{Epoll, Event, Interest};

/// The one buffer that everything is received into. Smaller ones cost more calls, larger ones
/// more cache.
const SCRATCH_BYTES: usize = 256 * 1024;
/// Events taken from the kernel at once.
const EVENTS: usize = 256;

/// What a worker is told when it begins.
#[derive(Debug)]
pub struct WorkerConfig {
    /// 0 for the first; its place in every `per_worker`.
    pub index: usize,
    /// This process's name in `Via`; a token, unlike any other process's.
    pub via_name: Arc<str>,
    /// Where the ids of its requests begin; random.
    pub seed: u128,
    pub reports: Reports,
    /// Where its records go, if the access log is on.
    pub access_log: Option<Outlet>,
    /// Only tests set others than the default.
    pub deadlines: Deadlines,
    /// Only tests set one.
    pub trap: Option<Trap>,
}

/// Starts a worker's thread.
///
/// # Errors
/// If the kernel gives no epoll, eventfd or thread.
pub fn start(config: WorkerConfig) -> io::Result<WorkerHandle> {
    let (handle, inbox) = command_queue()?;
    let epoll = Epoll::new()?;
    epoll.add(inbox.wake().as_fd(), Key::NONE.token(Kind::Wake), Interest::Readable)?;
    std::thread::Builder::new().name(format!("worker-{}", config.index)).spawn(move || {
        let index = config.index;
        let reports = config.reports.clone();
        let mut worker = Worker::new(config, epoll, inbox);
        match catch_unwind(AssertUnwindSafe(|| worker.run())) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(worker = index, %error, "worker ended"),
            Err(_) => tracing::error!(worker = index, "worker ended in a panic"),
        }
        // Nobody may be left to hear it.
        let _unheard = reports.send(Report::Ended { worker: index });
    })?;
    Ok(handle)
}

/// What passes through the worker's hands in one event; shared by all connections.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) scratch: Box<[u8]>,
    /// What goes out first: a head, a chunk's size.
    pub(crate) out: Vec<u8>,
    /// What goes out after the data.
    pub(crate) tail: Vec<u8>,
}

/// Whether the worker takes new work.
#[derive(Debug)]
pub(crate) enum Mode {
    Serving,
    Draining { _done: Acknowledge },
    Stopped,
}

#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) index: usize,
    pub(crate) via_name: Arc<str>,
    pub(crate) reports: Reports,
    pub(crate) epoll: Epoll,
    pub(crate) inbox: Inbox,
    pub(crate) clock: Clock,
    pub(crate) wheel: Wheel,
    pub(crate) buffers: BufferPool,
    pub(crate) clients: Arena<Client>,
    pub(crate) upstreams: Arena<Upstream>,
    pub(crate) entrances: Arena<Entrance>,
    pub(crate) endpoints: Arena<Endpoint>,
    pub(crate) balancers: HashMap<LoadBalancerId, Rc<Runtime>>,
    pub(crate) entrance_of: HashMap<ListenerId, Key>,
    pub(crate) endpoint_of: HashMap<(MemberId, std::net::SocketAddr), Key>,
    /// Exchanges' boxes for reuse.
    #[expect(clippy::vec_box, reason = "the boxes are what is reused")]
    pub(crate) spare: Vec<Box<HttpExchange>>,
    /// Clients to go on with in this turn or the next, without an event.
    pub(crate) ready: Vec<Key>,
    pub(crate) waiting: Waiting,
    /// Clients over a limit that are being told so.
    pub(crate) turned_away: usize,
    pub(crate) mode: Mode,
    /// Where routing normalises paths.
    pub(crate) routing: Scratch,
    /// Given up to refuse a client when descriptors run out.
    pub(crate) reserve: Option<File>,
    pub(crate) shortage: Shortage,
    /// HTTP/2 connections that were ended for what they did.
    pub(crate) expelled: Shortage,
    /// Streams and their connections that can go on.
    pub(crate) bells: Bells,
    pub(crate) scribe: Scribe,
    pub(crate) deadlines: Deadlines,
    pub(crate) trap: Option<Trap>,
    next_request: u128,
}

impl Worker {
    pub(crate) fn new(config: WorkerConfig, epoll: Epoll, inbox: Inbox) -> Self {
        let WorkerConfig { index, via_name, seed, reports, access_log, deadlines, trap } = config;
        Self {
            index,
            via_name,
            reports,
            epoll,
            inbox,
            clock: Clock::new(Instant::now()),
            wheel: Wheel::new(),
            buffers: BufferPool::default(),
            clients: Arena::new(),
            upstreams: Arena::new(),
            entrances: Arena::new(),
            endpoints: Arena::new(),
            balancers: HashMap::new(),
            entrance_of: HashMap::new(),
            endpoint_of: HashMap::new(),
            spare: Vec::new(),
            ready: Vec::new(),
            waiting: Waiting::default(),
            turned_away: 0,
            mode: Mode::Serving,
            routing: Scratch::default(),
            reserve: File::open("/dev/null").ok(),
            shortage: Shortage::default(),
            expelled: Shortage::default(),
            bells: Bells::default(),
            scribe: Scribe::new(access_log),
            deadlines,
            trap,
            next_request: seed,
        }
    }

    pub(crate) fn run(&mut self) -> io::Result<()> {
        let mut events = [Event::EMPTY; EVENTS];
        let mut expired = Vec::new();
        let mut desk = Desk {
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
            out: Vec::with_capacity(64 * 1024),
            tail: Vec::with_capacity(1024),
        };
        while !self.is_finished() {
            let count = self.epoll.wait(&mut events, self.patience_ms())?;
            self.clock.set(Instant::now());
            for event in events.iter().take(count) {
                self.guarded(event.token(), |worker| worker.handle_event(*event, &mut desk));
            }
            while let Some(tick) = self.wheel.advance(&self.clock, &mut expired) {
                for token in expired.iter().copied() {
                    self.guarded(token, |worker| worker.handle_timer(token, tick, &mut desk));
                }
            }
            self.go_on(&mut desk);
            self.serve_waiting(&mut desk);
            self.serve_bells(&mut desk);
            self.scribe.tick(self.clock.micros());
        }
        Ok(())
    }

    /// How long the loop may sleep.
    fn patience_ms(&self) -> i32 {
        let timers = match (self.wheel.timeout_ms(&self.clock), self.scribe.is_waiting()) {
            (timers, false) => timers,
            (timers, true) if timers < 0 => HOLD_MS,
            (timers, true) => timers.min(HOLD_MS),
        };
        match (self.ready.is_empty() && self.bells.is_silent(), self.waiting.patience_ms()) {
            (false, _) => 0,
            (true, None) => timers,
            (true, Some(look_ms)) if timers < 0 => look_ms,
            (true, Some(look_ms)) => timers.min(look_ms),
        }
    }

    fn is_finished(&self) -> bool {
        match self.mode {
            Mode::Serving => false,
            Mode::Draining { .. } => self.clients.len() == 0,
            Mode::Stopped => true,
        }
    }

    fn go_on(&mut self, desk: &mut Desk) {
        for client in std::mem::take(&mut self.ready) {
            self.guarded(client.token(Kind::Client), |worker| worker.drive(client, desk));
        }
    }

    /// Runs one step; a panic in it costs the connection that `token` names.
    pub(crate) fn guarded(&mut self, token: u64, step: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| step(self))).is_err() {
            tracing::error!(worker = self.index, "a connection was closed after a panic");
            // What is left may be too broken even to be dropped.
            if catch_unwind(AssertUnwindSafe(|| self.bury(token))).is_err() {
                tracing::error!(worker = self.index, "what was left of it panicked again");
            }
        }
    }

    /// Removes what a panic may have left half done.
    fn bury(&mut self, token: u64) {
        let (kind, key) = Key::from_token(token);
        if kind == Kind::Upstream && self.carries(key) {
            return self.forget_carrier(key);
        }
        let client = match (kind, self.upstreams.get(key)) {
            (Kind::Client, _) => key,
            (Kind::Upstream, Some(Upstream { phase: Phase::Busy { client }, .. })) => *client,
            (Kind::Upstream, Some(Upstream { phase: Phase::Connecting { client }, .. })) => *client,
            (Kind::Upstream | Kind::Listener | Kind::Wake, _) => return,
        };
        let orphans: Vec<Key> = self
            .upstreams
            .iter()
            .filter(|(_, upstream)| match upstream.phase {
                Phase::Busy { client: owner } | Phase::Connecting { client: owner } => {
                    owner == client
                }
                Phase::Idle { .. } => false,
            })
            .map(|(key, _)| key)
            .collect();
        for orphan in orphans {
            self.upstreams.remove(orphan);
        }
        self.close_client(client);
    }

    fn handle_event(&mut self, event: Event, desk: &mut Desk) {
        let (kind, key) = Key::from_token(event.token());
        match kind {
            Kind::Client => self.handle_client(key, event, desk),
            Kind::Upstream => self.handle_upstream(key, event, desk),
            Kind::Listener => self.accept(key, desk),
            Kind::Wake => self.obey(desk),
        }
    }

    fn handle_client(&mut self, key: Key, event: Event, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        client.edges.note(event);
        let is_stream = matches!(&client.work, Work::Relay(relay) if !relay.is_waiting());
        if event.is_dead() && !is_stream {
            self.abort_client(key);
        } else {
            self.drive(key, desk);
        }
    }

    fn handle_upstream(&mut self, key: Key, event: Event, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(key) else { return };
        upstream.edges.note(event);
        if upstream.carrier.is_some() {
            return self.handle_carrier(key, event, desk);
        }
        match upstream.phase {
            // The first edge of a new socket may come after it is idle again.
            Phase::Idle { .. } if !event.is_readable() => {}
            Phase::Idle { .. } => self.look_at_idle(key, desk),
            Phase::Connecting { client }
                if event.is_writable() || upstream.channel.tls().is_some() =>
            {
                self.handle_connected(key, client, desk);
            }
            Phase::Connecting { .. } => {}
            Phase::Busy { client } => self.drive(client, desk),
        }
    }

    /// Does for a client whatever can be done now.
    pub(crate) fn drive(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        match client.work {
            Work::Introduction => self.read_introduction(key, desk),
            Work::Hello(_) => self.read_hello(key, desk),
            Work::Handshake => self.shake_hands(key, desk),
            Work::Idle => self.read_requests(key, desk),
            Work::Exchange(_) => self.pump(key, desk),
            Work::Relay(_) => self.pump_relay(key, desk),
            Work::Http2(_) => self.pump_http2(key, desk),
            Work::LastWords => self.finish_last_words(key, desk),
            Work::Linger => self.linger(key, desk),
            Work::InHand => self.close_client(key),
        }
    }

    fn handle_timer(&mut self, token: u64, tick: u32, desk: &mut Desk) {
        let (kind, key) = Key::from_token(token);
        let timer = match kind {
            Kind::Client => self.clients.get_mut(key).map(|client| &mut client.timer),
            Kind::Upstream => self.upstreams.get_mut(key).map(|upstream| &mut upstream.timer),
            Kind::Listener | Kind::Wake => None,
        };
        let Some(timer) = timer else { return };
        if self.wheel.look(timer, token, tick) == Look::Due {
            match kind {
                Kind::Upstream if self.time_out_carrier(key, desk) => {}
                Kind::Upstream => self.drop_idle(key),
                Kind::Client | Kind::Listener | Kind::Wake => self.handle_timeout(key, desk),
            }
        }
    }

    /// A new request's id: neighbouring numbers look unrelated, and none comes twice.
    pub(crate) fn next_request_id(&mut self) -> RequestId {
        self.next_request = self.next_request.wrapping_add(1);
        RequestId(self.next_request.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
    }
}
