//! Byte streams between a client and a member: TCP listeners, and HTTP connections after a 101.
//! Each direction ends on its own. Small talk is copied, bulk is spliced inside the kernel.

use std::os::fd::BorrowedFd;
use std::rc::Rc;
use std::time::Duration;

use elbow_model::value::PoolId;
use elbow_traffic::access_log::End;
use elbow_traffic::limits::TUNNEL_IDLE_TIMEOUT;
use elbow_traffic::protocol::fault::{Fault, FaultKind};
use elbow_traffic::protocol::tcp::{Flow, Mode, Pace};

use super::arena::Key;
use super::assign::{Pooled, Wanted, target};
use super::buffer::{BufferPool, Output};
use super::channel::Channel;
use super::connect::Unreached;
use super::connection::{Client, Edges, Phase, Upstream, Work};
use super::engine::{Desk, Worker};
use super::exchange::{HttpExchange, Tried};
use super::log::Note;
use super::report::MemberFailure;
use super::runtime::{Assignment, Runtime};
use super::ticket::{Line, Ticket};
use super::waiting::Served;
use crate::sys::pipe::{Moved, PIPE_BYTES, Pipe};
use crate::sys::socket::{Io, has_unread};

/// Reads of one direction in a row before others get their turn.
const TURNS: usize = 16;

/// A byte stream both ways.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) upstream: Key,
    /// For the access log, if it is on.
    pub(crate) note: Option<Box<Note>>,
    assignment: Option<Assignment>,
    /// Its place in the pool's queue, while no member can take it.
    ticket: Option<Ticket>,
    /// Since when it waits for an instance, if it ever did.
    waits_since_us: Option<u64>,
    pub(super) tried: Tried,
    /// The pool that a rule chose; the listener's if none.
    routed: Option<PoolId>,
    idle: Duration,
    /// Client to member.
    up: Lane,
    /// Member to client.
    down: Lane,
}

#[derive(Debug, Default)]
struct Lane {
    flow: Flow,
    pace: Pace,
    /// Held while bytes are in it or more are expected.
    pipe: Option<Pipe>,
}

/// One end of a direction.
struct Side<'a> {
    channel: &'a mut Channel,
    edges: &'a mut Edges,
    output: &'a mut Output,
}

/// What pumping one direction came to.
enum Pumped {
    Still,
    Moved,
    /// There may be more at once.
    More,
    Broken,
}

impl Worker {
    /// Connects a TCP client to a member, at once unless its first message says to which.
    pub(crate) fn start_tcp(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get(key) else { return };
        let Some(entrance) = self.entrances.get(client.listener) else { return };
        let note = self.scribe.open_connection(entrance, client, self.clock.micros());
        if entrance.listener.routes_by_server_name() {
            self.await_hello(key, note, desk);
        } else {
            self.start_relay(key, note, None);
        }
    }

    /// Connects a TCP client to a member of the pool that a rule chose, or of the listener's.
    pub(crate) fn start_relay(
        &mut self,
        key: Key,
        note: Option<Box<Note>>,
        routed: Option<PoolId>,
    ) {
        let idle = self.client_idle(key);
        let relay = Relay {
            upstream: Key::NONE,
            note,
            assignment: None,
            ticket: None,
            waits_since_us: None,
            tried: Tried::default(),
            routed,
            idle,
            up: Lane::default(),
            down: Lane::default(),
        };
        self.connect_tcp(key, Box::new(relay));
    }

    /// Finds a member for a byte stream, lets it wait for one, or ends it.
    pub(crate) fn connect_tcp(&mut self, key: Key, mut relay: Box<Relay>) -> Served {
        let Some(client) = self.clients.get(key) else { return Served::Done };
        let Some(entrance) = self.entrances.get(client.listener) else { return Served::Done };
        let runtime = entrance.runtime.clone();
        let timeout = entrance.listener.table.timeouts.member_connect_ms.millis();
        let pool = match relay.routed {
            None => Some(entrance.listener.table.pool.0 as usize),
            // A change may have moved it.
            Some(id) => runtime.balancer.pools.iter().position(|pool| pool.id == id),
        };
        let (position, is_open) = (entrance.position, entrance.is_open);
        let Some(pool) = pool else {
            self.give_up_tcp(key, relay.note, FaultKind::NoPool);
            return Served::Done;
        };
        let wanted =
            Wanted { runtime: &runtime, position, pool, pooled: Pooled::None, affinity: None };
        match self.find_member(key, &wanted, &mut relay.tried) {
            Ok((upstream, assignment)) => {
                if let Some(note) = &mut relay.note {
                    note.assign(target(&wanted, assignment.member), self.clock.micros());
                }
                relay.upstream = upstream;
                relay.assignment = Some(assignment);
                if let Some(ticket) = relay.ticket.take() {
                    ticket.note_served(self.clock.micros());
                }
                self.put_relay(key, relay);
                self.set_timer(key, timeout);
                Served::Done
            }
            Err(fault) => match Line::of(fault.kind, &runtime, pool) {
                // Nobody comes to a listener that is gone.
                Some(Line::Instance { .. }) if !is_open => {
                    self.give_up_tcp(key, relay.note, FaultKind::NoPool);
                    Served::Done
                }
                Some(line) => self.let_tcp_wait(key, relay, (&runtime, pool), line),
                None => {
                    self.give_up_tcp(key, relay.note, fault.kind);
                    Served::Done
                }
            },
        }
    }

