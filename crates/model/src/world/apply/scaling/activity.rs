//! Rules about activities: how they are written down, how they end, and which fall off.

use super::super::draft::{Draft, not_found};
use super::super::invalid;
use crate::activity::{Activity, ActivityResult, Cause};
use crate::change::scaling::NewActivity;
use crate::change::{Author, scaling::SetDesired};
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::{InstanceCount, ScalingGroup};
use crate::value::{ActivityId, InstanceId, Name, Note, ScalingGroupId};

pub(super) fn record(draft: &mut Draft, new: &NewActivity) -> Result<(), Rejection> {
    let NewActivity { id, group, cause, after, instance, evidence, result, text } = new.clone();
    draft.claim(ResourceKind::Activity, id, "")?;
    let missing = || not_found(ResourceKind::ScalingGroup, group);
    let before = draft.world.scaling_group(group).ok_or_else(missing)?.desired;
    check_evidence(evidence.len())?;
    let instance = instance.filter(|id| draft.world.instance(*id).is_some());
    let at = draft.stamp.at;
    let ended_at = (result != ActivityResult::InProgress).then_some(at);
    write(
        draft,
        Activity {
            id,
            group,
            revision: draft.stamp.revision,
            cause,
            before,
            after,
            instance,
            evidence,
            result,
            text,
            started_at: at,
            ended_at,
        },
    );
    Ok(())
}

pub(super) fn end(
    draft: &mut Draft,
    id: ActivityId,
    result: &ActivityResult,
    text: &Note,
) -> Result<(), Rejection> {
    if *result == ActivityResult::InProgress {
        return Err(invalid("result", "an activity ends with a result other than IN_PROGRESS"));
    }
    let Some(activity) = draft.world.activity(id) else { return Ok(()) };
    if activity.result == ActivityResult::InProgress {
        let activity = Activity::clone(activity);
        finish(draft, activity, result.clone(), Some(text.clone()));
    }
    Ok(())
}

/// Writes down a change of the desired count.
pub(super) fn desired(
    draft: &mut Draft,
    set: &SetDesired,
    before: InstanceCount,
) -> Result<(), Rejection> {
    let SetDesired { group, desired, activity, cause, evidence, text } = set.clone();
    draft.claim(ResourceKind::Activity, activity, "")?;
    check_evidence(evidence.len())?;
    let at = draft.stamp.at;
    let is_news = before != desired;
    write(
        draft,
        Activity {
            id: activity,
            group,
            revision: draft.stamp.revision,
            cause,
            before,
            after: desired,
            instance: None,
            evidence,
            result: match is_news {
                true => ActivityResult::InProgress,
                false => ActivityResult::Successful,
            },
            text,
            started_at: at,
            ended_at: (!is_news).then_some(at),
        },
    );
    Ok(())
}

/// Writes down that the bounds moved the desired count of `group` from `before`.
pub(super) fn bounds(draft: &mut Draft, group: &ScalingGroup, before: InstanceCount) {
    let text = Note::new(format!(
        "min {} and max {} moved the desired count from {before} to {}",
        group.settings.min, group.settings.max, group.desired
    ));
    begin(draft, group, Cause::Bounds, before, None, text);
}

/// Begins an activity about an instance, of whoever makes the Change; none for control, which writes down its own.
pub(super) fn of_instance(
    draft: &mut Draft,
    group: &ScalingGroup,
    before: InstanceCount,
    instance: InstanceId,
    text: Note,
) {
    let cause = match draft.author.clone() {
        Author::User { id, name } | Author::ApiKey { id: _, user: id, name } => {
            Cause::User { id, name }
        }
        Author::Policy { id, name } => Cause::Policy { id, name },
        Author::Schedule { id, name } => Cause::Schedule { id, name },
        Author::System | Author::Control => return,
    };
    begin(draft, group, cause, before, Some(instance), text);
}

