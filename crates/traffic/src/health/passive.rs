//! What traffic itself tells about a member: connections that fail in a row eject it. Where checks
//! run, the next one that succeeds admits it again; where none do, it is tried again after a
//! back-off, and the first failure then ejects it anew for twice as long.
//!
//! ```text
//!   Trusted --3 failures--> Ejected --check succeeds--> Trusted
//!                              | back-off is over (no checks)
//!                              v
//!                           OnTrial --failure--> Ejected, longer
//!                              \--a connection opened, seen with the next news--> Trusted
//! ```

/// Connections in a row that must fail.
pub const FAILURES: u32 = 3;
/// The first back-off.
pub const FIRST_BACK_OFF_MS: u64 = 1_000;
/// The longest back-off.
pub const LONGEST_BACK_OFF_MS: u64 = 30_000;

/// What traffic says about a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passive {
    /// `opened` is how many connections had been opened when the last one failed.
    Trusted {
        failures: u32,
        opened: u64,
    },
    Ejected {
        until_ms: u64,
        back_off_ms: u64,
    },
    OnTrial {
        opened: u64,
        back_off_ms: u64,
    },
}

impl Default for Passive {
    fn default() -> Self {
        Self::Trusted { failures: 0, opened: 0 }
    }
}

impl Passive {
    /// A connection failed; `opened` counts all that were ever opened, so that one in between is
    /// noticed although nobody reports it.
    #[must_use]
    pub fn fail(self, opened: u64, now_ms: u64) -> Self {
        match self {
            Self::Trusted { failures, opened: before } => {
                let failures = if opened == before { failures + 1 } else { 1 };
                if failures >= FAILURES {
                    Self::eject(FIRST_BACK_OFF_MS, now_ms)
                } else {
                    Self::Trusted { failures, opened }
                }
            }
            Self::OnTrial { opened: before, back_off_ms } if opened == before => {
                Self::eject((back_off_ms * 2).min(LONGEST_BACK_OFF_MS), now_ms)
            }
            Self::OnTrial { .. } => Self::Trusted { failures: 1, opened },
            // Requests that were under way when it was ejected.
            Self::Ejected { .. } => self,
        }
    }

    /// A check succeeded.
    #[must_use]
    pub fn vouch(self) -> Self {
        match self {
            Self::Trusted { .. } => self,
            Self::Ejected { .. } | Self::OnTrial { .. } => Self::default(),
        }
    }

    /// Time passed, for members without checks.
    #[must_use]
    pub fn wait(self, opened: u64, now_ms: u64) -> Self {
        match self {
            Self::Ejected { until_ms, back_off_ms } if now_ms >= until_ms => {
                Self::OnTrial { opened, back_off_ms }
            }
            Self::Trusted { .. } | Self::Ejected { .. } | Self::OnTrial { .. } => self,
        }
    }

    /// Whether it gets no traffic while others can.
    #[must_use]
    pub fn is_ejected(self) -> bool {
        matches!(self, Self::Ejected { .. })
    }

    /// When its back-off is over.
    #[must_use]
    pub fn until_ms(self) -> Option<u64> {
        match self {
            Self::Ejected { until_ms, .. } => Some(until_ms),
            Self::Trusted { .. } | Self::OnTrial { .. } => None,
        }
    }

    fn eject(back_off_ms: u64, now_ms: u64) -> Self {
        Self::Ejected { until_ms: now_ms + back_off_ms, back_off_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_eject() {
        let mut passive = Passive::default();
        for _ in 0..2 {
            passive = passive.fail(0, 10);
            assert!(!passive.is_ejected());
        }
        passive = passive.fail(0, 10);
        assert_eq!(passive.until_ms(), Some(1_010));
    }

    #[test]
    fn a_connection_in_between_starts_the_count_anew() {
        let passive = Passive::default().fail(5, 0).fail(5, 0).fail(6, 0).fail(6, 0);
        assert!(!passive.is_ejected());
        assert!(passive.fail(6, 0).is_ejected());
    }

    #[test]
    fn a_trial_that_fails_lasts_twice_as_long_up_to_a_bound() {
        let mut passive = Passive::default().fail(0, 0).fail(0, 0).fail(0, 0);
        let mut now_ms = 0;
        for expected in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            let until_ms = passive.until_ms().unwrap();
            assert_eq!(until_ms - now_ms, expected);
            assert!(passive.wait(0, until_ms - 1).is_ejected());
            now_ms = until_ms;
            passive = passive.wait(0, now_ms);
            assert!(!passive.is_ejected());
            passive = passive.fail(0, now_ms);
        }
    }

    #[test]
    fn a_trial_that_went_well_is_trusted_again() {
        let ejected = Passive::default().fail(0, 0).fail(0, 0).fail(0, 0);
        let trial = ejected.wait(0, 1_000);
        assert!(!trial.fail(1, 2_000).fail(1, 2_000).is_ejected());
        assert_eq!(ejected.vouch(), Passive::default());
    }
}
