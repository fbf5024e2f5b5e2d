//! Coarse timers that cost a store to postpone. A deadline is a field of its connection; the wheel
//! only remembers when to look at it again, so that a busy connection touches the wheel once per
//! timeout and not once per request.

use std::time::{Duration, Instant};

/// The wheel's resolution.
const TICK: Duration = Duration::from_millis(20);
/// Slots of the wheel: later deadlines are looked at once per turn of it (82 s).
const SLOTS: usize = 4096;
/// No deadline.
const NEVER: u32 = u32::MAX;

/// The worker's time, read once per turn of its loop.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    now: Instant,
}

impl Clock {
    pub(crate) fn new(now: Instant) -> Self {
        Self { start: now, now }
    }

    pub(crate) fn set(&mut self, now: Instant) {
        self.now = now;
    }

    /// The moment of this turn of the loop.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Microseconds since the worker began.
    pub(crate) fn micros(&self) -> u64 {
        u64::try_from((self.now - self.start).as_micros()).unwrap_or(u64::MAX)
    }

    /// Ticks since the worker began.
    pub(crate) fn tick(&self) -> u32 {
        ticks(self.now - self.start)
    }

    /// The first tick at which `delay` has passed for certain.
    fn tick_after(&self, delay: Duration) -> u32 {
        ticks(self.now - self.start + delay).saturating_add(1)
    }
}

fn ticks(span: Duration) -> u32 {
    u32::try_from(span.as_millis() / TICK.as_millis()).unwrap_or(NEVER - 1)
}

/// A connection's deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    due: u32,
    /// The tick at which the wheel looks here next; [`NEVER`] if it does not.
    armed: u32,
}

impl Timer {
    pub(crate) const IDLE: Self = Self { due: NEVER, armed: NEVER };

    /// Forgets the deadline.
    pub(crate) fn clear(&mut self) {
        self.due = NEVER;
    }

    /// Whether there is a deadline.
    pub(crate) fn is_set(&self) -> bool {
        self.due != NEVER
    }
}

/// What a timer's turn in the wheel came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Due,
    NotDue,
}

/// The wheel: tokens by the tick at which to look at them.
#[derive(Debug)]
pub(crate) struct Wheel {
    slots: Box<[Vec<u64>]>,
    /// All ticks before this one were looked at.
    current: u32,
    /// No slot before this tick holds anything.
    next: u32,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self { slots: vec![Vec::new(); SLOTS].into_boxed_slice(), current: 0, next: NEVER }
    }

    /// Sets a deadline `delay` from now.
    pub(crate) fn set(&mut self, timer: &mut Timer, token: u64, clock: &Clock, delay: Duration) {
        timer.due = clock.tick_after(delay);
        if timer.due < timer.armed {
            self.arm(timer, token);
        }
    }

    fn arm(&mut self, timer: &mut Timer, token: u64) {
        let horizon = self.current.saturating_add(SLOTS as u32 - 1);
        let tick = timer.due.clamp(self.current, horizon);
        timer.armed = tick;
        self.next = self.next.min(tick);
        if let Some(slot) = self.slots.get_mut(tick as usize % SLOTS) {
            slot.push(token);
        }
    }

    /// Looks at a timer whose token came up at `tick`.
    pub(crate) fn look(&mut self, timer: &mut Timer, token: u64, tick: u32) -> Look {
        if timer.armed != tick {
            return Look::NotDue;
        }
        timer.armed = NEVER;
        if timer.due <= tick {
            timer.due = NEVER;
            return Look::Due;
        }
        if timer.due != NEVER {
            self.arm(timer, token);
        }
        Look::NotDue
    }

    /// Takes the tokens of the next tick that has passed into `expired`; its tick, if there is one.
    pub(crate) fn advance(&mut self, clock: &Clock, expired: &mut Vec<u64>) -> Option<u32> {
        let now = clock.tick();
        while self.current <= now {
            if self.next > now {
                self.current = now + 1;
                return None;
            }
            let tick = self.current.max(self.next);
            self.current = tick + 1;
            let slot = self.slots.get_mut(tick as usize % SLOTS)?;
            expired.clear();
            std::mem::swap(slot, expired);
            self.next = self.find_next();
            if !expired.is_empty() {
                return Some(tick);
            }
        }
        None
    }

    fn find_next(&self) -> u32 {
        (0..SLOTS as u32)
            .map(|step| self.current.saturating_add(step))
            .find(|tick| {
                self.slots.get(*tick as usize % SLOTS).is_some_and(|slot| !slot.is_empty())
            })
            .unwrap_or(NEVER)
    }

    /// How long the loop may sleep, for `epoll_wait`.
    pub(crate) fn timeout_ms(&self, clock: &Clock) -> i32 {
        if self.next == NEVER {
            return -1;
        }
        let due = clock.start + TICK * self.next;
        let wait = due.saturating_duration_since(clock.now);
        i32::try_from(wait.as_millis()).unwrap_or(i32::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench {
        clock: Clock,
        wheel: Wheel,
        start: Instant,
    }

    impl Bench {
        fn new() -> Self {
            let start = Instant::now();
            Self { clock: Clock::new(start), wheel: Wheel::new(), start }
        }

        /// Whether the timer comes due when the clock reaches so many milliseconds.
        fn is_due_at(&mut self, timer: &mut Timer, ms: u64) -> bool {
            self.clock.set(self.start + Duration::from_millis(ms));
            let mut expired = Vec::new();
            let mut is_due = false;
            while let Some(tick) = self.wheel.advance(&self.clock, &mut expired) {
                for token in expired.clone() {
                    is_due |= self.wheel.look(timer, token, tick) == Look::Due;
                }
            }
            is_due
        }
    }

    #[test]
    fn a_deadline_comes_neither_early_nor_late() {
        let mut bench = Bench::new();
        let mut timer = Timer::IDLE;
        bench.wheel.set(&mut timer, 1, &bench.clock, Duration::from_millis(500));
        assert!(!bench.is_due_at(&mut timer, 499));
        assert!(bench.is_due_at(&mut timer, 540));
        assert!(!bench.is_due_at(&mut timer, 5_000));
    }

    #[test]
    fn a_postponed_deadline_waits_and_an_earlier_one_does_not() {
        let mut bench = Bench::new();
        let mut timer = Timer::IDLE;
        bench.wheel.set(&mut timer, 1, &bench.clock, Duration::from_secs(1));
        bench.wheel.set(&mut timer, 1, &bench.clock, Duration::from_secs(3));
        assert!(!bench.is_due_at(&mut timer, 2_900));
        bench.wheel.set(&mut timer, 1, &bench.clock, Duration::from_millis(10));
        assert!(bench.is_due_at(&mut timer, 2_960));
    }

    #[test]
    fn a_deadline_beyond_the_horizon_is_kept() {
        let mut bench = Bench::new();
        let mut timer = Timer::IDLE;
        bench.wheel.set(&mut timer, 1, &bench.clock, Duration::from_secs(600));
        assert!(!bench.is_due_at(&mut timer, 599_000));
        assert!(bench.is_due_at(&mut timer, 600_100));
    }

    #[test]
    fn a_cleared_deadline_never_comes() {
        let mut bench = Bench::new();
        let mut timer = Timer::IDLE;
        bench.wheel.set(&mut timer, 1, &bench.clock, Duration::from_secs(1));
        timer.clear();
        assert!(!bench.is_due_at(&mut timer, 10_000));
        assert_eq!(bench.wheel.timeout_ms(&bench.clock), -1);
    }
}
