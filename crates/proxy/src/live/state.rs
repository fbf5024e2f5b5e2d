//! What outlives a change of the runtime values: true counts across workers and each worker's own
//! counters, carried over by id. Whatever is touched per request must have one writer, or be one
//! padded relaxed atomic.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::counters::{ListenerCounters, MemberCounters};
use super::holding::Holding;

/// A value alone on its cache lines (two, as processors fetch them in pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Padded<T>(pub T);

impl<T> Deref for Padded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What is shared about a member.
#[derive(Debug)]
pub struct MemberState {
    /// Requests and TCP connections in flight, over all workers.
    pub in_flight: Padded<AtomicU32>,
    /// One per worker; only that worker writes.
    pub per_worker: Box<[Padded<MemberCounters>]>,
}

impl MemberState {
    /// State for so many workers.
    #[must_use]
    pub fn new(workers: usize) -> Self {
        Self {
            in_flight: Padded::default(),
            per_worker: (0..workers).map(|_| Padded::default()).collect(),
        }
    }

    /// Requests and connections in flight now.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }
}

/// What is shared about a pool.
#[derive(Debug, Default)]
pub struct PoolState {
    /// Where taking turns stands: one sequence for all workers.
    pub cursor: Padded<AtomicU64>,
    /// Requests that wait for a member, over all workers.
    pub queued: Padded<AtomicU32>,
    /// Those that wait for an instance to start.
    pub holding: Holding,
}

impl PoolState {
    /// Requests and connections that wait for a member now.
    #[must_use]
    pub fn queued(&self) -> u64 {
        self.queued.load(Ordering::Relaxed).into()
    }
}

/// What is shared about a listener.
#[derive(Debug)]
pub struct ListenerState {
    /// Client connections now, over all workers.
    pub connections: Padded<AtomicU32>,
    /// Client connections by source; kept only where a limit asks for it.
    sources: Mutex<HashMap<IpAddr, u32>>,
    /// One per worker; only that worker writes.
    pub per_worker: Box<[Padded<ListenerCounters>]>,
}

impl ListenerState {
    /// State for so many workers.
    #[must_use]
    pub fn new(workers: usize) -> Self {
        Self {
            connections: Padded::default(),
            sources: Mutex::default(),
            per_worker: (0..workers).map(|_| Padded::default()).collect(),
        }
    }

    /// Counts a connection of `source` unless it has `limit` already.
    #[must_use]
    pub fn admit_source(&self, source: IpAddr, limit: u32) -> bool {
        let mut sources = self.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = sources.entry(source).or_default();
        if *count >= limit {
            return false;
        }
        *count += 1;
        true
    }

    /// Forgets a connection that was admitted.
    pub fn release_source(&self, source: IpAddr) {
        let mut sources = self.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(count) = sources.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                sources.remove(&source);
            }
        }
    }
}
