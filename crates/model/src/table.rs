//! The Table: what a proxy must run, fully resolved, one entry per load balancer, each stamped with the revision that
//! made it. A proxy needs nothing else: no reference leads out of an entry.

mod resolve;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::health_monitor::HealthMonitor;
use crate::listener::{
    AlpnProtocol, ClientAuth, ConnectionLimit, Hsts, InsertedHeader, Protocol, Timeouts, TlsPolicy,
};
use crate::pool::{
    MemberLimit, Method, OnNoHealthy, OutlierEjection, PoolTls, ProxyProtocol, Queue, Retries,
    SessionPersistence, SlowStartMs,
};
use crate::rule::{Condition, HostPattern, Redirect, Respond};
use crate::value::{
    CertificateId, Der, ListenerId, LoadBalancerId, MemberId, Name, PoolId, Port, ProjectId,
    Revision, RuleId, SealedKey, Weight,
};
use crate::wake::Wake;

pub use resolve::{resolve, resolve_all};

/// One load balancer as a proxy must run it. A disabled one has no listeners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    pub id: LoadBalancerId,
    /// For logs and metrics.
    pub name: Name,
    pub project: ProjectId,
    /// The revision of the load balancer that this entry was made from.
    pub revision: Revision,
    /// Only the enabled ones.
    pub listeners: Vec<TableListener>,
    /// All pools, the default one first: what no listener uses now is probed as well.
    pub pools: Vec<TablePool>,
}

/// A listener as a proxy must run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableListener {
    pub id: ListenerId,
    pub name: Name,
    pub protocol: Protocol,
    /// Virtual IP and port.
    pub address: SocketAddr,
    /// Enabled rules, by priority; those of TCP listeners ask for server names alone and only forward.
    pub rules: Vec<TableRule>,
    /// Where what no rule takes goes.
    pub pool: PoolIndex,
    /// The port of every member as seen from here, before the members' own.
    pub member_port: Option<Port>,
    pub insert_headers: Vec<InsertedHeader>,
    pub trusted_proxies: Vec<IpNet>,
    pub proxy_protocol: bool,
    pub timeouts: Timeouts,
    pub connection_limit: Option<ConnectionLimit>,
    pub connection_limit_per_source: Option<ConnectionLimit>,
    pub allowed_cidrs: Vec<IpNet>,
    /// On HTTPS listeners, and only there.
    #[serde(default)]
    pub tls: Option<TableTls>,
    /// Whether clients may begin with HTTP/2 in clear.
    #[serde(default)]
    pub http2: bool,
    /// Every request is answered 308 to `https` on this port, before any rule.
    #[serde(default)]
    pub https_redirect: Option<Port>,
}

/// TLS of a listener as a proxy must run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableTls {
    /// The default one first; never empty.
    pub certificates: Vec<Arc<TableCertificate>>,
    pub policy: TlsPolicy,
    pub client_auth: ClientAuth,
    /// The preferred one first; never empty.
    pub alpn: Vec<AlpnProtocol>,
    pub hsts: Option<Hsts>,
}

/// A certificate as a proxy must show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCertificate {
    pub id: CertificateId,
    /// The servers that it is for; `*.` stands for exactly one label.
    pub names: Vec<HostPattern>,
    /// The certificate itself first.
    pub chain: Vec<Der>,
    /// Sealed also on the link and on the proxy's disk.
    pub key: SealedKey,
    pub ocsp: Option<Der>,
}

/// A place in [`TableEntry::pools`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PoolIndex(pub u32);

/// A rule as a proxy must run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRule {
    pub id: RuleId,
    pub condition: Condition,
    pub action: TableAction,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableAction {
    /// To one of these pools, by weight; those of weight 0 are left out, and no pool at all answers 503.
    Forward(Vec<TableForward>),
    Redirect(Redirect),
    Respond(Respond),
}

/// One target of a forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableForward {
    pub pool: PoolIndex,
    pub weight: Weight,
}

/// A pool as a proxy must run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePool {
    pub id: PoolId,
    pub name: Name,
    pub method: Method,
    pub members: Vec<TableMember>,
    /// Only an enabled one.
    pub health_monitor: Option<HealthMonitor>,
    pub session_persistence: Option<SessionPersistence>,
    pub on_no_healthy: OnNoHealthy,
    pub max_connections_per_member: Option<MemberLimit>,
    pub queue: Queue,
    pub slow_start_ms: SlowStartMs,
    pub retries: Retries,
    pub proxy_protocol: Option<ProxyProtocol>,
    #[serde(default)]
    pub outlier_ejection: Option<OutlierEjection>,
    #[serde(default)]
    pub tls: Option<PoolTls>,
    /// Over TLS by ALPN, else with prior knowledge.
    #[serde(default)]
    pub http2: bool,
    /// What becomes of requests that find nobody to serve them.
    #[serde(default)]
    pub wake: Wake,
}

/// A member as a proxy must run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMember {
    pub id: MemberId,
    pub address: IpAddr,
    /// The listener's port if none.
    pub port: Option<Port>,
    /// 0 for a disabled one and one that its scaling group keeps out: it finishes what it has and gets nothing new.
    pub weight: Weight,
    pub backup: bool,
    /// Whether it gets traffic only once its checks say that it is healthy, never while that is unknown.
    #[serde(default)]
    pub only_when_healthy: bool,
}

impl TableMember {
    /// Where a listener reaches this member: the listener's override, the member's own port, the listener's port.
    pub fn target(&self, listener: &TableListener) -> SocketAddr {
        let port = listener.member_port.or(self.port).map_or(listener.address.port(), Port::get);
        SocketAddr::new(self.address, port)
    }
}

#[cfg(test)]
mod tests;
