//! When requests are due at a fixed rate. A request that finds no idle connection waits, and its
//! latency counts from when it was due: a slow contender is not spared. Pure.

use std::collections::VecDeque;

/// Requests that may wait for a connection; beyond it the contender can't keep up.
const BACKLOG: usize = 100_000;

/// The schedule of a round.
pub(super) struct Pace {
    interval_ns: f64,
    scheduled: u64,
    waiting: VecDeque<u64>,
    idle: Vec<u64>,
    /// Requests that were dropped since too many waited.
    pub(super) overrun: u64,
}

impl Pace {
    pub(super) fn new(per_second: f64) -> Self {
        Self {
            interval_ns: 1e9 / per_second,
            scheduled: 0,
            waiting: VecDeque::new(),
            idle: Vec::new(),
            overrun: 0,
        }
    }

    /// A connection has nothing to do: what it should do next, or it is kept for later.
    pub(super) fn handle_idle(&mut self, key: u64) -> Option<u64> {
        let due = self.waiting.pop_front();
        if due.is_none() {
            self.idle.push(key);
        }
        due
    }

    /// The next request that is due and the idle connection for it.
    pub(super) fn poll_due(&mut self, now_ns: u64) -> Option<(u64, u64)> {
        loop {
            let due = (self.scheduled as f64 * self.interval_ns) as u64;
            if due > now_ns {
                return None;
            }
            self.scheduled += 1;
            if let Some(key) = self.idle.pop() {
                return Some((key, due));
            }
            if self.waiting.len() < BACKLOG {
                self.waiting.push_back(due);
            } else {
                self.overrun += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_at_the_rate() {
        let mut pace = Pace::new(1000.0);
        for key in 0..10 {
            assert_eq!(pace.handle_idle(key), None);
        }
        let due: Vec<u64> =
            std::iter::from_fn(|| pace.poll_due(3_000_000)).map(|(_, due)| due).collect();
        assert_eq!(due, [0, 1_000_000, 2_000_000, 3_000_000]);
    }

    #[test]
    fn a_request_without_a_connection_keeps_its_time() {
        let mut pace = Pace::new(1000.0);
        assert_eq!(pace.poll_due(1_000_000), None);
        assert_eq!(pace.handle_idle(1), Some(0));
        assert_eq!(pace.handle_idle(1), Some(1_000_000));
        assert_eq!(pace.handle_idle(1), None);
    }
}
