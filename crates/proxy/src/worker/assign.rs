//! Which member serves a request, and on which connection: pooled ones last in, first out, new
//! ones where none is left or none is safe. A request must not go twice where once was meant.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use elbow_model::pool::ProxyProtocol;
use elbow_traffic::balance::persistence::Token;
use elbow_traffic::health::tcp;
use elbow_traffic::limits::{MAX_IDLE_UPSTREAM, UNSAFE_REUSE_WINDOW, UPSTREAM_IDLE_TIMEOUT};
use elbow_traffic::protocol::fault::{Fault, FaultKind};
use elbow_traffic::protocol::http1::Idempotence;
use elbow_traffic::protocol::proxy_protocol;

use super::arena::{Key, Kind};
use super::buffer::Output;
use super::channel::{Channel, Session, Tls};
use super::connection::{Edges, Phase, Upstream};
use super::engine::{Desk, Worker};
use super::exchange::{HttpExchange, Tried};
use super::report::{MemberFailure, Report};
use super::runtime::{Assignment, Runtime};
use super::wheel::Timer;
use crate::live::{Pool, Vacancy};
use crate::member_tls::{PoolTls, Purpose, same_tls};
use crate::sys::epoll::Interest;
use crate::sys::socket::{Io, connect, is_shortage};

/// Where a request or byte stream is to go.
pub(crate) struct Wanted<'a> {
    pub(crate) runtime: &'a Rc<Runtime>,
    pub(crate) position: usize,
    pub(crate) pool: usize,
    pub(crate) pooled: Pooled,
    /// The member that the client is to be kept at, while it may get work.
    pub(crate) affinity: Option<Token>,
}

impl Wanted<'_> {
    /// What a new connection is for.
    fn purpose(&self) -> Purpose {
        let is_http2 = self.runtime.pool(self.pool).is_some_and(|pool| pool.table.http2);
        match self.pooled {
            Pooled::Any | Pooled::Fresh if is_http2 => Purpose::Http2,
            Pooled::Any | Pooled::Fresh => Purpose::Requests,
            Pooled::None => Purpose::Stream,
        }
    }
}

/// Which pooled connections will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooled {
    /// Any: another try is safe.
    Any,
    /// Only those used a moment ago: the member has hardly closed them meanwhile.
    Fresh,
    /// None: the connection is the client's alone.
    None,
}

/// Where a member is reached.
pub(crate) fn target(wanted: &Wanted<'_>, member: usize) -> Option<SocketAddr> {
    let listener = wanted.runtime.balancer.listeners.get(wanted.position)?;
    listener.targets.get(wanted.pool)?.get(member).copied()
}

/// Picks a member that was not tried yet.
fn pick(wanted: &Wanted<'_>, pool: &Pool, source: IpAddr, tried: &[u32]) -> Option<usize> {
    let views = wanted.runtime.views.borrow();
    let view = views.get(wanted.pool)?;
    let kept = wanted.affinity.and_then(|token| view.picker().member_of(token, tried));
    let picked = kept.or_else(|| view.pick(pool, source, tried));
    picked.map(|member| member as usize)
}

/// Takes a place at the picked member, or at any other that is below the pool's limit.
fn take_place(
    wanted: &Wanted<'_>,
    pool: &Pool,
    picked: usize,
    tried: &[u32],
) -> Option<Assignment> {
    let limit = pool.table.max_connections_per_member.map_or(u32::MAX, |limit| limit.get());
    Assignment::take(wanted.runtime, wanted.pool, picked, limit).or_else(|| {
        let views = wanted.runtime.views.borrow();
        let others = views.get(wanted.pool)?.picker().members().iter();
        let mut untried = others.filter(|member| !tried.contains(member));
        untried.find_map(|member| {
            Assignment::take(wanted.runtime, wanted.pool, *member as usize, limit)
        })
    })
}

