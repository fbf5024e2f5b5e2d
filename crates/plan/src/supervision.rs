//! Supervision: when a process that ended is started again. It must not know how.

use std::time::Duration;

/// A process that lived so long was well: what it dies of then is no fault of its start.
const WELL_AFTER: Duration = Duration::from_secs(10);

/// The first wait: traffic stands still, so it is short.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait: what an operator repairs comes up again within it.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Remembers how often in a row a process died young.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restarts {
    died_young: u32,
}

impl Restarts {
    /// The process ended after it `lived` so long: how long to wait before the next start. The wait doubles with each
    /// early death.
    #[must_use]
    pub fn wait_after(&mut self, lived: Duration) -> Duration {
        if lived >= WELL_AFTER {
            self.died_young = 0;
        }
        // The exponent is bounded long after the longest wait is reached.
        let wait = FIRST_WAIT * (1 << self.died_young.min(16));
        self.died_young = self.died_young.saturating_add(1);
        wait.min(LONGEST_WAIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_deaths_wait_twice_as_long_each_up_to_ten_seconds() {
        let mut restarts = Restarts::default();
        let waits = [(); 9].map(|()| restarts.wait_after(Duration::ZERO).as_millis());
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    }

    #[test]
    fn a_process_that_was_well_is_started_again_at_once() {
        let mut restarts = Restarts::default();
        for _ in 0..100 {
            let _ = restarts.wait_after(Duration::ZERO);
        }
        assert_eq!(restarts.wait_after(WELL_AFTER), FIRST_WAIT);
        assert_eq!(restarts.wait_after(Duration::ZERO), FIRST_WAIT * 2);
    }
}
