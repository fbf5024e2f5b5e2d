//! Ends of exchanges and of client connections: counted, answered if possible, and everything
//! given back. Nothing may leave a member's connection in the pool that is not known to be clean.

use elbow_traffic::access_log::End;
use elbow_traffic::http1::error_page::{LocalDelivery, write_error};
use elbow_traffic::http1::framing::Version;
use elbow_traffic::http1::write_response::Persistence;
use elbow_traffic::protocol::fault::{Fault, FaultKind, Retry};
use elbow_traffic::protocol::http1::Reuse;

use super::arena::Key;
use super::connection::{Counted, Work};
use super::engine::{Desk, Worker};
use super::exchange::HttpExchange;
use super::report::MemberFailure;
use crate::live::ListenerCounters;
use crate::sys::socket::Io;

/// Exchanges' boxes kept for reuse.
const SPARE: usize = 1024;
/// Reads of a connection that is only drained, per event.
const LINGER_READS: usize = 16;

impl Worker {
    /// Ends an exchange whose response went out, or is about to.
    pub(crate) fn finish_exchange(&mut self, key: Key, mut exchange: Box<HttpExchange>) {
        let status = exchange.machine.status();
        let persistence = exchange.machine.persistence();
        let is_last_by_wish =
            exchange.machine.wanted() == Persistence::Close && exchange.machine.request_is_done();
        if let Some(counters) = self.listener_counters(key) {
            counters.count_response(status);
            counters.bytes_in.add(exchange.bytes_in);
            counters.bytes_out.add(exchange.bytes_out);
            counters.count_duration(self.clock.micros().saturating_sub(exchange.begun_us));
        }
        if let Some(assignment) = &exchange.assignment
            && let Some(counters) = assignment.counters(self.index)
        {
            counters.count_response(status);
            counters.bytes_in.add(exchange.bytes_in);
            counters.bytes_out.add(exchange.bytes_out);
            counters.busy_us.add(self.clock.micros().saturating_sub(exchange.assigned_us));
        }
        if let Some(note) = &mut exchange.note {
            note.end(End::Done, Some(status));
        }
        self.release(exchange);
        // A client that asked for the end sends nothing more: no need to wait for that.
        let is_quiet = self.clients.get(key).is_some_and(|client| {
            client.output.is_empty() && client.input.is_empty() && !client.edges.readable
        });
        if is_last_by_wish && is_quiet {
            self.close_client(key);
        } else {
            self.after_response(key, persistence);
        }
    }

    /// What a client's connection does once a response is complete.
    pub(crate) fn after_response(&mut self, key: Key, persistence: Persistence) {
        let Some(client) = self.clients.get_mut(key) else { return };
        match persistence {
            Persistence::KeepAlive if client.channel.carrier().is_none() => {
                client.work = Work::Idle;
                let has_more = client.edges.readable || !client.input.is_empty();
                let is_stuck = !client.output.is_empty();
                let idle = self
                    .entrances
                    .get(client.listener)
                    .map(|entrance| entrance.listener.table.timeouts.client_idle_ms.millis());
                let delay = match (is_stuck, client.input.is_empty()) {
                    (true, _) => Some(self.deadlines.write),
                    (false, true) => self.deadlines.keep_alive.or(idle),
                    (false, false) => Some(self.deadlines.head),
                };
                self.set_timer(key, delay.unwrap_or(self.deadlines.write));
                if has_more && !is_stuck {
                    self.ready.push(key);
                }
            }
            // A stream carries one exchange.
            Persistence::KeepAlive | Persistence::Close => {
                client.work = Work::LastWords;
                self.set_timer(key, self.deadlines.write);
                self.leave(key);
            }
        }
    }