    /// Lets a byte stream wait, or wait on.
    fn let_tcp_wait(
        &mut self,
        key: Key,
        mut relay: Box<Relay>,
        (runtime, pool): (&Rc<Runtime>, usize),
        line: Line,
    ) -> Served {
        if relay.ticket.is_some() {
            self.put_relay(key, relay);
            return Served::WaitsOn(line);
        }
        let Some(id) = runtime.pool(pool).map(|pool| pool.id) else { return Served::Done };
        match self.take_ticket((runtime, pool), line, &mut relay.waits_since_us) {
            Ok(ticket) => {
                let left = ticket.left(self.clock.micros());
                relay.ticket = Some(ticket);
                self.put_relay(key, relay);
                self.stand_in_line((runtime.balancer.id, id), key, line);
                self.set_timer(key, left);
            }
            Err(kind) => self.give_up_tcp(key, relay.note, kind),
        }
        Served::Done
    }

    /// Ends a byte stream that got no member; there is no way to say why but in the access log.
    pub(crate) fn give_up_tcp(&mut self, key: Key, mut note: Option<Box<Note>>, kind: FaultKind) {
        if let Some(note) = &mut note {
            note.finish(kind.into());
        }
        self.scribe.close(note, self.clock.micros());
        self.close_client(key);
    }

    fn put_relay(&mut self, key: Key, relay: Box<Relay>) {
        if let Some(client) = self.clients.get_mut(key) {
            client.work = Work::Relay(relay);
        }
    }

    /// A connection did not come about: the client has not noticed, so that another may serve it.
    pub(crate) fn fail_tcp_connect(
        &mut self,
        key: Key,
        mut relay: Box<Relay>,
        unreached: Unreached,
    ) {
        let fault = Fault::terminal(unreached.kind);
        self.drop_upstream(relay.upstream);
        if let Some(assignment) = relay.assignment.take() {
            if let Some(failure) = super::finish::member_failure(fault) {
                self.note_member_failure(&assignment, failure, Some(unreached.evidence));
            }
            relay.tried.note(assignment.member);
        }
        self.connect_tcp(key, relay);
    }

    /// Turns an exchange that was answered 101 into a byte stream.
    pub(crate) fn start_tunnel(
        &mut self,
        key: Key,
        mut exchange: Box<HttpExchange>,
        desk: &mut Desk,
    ) {
        self.count_response(key, 101);
        let mut note = exchange.note.take();
        if let Some(note) = &mut note {
            note.end(End::ClientClosed, Some(101));
            note.carry((exchange.bytes_in, exchange.bytes_out));
        }
        let relay = Relay {
            upstream: exchange.upstream,
            note,
            assignment: exchange.assignment.take(),
            ticket: None,
            waits_since_us: None,
            tried: Tried::default(),
            routed: None,
            idle: self.client_idle(key).max(TUNNEL_IDLE_TIMEOUT),
            up: Lane::default(),
            down: Lane::default(),
        };
        exchange.upstream = Key::NONE;
        self.release(exchange);
        if let Some(client) = self.clients.get_mut(key) {
            client.work = Work::Relay(Box::new(relay));
        }
        self.pump_relay(key, desk);
    }

