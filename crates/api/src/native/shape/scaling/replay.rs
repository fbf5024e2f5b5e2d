//! Replays as the native dialect shows them.

use elbow_model::questions as model;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Reference;
use super::activity::{Evidence, ResultWord};
use super::words::Metric;

/// What policies would have made of a scaling group's recorded load, beside what really happened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct Replay {
    scaling_group: Reference,
    /// The names of the policies that were played.
    policies: Vec<String>,
    from: String,
    to: String,
    /// How much load was played.
    range_s: u32,
    /// What load and capacity are shown by: what the first policy goes by.
    metric: Metric,
    assumptions: Assumptions,
    replayed: Account,
    actual: Account,
    /// What the policies would have decided, oldest first.
    decisions: Vec<ReplayDecision>,
    /// Decisions beyond those shown.
    decisions_left_out: u32,
    series: ReplaySeries,
    /// What limits this answer.
    notes: Vec<String>,
}

/// What a replay imagined of instances.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct Assumptions {
    /// From a decision to the first request.
    launch_s: u32,
    /// From there to full capacity.
    warm_up_s: u32,
    /// What one instance can carry at most, by `metric`; null if nobody said so and no policy tells.
    capacity_per_instance: Option<f64>,
    min: u32,
    max: u32,
    /// How many instances there were at the beginning.
    desired: u32,
}

/// How well a group did, and what it cost.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct Account {
    /// Seconds in which the load was above what the instances in service can carry; null if that is not known.
    below_capacity_s: Option<u32>,
    /// How often growing turned into shrinking or back.
    direction_changes: u32,
    /// Starting instances counted.
    instance_hours: f64,
    fewest: Option<u32>,
    most: Option<u32>,
    /// Seconds of which this is known.
    known_s: u32,
}

/// A decision of a replay: a change, or why there was none.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct ReplayDecision {
    at: String,
    /// Seconds since the beginning of the replay.
    second: u64,
    /// The number before it.
    before: u32,
    /// The number after it; for one that was not taken, what was wanted.
    after: u32,
    /// The name of the policy whose wish it was.
    policy: String,
    /// SUCCESSFUL or NOT_SCALED.
    result: ResultWord,
    /// Why it was NOT_SCALED.
    code: Option<&'static str>,
    evidence: Evidence,
    text: String,
}

/// One value per step, oldest first; null where it is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct ReplaySeries {
    /// The length of a step in seconds.
    step_s: u32,
    /// When the first step began.
    from: String,
    /// The load over the whole group, by `metric`, as a mean over the step.
    load: Vec<Option<f64>>,
    /// What the policies would have wanted.
    replayed_desired: Vec<u32>,
    /// Instances' worth of capacity in service then: young ones count in part.
    replayed_in_service: Vec<f64>,
    actual_desired: Vec<Option<u32>>,
    actual_in_service: Vec<Option<f64>>,
}

impl Replay {
    pub(in crate::native) fn new(
        replay: model::Replay,
        group: Reference,
        policies: Vec<String>,
    ) -> Self {
        let model::Replay {
            from,
            seconds,
            metric,
            assumed,
            decisions,
            decisions_left_out,
            replayed,
            recorded,
            step_s,
            series,
            notes,
        } = replay;
        let to = from.after(std::time::Duration::from_secs(seconds.into()));
        let decision = |decision| ReplayDecision::new(decision, from);
        Self {
            scaling_group: group,
            policies,
            from: from.to_string(),
            to: to.to_string(),
            range_s: seconds,
            metric: metric.into(),
            assumptions: assumed.into(),
            replayed: replayed.into(),
            actual: recorded.into(),
            decisions: decisions.into_iter().map(decision).collect(),
            decisions_left_out,
            series: ReplaySeries::new(&series, step_s, from.to_string()),
            notes,
        }
    }
}

impl From<model::Assumed> for Assumptions {
    fn from(assumed: model::Assumed) -> Self {
        let model::Assumed { launch_s, warm_up_s, capacity_per_instance, min, max, desired } =
            assumed;
        let capacity_per_instance = capacity_per_instance.map(|each| each.get());
        Self { launch_s, warm_up_s, capacity_per_instance, min, max, desired }
    }
}

impl From<model::Account> for Account {
    fn from(account: model::Account) -> Self {
        let model::Account { below_capacity_s, turns, instance_seconds, desired, known_s } =
            account;
        Self {
            below_capacity_s,
            direction_changes: turns,
            instance_hours: rounded(instance_seconds as f64 / 3_600.0),
            fewest: desired.map(|(fewest, _)| fewest),
            most: desired.map(|(_, most)| most),
            known_s,
        }
    }
}

impl ReplayDecision {
    fn new(decision: model::ReplayedDecision, begin: elbow_model::value::Timestamp) -> Self {
        let model::ReplayedDecision { at, from, to, policy, evidence, refused } = decision;
        let text = match refused {
            None => format!("from {from} to {to} instances"),
            Some(why) => format!("{to} instances were wanted: {why}"),
        };
        Self {
            at: at.to_string(),
            second: at.since(begin).as_secs(),
            before: from,
            after: to,
            policy: policy.to_string(),
            result: match refused {
                None => ResultWord::Successful,
                Some(_) => ResultWord::NotScaled,
            },
            code: refused.map(|why| why.code()),
            evidence: (&evidence).into(),
            text,
        }
    }
}

impl ReplaySeries {
    fn new(steps: &[model::ReplayStep], step_s: u32, from: String) -> Self {
        let values = || steps.iter();
        Self {
            step_s,
            from,
            load: values().map(|step| step.load.map(rounded)).collect(),
            replayed_desired: values().map(|step| step.replayed_desired).collect(),
            replayed_in_service: values().map(|step| rounded(step.replayed_serving)).collect(),
            actual_desired: values().map(|step| step.recorded_desired).collect(),
            actual_in_service: values().map(|step| step.recorded_serving.map(rounded)).collect(),
        }
    }
}

/// To three decimals: more is noise.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
