//! Numbers of a load balancer as the native dialect shows them.

use elbow_model::load_balancer::LoadBalancer;
use elbow_model::observed::Observed;
use elbow_model::value::{PoolId, Timestamp};
use elbow_model::wire::{BalancerCounters, ListenerCounters, MemberCounters, WakeCounters};
use elbow_store::series::{Readout, Step};
use serde::Serialize;
use utoipa::ToSchema;

use super::Reference;

/// The last values of a load balancer, and series for graphs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct Stats {
    /// When this was put together.
    at: String,
    last: LastSecond,
    listeners: Vec<ListenerStats>,
    members: Vec<MemberStats>,
    /// What waited for an instance of a scaling group to start, where something did.
    wakes: Vec<WakeStats>,
    series: StatsSeries,
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

/// What waited in a pool for an instance to start, since its proxy started; `waiting` is now.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct WakeStats {
    pool: Reference,
    waiting: u64,
    /// Requests and connections that began to wait.
    held: u64,
    /// Those that got a member.
    woken: u64,
    /// Those whose time ran out.
    expired: u64,
    /// Those whose client left, or that had nothing to wait for any more.
    left: u64,
    /// Those that were refused because enough waited already.
    refused: u64,
    /// How long the last one that got a member waited.
    last_wait_ms: u64,
    /// How long those that got a member waited together.
    woken_wait_ms: u64,
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

/// What the whole load balancer did over time: one value per step, oldest first. Counts are of a whole step.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(in crate::native) struct StatsSeries {
    /// The length of a step in seconds.
    step_s: u32,
    /// When the first step began.
    from: String,
    /// HTTP requests answered.
    requests: Vec<u64>,
    /// Answers by class of status, 1xx to 5xx.
    responses: ResponseSeries,
    /// Connections accepted.
    connections: Vec<u64>,
    /// The most connections that were open at once.
    open_connections: Vec<u64>,
    /// Bytes from clients.
    bytes_in: Vec<u64>,
    /// Bytes to clients.
    bytes_out: Vec<u64>,
    /// Half of the requests took no longer, in milliseconds; 0 without requests.
    p50_ms: Vec<f32>,
    /// 95 of 100 requests took no longer.
    p95_ms: Vec<f32>,
    /// 99 of 100 requests took no longer.
    p99_ms: Vec<f32>,
}

/// Answers by class of status over time.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(in crate::native) struct ResponseSeries {
    #[serde(rename = "1xx")]
    informational: Vec<u64>,
    #[serde(rename = "2xx")]
    success: Vec<u64>,
    #[serde(rename = "3xx")]
    redirection: Vec<u64>,
    #[serde(rename = "4xx")]
    client_error: Vec<u64>,
    #[serde(rename = "5xx")]
    server_error: Vec<u64>,
}

/// What the whole load balancer did in the last second that is over.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct LastSecond {
    requests: u64,
    responses: Responses,
    connections: u64,
    open_connections: u64,
    bytes_in: u64,
    bytes_out: u64,
    p50_ms: f32,
    p95_ms: f32,
    p99_ms: f32,
}

impl Stats {
    pub(in crate::native) fn new(
        balancer: &LoadBalancer,
        observed: &Observed,
        readout: &Readout,
        now: Timestamp,
    ) -> Self {
        let nothing = BalancerCounters::default();
        let counters = observed.counters.get(&balancer.id).unwrap_or(&nothing);
        let BalancerCounters { load_balancer: _, listeners, members, queued: _, wakes } = counters;
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
            last: LastSecond::from(readout.last),
            listeners: listeners.iter().filter_map(listener).collect(),
            members: members.iter().filter_map(member).collect(),
            wakes: wakes.iter().filter_map(|(id, c)| WakeStats::new(balancer, *id, c)).collect(),
            series: StatsSeries::from(readout),
        }
    }
}

impl WakeStats {
    fn new(balancer: &LoadBalancer, pool: PoolId, counters: &WakeCounters) -> Option<Self> {
        let WakeCounters {
            waiting,
            held,
            woken,
            expired,
            left,
            refused,
            woken_wait_ms,
            last_wait_ms,
        } = *counters;
        let pool = balancer.pool(pool)?;
        let pool = Reference::new(pool.id, &pool.settings.name);
        Some(Self {
            pool,
            waiting,
            held,
            woken,
            expired,
            left,
            refused,
            last_wait_ms,
            woken_wait_ms,
        })
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
            // For operators, in the metrics.
            tls_handshakes: _,
            tls_resumed: _,
            tls_failed: _,
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

impl From<&Readout> for StatsSeries {
    fn from(readout: &Readout) -> Self {
        let Readout { step_s, from, steps, last: _ } = readout;
        let mut series = Self { step_s: *step_s, from: from.to_string(), ..Self::default() };
        for step in steps {
            series.push(*step);
        }
        series
    }
}

impl StatsSeries {
    fn push(&mut self, step: Step) {
        let Step {
            requests,
            responses,
            connections,
            open_connections,
            bytes_in,
            bytes_out,
            p50_ms,
            p95_ms,
            p99_ms,
        } = step;
        let [informational, success, redirection, client_error, server_error] = responses;
        self.requests.push(requests);
        self.responses.informational.push(informational);
        self.responses.success.push(success);
        self.responses.redirection.push(redirection);
        self.responses.client_error.push(client_error);
        self.responses.server_error.push(server_error);
        self.connections.push(connections);
        self.open_connections.push(open_connections);
        self.bytes_in.push(bytes_in);
        self.bytes_out.push(bytes_out);
        self.p50_ms.push(p50_ms);
        self.p95_ms.push(p95_ms);
        self.p99_ms.push(p99_ms);
    }
}

impl From<Step> for LastSecond {
    fn from(step: Step) -> Self {
        let Step {
            requests,
            responses,
            connections,
            open_connections,
            bytes_in,
            bytes_out,
            p50_ms,
            p95_ms,
            p99_ms,
        } = step;
        Self {
            requests,
            responses: responses.into(),
            connections,
            open_connections,
            bytes_in,
            bytes_out,
            p50_ms,
            p95_ms,
            p99_ms,
        }
    }
}