    pub(crate) fn pump_relay(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let mut relay = match std::mem::replace(&mut client.work, Work::InHand) {
            Work::Relay(relay) => relay,
            other => {
                client.work = other;
                return;
            }
        };
        if relay.is_waiting() {
            // Its end behind bytes of it may be only of that side.
            let is_gone = client.has_ended()
                && client.input.is_empty()
                && !client.channel.socket().is_some_and(has_unread);
            client.work = Work::Relay(relay);
            if is_gone {
                self.abort_client(key);
            }
            return;
        }
        let upstream = self.upstreams.get_mut(relay.upstream);
        let Some(upstream) = upstream else { return self.end_relay(key, *relay, End::Broken) };
        if matches!(upstream.phase, Phase::Connecting { .. }) {
            client.work = Work::Relay(relay);
            return;
        }
        let pool = &mut self.buffers;
        // What came before the member was there, or behind the request for an upgrade; and what a
        // member says first, right behind its handshake.
        let mut early = (std::mem::take(&mut client.input), std::mem::take(&mut upstream.input));
        let (mut near, mut far) = (near_end(client), far_end(upstream));
        let passed = relay
            .up
            .pass(&mut early.0, &mut far, pool)
            .and_then(|()| relay.down.pass(&mut early.1, &mut near, pool));
        if passed.is_err() {
            return self.end_relay(key, *relay, End::Broken);
        }
        let up = relay.up.pump(&mut near, &mut far, pool, &mut desk.scratch);
        let down = relay.down.pump(&mut far, &mut near, pool, &mut desk.scratch);
        let is_done = relay.up.flow.is_ended() && relay.down.flow.is_ended();
        let idle = relay.idle;
        if is_done || matches!(up, Pumped::Broken) || matches!(down, Pumped::Broken) {
            let end = if is_done { End::Done } else { self.explain_broken(&relay) };
            return self.end_relay(key, *relay, end);
        }
        client.work = Work::Relay(relay);
        if matches!(up, Pumped::More) || matches!(down, Pumped::More) {
            self.ready.push(key);
        }
        let is_still = matches!((up, down), (Pumped::Still, Pumped::Still));
        if !is_still || self.clients.get(key).is_some_and(|client| !client.timer.is_set()) {
            self.set_timer(key, idle);
        }
    }

    /// Why a stream broke: its member may never have taken our TLS handshake for done.
    fn explain_broken(&self, relay: &Relay) -> End {
        let is_early = relay.down.flow.carried() == 0;
        let refused = self.late_refusal(relay.upstream).filter(|_| is_early);
        let (Some(unreached), Some(assignment)) = (refused, &relay.assignment) else {
            return End::Broken;
        };
        let failure = MemberFailure::TlsFailed;
        self.note_member_failure(assignment, failure, Some(unreached.evidence));
        unreached.kind.into()
    }

    /// Counts and closes a byte stream.
    pub(crate) fn end_relay(&mut self, key: Key, mut relay: Relay, end: End) {
        if let Some(note) = &mut relay.note {
            note.finish(end);
            note.carry((relay.up.flow.carried(), relay.down.flow.carried()));
        }
        self.scribe.close(relay.note.take(), self.clock.micros());
        if let Some(counters) =
            relay.assignment.as_ref().and_then(|assignment| assignment.counters(self.index))
        {
            counters.bytes_in.add(relay.up.flow.carried());
            counters.bytes_out.add(relay.down.flow.carried());
        }
        self.count_bytes(key, relay.up.flow.carried(), relay.down.flow.carried());
        if end == End::Done {
            self.drop_upstream(relay.upstream);
        } else {
            self.cut_upstream(relay.upstream);
        }
        self.close_client(key);
    }

    pub(crate) fn time_out_relay(&mut self, key: Key, _desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let Work::Relay(relay) = std::mem::replace(&mut client.work, Work::InHand) else { return };
        let is_connecting = self
            .upstreams
            .get(relay.upstream)
            .is_some_and(|upstream| matches!(upstream.phase, Phase::Connecting { .. }));
        if let Some(ticket) = &relay.ticket {
            let kind = ticket.expire();
            self.give_up_tcp(key, relay.note, kind);
        } else if is_connecting {
            let unreached = self.connect_timeout(key, relay.upstream);
            self.fail_tcp_connect(key, relay, unreached);
        } else {
            self.end_relay(key, *relay, End::IdleTimeout);
        }
    }
}

impl Relay {
    /// Its member took the connection, which is a sign of life.
    pub(crate) fn count_connected(&self, worker: usize) {
        let assignment = self.assignment.as_ref();
        if let Some(counters) = assignment.and_then(|assignment| assignment.counters(worker)) {
            counters.connections.add(1);
        }
    }

    /// Whether it has no member yet, and waits for one.
    pub(crate) fn is_waiting(&self) -> bool {
        self.ticket.is_some()
    }
}

