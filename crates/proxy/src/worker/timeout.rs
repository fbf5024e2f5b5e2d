//! Deadlines: which one a connection is under, and what happens when it passes. Every wait for a
//! peer must be under one.

use std::time::Duration;

use elbow_traffic::access_log::End;
use elbow_traffic::http1::refusal::Refusal;
use elbow_traffic::limits::{RESPONSE_TIMEOUT, TUNNEL_IDLE_TIMEOUT};
use elbow_traffic::protocol::fault::{Fault, FaultKind, Retry};

use super::arena::Key;
use super::connection::{Phase, Work};
use super::engine::{Desk, Worker};
use super::exchange::HttpExchange;
use super::log::Note;
use super::wheel::Clock;
use crate::sys::socket::take_error;

/// Whom an exchange waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WaitsFor {
    Place,
    Connect,
    ClientToRead,
    ClientToWrite,
    Member,
    /// For either side of a call that may be silent for long.
    Either,
}

impl Worker {
    fn waits_for(&self, key: Key, exchange: &HttpExchange) -> WaitsFor {
        let upstream = self.upstreams.get(exchange.upstream);
        if exchange.ticket.is_some() {
            WaitsFor::Place
        } else if upstream
            .is_some_and(|upstream| matches!(upstream.phase, Phase::Connecting { .. }))
        {
            WaitsFor::Connect
        } else if self.clients.get(key).is_some_and(|client| !client.output.is_empty()) {
            WaitsFor::ClientToRead
        } else if exchange.is_call
            && (exchange.machine.has_answered() || !exchange.machine.request_is_done())
        {
            WaitsFor::Either
        } else if !exchange.machine.request_is_done()
            && upstream.is_some_and(|upstream| upstream.output.is_empty())
        {
            WaitsFor::ClientToWrite
        } else {
            WaitsFor::Member
        }
    }

    /// Puts an exchange under the deadline of what it waits for now.
    pub(crate) fn set_exchange_timer(&mut self, key: Key) {
        let Some(client) = self.clients.get(key) else { return };
        let Work::Exchange(exchange) = &client.work else { return };
        let listener = exchange.runtime.balancer.listeners.get(exchange.position);
        let timeouts = listener.map(|listener| listener.table.timeouts);
        let delay = match self.waits_for(key, exchange) {
            WaitsFor::Place => exchange
                .runtime
                .pool(exchange.pool)
                .map_or(self.deadlines.connect, |pool| pool.table.queue.timeout_ms.millis()),
            WaitsFor::Connect => {
                timeouts.map_or(self.deadlines.connect, |t| t.member_connect_ms.millis())
            }
            WaitsFor::ClientToRead => self.deadlines.write,
            WaitsFor::ClientToWrite => self.deadlines.body_idle,
            WaitsFor::Member => {
                timeouts.map_or(RESPONSE_TIMEOUT, |t| t.member_response_ms.millis())
            }
            WaitsFor::Either => self.client_idle(key).max(TUNNEL_IDLE_TIMEOUT),
        };
        self.set_timer(key, delay);
    }

    /// A client's deadline has passed.
    pub(crate) fn handle_timeout(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        match &client.work {
            Work::Idle if client.input.is_empty() || !client.output.is_empty() => {
                self.close_client(key);
            }
            Work::Idle => self.refuse(key, Refusal::HeadTimeout, desk),
            Work::Handshake => self.time_out_handshake(key),
            Work::Exchange(_) => self.time_out_exchange(key, desk),
            Work::Relay(_) => self.time_out_relay(key, desk),
            Work::Hello(_) => self.end_hello(key, End::HeadTimeout),
            Work::Http2(_) => self.time_out_http2(key, desk),
            Work::Introduction | Work::LastWords | Work::Linger | Work::InHand => {
                self.abort_client(key);
            }
        }
    }