/// What it means that there is no member that was not tried.
fn nobody(wanted: &Wanted<'_>, tried: &Tried) -> FaultKind {
    let views = wanted.runtime.views.borrow();
    let vacancy = views.get(wanted.pool).map_or(Vacancy::Refused, |view| view.vacancy());
    match (vacancy, tried.count()) {
        (Vacancy::Held { .. }, _) => FaultKind::Vacant,
        (_, 1..) => FaultKind::ConnectFailed,
        (Vacancy::Hindered, 0) => FaultKind::CannotStart,
        (Vacancy::Refused, 0) => FaultKind::NoHealthyMember,
    }
}

impl Worker {
    /// Finds a member and a connection to it for an exchange.
    pub(crate) fn assign(
        &mut self,
        client: Key,
        exchange: &mut HttpExchange,
    ) -> Result<Key, Fault> {
        let runtime = exchange.runtime.clone();
        let wanted = Wanted {
            runtime: &runtime,
            position: exchange.position,
            pool: exchange.pool,
            affinity: exchange.affinity.token,
            pooled: match exchange.machine.idempotence() {
                // Without a copy of it, a request can't be sent again.
                Idempotence::Idempotent
                    if !exchange.replay.is_empty() && !exchange.is_single_use =>
                {
                    Pooled::Any
                }
                Idempotence::Idempotent | Idempotence::NotIdempotent => Pooled::Fresh,
            },
        };
        let (upstream, assignment) = self.find_member(client, &wanted, &mut exchange.tried)?;
        if let Some(counters) = assignment.counters(self.index) {
            counters.requests.add(1);
        }
        if let Some(budget) = runtime.retries.get(exchange.pool) {
            budget.earn();
        }
        if let Some(note) = &mut exchange.note {
            note.assign(target(&wanted, assignment.member), self.clock.micros());
        }
        exchange.assignment = Some(assignment);
        exchange.upstream = upstream;
        exchange.assigned_us = self.clock.micros();
        Ok(upstream)
    }

    /// Picks members until one has, or may get, a connection.
    pub(crate) fn find_member(
        &mut self,
        client: Key,
        wanted: &Wanted<'_>,
        tried: &mut Tried,
    ) -> Result<(Key, Assignment), Fault> {
        let runtime = wanted.runtime;
        let pool = runtime.pool(wanted.pool).ok_or(Fault::terminal(FaultKind::NoPool))?;
        let source = self.clients.get(client).map(|client| client.source.ip());
        let source = source.ok_or(Fault::terminal(FaultKind::ClientClosed))?;
        let attempts = 1 + pool.table.retries.get();
        while u32::from(tried.count()) < attempts {
            let Some(member) = pick(wanted, pool, source, tried.members()) else {
                return Err(Fault::terminal(nobody(wanted, tried)));
            };
            let Some(assignment) = take_place(wanted, pool, member, tried.members()) else {
                return Err(Fault::terminal(FaultKind::Overloaded));
            };
            let member = assignment.member;
            let endpoint = runtime
                .endpoints
                .get(wanted.position)
                .and_then(|pools| pools.get(wanted.pool)?.get(member).copied())
                .unwrap_or(Key::NONE);
            if let Some(pooled) = self.take_pooled(endpoint, client, wanted) {
                return Ok((pooled, assignment));
            }
            let opened = match wanted.purpose() {
                Purpose::Http2 => self.reach(client, endpoint, wanted, member),
                Purpose::Requests | Purpose::Stream => {
                    self.open_upstream(client, endpoint, wanted, member)
                }
            };
            match opened {
                Ok(upstream) => return Ok((upstream, assignment)),
                // Nothing against the member, and another would fare no better.
                Err(error) if is_shortage(&error) => {
                    return Err(Fault::terminal(FaultKind::OutOfResources));
                }
                Err(error) => {
                    let evidence = tcp::connect_failure(error.kind(), &error.to_string());
                    let failure = MemberFailure::ConnectFailed;
                    self.note_member_failure(&assignment, failure, Some(evidence));
                    tried.note(member);
                }
            }
        }
        Err(Fault::terminal(FaultKind::ConnectFailed))
    }

