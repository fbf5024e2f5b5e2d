//! Makes random edits of scaling groups hit what is there.

use super::super::aim::turn;
use crate::attachment::{SeenBalancer, SeenStatus};
use crate::change::scaling::{InstanceStep, NewAttachment, ScalingEdit as E};
use crate::instance::Instance;
use crate::lifecycle_hook::Transition;
use crate::value::{HookToken, Id, InstanceId, ScalingGroupId};
use crate::world::World;

pub(in super::super) fn aim(world: &World, edit: &mut E) {
    match edit {
        E::CreateGroup(new) => {
            turn(&mut new.project, world.projects().map(|project| project.id));
            let (project, network) = (new.project, &mut new.network);
            let visible =
                world.networks().filter(|n| n.project.is_none_or(|owner| owner == project));
            turn(network, visible.map(|network| network.id));
            aim_attachments(world, &mut new.attachments);
            aim_seen(world, &mut new.seen);
        }
        E::EditGroup { id, .. }
        | E::SetTemplate { group: id, .. }
        | E::DeleteGroup { id, .. }
        | E::Enable { id }
        | E::Disable { id }
        | E::Suspend { id, .. }
        | E::Resume { id, .. }
        | E::AddPolicy { group: id, .. }
        | E::AddSchedule { group: id, .. }
        | E::AddHook { group: id, .. }
        | E::SetBreaker { group: id, .. } => turn(id, groups(world)),
        E::SetDesired(set) => turn(&mut set.group, groups(world)),
        E::RecordActivity(new) => turn(&mut new.group, groups(world)),
        E::Attach { group, attachments, seen, .. } => {
            turn(group, groups(world));
            aim_attachments(world, attachments);
            aim_seen(world, seen);
        }
        E::Detach { group, attachments, .. } => {
            turn(group, groups(world));
            let known = world.scaling_group(*group).map(|group| group.attachments.as_slice());
            for attachment in attachments {
                turn(attachment, known.unwrap_or_default().iter().map(|a| a.id));
            }
        }
        E::EditPolicy { id, .. } | E::DeletePolicy { id } | E::ExecutePolicy { id, .. } => {
            turn(id, world.scaling_groups().flat_map(|g| g.policies.iter().map(|p| p.id)));
        }
        E::EditSchedule { id, .. } | E::DeleteSchedule { id } | E::MissSchedule { id, .. } => {
            turn(id, world.scaling_groups().flat_map(|g| g.schedules.iter().map(|s| s.id)));
        }
        E::RunSchedule { id, due, activity: _ } => {
            turn(id, world.scaling_groups().flat_map(|g| g.schedules.iter().map(|s| s.id)));
            let schedule = world.of_schedule(*id).and_then(|group| group.schedule(*id));
            *due = schedule.and_then(|schedule| schedule.next()).unwrap_or(*due);
        }
        E::EditHook { id, .. } | E::DeleteHook { id } => {
            turn(id, world.scaling_groups().flat_map(|g| g.hooks.iter().map(|h| h.id)));
        }
        E::AttachInstance(new) => {
            turn(&mut new.group, groups(world));
            aim_seen(world, &mut new.seen);
        }
        E::RemoveInstance { id, .. }
        | E::Protect { id, .. }
        | E::EnterStandby { id }
        | E::ExitStandby { id } => turn(id, instances(world)),
        E::CompleteHook { instance, token, .. } | E::Heartbeat { instance, token } => {
            let waits = |i: &&std::sync::Arc<Instance>| !i.phase.waits().is_empty();
            turn(instance, world.instances().filter(waits).map(|i| i.id));
            let waits = world.instance(*instance).map(|i| i.phase.waits()).unwrap_or_default();
            turn(token, waits.iter().map(|wait| wait.token));
        }
        E::Launch { group, .. } => turn(group, groups(world)),
        E::Step { instance, step } => {
            turn(instance, instances(world));
            if let Some(instance) = world.instance(*instance) {
                aim_step(world, instance, step);
            }
        }
        E::EndActivity { id, .. } => {
            turn(id, world.scaling_groups().flat_map(|g| world.activities_of(g.id)).map(|a| a.id));
        }
    }
}

fn aim_step(world: &World, instance: &Instance, step: &mut InstanceStep) {
    let tokens = |transition| -> Vec<HookToken> {
        let hooks = world.scaling_group(instance.group).map(|g| g.hooks_of(transition).count());
        (0..hooks.unwrap_or(0) as u128)
            .map(|n| uuid::Uuid::from_u128(instance.id.uuid().as_u128() * 100 + n).into())
            .collect()
    };
    match step {
        InstanceStep::Launched { tokens: given, .. } => *given = tokens(Transition::Launch),
        InstanceStep::Leave { tokens: given } => *given = tokens(Transition::Terminate),
        InstanceStep::Join { seen } => aim_seen(world, seen),
        InstanceStep::Serve | InstanceStep::Remove { .. } | InstanceStep::Gone => {}
    }
}

fn aim_attachments(world: &World, attachments: &mut [NewAttachment]) {
    for new in attachments {
        turn(&mut new.load_balancer, world.load_balancers().map(|b| b.id));
        let balancer = world.load_balancer(new.load_balancer);
        if let (Some(pool), Some(balancer)) = (&mut new.pool, balancer) {
            turn(pool, balancer.pools.iter().map(|pool| pool.id));
        }
    }
}

/// Every load balancer as it was seen first, or active.
fn aim_seen(world: &World, seen: &mut Vec<SeenBalancer>) {
    let status = seen.first().map_or(SeenStatus::Active, |seen| seen.status);
    let all = world.load_balancers();
    *seen = all.map(|b| SeenBalancer { load_balancer: b.id, status }).collect();
}

fn groups(world: &World) -> impl Iterator<Item = ScalingGroupId> + '_ {
    world.scaling_groups().map(|group| group.id)
}

fn instances(world: &World) -> impl Iterator<Item = InstanceId> + '_ {
    world.instances().map(|instance| instance.id)
}