    fn time_out_exchange(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let Work::Exchange(mut exchange) = std::mem::replace(&mut client.work, Work::InHand) else {
            return;
        };
        match self.waits_for(key, &exchange) {
            WaitsFor::Place => {
                let fault = Fault::terminal(FaultKind::QueueTimeout);
                self.fail_exchange(key, exchange, fault, desk);
            }
            WaitsFor::Connect => {
                self.fail_connect(key, exchange, FaultKind::ConnectTimeout, desk);
            }
            WaitsFor::ClientToRead => {
                if let Some(note) = &mut exchange.note {
                    note.end(End::ClientTooSlow, Some(exchange.machine.status()));
                }
                self.release(exchange);
                self.abort_client(key);
            }
            WaitsFor::ClientToWrite => {
                let fault = Fault::terminal(FaultKind::ClientTooSlow);
                self.fail_exchange(key, exchange, fault, desk);
            }
            WaitsFor::Member | WaitsFor::Either => {
                let kind = match exchange.machine.awaits_head() {
                    true => FaultKind::ResponseTimeout,
                    false => FaultKind::Truncated,
                };
                self.fail_exchange(key, exchange, Fault::terminal(kind), desk);
            }
        }
    }

    /// A new connection to a member became usable, or not.
    pub(crate) fn handle_connected(&mut self, upstream_key: Key, client: Key, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(upstream_key) else { return };
        let result = upstream.channel.socket().map_or(Ok(()), take_error);
        if result.is_ok() {
            upstream.phase = Phase::Busy { client };
            if let Some(client) = self.clients.get_mut(client) {
                match &mut client.work {
                    Work::Exchange(exchange) => note_connected(&mut exchange.note, &self.clock),
                    Work::Relay(relay) => note_connected(&mut relay.note, &self.clock),
                    Work::Introduction
                    | Work::Hello(_)
                    | Work::Handshake
                    | Work::Idle
                    | Work::Http2(_)
                    | Work::LastWords
                    | Work::Linger
                    | Work::InHand => {}
                }
                // A byte stream and a request both wait for the member from here on.
                client.timer.clear();
            }
            self.set_exchange_timer(client);
            self.drive(client, desk);
            return;
        }
        let Some(place) = self.clients.get_mut(client) else {
            return self.drop_upstream(upstream_key);
        };
        match std::mem::replace(&mut place.work, Work::InHand) {
            Work::Exchange(exchange) => {
                self.fail_connect(client, exchange, FaultKind::ConnectFailed, desk);
            }
            Work::Relay(relay) => self.fail_tcp_connect(client, relay, FaultKind::ConnectFailed),
            other => {
                place.work = other;
                self.drop_upstream(upstream_key);
            }
        }
    }

    /// A connection did not come about: nothing was sent, so that another member may have it all.
    pub(crate) fn fail_connect(
        &mut self,
        key: Key,
        mut exchange: Box<HttpExchange>,
        kind: FaultKind,
        desk: &mut Desk,
    ) {
        let fault = Fault { kind, retry: Retry::Unsafe };
        if let (Some(assignment), Some(failure)) =
            (&exchange.assignment, super::finish::member_failure(fault))
        {
            self.note_member_failure(assignment, failure);
        }
        desk.out.clear();
        if let Some(upstream) = self.upstreams.get(exchange.upstream) {
            let request = upstream.output.waiting().get(usize::from(upstream.preface)..);
            desk.out.extend_from_slice(request.unwrap_or_default());
        }
        match self.try_again(key, exchange, desk) {
            Ok(()) => return,
            Err(untried) => exchange = untried,
        }
        // Noted above; what is left is the answer.
        exchange.assignment = None;
        self.fail_exchange(key, exchange, fault, desk);
    }

    /// How long nothing may move in a byte stream of this client.
    pub(crate) fn client_idle(&self, key: Key) -> Duration {
        self.clients
            .get(key)
            .and_then(|client| self.entrances.get(client.listener))
            .map_or(self.deadlines.write, |entrance| {
                entrance.listener.table.timeouts.client_idle_ms.millis()
            })
    }
}

fn note_connected(note: &mut Option<Box<Note>>, clock: &Clock) {
    if let Some(note) = note {
        note.connect(clock.micros());
    }
}
