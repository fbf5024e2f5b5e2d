//! `/v1/scaling-groups/{id}/policies` and `/v1/policies/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::Edit;
use elbow_model::change::scaling::ScalingEdit;
use elbow_model::policy as model;
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{Id, PolicyId, ProjectId};
use elbow_model::world::World;
use uuid::Uuid;

use super::find as find_group;
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::native::errors::Refusal;
use crate::native::load_balancers::tagged;
use crate::native::read::scaling::policy;
use crate::native::read::{self, reference};
use crate::native::shape::Reference;
use crate::native::shape::scaling::policy::Policy;
use crate::native::submission::{Done, Submission, gone};
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/scaling-groups/{id}/policies`: newest first.
pub(in crate::native) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<Policy>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let world = state.ledger.world();
    let group = find_group(&world, caller.project, &reference)?;
    let mut found: Vec<&model::Policy> = group.policies.iter().collect();
    found.sort_unstable_by_key(|one| std::cmp::Reverse(one.id));
    let place = |one: &&model::Policy| Place::by_age(one.id.uuid());
    Ok(Json(request.cut(found, place, |one| Policy::new(one, of(group)))))
}

/// `POST /v1/scaling-groups/{id}/policies`.
pub(in crate::native) async fn create(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (project, id) = (caller.project, PolicyId::from(Uuid::now_v7()));
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let group = find_group(world, project, &reference)?;
            precondition.hold(group.revision)?;
            let errors = Errors::default();
            let read = read::body(&body, &errors, policy::new);
            let settings = read::finish(errors, read.flatten())?;
            Ok(vec![Edit::Scaling(ScalingEdit::AddPolicy { group: group.id, id, settings })])
        })
        .await?;
    let (group, created) = found(&done, done.created.into())?;
    Ok(done.created("/v1/policies", created.revision, Policy::new(created, of(group))))
}

/// `GET /v1/policies/{id}`.
pub(in crate::native) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let world = state.ledger.world();
    let (group, one) = find(&world, caller.project, &reference)?;
    Ok(tagged(one.revision, Policy::new(one, of(group))))
}

/// `PATCH /v1/policies/{id}`.
pub(in crate::native) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let project = caller.project;
    let id = find(&state.ledger.world(), project, &reference)?.1.id;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, one) = find(world, project, &id.to_string())?;
            precondition.hold(one.revision)?;
            let (errors, base) = (Errors::default(), one.settings.clone());
            let read = read::body(&body, &errors, |fields| policy::patch(fields, base));
            let settings = read::finish(errors, read.flatten())?;
            Ok(vec![Edit::Scaling(ScalingEdit::EditPolicy { id, settings })])
        })
        .await?;
    let (group, edited) = found(&done, id)?;
    Ok(done.changed(edited.revision, Policy::new(edited, of(group))))
}

/// `DELETE /v1/policies/{id}`.
pub(in crate::native) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let (project, precondition) = (caller.project, terms.precondition.clone());
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, one) = find(world, project, &reference)?;
            precondition.hold(one.revision)?;
            Ok(vec![Edit::Scaling(ScalingEdit::DeletePolicy { id: one.id })])
        })
        .await?;
    Ok(done.deleted())
}

fn of(group: &ScalingGroup) -> Reference {
    Reference::new(group.id, &group.settings.name)
}

fn found(done: &Done, id: PolicyId) -> Result<(&Arc<ScalingGroup>, &model::Policy), Refusal> {
    let group = done.world.of_policy(id).ok_or_else(gone)?;
    Ok((group, group.policy(id).ok_or_else(gone)?))
}

/// One of the project's by id, with its group.
fn find<'a>(
    world: &'a World,
    project: ProjectId,
    reference: &str,
) -> Result<(&'a Arc<ScalingGroup>, &'a model::Policy), Rejection> {
    let find = || {
        let id = reference.parse().ok()?;
        let group = world.of_policy(id).filter(|group| group.project == project)?;
        Some((group, group.policy(id)?))
    };
    find().ok_or_else(|| reference::not_found(ResourceKind::Policy, reference))
}
