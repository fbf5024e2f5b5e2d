//! Rules about scaling groups: one file for groups, one for each thing that a group has.

mod activity;
mod attachment;
mod child;
mod execution;
mod group;
mod instance;
mod launch;
pub(super) mod membership;
mod schedule;
mod template;
pub(super) mod wake;

use std::sync::Arc;

use super::authorize;
use super::draft::Draft;
use crate::change::scaling::{OnInstances, ScalingEdit as E};
use crate::load_balancer::LoadBalancer;
use crate::rejection::Rejection;
use crate::scaling_group::{GroupStatus, ScalingGroup, ScalingProcess};
use crate::value::{PoolId, ScalingGroupId};

/// Deletes a group of somebody who leaves, or of a project that goes.
pub(super) fn delete_group(
    draft: &mut Draft,
    id: ScalingGroupId,
    instances: OnInstances,
) -> Result<(), Rejection> {
    group::delete(draft, id, instances)
}

pub(super) fn carry_out(draft: &mut Draft, edit: &E) -> Result<(), Rejection> {
    match edit {
        E::CreateGroup(new) => group::create(draft, new),
        E::EditGroup { id, settings } => group::edit(draft, *id, settings),
        E::SetTemplate { group, template } => template::set(draft, *group, template),
        E::DeleteGroup { id, instances } => group::delete(draft, *id, *instances),
        E::Enable { id } => group::enable(draft, *id),
        E::Disable { id } => group::disable(draft, *id),
        E::Suspend { id, processes } => group::suspend(draft, *id, processes),
        E::Resume { id, processes } => group::resume(draft, *id, processes),
        E::SetDesired(set) => group::set_desired(draft, set),
        E::Attach { group, attachments, present, seen } => {
            attachment::attach(draft, *group, attachments, *present, seen)
        }
        E::Detach { group, attachments, present } => {
            attachment::detach(draft, *group, attachments, *present)
        }
        E::AddPolicy { group, id, settings } => child::add_policy(draft, *group, *id, settings),
        E::EditPolicy { id, settings } => child::edit_policy(draft, *id, settings),
        E::DeletePolicy { id } => child::delete_policy(draft, *id),
        E::ExecutePolicy { id, value, guarding, activity } => {
            execution::execute(draft, *id, *value, *guarding, *activity)
        }
        E::AddSchedule { group, id, settings } => schedule::add(draft, *group, *id, settings),
        E::EditSchedule { id, settings } => schedule::edit(draft, *id, settings),
        E::DeleteSchedule { id } => schedule::delete(draft, *id),
        E::RunSchedule { id, due, activity } => schedule::run(draft, *id, *due, *activity),
        E::MissSchedule { id, until } => schedule::miss(draft, *id, *until),
        E::AddHook { group, id, settings } => child::add_hook(draft, *group, *id, settings),
        E::EditHook { id, settings } => child::edit_hook(draft, *id, settings),
        E::DeleteHook { id } => child::delete_hook(draft, *id),
        E::AttachInstance(new) => launch::attach(draft, new),
        E::RemoveInstance { id, capacity, cause } => instance::remove(draft, *id, *capacity, cause),
        E::Protect { id, protected } => instance::protect(draft, *id, *protected),
        E::EnterStandby { id } => instance::enter_standby(draft, *id),
        E::ExitStandby { id } => instance::exit_standby(draft, *id),
        E::CompleteHook { instance, token, result } => {
            instance::complete_hook(draft, *instance, *token, *result)
        }
        E::Heartbeat { instance, token } => instance::heartbeat(draft, *instance, *token),
        E::Launch { group, instances } => launch::launch(draft, *group, instances),
        E::Step { instance, step } => instance::step(draft, *instance, step),
        E::SetBreaker { group, breaker } => group::set_breaker(draft, *group, *breaker),
        E::RecordActivity(new) => activity::record(draft, new),
        E::EndActivity { id, result, text } => activity::end(draft, *id, result, text),
    }
}

/// The groups that are attached to a pool, in words; a pool that has some is kept.
pub(super) fn attached_to(draft: &Draft, pool: PoolId) -> Vec<String> {
    let groups = draft.world.scaling_groups_at(pool);
    let called = |group: &Arc<ScalingGroup>| match authorize::sees(draft, &**group) {
        true => format!("scaling group `{}`", group.settings.name),
        false => "a scaling group of another user".to_owned(),
    };
    groups.map(called).collect()
}

/// Lets go of a load balancer that is being deleted: attachments to it end, which is an activity of each group, and
/// instances forget their members there.
pub(super) fn release(draft: &mut Draft, balancer: &LoadBalancer) -> Result<(), Rejection> {
    membership::forget(draft, balancer.pools.iter().flat_map(|pool| &pool.members))?;
    let at = |pool: &Arc<crate::pool::Pool>| {
        draft.world.scaling_groups_at(pool.id).map(|group| group.id).collect::<Vec<_>>()
    };
    let mut groups: Vec<_> = balancer.pools.iter().flat_map(at).collect();
    groups.sort_unstable();
    groups.dedup();
    for id in groups {
        let mut group = draft.group(id)?;
        group.attachments.retain(|attachment| attachment.load_balancer != balancer.id);
        activity::note_deleted_balancer(draft, &group, &balancer.settings.name);
        draft.put_group(group);
    }
    Ok(())
}

/// Lets go of a pool that is being deleted; no group is attached to it, but members may have stayed when one was
/// detached.
pub(super) fn release_pool(draft: &mut Draft, pool: &crate::pool::Pool) -> Result<(), Rejection> {
    membership::forget(draft, pool.members.iter())
}

/// A group that is to begin something new must be active.
fn check_active(group: &ScalingGroup) -> Result<(), Rejection> {
    match group.status {
        GroupStatus::Active => Ok(()),
        GroupStatus::Inactive => Err(not_active(group, "enable it first")),
        GroupStatus::Deleting => check_kept(group),
    }
}

/// A group that is being deleted can no longer be altered.
fn check_kept(group: &ScalingGroup) -> Result<(), Rejection> {
    match group.status {
        GroupStatus::Active | GroupStatus::Inactive => Ok(()),
        GroupStatus::Deleting => {
            Err(not_active(group, "it goes with its last instance; create another group"))
        }
    }
}

/// What is suspended is not begun.
fn check_does(group: &ScalingGroup, process: ScalingProcess) -> Result<(), Rejection> {
    if group.suspended.contains(&process) {
        let group = group.settings.name.clone();
        return Err(Rejection::Suspended { group, process });
    }
    Ok(())
}

fn not_active(group: &ScalingGroup, instead: &'static str) -> Rejection {
    let (name, status) = (group.settings.name.clone(), group.status);
    Rejection::GroupNotActive { group: name, status, instead }
}
