//! `/metrics`: Prometheus text. Names are `elbow_*`, units are base units, labels are names, and how many series there
//! are is bounded.

mod scaling;
mod text;
mod wakes;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::observed::Observed;
use elbow_model::status::{self, MemberHealth};
use elbow_model::value::Name;
use elbow_model::wire::{LATENCY_BOUNDS_US, ListenerCounters, MemberCounters};
use elbow_model::world::World;
use elbow_store::series::GroupCounters;
use sha2::{Digest, Sha256};

use crate::authentication::{Caller, bearer};
use crate::problem::Problem;
use crate::state::{ApiState, ProcessFacts};
use text::{Family, Kind, Text};

/// The most listeners that are shown one by one.
const MAX_LISTENERS: usize = 10_000;
/// The most members that are shown one by one.
const MAX_MEMBERS: usize = 20_000;

/// Classes of status, as labels.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// `GET /metrics`: for the operator, or whoever has the scrape token.
pub(crate) async fn show(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let scraper = bearer(&parts.headers)?.zip(state.settings.scrape_token.as_deref());
    if !scraper.is_some_and(|(given, wanted)| are_same(given, wanted)) {
        Caller::from_request_parts(&mut parts, &state).await?.require_operator()?;
    }
    let ledger = state.ledger.clone();
    let (world, observed) = (ledger.world(), ledger.observed());
    let facts = state.surroundings.process();
    let version = state.settings.version.clone();
    // Tens of thousands of lines take a while: not on the threads that answer everybody else.
    let rendered = tokio::task::spawn_blocking(move || {
        render(&world, &observed, ledger.series().group_counters(), facts, &version)
    })
    .await;
    let text = rendered.map_err(|_| {
        Problem::new(
            axum::http::StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "the metrics could not be rendered",
        )
    })?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Compares digests, so that the time it takes tells nothing about the token.
fn are_same(given: &str, wanted: &str) -> bool {
    Sha256::digest(given) == Sha256::digest(wanted)
}

fn render(
    world: &World,
    observed: &Observed,
    counters: &GroupCounters,
    facts: ProcessFacts,
    version: &str,
) -> String {
    let mut text = Text::default();
    deployment(&mut text, world, observed, version);
    process(&mut text, facts);
    let shown = Shown::new(world, observed);
    listeners(&mut text, &shown.listeners);
    latencies(&mut text, &shown.listeners);
    members(&mut text, &shown.members);
    wakes::pools(&mut text, world, observed);
    let groups_left_out = scaling::groups(&mut text, world, observed, counters);
    let family = Family::new(
        "elbow_metrics_left_out",
        Kind::Gauge,
        "Listeners, members and scaling groups beyond the bounds of this page.",
    );
    text.family(&family).sample(&[], (shown.left_out + groups_left_out) as f64);
    text.finish()
}

fn deployment(text: &mut Text, world: &World, observed: &Observed, version: &str) {
    let family = Family::new("elbow_build_info", Kind::Gauge, "Always 1; the version is a label.");
    text.family(&family).sample(&[("version", version)], 1.0);
    let family =
        Family::new("elbow_revision", Kind::Gauge, "The newest revision of what is intended.");
    text.family(&family).sample(&[], world.revision().0 as f64);
    let family = Family::new("elbow_proxies", Kind::Gauge, "Proxies that are connected.");
    text.family(&family).sample(&[], observed.proxies.len() as f64);
    let family =
        Family::new("elbow_proxy_revision", Kind::Gauge, "The revision that a proxy runs.");
    let mut samples = text.family(&family);
    for (id, proxy) in &observed.proxies {
        samples.sample(&[("proxy", &id.to_string())], proxy.revision.0 as f64);
    }
    let mut counts = [0_u64; 4];
    for balancer in world.load_balancers() {
        let place = match status::of_load_balancer(balancer, observed) {
            status::Status::Pending { .. } => 0,
            status::Status::Active => 1,
            status::Status::Error { .. } => 2,
            status::Status::Disabled => 3,
        };
        counts[place] += 1;
    }
    let family = Family::new("elbow_load_balancers", Kind::Gauge, "Load balancers by status.");
    let mut samples = text.family(&family);
    for (status, count) in ["PENDING", "ACTIVE", "ERROR", "DISABLED"].into_iter().zip(counts) {
        samples.sample(&[("status", status)], count as f64);
    }
}

fn process(text: &mut Text, facts: ProcessFacts) {
    let ProcessFacts { started_s, cpu_s, resident_bytes, open_descriptors } = facts;
    let rows = [
        (
            "process_start_time_seconds",
            Kind::Gauge,
            "When the process started, since 1970.",
            started_s,
        ),
        ("process_cpu_seconds_total", Kind::Counter, "User and system time.", cpu_s),
        (
            "process_resident_memory_bytes",
            Kind::Gauge,
            "Memory in use.",
            resident_bytes.map(|bytes| bytes as f64),
        ),
        (
            "process_open_fds",
            Kind::Gauge,
            "Open descriptors.",
            open_descriptors.map(|count| count as f64),
        ),
    ];
    for (name, kind, help, value) in rows {
        if let Some(value) = value {
            text.family(&Family::new(name, kind, help)).sample(&[], value);
        }
    }
}

/// Names and values of labels.
type Labels = Vec<(&'static str, String)>;
/// A listener with its labels.
type ShownListener<'a> = (Labels, &'a ListenerCounters);
/// A member with its labels.
type ShownMember<'a> = (Labels, &'a MemberCounters, MemberHealth);

