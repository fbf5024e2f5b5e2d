//! Numbers of a load balancer as the native dialect shows them.

use elbow_model::load_balancer::LoadBalancer;
use elbow_model::observed::Observed;
use elbow_model::value::Timestamp;
use elbow_model::wire::{BalancerCounters, ListenerCounters, MemberCounters};
use serde::Serialize;
use utoipa::ToSchema;

use super::Reference;
use crate::state;

/// The last values of a load balancer, and series for graphs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct Stats {
    /// When this was put together.
    at: String,
    listeners: Vec<ListenerStats>,
    members: Vec<MemberStats>,
    series: Vec<StatsSeries>,
}

/// What a listener did since its proxy started; `open_connections` is now.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct ListenerStats {
    listener: Reference,
    connections: u64,
    /// Connections refused by a limit or an access list.
    refused: u64,
    open_connections: u64,
    requests: u64,
    responses: Responses,
    bytes_in: u64,
    bytes_out: u64,
    /// Requests that Elbow answered with an error of its own.
    own_errors: u64,
}

/// What a member did since its proxy started; `in_flight` is now.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct MemberStats {
    id: String,
    pool: Reference,
    address: String,
    port: Option<u16>,
    requests: u64,
    in_flight: u64,
    connect_failures: u64,
    failures: u64,
    responses: Responses,
}

/// Answers by class of status.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct Responses {
    #[serde(rename = "1xx")]
    informational: u64,
    #[serde(rename = "2xx")]
    success: u64,
    #[serde(rename = "3xx")]
    redirection: u64,
    #[serde(rename = "4xx")]
    client_error: u64,
    #[serde(rename = "5xx")]
    server_error: u64,
}

/// Values over time.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct StatsSeries {
    /// What is measured, such as `requests_per_s`.
    metric: String,
    /// Seconds between two points.
    step_s: u32,
    /// Oldest first.
    points: Vec<Point>,
}

/// A value at a time.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct Point {
    at: String,
    value: f64,
}

impl Stats {
    pub(in crate::native) fn new(
        balancer: &LoadBalancer,
        observed: &Observed,
        series: Vec<state::Series>,
        now: Timestamp,
    ) -> Self {
        let nothing = BalancerCounters::default();
        let counters = observed.counters.get(&balancer.id).unwrap_or(&nothing);
        let BalancerCounters { load_balancer: _, listeners, members } = counters;
        let listener = |(id, counters): &(_, ListenerCounters)| {
            let listener = balancer.listener(*id)?;
            Some(ListenerStats::new(Reference::new(id, &listener.settings.name), counters))
        };
        let member = |(id, counters): &(_, MemberCounters)| {
            let pool = balancer.pool_of(*id)?;
            let settings = &pool.member(*id)?.settings;
            let MemberCounters { requests, in_flight, connect_failures, failures, responses } =
                *counters;
            Some(MemberStats {
                id: id.to_string(),
                pool: Reference::new(pool.id, &pool.settings.name),
                address: settings.address.get().to_string(),
                port: settings.port.map(|port| port.get()),
                requests,
                in_flight,
                connect_failures,
                failures,
                responses: responses.into(),
            })
        };
        Self {
            at: now.to_string(),
            listeners: listeners.iter().filter_map(listener).collect(),
            members: members.iter().filter_map(member).collect(),
            series: series.into_iter().map(StatsSeries::from).collect(),
        }
    }
}

impl ListenerStats {
    fn new(listener: Reference, counters: &ListenerCounters) -> Self {
        let ListenerCounters {
            connections,
            refused,
            open_connections,
            requests,
            responses,
            bytes_in,
            bytes_out,
            own_errors,
            latency: _,
        } = *counters;
        Self {
            listener,
            connections,
            refused,
            open_connections,
            requests,
            responses: responses.into(),
            bytes_in,
            bytes_out,
            own_errors,
        }
    }
}

impl From<[u64; 5]> for Responses {
    fn from(classes: [u64; 5]) -> Self {
        let [informational, success, redirection, client_error, server_error] = classes;
        Self { informational, success, redirection, client_error, server_error }
    }
}

impl From<state::Series> for StatsSeries {
    fn from(series: state::Series) -> Self {
        let state::Series { metric, step_s, points } = series;
        let point = |(at, value): (Timestamp, f64)| Point { at: at.to_string(), value };
        Self { metric, step_s, points: points.into_iter().map(point).collect() }
    }
}
