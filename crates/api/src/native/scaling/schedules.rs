//! `/v1/scaling-groups/{id}/schedules` and `/v1/schedules/{id}`.

use std::sync::Arc;

use elbow_model::change::scaling::ScalingEdit;
use elbow_model::rejection::ResourceKind;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::schedule::{Schedule, ScheduleSettings};
use elbow_model::value::{Revision, ScalingGroupId, ScheduleId};
use elbow_model::world::World;

use super::children::Child;
use crate::decode::Fields;
use crate::native::read::scaling::schedule as read;
use crate::native::shape::Reference;
use crate::native::shape::scaling::schedule as shape;

impl Child for Schedule {
    type Id = ScheduleId;
    type Settings = ScheduleSettings;
    type Shape = shape::Schedule;

    const KIND: ResourceKind = ResourceKind::Schedule;
    const PATH: &'static str = "/v1/schedules";

    fn all(group: &ScalingGroup) -> &[Self] {
        &group.schedules
    }

    fn group(world: &World, id: ScheduleId) -> Option<&Arc<ScalingGroup>> {
        world.of_schedule(id)
    }

    fn id(&self) -> ScheduleId {
        self.id
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn settings(&self) -> &ScheduleSettings {
        &self.settings
    }

    fn shape(&self, group: Reference) -> shape::Schedule {
        shape::Schedule::new(self, group)
    }

    fn read_new(fields: Fields<'_>) -> Option<ScheduleSettings> {
        read::new(fields)
    }

    fn read_patch(fields: Fields<'_>, settings: ScheduleSettings) -> Option<ScheduleSettings> {
        read::patch(fields, settings)
    }

    fn add(group: ScalingGroupId, id: ScheduleId, settings: ScheduleSettings) -> ScalingEdit {
        ScalingEdit::AddSchedule { group, id, settings }
    }

    fn edit(id: ScheduleId, settings: ScheduleSettings) -> ScalingEdit {
        ScalingEdit::EditSchedule { id, settings }
    }

    fn delete(id: ScheduleId) -> ScalingEdit {
        ScalingEdit::DeleteSchedule { id }
    }
}
