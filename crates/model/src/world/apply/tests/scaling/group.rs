//! Tests of groups themselves: their bounds, templates, switches, schedules and policies.

use std::collections::BTreeSet;

use super::super::fixture::*;
use super::fixture::*;
use crate::activity::{ActivityResult, Cause, NotScaled};
use crate::change::Edit;
use crate::change::scaling::*;
use crate::policy::*;
use crate::rejection::Rejection;
use crate::scaling_group::{GroupStatus, ScalingGroup, ScalingGroupSettings, ScalingProcess};
use crate::schedule::{Effect, ScheduleSettings, Timing};
use crate::value::{Note, Quantity, TimeZoneName, Timestamp};
use crate::world::World;

fn workers(world: &World) -> &ScalingGroup {
    world.scaling_group(id(1)).expect("it is there")
}

fn edit(settings: ScalingGroupSettings) -> ScalingEdit {
    ScalingEdit::EditGroup { id: id(1), settings }
}

/// `desired` before and after, and the result of each activity.
fn activities(world: &World) -> Vec<String> {
    let shown = |a: &std::sync::Arc<crate::activity::Activity>| {
        format!("{}->{} {}", a.before, a.after, a.result.word())
    };
    world.activities_of(id(1)).map(shown).collect()
}

#[test]
fn bad_groups_are_refused() {
    let world = scaled();
    let create = |change: fn(&mut NewScalingGroup)| {
        let mut new = group(2, "other");
        change(&mut new);
        let rejection = refused(&world, ScalingEdit::CreateGroup(new));
        (rejection.field().map(str::to_owned), rejection.to_string())
    };
    for (change, field, text) in [
        ((|new| new.id = id(1)) as fn(&mut NewScalingGroup), "id", "with id"),
        (|new| new.settings.name = name("workers"), "name", "exists already"),
        (|new| new.settings.min = count(6), "min", "min 6 is above max 5"),
        (|new| new.desired = Some(count(6)), "desired", "not between min 0 and max 5"),
        (|new| new.network = id(4), "network", "there is no network"),
        (|new| new.network = id(2), "template.driver", "addresses of their own"),
        (|new| new.project = id(9), "project", "there is no project"),
        (|new| (new.template, new.settings.min) = (None, count(1)), "template", "no template"),
        (
            |new| {
                new.template =
                    Some(crate::launch_template::TemplateSettings { port: None, ..process() })
            },
            "template.port",
            "`{port}` stands for",
        ),
    ] {
        let (found, said) = create(change);
        assert_eq!(found.as_deref(), Some(field), "{said}");
        assert!(said.contains(text), "`{said}` without `{text}`");
    }
}

#[test]
fn desired_stays_between_the_bounds_and_says_why_it_moved() {
    let world = with_all(&scaled(), [desired(4, 1)]);
    let bounds =
        |min, max| ScalingGroupSettings { min: count(min), max: count(max), ..settings("workers") };
    let world = with_all(&world, [edit(bounds(0, 3))]);
    assert_eq!(workers(&world).desired, count(3));
    let world = with_all(&world, [edit(bounds(5, 5))]);
    assert_eq!(activities(&world), ["0->4 IN_PROGRESS", "4->3 IN_PROGRESS", "3->5 IN_PROGRESS"]);
    assert!(refused(&world, desired(4, 2)).to_string().contains("not between min 5 and max 5"));
    let same = with_all(&world, [desired(5, 2)]);
    assert_eq!(same.activity(id(2)).unwrap().result.word(), "SUCCESSFUL");
}

#[test]
fn scaling_leaves_a_group_s_revision_alone() {
    let world = scaled();
    let before = workers(&world).revision;
    let world = with_all(&world, [desired(2, 1), launch([1, 2])]);
    assert_eq!(workers(&world).revision, before);
    let world = with_all(&world, [edit(settings("renamed"))]);
    assert!(workers(&world).revision > before);
}