/// Writes down what a hook decided about an instance.
pub(super) fn of_hook(
    draft: &mut Draft,
    group: &ScalingGroup,
    instance: InstanceId,
    hook: &Name,
    text: Note,
) {
    let cause = Cause::Hook { name: hook.clone() };
    over(draft, group, cause, Some(instance), ActivityResult::Failed, text);
}

/// Writes down that a load balancer was deleted which `group` was attached to.
pub(super) fn note_deleted_balancer(draft: &mut Draft, group: &ScalingGroup, name: &Name) {
    let text =
        Note::new(format!("load balancer `{name}` was deleted; the group is detached from it"));
    let cause = Cause::LoadBalancerDeleted { name: name.clone() };
    over(draft, group, cause, None, ActivityResult::Successful, text);
}

/// Ends the activities in progress that are about an instance.
pub(super) fn settle(
    draft: &mut Draft,
    instance: InstanceId,
    group: ScalingGroupId,
    result: &ActivityResult,
) {
    let about = |activity: &&std::sync::Arc<Activity>| {
        activity.instance == Some(instance) && activity.result == ActivityResult::InProgress
    };
    let ended: Vec<Activity> =
        draft.world.activities_of(group).filter(about).map(|a| Activity::clone(a)).collect();
    for activity in ended {
        finish(draft, activity, result.clone(), None);
    }
}

/// Forgets all activities of a group that goes.
pub(super) fn forget(draft: &mut Draft, group: ScalingGroupId) {
    let ids: Vec<ActivityId> = draft.world.activities_of(group).map(|a| a.id).collect();
    for id in ids {
        draft.remove_activity(id);
    }
}

fn begin(
    draft: &mut Draft,
    group: &ScalingGroup,
    cause: Cause,
    before: InstanceCount,
    instance: Option<InstanceId>,
    text: Note,
) {
    let activity = Activity {
        id: draft.derive_id(),
        group: group.id,
        revision: draft.stamp.revision,
        cause,
        before,
        after: group.desired,
        instance,
        evidence: Vec::new(),
        result: ActivityResult::InProgress,
        text,
        started_at: draft.stamp.at,
        ended_at: None,
    };
    write(draft, activity);
}

fn over(
    draft: &mut Draft,
    group: &ScalingGroup,
    cause: Cause,
    instance: Option<InstanceId>,
    result: ActivityResult,
    text: Note,
) {
    let activity = Activity {
        id: draft.derive_id(),
        group: group.id,
        revision: draft.stamp.revision,
        cause,
        before: group.desired,
        after: group.desired,
        instance,
        evidence: Vec::new(),
        result,
        text,
        started_at: draft.stamp.at,
        ended_at: Some(draft.stamp.at),
    };
    write(draft, activity);
}

fn finish(draft: &mut Draft, activity: Activity, result: ActivityResult, text: Option<Note>) {
    let ended_at = Some(draft.stamp.at);
    let text = text.unwrap_or_else(|| activity.text.clone());
    draft.put_activity(Activity { result, text, ended_at, ..activity });
}

/// Writes down an activity; where there are too many, the oldest other ones fall off.
fn write(draft: &mut Draft, activity: Activity) {
    let (id, group) = (activity.id, activity.group);
    draft.put_activity(activity);
    let count = draft.world.activity_count_of(group) as usize;
    let surplus = count.saturating_sub(ScalingGroup::MAX_ACTIVITIES);
    let others = draft.world.activities_of(group).map(|activity| activity.id);
    let oldest: Vec<ActivityId> = others.filter(|other| *other != id).take(surplus).collect();
    for id in oldest {
        draft.remove_activity(id);
    }
}

fn check_evidence(count: usize) -> Result<(), Rejection> {
    let most = Activity::MAX_EVIDENCE;
    if count > most {
        let reason = format!("an activity has at most {most} numbers, this one has {count}");
        return Err(invalid("evidence", reason));
    }
    Ok(())
}
