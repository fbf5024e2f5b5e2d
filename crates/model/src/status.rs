//! Status views: computed from revisions and observations, never stored, so nothing can stick.

use std::fmt;
use std::time::Duration;

use crate::attachment::SeenStatus;
use crate::certificate::CertificateFacts;
use crate::instance::{Instance, Phase};
use crate::load_balancer::LoadBalancer;
use crate::member::Member;
use crate::observed::{Observed, ProbedHealth, ProxyView};
use crate::pool::Pool;
use crate::value::{MemberId, Timestamp, Weight};
use crate::world::World;

/// Whether what is intended is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Some live proxy is behind, or none is there.
    Pending {
        /// What is waited for.
        reason: String,
    },
    /// Every live proxy has it in force.
    Active,
    /// A proxy could not put it in force.
    Error {
        /// Why, in the proxy's words.
        reason: String,
    },
    /// It is switched off, and no proxy serves it.
    Disabled,
}

impl Status {
    /// The word that APIs use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "PENDING",
            Self::Active => "ACTIVE",
            Self::Error { .. } => "ERROR",
            Self::Disabled => "DISABLED",
        }
    }

    /// The word alone, as a fact that a Change relies on.
    pub fn seen(&self) -> SeenStatus {
        match self {
            Self::Pending { .. } => SeenStatus::Pending,
            Self::Active => SeenStatus::Active,
            Self::Error { .. } => SeenStatus::Error,
            Self::Disabled => SeenStatus::Disabled,
        }
    }

    /// Why it is so, where that needs saying.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Pending { reason } | Self::Error { reason } => Some(reason),
            Self::Active | Self::Disabled => None,
        }
    }
}

/// Whether a certificate can be shown, by its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateStatus {
    /// It is not valid yet.
    Pending {
        /// From when on it is.
        reason: String,
    },
    /// It is valid.
    Active,
    /// It is valid for less than [`CertificateStatus::NOTICE`].
    Expiring {
        /// Until when, and what to do.
        reason: String,
    },
    /// It is not valid any more.
    Expired {
        /// Since when, and what to do.
        reason: String,
    },
}

impl CertificateStatus {
    /// How long before its end a certificate counts as expiring: 30 days.
    pub const NOTICE: Duration = Duration::from_secs(30 * DAY_S);

    /// The word that APIs use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "PENDING",
            Self::Active => "ACTIVE",
            Self::Expiring { .. } => "EXPIRING",
            Self::Expired { .. } => "EXPIRED",
        }
    }

    /// Why it is so, where that needs saying.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Pending { reason } | Self::Expiring { reason } | Self::Expired { reason } => {
                Some(reason)
            }
            Self::Active => None,
        }
    }
}

/// Seconds of a day.
const DAY_S: u64 = 24 * 60 * 60;

/// The status of a certificate that says `facts`.
pub fn of_certificate(facts: &CertificateFacts, now: Timestamp) -> CertificateStatus {
    let CertificateFacts { not_before, not_after, .. } = facts;
    if now < *not_before {
        return CertificateStatus::Pending { reason: format!("it is valid from {not_before} on") };
    }
    if now >= *not_after {
        let reason = format!("it expired at {not_after}; create a newer one and show that");
        return CertificateStatus::Expired { reason };
    }
    let left = not_after.since(now);
    if left >= CertificateStatus::NOTICE {
        return CertificateStatus::Active;
    }
    let left = match left.as_secs() / DAY_S {
        0 => "within a day".to_owned(),
        1 => "in a day".to_owned(),
        days => format!("in {days} days"),
    };
    CertificateStatus::Expiring {
        reason: format!("it expires {left}, at {not_after}; create a newer one and show that"),
    }
}

/// On how many proxies a load balancer's present state is in force, and how long that took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effective {
    /// Live proxies that have it in force.
    pub proxies: u32,
    /// Live proxies.
    pub of: u32,
    /// Milliseconds from its commit until the last of them had it; none while one is behind.
    pub after_ms: Option<u32>,
}

/// Health of a load balancer as a whole, over the members that could get work and whose checks have
/// spoken: a member that was only just added makes no alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BalancerHealth {
    /// All of them are healthy.
    Online,
    /// Some are not, or none is but others are still to be checked.
    Degraded,
    /// None is.
    Offline,
    /// There are none.
    Unmonitored,
}

impl fmt::Display for BalancerHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Online => "ONLINE",
            Self::Degraded => "DEGRADED",
            Self::Offline => "OFFLINE",
            Self::Unmonitored => "UNMONITORED",
        })
    }
}

