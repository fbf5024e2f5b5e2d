//! The numbers of a scaling group, and replays of policies, as the API shows them.

use serde::Deserialize;

use super::Reference;
use super::scaling::Evidence;

#[derive(Debug, Deserialize)]
pub(crate) struct GroupStats {
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) healthy: u64,
    pub(crate) metrics: Vec<MetricStats>,
    pub(crate) series: GroupSeries,
}

/// One metric: for one instance in service where instances share it.
#[derive(Debug, Deserialize)]
pub(crate) struct MetricStats {
    pub(crate) metric: String,
    pub(crate) last: Option<f64>,
    pub(crate) series: Vec<Option<f64>>,
    pub(crate) lines: Vec<PolicyLine>,
}

/// Where a policy acts.
#[derive(Debug, Deserialize)]
pub(crate) struct PolicyLine {
    pub(crate) policy: Reference,
    pub(crate) enabled: bool,
    pub(crate) value: f64,
}

/// One value per step, oldest first.
#[derive(Debug, Deserialize)]
pub(crate) struct GroupSeries {
    pub(crate) step_s: u32,
    pub(crate) from: String,
    pub(crate) desired: Vec<Option<u32>>,
    pub(crate) instances: Vec<Option<u32>>,
    pub(crate) in_service: Vec<Option<u32>>,
}

/// What policies would have made of the recorded load.
#[derive(Debug, Deserialize)]
pub(crate) struct Replay {
    pub(crate) policies: Vec<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) range_s: u32,
    pub(crate) metric: String,
    pub(crate) assumptions: Assumptions,
    pub(crate) replayed: Account,
    pub(crate) actual: Account,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) decisions_left_out: u32,
    pub(crate) series: ReplaySeries,
    pub(crate) notes: Vec<String>,
}

/// What a replay imagined of instances.
#[derive(Debug, Deserialize)]
pub(crate) struct Assumptions {
    pub(crate) launch_s: u32,
    pub(crate) warm_up_s: u32,
    pub(crate) capacity_per_instance: Option<f64>,
}

/// How well a group did, and what it cost.
#[derive(Debug, Deserialize)]
pub(crate) struct Account {
    pub(crate) below_capacity_s: Option<u32>,
    pub(crate) direction_changes: u32,
    pub(crate) instance_hours: f64,
    pub(crate) fewest: Option<u32>,
    pub(crate) most: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Decision {
    pub(crate) at: String,
    pub(crate) before: u32,
    pub(crate) after: u32,
    pub(crate) policy: String,
    pub(crate) result: String,
    pub(crate) code: Option<String>,
    pub(crate) evidence: Evidence,
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReplaySeries {
    pub(crate) step_s: u32,
    pub(crate) from: String,
    pub(crate) load: Vec<Option<f64>>,
    pub(crate) replayed_desired: Vec<u32>,
    pub(crate) actual_desired: Vec<Option<u32>>,
}
