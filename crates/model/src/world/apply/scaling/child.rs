//! Rules about what a group has besides instances: policies and lifecycle hooks.

use super::super::draft::{Draft, not_found, within};
use super::super::invalid;
use super::check_kept;
use crate::lifecycle_hook::{HookSettings, LifecycleHook};
use crate::policy::{Policy, PolicySettings, ScalingRule};
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::ScalingGroup;
use crate::value::{HookId, Name, PolicyId, Quantity, ScalingGroupId};

pub(super) fn add_policy(
    draft: &mut Draft,
    group: ScalingGroupId,
    id: PolicyId,
    settings: &PolicySettings,
) -> Result<(), Rejection> {
    draft.claim(ResourceKind::Policy, id, "")?;
    let mut group = draft.group(group)?;
    check_kept(&group)?;
    check_policy(&group, id, settings)?;
    within(
        group.policies.len().saturating_add(1),
        ScalingGroup::MAX_POLICIES,
        "policies in one scaling group",
    )?;
    group.policies.push(Policy {
        id,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        settings: settings.clone(),
    });
    draft.put_group(group);
    Ok(())
}

pub(super) fn edit_policy(
    draft: &mut Draft,
    id: PolicyId,
    settings: &PolicySettings,
) -> Result<(), Rejection> {
    let mut group = group_of_policy(draft, id)?;
    check_kept(&group)?;
    check_policy(&group, id, settings)?;
    let stamp = draft.stamp;
    for policy in group.policies.iter_mut().filter(|policy| policy.id == id) {
        policy.settings = settings.clone();
        policy.revision = stamp.revision;
        policy.updated_at = stamp.at;
    }
    draft.put_group(group);
    Ok(())
}

pub(super) fn delete_policy(draft: &mut Draft, id: PolicyId) -> Result<(), Rejection> {
    let mut group = group_of_policy(draft, id)?;
    check_kept(&group)?;
    group.policies.retain(|policy| policy.id != id);
    draft.put_group(group);
    Ok(())
}

pub(super) fn add_hook(
    draft: &mut Draft,
    group: ScalingGroupId,
    id: HookId,
    settings: &HookSettings,
) -> Result<(), Rejection> {
    draft.claim(ResourceKind::LifecycleHook, id, "")?;
    let mut group = draft.group(group)?;
    check_kept(&group)?;
    check_hook(&group, id, settings)?;
    within(
        group.hooks.len().saturating_add(1),
        ScalingGroup::MAX_HOOKS,
        "lifecycle hooks in one scaling group",
    )?;
    group.hooks.push(LifecycleHook {
        id,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        settings: settings.clone(),
    });
    draft.put_group(group);
    Ok(())
}

pub(super) fn edit_hook(
    draft: &mut Draft,
    id: HookId,
    settings: &HookSettings,
) -> Result<(), Rejection> {
    let mut group = group_of_hook(draft, id)?;
    check_kept(&group)?;
    check_hook(&group, id, settings)?;
    let stamp = draft.stamp;
    for hook in group.hooks.iter_mut().filter(|hook| hook.id == id) {
        hook.settings = settings.clone();
        hook.revision = stamp.revision;
        hook.updated_at = stamp.at;
    }
    draft.put_group(group);
    Ok(())
}

pub(super) fn delete_hook(draft: &mut Draft, id: HookId) -> Result<(), Rejection> {
    let mut group = group_of_hook(draft, id)?;
    check_kept(&group)?;
    group.hooks.retain(|hook| hook.id != id);
    draft.put_group(group);
    Ok(())
}

/// A name is given once among a group's policies, schedules or hooks.
pub(super) fn check_name<'a>(
    kind: ResourceKind,
    name: &Name,
    mut others: impl Iterator<Item = &'a Name>,
) -> Result<(), Rejection> {
    match others.any(|other| other == name) {
        true => Err(Rejection::NameTaken { field: "name".to_owned(), kind, name: name.clone() }),
        false => Ok(()),
    }
}

fn check_policy(
    group: &ScalingGroup,
    id: PolicyId,
    settings: &PolicySettings,
) -> Result<(), Rejection> {
    let others = group.policies.iter().filter(|policy| policy.id != id);
    check_name(ResourceKind::Policy, &settings.name, others.map(|policy| &policy.settings.name))?;
    let ScalingRule::TargetTracking(tracking) = &settings.rule else { return Ok(()) };
    if tracking.target <= Quantity::ZERO {
        let reason = format!("target {} is not above 0", tracking.target);
        return Err(invalid("target", reason));
    }
    if !tracking.metric.is_shared() {
        let reason = format!(
            "{} does not fall in proportion as instances are added, so it has no target to track; use a step policy",
            tracking.metric
        );
        return Err(invalid("metric", reason));
    }
    Ok(())
}

fn check_hook(group: &ScalingGroup, id: HookId, settings: &HookSettings) -> Result<(), Rejection> {
    let others = group.hooks.iter().filter(|hook| hook.id != id);
    let names = others.map(|hook| &hook.settings.name);
    check_name(ResourceKind::LifecycleHook, &settings.name, names)
}

fn group_of_policy(draft: &Draft, id: PolicyId) -> Result<ScalingGroup, Rejection> {
    let group = draft.world.of_policy(id).map(|group| ScalingGroup::clone(group));
    group.ok_or_else(|| not_found(ResourceKind::Policy, id))
}

fn group_of_hook(draft: &Draft, id: HookId) -> Result<ScalingGroup, Rejection> {
    let group = draft.world.of_hook(id).map(|group| ScalingGroup::clone(group));
    group.ok_or_else(|| not_found(ResourceKind::LifecycleHook, id))
}
