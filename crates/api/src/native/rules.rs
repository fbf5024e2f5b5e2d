//! `/v1/listeners/{id}/rules` and `/v1/rules/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Edit, NewRule};
use elbow_model::rights::Asker;
use elbow_model::rule as model;
use elbow_model::value::{Id, Revision, RuleId};
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::reference::{self, Pools};
use super::read::{self, rule};
use super::shape::rule::Rule;
use super::submission::{Done, Submission, gone};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/listeners/{id}/rules`: in the order in which they are tried.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<Rule>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let world = state.ledger.world();
    let (balancer, listener) = reference::listener(&world, caller.asker(), &reference)?;
    let place =
        |rule: &&Arc<model::Rule>| Place { rank: rule.settings.priority.get(), id: rule.id.uuid() };
    Ok(Json(
        request.cut(listener.rules.iter(), place, |rule| Rule::alone(rule, listener, balancer)),
    ))
}

/// `POST /v1/listeners/{id}/rules`.
pub(super) async fn create(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (asker, id) = (caller.asker(), RuleId::from(Uuid::now_v7()));
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let (balancer, listener) = reference::listener(world, asker, &reference)?;
            precondition.hold(listener.revision)?;
            let (errors, pools) = (Errors::default(), Pools::of(balancer));
            let read = read::body(&body, &errors, |fields| rule::new(fields, &pools));
            let rule = NewRule { id, settings: read::finish(errors, read)? };
            Ok(vec![Edit::AddRule { listener: listener.id, rule }])
        })
        .await?;
    let id = RuleId::from(done.created);
    answer(&done, asker, id, |done, revision, shape| done.created("/v1/rules", revision, shape))
}

/// `GET /v1/rules/{id}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let world = state.ledger.world();
    let (balancer, listener, rule) = reference::rule(&world, caller.asker(), &reference)?;
    Ok(tagged(rule.revision, Rule::alone(rule, listener, balancer)))
}

/// `PATCH /v1/rules/{id}`.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = reference::rule(&state.ledger.world(), asker, &reference)?.2.id;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (balancer, _, rule) = reference::rule(world, asker, &reference)?;
            precondition.hold(rule.revision)?;
            let (errors, pools, base) =
                (Errors::default(), Pools::of(balancer), rule.settings.clone());
            let read = read::body(&body, &errors, |fields| rule::patch(fields, &pools, base));
            Ok(vec![Edit::EditRule { id: rule.id, settings: read::finish(errors, read)? }])
        })
        .await?;
    answer(&done, asker, id, Done::changed)
}

/// `DELETE /v1/rules/{id}`.
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
            let (_, _, rule) = reference::rule(world, asker, &reference)?;
            precondition.hold(rule.revision)?;
            Ok(vec![Edit::DeleteRule { id: rule.id }])
        })
        .await?;
    Ok(done.deleted())
}

fn answer(
    done: &Done,
    asker: Asker,
    id: RuleId,
    respond: impl FnOnce(&Done, Revision, Rule) -> Response,
) -> Result<Response, Refusal> {
    let found = reference::rule(&done.world, asker, &id.to_string());
    let (balancer, listener, rule) = found.map_err(|_| gone())?;
    Ok(respond(done, rule.revision, Rule::alone(rule, listener, balancer)))
}