impl Lane {
    /// Passes on bytes that were kept.
    fn pass(
        &mut self,
        kept: &mut Vec<u8>,
        target: &mut Side<'_>,
        pool: &mut BufferPool,
    ) -> std::io::Result<()> {
        if kept.is_empty() {
            return Ok(());
        }
        self.flow.handle_bytes(kept.len());
        let pieces = (&mut *kept, [].as_slice(), [].as_slice());
        let passed = target.channel.transmit(target.edges, target.output, pool, pieces);
        pool.give_back(kept);
        passed
    }

    /// Moves bytes as far as both ends allow, then the end itself.
    fn pump(
        &mut self,
        source: &mut Side<'_>,
        target: &mut Side<'_>,
        pool: &mut BufferPool,
        scratch: &mut [u8],
    ) -> Pumped {
        let mut result = Pumped::Still;
        for _ in 0..TURNS {
            match self.flush(target, pool) {
                Ok(true) => {}
                Ok(false) => return result,
                Err(_) => return Pumped::Broken,
            }
            if !self.flow.is_open() || !source.edges.readable {
                return self.pass_end(target, pool, result);
            }
            let may_splice = target.channel.spliceable().is_some();
            let moved = match (self.pace.mode(), source.channel.spliceable()) {
                (Mode::Splice, Some(socket)) if may_splice => self.splice(socket, pool),
                (Mode::Splice | Mode::Copy, _) => {
                    pool.give_back_pipe(self.pipe.take());
                    copy(source, target, pool, scratch)
                }
            };
            match moved {
                Ok(Moved::Bytes(count)) => {
                    self.flow.handle_bytes(count);
                    self.pace.handle_bytes(count);
                    result = Pumped::Moved;
                }
                Ok(Moved::Blocked) => source.edges.readable = false,
                Ok(Moved::End) => self.flow.handle_end(),
                Err(_) => return Pumped::Broken,
            }
        }
        Pumped::More
    }

    /// Sends what waits; true if nothing waits any more.
    fn flush(&mut self, target: &mut Side<'_>, pool: &mut BufferPool) -> std::io::Result<bool> {
        let held = self.pipe.as_ref().map_or(0, Pipe::held);
        if target.output.is_empty() && held == 0 {
            return Ok(true);
        }
        if !target.edges.writable {
            return Ok(false);
        }
        if !target.channel.flush(target.edges, target.output, pool)? {
            return Ok(false);
        }
        let (Some(socket), Some(pipe)) = (target.channel.spliceable(), &mut self.pipe) else {
            return Ok(true);
        };
        while pipe.held() > 0 {
            match pipe.drain(socket)? {
                Moved::Bytes(_) => {}
                Moved::Blocked | Moved::End => {
                    target.edges.writable = false;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn pass_end(&mut self, target: &mut Side<'_>, pool: &mut BufferPool, result: Pumped) -> Pumped {
        if self.flow.poll_end(0) {
            target.channel.end(target.edges, target.output, pool);
            pool.give_back_pipe(self.pipe.take());
            return Pumped::Moved;
        }
        result
    }

    fn splice(&mut self, source: BorrowedFd<'_>, pool: &mut BufferPool) -> std::io::Result<Moved> {
        let pipe = match &mut self.pipe {
            Some(pipe) => pipe,
            None => self.pipe.insert(pool.take_pipe()?),
        };
        pipe.fill(source, PIPE_BYTES)
    }
}

fn near_end(client: &mut Client) -> Side<'_> {
    let Client { channel, edges, output, .. } = client;
    Side { channel, edges, output }
}

fn far_end(upstream: &mut Upstream) -> Side<'_> {
    let Upstream { channel, edges, output, .. } = upstream;
    Side { channel, edges, output }
}

fn copy(
    source: &mut Side<'_>,
    target: &mut Side<'_>,
    pool: &mut BufferPool,
    scratch: &mut [u8],
) -> std::io::Result<Moved> {
    let count = match source.channel.receive(source.edges, source.output, scratch, pool)? {
        Io::Bytes(0) => return Ok(Moved::End),
        Io::Bytes(count) => count,
        Io::Blocked => return Ok(Moved::Blocked),
    };
    let data = scratch.get(..count).unwrap_or_default();
    let pieces = (&mut Vec::new(), data, [].as_slice());
    target.channel.transmit(target.edges, target.output, pool, pieces)?;
    Ok(Moved::Bytes(count))
}
