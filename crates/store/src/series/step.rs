//! Samples, which come in, and steps, which are shown; and the packed form in between.

use std::ops::AddAssign;

use elbow_model::wire::LATENCY_BOUNDS_US;

use super::short::Short;

/// Buckets of the latency histogram.
pub const LATENCY_BUCKETS: usize = LATENCY_BOUNDS_US.len() + 1;

/// What a load balancer did since the sample before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sample {
    /// HTTP requests answered.
    pub requests: u64,
    /// Answers by class of status: 1xx, 2xx, 3xx, 4xx, 5xx.
    pub responses: [u64; 5],
    /// Connections accepted.
    pub connections: u64,
    /// Connections open at its end.
    pub open_connections: u64,
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
    /// Requests by latency; bounds as in `wire::LATENCY_BOUNDS_US`.
    pub latency: [u64; LATENCY_BUCKETS],
}

/// What a load balancer did in one step; counts are of the whole step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Step {
    /// HTTP requests answered.
    pub requests: u64,
    /// Answers by class of status: 1xx, 2xx, 3xx, 4xx, 5xx (errors).
    pub responses: [u64; 5],
    /// Connections accepted.
    pub connections: u64,
    /// The most connections that were open at once.
    pub open_connections: u64,
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
    /// Half of the requests took no longer, in milliseconds; 0 without requests.
    pub p50_ms: f32,
    /// 95 of 100 requests took no longer.
    pub p95_ms: f32,
    /// 99 of 100 requests took no longer.
    pub p99_ms: f32,
}

/// A step as it is kept.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Packed {
    requests: Short,
    responses: [Short; 5],
    connections: Short,
    open_connections: Short,
    bytes_in: Short,
    bytes_out: Short,
    /// p50, p95, p99 in microseconds.
    latency_us: [Short; 3],
}

impl Sample {
    /// Whether nothing happened and nobody is connected.
    pub(super) fn is_idle(&self) -> bool {
        *self == Self::default()
    }
}

/// Joins two samples that follow each other.
impl AddAssign<&Sample> for Sample {
    fn add_assign(&mut self, later: &Sample) {
        let Self {
            requests,
            responses,
            connections,
            open_connections,
            bytes_in,
            bytes_out,
            latency,
        } = self;
        *requests += later.requests;
        *connections += later.connections;
        *open_connections = (*open_connections).max(later.open_connections);
        *bytes_in += later.bytes_in;
        *bytes_out += later.bytes_out;
        responses.iter_mut().zip(later.responses).for_each(|(sum, more)| *sum += more);
        latency.iter_mut().zip(later.latency).for_each(|(sum, more)| *sum += more);
    }
}

impl From<&Sample> for Packed {
    fn from(sample: &Sample) -> Self {
        let Sample {
            requests,
            responses,
            connections,
            open_connections,
            bytes_in,
            bytes_out,
            latency,
        } = sample;
        Self {
            requests: Short::from_count(*requests),
            responses: responses.map(Short::from_count),
            connections: Short::from_count(*connections),
            open_connections: Short::from_count(*open_connections),
            bytes_in: Short::from_count(*bytes_in),
            bytes_out: Short::from_count(*bytes_out),
            latency_us: [50, 95, 99]
                .map(|percent| Short::from_count(percentile_us(latency, percent))),
        }
    }
}

impl From<&Packed> for Step {
    fn from(packed: &Packed) -> Self {
        let Packed {
            requests,
            responses,
            connections,
            open_connections,
            bytes_in,
            bytes_out,
            latency_us,
        } = packed;
        let [p50_ms, p95_ms, p99_ms] = latency_us.map(|us| us.count() as f32 / 1_000.0);
        Self {
            requests: requests.count(),
            responses: responses.map(Short::count),
            connections: connections.count(),
            open_connections: open_connections.count(),
            bytes_in: bytes_in.count(),
            bytes_out: bytes_out.count(),
            p50_ms,
            p95_ms,
            p99_ms,
        }
    }
}

/// The latency that `percent` of the requests did not exceed, evenly spread within its bucket. What lies above the last
/// bound is taken for that bound.
fn percentile_us(latency: &[u64; LATENCY_BUCKETS], percent: u64) -> u64 {
    let total: u64 = latency.iter().sum();
    let rank = (total * percent).div_ceil(100);
    let mut below = 0;
    for (bucket, &count) in latency.iter().enumerate() {
        if count > 0 && below + count >= rank {
            let lower = bucket.checked_sub(1).map_or(0, |before| LATENCY_BOUNDS_US[before]);
            let upper = LATENCY_BOUNDS_US.get(bucket).copied().unwrap_or(lower);
            return lower + (upper - lower) * (rank - below) / count;
        }
        below += count;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_in_their_buckets() {
        let mut latency = [0; LATENCY_BUCKETS];
        latency[2] = 90; // 0.5 to 1 ms
        latency[5] = 9; // 5 to 10 ms
        latency[15] = 1; // above 10 s
        assert_eq!(percentile_us(&latency, 50), 777);
        assert_eq!(percentile_us(&latency, 95), 7_777);
        assert_eq!(percentile_us(&latency, 99), 10_000);
        assert_eq!(percentile_us(&latency, 100), 10_000_000);
    }

    #[test]
    fn without_requests_there_is_no_latency() {
        assert_eq!(percentile_us(&[0; LATENCY_BUCKETS], 99), 0);
    }

    #[test]
    fn a_packed_step_takes_26_bytes() {
        assert_eq!(size_of::<Packed>(), 26);
    }
}
