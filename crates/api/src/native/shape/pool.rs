//! Pools as the native dialect shows them.

use elbow_model::load_balancer::LoadBalancer;
use elbow_model::pool::{self as model, PoolSettings};
use elbow_model::status::{self, MemberHealth};
use serde::Serialize;
use utoipa::ToSchema;

use super::health_monitor::HealthMonitor;
use super::member::{InFlight, Member};
use super::tls::PoolTls;
use super::words::{Method, OnNoHealthy, PersistenceType, ProxyProtocol};
use super::{Reference, View};

/// A set of interchangeable servers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Pool {
    #[schema(read_only)]
    id: String,
    /// Unique in the load balancer.
    name: String,
    /// Whether it serves listeners that name no other.
    #[schema(read_only)]
    is_default: bool,
    #[schema(required = false)]
    method: Method,
    health_monitor: Option<HealthMonitor>,
    session_persistence: Option<SessionPersistence>,
    #[schema(required = false)]
    on_no_healthy: OnNoHealthy,
    /// The most requests (TCP: connections) in flight per member: 1 to 100000; no limit if null.
    max_connections_per_member: Option<u32>,
    #[schema(required = false)]
    queue: Queue,
    /// How long a new or recovered member's share grows: 0 to 3600000.
    #[schema(required = false, default = 0)]
    slow_start_ms: u32,
    /// How many other members a request may be tried on: 0 to 3.
    #[schema(required = false, default = 1)]
    retries: u32,
    /// Whether connections to members start with a PROXY protocol header.
    proxy_protocol: Option<ProxyProtocol>,
    /// Whether members that are much slower than their peers get no traffic for a while.
    outlier_ejection: Option<OutlierEjection>,
    /// Whether TLS is spoken with members.
    tls: Option<PoolTls>,
    /// Whether HTTP/2 is spoken with members: over TLS where they agree, else from the first byte on.
    #[schema(required = false, default = false)]
    http2: bool,
    #[schema(read_only)]
    member_count: u64,
    #[schema(read_only)]
    healthy_count: u64,
    /// Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    members: Option<Vec<Member>>,
    /// Left out inside a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    load_balancer: Option<Reference>,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// Where requests wait for a member that is below its limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Queue {
    /// The most that wait: 0 to 100000.
    #[schema(required = false, default = 1000)]
    max: u32,
    /// How long one waits: 1 to 600000.
    #[schema(required = false, default = 5000)]
    timeout_ms: u32,
}

/// When a member counts as much slower than its peers, and what becomes of it. The evidence is its `last_failure`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct OutlierEjection {
    /// Its mean latency is above so many percent of its peers' median: 110 to 10000. Less than a millisecond more never
    /// counts.
    #[schema(required = false, default = 300)]
    factor_percent: u32,
    /// It and its peers have had so many requests in the last ten seconds: 1 to 100000.
    #[schema(required = false, default = 50)]
    min_requests: u32,
    /// How long it gets no traffic the first time: 1000 to 3600000; each further time adds as much, up to ten times.
    #[schema(required = false, default = 30000)]
    eject_ms: u32,
    /// The most of the pool that is out at a time: 1 to 90.
    #[schema(required = false, default = 50)]
    max_ejected_percent: u32,
}

/// How a client keeps its member.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct SessionPersistence {
    #[serde(rename = "type")]
    kind: PersistenceType,
    /// HTTP_COOKIE: the cookie that Elbow sets (`ELBOW` if not given); APP_COOKIE: the application's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie_name: Option<String>,
    /// 1 to 604800; an hour if not given. HTTP_COOKIE without it: for the browser's session.
    timeout_s: Option<u32>,
}

/// Whether a pool is shown with its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::native) enum Members {
    /// Each of them.
    Shown,
    /// Their number alone.
    Counted,
}

