//! `/v1/scaling-groups` and what belongs to them: one file per resource.

pub(super) mod activities;
pub(super) mod attachments;
pub(super) mod children;
pub(super) mod groups;
mod hooks;
pub(super) mod instances;
mod policies;
mod schedules;
mod settle;

use std::sync::Arc;

use axum::response::Response;
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::Asker;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::ScalingGroupId;
use elbow_model::world::World;

use super::errors::Refusal;
use super::read::reference;
use super::shape::scaling::group;
use super::submission::{Done, gone};
use crate::state::ApiState;

/// A scaling group by name or id.
fn find<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<&'a Arc<ScalingGroup>, Rejection> {
    let by_id = || world.scaling_group(reference.parse().ok()?);
    let found = world.scaling_group_named(asker.project, reference).or_else(by_id);
    found
        .filter(|group| asker.finds(&***group))
        .ok_or_else(|| reference::not_found(ResourceKind::ScalingGroup, reference))
}

/// The answer to whatever changed a group: the group.
fn answer(state: &ApiState, done: &Done, id: ScalingGroupId) -> Result<Response, Refusal> {
    let group = done.world.scaling_group(id).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let shape = group::ScalingGroup::new(group, done.view(&observed));
    Ok(done.changed(group.revision, shape))
}