/// What is shown one by one, with its labels.
struct Shown<'a> {
    listeners: Vec<ShownListener<'a>>,
    members: Vec<ShownMember<'a>>,
    left_out: usize,
}

impl<'a> Shown<'a> {
    /// Of everything that has counted anything, oldest balancers first.
    fn new(world: &'a World, observed: &'a Observed) -> Self {
        let mut shown = Self { listeners: Vec::new(), members: Vec::new(), left_out: 0 };
        for balancer in world.load_balancers() {
            shown.take(balancer, world, observed);
        }
        shown
    }

    fn take(&mut self, balancer: &'a Arc<LoadBalancer>, world: &World, observed: &'a Observed) {
        let Some(counters) = observed.counters.get(&balancer.id) else { return };
        let project = world
            .project(balancer.project)
            .map_or_else(String::new, |project| project.name.to_string());
        let common = |kind: &'static str, name: &Name| {
            let balancer = balancer.settings.name.to_string();
            vec![
                ("project", project.clone()),
                ("load_balancer", balancer),
                (kind, name.to_string()),
            ]
        };
        for (id, counters) in &counters.listeners {
            let Some(listener) = balancer.listener(*id) else { continue };
            if self.listeners.len() >= MAX_LISTENERS {
                self.left_out += 1;
                continue;
            }
            self.listeners.push((common("listener", &listener.settings.name), counters));
        }
        for (id, counters) in &counters.members {
            let Some(pool) = balancer.pool_of(*id) else { continue };
            let Some(member) = pool.member(*id) else { continue };
            if self.members.len() >= MAX_MEMBERS {
                self.left_out += 1;
                continue;
            }
            let settings = &member.settings;
            let target = match settings.port {
                Some(port) => {
                    std::net::SocketAddr::new(settings.address.get(), port.get()).to_string()
                }
                None => settings.address.get().to_string(),
            };
            let mut labels = common("pool", &pool.settings.name);
            labels.push(("member", target));
            self.members.push((labels, counters, status::of_member(member, pool, observed)));
        }
    }
}