impl Pool {
    /// As part of its load balancer.
    pub(in crate::native) fn inside(
        pool: &model::Pool,
        balancer: &LoadBalancer,
        members: Members,
        in_flight: &InFlight,
        view: View<'_>,
    ) -> Self {
        let model::Pool { id, created_at, updated_at, revision, settings, members: all } = pool;
        let PoolSettings {
            name,
            method,
            health_monitor,
            session_persistence,
            on_no_healthy,
            max_connections_per_member,
            queue,
            slow_start_ms,
            retries,
            proxy_protocol,
            outlier_ejection,
            tls,
            http2,
        } = settings;
        let is_healthy =
            |member: &&_| status::of_member(member, pool, view.observed) == MemberHealth::Healthy;
        let shown =
            || all.iter().map(|member| Member::inside(member, pool, in_flight, view)).collect();
        Self {
            id: id.to_string(),
            name: name.to_string(),
            is_default: balancer.default_pool().id == *id,
            method: (*method).into(),
            health_monitor: health_monitor.as_ref().map(HealthMonitor::from),
            session_persistence: session_persistence.as_ref().map(SessionPersistence::from),
            on_no_healthy: (*on_no_healthy).into(),
            max_connections_per_member: max_connections_per_member.map(|limit| limit.get()),
            queue: Queue::from(*queue),
            slow_start_ms: slow_start_ms.get(),
            retries: retries.get(),
            proxy_protocol: proxy_protocol.map(ProxyProtocol::from),
            outlier_ejection: outlier_ejection.map(OutlierEjection::from),
            tls: tls.as_ref().map(PoolTls::from).map(|tls| match members {
                Members::Shown => tls,
                Members::Counted => tls.without_ca(),
            }),
            http2: *http2,
            member_count: all.len() as u64,
            healthy_count: all.iter().map(|member| &**member).filter(is_healthy).count() as u64,
            members: match members {
                Members::Shown => Some(shown()),
                Members::Counted => None,
            },
            load_balancer: None,
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }

    /// By itself.
    pub(in crate::native) fn alone(
        pool: &model::Pool,
        balancer: &LoadBalancer,
        members: Members,
        in_flight: &InFlight,
        view: View<'_>,
    ) -> Self {
        let load_balancer = Some(Reference::to_load_balancer(balancer));
        Self { load_balancer, ..Self::inside(pool, balancer, members, in_flight, view) }
    }
}

impl From<model::Queue> for Queue {
    fn from(queue: model::Queue) -> Self {
        let model::Queue { max, timeout_ms } = queue;
        Self { max: max.get(), timeout_ms: timeout_ms.get() }
    }
}

impl From<model::OutlierEjection> for OutlierEjection {
    fn from(ejection: model::OutlierEjection) -> Self {
        let model::OutlierEjection { factor_percent, min_requests, eject_ms, max_ejected_percent } =
            ejection;
        Self {
            factor_percent: factor_percent.get(),
            min_requests: min_requests.get(),
            eject_ms: eject_ms.get(),
            max_ejected_percent: max_ejected_percent.get(),
        }
    }
}

impl From<&model::SessionPersistence> for SessionPersistence {
    fn from(persistence: &model::SessionPersistence) -> Self {
        match persistence {
            model::SessionPersistence::SourceIp { timeout_s } => Self {
                kind: PersistenceType::SourceIp,
                cookie_name: None,
                timeout_s: Some(timeout_s.get()),
            },
            model::SessionPersistence::HttpCookie { cookie_name, timeout_s } => Self {
                kind: PersistenceType::HttpCookie,
                cookie_name: Some(cookie_name.to_string()),
                timeout_s: timeout_s.map(|seconds| seconds.get()),
            },
            model::SessionPersistence::AppCookie { cookie_name, timeout_s } => Self {
                kind: PersistenceType::AppCookie,
                cookie_name: Some(cookie_name.to_string()),
                timeout_s: Some(timeout_s.get()),
            },
        }
    }
}
