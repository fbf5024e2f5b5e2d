//! The next step of each instance by itself: its phase, what its driver says and what its checks say.

use std::time::Duration;

use elbow_model::activity::{ActivityResult, Cause};
use elbow_model::change::scaling::{InstanceStep, NewActivity, ScalingEdit};
use elbow_model::instance::{Instance, Origin, Phase, RemovalCause};
use elbow_model::lifecycle_hook::Transition;
use elbow_model::scaling_group::GroupStatus;
use elbow_model::value::{ActivityId, Note};
use uuid::Uuid;

use super::{Action, Checks, DriverSight, LAUNCH_WITHIN, Seen, Sight, breaker, health, next_id};

/// The next step of each instance, where there is one.
pub(super) fn steps(sight: &Sight<'_>, ids: &mut dyn Iterator<Item = Uuid>) -> Vec<Action> {
    let broken = health::to_replace(sight);
    let mut tally = breaker::Tally::new(sight);
    let mut actions = Vec::new();
    for seen in &sight.instances {
        let instance = seen.instance;
        if sight.group.status == GroupStatus::Deleting && instance.phase.counts() {
            actions.push(remove(instance, RemovalCause::GroupDeleted));
        } else if let Some(why) = launch_failure(sight, seen) {
            let told = told_of_failure(sight, instance, &why, next_id(ids));
            let cause = RemovalCause::LaunchFailed { reason: Note::new(why) };
            let edits = [removal(instance, cause), told].into_iter().chain(tally.failed());
            actions.push(Action::Commit(edits.collect()));
        } else if let Some(found) = broken.iter().find(|found| found.instance == instance.id) {
            let cause = RemovalCause::Unhealthy { reason: Note::new(&found.why) };
            let edits = vec![removal(instance, cause), found.activity(sight, next_id(ids))];
            actions.push(Action::Commit(edits));
        } else {
            actions.extend(onward(sight, seen, &mut tally, ids));
        }
    }
    actions
}

/// Why an instance that was never in service never will be.
fn launch_failure(sight: &Sight<'_>, seen: &Seen<'_>) -> Option<String> {
    let instance = seen.instance;
    match instance.phase {
        Phase::Launching | Phase::PendingWait { .. } | Phase::Launched | Phase::Joining => {}
        Phase::InService
        | Phase::Standby
        | Phase::Removing { .. }
        | Phase::RemovingWait { .. }
        | Phase::Terminating { .. } => return None,
    }
    match &seen.driver {
        DriverSight::Ended { why } => return Some(format!("it ended before it served: {why}")),
        DriverSight::Hopeless { why } => return Some(why.clone()),
        DriverSight::Absent | DriverSight::Terminated
            if instance.phase != Phase::Launching && is_launched(instance) =>
        {
            return Some("its driver no longer knows it".to_owned());
        }
        DriverSight::Unknown
        | DriverSight::Absent
        | DriverSight::Terminated
        | DriverSight::Starting
        | DriverSight::Running { .. } => {}
    }
    let since = sight.now.since(instance.phase_since);
    let grace = Duration::from_secs(sight.group.settings.health_grace_s.get().into());
    match (&instance.phase, &seen.checks) {
        (Phase::Launching, _) if since > LAUNCH_WITHIN => {
            Some(format!("its driver did not have it running within {} s", LAUNCH_WITHIN.as_secs()))
        }
        (Phase::Joining, Checks::Unhealthy { why }) if since > grace => {
            Some(format!("it did not become healthy within {} s: {why}", grace.as_secs()))
        }
        (Phase::Joining, Checks::Unknown) if since > grace => {
            Some(format!("it was not seen healthy within {} s", grace.as_secs()))
        }
        (Phase::Launched, _) => {
            sight.obstacle.as_ref().map(|fault| format!("it can't join its pools: {fault}"))
        }
        _ => None,
    }
}

/// The record of a launch that failed: it tells why when the instance is long gone.
fn told_of_failure(
    sight: &Sight<'_>,
    instance: &Instance,
    why: &str,
    id: ActivityId,
) -> ScalingEdit {
    ScalingEdit::RecordActivity(NewActivity {
        id,
        group: sight.group.id,
        cause: Cause::Desired,
        after: sight.group.desired,
        instance: Some(instance.id),
        evidence: Vec::new(),
        result: ActivityResult::Failed,
        text: Note::new(format!("a launch failed: {why}")),
    })
}