    /// Gives back what an exchange holds; its member's connection is pooled only if it is clean.
    pub(crate) fn release(&mut self, mut exchange: Box<HttpExchange>) {
        let is_reusable = exchange.machine.response_is_done() == Some(Reuse::Reusable)
            && !exchange.has_stray_bytes
            && self.upstreams.get(exchange.upstream).is_some_and(|upstream| {
                upstream.channel.carrier().is_none()
                    && !upstream.edges.readable
                    && !upstream.edges.read_closed
                    && !upstream.edges.write_failed
                    && upstream.output.is_empty()
                    && upstream.input.is_empty()
            })
            && exchange
                .runtime
                .pool(exchange.pool)
                .is_some_and(|pool| pool.table.proxy_protocol.is_none());
        if is_reusable {
            self.pool_upstream(exchange.upstream);
        } else {
            self.drop_upstream(exchange.upstream);
        }
        exchange.upstream = Key::NONE;
        exchange.assignment = None;
        exchange.ticket = None;
        if let Some(mut note) = exchange.note.take() {
            note.settle(exchange.has_delivered.then(|| exchange.machine.status()));
            note.carry((exchange.bytes_in, exchange.bytes_out));
            self.scribe.close(Some(note), self.clock.micros());
        }
        self.buffers.give_back(&mut exchange.replay);
        if self.spare.len() < SPARE {
            self.spare.push(exchange);
        }
    }

    /// Handles a failed exchange: another try if that is safe, else an answer if one can still
    /// be given, else a cut connection, so that the client knows.
    pub(crate) fn fail_exchange(
        &mut self,
        key: Key,
        mut exchange: Box<HttpExchange>,
        fault: Fault,
        desk: &mut Desk,
    ) {
        let is_stale = fault.kind == FaultKind::ClosedBeforeResponse
            && self.upstreams.get(exchange.upstream).is_some_and(|upstream| upstream.is_reused);
        if let (Some(assignment), Some(failure)) = (&exchange.assignment, member_failure(fault))
            && !is_stale
        {
            let evidence = exchange.evidence.take();
            self.note_member_failure(assignment, failure, evidence);
        }
        let may_repeat =
            fault.retry == Retry::Safe && !exchange.has_delivered && !exchange.replay.is_empty();
        if may_repeat {
            desk.out.clear();
            desk.out.extend_from_slice(&exchange.replay);
            match self.try_again(key, exchange, desk) {
                Ok(()) => return,
                Err(untried) => exchange = untried,
            }
        }
        let status = fault.status();
        let can_answer = !exchange.has_delivered && exchange.machine.can_answer();
        let persistence = match can_answer || !exchange.has_delivered {
            true => exchange.machine.persistence(),
            false => Persistence::Close,
        };
        let delivery = LocalDelivery {
            asked: exchange.machine.asked(),
            client_version: exchange.machine.client_version(),
            persistence,
            request_id: exchange.request_id,
            hsts: exchange.machine.hsts(),
        };
        let has_delivered = exchange.has_delivered;
        if !has_delivered {
            desk.out.clear();
            write_error(status, fault.reason(), fault.retry_after_s(), &delivery, &mut desk.out);
            exchange.bytes_out += desk.out.len() as u64;
        }
        if let Some(note) = &mut exchange.note {
            let told = if has_delivered { exchange.machine.status() } else { status };
            note.end(fault.kind.into(), Some(told));
        }
        let is_unframed = exchange.machine.client_version() == Version::Http10;
        exchange.has_stray_bytes = true;
        self.release(exchange);
        if has_delivered {
            if is_unframed && let Some(client) = self.clients.get_mut(key) {
                // For this client, an orderly end might be the end of the body.
                client.channel.reset_on_close();
            }
            return self.abort_client(key);
        }
        self.count_own_error(key, status);
        if self.send_to_client(key, &mut desk.out, &[], &[]).is_err() {
            return self.abort_client(key);
        }
        self.after_response(key, persistence);
    }

