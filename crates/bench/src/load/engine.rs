//! The generator's loop: one epoll, one thread, both sides. It serves the origin all the time, since
//! health checks come at any time, and runs rounds when told to.

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::io::Errno;

use super::client::{Client, Stage};
use super::ends::Ends;
use super::offer;
use super::order::{HandshakeCount, Order, Outcome, Traffic};
use super::origin::{After, HttpOrigin, TcpOrigin, Tools};
use super::round::Round;
use super::socket;
use crate::process;

/// Events taken per turn.
const EVENTS: usize = 512;
/// Connections accepted per event, so that no side starves the other.
const ACCEPTS: usize = 64;
/// Longest time for opening connections, and for answers that are out at a round's end.
const OPEN_LIMIT: Duration = Duration::from_secs(20);
const FINISH_LIMIT: Duration = Duration::from_secs(2);
const SPIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
const DOZE: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

/// Something to be told.
pub(super) enum Command {
    Run(Box<Order>),
    /// Closes what a round left open.
    Release,
    Stop,
}

/// Where the origin listens: two members each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origins {
    pub(crate) http: [SocketAddr; 2],
    pub(crate) tcp: [SocketAddr; 2],
}

struct End {
    socket: OwnedFd,
    role: Role,
}

enum Role {
    Wake,
    HttpListener,
    TcpListener,
    HttpOrigin(HttpOrigin),
    TcpOrigin(TcpOrigin),
    Client(Client),
}

/// The generator.
pub(super) struct Engine {
    epoll: OwnedFd,
    events: Vec<Event>,
    ends: Ends<End>,
    tools: Tools,
    round: Option<Round>,
    next_id: u64,
}

