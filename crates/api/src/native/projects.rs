//! `/v1/projects`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Edit, NewProject};
use elbow_model::project as model;
use elbow_model::rejection::ResourceKind;
use elbow_model::rights::Asker;
use elbow_model::value::{Id, ProjectId};
use elbow_model::world::World;
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::{self, network, reference, user};
use super::shape::network::Project;
use super::submission::{Submission, gone};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/projects`: newest first.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<Project>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let world = state.ledger.world();
    let place = |project: &&Arc<model::Project>| Place::by_age(project.id.uuid());
    let asker = caller.asker();
    let seen = world.projects().rev().filter(|project| is_member(&world, asker, project.id));
    Ok(Json(request.cut(seen, place, |project| Project::from(&**project))))
}

/// `POST /v1/projects`.
pub(super) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    caller.require_operator()?;
    let id = ProjectId::from(Uuid::now_v7());
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |_| {
            let errors = Errors::default();
            let read = read::body(&body, &errors, network::new_project);
            let (name, description) = read::finish(errors, read)?;
            Ok(vec![Edit::CreateProject(NewProject { description, ..NewProject::new(id, name) })])
        })
        .await?;
    let project = done.world.project(ProjectId::from(done.created)).ok_or_else(gone)?;
    Ok(done.created("/v1/projects", project.revision, Project::from(&**project)))
}

/// `GET /v1/projects/{id}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, asker) = (state.ledger.world(), caller.asker());
    let found = user::find_project(&world, &reference).filter(|id| is_member(&world, asker, *id));
    let found = found.and_then(|id| world.project(id));
    let project = found.ok_or_else(|| reference::not_found(ResourceKind::Project, &reference))?;
    Ok(tagged(project.revision, Project::from(&**project)))
}

/// Whether who asks sees a project: he has a role there.
fn is_member(world: &World, asker: Asker, project: ProjectId) -> bool {
    world.asker(asker.user, project).is_some_and(|there| there.sees_project(project))
}
