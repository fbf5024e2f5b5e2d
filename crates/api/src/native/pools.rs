//! `/v1/load-balancers/{id}/pools` and `/v1/pools/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Edit, NewPool};
use elbow_model::pool as model;
use elbow_model::rights::Asker;
use elbow_model::value::{Id, PoolId, Revision};
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::{self, pool, reference};
use super::shape::View;
use super::shape::member::InFlight;
use super::shape::pool::{Members, Pool};
use super::submission::{Done, Submission, gone};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/load-balancers/{id}/pools`: the default pool first, then newest first.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<Pool>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let balancer = reference::load_balancer(&world, caller.asker(), &reference)?;
    let default = balancer.default_pool().id;
    let rank = move |pool: &model::Pool| u32::from(pool.id != default);
    let mut pools: Vec<_> = balancer.pools.iter().collect();
    pools.sort_unstable_by_key(|pool| (rank(pool), std::cmp::Reverse(pool.id)));
    let place = |pool: &&Arc<model::Pool>| Place { rank: rank(pool), id: pool.id.uuid() };
    let none = InFlight::default();
    let show = |pool: &Arc<model::Pool>| Pool::alone(pool, balancer, Members::Counted, &none, view);
    Ok(Json(request.cut(pools, place, show)))
}

/// `POST /v1/load-balancers/{id}/pools`: with its members, if given.
pub(super) async fn create(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (asker, id) = (caller.asker(), PoolId::from(Uuid::now_v7()));
    let (precondition, now) = (terms.precondition.clone(), terms.at);
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let balancer = reference::load_balancer(world, asker, &reference)?;
            precondition.hold(balancer.revision)?;
            let errors = Errors::default();
            let read = read::body(&body, &errors, |fields| pool::new(fields, now));
            let pool = NewPool { id, ..read::finish(errors, read)? };
            Ok(vec![Edit::AddPool { load_balancer: balancer.id, pool }])
        })
        .await?;
    let id = PoolId::from(done.created);
    answer(&state, &done, asker, id, |done, revision, shape| {
        done.created("/v1/pools", revision, shape)
    })
}

/// `GET /v1/pools/{id}`: with its members.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let (balancer, pool) = reference::pool(&world, caller.asker(), &reference)?;
    let in_flight = InFlight::of(balancer, &observed);
    Ok(tagged(pool.revision, Pool::alone(pool, balancer, Members::Shown, &in_flight, view)))
}

/// `PATCH /v1/pools/{id}`.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = reference::pool(&state.ledger.world(), asker, &reference)?.1.id;
    let (precondition, now) = (terms.precondition.clone(), terms.at);
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, pool) = reference::pool(world, asker, &reference)?;
            precondition.hold(pool.revision)?;
            let (errors, base) = (Errors::default(), pool.settings.clone());
            let read = read::body(&body, &errors, |fields| pool::patch(fields, now, base));
            Ok(vec![Edit::EditPool { id: pool.id, settings: read::finish(errors, read)? }])
        })
        .await?;
    answer(&state, &done, asker, id, Done::changed)
}

/// `DELETE /v1/pools/{id}`: with its members.
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
            let (_, pool) = reference::pool(world, asker, &reference)?;
            precondition.hold(pool.revision)?;
            Ok(vec![Edit::DeletePool { id: pool.id }])
        })
        .await?;
    Ok(done.deleted())
}

/// Answers with the pool as it is after a Change.
pub(super) fn answer(
    state: &ApiState,
    done: &Done,
    asker: Asker,
    id: PoolId,
    respond: impl FnOnce(&Done, Revision, Pool) -> Response,
) -> Result<Response, Refusal> {
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    let found = reference::pool(&done.world, asker, &id.to_string());
    let (balancer, pool) = found.map_err(|_| gone())?;
    let in_flight = InFlight::of(balancer, &observed);
    Ok(respond(done, pool.revision, Pool::alone(pool, balancer, Members::Shown, &in_flight, view)))
}
