//! Rules about scaling groups themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::authorize;
use super::super::draft::{Draft, within};
use super::super::invalid;
use super::super::load_balancer::{no_such, visible_network};
use super::{activity, attachment, check_active, check_kept, template};
use crate::activity::Cause;
use crate::change::scaling::{NewScalingGroup, OnInstances, PresentInstances, SetDesired};
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::{
    Breaker, GroupStatus, InstanceCount, LastScaled, ScalingGroup, ScalingGroupSettings,
    ScalingProcess,
};
use crate::value::{ProjectId, ScalingGroupId, UserId};

pub(super) fn create(draft: &mut Draft, new: &NewScalingGroup) -> Result<(), Rejection> {
    draft.claim(ResourceKind::ScalingGroup, new.id, "")?;
    if draft.world.project(new.project).is_none() {
        return Err(no_such(ResourceKind::Project, &new.project, "project"));
    }
    let network = visible_network(draft, new.network, new.project)?;
    check_name(draft, (new.project, draft.stamp.owner), new.id, &new.settings)?;
    check_bounds(&new.settings)?;
    let limit = draft.quota(new.project).scaling_groups;
    let count = draft.world.scaling_group_count_of(new.project).saturating_add(1);
    within(count as usize, limit, "scaling groups")?;
    if let Some(settings) = &new.template {
        template::check_driver(draft, new.project, settings)?;
        template::check(settings, &network)?;
    }
    let desired = new.desired.unwrap_or(new.settings.min);
    check_desired(&new.settings, desired)?;
    let group = ScalingGroup {
        id: new.id,
        number: draft.next_number(|numbers| &mut numbers.scaling_groups),
        owner: draft.stamp.owner,
        project: new.project,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        network: network.id,
        status: if new.enabled { GroupStatus::Active } else { GroupStatus::Inactive },
        settings: new.settings.clone(),
        desired,
        templates: new.template.iter().map(|settings| template::first(draft, settings)).collect(),
        attachments: Vec::new(),
        policies: Vec::new(),
        schedules: Vec::new(),
        hooks: Vec::new(),
        suspended: BTreeSet::new(),
        breaker: Breaker::RESET,
        last_scaled: LastScaled::default(),
    };
    check_source(draft, &group, InstanceCount::constant::<0>())?;
    draft.put_group(group);
    if new.attachments.is_empty() {
        return Ok(());
    }
    attachment::attach(draft, new.id, &new.attachments, PresentInstances::Stay, &new.seen)
}

pub(super) fn edit(
    draft: &mut Draft,
    id: ScalingGroupId,
    settings: &ScalingGroupSettings,
) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    check_kept(&group)?;
    check_name(draft, (group.project, group.owner), id, settings)?;
    check_bounds(settings)?;
    group.settings = settings.clone();
    hold_to_bounds(draft, &mut group)?;
    draft.put_group(group);
    Ok(())
}

pub(super) fn delete(
    draft: &mut Draft,
    id: ScalingGroupId,
    instances: OnInstances,
) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    let name = group.settings.name.clone();
    if group.settings.deletion_protection {
        return Err(Rejection::Protected { kind: ResourceKind::ScalingGroup, name });
    }
    match (draft.world.instance_count_of(id), instances) {
        (0, _) => remove(draft, id),
        (count, OnInstances::Refuse) => {
            let by = match count {
                1 => "1 instance".to_owned(),
                more => format!("{more} instances"),
            };
            let instead = "remove them first, or delete the group by force";
            let kind = ResourceKind::ScalingGroup;
            return Err(Rejection::InUse { kind, name, by: vec![by], instead });
        }
        (_, OnInstances::Remove) => {
            group.status = GroupStatus::Deleting;
            group.desired = InstanceCount::constant::<0>();
            draft.put_group(group);
        }
    }
    Ok(())
}

/// Removes a group that has no instances any more, with its activities.
pub(super) fn remove(draft: &mut Draft, id: ScalingGroupId) {
    activity::forget(draft, id);
    draft.remove_group(id);
}

pub(super) fn enable(draft: &mut Draft, id: ScalingGroupId) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    check_kept(&group)?;
    group.status = GroupStatus::Active;
    group.breaker = Breaker::RESET;
    group.last_scaled = LastScaled::default();
    draft.put_group(group);
    Ok(())
}

