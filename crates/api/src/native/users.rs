//! `/v1/users`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Belongings, Edit, NewUser};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::Asker;
use elbow_model::user::{self as model, Account, ProjectRole, Role, Standing};
use elbow_model::value::{Id, ProjectId, UserId};
use elbow_model::world::World;
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::projects;
use super::read::user::{self, Draft, NamedMembership, Patch};
use super::read::{self, reference};
use super::shape::View;
use super::shape::people::User;
use super::submission::{Parting, Submission, gone};
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
    Ok(Json(request.cut(seen, place, |user| User::new(user, asker, view))))
}

/// `POST /v1/users`: of a project by who may say who is in it, of the deployment by the operator.
pub(super) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let errors = Errors::default();
    let read = read::body(&body, &errors, user::new);
    let Draft { name, role, project, memberships, password } = read::finish(errors, read)?;
    let password = passwords::hash(&state, password).await?;
    let (id, asker) = (UserId::from(Uuid::now_v7()), caller.asker());
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let mut memberships = resolve(world, asker, &memberships)?;
            let usual = match &project {
                Some(named) => {
                    projects::find(world, asker, named)
                        .map_err(|_| no_project("project", named))?
                        .id
                }
                None => memberships.keys().next().copied().unwrap_or(asker.project),
            };
            memberships.extend(role.and_then(user::as_member).map(|role| (usual, role)));
            let standing = match role {
                Some(Role::Operator) => Standing::Operator,
                Some(Role::TenantAdmin | Role::TenantUser | Role::Viewer) | None => {
                    Standing::Tenant
                }
            };
            let new = NewUser { id, name, standing, memberships, project: usual, password };
            Ok(vec![Edit::CreateUser(new)])
        })
        .await?;
    let user = done.world.user(UserId::from(done.created));
    let user = user.filter(|user| asker.sees_user(user)).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(done.created("/v1/users", user.revision, User::new(user, asker, view)))
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
    let asker = caller.asker();
    let user = find(&world, asker, &reference)?;
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    Ok(tagged(user.revision, User::new(user, asker, view)))
}

/// `PATCH /v1/users/{id}`: who a user is, where he is a member, and his password, which ends his sessions. Changing one's
/// own password needs the present one, except on the local socket.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    parting: Parting,
) -> Result<Response, Refusal> {
    let Parting { submission, hand_over_to, is_forced } = parting;
    let Submission { caller, body, terms } = submission;
    let errors = Errors::default();
    let read = read::body(&body, &errors, user::patch);
    let mut patch = read::finish(errors, read)?;
    let asker = caller.asker();
    let user = Arc::clone(find(&state.ledger.world(), asker, &reference)?);
    let password = match patch.password.take() {
        None => None,
        Some(new) => {
            check_own(&state, &caller, &user, patch.current_password.take()).await?;
            Some(passwords::hash(&state, new).await?)
        }
    };
    let (id, precondition) = (user.id, terms.precondition.clone());
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let user = find(world, asker, &id.to_string())?;
            precondition.hold(user.revision)?;
            let belongings = belongings(world, asker, hand_over_to.as_deref(), is_forced)?;
            let mut edits = edits(world, asker, user, &patch, belongings)?;
            edits.extend(password.map(|password| Edit::SetPassword { id, password }));
            if edits.is_empty() {
                edits.push(Edit::EditUser { id, settings: user.settings() });
            }
            Ok(edits)
        })
        .await?;
    let user = done.world.user(id).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(done.changed(user.revision, User::new(user, asker, view)))
}

/// `DELETE /v1/users/{id}`: what the user owns is handed over, or deleted.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    parting: Parting,
) -> Result<Response, Refusal> {
    let Parting { submission, hand_over_to, is_forced } = parting;
    let Submission { caller, body: _, terms } = submission;
    let (asker, precondition) = (caller.asker(), terms.precondition.clone());
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let user = find(world, asker, &reference)?;
            precondition.hold(user.revision)?;
            let belongings = belongings(world, asker, hand_over_to.as_deref(), is_forced)?;
            Ok(vec![Edit::DeleteUser { id: user.id, belongings }])
        })
        .await?;
    Ok(done.deleted())
}

