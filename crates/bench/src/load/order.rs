//! What the generator can be told to do, and what it found.

use std::net::SocketAddr;
use std::time::Duration;

use super::offer::Offer;

/// The shape of a round's traffic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Traffic {
    /// HTTP, each connection one request after the other; HTTP/2 a number of them at once.
    KeepAlive { body: usize },
    /// HTTP/1.1, a new connection for each request.
    NewConnections { body: usize },
    /// HTTP/1.1 at a fixed rate, whatever comes back; latencies are kept.
    Paced { body: usize, per_second: f64 },
    /// HTTP/1.1, one request on each connection, then silence.
    Hold { body: usize },
    /// TCP, an endless stream from the origin.
    Bulk,
    /// TCP, 64 bytes out and 1 KiB back.
    PingPong,
}

/// A round of traffic.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) traffic: Traffic,
    pub(crate) target: SocketAddr,
    /// The TLS of its connections; HTTP/1.1 in the clear without.
    pub(crate) offer: Option<Offer>,
    pub(crate) connections: usize,
    /// Time from when all connections are open until measuring starts.
    pub(crate) warm_up: Duration,
    pub(crate) length: Duration,
    /// Processes whose CPU time is measured.
    pub(crate) processes: Vec<u32>,
}

/// What was found between the start and the end of measuring.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// Requests answered as they should be.
    pub(crate) completed: u64,
    /// Bytes of bodies and streams.
    pub(crate) bytes: u64,
    /// How connections began while it was measured.
    pub(crate) handshakes: HandshakeCount,
    pub(crate) elapsed: Duration,
    /// CPU time of the processes.
    pub(crate) cpu: Duration,
    /// CPU time of the generator.
    pub(crate) own_cpu: Duration,
    /// From when a request was due to its last byte, in nanoseconds; only at a fixed rate.
    pub(crate) latencies_ns: Vec<u64>,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
}

/// Handshakes that ended well, and what came with them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct HandshakeCount {
    pub(crate) full: u64,
    pub(crate) resumed: u64,
    /// Tickets that were issued with TLS 1.3.
    pub(crate) tickets: u64,
}

impl HandshakeCount {
    /// What was added to an earlier count.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            full: self.full - earlier.full,
            resumed: self.resumed - earlier.resumed,
            tickets: self.tickets - earlier.tickets,
        }
    }
}
