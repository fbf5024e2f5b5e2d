//! What is seen from outside, volatile: which proxies live and what they run, and the health of members. Kept in
//! memory only; proxies report it again after a restart.

use imbl::{HashMap, OrdMap};
use serde::{Deserialize, Serialize};

use crate::value::{LoadBalancerId, MemberId, PoolId, ProxyId, Revision, Timestamp};

/// A snapshot of everything seen; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Proxies that are connected now.
    pub proxies: OrdMap<ProxyId, ProxyView>,
    /// The last word on each probed member.
    pub members: HashMap<MemberId, MemberObservation>,
    /// The last numbers of each load balancer, over all proxies.
    pub counters: HashMap<LoadBalancerId, crate::wire::BalancerCounters>,
}

/// A proxy as control sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyView {
    /// Elbow's version that it runs.
    pub version: String,
    /// Its process on its machine.
    pub pid: u32,
    /// Since when it is connected.
    pub connected_at: Timestamp,
    /// The World's revision up to which it runs everything that it could put in force.
    pub revision: Revision,
    /// What it could not put in force, and why.
    pub failed: OrdMap<LoadBalancerId, String>,
    /// How long each load balancer's last change took from its commit until this proxy had it in force, in ms.
    pub in_force: HashMap<LoadBalancerId, InForce>,
    /// Members with nothing in flight at this proxy, by the load balancer's revision since when they get nothing new.
    pub drained: HashMap<MemberId, Revision>,
    /// What waits at this proxy because nobody in a pool can serve it; pools where nothing waits are not in it.
    pub waiting: HashMap<PoolId, crate::wake::Waiting>,
}

/// That a load balancer is in force at a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// The load balancer's revision that is in force.
    pub revision: Revision,
    /// Milliseconds since that revision was committed; 0 if it was so when the proxy connected.
    pub after_ms: u32,
}

/// What was seen of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberObservation {
    /// Its health by the last checks.
    pub health: ProbedHealth,
    /// Since when.
    pub since: Timestamp,
    /// The last check that failed, if any did: what was sent, and what came of it, in words.
    pub last_failure: Option<FailedCheck>,
}

/// Health as checks (active and passive) tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbedHealth {
    /// Not enough checks yet.
    Unknown,
    /// Gets traffic.
    Healthy,
    /// Gets none.
    Unhealthy,
}

/// A check that failed, as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCheck {
    /// When it ended.
    pub at: Timestamp,
    /// What was done, such as `GET /healthz to 10.0.0.5:8080`.
    pub attempt: String,
    /// What came of it, such as `status 500, expected 200` or `connection refused`; at most 512 characters.
    pub outcome: String,
}
