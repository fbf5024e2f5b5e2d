//! Scaling policies as the native dialect shows them.

use elbow_model::policy::{self as model, PolicySettings, ScaleIn, ScalingRule};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Reference;
use super::words::{Comparison, Metric};

/// What changes a group's desired count by load. SIMPLE has `adjustment` and perhaps `alarm`, STEP has `alarm` and
/// `steps`, TARGET_TRACKING has `metric` and `target`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Policy {
    #[schema(read_only)]
    id: String,
    /// Unique in the group.
    name: String,
    /// Whether it is followed.
    #[schema(required = false, default = true)]
    enabled: bool,
    #[serde(rename = "type")]
    kind: PolicyType,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<Metric>,
    /// Where the metric shall be.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<f64>,
    /// Within so many percent of the target nothing changes; 10 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance_percent: Option<u32>,
    /// Whether it only adds instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_scale_in: Option<bool>,
    /// When an adjustment is due; without one only by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm: Option<Alarm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustment: Option<Adjustment>,
    /// By how far the metric is beyond the alarm's threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<Step>>,
    /// How it adds instances.
    #[schema(required = false)]
    up: Behaviour,
    /// How it takes instances away.
    #[schema(required = false)]
    down: Behaviour,
    /// The group's if null.
    warm_up_s: Option<u32>,
    #[schema(read_only)]
    scaling_group: Reference,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// What a policy does.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum PolicyType {
    Simple,
    Step,
    TargetTracking,
}

/// When an adjustment is due.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Alarm {
    metric: Metric,
    comparison: Comparison,
    threshold: f64,
    /// Over how long the metric is averaged.
    #[schema(required = false, default = 10)]
    window_s: u32,
    /// How long the comparison must hold.
    #[schema(required = false, default = 0)]
    for_s: u32,
}

/// How a count changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Adjustment {
    #[serde(rename = "type")]
    kind: AdjustmentType,
    /// Instances more or fewer (CHANGE), percent more or fewer (PERCENT), or how many (EXACT).
    value: i64,
    /// PERCENT: the least number of instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<u32>,
}

/// Kinds of adjustments.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum AdjustmentType {
    Change,
    Percent,
    Exact,
}

/// One interval of a step policy, relative to the threshold: `from` is in it, `to` is not.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Step {
    from: Option<f64>,
    to: Option<f64>,
    adjustment: Adjustment,
}

/// How a policy moves in one direction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Behaviour {
    /// The group's if null.
    cooldown_s: Option<u32>,
    /// How far back it looks: peaks (up) and dips (down) that pass within it do nothing.
    stabilization_s: u32,
    /// The most instances in one change; with `max_percent` the larger of both.
    max_instances: Option<u32>,
    max_percent: Option<u32>,
}

impl Policy {
    pub(in crate::native) fn new(policy: &model::Policy, group: Reference) -> Self {
        let model::Policy { id, created_at, updated_at, revision, settings } = policy;
        let PolicySettings { name, enabled, rule, up, down, warm_up_s } = settings;
        let bare = Self {
            id: id.to_string(),
            name: name.to_string(),
            enabled: *enabled,
            kind: PolicyType::Simple,
            metric: None,
            target: None,
            tolerance_percent: None,
            disable_scale_in: None,
            alarm: None,
            adjustment: None,
            steps: None,
            up: (*up).into(),
            down: (*down).into(),
            warm_up_s: warm_up_s.map(|s| s.get()),
            scaling_group: group,
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        };
        match rule {
            ScalingRule::Simple { alarm, adjustment } => Self {
                alarm: alarm.map(Alarm::from),
                adjustment: Some((*adjustment).into()),
                ..bare
            },
            ScalingRule::Step { alarm, steps } => Self {
                kind: PolicyType::Step,
                alarm: Some((*alarm).into()),
                steps: Some(steps.as_slice().iter().map(|step| (*step).into()).collect()),
                ..bare
            },
            ScalingRule::TargetTracking(tracking) => {
                let model::TargetTracking { metric, target, tolerance_percent, scale_in } =
                    tracking;
                Self {
                    kind: PolicyType::TargetTracking,
                    metric: Some((*metric).into()),
                    target: Some(target.get()),
                    tolerance_percent: Some(tolerance_percent.get()),
                    disable_scale_in: Some(*scale_in == ScaleIn::Disabled),
                    ..bare
                }
            }
        }
    }
}

impl From<model::Alarm> for Alarm {
    fn from(alarm: model::Alarm) -> Self {
        let model::Alarm { metric, comparison, threshold, window_s, for_s } = alarm;
        Self {
            metric: metric.into(),
            comparison: comparison.into(),
            threshold: threshold.get(),
            window_s: window_s.get(),
            for_s: for_s.get(),
        }
    }
}

impl From<model::Adjustment> for Adjustment {
    fn from(adjustment: model::Adjustment) -> Self {
        use AdjustmentType as Kind;
        let (kind, value, at_least) = match adjustment {
            model::Adjustment::Change { instances } => (Kind::Change, instances.into(), None),
            model::Adjustment::Percent { percent, at_least } => {
                (Kind::Percent, percent.into(), Some(at_least.get()))
            }
            model::Adjustment::Exact { instances } => (Kind::Exact, instances.get().into(), None),
        };
        Self { kind, value, at_least }
    }
}

impl From<model::Step> for Step {
    fn from(step: model::Step) -> Self {
        let model::Step { from, to, adjustment } = step;
        let number = |end: elbow_model::value::Quantity| end.get();
        Self { from: from.map(number), to: to.map(number), adjustment: adjustment.into() }
    }
}

impl From<model::Behaviour> for Behaviour {
    fn from(behaviour: model::Behaviour) -> Self {
        let model::Behaviour { cooldown_s, stabilization_s, max_instances, max_percent } =
            behaviour;
        Self {
            cooldown_s: cooldown_s.map(|s| s.get()),
            stabilization_s: stabilization_s.get(),
            max_instances: max_instances.map(|n| n.get()),
            max_percent: max_percent.map(|n| n.get()),
        }
    }
}