    /// Sends the request in `desk.out` to another member.
    pub(crate) fn try_again(
        &mut self,
        key: Key,
        mut exchange: Box<HttpExchange>,
        desk: &mut Desk,
    ) -> Result<(), Box<HttpExchange>> {
        let may_spend =
            exchange.runtime.retries.get(exchange.pool).is_some_and(|budget| budget.spend());
        if !may_spend {
            return Err(exchange);
        }
        let failed = exchange.assignment.take();
        let was_reused =
            self.upstreams.get(exchange.upstream).is_some_and(|upstream| upstream.is_reused);
        self.drop_upstream(exchange.upstream);
        exchange.upstream = Key::NONE;
        if let Some(failed) = failed {
            if let Some(counters) = failed.counters(self.index) {
                counters.retries.add(1);
            }
            // A pooled connection that was closed meanwhile says nothing about its member.
            if !was_reused {
                exchange.tried.note(failed.member);
            } else {
                self.forget_idle(&failed, &exchange);
            }
        }
        self.move_to_newest(&mut exchange);
        match self.assign(key, &mut exchange) {
            Ok(upstream) => {
                if self.send_to_upstream(upstream, &mut desk.out, &[], &[]).is_err() {
                    self.note_failed_send(upstream);
                    self.ready.push(key);
                }
                if let Some(client) = self.clients.get_mut(key) {
                    client.work = Work::Exchange(exchange);
                }
                self.set_exchange_timer(key);
                // What is left of the request, or has come of the answer, tells nobody again on a
                // connection that is there already.
                self.ready.push(key);
                Ok(())
            }
            Err(fault) if fault.kind == FaultKind::Vacant => {
                match self.enqueue(key, &mut exchange, fault.kind, [&desk.out, &[], &[]]) {
                    Ok(()) => {
                        if let Some(client) = self.clients.get_mut(key) {
                            client.work = Work::Exchange(exchange);
                        }
                        self.set_exchange_timer(key);
                        Ok(())
                    }
                    Err(_) => Err(exchange),
                }
            }
            Err(_) => Err(exchange),
        }
    }

    /// Drops a member's other unused connections after one of them was found dead: a restart
    /// kills all, and each would cost a try.
    fn forget_idle(&mut self, assignment: &super::runtime::Assignment, exchange: &HttpExchange) {
        let endpoint = exchange
            .runtime
            .endpoints
            .get(exchange.position)
            .and_then(|pools| pools.get(assignment.pool)?.get(assignment.member).copied());
        let Some(endpoint) = endpoint.and_then(|key| self.endpoints.get_mut(key)) else { return };
        for idle in std::mem::take(&mut endpoint.idle) {
            self.drop_upstream(idle);
        }
    }

    /// Sends `desk.out` as the last response of a connection.
    pub(crate) fn say_last(&mut self, key: Key, desk: &mut Desk) {
        if self.send_to_client(key, &mut desk.out, &[], &[]).is_err() {
            return self.abort_client(key);
        }
        self.after_response(key, Persistence::Close);
        // The peer may have sent more, which would turn our close into a reset.
        if let Some(client) = self.clients.get_mut(key)
            && matches!(client.work, Work::Linger)
        {
            self.ready.push(key);
        }
    }

    pub(crate) fn finish_last_words(&mut self, key: Key, _desk: &mut Desk) {
        match self.flush_client(key) {
            Ok(true) => self.leave(key),
            Ok(false) => {}
            Err(_) => self.abort_client(key),
        }
    }

    /// Closes once everything is out; waits for the peer's end if it may still be sending.
    pub(crate) fn leave(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else { return };
        if !client.output.is_empty() {
            return;
        }
        if client.channel.carrier().is_some() {
            return self.close_client(key);
        }
        client.channel.end(&mut client.edges, &mut client.output, &mut self.buffers);
        client.work = Work::Linger;
        self.buffers.give_back(&mut client.input);
        self.set_timer(key, self.deadlines.linger);
        self.ready.push(key);
    }

    /// Reads and forgets until the peer ends too.
    pub(crate) fn linger(&mut self, key: Key, desk: &mut Desk) {
        for _ in 0..LINGER_READS {
            let Some(client) = self.clients.get_mut(key) else { return };
            match client.channel.discard(&mut desk.scratch) {
                Ok(Io::Bytes(0)) | Err(_) => return self.close_client(key),
                Ok(Io::Bytes(_)) => {}
                Ok(Io::Blocked) => return,
            }
        }
        self.ready.push(key);
    }

