//! `/v1/scaling-groups/{id}/hooks` and `/v1/hooks/{id}`.

use std::sync::Arc;

use elbow_model::change::scaling::ScalingEdit;
use elbow_model::lifecycle_hook::{HookSettings, LifecycleHook};
use elbow_model::rejection::ResourceKind;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{HookId, Revision, ScalingGroupId};
use elbow_model::world::World;

use super::children::Child;
use crate::decode::Fields;
use crate::native::read::scaling::hook as read;
use crate::native::shape::Reference;
use crate::native::shape::scaling::hook as shape;

impl Child for LifecycleHook {
    type Id = HookId;
    type Settings = HookSettings;
    type Shape = shape::LifecycleHook;

    const KIND: ResourceKind = ResourceKind::LifecycleHook;
    const PATH: &'static str = "/v1/hooks";

    fn all(group: &ScalingGroup) -> &[Self] {
        &group.hooks
    }

    fn group(world: &World, id: HookId) -> Option<&Arc<ScalingGroup>> {
        world.of_hook(id)
    }

    fn id(&self) -> HookId {
        self.id
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn settings(&self) -> &HookSettings {
        &self.settings
    }

    fn shape(&self, group: Reference) -> shape::LifecycleHook {
        shape::LifecycleHook::new(self, group)
    }

    fn read_new(fields: Fields<'_>) -> Option<HookSettings> {
        Some(read::new(fields))
    }

    fn read_patch(fields: Fields<'_>, settings: HookSettings) -> Option<HookSettings> {
        Some(read::patch(fields, settings))
    }

    fn add(group: ScalingGroupId, id: HookId, settings: HookSettings) -> ScalingEdit {
        ScalingEdit::AddHook { group, id, settings }
    }

    fn edit(id: HookId, settings: HookSettings) -> ScalingEdit {
        ScalingEdit::EditHook { id, settings }
    }

    fn delete(id: HookId) -> ScalingEdit {
        ScalingEdit::DeleteHook { id }
    }
}