/// The step of an instance with which nothing is wrong.
fn onward(
    sight: &Sight<'_>,
    seen: &Seen<'_>,
    tally: &mut breaker::Tally<'_>,
    ids: &mut dyn Iterator<Item = Uuid>,
) -> Vec<Action> {
    let instance = seen.instance;
    let step = |step| vec![Action::Commit(vec![ScalingEdit::Step { instance: instance.id, step }])];
    match &instance.phase {
        Phase::Launching => launching(sight, seen, ids),
        Phase::PendingWait { .. } | Phase::RemovingWait { .. } => overdue_hooks(sight, instance),
        // Who commits this adds the load balancers' statuses at that moment.
        Phase::Launched => step(InstanceStep::Join { seen: Vec::new() }),
        Phase::Joining => match seen.checks {
            Checks::Healthy | Checks::NoPool => {
                let serve = ScalingEdit::Step { instance: instance.id, step: InstanceStep::Serve };
                vec![Action::Commit(std::iter::once(serve).chain(tally.succeeded()).collect())]
            }
            Checks::Unknown | Checks::Unhealthy { .. } => Vec::new(),
        },
        Phase::InService | Phase::Standby => Vec::new(),
        Phase::Removing { drain_until, .. } => {
            let has_ended = matches!(seen.driver, DriverSight::Ended { .. });
            let is_idle = seen.is_drained || instance.members.is_empty() || has_ended;
            match is_idle || sight.now >= *drain_until {
                true => {
                    step(InstanceStep::Leave { tokens: tokens(sight, Transition::Terminate, ids) })
                }
                false => Vec::new(),
            }
        }
        Phase::Terminating { .. } => match seen.driver {
            _ if !is_launched(instance) => step(InstanceStep::Gone),
            DriverSight::Terminated => step(InstanceStep::Gone),
            // A listing may be wrong, and ending what is not there does no harm.
            DriverSight::Absent
            | DriverSight::Unknown
            | DriverSight::Starting
            | DriverSight::Running { .. }
            | DriverSight::Ended { .. }
            | DriverSight::Hopeless { .. } => vec![Action::Terminate(instance.id)],
        },
    }
}

fn launching(
    sight: &Sight<'_>,
    seen: &Seen<'_>,
    ids: &mut dyn Iterator<Item = Uuid>,
) -> Vec<Action> {
    let id = seen.instance.id;
    match &seen.driver {
        DriverSight::Running { address, port, reference } => {
            let step = InstanceStep::Launched {
                address: *address,
                port: *port,
                reference: reference.clone(),
                tokens: tokens(sight, Transition::Launch, ids),
            };
            vec![Action::Commit(vec![ScalingEdit::Step { instance: id, step }])]
        }
        // Asking for what is on its way changes nothing; who carries this out calls once at a time.
        DriverSight::Unknown
        | DriverSight::Absent
        | DriverSight::Terminated
        | DriverSight::Starting => {
            vec![Action::Launch(id)]
        }
        DriverSight::Ended { .. } | DriverSight::Hopeless { .. } => Vec::new(),
    }
}

/// A hook that nobody completed in time. One at a time: completing it may end the others' wait.
fn overdue_hooks(sight: &Sight<'_>, instance: &Instance) -> Vec<Action> {
    let overdue = instance.phase.waits().iter().find(|wait| wait.deadline <= sight.now);
    let completed = overdue.map(|wait| {
        Action::Commit(vec![ScalingEdit::CompleteHook {
            instance: instance.id,
            token: wait.token,
            result: wait.default_result,
        }])
    });
    completed.into_iter().collect()
}

fn tokens<T: From<Uuid>>(
    sight: &Sight<'_>,
    transition: Transition,
    ids: &mut dyn Iterator<Item = Uuid>,
) -> Vec<T> {
    sight.group.hooks_of(transition).map(|_| next_id(ids)).collect()
}

/// Whether the group's driver started it: what a person attached is only let go.
pub(super) fn is_launched(instance: &Instance) -> bool {
    matches!(instance.origin, Origin::Launched { .. })
}

pub(super) fn remove(instance: &Instance, cause: RemovalCause) -> Action {
    Action::Commit(vec![removal(instance, cause)])
}

fn removal(instance: &Instance, cause: RemovalCause) -> ScalingEdit {
    ScalingEdit::Step { instance: instance.id, step: InstanceStep::Remove { cause } }
}
