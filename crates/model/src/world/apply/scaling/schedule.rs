//! Rules about schedules, and what one does when it is due.

use super::super::draft::{Draft, not_found, within};
use super::super::invalid;
use super::{activity, check_active, check_kept, child, group};
use crate::activity::Cause;
use crate::change::scaling::SetDesired;
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::ScalingGroup;
use crate::schedule::{Schedule, ScheduleSettings, Timing};
use crate::value::{ActivityId, Note, ScalingGroupId, ScheduleId, Timestamp};

pub(super) fn add(
    draft: &mut Draft,
    group: ScalingGroupId,
    id: ScheduleId,
    settings: &ScheduleSettings,
) -> Result<(), Rejection> {
    draft.claim(ResourceKind::Schedule, id, "")?;
    let mut group = draft.group(group)?;
    check_kept(&group)?;
    check(draft, &group, id, settings)?;
    let most = ScalingGroup::MAX_SCHEDULES;
    within(group.schedules.len().saturating_add(1), most, "schedules in one scaling group")?;
    group.schedules.push(Schedule {
        id,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        settings: settings.clone(),
        settled_until: draft.stamp.at,
    });
    draft.put_group(group);
    Ok(())
}

pub(super) fn edit(
    draft: &mut Draft,
    id: ScheduleId,
    settings: &ScheduleSettings,
) -> Result<(), Rejection> {
    let mut group = group_of(draft, id)?;
    check_kept(&group)?;
    check(draft, &group, id, settings)?;
    let stamp = draft.stamp;
    for schedule in group.schedules.iter_mut().filter(|schedule| schedule.id == id) {
        schedule.settings = settings.clone();
        schedule.revision = stamp.revision;
        schedule.updated_at = stamp.at;
        schedule.settled_until = stamp.at;
    }
    draft.put_group(group);
    Ok(())
}

pub(super) fn delete(draft: &mut Draft, id: ScheduleId) -> Result<(), Rejection> {
    let mut group = group_of(draft, id)?;
    check_kept(&group)?;
    group.schedules.retain(|schedule| schedule.id != id);
    draft.put_group(group);
    Ok(())
}

/// Carries out a schedule for its next time; a second time for the same one is refused.
pub(super) fn run(
    draft: &mut Draft,
    id: ScheduleId,
    due: Timestamp,
    activity: ActivityId,
) -> Result<(), Rejection> {
    let mut group = group_of(draft, id)?;
    check_active(&group)?;
    let Some(schedule) = group.schedules.iter_mut().find(|schedule| schedule.id == id) else {
        return Err(not_found(ResourceKind::Schedule, id));
    };
    if schedule.next() != Some(due) {
        let reason = format!("the schedule is not due at {due}, or was carried out");
        return Err(invalid("due", reason));
    }
    schedule.settled_until = due;
    let (name, effect) = (schedule.settings.name.clone(), schedule.settings.effect);
    let before = group.desired;
    let settings = &mut group.settings;
    settings.min = effect.min().unwrap_or(settings.min);
    settings.max = effect.max().unwrap_or(settings.max);
    group::check_bounds(settings)?;
    let wanted = effect.desired().unwrap_or(before);
    group.desired = wanted.clamp(group.settings.min, group.settings.max);
    group::check_source(draft, &group, before)?;
    let text = Note::new(format!(
        "schedule `{name}`: min {}, max {}, desired {}",
        group.settings.min, group.settings.max, group.desired
    ));
    let set = SetDesired {
        group: group.id,
        desired: group.desired,
        activity,
        cause: Cause::Schedule { id, name },
        evidence: Vec::new(),
        text,
    };
    draft.put_group(group);
    activity::desired(draft, &set, before)
}

/// Settles a schedule without carrying it out.
pub(super) fn miss(draft: &mut Draft, id: ScheduleId, until: Timestamp) -> Result<(), Rejection> {
    let mut group = group_of(draft, id)?;
    for schedule in group.schedules.iter_mut().filter(|schedule| schedule.id == id) {
        schedule.settled_until = schedule.settled_until.max(until);
    }
    draft.put_scaled_group(group);
    Ok(())
}

fn check(
    draft: &Draft,
    group: &ScalingGroup,
    id: ScheduleId,
    settings: &ScheduleSettings,
) -> Result<(), Rejection> {
    let others = group.schedules.iter().filter(|schedule| schedule.id != id);
    let names = others.map(|schedule| &schedule.settings.name);
    child::check_name(ResourceKind::Schedule, &settings.name, names)?;
    if settings.timing.next_after(draft.stamp.at).is_none() {
        let field = match settings.timing {
            Timing::Once { .. } => "at",
            Timing::Cron { .. } => "cron",
        };
        return Err(invalid(field, "the schedule would never be due; give a time to come"));
    }
    Ok(())
}

fn group_of(draft: &Draft, id: ScheduleId) -> Result<ScalingGroup, Rejection> {
    let group = draft.world.of_schedule(id).map(|group| ScalingGroup::clone(group));
    group.ok_or_else(|| not_found(ResourceKind::Schedule, id))
}
