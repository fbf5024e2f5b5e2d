//! Reads pools.

use elbow_model::change::NewPool;
use elbow_model::pool::{
    Method, OnNoHealthy, OutlierEjection, PoolSettings, ProxyProtocol, Queue, Retries,
    SessionPersistence, SlowStartMs,
};
use elbow_model::value::{Bounded, HttpToken, PoolId, Timestamp};
use uuid::Uuid;

use super::member::{self, Echo};
use super::{READ_ONLY, bounded, health_monitor, name, no_name, tls, token};
use crate::decode::{At, Fields};

/// Methods by the words that the native dialect uses.
const METHODS: &[(&str, Method)] = &[
    ("ROUND_ROBIN", Method::RoundRobin),
    ("LEAST_CONNECTIONS", Method::LeastConnections),
    ("SOURCE_IP", Method::SourceIp),
];

/// The most pools in one body; quotas are the model's.
const MAX_POOLS: usize = 1_000;

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("is_default", READ_ONLY),
    ("load_balancer", READ_ONLY),
    ("member_count", READ_ONLY),
    ("healthy_count", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
    ("members", "has its own path: POST adds one to /v1/pools/{id}/members, PUT replaces all"),
];

/// Reads a pool to create, with its members.
pub(in crate::native) fn new(fields: Fields<'_>, now: Timestamp) -> NewPool {
    let name = fields.required("name", name).unwrap_or_else(no_name);
    let mut settings = PoolSettings::new(name, Method::RoundRobin);
    read_rest(&fields, now, &mut settings);
    let members = fields
        .present("members")
        .and_then(|at| member::list(at, Echo::Refused))
        .unwrap_or_default();
    fields.finish(HINTS);
    NewPool { id: PoolId::from(Uuid::now_v7()), settings, members }
}

/// Reads a list of pools to create.
pub(in crate::native) fn list(at: At<'_>, now: Timestamp) -> Option<Vec<NewPool>> {
    at.list_of(MAX_POOLS, |at| Some(new(at.object()?, now)))
}

/// Reads a patch onto a pool.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    now: Timestamp,
    mut settings: PoolSettings,
) -> PoolSettings {
    fields.set("name", &mut settings.name, name);
    read_rest(&fields, now, &mut settings);
    fields.finish(HINTS);
    settings
}

/// Reads `method`.
pub(in crate::native) fn read_method(fields: &Fields<'_>, settings: &mut PoolSettings) {
    fields.set_or("method", &mut settings.method, Method::RoundRobin, |at| {
        at.choice("method", METHODS)
    });
}

/// Reads `health_monitor`; `null` removes it.
pub(in crate::native) fn read_health_monitor(fields: &Fields<'_>, settings: &mut PoolSettings) {
    let base = settings.health_monitor.clone();
    fields.set_option("health_monitor", &mut settings.health_monitor, |at| {
        health_monitor::read(at, base)
    });
}

fn read_rest(fields: &Fields<'_>, now: Timestamp, settings: &mut PoolSettings) {
    read_method(fields, settings);
    read_health_monitor(fields, settings);
    let base = settings.session_persistence.clone();
    fields.set_option("session_persistence", &mut settings.session_persistence, |at| {
        persistence(at, base)
    });
    fields.set_or("on_no_healthy", &mut settings.on_no_healthy, OnNoHealthy::Refuse, |at| {
        at.choice(
            "on_no_healthy",
            &[("REFUSE", OnNoHealthy::Refuse), ("FAIL_OPEN", OnNoHealthy::FailOpen)],
        )
    });
    fields.set_option(
        "max_connections_per_member",
        &mut settings.max_connections_per_member,
        bounded,
    );
    let base = settings.queue;
    fields.set_or("queue", &mut settings.queue, Queue::default(), |at| queue(at, base));
    fields.set_or(
        "slow_start_ms",
        &mut settings.slow_start_ms,
        SlowStartMs::constant::<0>(),
        bounded,
    );
    fields.set_or("retries", &mut settings.retries, Retries::constant::<1>(), bounded);
    fields.set_option("proxy_protocol", &mut settings.proxy_protocol, |at| {
        at.choice("proxy_protocol", &[("V1", ProxyProtocol::V1), ("V2", ProxyProtocol::V2)])
    });
    let base = settings.outlier_ejection.unwrap_or_default();
    fields.set_option("outlier_ejection", &mut settings.outlier_ejection, |at| {
        outlier_ejection(at, base)
    });
    let base = settings.tls.clone();
    fields.set_option("tls", &mut settings.tls, |at| tls::pool(&at, now, base));
    fields.set_or("http2", &mut settings.http2, false, |at| at.boolean());
}