#[test]
fn only_policies_begin_a_cooldown() {
    let by = |cause, number, activity| {
        let ScalingEdit::SetDesired(set) = desired(number, activity) else { unreachable!() };
        ScalingEdit::SetDesired(SetDesired { cause, ..set })
    };
    let policy = || Cause::Policy { id: id(1), name: name("p") };
    let world = with_all(&scaled(), [desired(1, 1)]);
    assert_eq!(workers(&world).last_scaled.out_at, None);
    let world = with_all(&world, [by(policy(), 3, 2)]);
    assert_eq!(
        (workers(&world).last_scaled.out_at, workers(&world).last_scaled.in_at),
        (Some(NOW), None)
    );
    let world = with_all(&world, [by(policy(), 2, 3)]);
    assert_eq!(workers(&world).last_scaled.in_at, Some(NOW));
    let world =
        with_all(&world, [ScalingEdit::Disable { id: id(1) }, ScalingEdit::Enable { id: id(1) }]);
    assert_eq!(workers(&world).last_scaled.out_at, None);
}

#[test]
fn a_template_s_versions_are_kept_while_instances_are_of_them() {
    let on = |n| {
        let template =
            crate::launch_template::TemplateSettings { port: Some(port(n)), ..process() };
        ScalingEdit::SetTemplate { group: id(1), template }
    };
    let versions = |world: &World| -> Vec<u32> {
        workers(world).templates.iter().map(|t| t.version.0).collect()
    };
    let world = with_all(&serving(1..=1), [on(9_001)]);
    assert_eq!(versions(&world), [1, 2]);
    let world = with_all(&world, [on(9_002), on(9_002)]);
    assert_eq!(versions(&world), [1, 3]);
    let world = with_all(&world, [desired(2, 9), launch([2])]);
    assert_eq!(instance(&world, 2).port, Some(port(9_002)));
    assert_eq!(instance(&world, 1).port, Some(port(8_080)));
}

#[test]
fn a_group_is_deleted_without_instances_or_by_force() {
    let delete = |instances| ScalingEdit::DeleteGroup { id: id(1), instances };
    let world = with_all(&scaled(), [delete(OnInstances::Refuse)]);
    assert!(world.scaling_group(id(1)).is_none());

    let world = serving(1..=1);
    let rejection = refused(&world, delete(OnInstances::Refuse));
    assert!(rejection.to_string().contains("in use by 1 instance"), "{rejection}");
    let world = with_all(&world, [delete(OnInstances::Remove)]);
    assert_eq!(workers(&world).status, GroupStatus::Deleting);
    for edit in [desired(1, 5), edit(settings("x")), ScalingEdit::Enable { id: id(1) }] {
        assert!(matches!(refused(&world, edit), Rejection::GroupNotActive { .. }));
    }
    let cause = crate::instance::RemovalCause::GroupDeleted;
    let steps = [
        InstanceStep::Remove { cause },
        InstanceStep::Leave { tokens: vec![] },
        InstanceStep::Gone,
    ];
    let world = with_all(&world, steps.map(|s| step(1, s)));
    assert!(world.scaling_group(id(1)).is_none());
    assert_eq!(members(&world, 60), [""; 0]);

    let protected = ScalingGroupSettings { deletion_protection: true, ..settings("workers") };
    let world = with_all(&scaled(), [edit(protected)]);
    assert!(matches!(refused(&world, delete(OnInstances::Remove)), Rejection::Protected { .. }));
}

#[test]
fn what_is_off_or_suspended_begins_nothing() {
    let off = with_all(&scaled(), [desired(1, 1), ScalingEdit::Disable { id: id(1) }]);
    for edit in [launch([1]), desired(2, 2), by_hand(1, "10.0.0.9")] {
        let rejection = refused(&off, edit);
        assert!(rejection.to_string().contains("INACTIVE; enable it first"), "{rejection}");
    }
    let processes = BTreeSet::from([ScalingProcess::ScaleOut]);
    let world =
        with_all(&scaled(), [ScalingEdit::Suspend { id: id(1), processes: processes.clone() }]);
    let world = with_all(&world, [desired(1, 1)]);
    assert!(matches!(refused(&world, launch([1])), Rejection::Suspended { .. }));
    let world = with_all(&world, [ScalingEdit::Resume { id: id(1), processes }]);
    with_all(&world, [launch([1])]);
}

