//! What a worker does for its HTTP/2 connections to members: opens one where none has a place left,
//! moves its bytes, tells its streams what becomes of it. A stream is a connection of its own to
//! whoever uses it; what it was not sent yet may go to another member.

use std::io;
use std::time::Duration;

use elbow_traffic::limits::UPSTREAM_IDLE_TIMEOUT;

use super::carrier::Carrier;
use super::stream::{MemberStream, Stream};
use crate::member_tls::same_tls;
use crate::sys::epoll::Event;
use crate::sys::socket::Io;
use crate::tls::HTTP2_PROTOCOL;
use crate::worker::arena::{Key, Kind};
use crate::worker::assign::Wanted;
use crate::worker::buffer::{BufferPool, Output};
use crate::worker::channel::{Channel, Handshake};
use crate::worker::connect::{Unreached, tls_failure};
use crate::worker::connection::{Edges, Phase, Upstream};
use crate::worker::engine::{Desk, Worker};
use crate::worker::wheel::Timer;

/// Reads of one connection in a row before others get their turn.
const TURNS: usize = 8;
/// What is read at once.
const READ: usize = 128 * 1024;

/// What moving a connection's bytes came to.
enum Moved {
    Still,
    More,
    Over,
}

impl Worker {
    /// A stream to a member, on a connection that has a place or on a new one.
    ///
    /// # Errors
    /// If no new connection can be begun.
    pub(crate) fn reach(
        &mut self,
        client: Key,
        endpoint: Key,
        wanted: &Wanted<'_>,
        member: usize,
    ) -> io::Result<Key> {
        let pool = wanted.runtime.pool(wanted.pool).map(|pool| &pool.table);
        // What is said of one client holds for no other.
        let is_shared = pool.is_some_and(|table| table.proxy_protocol.is_none());
        let scheme = if pool.is_some_and(|table| table.tls.is_some()) { "https" } else { "http" };
        let known = self.carrier_with_place(endpoint, wanted).filter(|_| is_shared);
        let carrier = match known {
            Some(carrier) => carrier,
            None => self.open_carrier(client, endpoint, wanted, member, is_shared)?,
        };
        let Some(Upstream { carrier: Some(place), .. }) = self.upstreams.get_mut(carrier) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let (requests, is_connected) = (place.requests(), place.is_connected);
        let bells = &self.bells;
        let stream = self.upstreams.insert_with(|stream| {
            let bell = bells.hang(stream.token(Kind::Upstream));
            let stream = MemberStream::new((carrier, bell), scheme, requests);
            let phase = match is_connected {
                true => Phase::Busy { client },
                false => Phase::Connecting { client },
            };
            stream_upstream(Stream::Member(stream), endpoint, phase)
        });
        if let Some(Upstream { carrier: Some(place), .. }) = self.upstreams.get_mut(carrier) {
            place.streams.push(stream);
        }
        Ok(stream)
    }

    fn carrier_with_place(&self, endpoint: Key, wanted: &Wanted<'_>) -> Option<Key> {
        let tls = wanted.runtime.pool(wanted.pool).and_then(|pool| pool.tls.as_ref());
        let carriers = &self.endpoints.get(endpoint)?.carriers;
        carriers.iter().copied().find(|key| {
            self.upstreams.get(*key).is_some_and(|upstream| {
                same_tls(upstream.tls.as_ref(), tls)
                    && upstream.carrier.as_ref().is_some_and(|carrier| carrier.has_place())
            })
        })
    }

    fn open_carrier(
        &mut self,
        client: Key,
        endpoint: Key,
        wanted: &Wanted<'_>,
        member: usize,
        is_shared: bool,
    ) -> io::Result<Key> {
        let key = self.open_upstream(client, endpoint, wanted, member)?;
        let mut carrier = Carrier::new(self.bells.hang(key.token(Kind::Upstream)))?;
        carrier.is_leaving = !is_shared;
        let listener = wanted.runtime.balancer.listeners.get(wanted.position);
        let timeout = listener.map_or(self.deadlines.connect, |listener| {
            listener.table.timeouts.member_connect_ms.millis()
        });
        if let Some(upstream) = self.upstreams.get_mut(key) {
            upstream.carrier = Some(Box::new(carrier));
            upstream.phase = Phase::Connecting { client: Key::NONE };
        }
        self.set_upstream_timer(key, timeout);
        if let Some(endpoint) = self.endpoints.get_mut(endpoint) {
            endpoint.carriers.push(key);
        }
        Ok(key)
    }

