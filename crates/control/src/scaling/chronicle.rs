//! What commits did to scaling groups: the differences that are counted and told of. It must not decide anything.

use std::sync::Arc;

use elbow_model::activity::{Activity, ActivityResult};
use elbow_model::instance::{Instance, RemovalCause};
use elbow_model::notification::NotificationEvent;
use elbow_model::scaling_group::{Breaker, ScalingGroup};
use elbow_model::value::ScalingGroupId;
use elbow_model::world::{Key, World};
use elbow_store::ledger::Commit;
use elbow_store::series::GroupCounters;

/// Something that happened to a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Happening {
    /// An instance is to be launched.
    Launch(ScalingGroupId),
    /// An instance that was launched is gone.
    Termination(ScalingGroupId),
    /// A launch came to nothing.
    LaunchFailure(ScalingGroupId),
    /// An activity began, and goes on.
    Began(Arc<Activity>),
    /// An activity has its result.
    Ended(Arc<Activity>),
    /// Launches failed too often in a row: none is launched for now.
    BreakerOpened(Arc<ScalingGroup>),
    /// Instances are launched again.
    BreakerClosed(Arc<ScalingGroup>),
}

impl Happening {
    /// What it is to those who want to know of it, and whose it is.
    pub(super) fn notification(&self) -> Option<(NotificationEvent, ScalingGroupId)> {
        match self {
            Self::Began(activity) | Self::Ended(activity) => {
                Some((NotificationEvent::of(&activity.result), activity.group))
            }
            Self::BreakerOpened(group) => Some((NotificationEvent::BreakerOpened, group.id)),
            Self::BreakerClosed(group) => Some((NotificationEvent::BreakerClosed, group.id)),
            Self::Launch(_) | Self::Termination(_) | Self::LaunchFailure(_) => None,
        }
    }
}

/// The World up to which is told.
pub(super) struct Chronicle {
    told: Arc<World>,
}

impl Chronicle {
    pub(super) fn new(world: Arc<World>) -> Self {
        Self { told: world }
    }

    /// What a commit did. One that was missed is told of with the next, as far as that one touches the same.
    pub(super) fn tell(&mut self, commit: &Commit) -> Vec<Happening> {
        let (before, after) = (&*self.told, &*commit.world);
        let happenings = commit.touched.iter().filter_map(|key| match key {
            Key::Instance(id) => of_instance(before.instance(*id), after.instance(*id)),
            Key::Activity(id) => {
                of_activity(before.activity(*id).map(AsRef::as_ref), after.activity(*id))
            }
            Key::ScalingGroup(id) => {
                of_group(before.scaling_group(*id).map(AsRef::as_ref), after.scaling_group(*id))
            }
            _ => None,
        });
        let happenings = happenings.collect();
        self.told = Arc::clone(&commit.world);
        happenings
    }

    /// Starts anew after commits that were missed.
    pub(super) fn skip_to(&mut self, world: Arc<World>) {
        self.told = world;
    }
}

/// Counts what happened, for metrics.
pub(super) fn count(counters: &GroupCounters, happening: &Happening) {
    match happening {
        Happening::Launch(group) => counters.count(*group, |counts| counts.launches += 1),
        Happening::Termination(group) => counters.count(*group, |counts| counts.terminations += 1),
        Happening::LaunchFailure(group) => {
            counters.count(*group, |counts| counts.launch_failures += 1)
        }
        Happening::Ended(activity) => counters.count(activity.group, |counts| {
            *counts
                .activities
                .entry((activity.cause.word(), activity.result.word()))
                .or_default() += 1;
        }),
        Happening::Began(_) | Happening::BreakerOpened(_) | Happening::BreakerClosed(_) => {}
    }
}

fn of_instance(before: Option<&Arc<Instance>>, after: Option<&Arc<Instance>>) -> Option<Happening> {
    let is_launched = |instance: &&Arc<Instance>| instance.origin.template().is_some();
    match (before.filter(is_launched), after.filter(is_launched)) {
        (None, Some(new)) => Some(Happening::Launch(new.group)),
        (Some(old), None) => Some(Happening::Termination(old.group)),
        (Some(old), Some(new)) if has_failed(new) && !has_failed(old) => {
            Some(Happening::LaunchFailure(new.group))
        }
        _ => None,
    }
}

fn has_failed(instance: &Instance) -> bool {
    match instance.phase.removal() {
        Some(RemovalCause::LaunchFailed { .. } | RemovalCause::HookAbandoned { .. }) => true,
        Some(
            RemovalCause::Requested
            | RemovalCause::ScaleIn
            | RemovalCause::Unhealthy { .. }
            | RemovalCause::GroupDeleted,
        )
        | None => false,
    }
}

fn of_activity(before: Option<&Activity>, after: Option<&Arc<Activity>>) -> Option<Happening> {
    let after = after?;
    let goes_on = |activity: &Activity| activity.result == ActivityResult::InProgress;
    match before {
        None if goes_on(after) => Some(Happening::Began(Arc::clone(after))),
        Some(before) if !goes_on(before) || goes_on(after) => None,
        None | Some(_) => Some(Happening::Ended(Arc::clone(after))),
    }
}

fn of_group(before: Option<&ScalingGroup>, after: Option<&Arc<ScalingGroup>>) -> Option<Happening> {
    let after = after?;
    let is_open = |group: &ScalingGroup| matches!(group.breaker, Breaker::Open { .. });
    match (before.is_some_and(is_open), is_open(after)) {
        (false, true) => Some(Happening::BreakerOpened(Arc::clone(after))),
        (true, false) => Some(Happening::BreakerClosed(Arc::clone(after))),
        (false, false) | (true, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use elbow_model::activity::Cause;
    use elbow_model::value::{Note, Revision, Timestamp};

    use super::*;

    fn activity(result: ActivityResult) -> Arc<Activity> {
        let uuid = uuid::Uuid::from_u128(1);
        Arc::new(Activity {
            id: uuid.into(),
            group: uuid.into(),
            revision: Revision(1),
            cause: Cause::Desired,
            before: elbow_model::scaling_group::InstanceCount::constant::<1>(),
            after: elbow_model::scaling_group::InstanceCount::constant::<2>(),
            instance: None,
            evidence: Vec::new(),
            result,
            text: Note::new(""),
            started_at: Timestamp(0),
            ended_at: None,
        })
    }

    #[test]
    fn an_activity_begins_once_and_ends_once() {
        let (open, done) =
            (activity(ActivityResult::InProgress), activity(ActivityResult::Successful));
        assert_eq!(of_activity(None, Some(&open)), Some(Happening::Began(Arc::clone(&open))));
        assert_eq!(of_activity(Some(&open), Some(&open)), None);
        let ended = Some(Happening::Ended(Arc::clone(&done)));
        assert_eq!(of_activity(Some(&open), Some(&done)), ended);
        assert_eq!(of_activity(None, Some(&done)), ended);
        assert_eq!(of_activity(Some(&done), Some(&done)), None);
        assert_eq!(of_activity(Some(&done), None), None);
    }

    #[test]
    fn results_are_counted_by_cause() {
        let counters = GroupCounters::default();
        let done = activity(ActivityResult::Failed);
        for _ in 0..2 {
            count(&counters, &Happening::Ended(Arc::clone(&done)));
        }
        count(&counters, &Happening::LaunchFailure(done.group));
        let counts = counters.of(done.group);
        assert_eq!(counts.activities[&("DESIRED", "FAILED")], 2);
        assert_eq!((counts.launches, counts.launch_failures), (0, 1));
    }
}
