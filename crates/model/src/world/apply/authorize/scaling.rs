//! What each edit of scaling groups does to whose thing.

use std::sync::Arc;

use super::super::draft::not_found;
use super::{Deed, create, operate, thing};
use crate::change::scaling::ScalingEdit as E;
use crate::rejection::{Rejection, ResourceKind as K};
use crate::rights::{Class, Verb};
use crate::scaling_group::ScalingGroup;
use crate::value::InstanceId;
use crate::world::World;

pub(super) fn deeds(world: &World, edit: &E) -> Vec<Deed> {
    let edits = |group: Option<&Arc<ScalingGroup>>, hidden: Rejection| {
        thing(group, K::ScalingGroup, Verb::Edit, hidden)
    };
    let instance = |id: &InstanceId| {
        let group = world.instance(*id).and_then(|instance| world.scaling_group(instance.group));
        edits(group, not_found(K::Instance, id))
    };
    let one = match edit {
        E::CreateGroup(new) => Some(create(Class::Resource, K::ScalingGroup, new.project)),
        E::DeleteGroup { id, instances: _ } => {
            let hidden = not_found(K::ScalingGroup, id);
            thing(world.scaling_group(*id), K::ScalingGroup, Verb::Delete, hidden)
        }
        E::EditGroup { id, settings: _ }
        | E::SetTemplate { group: id, template: _ }
        | E::Enable { id }
        | E::Disable { id }
        | E::Suspend { id, processes: _ }
        | E::Resume { id, processes: _ }
        | E::Attach { group: id, attachments: _, present: _, seen: _ }
        | E::Detach { group: id, attachments: _, present: _ }
        | E::AddPolicy { group: id, id: _, settings: _ }
        | E::AddSchedule { group: id, id: _, settings: _ }
        | E::AddHook { group: id, id: _, settings: _ } => {
            edits(world.scaling_group(*id), not_found(K::ScalingGroup, id))
        }
        E::SetDesired(set) => {
            edits(world.scaling_group(set.group), not_found(K::ScalingGroup, set.group))
        }
        E::AttachInstance(new) => {
            edits(world.scaling_group(new.group), not_found(K::ScalingGroup, new.group))
        }
        E::EditPolicy { id, settings: _ }
        | E::DeletePolicy { id }
        | E::ExecutePolicy { id, value: _, guarding: _, activity: _ } => {
            edits(world.of_policy(*id), not_found(K::Policy, id))
        }
        E::EditSchedule { id, settings: _ } | E::DeleteSchedule { id } => {
            edits(world.of_schedule(*id), not_found(K::Schedule, id))
        }
        E::EditHook { id, settings: _ } | E::DeleteHook { id } => {
            edits(world.of_hook(*id), not_found(K::LifecycleHook, id))
        }
        E::RemoveInstance { id, capacity: _, cause: _ }
        | E::Protect { id, protected: _ }
        | E::EnterStandby { id }
        | E::ExitStandby { id }
        | E::CompleteHook { instance: id, token: _, result: _ }
        | E::Heartbeat { instance: id, token: _ } => instance(id),
        // How Elbow carries out what is intended: nobody else's to do, but an operator's who must.
        E::RunSchedule { .. }
        | E::MissSchedule { .. }
        | E::Launch { .. }
        | E::Step { .. }
        | E::SetBreaker { .. }
        | E::RecordActivity(_)
        | E::EndActivity { .. } => Some(operate(Verb::Edit.on(Class::Deployment), K::ScalingGroup)),
    };
    one.into_iter().collect()
}
