//! Requests and connections that wait for an instance to start, over all workers: how many, and what became of them.
//! Each costs a few atomic steps, none of which is on the way of a request that finds a member.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use elbow_model::wire::WakeCounters;

/// What waits in one pool.
#[derive(Debug, Default)]
pub struct Holding {
    waiting: AtomicU32,
    held: AtomicU64,
    woken: AtomicU64,
    expired: AtomicU64,
    refused: AtomicU64,
    woken_wait_ms: AtomicU64,
    last_wait_ms: AtomicU64,
}

/// What came of an attempt to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// Nobody waited before.
    First,
    Next,
    /// Enough wait already.
    Full,
}

impl Holding {
    /// Begins to wait, unless `most` do already.
    pub fn enter(&self, most: u32) -> Entered {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        if before >= most {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Entered::Full;
        }
        self.held.fetch_add(1, Ordering::Relaxed);
        if before == 0 { Entered::First } else { Entered::Next }
    }

    /// Waits no longer, whatever the reason.
    pub fn leave(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// One that waited so long got a member.
    pub fn note_woken(&self, waited: Duration) {
        let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        self.woken.fetch_add(1, Ordering::Relaxed);
        self.woken_wait_ms.fetch_add(waited_ms, Ordering::Relaxed);
        self.last_wait_ms.store(waited_ms, Ordering::Relaxed);
    }

    /// One's time ran out.
    pub fn note_expired(&self) {
        self.expired.fetch_add(1, Ordering::Relaxed);
    }

    /// How many wait now.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Everything counted so far.
    #[must_use]
    pub fn counters(&self) -> WakeCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let waiting = u64::from(self.waiting());
        let (held, woken, expired) = (read(&self.held), read(&self.woken), read(&self.expired));
        WakeCounters {
            waiting,
            held,
            woken,
            expired,
            left: held.saturating_sub(woken).saturating_sub(expired).saturating_sub(waiting),
            refused: read(&self.refused),
            woken_wait_ms: read(&self.woken_wait_ms),
            last_wait_ms: read(&self.last_wait_ms),
        }
    }

    /// What grows with everything that happens here.
    #[must_use]
    pub fn motion(&self) -> u64 {
        let counters = [&self.held, &self.woken, &self.expired, &self.refused];
        let all = counters.into_iter().map(|counter| counter.load(Ordering::Relaxed));
        // Those that left otherwise are noticed by how many wait.
        let sum = all.fold(0, u64::wrapping_add);
        sum.wrapping_mul(1 << 16).wrapping_add(u64::from(self.waiting()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_wait_than_may_and_each_is_accounted_for() {
        let holding = Holding::default();
        assert_eq!(
            [0, 1, 2].map(|_| holding.enter(2)),
            [Entered::First, Entered::Next, Entered::Full]
        );
        holding.note_woken(Duration::from_millis(700));
        holding.leave();
        holding.note_expired();
        holding.leave();
        assert_eq!(holding.enter(2), Entered::First);
        holding.leave();
        let expected = WakeCounters {
            held: 3,
            woken: 1,
            expired: 1,
            left: 1,
            refused: 1,
            woken_wait_ms: 700,
            last_wait_ms: 700,
            ..WakeCounters::default()
        };
        assert_eq!(holding.counters(), expected);
    }

    #[test]
    fn whatever_happens_moves() {
        let holding = Holding::default();
        let mut seen = vec![holding.motion()];
        for expected in [Entered::First, Entered::Full] {
            assert_eq!(holding.enter(1), expected);
            seen.push(holding.motion());
        }
        holding.leave();
        seen.push(holding.motion());
        seen.dedup();
        assert_eq!(seen.len(), 4);
    }
}
