//! New connections to members: from the socket's first event to the first clear byte, TLS between
//! them where the pool asks for it. One deadline bounds all of it; until it is done, nothing that
//! the member could act on was sent, so that another one may have it all.

use elbow_traffic::health::{tcp, tls};
use elbow_traffic::protocol::fault::{Fault, FaultKind, Retry};

use super::arena::Key;
use super::channel::{Channel, Handshake};
use super::connection::{Phase, Upstream, Work};
use super::engine::{Desk, Worker};
use super::exchange::HttpExchange;
use super::log::Note;
use super::wheel::Clock;
use crate::member_tls::reason;
use crate::sys::socket::take_error;

/// A member that no connection came about with.
#[derive(Clone, Debug)]
pub(crate) struct Unreached {
    pub(crate) kind: FaultKind,
    /// Why, for whoever operates it.
    pub(crate) evidence: String,
}

impl Worker {
    /// Something happened on a connection to a member that is being made.
    pub(crate) fn handle_connected(&mut self, upstream_key: Key, client: Key, desk: &mut Desk) {
        match self.connect_on(upstream_key, desk) {
            Ok(Handshake::Waits) => {}
            Ok(Handshake::Done) => self.begin_work(upstream_key, client, desk),
            Err(unreached) => self.give_up_connect(upstream_key, client, unreached, desk),
        }
    }

    /// Goes on with TCP, and TLS over it.
    pub(crate) fn connect_on(&mut self, key: Key, desk: &mut Desk) -> Result<Handshake, Unreached> {
        let Some(upstream) = self.upstreams.get_mut(key) else { return Ok(Handshake::Waits) };
        upstream.channel.socket().map_or(Ok(()), take_error).map_err(|error| Unreached {
            kind: FaultKind::ConnectFailed,
            evidence: tcp::connect_failure(error.kind(), &error.to_string()),
        })?;
        let Upstream { channel, edges, output, input, .. } = upstream;
        let pool = &mut self.buffers;
        let shaken = match channel {
            Channel::Plain(_) | Channel::Stream(_) => return Ok(Handshake::Done),
            Channel::Tls(tls) => tls.shake_hands(edges, output, input, (&mut desk.scratch, pool)),
        };
        // What fails to go out shows in what comes back.
        let flushed = channel.flush(edges, output, pool);
        match (shaken, flushed) {
            (Ok(handshake), Ok(_)) => Ok(handshake),
            (Ok(_), Err(error)) => Err(tls_failure(&error.to_string())),
            (Err(error), _) => Err(tls_failure(&reason(&error))),
        }
    }

    /// Clear bytes may travel.
    fn begin_work(&mut self, upstream_key: Key, client: Key, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(upstream_key) else { return };
        upstream.phase = Phase::Busy { client };
        let mut pending = std::mem::take(&mut upstream.pending);
        if self.send_to_upstream(upstream_key, &mut pending, &[], &[]).is_err() {
            self.note_failed_send(upstream_key);
        }
        self.buffers.give_back(&mut pending);
        if let Some(client) = self.clients.get_mut(client) {
            if let Work::Exchange(exchange) = &mut client.work {
                note_connected(&mut exchange.note, &self.clock);
            } else if let Work::Relay(relay) = &mut client.work {
                relay.count_connected(self.index);
                note_connected(&mut relay.note, &self.clock);
            }
            // A byte stream and a request both wait for the member from here on.
            client.timer.clear();
        }
        self.set_exchange_timer(client);
        self.drive(client, desk);
    }

    pub(crate) fn give_up_connect(
        &mut self,
        upstream_key: Key,
        client: Key,
        unreached: Unreached,
        desk: &mut Desk,
    ) {
        let Some(place) = self.clients.get_mut(client) else {
            return self.drop_upstream(upstream_key);
        };
        match std::mem::replace(&mut place.work, Work::InHand) {
            Work::Exchange(exchange) => self.fail_connect(client, exchange, unreached, desk),
            Work::Relay(relay) => self.fail_tcp_connect(client, relay, unreached),
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
        unreached: Unreached,
        desk: &mut Desk,
    ) {
        let fault = Fault { kind: unreached.kind, retry: Retry::Unsafe };
        if let (Some(assignment), Some(failure)) =
            (&exchange.assignment, super::finish::member_failure(fault))
        {
            self.note_member_failure(assignment, failure, Some(unreached.evidence));
        }
        desk.out.clear();
        if let Some(upstream) = self.upstreams.get(exchange.upstream) {
            desk.out.extend_from_slice(upstream.unsent());
        }
        match self.try_again(key, exchange, desk) {
            Ok(()) => return,
            Err(untried) => exchange = untried,
        }
        // Noted above; what is left is the answer.
        exchange.assignment = None;
        self.fail_exchange(key, exchange, fault, desk);
    }

    /// A connection took too long: what of it did.
    pub(crate) fn connect_timeout(&self, client: Key, upstream: Key) -> Unreached {
        let client = self.clients.get(client);
        let timeout_ms = client
            .and_then(|client| self.entrances.get(client.listener))
            .map(|entrance| entrance.listener.table.timeouts.member_connect_ms.get());
        let timeout_ms = timeout_ms.unwrap_or_default();
        let is_shaking = self
            .upstreams
            .get(upstream)
            .is_some_and(|upstream| upstream.channel.tls().is_some() && upstream.edges.writable);
        let evidence = match is_shaking {
            true => tls::handshake_timeout(timeout_ms),
            false => tcp::connect_timeout(timeout_ms),
        };
        Unreached { kind: FaultKind::ConnectTimeout, evidence }
    }

    /// Why a member's end of a new connection turns out to have been no end of a handshake.
    pub(crate) fn late_refusal(&self, upstream: Key) -> Option<Unreached> {
        let upstream = self.upstreams.get(upstream).filter(|upstream| !upstream.is_reused)?;
        let error = upstream.channel.tls()?.late_refusal()?;
        Some(tls_failure(&reason(error)))
    }
}

pub(crate) fn tls_failure(text: &str) -> Unreached {
    Unreached { kind: FaultKind::TlsFailed, evidence: tls::handshake_failure(&[], text) }
}

fn note_connected(note: &mut Option<Box<Note>>, clock: &Clock) {
    if let Some(note) = note {
        note.connect(clock.micros());
    }
}
