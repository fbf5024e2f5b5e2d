//! Pools (server groups): members, and how traffic is spread over them.

mod tls;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::health_monitor::HealthMonitor;
use crate::member::Member;
use crate::value::{Bounded, HttpToken, MemberId, Name, PoolId, Revision, Timestamp};

pub use tls::{PoolTls, Verify};

/// A set of interchangeable servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// What APIs call it.
    pub id: PoolId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it or its members last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it or its members.
    pub revision: Revision,
    /// What users can edit.
    pub settings: PoolSettings,
    /// In the order of their creation.
    pub members: Vec<Arc<Member>>,
}

/// What users can edit on a pool itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSettings {
    /// Unique in the load balancer; the default pool is `default` unless renamed.
    pub name: Name,
    /// How a member is picked.
    pub method: Method,
    /// How members are checked; never if none.
    pub health_monitor: Option<HealthMonitor>,
    /// Whether a client keeps its member.
    pub session_persistence: Option<SessionPersistence>,
    /// What happens when no member is healthy.
    pub on_no_healthy: OnNoHealthy,
    /// The most requests (TCP: connections) in flight per member; the rest wait in the queue.
    pub max_connections_per_member: Option<MemberLimit>,
    /// Where requests wait for a member below its limit.
    pub queue: Queue,
    /// How long a new or recovered member's share grows until it is whole; 0 for at once.
    pub slow_start_ms: SlowStartMs,
    /// How many other members a request may be tried on where that is safe.
    pub retries: Retries,
    /// Whether connections to members start with a PROXY protocol header.
    pub proxy_protocol: Option<ProxyProtocol>,
    /// Whether members that are much slower than their peers get no traffic for a while.
    #[serde(default)]
    pub outlier_ejection: Option<OutlierEjection>,
    /// Whether TLS is spoken with members.
    #[serde(default)]
    pub tls: Option<PoolTls>,
    /// Whether HTTP/2 is spoken with members: over TLS where they agree to it (ALPN), else from the first byte on.
    #[serde(default)]
    pub http2: bool,
}

/// Requests in flight on one member.
pub type MemberLimit = Bounded<1, 100_000>;
/// Ramp of a new member in milliseconds.
pub type SlowStartMs = Bounded<0, 3_600_000>;
/// Further members tried.
pub type Retries = Bounded<0, 3>;

impl PoolSettings {
    /// A pool with default settings.
    pub fn new(name: Name, method: Method) -> Self {
        Self {
            name,
            method,
            health_monitor: None,
            session_persistence: None,
            on_no_healthy: OnNoHealthy::Refuse,
            max_connections_per_member: None,
            queue: Queue::default(),
            slow_start_ms: SlowStartMs::constant::<0>(),
            retries: Retries::constant::<1>(),
            proxy_protocol: None,
            outlier_ejection: None,
            tls: None,
            http2: false,
        }
    }
}

impl Pool {
    /// The member with this id.
    pub fn member(&self, id: MemberId) -> Option<&Arc<Member>> {
        self.members.iter().find(|member| member.id == id)
    }

    /// The health check, if there is one and it is switched on.
    pub fn active_monitor(&self) -> Option<&HealthMonitor> {
        self.settings.health_monitor.as_ref().filter(|monitor| monitor.enabled)
    }
}

/// How a member is picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Taking turns, by weight.
    RoundRobin,
    /// The one with the fewest requests in flight for its weight.
    LeastConnections,
    /// The same one for the same client address.
    SourceIp,
}

impl Method {
    /// Every method, in the order that documents list them.
    pub const ALL: [Self; 3] = [Self::RoundRobin, Self::LeastConnections, Self::SourceIp];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::RoundRobin => "ROUND_ROBIN",
            Self::LeastConnections => "LEAST_CONNECTIONS",
            Self::SourceIp => "SOURCE_IP",
        })
    }
}

/// How a client keeps its member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SessionPersistence {
    /// By its address.
    SourceIp {
        /// How long a client that stays away is remembered.
        timeout_s: PersistenceSeconds,
    },
    /// By a cookie that Elbow sets.
    HttpCookie {
        /// Its name.
        cookie_name: HttpToken,
        /// How long the browser keeps it; for the browser's session if none.
        timeout_s: Option<PersistenceSeconds>,
    },
    /// By a cookie that the application sets.
    AppCookie {
        /// Its name.
        cookie_name: HttpToken,
        /// How long a value that stays away is remembered.
        timeout_s: PersistenceSeconds,
    },
}

/// How long a client keeps its member, in seconds.
pub type PersistenceSeconds = Bounded<1, 604_800>;

/// What happens when no member of a pool is healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNoHealthy {
    /// Requests are answered 503, connections are closed.
    Refuse,
    /// All members count as healthy.
    FailOpen,
}

impl fmt::Display for OnNoHealthy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Refuse => "REFUSE",
            Self::FailOpen => "FAIL_OPEN",
        })
    }
}

/// Where requests wait for a member that is below its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The most that wait, over the whole pool.
    pub max: QueueLength,
    /// How long one waits before it is answered 503.
    pub timeout_ms: QueueTimeoutMs,
}

/// Requests that wait.
pub type QueueLength = Bounded<0, 100_000>;
/// How long a request waits, in milliseconds.
pub type QueueTimeoutMs = Bounded<1, 600_000>;

impl Default for Queue {
    fn default() -> Self {
        Self {
            max: QueueLength::constant::<1_000>(),
            timeout_ms: QueueTimeoutMs::constant::<5_000>(),
        }
    }
}

/// When a member counts as much slower than its peers, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlierEjection {
    /// Its mean latency is above so many percent of its peers' median: 300 is three times as slow.
    pub factor_percent: OutlierFactor,
    /// It and its peers have had so many requests in the last ten seconds.
    pub min_requests: OutlierRequests,
    /// How long it gets no traffic the first time; each further time adds as much, up to ten times.
    pub eject_ms: EjectMs,
    /// The most of the pool that is out at a time.
    pub max_ejected_percent: EjectedPercent,
}

/// Latency in percent of the peers'.
pub type OutlierFactor = Bounded<110, 10_000>;

/// Requests that tell enough.
pub type OutlierRequests = Bounded<1, 100_000>;

/// How long a member is out, in milliseconds.
pub type EjectMs = Bounded<1_000, 3_600_000>;

/// Percent of a pool's members.
pub type EjectedPercent = Bounded<1, 90>;

impl Default for OutlierEjection {
    fn default() -> Self {
        Self {
            factor_percent: OutlierFactor::constant::<300>(),
            min_requests: OutlierRequests::constant::<50>(),
            eject_ms: EjectMs::constant::<30_000>(),
            max_ejected_percent: EjectedPercent::constant::<50>(),
        }
    }
}

/// Versions of the PROXY protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProxyProtocol {
    /// The line of text.
    V1,
    /// The binary header.
    V2,
}

impl fmt::Display for ProxyProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V1 => "V1",
            Self::V2 => "V2",
        })
    }
}
