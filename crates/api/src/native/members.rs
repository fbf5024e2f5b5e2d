//! `/v1/pools/{id}/members` and `/v1/members/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Edit, NewMember};
use elbow_model::member as model;
use elbow_model::rights::Asker;
use elbow_model::value::{Id, MemberId, Revision};
use serde_json::Value;
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::pools;
use super::read::member::{self, Echo};
use super::read::{self, reference};
use super::shape::View;
use super::shape::member::{InFlight, Member};
use super::submission::{Done, Submission, gone};
use crate::authentication::Caller;
use crate::decode::{At, Errors};
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/pools/{id}/members`: newest first.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<Member>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let (balancer, pool) = reference::pool(&world, caller.asker(), &reference)?;
    let in_flight = InFlight::of(balancer, &observed);
    let mut members: Vec<_> = pool.members.iter().collect();
    members.sort_unstable_by_key(|member| std::cmp::Reverse(member.id));
    let place = |member: &&Arc<model::Member>| Place::by_age(member.id.uuid());
    let show =
        |member: &Arc<model::Member>| Member::alone(member, pool, balancer, &in_flight, view);
    Ok(Json(request.cut(members, place, show)))
}

/// `POST /v1/pools/{id}/members`: adds one.
pub(super) async fn create(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (asker, id) = (caller.asker(), MemberId::from(Uuid::now_v7()));
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let (_, pool) = reference::pool(world, asker, &reference)?;
            precondition.hold(pool.revision)?;
            let errors = Errors::default();
            let read = read::body(&body, &errors, |fields| member::new(fields, Echo::Refused));
            let members = vec![NewMember { id, settings: read::finish(errors, read)? }];
            Ok(vec![Edit::AddMembers { pool: pool.id, members }])
        })
        .await?;
    let id = MemberId::from(done.created);
    answer(&state, &done, asker, id, |done, revision, shape| {
        done.created("/v1/members", revision, shape)
    })
}

/// `PUT /v1/pools/{id}/members`: these and no others; answers with the pool.
pub(super) async fn replace(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = reference::pool(&state.ledger.world(), asker, &reference)?.1.id;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, pool) = reference::pool(world, asker, &reference)?;
            precondition.hold(pool.revision)?;
            let errors = Errors::default();
            let read = whole_list(&body, &errors, &pool.members);
            Ok(vec![Edit::ReplaceMembers { pool: pool.id, members: read::finish(errors, read)? }])
        })
        .await?;
    pools::answer(&state, &done, asker, id, Done::changed)
}

/// `{"members": [..]}`, or the array alone. Read-only fields may be there, so that what GET gave can be sent back.
fn whole_list(
    body: &Value,
    errors: &Errors,
    present: &[Arc<model::Member>],
) -> Option<Vec<NewMember>> {
    let at = At::root(body, errors);
    if body.is_array() {
        return member::list(at, Echo::Of(present));
    }
    let fields = at.object()?;
    let members = fields.required("members", |at| member::list(at, Echo::Of(present)));
    fields.finish(&[]);
    members
}

/// `GET /v1/members/{id}`.
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
    let (balancer, pool, member) = reference::member(&world, caller.asker(), &reference)?;
    let in_flight = InFlight::of(balancer, &observed);
    Ok(tagged(member.revision, Member::alone(member, pool, balancer, &in_flight, view)))
}

/// `PATCH /v1/members/{id}`.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = reference::member(&state.ledger.world(), asker, &reference)?.2.id;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, _, member) = reference::member(world, asker, &reference)?;
            precondition.hold(member.revision)?;
            let (errors, base) = (Errors::default(), member.settings.clone());
            let read = read::body(&body, &errors, |fields| member::patch(fields, base));
            Ok(vec![Edit::EditMember { id: member.id, settings: read::finish(errors, read)? }])
        })
        .await?;
    answer(&state, &done, asker, id, Done::changed)
}

/// `DELETE /v1/members/{id}`: it finishes what it has.
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
            let (_, _, member) = reference::member(world, asker, &reference)?;
            precondition.hold(member.revision)?;
            Ok(vec![Edit::DeleteMember { id: member.id }])
        })
        .await?;
    Ok(done.deleted())
}

fn answer(
    state: &ApiState,
    done: &Done,
    asker: Asker,
    id: MemberId,
    respond: impl FnOnce(&Done, Revision, Member) -> Response,
) -> Result<Response, Refusal> {
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    let found = reference::member(&done.world, asker, &id.to_string());
    let (balancer, pool, member) = found.map_err(|_| gone())?;
    let in_flight = InFlight::of(balancer, &observed);
    Ok(respond(done, member.revision, Member::alone(member, pool, balancer, &in_flight, view)))
}