    /// Ends a client's connection and whatever it was doing, without a good-bye: what the client has
    /// got may not be all.
    pub(crate) fn abort_client(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else { return };
        match std::mem::replace(&mut client.work, Work::InHand) {
            Work::Exchange(mut exchange) => {
                exchange.has_stray_bytes = true;
                self.release(exchange);
            }
            Work::Relay(relay) => return self.end_relay(key, *relay, End::ClientClosed),
            Work::Hello(hello) => self.close_hello(*hello, End::ClientClosed),
            Work::Http2(http2) => self.drop_streams(&http2),
            Work::Introduction
            | Work::Handshake
            | Work::Idle
            | Work::LastWords
            | Work::Linger
            | Work::InHand => {}
        }
        self.forget_client(key);
    }

    /// Closes a client's connection that does nothing any more.
    pub(crate) fn close_client(&mut self, key: Key) {
        if let Some(client) = self.clients.get_mut(key) {
            client.channel.part(&mut client.edges, &mut client.output, &mut self.buffers);
        }
        self.forget_client(key);
    }

    fn forget_client(&mut self, key: Key) {
        let Some(mut client) = self.clients.remove(key) else { return };
        if let Some(carrier) = client.channel.carrier() {
            self.forget_stream(carrier, key);
        }
        if let Work::Http2(http2) = &client.work {
            self.drop_streams(http2);
        }
        client.channel.give_back(&mut self.buffers);
        self.buffers.give_back(&mut client.input);
        client.output.discard(&mut self.buffers);
        let Some(entrance) = self.entrances.get_mut(client.listener) else { return };
        entrance.clients -= 1;
        let state = &entrance.listener.state;
        match client.counted {
            Counted::In { by_source } => {
                state.connections.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
                if let Some(source) = by_source {
                    state.release_source(source);
                }
                if let Some(counters) = state.per_worker.get(self.index) {
                    counters.closed.add(1);
                }
            }
            Counted::TurnedAway => self.turned_away -= 1,
            Counted::Stream => {}
        }
        self.forget_entrance_if_done(client.listener);
    }

    /// Where this worker counts for the listener of a client.
    pub(crate) fn listener_counters(&self, key: Key) -> Option<&ListenerCounters> {
        let entrance = self.entrances.get(self.clients.get(key)?.listener)?;
        entrance.listener.state.per_worker.get(self.index).map(|counters| &**counters)
    }

    pub(crate) fn count_bytes(&self, key: Key, bytes_in: u64, bytes_out: u64) {
        if let Some(counters) = self.listener_counters(key) {
            counters.bytes_in.add(bytes_in);
            counters.bytes_out.add(bytes_out);
        }
    }

    pub(crate) fn count_response(&self, key: Key, status: u16) {
        if let Some(counters) = self.listener_counters(key) {
            counters.count_response(status);
        }
    }

    /// Counts an answer by which Elbow says that something is wrong.
    pub(crate) fn count_own_error(&self, key: Key, status: u16) {
        if let Some(counters) = self.listener_counters(key) {
            counters.count_response(status);
            counters.own_errors.add(1);
        }
    }
}

/// What a fault says about the member, if anything.
pub(crate) fn member_failure(fault: Fault) -> Option<MemberFailure> {
    match fault.kind {
        FaultKind::ConnectFailed => Some(MemberFailure::ConnectFailed),
        FaultKind::ConnectTimeout => Some(MemberFailure::ConnectTimeout),
        FaultKind::TlsFailed => Some(MemberFailure::TlsFailed),
        FaultKind::ClosedBeforeResponse => Some(MemberFailure::ClosedBeforeResponse),
        FaultKind::ResponseTimeout => Some(MemberFailure::ResponseTimeout),
        FaultKind::BadResponse(_) => Some(MemberFailure::BadResponse),
        FaultKind::Truncated => Some(MemberFailure::Truncated),
        FaultKind::ClientClosed
        | FaultKind::ClientTooSlow
        | FaultKind::ClientBody(_)
        | FaultKind::NoHealthyMember
        | FaultKind::NoPool
        | FaultKind::Vacant
        | FaultKind::CannotStart
        | FaultKind::StartTimeout
        | FaultKind::Overloaded
        | FaultKind::QueueTimeout
        | FaultKind::OutOfResources
        | FaultKind::Internal => None,
    }
}
