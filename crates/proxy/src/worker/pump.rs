//! Moves an exchange on: request body to the member, response to the client, each as far as both
//! sides allow. It must stop reading one side while the other does not take its bytes.

use std::time::Duration;

use elbow_traffic::protocol::fault::{Fault, FaultKind, Retry};
use elbow_traffic::protocol::http1::{Ended, HeadStep};

use super::arena::Key;
use super::connection::{Phase, Work};
use super::engine::{Desk, Worker};
use super::exchange::HttpExchange;
use super::http2::UNPROCESSED;
use super::route::{learn_session, write_cookie};
use super::trap::Trap;
use crate::sys::socket::Io;

/// Reads of one connection in a row before the others get their turn.
const TURNS: usize = 8;
/// What is read at once while the receiver keeps up; more would have to be kept if it stalls.
const EAGER_READ: usize = 256 * 1024;
/// What is read at once from the beginning of a body.
const FIRST_READ: usize = 128 * 1024;

/// What is read at once for a stream of HTTP/2: with a hundred of them, it must be kept a hundred
/// times.
const STREAM_READ: usize = 48 * 1024;

/// Where an exchange stands after a pump.
pub(crate) enum Step {
    /// Nothing more can be done before the next event; whether anything was.
    Wait,
    /// There is more to do, in another turn.
    Again,
    Done,
    Failed(Fault),
    ClientGone,
    Tunnel,
}

impl Worker {
    pub(crate) fn pump(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let mut exchange = match std::mem::replace(&mut client.work, Work::InHand) {
            Work::Exchange(exchange) => exchange,
            other => {
                client.work = other;
                return;
            }
        };
        let mut has_moved = false;
        match self.advance(key, &mut exchange, desk, &mut has_moved) {
            Step::Wait => {
                self.put_back(key, exchange);
                if has_moved {
                    self.set_exchange_timer(key);
                }
            }
            Step::Again => {
                self.put_back(key, exchange);
                self.set_exchange_timer(key);
                self.ready.push(key);
            }
            Step::Done => self.finish_exchange(key, exchange),
            Step::Failed(fault) => self.fail_exchange(key, exchange, fault, desk),
            Step::ClientGone => {
                self.release(exchange);
                self.abort_client(key);
            }
            Step::Tunnel => self.start_tunnel(key, exchange, desk),
        }
    }

    fn put_back(&mut self, key: Key, exchange: Box<HttpExchange>) {
        if let Some(client) = self.clients.get_mut(key) {
            client.work = Work::Exchange(exchange);
        }
    }

    fn advance(
        &mut self,
        key: Key,
        exchange: &mut HttpExchange,
        desk: &mut Desk,
        has_moved: &mut bool,
    ) -> Step {
        if let Some(ticket) = &mut exchange.ticket {
            let has_ended = self.clients.get(key).is_some_and(|client| client.has_ended());
            let now_us = self.clock.micros();
            let is_gone = has_ended && ticket.has_left(now_us, self.deadlines.half_close);
            return if is_gone { Step::ClientGone } else { Step::Wait };
        }
        let waited = |worker: &Self| {
            let upstream = worker.upstreams.get(exchange.upstream);
            upstream.is_some_and(|upstream| !upstream.output.is_empty())
        };
        let had_output = waited(self);
        // What goes out before the handshake is done is no progress of the request.
        let is_out =
            !self.is_connecting(exchange.upstream) && self.flush_upstream(exchange.upstream);
        // Once the member has taken all, the wait is for another peer, under another deadline.
        *has_moved |= had_output && is_out;
        let mut has_more = false;
        if is_out && !exchange.machine.request_is_done() {
            match self.forward_request(key, exchange, desk, has_moved) {
                Step::Wait => {}
                // However fast the request comes, an early answer passes it.
                Step::Again => has_more = true,
                other => return other,
            }
        }
        let step = match self.flush_client(key) {
            Ok(true) => self.forward_response(key, exchange, desk, has_moved),
            Ok(false) => Step::Wait,
            Err(_) => Step::ClientGone,
        };
        match step {
            Step::Wait if has_more => Step::Again,
            other => other,
        }
    }

