//! Policies and schedules of a group, once a second: what they say becomes a desired count, or an activity that says
//! why it does not.

use std::time::Duration;

use elbow_model::activity::{Activity, ActivityResult, Cause, Evidence, NotScaled};
use elbow_model::change::scaling::{NewActivity, ScalingEdit, SetDesired};
use elbow_model::instance::{Instance, Phase};
use elbow_model::policy::{Metric, Policy};
use elbow_model::scaling_group::{Breaker, InstanceCount, ScalingGroup, ScalingProcess};
use elbow_model::schedule::Schedule;
use elbow_model::value::{Note, Quantity, Timestamp};
use elbow_model::world::World;
use elbow_plan::scaling::idle::{Repose, Stillness, idle_for, least_by_policies};
use elbow_plan::scaling::judge::{look_back_s, metric_of};
use elbow_plan::scaling::replay::TURN_MEMORY;
use elbow_plan::scaling::{self, Decision, Fleet, Guards, Load, decide};
use elbow_store::ledger::Ledger;
use uuid::Uuid;

use super::meter::{self, Meter, capacity_of};

/// The edits that are due, each list to be committed on its own.
pub(super) fn due(
    group: &ScalingGroup,
    world: &World,
    meter: &Meter,
    ledger: &Ledger,
    now: Timestamp,
) -> Vec<Vec<ScalingEdit>> {
    let mut edits: Vec<Vec<ScalingEdit>> =
        group.schedules.iter().filter_map(|schedule| scheduled(group, schedule, now)).collect();
    if edits.is_empty() {
        edits.extend(rested(group, world, meter.stillness(group.id), now));
    }
    if edits.is_empty() && group.does(ScalingProcess::Policies) {
        edits.extend(decided(group, world, ledger, now));
    }
    edits
}

fn scheduled(
    group: &ScalingGroup,
    schedule: &Schedule,
    now: Timestamp,
) -> Option<Vec<ScalingEdit>> {
    let due = schedule.next().filter(|due| *due <= now)?;
    let id = schedule.id;
    let is_in_time = now.since(due) <= Schedule::LATEST;
    let edit = match is_in_time && group.does(ScalingProcess::Schedules) {
        true => ScalingEdit::RunSchedule { id, due, activity: Uuid::now_v7().into() },
        false => ScalingEdit::MissSchedule { id, until: due },
    };
    Some(vec![edit])
}

/// Gives up the last instances of a group that nothing was asked of for its idle timeout.
pub(super) fn rested(
    group: &ScalingGroup,
    world: &World,
    stillness: Stillness,
    now: Timestamp,
) -> Option<Vec<ScalingEdit>> {
    let is_spare = |instance: &Instance| {
        instance.phase == Phase::InService
            && !instance.protected
            && instance.origin.template().is_some()
    };
    let instances = || world.instances_of(group.id);
    let idle = idle_for(&Repose {
        now,
        min: group.settings.min.get(),
        desired: group.desired.get(),
        idle_timeout: Duration::from_secs(group.settings.idle_timeout_s.get().into()),
        can_be_woken: group
            .attachments
            .iter()
            .all(|a| world.waker_of(a.pool).is_some_and(|waker| waker.id == group.id)),
        is_settled: instances().all(|instance| is_spare(instance)),
        is_shrinking_suspended: !group.does(ScalingProcess::ScaleIn),
        stillness,
        serves_since: instances().map(|instance| instance.phase_since).max(),
    })?;
    let (idle_s, before) = (idle.as_secs(), group.desired);
    let text = format!("nothing was asked of it for {idle_s} s: from {before} to 0 instances");
    Some(vec![ScalingEdit::SetDesired(SetDesired {
        group: group.id,
        desired: InstanceCount::constant::<0>(),
        activity: Uuid::now_v7().into(),
        cause: Cause::Idle,
        evidence: vec![Evidence {
            metric: Metric::RequestsPerInstance,
            value: Quantity::ZERO,
            compared_with: None,
            window_s: u32::try_from(idle_s).unwrap_or(u32::MAX),
        }],
        text: Note::new(text),
    })])
}

