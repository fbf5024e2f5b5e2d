//! The numbers of a load balancer as the API shows them.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Stats {
    pub(crate) last: LastSecond,
    pub(crate) series: Series,
}

/// What it did in the last second that is over.
#[derive(Debug, Deserialize)]
pub(crate) struct LastSecond {
    pub(crate) requests: u64,
    pub(crate) responses: Responses<u64>,
    pub(crate) connections: u64,
    pub(crate) open_connections: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) p95_ms: f64,
}

/// Answers by class of status: those that pages show.
#[derive(Debug, Deserialize)]
pub(crate) struct Responses<T> {
    #[serde(rename = "4xx")]
    pub(crate) client_error: T,
    #[serde(rename = "5xx")]
    pub(crate) server_error: T,
}

/// One value per step, oldest first.
#[derive(Debug, Deserialize)]
pub(crate) struct Series {
    pub(crate) step_s: u32,
    pub(crate) from: String,
    pub(crate) requests: Vec<u64>,
    pub(crate) responses: Responses<Vec<u64>>,
    pub(crate) connections: Vec<u64>,
    pub(crate) open_connections: Vec<u64>,
    pub(crate) bytes_in: Vec<u64>,
    pub(crate) bytes_out: Vec<u64>,
    pub(crate) p50_ms: Vec<f64>,
    pub(crate) p95_ms: Vec<f64>,
    pub(crate) p99_ms: Vec<f64>,
}