    fn set_upstream_timer(&mut self, key: Key, delay: Duration) {
        if let Some(upstream) = self.upstreams.get_mut(key) {
            self.wheel.set(&mut upstream.timer, key.token(Kind::Upstream), &self.clock, delay);
        }
    }

    /// A connection that carries streams came about: they begin.
    pub(crate) fn begin_carrying(&mut self, key: Key, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(key) else { return };
        let is_agreed = upstream
            .channel
            .tls()
            .is_none_or(|tls| tls.session().alpn_protocol() == Some(HTTP2_PROTOCOL));
        if !is_agreed {
            let unreached = tls_failure("it does not speak HTTP/2 (ALPN)");
            return self.give_up_carrier(key, &unreached, desk);
        }
        upstream.phase = Phase::Busy { client: Key::NONE };
        upstream.timer.clear();
        let Some(carrier) = &mut upstream.carrier else { return };
        carrier.is_connected = true;
        for stream in carrier.streams.clone() {
            let Some(upstream) = self.upstreams.get_mut(stream) else { continue };
            upstream.edges.writable = true;
            if let Phase::Connecting { client } = upstream.phase {
                let token = client.token(Kind::Client);
                self.guarded(token, |worker| worker.handle_connected(stream, client, desk));
            }
        }
        self.pump_carrier(key, desk);
    }

    /// A connection that was to carry streams did not come about: other members may serve them.
    pub(crate) fn give_up_carrier(&mut self, key: Key, unreached: &Unreached, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(key) else { return };
        let streams = upstream.carrier.take().map(|carrier| carrier.streams).unwrap_or_default();
        self.forget_carrier(key);
        for stream in streams {
            let phase = self.upstreams.get(stream).map(|upstream| upstream.phase);
            let Some(Phase::Connecting { client }) = phase else { continue };
            let token = client.token(Kind::Client);
            self.guarded(token, |worker| {
                worker.give_up_connect(stream, client, unreached.clone(), desk);
            });
        }
    }

    /// Moves a connection's bytes both ways.
    pub(crate) fn pump_carrier(&mut self, key: Key, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(key) else { return };
        let Some(mut carrier) = upstream.carrier.take() else { return };
        if !carrier.is_connected {
            upstream.carrier = Some(carrier);
            return;
        }
        let moved = Self::move_carrier(upstream, &mut carrier, &mut self.buffers, desk);
        carrier.streams.retain(|stream| self.upstreams.get(*stream).is_some());
        let is_unused = carrier.streams.is_empty();
        let is_known =
            self.upstreams.get(key).and_then(|up| self.endpoints.get(up.endpoint)).is_some();
        carrier.is_leaving |= !is_known;
        if matches!(moved, Moved::Over) || (is_unused && carrier.is_leaving) {
            // What the framing tells the streams by going, their bells pass on.
            drop(carrier);
            return self.forget_carrier(key);
        }
        if let Some(upstream) = self.upstreams.get_mut(key) {
            upstream.carrier = Some(carrier);
            match is_unused {
                true if !upstream.timer.is_set() => {
                    self.set_upstream_timer(key, UPSTREAM_IDLE_TIMEOUT);
                }
                true => {}
                false => upstream.timer.clear(),
            }
        }
        if matches!(moved, Moved::More) {
            self.ring_carrier(key);
        }
    }

    fn move_carrier(
        upstream: &mut Upstream,
        carrier: &mut Carrier,
        pool: &mut BufferPool,
        desk: &mut Desk,
    ) -> Moved {
        for _ in 0..TURNS {
            let Upstream { channel, edges, output, .. } = upstream;
            match channel.flush(edges, output, pool) {
                Ok(true) => {}
                Ok(false) => return Moved::Still,
                Err(_) => return Moved::Over,
            }
            let mut has_read = !upstream.input.is_empty();
            if has_read {
                // What came with the end of the handshake.
                carrier.feed(&upstream.input, pool);
                pool.give_back(&mut upstream.input);
            } else if carrier.has_room() && upstream.edges.readable {
                let room = desk.scratch.get_mut(..READ).unwrap_or_default();
                match upstream.receive(room, pool) {
                    Ok(Io::Bytes(0)) => {
                        upstream.edges.readable = false;
                        carrier.end();
                    }
                    Ok(Io::Bytes(count)) => {
                        has_read = true;
                        carrier.feed(desk.scratch.get(..count).unwrap_or_default(), pool);
                    }
                    Ok(Io::Blocked) => {}
                    Err(_) => return Moved::Over,
                }
            }
            let is_open = carrier.poll(pool);
            let mut written = carrier.take_written();
            let has_written = !written.is_empty();
            let Upstream { channel, edges, output, .. } = upstream;
            let sent = channel.transmit(edges, output, pool, (&mut written, &[], &[]));
            carrier.tidy(written, pool);
            match (is_open && sent.is_ok(), has_read || has_written) {
                (false, _) => return Moved::Over,
                (true, true) => {}
                (true, false) => return Moved::Still,
            }
        }
        Moved::More
    }

