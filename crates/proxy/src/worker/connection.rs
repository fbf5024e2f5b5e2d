//! What workers keep per connection: small, and without buffers while nothing waits. It must hold
//! the facts; what to do about them is decided in the files for each kind of work.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::arena::Key;
use super::buffer::{BufferPool, Output};
use super::channel::Channel;
use super::exchange::HttpExchange;
use super::hello::Hello;
use super::http2::{Carrier, Http2};
use super::relay::Relay;
use super::wheel::Timer;
use crate::member_tls::PoolTls;
use crate::sys::epoll::Event;
use crate::sys::socket::Io;

/// What edge-triggered events have told and later calls have used up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edges {
    /// Reading may give something.
    pub(crate) readable: bool,
    /// Writing may take something.
    pub(crate) writable: bool,
    /// The peer's end was reported: read until it comes, short reads don't count.
    pub(crate) read_closed: bool,
    /// Writing failed: only what the peer has sent already is still of use.
    pub(crate) write_failed: bool,
}

impl Edges {
    pub(crate) const NEW: Self =
        Self { readable: false, writable: true, read_closed: false, write_failed: false };

    /// Takes an event into account.
    pub(crate) fn note(&mut self, event: Event) {
        self.readable |= event.is_readable();
        self.writable |= event.is_writable();
        self.read_closed |= event.is_read_closed();
    }

    /// Takes a read of `count` bytes into room for `room` into account.
    pub(crate) fn note_read(&mut self, count: usize, room: usize) {
        self.readable = count == room || self.read_closed;
    }
}

/// A client's connection.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) channel: Channel,
    pub(crate) edges: Edges,
    pub(crate) listener: Key,
    /// Where it came from; the PROXY protocol may have said so.
    pub(crate) source: SocketAddr,
    /// Whether the peer on the wire is a trusted proxy.
    pub(crate) is_trusted: bool,
    pub(crate) counted: Counted,
    pub(crate) timer: Timer,
    /// Received, but not yet anybody's turn.
    pub(crate) input: Vec<u8>,
    pub(crate) output: Output,
    pub(crate) work: Work,
}

impl Client {
    /// Receives clear bytes; see [`Channel::receive`].
    pub(crate) fn receive(&mut self, room: &mut [u8], pool: &mut BufferPool) -> io::Result<Io> {
        self.channel.receive(&mut self.edges, &mut self.output, room, pool)
    }

    /// Whether the peer ended its side. A stream's end is no such thing; one that is given up is told otherwise.
    pub(crate) fn has_ended(&self) -> bool {
        self.edges.read_closed && self.channel.carrier().is_none()
    }
}

/// Where a client counts against limits as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Among its listener's connections.
    In {
        /// And among those of its address on the wire.
        by_source: Option<IpAddr>,
    },
    /// Only among those who are told that a limit is reached.
    TurnedAway,
    /// Nowhere: it is a stream of a connection that is counted.
    Stream,
}

/// What a client's connection is doing.
#[derive(Debug)]
pub(crate) enum Work {
    /// The PROXY protocol header is to come.
    Introduction,
    /// The first message of TLS is to come, which says where the bytes go.
    Hello(Box<Hello>),
    /// The TLS handshake is to come, or under way.
    Handshake,
    /// Between requests, or with the first part of a head in `input`.
    Idle,
    Exchange(Box<HttpExchange>),
    Relay(Box<Relay>),
    /// It carries streams, each a client of its own.
    Http2(Box<Http2>),
    /// The last response is under way; closes when it is out.
    LastWords,
    /// Only reads and forgets, so that the peer gets our last bytes.
    Linger,
    /// Taken out by whoever works on it right now.
    InHand,
}

/// A member's connection.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) channel: Channel,
    pub(crate) edges: Edges,
    pub(crate) endpoint: Key,
    /// How TLS is spoken over it; none in clear.
    pub(crate) tls: Option<Arc<PoolTls>>,
    /// What carries streams over it, each a connection of its own.
    pub(crate) carrier: Option<Box<Carrier>>,
    pub(crate) phase: Phase,
    /// Whether it carried a request before.
    pub(crate) is_reused: bool,
    pub(crate) timer: Timer,
    /// Bytes of a PROXY protocol header at the start of `output`: this connection's own.
    pub(crate) preface: u8,
    /// Clear bytes that wait for the TLS handshake.
    pub(crate) pending: Vec<u8>,
    /// The first part of a response's head.
    pub(crate) input: Vec<u8>,
    pub(crate) output: Output,
}

impl Upstream {
    /// The clear bytes for it that a member never saw, while it is connecting.
    pub(crate) fn unsent(&self) -> &[u8] {
        match self.channel.tls() {
            Some(_) => &self.pending,
            None => self.output.waiting().get(usize::from(self.preface)..).unwrap_or_default(),
        }
    }
}

impl Upstream {
    /// Receives clear bytes; see [`Channel::receive`].
    pub(crate) fn receive(&mut self, room: &mut [u8], pool: &mut BufferPool) -> io::Result<Io> {
        self.channel.receive(&mut self.edges, &mut self.output, room, pool)
    }
}

/// What a member's connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Until TCP, and TLS where it is spoken, have come about.
    Connecting {
        client: Key,
    },
    Busy {
        client: Key,
    },
    Idle {
        since_us: u64,
    },
}