    fn is_connecting(&self, upstream: Key) -> bool {
        let upstream = self.upstreams.get(upstream);
        upstream.is_some_and(|upstream| matches!(upstream.phase, Phase::Connecting { .. }))
    }

    fn forward_request(
        &mut self,
        key: Key,
        exchange: &mut HttpExchange,
        desk: &mut Desk,
        has_moved: &mut bool,
    ) -> Step {
        for _ in 0..TURNS {
            if exchange.machine.request_is_done() {
                return Step::Wait;
            }
            match self.upstreams.get(exchange.upstream) {
                Some(upstream) if !upstream.output.is_empty() => {
                    exchange.was_throttled = true;
                    return Step::Wait;
                }
                Some(upstream)
                    if upstream.edges.write_failed
                        || matches!(upstream.phase, Phase::Connecting { .. }) =>
                {
                    return Step::Wait;
                }
                Some(_) => {}
                None => return Step::Wait,
            }
            let filled = match self.receive_from_client(key, desk) {
                Received::Bytes(filled) => filled,
                Received::Nothing => return Step::Wait,
                // The request can't become whole any more (RFC 9112 §8).
                Received::Ended | Received::Broken | Received::Unprocessed => {
                    return Step::ClientGone;
                }
            };
            Trap::check(self.trap, desk.scratch.get(..filled));
            *has_moved = true;
            if let Err(fault) = self.forward_request_piece(key, exchange, desk, filled) {
                return Step::Failed(fault);
            }
        }
        if exchange.machine.request_is_done() { Step::Wait } else { Step::Again }
    }

    fn forward_request_piece(
        &mut self,
        key: Key,
        exchange: &mut HttpExchange,
        desk: &mut Desk,
        filled: usize,
    ) -> Result<(), Fault> {
        let Desk { scratch, out, tail } = desk;
        let received = scratch.get_mut(..filled).unwrap_or_default();
        let progress = exchange.machine.read_request(received)?;
        out.clear();
        tail.clear();
        exchange.machine.write_request_prefix(progress.data.len(), out);
        exchange.machine.write_request_suffix(&progress, tail);
        exchange.body_bytes += progress.data.len() as u64;
        exchange.bytes_in += progress.consumed as u64;
        let data = received.get(progress.data).unwrap_or_default();
        if self.send_to_upstream(exchange.upstream, out, data, tail).is_err() {
            self.note_failed_send(exchange.upstream);
        }
        if let Some(client) = self.clients.get_mut(key) {
            let rest = received.get(progress.consumed..).unwrap_or_default();
            self.buffers.fill(&mut client.input, rest);
        }
        self.check_rate(exchange)
    }

    /// Refuses a body that drips: a slow client would hold a member's connection for hours.
    fn check_rate(&self, exchange: &HttpExchange) -> Result<(), Fault> {
        let elapsed = Duration::from_micros(self.clock.micros().saturating_sub(exchange.begun_us));
        let least = elapsed.as_millis() * u128::from(self.deadlines.min_body_rate) / 1000;
        let is_too_slow = elapsed > self.deadlines.body_rate_grace
            && u128::from(exchange.body_bytes) < least
            && !exchange.was_throttled
            && !exchange.is_call
            && !exchange.machine.request_is_done();
        if is_too_slow { Err(Fault::terminal(FaultKind::ClientTooSlow)) } else { Ok(()) }
    }

    /// Puts what a client has sent at the start of the scratch buffer.
    fn receive_from_client(&mut self, key: Key, desk: &mut Desk) -> Received {
        let Some(client) = self.clients.get_mut(key) else { return Received::Broken };
        if !client.input.is_empty() {
            let filled = client.input.len();
            if let Some(start) = desk.scratch.get_mut(..filled) {
                start.copy_from_slice(&client.input);
            }
            self.buffers.give_back(&mut client.input);
            return Received::Bytes(filled);
        }
        if !client.edges.readable {
            return Received::Nothing;
        }
        let room = desk.scratch.get_mut(..FIRST_READ).unwrap_or_default();
        match client.receive(room, &mut self.buffers) {
            Ok(Io::Bytes(0)) => Received::Ended,
            Ok(Io::Bytes(count)) => Received::Bytes(count),
            Ok(Io::Blocked) => Received::Nothing,
            Err(_) => Received::Broken,
        }
    }

