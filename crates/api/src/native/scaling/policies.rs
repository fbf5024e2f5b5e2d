//! `/v1/scaling-groups/{id}/policies` and `/v1/policies/{id}`.

use std::sync::Arc;

use elbow_model::change::scaling::ScalingEdit;
use elbow_model::policy::{Policy, PolicySettings};
use elbow_model::rejection::ResourceKind;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{PolicyId, Revision, ScalingGroupId};
use elbow_model::world::World;

use super::children::Child;
use crate::decode::Fields;
use crate::native::read::scaling::policy as read;
use crate::native::shape::Reference;
use crate::native::shape::scaling::policy as shape;

impl Child for Policy {
    type Id = PolicyId;
    type Settings = PolicySettings;
    type Shape = shape::Policy;

    const KIND: ResourceKind = ResourceKind::Policy;
    const PATH: &'static str = "/v1/policies";

    fn all(group: &ScalingGroup) -> &[Self] {
        &group.policies
    }

    fn group(world: &World, id: PolicyId) -> Option<&Arc<ScalingGroup>> {
        world.of_policy(id)
    }

    fn id(&self) -> PolicyId {
        self.id
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn settings(&self) -> &PolicySettings {
        &self.settings
    }

    fn shape(&self, group: Reference) -> shape::Policy {
        shape::Policy::new(self, group)
    }

    fn read_new(fields: Fields<'_>) -> Option<PolicySettings> {
        read::new(fields)
    }

    fn read_patch(fields: Fields<'_>, settings: PolicySettings) -> Option<PolicySettings> {
        read::patch(fields, settings)
    }

    fn add(group: ScalingGroupId, id: PolicyId, settings: PolicySettings) -> ScalingEdit {
        ScalingEdit::AddPolicy { group, id, settings }
    }

    fn edit(id: PolicyId, settings: PolicySettings) -> ScalingEdit {
        ScalingEdit::EditPolicy { id, settings }
    }

    fn delete(id: PolicyId) -> ScalingEdit {
        ScalingEdit::DeletePolicy { id }
    }
}
