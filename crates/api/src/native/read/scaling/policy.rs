//! Reads scaling policies.

use elbow_model::policy::{
    Adjustment, Alarm, Behaviour, Comparison, HoldSeconds, Metric, PolicySettings, ScaleIn,
    ScalingRule, Step, StepSize, Steps, TargetTracking, TolerancePercent, WindowSeconds,
};
use elbow_model::scaling_group::InstanceCount;

use super::super::{bounded, name, no_name};
use super::hook::HINTS;
use super::quantity;
use crate::decode::{At, Fields};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Simple,
    Step,
    TargetTracking,
}

const KINDS: &[(&str, Kind)] =
    &[("SIMPLE", Kind::Simple), ("STEP", Kind::Step), ("TARGET_TRACKING", Kind::TargetTracking)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AdjustmentKind {
    Change,
    Percent,
    Exact,
}

const ADJUSTMENTS: &[(&str, AdjustmentKind)] = &[
    ("CHANGE", AdjustmentKind::Change),
    ("PERCENT", AdjustmentKind::Percent),
    ("EXACT", AdjustmentKind::Exact),
];

const COMPARISONS: &[(&str, Comparison)] = &[
    ("ABOVE", Comparison::Above),
    ("AT_LEAST", Comparison::AtLeast),
    ("BELOW", Comparison::Below),
    ("AT_MOST", Comparison::AtMost),
];

const METRICS: &[(&str, Metric)] = &[
    ("REQUESTS_PER_INSTANCE", Metric::RequestsPerInstance),
    ("IN_FLIGHT_PER_INSTANCE", Metric::InFlightPerInstance),
    ("NEW_CONNECTIONS_PER_INSTANCE", Metric::NewConnectionsPerInstance),
    ("QUEUE_LENGTH", Metric::QueueLength),
    ("LATENCY_P95_MS", Metric::LatencyP95Ms),
    ("ERROR_PERCENT", Metric::ErrorPercent),
    ("CPU_PERCENT", Metric::CpuPercent),
    ("MEMORY_PERCENT", Metric::MemoryPercent),
    ("NETWORK_IN_BYTES", Metric::NetworkInBytes),
    ("NETWORK_OUT_BYTES", Metric::NetworkOutBytes),
];

/// Reads a policy to create.
pub(in crate::native) fn new(fields: Fields<'_>) -> Option<PolicySettings> {
    let called = fields.required("name", name).unwrap_or_else(no_name);
    let rule = rule(&fields);
    let mut enabled = true;
    fields.set_or("enabled", &mut enabled, true, |at| at.boolean());
    let (mut up, mut down) = (Behaviour::UP, Behaviour::DOWN);
    fields.set_or("up", &mut up, Behaviour::UP, |at| behaviour(&at, Behaviour::UP));
    fields.set_or("down", &mut down, Behaviour::DOWN, |at| behaviour(&at, Behaviour::DOWN));
    let warm_up_s = fields.present("warm_up_s").and_then(bounded);
    finish(fields);
    Some(PolicySettings { name: called, enabled, rule: rule?, up, down, warm_up_s })
}

/// Reads a patch onto a policy. With `type` it takes a whole new rule; without, what its kind has.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    settings: PolicySettings,
) -> Option<PolicySettings> {
    let PolicySettings {
        name: mut called,
        mut enabled,
        rule: before,
        mut up,
        mut down,
        mut warm_up_s,
    } = settings;
    fields.set("name", &mut called, name);
    fields.set_or("enabled", &mut enabled, true, |at| at.boolean());
    let (was_up, was_down) = (up, down);
    fields.set_or("up", &mut up, Behaviour::UP, |at| behaviour(&at, was_up));
    fields.set_or("down", &mut down, Behaviour::DOWN, |at| behaviour(&at, was_down));
    fields.set_option("warm_up_s", &mut warm_up_s, bounded);
    let rule = match fields.present("type") {
        Some(_) => rule(&fields),
        None => patch_rule(&fields, before),
    };
    finish(fields);
    Some(PolicySettings { name: called, enabled, rule: rule?, up, down, warm_up_s })
}

fn finish(fields: Fields<'_>) {
    fields.finish(HINTS);
}

fn rule(fields: &Fields<'_>) -> Option<ScalingRule> {
    match fields.required("type", |at| at.choice("type", KINDS))? {
        Kind::Simple => {
            let alarm = fields.present("alarm").map(|at| alarm(&at));
            let adjustment = fields.required("adjustment", |at| adjustment(&at));
            let alarm = match alarm {
                Some(alarm) => Some(alarm?),
                None => None,
            };
            Some(ScalingRule::Simple { alarm, adjustment: adjustment? })
        }
        Kind::Step => {
            let alarm = fields.required("alarm", |at| alarm(&at));
            let steps = fields.required("steps", |at| steps(&at));
            Some(ScalingRule::Step { alarm: alarm?, steps: steps? })
        }
        Kind::TargetTracking => {
            let metric = fields.required("metric", metric);
            let target = fields.required("target", quantity);
            let mut tracking = TargetTracking {
                metric: metric?,
                target: target?,
                tolerance_percent: TolerancePercent::constant::<10>(),
                scale_in: ScaleIn::Allowed,
            };
            read_tracking(fields, &mut tracking);
            Some(ScalingRule::TargetTracking(tracking))
        }
    }
}