fn listeners(text: &mut Text, shown: &[ShownListener<'_>]) {
    type Value = fn(&ListenerCounters) -> u64;
    let rows: [(&str, Kind, &str, Value); 10] = [
        ("elbow_listener_connections_total", Kind::Counter, "Connections accepted.", |c| {
            c.connections
        }),
        (
            "elbow_listener_refused_connections_total",
            Kind::Counter,
            "Connections refused by a limit or list.",
            |c| c.refused,
        ),
        ("elbow_listener_open_connections", Kind::Gauge, "Connections open now.", |c| {
            c.open_connections
        }),
        ("elbow_listener_requests_total", Kind::Counter, "HTTP requests answered.", |c| c.requests),
        ("elbow_listener_received_bytes_total", Kind::Counter, "Bytes from clients.", |c| {
            c.bytes_in
        }),
        ("elbow_listener_sent_bytes_total", Kind::Counter, "Bytes to clients.", |c| c.bytes_out),
        (
            "elbow_listener_own_errors_total",
            Kind::Counter,
            "Requests answered with an error of Elbow's own.",
            |c| c.own_errors,
        ),
        (
            "elbow_listener_tls_handshakes_total",
            Kind::Counter,
            "TLS handshakes that came to their end.",
            |c| c.tls_handshakes,
        ),
        (
            "elbow_listener_tls_resumed_total",
            Kind::Counter,
            "TLS handshakes that took up an earlier session.",
            |c| c.tls_resumed,
        ),
        ("elbow_listener_tls_failed_total", Kind::Counter, "TLS handshakes that failed.", |c| {
            c.tls_failed
        }),
    ];
    for (name, kind, help, value) in rows {
        let mut samples = text.family(&Family::new(name, kind, help));
        for (labels, counters) in shown {
            samples.sample(&borrowed(labels), value(counters) as f64);
        }
    }
    let family =
        Family::new("elbow_listener_responses_total", Kind::Counter, "Answers by class of status.");
    let mut samples = text.family(&family);
    for (labels, counters) in shown {
        for (class, count) in CLASSES.into_iter().zip(counters.responses) {
            samples.sample(&with(labels, ("class", class)), count as f64);
        }
    }
}

fn latencies(text: &mut Text, shown: &[ShownListener<'_>]) {
    let help = "Time from the head of a request to the end of its answer.";
    let family = Family::new("elbow_listener_request_duration_seconds", Kind::Histogram, help);
    let mut samples = text.family(&family);
    let bounds: Vec<String> =
        LATENCY_BOUNDS_US.iter().map(|bound| (*bound as f64 / 1e6).to_string()).collect();
    for (labels, counters) in shown.iter().filter(|(_, counters)| counters.requests > 0) {
        let mut sum = 0_u64;
        let les = bounds.iter().map(String::as_str).chain(["+Inf"]);
        for (le, count) in les.zip(counters.latency) {
            sum += count;
            samples.suffixed("_bucket", &with(labels, ("le", le)), sum as f64);
        }
        samples.suffixed("_count", &borrowed(labels), sum as f64);
    }
}

fn members(text: &mut Text, shown: &[ShownMember<'_>]) {
    type Value = fn(&MemberCounters) -> u64;
    let rows: [(&str, Kind, &str, Value); 4] = [
        (
            "elbow_member_requests_total",
            Kind::Counter,
            "Requests (TCP: connections) sent to a member.",
            |c| c.requests,
        ),
        (
            "elbow_member_in_flight",
            Kind::Gauge,
            "Requests (TCP: connections) that a member works on.",
            |c| c.in_flight,
        ),
        (
            "elbow_member_connect_failures_total",
            Kind::Counter,
            "Connections that could not be opened.",
            |c| c.connect_failures,
        ),
        (
            "elbow_member_failures_total",
            Kind::Counter,
            "Requests that failed after they were sent.",
            |c| c.failures,
        ),
    ];
    for (name, kind, help, value) in rows {
        let mut samples = text.family(&Family::new(name, kind, help));
        for (labels, counters, _) in shown {
            samples.sample(&borrowed(labels), value(counters) as f64);
        }
    }
    let family =
        Family::new("elbow_member_responses_total", Kind::Counter, "Answers by class of status.");
    let mut samples = text.family(&family);
    for (labels, counters, _) in shown {
        for (class, count) in CLASSES.into_iter().zip(counters.responses) {
            samples.sample(&with(labels, ("class", class)), count as f64);
        }
    }
    let family =
        Family::new("elbow_member_healthy", Kind::Gauge, "1 if a checked member passes, 0 if not.");
    let mut samples = text.family(&family);
    for (labels, _, health) in shown {
        match health {
            MemberHealth::Healthy => samples.sample(&borrowed(labels), 1.0),
            MemberHealth::Unhealthy | MemberHealth::Unknown => {
                samples.sample(&borrowed(labels), 0.0)
            }
            MemberHealth::Draining | MemberHealth::Unmonitored => {}
        }
    }
}

fn borrowed<'a>(labels: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    labels.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn with<'a>(
    labels: &'a [(&'static str, String)],
    more: (&'static str, &'a str),
) -> Vec<(&'static str, &'a str)> {
    labels.iter().map(|(name, value)| (*name, value.as_str())).chain([more]).collect()
}
