//! `/v1/api-keys`: one's own keys; the operator sees and ends everybody's. A key's text is in the answer that made it, and
//! nowhere else.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use elbow_model::api_key::{self as model, may_see};
use elbow_model::change::{Edit, NewApiKey};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::user::Role;
use elbow_model::value::{ApiKeyId, Id, Timestamp};
use elbow_model::world::World;
use elbow_vault::api_key;
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::api_key::Draft;
use super::read::{self, reference};
use super::shape::api_key::ApiKey;
use super::submission::{Submission, gone};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::problem::{FieldError, Problem};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/api-keys`: newest first; `user` for another's.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<ApiKey>>, Refusal> {
    let parameters = Parameters::read(&uri, &["limit", "cursor", "user"])?;
    let request = PageRequest::read(&parameters)?;
    let world = state.ledger.world();
    let user = match parameters.text("user") {
        None => caller.user,
        Some(named) => super::users::find(&world, caller.asker(), named)
            .map(|user| user.id)
            .ok()
            .filter(|user| *user == caller.user || caller.role == Role::Operator)
            .ok_or_else(|| reference::not_found(ResourceKind::User, named))?,
    };
    let now = state.surroundings.now();
    let place = |key: &&Arc<model::ApiKey>| Place::by_age(key.id.uuid());
    let shape = |key: &Arc<model::ApiKey>| show_key(&state, &world, key, now);
    Ok(Json(request.cut(world.api_keys_of(user).rev(), place, shape)))
}

/// `POST /v1/api-keys`: for the project that the request works in.
pub(super) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let errors = Errors::default();
    let read = read::body(&body, &errors, read::api_key::new);
    let Draft { name, description, role, access, expires_at } = read::finish(errors, read)?;
    let (id, project, now) = (ApiKeyId::from(Uuid::now_v7()), caller.project, terms.at);
    let role = within(role, caller.role)?;
    let expires_at = expires_at.unwrap_or_else(|| now.after(model::ApiKey::USUAL_LIFETIME));
    let is_rehearsal = terms.is_rehearsal();
    let made = api_key::make(id).map_err(|reason| no_randomness(&reason))?;
    let hash = made.hash;
    let new = NewApiKey { id, name, description, project, role, access, hash, expires_at };
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |_| Ok(vec![Edit::CreateApiKey(new)]))
        .await?;
    let created = ApiKeyId::from(done.created);
    let key = done.world.api_key(created).ok_or_else(gone)?;
    let mut shape = show_key(&state, &done.world, key, now);
    // A request that is sent again gets the key that there is, whose text nobody has any more.
    if created == id && !is_rehearsal {
        shape.key = Some(made.text.to_string());
    }
    let mut response = done.created("/v1/api-keys", key.revision, shape);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `GET /v1/api-keys/{id}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let world = state.ledger.world();
    let key = find(&world, &caller, &reference)?;
    Ok(tagged(key.revision, show_key(&state, &world, key, state.surroundings.now())))
}

/// `DELETE /v1/api-keys/{id}`: it is refused from now on.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let (precondition, asking) = (terms.precondition.clone(), caller.clone());
    let id = find(&state.ledger.world(), &caller, &reference)?.id;
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            precondition.hold(find(world, &asking, &id.to_string())?.revision)?;
            Ok(vec![Edit::DeleteApiKey { id }])
        })
        .await?;
    Ok(done.deleted())
}

/// A key by its id, or one of the caller's own by its name.
fn find<'a>(
    world: &'a World,
    caller: &Caller,
    reference: &str,
) -> Result<&'a Arc<model::ApiKey>, Rejection> {
    let by_name = || world.api_keys_of(caller.user).find(|key| key.name.as_str() == reference);
    let found = reference.parse().ok().and_then(|id| world.api_key(id)).or_else(by_name);
    let seen = found.filter(|key| may_see(key, caller.user, caller.role));
    seen.ok_or_else(|| reference::not_found(ResourceKind::ApiKey, reference))
}

fn show_key(state: &ApiState, world: &World, key: &model::ApiKey, now: Timestamp) -> ApiKey {
    ApiKey::new(key, world, now, state.key_uses.last(key.id))
}

/// The role that was asked for, or the caller's own.
fn within(wanted: Option<Role>, own: Role) -> Result<Role, Problem> {
    match wanted {
        Some(wanted) if wanted > own => {
            let reason = format!("{wanted} is more than your own role there, {own}");
            Err(Problem::invalid(vec![FieldError { field: "role".to_owned(), reason }]))
        }
        wanted => Ok(wanted.unwrap_or(own)),
    }
}

fn no_randomness(reason: &elbow_vault::NoRandomness) -> Problem {
    tracing::error!(%reason, "an API key could not be made");
    let detail = "the key could not be made; nothing was stored, see Elbow's log";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", detail)
}
