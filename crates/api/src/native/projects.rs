//! `/v1/projects`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Edit, NewProject, OnContents};
use elbow_model::project::{self as model, ProjectSettings};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::Asker;
use elbow_model::value::{Id, ProjectId};
use elbow_model::world::World;
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::{self, project, reference};
use super::scaling::groups::Force;
use super::shape::people::Project;
use super::submission::{Flagged, Submission, gone};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/projects`: those that the caller has a role in, newest first.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<Project>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let (world, asker) = (state.ledger.world(), caller.asker());
    let place = |project: &&Arc<model::Project>| Place::by_age(project.id.uuid());
    let seen = world.projects().rev().filter(|project| is_member(&world, asker, project.id));
    Ok(Json(request.cut(seen, place, |project| Project::new(project, &world))))
}

/// `POST /v1/projects`.
pub(super) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let id = ProjectId::from(Uuid::now_v7());
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |_| {
            let errors = Errors::default();
            let read = read::body(&body, &errors, project::new);
            let ProjectSettings { name, description, quota, drivers } = read::finish(errors, read)?;
            let new = NewProject { id, name, description, quota, drivers };
            Ok(vec![Edit::CreateProject(new)])
        })
        .await?;
    let project = done.world.project(ProjectId::from(done.created)).ok_or_else(gone)?;
    let shape = Project::new(project, &done.world);
    Ok(done.created("/v1/projects", project.revision, shape))
}

/// `GET /v1/projects/{id}`: with its quota, and what it has of that.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let world = state.ledger.world();
    let project = find(&world, caller.asker(), &reference)?;
    Ok(tagged(project.revision, Project::new(project, &world)))
}

/// `PATCH /v1/projects/{id}`.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = find(&state.ledger.world(), asker, &reference)?.id;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let found = find(world, asker, &id.to_string())?;
            precondition.hold(found.revision)?;
            let (errors, base) = (Errors::default(), found.settings());
            let read = read::body(&body, &errors, |fields| project::patch(fields, base));
            Ok(vec![Edit::EditProject { id, settings: read::finish(errors, read)? }])
        })
        .await?;
    let project = done.world.project(id).ok_or_else(gone)?;
    Ok(done.changed(project.revision, Project::new(project, &done.world)))
}

/// `DELETE /v1/projects/{id}`: `?force=true` with what is in it.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    Flagged { submission, is_set, .. }: Flagged<Force>,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let (asker, precondition) = (caller.asker(), terms.precondition.clone());
    let contents = if is_set { OnContents::Delete } else { OnContents::Refuse };
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let project = find(world, asker, &reference)?;
            precondition.hold(project.revision)?;
            Ok(vec![Edit::DeleteProject { id: project.id, contents }])
        })
        .await?;
    Ok(done.deleted())
}

/// A project by name or id, of those that the caller has a role in.
pub(super) fn find<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<&'a Arc<model::Project>, Rejection> {
    let by_id = || world.project(reference.parse().ok()?);
    let found = world.project_named(reference).or_else(by_id);
    found
        .filter(|project| is_member(world, asker, project.id))
        .ok_or_else(|| reference::not_found(ResourceKind::Project, reference))
}

/// Whether who asks sees a project: he has a role there.
fn is_member(world: &World, asker: Asker, project: ProjectId) -> bool {
    world.asker(asker.user, project).is_some_and(|there| there.sees_project(project))
}
