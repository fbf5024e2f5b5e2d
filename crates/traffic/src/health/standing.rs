//! Who of a pool's members is admitted to traffic. A claim of the contract: a member of unknown
//! health gets traffic only while no member of its pool is healthy.

use elbow_model::observed::ProbedHealth;
use elbow_model::pool::OnNoHealthy;

/// A member's standing, from checks and traffic together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// By its checks, or without any.
    Healthy,
    Unknown,
    /// Not known to be healthy, and it must not get traffic before that.
    Unproven,
    /// Checks don't speak against it, but connections to it fail.
    Ejected,
    Unhealthy,
}

impl Standing {
    /// The standing by the last checks (none where there is no check) and traffic.
    #[must_use]
    pub fn of(probed: Option<ProbedHealth>, is_ejected: bool) -> Self {
        match probed {
            Some(ProbedHealth::Unhealthy) => Self::Unhealthy,
            _ if is_ejected => Self::Ejected,
            Some(ProbedHealth::Unknown) => Self::Unknown,
            Some(ProbedHealth::Healthy) | None => Self::Healthy,
        }
    }

    /// The standing of a member that gets traffic only once its checks say that it is healthy.
    #[must_use]
    pub fn once_proven(self) -> Self {
        match self {
            Self::Unknown => Self::Unproven,
            Self::Healthy | Self::Unproven | Self::Ejected | Self::Unhealthy => self,
        }
    }
}

/// Which standings get traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The healthy ones.
    Healthy,
    /// No member is healthy; those that are not known to be broken. So traffic alone never
    /// ejects the last members of a pool.
    Doubtful,
    /// All are unhealthy, and the pool fails open: to those that were ever proven to work.
    Everybody,
    /// All are unhealthy.
    Nobody,
}

/// Decides for the members that have a weight above 0.
#[must_use]
pub fn admit(weighted: impl Iterator<Item = Standing>, on_no_healthy: OnNoHealthy) -> Admission {
    let mut doubtful = false;
    for standing in weighted {
        match standing {
            Standing::Healthy => return Admission::Healthy,
            Standing::Unknown | Standing::Ejected => doubtful = true,
            Standing::Unhealthy | Standing::Unproven => {}
        }
    }
    match (doubtful, on_no_healthy) {
        (true, _) => Admission::Doubtful,
        (false, OnNoHealthy::FailOpen) => Admission::Everybody,
        (false, OnNoHealthy::Refuse) => Admission::Nobody,
    }
}

impl Admission {
    /// Whether a member of this standing gets traffic.
    #[must_use]
    pub fn admits(self, standing: Standing) -> bool {
        match self {
            Self::Healthy => standing == Standing::Healthy,
            Self::Doubtful => matches!(standing, Standing::Unknown | Standing::Ejected),
            Self::Everybody => standing != Standing::Unproven,
            Self::Nobody => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Standing::{Ejected, Healthy, Unhealthy, Unknown, Unproven};

    #[test]
    fn doubtful_members_serve_only_while_none_is_healthy() {
        for (standings, policy, expected) in [
            (&[Healthy, Unknown, Unhealthy][..], OnNoHealthy::Refuse, "100"),
            (&[Unknown, Unhealthy], OnNoHealthy::Refuse, "10"),
            (&[Ejected, Unknown, Unhealthy], OnNoHealthy::FailOpen, "110"),
            (&[Ejected, Healthy], OnNoHealthy::Refuse, "01"),
            (&[Unhealthy, Unhealthy], OnNoHealthy::Refuse, "00"),
            (&[Unhealthy, Unhealthy], OnNoHealthy::FailOpen, "11"),
            (&[], OnNoHealthy::FailOpen, ""),
        ] {
            let admission = admit(standings.iter().copied(), policy);
            let found: String = standings
                .iter()
                .map(|standing| if admission.admits(*standing) { '1' } else { '0' })
                .collect();
            assert_eq!(found, expected, "{standings:?} {policy}");
        }
    }

    #[test]
    fn an_unproven_member_gets_nothing_whatever_becomes_of_the_others() {
        for (standings, policy, expected) in [
            (&[Unproven, Healthy][..], OnNoHealthy::Refuse, "01"),
            (&[Unproven, Unknown], OnNoHealthy::Refuse, "01"),
            (&[Unproven, Unhealthy], OnNoHealthy::FailOpen, "01"),
            (&[Unproven], OnNoHealthy::FailOpen, "0"),
        ] {
            let admission = admit(standings.iter().copied(), policy);
            let admits = |standing: &Standing| if admission.admits(*standing) { '1' } else { '0' };
            let found: String = standings.iter().map(admits).collect();
            assert_eq!(found, expected, "{standings:?} {policy}");
        }
        assert_eq!([Unknown, Ejected].map(Standing::once_proven), [Unproven, Ejected]);
    }

    #[test]
    fn a_member_without_checks_counts_as_healthy_until_it_is_ejected() {
        assert_eq!(Standing::of(None, false), Healthy);
        assert_eq!(Standing::of(None, true), Ejected);
        assert_eq!(Standing::of(Some(ProbedHealth::Unhealthy), true), Unhealthy);
        assert_eq!(Standing::of(Some(ProbedHealth::Unknown), false), Unknown);
    }
}