fn decided(
    group: &ScalingGroup,
    world: &World,
    ledger: &Ledger,
    now: Timestamp,
) -> Option<Vec<ScalingEdit>> {
    let followed: Vec<(&Policy, Metric)> = group
        .policies
        .iter()
        .filter(|policy| policy.settings.enabled)
        .filter_map(|policy| Some((policy, metric_of(&policy.settings)?)))
        .collect();
    if followed.is_empty() {
        return None;
    }
    let opinions: Vec<_> = followed
        .iter()
        .map(|(policy, metric)| {
            let seconds = meter::load(ledger, group.id, *metric, look_back_s(&policy.settings));
            let fleet = fleet(group, policy, world, now);
            scaling::judge(&policy.settings, group.settings.cooldown_s, &Load::new(&seconds), fleet)
        })
        .collect();
    let evidence = |found: scaling::Evidence, metric| Evidence {
        metric,
        value: Quantity::measured(found.value),
        compared_with: Some(Quantity::measured(found.compared_with)),
        window_s: found.window_s,
    };
    let cause =
        |policy: &Policy| Cause::Policy { id: policy.id, name: policy.settings.name.clone() };
    match decide(&opinions, &guards(group, now)) {
        Decision::Stay => None,
        Decision::Scale { to, policy, evidence: found } => {
            let (policy, metric) = followed.get(policy)?;
            let text = format!("from {} to {to} instances", group.desired.get());
            Some(vec![ScalingEdit::SetDesired(SetDesired {
                group: group.id,
                desired: InstanceCount::new(to.into()).ok()?,
                activity: Uuid::now_v7().into(),
                cause: cause(policy),
                evidence: vec![evidence(found, *metric)],
                text: Note::new(text),
            })])
        }
        Decision::NotScaled { wanted, policy, evidence: found, why } => {
            let why = match why {
                NotScaled::AtMin if group.settings.min.get() == 0 => NotScaled::NotIdle,
                why => why,
            };
            let (policy, metric) = followed.get(policy)?;
            let cause = cause(policy);
            let wanted = InstanceCount::new(i64::from(wanted).min(1_000)).ok()?;
            let result = ActivityResult::NotScaled { why };
            if is_known(group, world, &cause, &result) {
                return None;
            }
            Some(vec![ScalingEdit::RecordActivity(NewActivity {
                id: Uuid::now_v7().into(),
                group: group.id,
                cause,
                after: wanted,
                instance: None,
                evidence: vec![evidence(found, *metric)],
                result,
                text: Note::new(format!("{} instances were wanted: {why}", wanted.get())),
            })])
        }
    }
}

/// Whether the newest activity of this cause says the same already.
fn is_known(group: &ScalingGroup, world: &World, cause: &Cause, result: &ActivityResult) -> bool {
    let mut newest = world.activities_of(group.id).rev();
    newest.find(|activity| activity.cause == *cause).is_some_and(|last| last.result == *result)
}

/// The group as a policy sees it, by its own warm-up if it has one.
fn fleet(group: &ScalingGroup, policy: &Policy, world: &World, now: Timestamp) -> Fleet {
    let instances = || world.instances_of(group.id).map(AsRef::as_ref);
    let serving: Vec<&Instance> =
        instances().filter(|i: &&Instance| i.phase == Phase::InService).collect();
    let warm_up_s = policy.settings.warm_up_s.unwrap_or(group.settings.warm_up_s);
    let warm_up = Duration::from_secs(warm_up_s.get().into());
    let is_warming = serving.iter().any(|instance| now.since(instance.phase_since) < warm_up);
    let is_launching = instances().any(|instance| {
        matches!(
            instance.phase,
            Phase::Launching | Phase::PendingWait { .. } | Phase::Launched | Phase::Joining
        )
    });
    let is_leaving = instances().any(|instance| !instance.phase.counts());
    Fleet {
        desired: group.desired.get(),
        serving: capacity_of(&serving, warm_up_s, now),
        is_launching,
        is_settling: is_warming || is_leaving,
        turns: turns(world.activities_of(group.id).rev().map(AsRef::as_ref), now),
    }
}

/// How often policies turned from growing to shrinking or back lately.
fn turns<'a>(newest_first: impl Iterator<Item = &'a Activity>, now: Timestamp) -> u32 {
    let lately = newest_first.take_while(|activity| now.since(activity.started_at) <= TURN_MEMORY);
    let changes = lately
        .filter(|activity| matches!(activity.cause, Cause::Policy { .. }))
        .filter(|activity| !matches!(activity.result, ActivityResult::NotScaled { .. }))
        .filter(|activity| activity.before != activity.after)
        .map(|activity| activity.after > activity.before);
    let (count, _) = changes.fold((0_u32, None), |(count, last), grew| {
        (count + u32::from(last.is_some_and(|last| last != grew)), Some(grew))
    });
    count
}

fn guards(group: &ScalingGroup, now: Timestamp) -> Guards {
    Guards {
        now,
        min: least_by_policies(group.settings.min.get()),
        max: group.settings.max.get(),
        desired: group.desired.get(),
        last_scaled: group.last_scaled,
        breaker_until: match group.breaker {
            Breaker::Open { until, .. } => Some(until),
            Breaker::Closed { .. } => None,
        },
        is_growing_suspended: !group.does(ScalingProcess::ScaleOut),
        is_shrinking_suspended: !group.does(ScalingProcess::ScaleIn),
    }
}