    fn forward_response(
        &mut self,
        key: Key,
        exchange: &mut HttpExchange,
        desk: &mut Desk,
        has_moved: &mut bool,
    ) -> Step {
        let is_stream =
            self.clients.get(key).is_some_and(|client| client.channel.carrier().is_some());
        let (first, eager) = match is_stream {
            true => (STREAM_READ, STREAM_READ),
            false => (FIRST_READ, EAGER_READ),
        };
        let mut limit = first;
        for _ in 0..TURNS {
            let ended = match self.receive_from_upstream(exchange.upstream, desk, limit) {
                Received::Bytes(filled) => {
                    Trap::check(self.trap, desk.scratch.get(..filled));
                    *has_moved = true;
                    match self.forward_response_piece(key, exchange, desk, filled) {
                        Step::Again => {
                            limit = eager;
                            continue;
                        }
                        other => return other,
                    }
                }
                Received::Nothing => return Step::Wait,
                Received::Unprocessed if exchange.machine.awaits_head() => {
                    return Step::Failed(self.excuse(exchange));
                }
                Received::Ended => Ended::Orderly,
                Received::Broken | Received::Unprocessed => Ended::Broken,
            };
            return self.end_response(key, exchange, ended, desk);
        }
        Step::Again
    }

    /// A member left a request alone because its connection ends: it may go again, to it or another.
    fn excuse(&mut self, exchange: &HttpExchange) -> Fault {
        if let Some(upstream) = self.upstreams.get_mut(exchange.upstream) {
            upstream.is_reused = true;
        }
        Fault { kind: FaultKind::ClosedBeforeResponse, retry: Retry::Safe }
    }

    /// Puts what a member has sent, after a head's first part if there is one, at the start of
    /// the scratch buffer.
    fn receive_from_upstream(&mut self, key: Key, desk: &mut Desk, limit: usize) -> Received {
        let Some(upstream) = self.upstreams.get_mut(key) else { return Received::Broken };
        if !upstream.edges.readable || matches!(upstream.phase, Phase::Connecting { .. }) {
            return Received::Nothing;
        }
        let waiting = upstream.input.len();
        if let Some(start) = desk.scratch.get_mut(..waiting) {
            start.copy_from_slice(&upstream.input);
        }
        let room = desk.scratch.get_mut(waiting..limit.max(waiting + 1)).unwrap_or_default();
        match upstream.receive(room, &mut self.buffers) {
            Ok(Io::Bytes(0)) => Received::Ended,
            Ok(Io::Bytes(count)) => {
                self.buffers.give_back(&mut upstream.input);
                Received::Bytes(waiting + count)
            }
            Ok(Io::Blocked) => Received::Nothing,
            Err(error) if error.kind() == UNPROCESSED => Received::Unprocessed,
            Err(_) => Received::Broken,
        }
    }

