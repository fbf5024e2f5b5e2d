//! What a peer may still ask for: so many at once, so many a second, and more for work that it lets
//! us do. It must be told the time.

use std::time::Duration;

/// A bucket of tokens.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    left: u32,
    allowance: Allowance,
    /// Until when what time gives was taken into account.
    at: Duration,
}

/// How large a bucket is, and how it fills by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Tokens at the start, and the most that are saved.
    pub most: u32,
    /// One more comes so often.
    pub every: Duration,
}

impl Budget {
    #[must_use]
    pub const fn new(allowance: Allowance) -> Self {
        Self { left: allowance.most, allowance, at: Duration::ZERO }
    }

    /// Takes `count` tokens; false if there are not so many.
    #[must_use]
    pub fn spend(&mut self, count: u32, now: Duration) -> bool {
        if self.left < self.allowance.most {
            self.refill(now);
        } else {
            self.at = now;
        }
        match self.left.checked_sub(count) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    fn refill(&mut self, now: Duration) {
        let every = self.allowance.every.as_micros().max(1);
        let gained = now.saturating_sub(self.at).as_micros() / every;
        let gained = u32::try_from(gained).unwrap_or(u32::MAX);
        // What is left of the time counts for the next token.
        self.at = match gained {
            u32::MAX => now,
            gained => self.at.saturating_add(self.allowance.every.saturating_mul(gained)),
        };
        self.earn(gained);
    }

    /// Work was done that allows for `count` more.
    pub fn earn(&mut self, count: u32) {
        self.left = self.left.saturating_add(count).min(self.allowance.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance { most: 3, every: Duration::from_millis(100) };

    #[test]
    fn what_is_spent_comes_back_with_time_and_work_and_no_more_than_fits() {
        let mut budget = Budget::new(ALLOWANCE);
        let at = Duration::from_millis;
        assert!(budget.spend(3, at(1_000)));
        assert!(!budget.spend(1, at(1_099)));
        assert!(budget.spend(1, at(1_100)));
        assert!(!budget.spend(1, at(1_150)));
        budget.earn(1);
        assert!(budget.spend(1, at(1_150)));
        budget.earn(100);
        assert!(budget.spend(3, at(1_160)));
        assert!(!budget.spend(1, at(1_160)));
        assert!(budget.spend(3, at(9_000)));
        assert!(!budget.spend(1, at(9_000)));
    }

    #[test]
    fn many_small_steps_give_no_more_than_one_long_one() {
        let mut budget = Budget::new(ALLOWANCE);
        assert!(budget.spend(3, Duration::ZERO));
        let spent =
            (1..1_000_u64).filter(|step| budget.spend(1, Duration::from_millis(step * 7))).count();
        assert_eq!(spent, 69, "6993 ms at one in 100 ms");
    }
}