pub(super) fn disable(draft: &mut Draft, id: ScalingGroupId) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    check_kept(&group)?;
    group.status = GroupStatus::Inactive;
    draft.put_group(group);
    Ok(())
}

pub(super) fn suspend(
    draft: &mut Draft,
    id: ScalingGroupId,
    processes: &BTreeSet<ScalingProcess>,
) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    check_kept(&group)?;
    group.suspended.extend(processes);
    draft.put_group(group);
    Ok(())
}

pub(super) fn resume(
    draft: &mut Draft,
    id: ScalingGroupId,
    processes: &BTreeSet<ScalingProcess>,
) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    check_kept(&group)?;
    group.suspended.retain(|process| !processes.contains(process));
    draft.put_group(group);
    Ok(())
}

pub(super) fn set_desired(draft: &mut Draft, set: &SetDesired) -> Result<(), Rejection> {
    let mut group = draft.group(set.group)?;
    check_active(&group)?;
    check_desired(&group.settings, set.desired)?;
    let before = group.desired;
    group.desired = set.desired;
    check_source(draft, &group, before)?;
    if matches!(set.cause, Cause::Policy { .. }) {
        let at = Some(draft.stamp.at);
        match before.cmp(&set.desired) {
            std::cmp::Ordering::Less => group.last_scaled.out_at = at,
            std::cmp::Ordering::Greater => group.last_scaled.in_at = at,
            std::cmp::Ordering::Equal => {}
        }
    }
    draft.put_scaled_group(group);
    activity::desired(draft, set, before)
}

pub(super) fn set_breaker(
    draft: &mut Draft,
    id: ScalingGroupId,
    breaker: Breaker,
) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    group.breaker = breaker;
    draft.put_scaled_group(group);
    Ok(())
}

/// Moves the desired count between the bounds, which is an activity where it moves.
pub(super) fn hold_to_bounds(draft: &mut Draft, group: &mut ScalingGroup) -> Result<(), Rejection> {
    let before = group.desired;
    group.desired = before.clamp(group.settings.min, group.settings.max);
    check_source(draft, group, before)?;
    if before != group.desired {
        activity::bounds(draft, group, before);
    }
    Ok(())
}

/// The rules about bounds.
pub(super) fn check_bounds(settings: &ScalingGroupSettings) -> Result<(), Rejection> {
    let (min, max) = (settings.min, settings.max);
    if min > max {
        let reason = format!("min {min} is above max {max}; give a min of at most max");
        return Err(invalid("min", reason));
    }
    Ok(())
}

fn check_desired(settings: &ScalingGroupSettings, desired: InstanceCount) -> Result<(), Rejection> {
    let (min, max) = (settings.min, settings.max);
    if desired < min || desired > max {
        let reason = format!("desired {desired} is not between min {min} and max {max}");
        return Err(invalid("desired", reason));
    }
    Ok(())
}

/// Where more instances are desired than were `before`, there must be something to launch them from.
pub(super) fn check_source(
    draft: &Draft,
    group: &ScalingGroup,
    before: InstanceCount,
) -> Result<(), Rejection> {
    let desired = group.desired;
    let present = draft.world.counting_instances_of(group.id);
    if group.templates.is_empty() && desired > before && desired.get() > present {
        let reason = format!(
            "{desired} instances are desired and there is no template to launch them from; give one, or attach instances"
        );
        return Err(invalid("template", reason));
    }
    Ok(())
}

/// A name is taken if its owner, or who gives it, knows of another.
fn check_name(
    draft: &Draft,
    (project, owner): (ProjectId, UserId),
    id: ScalingGroupId,
    settings: &ScalingGroupSettings,
) -> Result<(), Rejection> {
    let mut others = draft.world.scaling_groups_named(project, settings.name.as_str());
    let is_taken = |other: &Arc<ScalingGroup>| {
        other.id != id && (other.owner == owner || authorize::sees(draft, &**other))
    };
    if others.any(is_taken) {
        return Err(Rejection::NameTaken {
            field: "name".to_owned(),
            kind: ResourceKind::ScalingGroup,
            name: settings.name.clone(),
        });
    }
    Ok(())
}
