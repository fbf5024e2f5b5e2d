//! Numbers of a scaling group as the native dialect shows them.

use elbow_model::observed::Observed;
use elbow_model::policy::{self as model, ScalingRule};
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::status;
use elbow_store::series::{GroupReadout, GroupSecond};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{Reference, View};
use super::group::{BreakerState, InstanceCounts};
use super::words::{Comparison, Metric};

/// The last values of a scaling group, and series for graphs with the lines that its policies draw into them.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct GroupStats {
    /// When this was put together.
    at: String,
    scaling_group: Reference,
    min: u32,
    max: u32,
    /// How many instances there shall be.
    desired: u32,
    /// How many there are, by status.
    instances: InstanceCounts,
    /// How many are in service and pass the checks of their pools.
    healthy: u64,
    breaker: BreakerState,
    /// What is measured, in the order that documents list metrics; those of which nothing is known are left out.
    metrics: Vec<MetricStats>,
    series: GroupStatsSeries,
}

/// One metric of a group.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct MetricStats {
    metric: Metric,
    /// Whether instances share it: values are then for one instance in service.
    per_instance: bool,
    /// The value at present; null if it is not known.
    last: Option<f64>,
    /// The same over the whole group.
    last_total: Option<f64>,
    /// One value per step, as a mean over it; null where it is not known.
    series: Vec<Option<f64>>,
    /// The same over the whole group.
    total_series: Vec<Option<f64>>,
    /// Where policies act, for graphs.
    lines: Vec<PolicyLine>,
}

/// Where a policy acts.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct PolicyLine {
    policy: Reference,
    /// Whether the policy is followed.
    enabled: bool,
    kind: LineKind,
    /// For one instance where instances share the metric.
    value: f64,
    /// How the metric is compared with it; null for a target.
    comparison: Option<Comparison>,
}

/// What a line means.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum LineKind {
    /// Target tracking keeps the metric there.
    Target,
    /// An alarm is raised there.
    Threshold,
}

/// How many instances there were over time: one value per step, as of its end, oldest first; null where it is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct GroupStatsSeries {
    /// The length of a step in seconds.
    step_s: u32,
    /// When the first step began.
    from: String,
    desired: Vec<Option<u32>>,
    /// All there were.
    instances: Vec<Option<u32>>,
    in_service: Vec<Option<u32>>,
}

impl GroupStats {
    pub(in crate::native) fn new(
        group: &ScalingGroup,
        view: View<'_>,
        readout: &GroupReadout,
        last: Option<GroupSecond>,
    ) -> Self {
        let metrics = model::Metric::ALL.iter().filter_map(|metric| {
            let is_known = |second: &GroupSecond| second.totals.of(*metric).is_some();
            let known = readout.steps.iter().flatten().chain(&last).any(is_known);
            let lines = lines(group, *metric);
            let is_worth_it = known || !lines.is_empty();
            is_worth_it.then(|| MetricStats::new(*metric, lines, readout, last))
        });
        Self {
            at: view.now.to_string(),
            scaling_group: Reference::new(group.id, &group.settings.name),
            min: group.settings.min.get(),
            max: group.settings.max.get(),
            desired: group.desired.get(),
            instances: InstanceCounts::of(group, view),
            healthy: healthy(group, view.world, view.observed),
            breaker: group.breaker.into(),
            metrics: metrics.collect(),
            series: readout.into(),
        }
    }
}

fn healthy(group: &ScalingGroup, world: &elbow_model::world::World, observed: &Observed) -> u64 {
    let healthy = |instance: &&std::sync::Arc<elbow_model::instance::Instance>| {
        status::is_healthy(instance, world, observed)
    };
    world.instances_of(group.id).filter(healthy).count() as u64
}

impl MetricStats {
    fn new(
        metric: model::Metric,
        lines: Vec<PolicyLine>,
        readout: &GroupReadout,
        last: Option<GroupSecond>,
    ) -> Self {
        let total = |second: &GroupSecond| second.totals.of(metric).map(rounded);
        let each = |second: &GroupSecond| second.each(metric).map(rounded);
        let steps = || readout.steps.iter().map(Option::as_ref);
        Self {
            metric: metric.into(),
            per_instance: metric.is_shared(),
            last: last.as_ref().and_then(each),
            last_total: last.as_ref().and_then(total),
            series: steps().map(|step| step.and_then(each)).collect(),
            total_series: steps().map(|step| step.and_then(total)).collect(),
            lines,
        }
    }
}

/// To three decimals: more is noise.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}

fn lines(group: &ScalingGroup, metric: model::Metric) -> Vec<PolicyLine> {
    let line = |policy: &model::Policy| {
        let settings = &policy.settings;
        let (kind, of, value, comparison) = match &settings.rule {
            ScalingRule::TargetTracking(rule) => (LineKind::Target, rule.metric, rule.target, None),
            ScalingRule::Simple { alarm: Some(alarm), .. } | ScalingRule::Step { alarm, .. } => {
                let comparison = Some(alarm.comparison.into());
                (LineKind::Threshold, alarm.metric, alarm.threshold, comparison)
            }
            ScalingRule::Simple { alarm: None, .. } => return None,
        };
        let policy = Reference::new(policy.id, &settings.name);
        let (enabled, value) = (settings.enabled, value.get());
        (of == metric).then_some(PolicyLine { policy, enabled, kind, value, comparison })
    };
    group.policies.iter().filter_map(line).collect()
}

impl From<&GroupReadout> for GroupStatsSeries {
    fn from(readout: &GroupReadout) -> Self {
        let GroupReadout { step_s, from, steps } = readout;
        let of = |value: fn(&GroupSecond) -> u16| {
            let values = steps.iter().map(|step| step.as_ref().map(|step| value(step).into()));
            values.collect()
        };
        Self {
            step_s: *step_s,
            from: from.to_string(),
            desired: of(|second| second.desired),
            instances: of(|second| second.instances),
            in_service: of(|second| second.in_service),
        }
    }
}