    pub(crate) fn ring_carrier(&self, key: Key) {
        if let Some(carrier) = self.upstreams.get(key).and_then(|up| up.carrier.as_ref()) {
            carrier.ring();
        }
    }

    /// A bell rang for a member's connection or a stream of one.
    pub(crate) fn ring_upstream(&mut self, key: Key, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(key) else { return };
        if upstream.carrier.is_some() {
            return self.pump_carrier(key, desk);
        }
        upstream.edges.readable = true;
        if let Phase::Busy { client } = upstream.phase {
            upstream.edges.writable = true;
            self.drive(client, desk);
        }
    }

    /// A stream's user is done with it.
    pub(crate) fn forget_member_stream(&mut self, carrier: Key, stream: Key) {
        let Some(upstream) = self.upstreams.get_mut(carrier) else { return };
        let Some(carrier) = &mut upstream.carrier else { return };
        carrier.streams.retain(|known| *known != stream);
        if carrier.streams.is_empty() {
            carrier.ring();
        }
    }

    /// Whether a connection to a member carries streams, or is about to.
    pub(crate) fn carries(&self, key: Key) -> bool {
        let upstream = self.upstreams.get(key);
        upstream.is_some_and(|upstream| match upstream.phase {
            Phase::Busy { client } | Phase::Connecting { client } => client == Key::NONE,
            Phase::Idle { .. } => false,
        })
    }

    /// Something happened on a connection that carries streams, or is about to.
    pub(crate) fn handle_carrier(&mut self, key: Key, event: Event, desk: &mut Desk) {
        let Some(upstream) = self.upstreams.get_mut(key) else { return };
        let is_news = event.is_writable() || upstream.channel.tls().is_some();
        match upstream.phase {
            Phase::Connecting { .. } if is_news => match self.connect_on(key, desk) {
                Ok(Handshake::Waits) => {}
                Ok(Handshake::Done) => self.begin_carrying(key, desk),
                Err(unreached) => self.give_up_carrier(key, &unreached, desk),
            },
            Phase::Connecting { .. } => {}
            Phase::Busy { .. } | Phase::Idle { .. } => self.pump_carrier(key, desk),
        }
    }

    /// A connection carries nothing any more.
    pub(crate) fn forget_carrier(&mut self, key: Key) {
        let endpoint = self.upstreams.get(key).map(|upstream| upstream.endpoint);
        if let Some(endpoint) = endpoint.and_then(|endpoint| self.endpoints.get_mut(endpoint)) {
            endpoint.carriers.retain(|known| *known != key);
        }
        self.drop_upstream(key);
    }

    /// The deadline of a member's connection has passed, if it carries streams; false if not.
    pub(crate) fn time_out_carrier(&mut self, key: Key, desk: &mut Desk) -> bool {
        let Some(Upstream { carrier: Some(carrier), .. }) = self.upstreams.get(key) else {
            return false;
        };
        match (carrier.is_connected, carrier.streams.as_slice()) {
            (false, streams) => {
                let client = streams.first().and_then(|stream| self.upstreams.get(*stream));
                let client = client.map_or(Key::NONE, |stream| match stream.phase {
                    Phase::Connecting { client } | Phase::Busy { client } => client,
                    Phase::Idle { .. } => Key::NONE,
                });
                let unreached = self.connect_timeout(client, key);
                self.give_up_carrier(key, &unreached, desk);
            }
            (true, []) => self.forget_carrier(key),
            (true, [..]) => {}
        }
        true
    }
}

fn stream_upstream(channel: Stream, endpoint: Key, phase: Phase) -> Upstream {
    let writable = matches!(phase, Phase::Busy { .. });
    Upstream {
        channel: Channel::Stream(Box::new(channel)),
        tls: None,
        carrier: None,
        edges: Edges { readable: true, writable, ..Edges::NEW },
        endpoint,
        phase,
        is_reused: false,
        preface: 0,
        pending: Vec::new(),
        timer: Timer::IDLE,
        input: Vec::new(),
        output: Output::default(),
    }
}