#[test]
fn a_network_with_a_group_is_kept() {
    let world = with(&scaled(), Edit::DeleteLoadBalancer { id: id(6) });
    let world = with(&world, Edit::DeleteLoadBalancer { id: id(1) });
    let world = with(&world, Edit::DeleteLoadBalancer { id: id(2) });
    let rejection = refusal(&world, Edit::DeleteNetwork { id: id(1) });
    assert!(rejection.to_string().contains("scaling group `workers`"), "{rejection}");
}

#[test]
fn a_schedule_is_carried_out_once_for_each_time() {
    let timing = Timing::Cron {
        expression: "*/10 * * * *".parse().unwrap(),
        time_zone: TimeZoneName::utc(),
        starts_at: None,
        ends_at: None,
    };
    let effect = Effect::new(Some(count(2)), None, None).unwrap();
    let settings = ScheduleSettings { name: name("day"), enabled: true, timing, effect };
    let world =
        with_all(&scaled(), [ScalingEdit::AddSchedule { group: id(1), id: id(1), settings }]);
    let due = workers(&world).schedules[0].next().unwrap();
    assert_eq!(due, Timestamp(1_200_000));
    let run = |due, n| ScalingEdit::RunSchedule { id: id(1), due, activity: id(n) };
    let world = with_all(&world, [run(due, 1)]);
    assert_eq!((workers(&world).desired, workers(&world).settings.min), (count(2), count(2)));
    let rejection = refused(&world, run(due, 2));
    assert!(rejection.to_string().contains("was carried out"), "{rejection}");
    let missed = ScalingEdit::MissSchedule { id: id(1), until: Timestamp(3_000_000) };
    let world = with_all(&world, [missed]);
    assert_eq!(workers(&world).schedules[0].next(), Some(Timestamp(3_600_000)));
}

#[test]
fn only_a_metric_that_instances_share_is_tracked() {
    let policy = |metric, target: i32| {
        let rule = ScalingRule::TargetTracking(TargetTracking {
            metric,
            target: Quantity::whole(target),
            tolerance_percent: TolerancePercent::constant::<10>(),
            scale_in: ScaleIn::Allowed,
        });
        let settings = PolicySettings {
            name: name("p"),
            enabled: true,
            rule,
            up: Behaviour::UP,
            down: Behaviour::DOWN,
            warm_up_s: None,
        };
        ScalingEdit::AddPolicy { group: id(1), id: id(1), settings }
    };
    let world = scaled();
    assert_eq!(refused(&world, policy(Metric::LatencyP95Ms, 10)).field(), Some("metric"));
    assert_eq!(refused(&world, policy(Metric::CpuPercent, 0)).field(), Some("target"));
    let world = with_all(&world, [policy(Metric::CpuPercent, 60)]);
    let again = ScalingEdit::AddPolicy {
        group: id(1),
        id: id(2),
        settings: workers(&world).policies[0].settings.clone(),
    };
    assert!(matches!(refused(&world, again), Rejection::NameTaken { .. }));
}

#[test]
fn the_oldest_activities_fall_off() {
    let record = |n: u128| {
        ScalingEdit::RecordActivity(NewActivity {
            id: id(n),
            group: id(1),
            cause: Cause::Desired,
            after: count(1),
            instance: None,
            evidence: Vec::new(),
            result: ActivityResult::NotScaled { why: NotScaled::AtMax },
            text: Note::new("no"),
        })
    };
    let world = with_all(&scaled(), (1..=510).map(record));
    assert_eq!(world.activities_of(id(1)).count(), ScalingGroup::MAX_ACTIVITIES);
    assert!(world.activity(id(10)).is_none() && world.activity(id(11)).is_some());
    // One that fell off, or has ended, stays as it is.
    let end = |n| ScalingEdit::EndActivity {
        id: id(n),
        result: ActivityResult::Failed,
        text: Note::default(),
    };
    let world = with_all(&world, [end(1), end(11)]);
    assert_eq!(world.activity(id(11)).unwrap().result.word(), "NOT_SCALED");
}