    fn take_pooled(&mut self, endpoint: Key, client: Key, wanted: &Wanted<'_>) -> Option<Key> {
        let pooled = wanted.pooled;
        if pooled == Pooled::None {
            return None;
        }
        let tls = wanted.runtime.pool(wanted.pool).and_then(|pool| pool.tls.as_ref());
        self.drop_idle_of_other_tls(endpoint, tls);
        let endpoint = self.endpoints.get_mut(endpoint)?;
        let key = *endpoint.idle.last()?;
        let upstream = self.upstreams.get_mut(key)?;
        if pooled == Pooled::Fresh {
            let Phase::Idle { since_us } = upstream.phase else { return None };
            let idle = Duration::from_micros(self.clock.micros().saturating_sub(since_us));
            if idle > UNSAFE_REUSE_WINDOW {
                return None;
            }
        }
        endpoint.idle.pop();
        upstream.phase = Phase::Busy { client };
        upstream.timer.clear();
        Some(key)
    }

    /// Drops what is not connected as the pool says now.
    fn drop_idle_of_other_tls(&mut self, endpoint: Key, tls: Option<&Arc<PoolTls>>) {
        while let Some(key) =
            self.endpoints.get(endpoint).and_then(|known| known.idle.last()).copied()
            && self.upstreams.get(key).is_none_or(|idle| !same_tls(idle.tls.as_ref(), tls))
        {
            if let Some(endpoint) = self.endpoints.get_mut(endpoint) {
                endpoint.idle.pop();
            }
            self.drop_upstream(key);
        }
    }

    pub(crate) fn open_upstream(
        &mut self,
        client: Key,
        endpoint: Key,
        wanted: &Wanted<'_>,
        member: usize,
    ) -> std::io::Result<Key> {
        let target =
            target(wanted, member).ok_or_else(|| std::io::Error::other("no such member"))?;
        let pool = wanted.runtime.pool(wanted.pool);
        let tls = pool.and_then(|pool| pool.tls.clone());
        let session = pool
            .and_then(|pool| pool.members.get(member)?.tls.as_ref())
            .map(|tls| tls.session(wanted.purpose(), target.ip()))
            .transpose()
            .map_err(std::io::Error::other)?;
        let socket = connect(target)?;
        let channel = match session {
            None => Channel::Plain(socket),
            Some(session) => Channel::Tls(Box::new(Tls::new(socket, Session::Client(session)))),
        };
        let key = self.upstreams.insert(Upstream {
            channel,
            tls,
            edges: Edges { writable: false, ..Edges::NEW },
            endpoint,
            carrier: None,
            phase: Phase::Connecting { client },
            is_reused: false,
            preface: 0,
            pending: Vec::new(),
            timer: Timer::IDLE,
            input: Vec::new(),
            output: Output::default(),
        });
        if let Some(upstream) = self.upstreams.get(key) {
            let token = key.token(Kind::Upstream);
            let socket = upstream.channel.socket();
            let added =
                socket.map_or(Ok(()), |socket| self.epoll.add(socket, token, Interest::Connection));
            if let Err(error) = added {
                self.upstreams.remove(key);
                return Err(error);
            }
        }
        self.introduce(client, key, wanted);
        Ok(key)
    }

    /// Writes the PROXY protocol header ahead of everything, where the pool asks for it.
    fn introduce(&mut self, client: Key, upstream: Key, wanted: &Wanted<'_>) {
        let version = match wanted.runtime.pool(wanted.pool).map(|pool| pool.table.proxy_protocol) {
            Some(Some(ProxyProtocol::V1)) => proxy_protocol::Version::V1,
            Some(Some(ProxyProtocol::V2)) => proxy_protocol::Version::V2,
            Some(None) | None => return,
        };
        let Some(listener) = wanted.runtime.balancer.listeners.get(wanted.position) else { return };
        let Some(client) = self.clients.get(client) else { return };
        let mut header = Vec::with_capacity(64);
        proxy_protocol::write(version, client.source, listener.table.address, &mut header);
        if let Some(upstream) = self.upstreams.get_mut(upstream) {
            upstream.preface = u8::try_from(header.len()).unwrap_or(u8::MAX);
            upstream.output.append([&header, &[], &[]], 0, &mut self.buffers);
        }
    }

