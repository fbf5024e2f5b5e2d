//! What a worker keeps for one HTTP exchange besides the pure machine: who serves it, and what it
//! takes to try again. Boxes of it are reused, so that a request allocates nothing.

use std::rc::Rc;

use elbow_traffic::http1::forwarding::RequestId;
use elbow_traffic::limits::MAX_ATTEMPTS;
use elbow_traffic::protocol::http1::Exchange;

use super::arena::Key;
use super::log::Note;
use super::route::Affinity;
use super::runtime::{Assignment, Runtime};
use super::ticket::Ticket;

/// One exchange under way.
#[derive(Debug)]
pub(crate) struct HttpExchange {
    pub(crate) machine: Exchange,
    /// The value that the request began with, and its listener's place in it.
    pub(crate) runtime: Rc<Runtime>,
    pub(crate) position: usize,
    pub(crate) pool: usize,
    pub(crate) assignment: Option<Assignment>,
    pub(crate) upstream: Key,
    /// Its place in the pool's queue, while no member can take it.
    pub(crate) ticket: Option<Ticket>,
    /// Since when it waits for an instance, if it ever did.
    pub(crate) waits_since_us: Option<u64>,
    /// The member that the client's cookies named.
    pub(crate) affinity: Affinity,
    pub(crate) tried: Tried,
    /// The whole request as it was sent, if it may be sent again.
    pub(crate) replay: Vec<u8>,
    /// Whether `replay` is only kept until it was sent once.
    pub(crate) is_single_use: bool,
    /// Whether it is a gRPC call: either side may be silent for as long as a byte stream.
    pub(crate) is_call: bool,
    pub(crate) request_id: RequestId,
    pub(crate) begun_us: u64,
    pub(crate) assigned_us: u64,
    /// Bytes of the request's body, for its least rate.
    pub(crate) body_bytes: u64,
    /// Bytes of this exchange from and to the client.
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Whether the member ever made the client wait: its rate is not its own fault then.
    pub(crate) was_throttled: bool,
    /// Whether any of the final response went to the client.
    pub(crate) has_delivered: bool,
    /// Whether the member sent more than its response.
    pub(crate) has_stray_bytes: bool,
    /// What is known of the failure that it is about to end with.
    pub(crate) evidence: Option<String>,
    /// For the access log, if it is on.
    pub(crate) note: Option<Box<Note>>,
}

impl HttpExchange {
    /// An exchange that begins; `place` is its listener's position and its pool in `runtime`.
    pub(crate) fn new(
        machine: Exchange,
        runtime: Rc<Runtime>,
        (position, pool): (usize, usize),
        request_id: RequestId,
    ) -> Self {
        Self {
            machine,
            runtime,
            position,
            pool,
            assignment: None,
            upstream: Key::NONE,
            ticket: None,
            waits_since_us: None,
            affinity: Affinity::default(),
            tried: Tried::default(),
            replay: Vec::new(),
            is_single_use: false,
            is_call: false,
            request_id,
            begun_us: 0,
            assigned_us: 0,
            body_bytes: 0,
            bytes_in: 0,
            bytes_out: 0,
            was_throttled: false,
            has_delivered: false,
            has_stray_bytes: false,
            evidence: None,
            note: None,
        }
    }
}

/// Members that failed this request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tried {
    members: [u32; MAX_ATTEMPTS as usize],
    count: u8,
}

impl Tried {
    pub(crate) fn note(&mut self, member: usize) {
        if let Some(place) = self.members.get_mut(usize::from(self.count)) {
            *place = u32::try_from(member).unwrap_or(u32::MAX);
        }
        self.count = self.count.saturating_add(1);
    }

    /// Forgets them all: what is tried next is another member, or the same at another time.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The same members by their places in another value of the pool.
    pub(crate) fn moved(&self, place_of: impl Fn(u32) -> Option<usize>) -> Self {
        let mut moved = Self::default();
        for member in self.members() {
            moved.note(place_of(*member).unwrap_or(usize::MAX));
        }
        moved
    }

    pub(crate) fn members(&self) -> &[u32] {
        self.members.get(..usize::from(self.count)).unwrap_or(&self.members)
    }

    pub(crate) fn count(&self) -> u8 {
        self.count
    }
}
