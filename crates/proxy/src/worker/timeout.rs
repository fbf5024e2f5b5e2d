//! Deadlines: which one a connection is under, and what happens when it passes. Every wait for a
//! peer must be under one.

use std::time::Duration;

use elbow_traffic::access_log::End;
use elbow_traffic::http1::refusal::Refusal;
use elbow_traffic::limits::{RESPONSE_TIMEOUT, TUNNEL_IDLE_TIMEOUT};
use elbow_traffic::protocol::fault::{Fault, FaultKind};

use super::arena::Key;
use super::connection::{Phase, Work};
use super::engine::{Desk, Worker};
use super::exchange::HttpExchange;
use super::ticket::Ticket;

/// Whom an exchange waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WaitsFor {
    /// For a member that can take it.
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
                .ticket
                .as_ref()
                .map_or(self.deadlines.connect, |ticket| ticket.left(self.clock.micros())),
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
                let kind = exchange.ticket.as_ref().map(Ticket::expire);
                let fault = Fault::terminal(kind.unwrap_or(FaultKind::QueueTimeout));
                self.fail_exchange(key, exchange, fault, desk);
            }
            WaitsFor::Connect => {
                let unreached = self.connect_timeout(key, exchange.upstream);
                self.fail_connect(key, exchange, unreached, desk);
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
