//! Counters with one writer each, its worker, and any number of readers. They must cost the
//! writer a plain load and store; the reader sums over workers.

use std::sync::atomic::{AtomicU64, Ordering};

use elbow_model::wire::LATENCY_BOUNDS_US;

/// A number that one thread writes.
#[derive(Debug, Default)]
pub struct Tally(AtomicU64);

impl Tally {
    /// Adds; only the owning worker may call it.
    pub fn add(&self, count: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
    }

    /// The value as of now.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one worker counts per listener.
#[derive(Debug, Default)]
pub struct ListenerCounters {
    pub accepted: Tally,
    /// Connections refused by a limit or a list of networks.
    pub refused: Tally,
    pub closed: Tally,
    pub requests: Tally,
    /// Responses by the first digit of their status, 1xx at 0.
    pub responses: [Tally; 5],
    pub bytes_in: Tally,
    pub bytes_out: Tally,
    /// Responses with an error that Elbow itself found: a bad request, no member, a failed one.
    pub own_errors: Tally,
    /// TLS handshakes that came to their end.
    pub handshakes: Tally,
    /// Of them, those that took up an earlier session.
    pub resumed: Tally,
    /// Those that did not.
    pub failed_handshakes: Tally,
    /// Answered requests by their time, from the head to the end of the answer; the buckets are
    /// those of [`LATENCY_BOUNDS_US`].
    pub latency: [Tally; LATENCY_BOUNDS_US.len() + 1],
}

impl ListenerCounters {
    /// Counts how long an answered request took.
    pub fn count_duration(&self, micros: u64) {
        let bucket = LATENCY_BOUNDS_US.partition_point(|bound| *bound < micros);
        if let Some(tally) = self.latency.get(bucket) {
            tally.add(1);
        }
    }

    /// Counts a response.
    pub fn count_response(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(tally) = self.responses.get(class) {
            tally.add(1);
        }
    }
}

/// What one worker counts per member.
#[derive(Debug, Default)]
pub struct MemberCounters {
    pub requests: Tally,
    /// Byte streams that came about.
    pub connections: Tally,
    pub connect_failures: Tally,
    /// Responses cut off, malformed or late.
    pub faults: Tally,
    pub responses: [Tally; 5],
    pub retries: Tally,
    pub bytes_in: Tally,
    pub bytes_out: Tally,
    /// Sum of the times from assignment to end, in microseconds.
    pub busy_us: Tally,
}

impl MemberCounters {
    /// Counts a response.
    pub fn count_response(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(tally) = self.responses.get(class) {
            tally.add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_up_to_its_bound() {
        let counters = ListenerCounters::default();
        for micros in [0, 250, 251, 10_000_000, 10_000_001, u64::MAX] {
            counters.count_duration(micros);
        }
        let counts: Vec<u64> = counters.latency.iter().map(Tally::read).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    }
}
