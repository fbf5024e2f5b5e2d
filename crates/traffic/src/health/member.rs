//! What checks in a row mean for one member.
//!
//! ```text
//!               first ever result is a success, or `rise` successes in a row
//!   Unknown ------------------------------------------------------------> Healthy
//!      |                                                                  |     ^
//!      | `fall` failures in a row                  `fall` failures in a row     | `rise` successes
//!      v                                                                  v     | in a row
//!   Unhealthy <-----------------------------------------------------------+-----+
//! ```
//!
//! A member that answers its very first check is healthy at once: it is new or the proxy is, and
//! nothing speaks against it. One that failed before has to prove itself.

use elbow_model::health_monitor::HealthMonitor;
use elbow_model::observed::ProbedHealth;

/// How many results in a row count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    pub rise: u32,
    pub fall: u32,
}

impl From<&HealthMonitor> for Thresholds {
    fn from(monitor: &HealthMonitor) -> Self {
        Self { rise: monitor.rise.get(), fall: monitor.fall.get() }
    }
}

/// A member's health by its checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemberHealth {
    /// Never checked.
    #[default]
    New,
    /// Checked, but not often enough with the same result.
    Unknown(Counted),
    Healthy {
        failures: u32,
    },
    Unhealthy {
        successes: u32,
    },
}

/// Equal results in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Successes(u32),
    Failures(u32),
}

impl MemberHealth {
    /// The health after a check that succeeded.
    #[must_use]
    pub fn succeed(self, thresholds: Thresholds) -> Self {
        let row = match self {
            Self::New | Self::Healthy { .. } => return Self::Healthy { failures: 0 },
            Self::Unknown(Counted::Successes(row)) => row + 1,
            Self::Unknown(Counted::Failures(_)) => 1,
            Self::Unhealthy { successes } => successes + 1,
        };
        match self {
            _ if row >= thresholds.rise => Self::Healthy { failures: 0 },
            Self::Unhealthy { .. } => Self::Unhealthy { successes: row },
            Self::New | Self::Unknown(_) | Self::Healthy { .. } => {
                Self::Unknown(Counted::Successes(row))
            }
        }
    }

    /// The health after a check that failed.
    #[must_use]
    pub fn fail(self, thresholds: Thresholds) -> Self {
        let row = match self {
            Self::Unhealthy { .. } => return Self::Unhealthy { successes: 0 },
            Self::New | Self::Unknown(Counted::Successes(_)) => 1,
            Self::Unknown(Counted::Failures(row)) => row + 1,
            Self::Healthy { failures } => failures + 1,
        };
        match self {
            _ if row >= thresholds.fall => Self::Unhealthy { successes: 0 },
            Self::Healthy { .. } => Self::Healthy { failures: row },
            Self::New | Self::Unknown(_) | Self::Unhealthy { .. } => {
                Self::Unknown(Counted::Failures(row))
            }
        }
    }

    /// The health as others are told.
    #[must_use]
    pub fn probed(self) -> ProbedHealth {
        match self {
            Self::New | Self::Unknown(_) => ProbedHealth::Unknown,
            Self::Healthy { .. } => ProbedHealth::Healthy,
            Self::Unhealthy { .. } => ProbedHealth::Unhealthy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The health after each of the results, `+` or `-`: `U`nknown, `H`ealthy, `D`own.
    fn story(rise: u32, fall: u32, results: &str) -> String {
        let thresholds = Thresholds { rise, fall };
        let mut health = MemberHealth::default();
        let step = |result| {
            health = match result {
                '+' => health.succeed(thresholds),
                _ => health.fail(thresholds),
            };
            match health.probed() {
                ProbedHealth::Unknown => 'U',
                ProbedHealth::Healthy => 'H',
                ProbedHealth::Unhealthy => 'D',
            }
        };
        results.chars().map(step).collect()
    }

    #[test]
    fn every_transition_happens_at_its_threshold() {
        for (rise, fall, results, expected) in [
            (2, 3, "+", "H"),
            (2, 3, "---", "UUD"),
            (2, 3, "-+-+--", "UUUUUU"),
            (2, 3, "-++", "UUH"),
            (2, 3, "+--+---", "HHHHHHD"),
            (2, 3, "---+-++", "UUDDDDH"),
            (1, 1, "-+-+", "DHDH"),
            (10, 1, "-++++++++++", "DDDDDDDDDDH"),
            (3, 2, "+--++-+++", "HHDDDDDDH"),
        ] {
            assert_eq!(story(rise, fall, results), expected, "{rise} {fall} {results}");
        }
    }
}