/// Whoever can open the local socket can do anything here: that is how a lost password is replaced.
async fn check_own(
    state: &ApiState,
    caller: &Caller,
    user: &model::User,
    current: Option<String>,
) -> Result<(), Refusal> {
    if user.id != caller.user || caller.means == Means::LocalSocket {
        return Ok(());
    }
    let Some(current) = current else {
        return Err(wrong("current_password", "is missing; changing your own password needs it"));
    };
    match passwords::verify(state, current, Some(user.password.clone())).await? {
        true => Ok(()),
        false => Err(wrong("current_password", "is not your password")),
    }
}

/// What a patch means: first what is given, then what is taken.
fn edits(
    world: &World,
    asker: Asker,
    user: &model::User,
    patch: &Patch,
    belongings: Belongings,
) -> Result<Vec<Edit>, Refusal> {
    let id = user.id;
    let mut settings = user.settings();
    let project = match &patch.project {
        None => None,
        Some(named) => {
            Some(projects::find(world, asker, named).map_err(|_| no_project("project", named))?.id)
        }
    };
    settings.project = project.unwrap_or(settings.project);
    settings.name = patch.name.clone().unwrap_or(settings.name);
    settings.account = match patch.enabled {
        Some(true) => Account::Enabled,
        Some(false) => Account::Disabled,
        None => settings.account,
    };
    let mut edits = Vec::new();
    match patch.role.map(|role| (role, user::as_member(role))) {
        None => {}
        Some((_, None)) => settings.standing = Standing::Operator,
        Some((_, Some(role))) => {
            settings.standing = Standing::Tenant;
            let project = project.unwrap_or(asker.project);
            edits.push(Edit::Grant { user: id, project, role });
        }
    }
    let wanted =
        patch.memberships.as_ref().map(|named| resolve(world, asker, named)).transpose()?;
    if let Some(wanted) = &wanted {
        let is_new = |(project, role): &(&ProjectId, &ProjectRole)| {
            user.memberships.get(project) != Some(*role)
        };
        edits.extend(wanted.iter().filter(is_new).map(|(project, role)| Edit::Grant {
            user: id,
            project: *project,
            role: *role,
        }));
    }
    if settings != user.settings() {
        edits.push(Edit::EditUser { id, settings });
    }
    if let Some(wanted) = &wanted {
        let is_over =
            |project: &&ProjectId| is_own(asker, **project) && !wanted.contains_key(project);
        edits.extend(user.memberships.keys().filter(is_over).map(|project| Edit::Revoke {
            user: id,
            project: *project,
            belongings,
        }));
    }
    Ok(edits)
}

/// Whether the caller may speak of memberships of a project: an operator of all, others of their own.
fn is_own(asker: Asker, project: ProjectId) -> bool {
    asker.role == Role::Operator || asker.project == project
}

/// What becomes of what somebody owns who leaves.
pub(super) fn belongings(
    world: &World,
    asker: Asker,
    hand_over_to: Option<&str>,
    is_forced: bool,
) -> Result<Belongings, Refusal> {
    match hand_over_to {
        None if is_forced => Ok(Belongings::Delete),
        None => Ok(Belongings::Refuse),
        Some(named) => match find(world, asker, named) {
            Ok(user) => Ok(Belongings::HandOver { to: user.id }),
            Err(_) => {
                let named: String = named.chars().take(80).collect();
                let reason = format!("there is no user `{}`", named.escape_debug());
                Err(wrong("hand_over_to", &reason))
            }
        },
    }
}

/// Memberships by projects' ids.
fn resolve(
    world: &World,
    asker: Asker,
    named: &[NamedMembership],
) -> Result<BTreeMap<ProjectId, ProjectRole>, Refusal> {
    let mut memberships = BTreeMap::new();
    for (index, NamedMembership { project, role }) in named.iter().enumerate() {
        let field = format!("memberships[{index}].project");
        let found = projects::find(world, asker, project);
        let id = found.map_err(|_| no_project(&field, project))?.id;
        if memberships.insert(id, *role).is_some() {
            return Err(wrong(&field, "is named twice; a user has one role in a project"));
        }
    }
    Ok(memberships)
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

fn no_project(field: &str, named: &str) -> Refusal {
    let named: String = named.chars().take(80).collect();
    wrong(field, &format!("there is no project `{}`", named.escape_debug()))
}