    /// Keeps a member's connection for the next request.
    pub(crate) fn pool_upstream(&mut self, key: Key) {
        let Some(upstream) = self.upstreams.get_mut(key) else { return };
        let endpoint = self.endpoints.get_mut(upstream.endpoint);
        match endpoint {
            Some(endpoint) if endpoint.idle.len() < MAX_IDLE_UPSTREAM => {
                endpoint.idle.push(key);
                upstream.phase = Phase::Idle { since_us: self.clock.micros() };
                upstream.is_reused = true;
                let token = key.token(Kind::Upstream);
                self.wheel.set(&mut upstream.timer, token, &self.clock, UPSTREAM_IDLE_TIMEOUT);
            }
            Some(_) | None => self.drop_upstream(key),
        }
    }

    /// Something came on an unused connection: over TLS, it may be between the two ends of that alone,
    /// such as a ticket (RFC 8446 §4.6.1); whatever else it is, nobody has asked for it.
    pub(crate) fn look_at_idle(&mut self, key: Key, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(key) else { return };
        let is_quiet = match upstream.channel.tls() {
            None => false,
            Some(_) => {
                let Upstream { channel, edges, output, .. } = upstream;
                let received = channel.receive(edges, output, &mut desk.scratch, &mut self.buffers);
                matches!(received, Ok(Io::Blocked)) && output.is_empty()
            }
        };
        if !is_quiet {
            self.drop_idle(key);
        }
    }

    /// Closes an unused connection: the member closed it, spoke out of turn, or it grew old.
    pub(crate) fn drop_idle(&mut self, key: Key) {
        let Some(upstream) = self.upstreams.get(key) else { return };
        if !matches!(upstream.phase, Phase::Idle { .. }) {
            return;
        }
        if let Some(endpoint) = self.endpoints.get_mut(upstream.endpoint)
            && let Some(place) = endpoint.idle.iter().rposition(|idle| *idle == key)
        {
            endpoint.idle.remove(place);
        }
        self.drop_upstream(key);
    }

    /// Closes a member's connection that no list names.
    pub(crate) fn drop_upstream(&mut self, key: Key) {
        if let Some(upstream) = self.upstreams.get_mut(key) {
            let Upstream { channel, edges, output, .. } = upstream;
            channel.part(edges, output, &mut self.buffers);
        }
        self.cut_upstream(key);
    }

    /// Closes it without a good-bye: what the member has got is not all there was.
    pub(crate) fn cut_upstream(&mut self, key: Key) {
        if let Some(mut upstream) = self.upstreams.remove(key) {
            if let Some(carrier) = upstream.channel.carrier() {
                self.forget_member_stream(carrier, key);
            }
            upstream.channel.give_back(&mut self.buffers);
            self.buffers.give_back(&mut upstream.input);
            self.buffers.give_back(&mut upstream.pending);
            upstream.output.discard(&mut self.buffers);
        }
    }

    /// Counts a member's failure and tells the prober.
    pub(crate) fn note_member_failure(
        &self,
        assignment: &Assignment,
        failure: MemberFailure,
        evidence: Option<String>,
    ) {
        if let Some(counters) = assignment.counters(self.index) {
            match failure {
                MemberFailure::ConnectFailed
                | MemberFailure::ConnectTimeout
                | MemberFailure::TlsFailed => {
                    counters.connect_failures.add(1);
                }
                MemberFailure::ClosedBeforeResponse
                | MemberFailure::ResponseTimeout
                | MemberFailure::BadResponse
                | MemberFailure::Truncated => counters.faults.add(1),
            }
        }
        let runtime = assignment.runtime();
        let member = assignment.member().map(|member| member.id);
        if let (Some(pool), Some(member)) = (runtime.pool(assignment.pool), member) {
            let balancer = runtime.balancer.id;
            // Without a prober, nobody needs to know.
            let report =
                Report::MemberFailed { balancer, pool: pool.id, member, failure, evidence };
            let _unheard = self.reports.send(report);
        }
    }
}
