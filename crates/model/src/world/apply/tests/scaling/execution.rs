//! Executing policies by hand.

use super::super::fixture::*;
use super::fixture::*;
use crate::activity::{Cause, NotScaled};
use crate::change::scaling::{Guarding, ScalingEdit};
use crate::policy::{
    Adjustment, Alarm, Behaviour, Comparison, HoldSeconds, Metric, PolicySettings, ScaleIn,
    ScalingRule, Step, Steps, TargetTracking, TolerancePercent, WindowSeconds,
};
use crate::rejection::Rejection;
use crate::value::Quantity;
use crate::world::World;

fn policy(number: u128, called: &str, rule: ScalingRule) -> ScalingEdit {
    let settings = PolicySettings {
        name: name(called),
        enabled: false,
        rule,
        up: Behaviour::UP,
        down: Behaviour::DOWN,
        warm_up_s: None,
    };
    ScalingEdit::AddPolicy { group: id(1), id: id(number), settings }
}

fn simple(instances: i32) -> ScalingRule {
    ScalingRule::Simple { alarm: None, adjustment: Adjustment::Change { instances } }
}

fn steps() -> ScalingRule {
    let alarm = Alarm {
        metric: Metric::QueueLength,
        comparison: Comparison::Above,
        threshold: Quantity::whole(10),
        window_s: WindowSeconds::constant::<1>(),
        for_s: HoldSeconds::constant::<0>(),
    };
    let adjustment = Adjustment::Change { instances: 2 };
    let step = Step { from: Some(Quantity::ZERO), to: Some(Quantity::whole(5)), adjustment };
    ScalingRule::Step { alarm, steps: Steps::new(vec![step]).unwrap() }
}

fn execute(number: u128, activity: u128, guarding: Guarding, value: Option<i32>) -> ScalingEdit {
    let value = value.map(Quantity::whole);
    ScalingEdit::ExecutePolicy { id: id(number), value, guarding, activity: id(activity) }
}

fn resting(rejection: Rejection) -> NotScaled {
    match rejection {
        Rejection::NotScaled { why, .. } => why,
        other => panic!("{other}"),
    }
}

/// `scaled`, with desired 1 of 0 to 4 or what the fixture has, and two policies.
fn world() -> World {
    with_all(
        &scaled(),
        [desired(1, 80), policy(1, "more", simple(2)), policy(2, "fewer", simple(-9))],
    )
}

#[test]
fn an_execution_is_an_activity_of_the_policy_and_begins_its_cooldown() {
    let world = with_all(&world(), [execute(1, 90, Guarding::Respected, None)]);
    let group = world.scaling_group(id(1)).unwrap();
    let activity = world.activity(id(90)).unwrap();
    assert_eq!((activity.before.get(), activity.after.get()), (1, group.desired.get()));
    assert_eq!(group.desired.get(), 3);
    assert!(matches!(&activity.cause, Cause::Policy { name, .. } if name.as_str() == "more"));
    assert!(group.last_scaled.out_at.is_some());
    let again = refused(&world, execute(1, 91, Guarding::Respected, None));
    assert!(matches!(resting(again), NotScaled::Cooldown { .. }));
    let forced = with_all(&world, [execute(1, 91, Guarding::Ignored, None)]);
    assert!(forced.scaling_group(id(1)).unwrap().desired.get() > 3);
}

#[test]
fn bounds_hold_even_by_force() {
    let world = with_all(&world(), [execute(2, 90, Guarding::Ignored, None)]);
    let group = world.scaling_group(id(1)).unwrap();
    assert_eq!(group.desired, group.settings.min);
    let again = refused(&world, execute(2, 91, Guarding::Ignored, None));
    assert_eq!(resting(again), NotScaled::AtMin);
}

#[test]
fn steps_are_taken_by_a_value_and_a_target_is_not_executed() {
    let tracking = ScalingRule::TargetTracking(TargetTracking {
        metric: Metric::CpuPercent,
        target: Quantity::whole(50),
        tolerance_percent: TolerancePercent::constant::<10>(),
        scale_in: ScaleIn::Allowed,
    });
    let world = with_all(&world(), [policy(3, "steps", steps()), policy(4, "track", tracking)]);
    let missing = refused(&world, execute(3, 90, Guarding::Respected, None));
    assert_eq!(missing.field(), Some("value"));
    let beyond = refused(&world, execute(3, 90, Guarding::Respected, Some(99)));
    assert!(beyond.to_string().contains("no step is for QUEUE_LENGTH 99"), "{beyond}");
    let done = with_all(&world, [execute(3, 90, Guarding::Respected, Some(12))]);
    assert_eq!(done.scaling_group(id(1)).unwrap().desired.get(), 3);
    assert_eq!(done.activity(id(90)).unwrap().evidence.len(), 1);
    let tracked = refused(&world, execute(4, 91, Guarding::Ignored, None));
    assert!(tracked.to_string().contains("not executed"), "{tracked}");
}

#[test]
fn what_is_suspended_is_executed_by_force_alone() {
    let processes = [crate::scaling_group::ScalingProcess::ScaleOut].into();
    let world = with_all(&world(), [ScalingEdit::Suspend { id: id(1), processes }]);
    let refusal = refused(&world, execute(1, 90, Guarding::Respected, None));
    assert!(matches!(refusal, Rejection::Suspended { .. }), "{refusal}");
    with_all(&world, [execute(1, 90, Guarding::Ignored, None)]);
}