    /// Passes on one piece of a response: [`Step::Again`] if the next may follow at once.
    fn forward_response_piece(
        &mut self,
        key: Key,
        exchange: &mut HttpExchange,
        desk: &mut Desk,
        filled: usize,
    ) -> Step {
        let Desk { scratch, out, tail } = desk;
        out.clear();
        tail.clear();
        let received = scratch.get_mut(..filled).unwrap_or_default();
        let mut at = 0;
        let mut cookie = None;
        if exchange.machine.awaits_head() {
            if let Some(note) = &mut exchange.note {
                note.respond(self.clock.micros());
            }
            cookie = new_cookie(exchange);
            if !self.keeps_clients(key) {
                exchange.machine.close_after();
            }
        }
        while exchange.machine.awaits_head() {
            let rest = received.get(at..).unwrap_or_default();
            match exchange.machine.read_head(rest, &self.via_name, cookie.as_deref(), out) {
                Ok(HeadStep::Interim(length)) => at += length,
                Ok(HeadStep::Final(length)) => {
                    learn_session(exchange, rest, self.clock.now());
                    at += length;
                }
                Ok(HeadStep::Partial) => {
                    if let Some(upstream) = self.upstreams.get_mut(exchange.upstream) {
                        self.buffers.fill(&mut upstream.input, rest);
                    }
                    let is_gone = self.send_to_client(key, out, &[], &[]).is_err();
                    return if is_gone { Step::ClientGone } else { Step::Again };
                }
                Ok(HeadStep::Tunnel(length)) => {
                    let rest = received.get(at + length..).unwrap_or_default();
                    exchange.has_delivered = true;
                    let is_gone = self.send_to_client(key, out, rest, &[]).is_err();
                    return if is_gone { Step::ClientGone } else { Step::Tunnel };
                }
                Err(fault) => return Step::Failed(fault),
            }
        }
        let body = received.get_mut(at..).unwrap_or_default();
        let progress = match exchange.machine.read_body(body) {
            Ok(progress) => progress,
            Err(fault) => return Step::Failed(fault),
        };
        exchange.machine.write_body_prefix(progress.data.len(), out);
        exchange.machine.write_body_suffix(&progress, tail);
        exchange.has_stray_bytes |= progress.consumed < body.len();
        exchange.has_delivered = true;
        let data = body.get(progress.data).unwrap_or_default();
        exchange.bytes_out += (out.len() + data.len() + tail.len()) as u64;
        if self.send_to_client(key, out, data, tail).is_err() {
            return Step::ClientGone;
        }
        match exchange.machine.response_is_done() {
            Some(_) => Step::Done,
            None if self.clients.get(key).is_some_and(|client| client.output.is_empty()) => {
                Step::Again
            }
            None => Step::Wait,
        }
    }

    /// Whether a client's listener will take its next request.
    fn keeps_clients(&self, key: Key) -> bool {
        let entrance = self.clients.get(key).and_then(|c| self.entrances.get(c.listener));
        entrance.is_some_and(|entrance| entrance.is_open)
    }

    fn end_response(
        &mut self,
        key: Key,
        exchange: &mut HttpExchange,
        ended: Ended,
        desk: &mut Desk,
    ) -> Step {
        desk.out.clear();
        match exchange.machine.member_ended(ended, &mut desk.out) {
            Ok(()) => match self.send_to_client(key, &mut desk.out, &[], &[]) {
                Ok(()) => Step::Done,
                Err(_) => Step::ClientGone,
            },
            Err(fault) => Step::Failed(self.explain(exchange, fault)),
        }
    }

    /// Tells a member that never took our handshake for done from one that closed.
    fn explain(&self, exchange: &mut HttpExchange, fault: Fault) -> Fault {
        let is_early = exchange.machine.awaits_head() && !exchange.has_delivered;
        match self.late_refusal(exchange.upstream).filter(|_| is_early) {
            None => fault,
            Some(unreached) => {
                exchange.evidence = Some(unreached.evidence);
                Fault { kind: unreached.kind, retry: Retry::Safe }
            }
        }
    }
}

/// What a connection gave.
enum Received {
    /// So many bytes at the start of the scratch buffer.
    Bytes(usize),
    Nothing,
    Ended,
    Broken,
    /// The peer has not looked at the request.
    Unprocessed,
}

/// The cookie that is to keep the client at the member it got, if it has not brought it.
fn new_cookie(exchange: &HttpExchange) -> Option<Vec<u8>> {
    let pool = exchange.runtime.pool(exchange.pool)?;
    pool.table.session_persistence.as_ref()?;
    let member = u32::try_from(exchange.assignment.as_ref()?.member).ok()?;
    let views = exchange.runtime.views.borrow();
    let token = views.get(exchange.pool)?.picker().token_of(member)?;
    if exchange.affinity.token == Some(token) {
        return None;
    }
    let mut cookie = Vec::new();
    write_cookie(pool, token, &mut cookie);
    (!cookie.is_empty()).then_some(cookie)
}
