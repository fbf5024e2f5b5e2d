//! `/v1/load-balancers/{id}/listeners` and `/v1/listeners/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Edit, NewListener};
use elbow_model::listener as model;
use elbow_model::rights::Asker;
use elbow_model::value::{Id, ListenerId, Revision};
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::reference::{self, Certificates, Pools};
use super::read::{self, listener};
use super::shape::View;
use super::shape::listener::Listener;
use super::submission::{Done, Submission, gone};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/load-balancers/{id}/listeners`: newest first.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<Listener>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let (world, observed, viewer) =
        (state.ledger.world(), state.ledger.observed(), caller.author());
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let balancer = reference::load_balancer(&world, caller.asker(), &reference)?;
    let mut listeners: Vec<_> = balancer.listeners.iter().collect();
    listeners.sort_unstable_by_key(|listener| std::cmp::Reverse(listener.id));
    let place = |listener: &&Arc<model::Listener>| Place::by_age(listener.id.uuid());
    Ok(Json(request.cut(listeners, place, |listener| Listener::alone(listener, balancer, view))))
}

/// `POST /v1/load-balancers/{id}/listeners`.
pub(super) async fn create(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (asker, id) = (caller.asker(), ListenerId::from(Uuid::now_v7()));
    let (precondition, now) = (terms.precondition.clone(), terms.at);
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let balancer = reference::load_balancer(world, asker, &reference)?;
            precondition.hold(balancer.revision)?;
            let (errors, pools) = (Errors::default(), Pools::of(balancer));
            let read = read::body(&body, &errors, |fields| {
                listener::new(fields, &pools, &Certificates { world, asker, now })
            });
            let listener = NewListener { id, ..read::finish(errors, read)? };
            Ok(vec![Edit::AddListener { load_balancer: balancer.id, listener }])
        })
        .await?;
    let id = ListenerId::from(done.created);
    answer(&state, &done, asker, id, |done, revision, shape| {
        done.created("/v1/listeners", revision, shape)
    })
}

/// `GET /v1/listeners/{id}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed, viewer) =
        (state.ledger.world(), state.ledger.observed(), caller.author());
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let (balancer, listener) = reference::listener(&world, caller.asker(), &reference)?;
    Ok(tagged(listener.revision, Listener::alone(listener, balancer, view)))
}

/// `PATCH /v1/listeners/{id}`.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = reference::listener(&state.ledger.world(), asker, &reference)?.1.id;
    let (precondition, now) = (terms.precondition.clone(), terms.at);
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (balancer, listener) = reference::listener(world, asker, &reference)?;
            precondition.hold(listener.revision)?;
            let (errors, pools, base) =
                (Errors::default(), Pools::of(balancer), listener.settings.clone());
            let read = read::body(&body, &errors, |fields| {
                listener::patch(fields, &pools, &Certificates { world, asker, now }, base)
            });
            Ok(vec![Edit::EditListener { id: listener.id, settings: read::finish(errors, read)? }])
        })
        .await?;
    answer(&state, &done, asker, id, Done::changed)
}

/// `DELETE /v1/listeners/{id}`: with its rules.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let asker = caller.asker();
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, listener) = reference::listener(world, asker, &reference)?;
            precondition.hold(listener.revision)?;
            Ok(vec![Edit::DeleteListener { id: listener.id }])
        })
        .await?;
    Ok(done.deleted())
}

fn answer(
    state: &ApiState,
    done: &Done,
    asker: Asker,
    id: ListenerId,
    respond: impl FnOnce(&Done, Revision, Listener) -> Response,
) -> Result<Response, Refusal> {
    let found = reference::listener(&done.world, asker, &id.to_string());
    let (balancer, listener) = found.map_err(|_| gone())?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(respond(done, listener.revision, Listener::alone(listener, balancer, view)))
}
