//! `/v1/scaling-groups` and what belongs to them: one file per resource.

pub(super) mod activities;
pub(super) mod attachments;
pub(super) mod children;
pub(super) mod groups;
mod hooks;
pub(super) mod instances;
pub(super) mod log;
pub(super) mod policies;
pub(super) mod replay;
mod schedules;
mod settle;
pub(super) mod stats;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use elbow_model::questions::Unanswered;
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::Asker;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::ScalingGroupId;
use elbow_model::world::World;

use super::errors::Refusal;
use super::read::reference;
use super::shape::scaling::group;
use super::submission::{Done, gone};
use crate::problem::Problem;
use crate::state::ApiState;

/// A scaling group by name or id.
fn find<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<&'a Arc<ScalingGroup>, Rejection> {
    let by_id = || world.scaling_group(reference.parse().ok()?);
    let named = world.scaling_groups_named(asker.project, reference);
    let found = reference::the_one(named, asker, ResourceKind::ScalingGroup, reference)?;
    found
        .or_else(by_id)
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

/// Why the running system has no answer; `nothing` is the code where there is nothing to answer with.
fn answer_of(why: Unanswered, nothing: &'static str) -> Problem {
    let detail = why.to_string();
    match why {
        Unanswered::Busy => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "THROTTLED", detail).retry_after(1)
        }
        Unanswered::Gone => Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail),
        Unanswered::Nothing { .. } => Problem::new(StatusCode::CONFLICT, nothing, detail),
        Unanswered::Trouble { .. } => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", detail).retry_after(1)
        }
    }
}
