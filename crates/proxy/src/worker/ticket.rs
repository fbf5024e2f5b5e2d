//! A place in a pool's queue, and what it waits for. It counts over all workers as long as it lives.

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use elbow_traffic::protocol::fault::FaultKind;

use super::runtime::Runtime;
use crate::live::{Entered, Vacancy};

/// What somebody waits for, and how long at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// For a member below its limit.
    Place { timeout: Duration },
    /// For a member that may get work: an instance that starts, or the result of first checks.
    Instance { most: u32, timeout: Duration },
}

/// A place in a pool's queue.
#[derive(Debug)]
pub(crate) struct Ticket {
    runtime: Rc<Runtime>,
    pool: usize,
    line: Line,
    since_us: u64,
    /// Whether the client ended its side with its request: its end says nothing more then.
    is_half_closed: bool,
}

/// What came of asking for a place.
#[derive(Debug)]
pub(crate) enum Taken {
    Ticket(Ticket),
    /// The first that waits there for an instance.
    First(Ticket),
    Full,
}

impl Line {
    /// Where those wait who failed so, if they may.
    pub(crate) fn of(kind: FaultKind, runtime: &Runtime, pool: usize) -> Option<Self> {
        if kind == FaultKind::Overloaded {
            let timeout = runtime.pool(pool)?.table.queue.timeout_ms.millis();
            return Some(Self::Place { timeout });
        }
        match runtime.views.borrow().get(pool)?.vacancy() {
            Vacancy::Held { most, timeout } if kind == FaultKind::Vacant => {
                Some(Self::Instance { most, timeout })
            }
            Vacancy::Held { .. } | Vacancy::Refused | Vacancy::Hindered => None,
        }
    }

    pub(crate) fn timeout(self) -> Duration {
        match self {
            Self::Place { timeout } | Self::Instance { most: _, timeout } => timeout,
        }
    }
}

impl Ticket {
    /// Takes a place, unless the queue is full.
    pub(crate) fn take(runtime: &Rc<Runtime>, pool: usize, line: Line, since_us: u64) -> Taken {
        let Some(live) = runtime.pool(pool) else { return Taken::Full };
        let entered = match line {
            Line::Place { .. } => {
                let before = live.state.queued.fetch_add(1, Ordering::Relaxed);
                if before >= live.table.queue.max.get() {
                    live.state.queued.fetch_sub(1, Ordering::Relaxed);
                    return Taken::Full;
                }
                Entered::Next
            }
            Line::Instance { most, .. } => live.state.holding.enter(most),
        };
        // Dropped, it would take a count back.
        let ticket =
            || Self { runtime: runtime.clone(), pool, line, since_us, is_half_closed: false };
        match entered {
            Entered::Full => Taken::Full,
            Entered::First => Taken::First(ticket()),
            Entered::Next => Taken::Ticket(ticket()),
        }
    }

    /// How long it is still good for.
    pub(crate) fn left(&self, now_us: u64) -> Duration {
        let waited = Duration::from_micros(now_us.saturating_sub(self.since_us));
        self.line.timeout().saturating_sub(waited)
    }

    /// Whether a client that has ended its side has gone away: not if that came with its request.
    pub(crate) fn has_left(&mut self, now_us: u64, grace: Duration) -> bool {
        let waited = Duration::from_micros(now_us.saturating_sub(self.since_us));
        self.is_half_closed |= waited < grace;
        !self.is_half_closed
    }

    /// It got a member.
    pub(crate) fn note_served(&self, now_us: u64) {
        if let (Line::Instance { .. }, Some(pool)) = (self.line, self.runtime.pool(self.pool)) {
            let waited = Duration::from_micros(now_us.saturating_sub(self.since_us));
            pool.state.holding.note_woken(waited);
        }
    }

    /// Its time ran out: what that is called.
    pub(crate) fn expire(&self) -> FaultKind {
        match (self.line, self.runtime.pool(self.pool)) {
            (Line::Instance { .. }, Some(pool)) => {
                pool.state.holding.note_expired();
                FaultKind::StartTimeout
            }
            (Line::Place { .. }, _) | (_, None) => FaultKind::QueueTimeout,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(pool) = self.runtime.pool(self.pool) else { return };
        match self.line {
            Line::Place { .. } => {
                pool.state.queued.fetch_sub(1, Ordering::Relaxed);
            }
            Line::Instance { .. } => pool.state.holding.leave(),
        }
    }
}
