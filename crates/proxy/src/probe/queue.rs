//! What the prober can be told.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use elbow_model::health_monitor::Check;

use crate::member_tls::CheckTls;
use crate::sys::event::Wake;

/// A probe's number, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(pub u64);

/// What is checked, and how often. Equal ones are to be shared.
#[derive(Clone, Debug)]
pub struct ProbeSpec {
    pub target: SocketAddr,
    pub check: Arc<Check>,
    /// The pool's, if it speaks TLS with members: HTTP checks are made over it as well.
    pub tls: Option<Arc<CheckTls>>,
    pub interval_ms: u32,
    pub timeout_ms: u32,
}

/// An order to the prober.
#[derive(Debug)]
pub enum Order {
    /// Check this from now on, the first time at once.
    Start(ProbeId, ProbeSpec),
    /// Check it at once, whatever its schedule.
    Hurry(ProbeId),
    Stop(ProbeId),
    End,
}

/// The sending end; cheap to clone.
#[derive(Clone, Debug)]
pub struct ProberHandle {
    shared: Arc<Shared>,
}

/// The prober's end.
#[derive(Debug)]
pub(super) struct Orders {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<VecDeque<Order>>,
    wake: Wake,
}

/// Makes both ends.
pub(super) fn queue() -> io::Result<(ProberHandle, Orders)> {
    let shared = Arc::new(Shared { queue: Mutex::default(), wake: Wake::new()? });
    Ok((ProberHandle { shared: shared.clone() }, Orders { shared }))
}

impl ProberHandle {
    /// Queues an order and wakes the prober.
    pub fn send(&self, order: Order) {
        let mut queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = queue.is_empty();
        queue.push_back(order);
        drop(queue);
        if is_first {
            self.shared.wake.ring();
        }
    }
}

impl Orders {
    pub(super) fn wake(&self) -> &Wake {
        &self.shared.wake
    }

    /// All that was ordered since the last time.
    pub(super) fn take(&self) -> VecDeque<Order> {
        std::mem::take(&mut *self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