impl Engine {
    /// Opens the origin's listeners; the descriptor wakes the loop for a command.
    pub(super) fn new() -> Result<(Self, Origins, OwnedFd), Errno> {
        let event = Event { flags: EventFlags::empty(), data: EventData::new_u64(0) };
        let mut engine = Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            events: vec![event; EVENTS],
            ends: Ends::new(),
            tools: Tools::new(),
            round: None,
            next_id: 1,
        };
        let wake = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        let bell = rustix::io::dup(&wake)?;
        engine.add_level(wake, Role::Wake)?;
        let mut listen = |role: Role| -> Result<SocketAddr, Errno> {
            let (socket, address) = socket::listener()?;
            engine.add_level(socket, role)?;
            Ok(address)
        };
        let http = [listen(Role::HttpListener)?, listen(Role::HttpListener)?];
        let tcp = [listen(Role::TcpListener)?, listen(Role::TcpListener)?];
        Ok((engine, Origins { http, tcp }, bell))
    }

    /// Serves until told to stop.
    pub(super) fn serve(mut self, commands: &Receiver<Command>, outcomes: &Sender<Outcome>) {
        loop {
            self.turn(&Timespec { tv_sec: 1, tv_nsec: 0 });
            match commands.try_recv() {
                Ok(Command::Run(order)) => {
                    let outcome = self.run(*order);
                    if outcomes.send(outcome).is_err() {
                        return;
                    }
                }
                Ok(Command::Release) => self.close_clients(),
                Ok(Command::Stop) | Err(std::sync::mpsc::TryRecvError::Disconnected) => return,
                Err(std::sync::mpsc::TryRecvError::Empty) => {}
            }
        }
    }

    fn run(&mut self, order: Order) -> Outcome {
        let (warm_up, length) = (order.warm_up, order.length);
        let (traffic, processes) = (order.traffic, order.processes.clone());
        self.round = Some(Round::new(order, self.next_id));
        self.turn_until(OPEN_LIMIT, Round::is_open);
        if let Traffic::Hold { .. } = traffic {
            self.turn_until(OPEN_LIMIT, |round| round.is_open() && round.in_flight == 0);
            return self.finish(Outcome::default());
        }
        if let Traffic::Paced { per_second, .. } = traffic {
            let idle = self.ends.keys_where(|end| matches!(end.role, Role::Client(_)));
            if let Some(round) = &mut self.round {
                round.start_pace(per_second, idle);
            }
        }
        self.turn_until(warm_up, |_| false);
        if let Some(round) = &mut self.round {
            round.is_recording = true;
        }
        let before = self.snapshot(&processes);
        self.turn_until(length, |_| false);
        let after = self.snapshot(&processes);
        let outcome = Outcome {
            completed: after.completed - before.completed,
            bytes: after.bytes - before.bytes,
            handshakes: after.handshakes.since(&before.handshakes),
            elapsed: after.at - before.at,
            cpu: after.cpu.saturating_sub(before.cpu),
            own_cpu: after.own_cpu.saturating_sub(before.own_cpu),
            ..Outcome::default()
        };
        if let Some(round) = &mut self.round {
            round.is_recording = false;
            round.is_stopping = true;
        }
        if traffic != Traffic::Bulk {
            self.turn_until(FINISH_LIMIT, |round| round.in_flight == 0);
        }
        let outcome = self.finish(outcome);
        self.close_clients();
        outcome
    }

    /// Turns until the claim holds, the time is over or the round is given up.
    fn turn_until(&mut self, limit: Duration, claim: impl Fn(&Round) -> bool) {
        let deadline = Instant::now() + limit;
        while let Some(round) = &self.round {
            if claim(round) || round.is_given_up() || Instant::now() >= deadline {
                return;
            }
            let timeout = if round.pace.is_some() { &SPIN } else { &DOZE };
            self.open_connections();
            self.turn(timeout);
            self.send_due();
        }
    }

    fn finish(&mut self, mut outcome: Outcome) -> Outcome {
        let Some(mut round) = self.round.take() else { return outcome };
        self.next_id = round.next_id();
        if !round.is_open() && !round.is_stopping {
            round.count_error("connections could not be opened in time".to_owned());
        }
        if round.in_flight > 0 && round.order.traffic != Traffic::Bulk {
            let missing = round.in_flight;
            round.count_error(format!("{missing} requests were never answered"));
        }
        let expected = round.order.offer.as_ref().map(|offer| offer.tls.handshakes);
        if let Some(text) = expected.and_then(|kind| offer::fault(kind, &outcome.handshakes)) {
            round.count_error(text);
        }
        if let Some(overrun) = round.pace.as_ref().map(|pace| pace.overrun).filter(|n| *n > 0) {
            round.count_error(format!("{overrun} requests above what was served"));
        }
        outcome.latencies_ns = round.tally.latencies_ns;
        outcome.errors = round.tally.errors;
        outcome.first_error = round.tally.first_error;
        if outcome.elapsed.is_zero() {
            outcome.completed = round.tally.completed;
        }
        outcome
    }

    fn snapshot(&self, processes: &[u32]) -> Snapshot {
        let tally = self.round.as_ref().map(|round| &round.tally);
        Snapshot {
            at: Instant::now(),
            cpu: process::cpu_time(processes),
            own_cpu: process::own_thread_cpu(),
            completed: tally.map_or(0, |tally| tally.completed),
            bytes: tally.map_or(0, |tally| tally.bytes),
            handshakes: tally.map_or_else(HandshakeCount::default, |tally| tally.handshakes),
        }
    }

    fn close_clients(&mut self) {
        for key in self.ends.keys_where(|end| matches!(end.role, Role::Client(_))) {
            drop(self.ends.remove(key));
        }
    }

    fn open_connections(&mut self) {
        let Self { round: Some(round), ends, epoll, .. } = self else { return };
        while let Some(client) = round.poll_opening() {
            let opened = socket::connecting(round.order.target).and_then(|socket| {
                let key = ends.insert(End { socket, role: Role::Client(client) });
                match ends.find(key) {
                    Some(end) => socket::watch_edges(&*epoll, &end.socket, key),
                    None => Ok(()),
                }
            });
            if let Err(error) = opened {
                round.handle_unopened(error);
                return;
            }
        }
    }

    fn send_due(&mut self) {
        let Self { round: Some(round), ends, .. } = self else { return };
        while !round.is_stopping {
            let now_ns = round.now_ns();
            let due = round.pace.as_mut().and_then(|pace| pace.poll_due(now_ns));
            let Some((key, due_ns)) = due else { return };
            let Some(End { socket, role: Role::Client(client) }) = ends.find(key) else { continue };
            client.due_ns = due_ns;
            if client.stage == Stage::Idle && round.ask(client, socket.as_fd()) == After::Close {
                drop(ends.remove(key));
            }
        }
    }

    /// Waits for events and handles them.
    fn turn(&mut self, timeout: &Timespec) {
        let mut events = std::mem::take(&mut self.events);
        let count = epoll::wait(&self.epoll, events.as_mut_slice(), Some(timeout)).unwrap_or(0);
        for event in &events[..count] {
            self.handle_event(event.data.u64(), event.flags);
        }
        self.events = events;
    }

    fn handle_event(&mut self, key: u64, flags: EventFlags) {
        let Some(End { socket, role }) = self.ends.find(key) else { return };
        let after = match role {
            Role::Wake => {
                let _ = rustix::io::read(&*socket, &mut [0; 8]);
                After::Keep
            }
            Role::HttpListener => {
                return self.accept(key, || Role::HttpOrigin(HttpOrigin::default()));
            }
            Role::TcpListener => return self.accept(key, || Role::TcpOrigin(TcpOrigin::default())),
            Role::HttpOrigin(origin) => origin.handle_event(socket.as_fd(), flags, &mut self.tools),
            Role::TcpOrigin(origin) => origin.handle_event(socket.as_fd(), flags, &mut self.tools),
            Role::Client(client) => match &mut self.round {
                Some(round) => {
                    round.handle_event(key, client, socket.as_fd(), flags, &mut self.tools)
                }
                None if flags.intersects(EventFlags::HUP | EventFlags::RDHUP) => After::Close,
                None => After::Keep,
            },
        };
        let is_client = matches!(role, Role::Client(_));
        match after {
            After::Keep => {}
            After::Close => drop(self.ends.remove(key)),
            After::Stream => {
                let flags = if is_client { EventFlags::IN } else { EventFlags::OUT };
                if socket::change_to_level(&self.epoll, &*socket, key, flags).is_err() {
                    drop(self.ends.remove(key));
                }
            }
        }
    }

    fn accept(&mut self, listener: u64, role: impl Fn() -> Role) {
        for _ in 0..ACCEPTS {
            let Some(end) = self.ends.find(listener) else { return };
            let Some(socket) = socket::accept(&end.socket) else { return };
            let key = self.ends.insert(End { socket, role: role() });
            let Some(end) = self.ends.find(key) else { return };
            if socket::watch_edges(&self.epoll, &end.socket, key).is_err() {
                drop(self.ends.remove(key));
            }
        }
    }

    fn add_level(&mut self, socket: OwnedFd, role: Role) -> Result<(), Errno> {
        let key = self.ends.insert(End { socket, role });
        match self.ends.find(key) {
            Some(end) => socket::watch_level(&self.epoll, &end.socket, key, EventFlags::IN),
            None => Ok(()),
        }
    }
}

struct Snapshot {
    at: Instant,
    cpu: Duration,
    own_cpu: Duration,
    completed: u64,
    bytes: u64,
    handshakes: HandshakeCount,
}
