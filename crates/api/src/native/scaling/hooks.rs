//! `/v1/scaling-groups/{id}/hooks` and `/v1/hooks/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::Edit;
use elbow_model::change::scaling::ScalingEdit;
use elbow_model::lifecycle_hook as model;
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{HookId, Id, ProjectId};
use elbow_model::world::World;
use uuid::Uuid;

use super::find as find_group;
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::native::errors::Refusal;
use crate::native::load_balancers::tagged;
use crate::native::read::scaling::hook;
use crate::native::read::{self, reference};
use crate::native::shape::Reference;
use crate::native::shape::scaling::hook::LifecycleHook;
use crate::native::submission::{Done, Submission, gone};
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/scaling-groups/{id}/hooks`: newest first.
pub(in crate::native) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<LifecycleHook>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let world = state.ledger.world();
    let group = find_group(&world, caller.project, &reference)?;
    let mut found: Vec<&model::LifecycleHook> = group.hooks.iter().collect();
    found.sort_unstable_by_key(|one| std::cmp::Reverse(one.id));
    let place = |one: &&model::LifecycleHook| Place::by_age(one.id.uuid());
    Ok(Json(request.cut(found, place, |one| LifecycleHook::new(one, of(group)))))
}

/// `POST /v1/scaling-groups/{id}/hooks`.
pub(in crate::native) async fn create(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (project, id) = (caller.project, HookId::from(Uuid::now_v7()));
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let group = find_group(world, project, &reference)?;
            precondition.hold(group.revision)?;
            let errors = Errors::default();
            let read = read::body(&body, &errors, hook::new);
            let settings = read::finish(errors, read)?;
            Ok(vec![Edit::Scaling(ScalingEdit::AddHook { group: group.id, id, settings })])
        })
        .await?;
    let (group, created) = found(&done, done.created.into())?;
    Ok(done.created("/v1/hooks", created.revision, LifecycleHook::new(created, of(group))))
}

/// `GET /v1/hooks/{id}`.
pub(in crate::native) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let world = state.ledger.world();
    let (group, one) = find(&world, caller.project, &reference)?;
    Ok(tagged(one.revision, LifecycleHook::new(one, of(group))))
}

/// `PATCH /v1/hooks/{id}`.
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
            let read = read::body(&body, &errors, |fields| hook::patch(fields, base));
            let settings = read::finish(errors, read)?;
            Ok(vec![Edit::Scaling(ScalingEdit::EditHook { id, settings })])
        })
        .await?;
    let (group, edited) = found(&done, id)?;
    Ok(done.changed(edited.revision, LifecycleHook::new(edited, of(group))))
}

/// `DELETE /v1/hooks/{id}`.
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
            Ok(vec![Edit::Scaling(ScalingEdit::DeleteHook { id: one.id })])
        })
        .await?;
    Ok(done.deleted())
}

fn of(group: &ScalingGroup) -> Reference {
    Reference::new(group.id, &group.settings.name)
}

fn found(done: &Done, id: HookId) -> Result<(&Arc<ScalingGroup>, &model::LifecycleHook), Refusal> {
    let group = done.world.of_hook(id).ok_or_else(gone)?;
    Ok((group, group.hook(id).ok_or_else(gone)?))
}

/// One of the project's by id, with its group.
fn find<'a>(
    world: &'a World,
    project: ProjectId,
    reference: &str,
) -> Result<(&'a Arc<ScalingGroup>, &'a model::LifecycleHook), Rejection> {
    let find = || {
        let id = reference.parse().ok()?;
        let group = world.of_hook(id).filter(|group| group.project == project)?;
        Some((group, group.hook(id)?))
    };
    find().ok_or_else(|| reference::not_found(ResourceKind::LifecycleHook, reference))
}
