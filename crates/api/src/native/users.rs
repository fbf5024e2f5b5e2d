//! `/v1/users`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Edit, NewUser};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::Asker;
use elbow_model::user::{self as model, ProjectRole, Role, Standing};
use elbow_model::value::{Id, ProjectId, UserId};
use elbow_model::world::World;
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::user::{self, Draft, PasswordChange};
use super::read::{self, reference};
use super::shape::View;
use super::shape::network::User;
use super::submission::{Submission, gone};
use crate::authentication::{Caller, Means};
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::passwords;
use crate::problem::{FieldError, Problem};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/users`: newest first.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<User>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let place = |user: &&Arc<model::User>| Place::by_age(user.id.uuid());
    let asker = caller.asker();
    let seen = world.users().rev().filter(|user| asker.sees_user(user));
    Ok(Json(request.cut(seen, place, |user| User::new(user, view))))
}

/// `POST /v1/users`.
pub(super) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    caller.require_operator()?;
    let errors = Errors::default();
    let read = read::body(&body, &errors, user::new);
    let Draft { name, role, project, password } = read::finish(errors, read)?;
    let password = passwords::hash(&state, password).await?;
    let (id, own_project) = (UserId::from(Uuid::now_v7()), caller.project);
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let project = match &project {
                None => own_project,
                Some(named) => user::find_project(world, named).ok_or_else(|| no_project(named))?,
            };
            let (standing, memberships) = match role {
                Role::Operator => (Standing::Operator, BTreeMap::new()),
                Role::TenantAdmin => member(project, ProjectRole::TenantAdmin),
                Role::TenantUser => member(project, ProjectRole::TenantUser),
                Role::Viewer => member(project, ProjectRole::Viewer),
            };
            let new = NewUser { id, name, standing, memberships, project, password };
            Ok(vec![Edit::CreateUser(new)])
        })
        .await?;
    let user = done.world.user(UserId::from(done.created)).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(done.created("/v1/users", user.revision, User::new(user, view)))
}

/// `GET /v1/users/{id}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let user = find(&world, caller.asker(), &reference)?;
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    Ok(tagged(user.revision, User::new(user, view)))
}

/// `PATCH /v1/users/{id}`: a new password, which ends the user's sessions. One's own needs the present one, except on the
/// local socket.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let errors = Errors::default();
    let read = read::body(&body, &errors, user::patch);
    let PasswordChange { current, new } = read::finish(errors, read)?;
    let world = state.ledger.world();
    let asker = caller.asker();
    let user = Arc::clone(find(&world, asker, &reference)?);
    // Whoever can open the local socket can do anything here: that is how a lost password is replaced.
    let is_own = user.id == caller.user && caller.means != Means::LocalSocket;
    if is_own {
        let Some(current) = current else {
            return Err(wrong(
                "current_password",
                "is missing; changing your own password needs it",
            ));
        };
        if !passwords::verify(&state, current, Some(user.password.clone())).await? {
            return Err(wrong("current_password", "is not your password"));
        }
    }
    let password = passwords::hash(&state, new).await?;
    let (id, precondition) = (user.id, terms.precondition.clone());
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            precondition.hold(find(world, asker, &id.to_string())?.revision)?;
            Ok(vec![Edit::SetPassword { id, password }])
        })
        .await?;
    let user = done.world.user(id).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(done.changed(user.revision, User::new(user, view)))
}

fn member(project: ProjectId, role: ProjectRole) -> (Standing, BTreeMap<ProjectId, ProjectRole>) {
    (Standing::Tenant, BTreeMap::from([(project, role)]))
}

pub(super) fn find<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<&'a Arc<model::User>, Rejection> {
    let by_id = || world.user(reference.parse().ok()?);
    let found = world.user_named(reference).or_else(by_id);
    found
        .filter(|user| asker.sees_user(user))
        .ok_or_else(|| reference::not_found(ResourceKind::User, reference))
}

fn wrong(field: &str, reason: &str) -> Refusal {
    Problem::invalid(vec![FieldError { field: field.to_owned(), reason: reason.to_owned() }]).into()
}

fn no_project(named: &str) -> Refusal {
    let named: String = named.chars().take(80).collect();
    wrong("project", &format!("there is no project `{}`", named.escape_debug()))
}