/// Health of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberHealth {
    /// Passes its checks.
    Healthy,
    /// Fails its checks.
    Unhealthy,
    /// Not checked often enough yet.
    Unknown,
    /// Gets no new work: weight 0, disabled, or kept out by its scaling group.
    Draining,
    /// Its pool has no health check.
    Unmonitored,
}

impl fmt::Display for MemberHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "HEALTHY",
            Self::Unhealthy => "UNHEALTHY",
            Self::Unknown => "UNKNOWN",
            Self::Draining => "DRAINING",
            Self::Unmonitored => "UNMONITORED",
        })
    }
}

/// The status of a load balancer.
pub fn of_load_balancer(balancer: &LoadBalancer, observed: &Observed) -> Status {
    // A failure that was reported before the last edit says nothing about the present state.
    let has_seen_it = |proxy: &&ProxyView| proxy.revision >= balancer.revision;
    let mut failures =
        observed.proxies.values().filter(has_seen_it).filter_map(|p| p.failed.get(&balancer.id));
    if let Some(reason) = failures.next() {
        return Status::Error { reason: reason.clone() };
    }
    let Effective { proxies, of, .. } = effective(balancer, observed);
    if of == 0 {
        return Status::Pending { reason: "no proxy is connected".to_owned() };
    }
    if proxies < of {
        return Status::Pending { reason: format!("{proxies} of {of} proxies have it in force") };
    }
    if balancer.settings.enabled { Status::Active } else { Status::Disabled }
}

/// How far a load balancer's present state is in force.
pub fn effective(balancer: &LoadBalancer, observed: &Observed) -> Effective {
    let mut view = Effective { proxies: 0, of: 0, after_ms: Some(0) };
    for proxy in observed.proxies.values() {
        view.of += 1;
        let in_force = proxy.in_force.get(&balancer.id).filter(|f| f.revision >= balancer.revision);
        match in_force {
            Some(f) if !proxy.failed.contains_key(&balancer.id) => {
                view.proxies += 1;
                view.after_ms = view.after_ms.map(|ms| ms.max(f.after_ms));
            }
            _ => view.after_ms = None,
        }
    }
    if view.of == 0 {
        view.after_ms = None;
    }
    view
}

/// The health of a member of `pool`.
pub fn of_member(member: &Member, pool: &Pool, observed: &Observed) -> MemberHealth {
    if member.effective_weight() == Weight::DRAIN {
        return MemberHealth::Draining;
    }
    if pool.active_monitor().is_none() {
        return MemberHealth::Unmonitored;
    }
    match observed.members.get(&member.id).map(|seen| seen.health) {
        None | Some(ProbedHealth::Unknown) => MemberHealth::Unknown,
        Some(ProbedHealth::Healthy) => MemberHealth::Healthy,
        Some(ProbedHealth::Unhealthy) => MemberHealth::Unhealthy,
    }
}

/// Whether an instance serves, and passes the checks of every pool that checks it.
pub fn is_healthy(instance: &Instance, world: &World, observed: &Observed) -> bool {
    let passes = |id: &MemberId| {
        let pool = world.of_member(*id).and_then(|balancer| balancer.pool_of(*id));
        let member = pool.and_then(|pool| Some(of_member(pool.member(*id)?, pool, observed)));
        match member {
            Some(MemberHealth::Unhealthy | MemberHealth::Unknown) | None => false,
            Some(MemberHealth::Healthy | MemberHealth::Draining | MemberHealth::Unmonitored) => {
                true
            }
        }
    };
    instance.phase == Phase::InService && instance.members.iter().all(passes)
}

/// The health of a load balancer.
pub fn health_of_load_balancer(balancer: &LoadBalancer, observed: &Observed) -> BalancerHealth {
    let (mut healthy, mut unhealthy, mut unknown) = (0_u32, 0_u32, 0_u32);
    for pool in &balancer.pools {
        for member in &pool.members {
            match of_member(member, pool, observed) {
                MemberHealth::Healthy => healthy += 1,
                MemberHealth::Unhealthy => unhealthy += 1,
                MemberHealth::Unknown => unknown += 1,
                MemberHealth::Draining | MemberHealth::Unmonitored => {}
            }
        }
    }
    match (healthy, unhealthy, unknown) {
        (0, 0, _) => BalancerHealth::Unmonitored,
        (_, 0, _) => BalancerHealth::Online,
        (0, _, 0) => BalancerHealth::Offline,
        (_, _, _) => BalancerHealth::Degraded,
    }
}

#[cfg(test)]
mod tests;