fn outlier_ejection(at: At<'_>, mut ejection: OutlierEjection) -> Option<OutlierEjection> {
    let fields = at.object()?;
    let usual = OutlierEjection::default();
    fields.set_or("factor_percent", &mut ejection.factor_percent, usual.factor_percent, bounded);
    fields.set_or("min_requests", &mut ejection.min_requests, usual.min_requests, bounded);
    fields.set_or("eject_ms", &mut ejection.eject_ms, usual.eject_ms, bounded);
    let most = &mut ejection.max_ejected_percent;
    fields.set_or("max_ejected_percent", most, usual.max_ejected_percent, bounded);
    fields.finish(&[]);
    Some(ejection)
}

fn queue(at: At<'_>, mut queue: Queue) -> Option<Queue> {
    let fields = at.object()?;
    fields.set_or("max", &mut queue.max, Queue::default().max, bounded);
    fields.set_or("timeout_ms", &mut queue.timeout_ms, Queue::default().timeout_ms, bounded);
    fields.finish(&[]);
    Some(queue)
}

/// Kinds of session persistence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    SourceIp,
    HttpCookie,
    AppCookie,
}

const KINDS: &[(&str, Kind)] = &[
    ("SOURCE_IP", Kind::SourceIp),
    ("HTTP_COOKIE", Kind::HttpCookie),
    ("APP_COOKIE", Kind::AppCookie),
];

/// How long a client that stays away is remembered unless somebody says otherwise: an hour.
const REMEMBERED_S: Bounded<1, 604_800> = Bounded::constant::<3_600>();

fn persistence(at: At<'_>, base: Option<SessionPersistence>) -> Option<SessionPersistence> {
    let fields = at.object()?;
    let (base_kind, mut cookie_name, mut timeout_s) = match base {
        None => (None, None, None),
        Some(SessionPersistence::SourceIp { timeout_s }) => {
            (Some(Kind::SourceIp), None, Some(timeout_s))
        }
        Some(SessionPersistence::HttpCookie { cookie_name, timeout_s }) => {
            (Some(Kind::HttpCookie), Some(cookie_name), timeout_s)
        }
        Some(SessionPersistence::AppCookie { cookie_name, timeout_s }) => {
            (Some(Kind::AppCookie), Some(cookie_name), Some(timeout_s))
        }
    };
    let read = |at: At<'_>| at.choice("type", KINDS);
    let kind = match base_kind {
        Some(kind) if fields.present("type").is_none() => Some(kind),
        _ => fields.required("type", read),
    };
    if kind != base_kind {
        (cookie_name, timeout_s) = (None, None);
    }
    fields.set_option("cookie_name", &mut cookie_name, token);
    fields.set_option("timeout_s", &mut timeout_s, bounded);
    let persistence = match kind? {
        Kind::SourceIp => {
            if fields.present("cookie_name").is_some() {
                fields.note("cookie_name", "belongs to HTTP_COOKIE and APP_COOKIE");
            }
            SessionPersistence::SourceIp { timeout_s: timeout_s.unwrap_or(REMEMBERED_S) }
        }
        Kind::HttpCookie => SessionPersistence::HttpCookie {
            cookie_name: cookie_name.unwrap_or_else(own_cookie),
            timeout_s,
        },
        Kind::AppCookie => {
            let missing = cookie_name.is_none() && fields.present("cookie_name").is_none();
            if missing {
                fields.note("cookie_name", "is missing; APP_COOKIE needs the application's cookie");
            }
            let cookie_name = cookie_name.unwrap_or_else(own_cookie);
            SessionPersistence::AppCookie {
                cookie_name,
                timeout_s: timeout_s.unwrap_or(REMEMBERED_S),
            }
        }
    };
    fields.finish(&[]);
    Some(persistence)
}

/// The cookie that Elbow sets if nobody names one.
fn own_cookie() -> HttpToken {
    HttpToken::new("ELBOW").expect("ELBOW is a token")
}