fn patch_rule(fields: &Fields<'_>, before: ScalingRule) -> Option<ScalingRule> {
    Some(match before {
        ScalingRule::Simple { alarm: mut when, adjustment: mut what } => {
            fields.set_option("alarm", &mut when, |at| alarm(&at));
            fields.set("adjustment", &mut what, |at| adjustment(&at));
            ScalingRule::Simple { alarm: when, adjustment: what }
        }
        ScalingRule::Step { alarm: mut when, steps: mut what } => {
            fields.set("alarm", &mut when, |at| alarm(&at));
            fields.set("steps", &mut what, |at| steps(&at));
            ScalingRule::Step { alarm: when, steps: what }
        }
        ScalingRule::TargetTracking(mut tracking) => {
            fields.set("metric", &mut tracking.metric, metric);
            fields.set("target", &mut tracking.target, quantity);
            read_tracking(fields, &mut tracking);
            ScalingRule::TargetTracking(tracking)
        }
    })
}

fn read_tracking(fields: &Fields<'_>, tracking: &mut TargetTracking) {
    let usual = TolerancePercent::constant::<10>();
    fields.set_or("tolerance_percent", &mut tracking.tolerance_percent, usual, bounded);
    fields.set_or("disable_scale_in", &mut tracking.scale_in, ScaleIn::Allowed, |at| {
        Some(if at.boolean()? { ScaleIn::Disabled } else { ScaleIn::Allowed })
    });
}

fn metric(at: At<'_>) -> Option<Metric> {
    at.choice("metric", METRICS)
}

fn alarm(at: &At<'_>) -> Option<Alarm> {
    let fields = at.object()?;
    let metric = fields.required("metric", metric);
    let comparison = fields.required("comparison", |at| at.choice("comparison", COMPARISONS));
    let threshold = fields.required("threshold", quantity);
    let (mut window_s, mut for_s) = (WindowSeconds::constant::<10>(), HoldSeconds::constant::<0>());
    fields.set_or("window_s", &mut window_s, WindowSeconds::constant::<10>(), bounded);
    fields.set_or("for_s", &mut for_s, HoldSeconds::constant::<0>(), bounded);
    fields.finish(&[]);
    Some(Alarm { metric: metric?, comparison: comparison?, threshold: threshold?, window_s, for_s })
}

fn adjustment(at: &At<'_>) -> Option<Adjustment> {
    let fields = at.object()?;
    let kind = fields.required("type", |at| at.choice("type", ADJUSTMENTS));
    let value = fields.required("value", |at| Some((at.integer()?, at)));
    let least = fields.present("at_least").map(|at| (bounded(at.clone()), at));
    fields.finish(&[]);
    let (value, at) = value?;
    match kind? {
        AdjustmentKind::Percent => {
            let least = least.map_or(Some(StepSize::constant::<0>()), |(least, _)| least)?;
            at.taken(Adjustment::percent(value, least))
        }
        kind => {
            if let Some((_, at)) = least {
                return at.wrong("belongs to type PERCENT; leave it out");
            }
            match kind {
                AdjustmentKind::Exact => at
                    .taken(InstanceCount::new(value))
                    .map(|instances| Adjustment::Exact { instances }),
                AdjustmentKind::Change | AdjustmentKind::Percent => {
                    at.taken(Adjustment::change(value))
                }
            }
        }
    }
}

fn steps(at: &At<'_>) -> Option<Steps> {
    let one = |at: At<'_>| {
        let fields = at.object()?;
        let ends = (fields.present("from").map(quantity), fields.present("to").map(quantity));
        let adjustment = fields.required("adjustment", |at| adjustment(&at));
        fields.finish(&[]);
        let known = |end: Option<Option<_>>| match end {
            Some(None) => None,
            Some(end) => Some(end),
            None => Some(None),
        };
        Some(Step { from: known(ends.0)?, to: known(ends.1)?, adjustment: adjustment? })
    };
    let read = at.list_of(Steps::MAX, one)?;
    at.taken(Steps::new(read))
}

fn behaviour(at: &At<'_>, mut behaviour: Behaviour) -> Option<Behaviour> {
    let usual = behaviour.stabilization_s;
    let fields = at.object()?;
    fields.set_option("cooldown_s", &mut behaviour.cooldown_s, bounded);
    fields.set_or("stabilization_s", &mut behaviour.stabilization_s, usual, bounded);
    fields.set_option("max_instances", &mut behaviour.max_instances, bounded);
    fields.set_option("max_percent", &mut behaviour.max_percent, bounded);
    fields.finish(&[]);
    Some(behaviour)
}
