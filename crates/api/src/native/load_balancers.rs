//! `/v1/load-balancers`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use elbow_model::change::Edit;
use elbow_model::load_balancer as model;
use elbow_model::observed::Observed;
use elbow_model::status;
use elbow_model::value::{Id, LoadBalancerId, Revision};
use serde::Serialize;
use uuid::Uuid;

use super::errors::Refusal;
use super::read::reference::Certificates;
use super::read::{self, load_balancer, reference};
use super::shape::View;
use super::shape::load_balancer::LoadBalancer;
use super::shape::pool::Members;
use super::shape::words::Status;
use super::submission::{Submission, gone};
use crate::authentication::Caller;
use crate::decode::{Errors, either};
use crate::etag;
use crate::paging::{Page, PageRequest, Place};
use crate::problem::Problem;
use crate::query::{Parameters, wrong};
use crate::state::ApiState;

/// The path of the collection.
pub(super) const PATH: &str = "/v1/load-balancers";

/// `GET /v1/load-balancers`: newest first, by keywords and status.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<LoadBalancer>>, Problem> {
    let parameters = Parameters::read(&uri, &["limit", "cursor", "q", "status"])?;
    let request = PageRequest::read(&parameters)?;
    let wanted = parameters.text("status").map(status_word).transpose()?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let (keywords, asker) = (parameters.text("q").unwrap_or_default(), caller.asker());
    let before = request.after.map(|place| LoadBalancerId::from(place.id));
    let found = world
        .search(caller.project, keywords, before)
        .filter(|balancer| asker.sees(&***balancer))
        .filter(|balancer| wanted.is_none_or(|wanted| status_of(balancer, &observed) == wanted));
    let place = |balancer: &&Arc<model::LoadBalancer>| Place::by_age(balancer.id.uuid());
    Ok(Json(
        request.cut(found, place, |balancer| LoadBalancer::new(balancer, Members::Counted, view)),
    ))
}

/// `POST /v1/load-balancers`: the whole tree at once.
pub(super) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let id = LoadBalancerId::from(Uuid::now_v7());
    let (asker, now) = (caller.asker(), terms.at);
    let listed = load_balancer::listed_default(&body);
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let errors = Errors::default();
            let certificates = Certificates { world, asker, now };
            let read =
                read::body(&body, &errors, |fields| load_balancer::new(fields, &certificates, id));
            Ok(vec![Edit::CreateLoadBalancer(read::finish(errors, read)?)])
        })
        .await
        .map_err(|refusal| placed(refusal, listed))?;
    let created = done.world.load_balancer(LoadBalancerId::from(done.created));
    // A request that is sent again may be of somebody who no longer sees what it made.
    let balancer = created.filter(|balancer| asker.sees(&***balancer)).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(done.created(PATH, balancer.revision, LoadBalancer::new(balancer, Members::Shown, view)))
}

/// `GET /v1/load-balancers/{id}`: the whole tree.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let balancer = reference::load_balancer(&world, caller.asker(), &reference)?;
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    Ok(tagged(balancer.revision, LoadBalancer::new(balancer, Members::Shown, view)))
}

/// `PATCH /v1/load-balancers/{id}`: its own fields, and its default pool's method and health check.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = reference::load_balancer(&state.ledger.world(), asker, &reference)?.id;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let balancer = reference::load_balancer(world, asker, &id.to_string())?;
            precondition.hold(balancer.revision)?;
            let errors = Errors::default();
            let read =
                read::body(&body, &errors, |fields| load_balancer::patch(fields, world, balancer));
            read::finish(errors, read)
        })
        .await?;
    let balancer = done.world.load_balancer(id).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(done.changed(balancer.revision, LoadBalancer::new(balancer, Members::Shown, view)))
}

/// `DELETE /v1/load-balancers/{id}`: with everything below it.
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
            let balancer = reference::load_balancer(world, asker, &reference)?;
            precondition.hold(balancer.revision)?;
            Ok(vec![Edit::DeleteLoadBalancer { id: balancer.id }])
        })
        .await?;
    Ok(done.deleted())
}

/// A rejection with its fields as the body has them.
fn placed(refusal: Refusal, listed: Option<usize>) -> Refusal {
    let (Refusal::Rejected(_), Some(listed)) = (&refusal, listed) else { return refusal };
    let mut problem = Problem::from(refusal);
    for error in &mut problem.errors {
        error.field = load_balancer::place_in_body(&error.field, listed);
    }
    problem.into()
}

/// A single resource with its tag.
pub(super) fn tagged(revision: Revision, shape: impl Serialize) -> Response {
    (StatusCode::OK, [(header::ETAG, etag::of(revision))], Json(shape)).into_response()
}

fn status_of(balancer: &model::LoadBalancer, observed: &Observed) -> Status {
    (&status::of_load_balancer(balancer, observed)).into()
}

fn status_word(text: &str) -> Result<Status, Problem> {
    match Status::ALL.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
        Some((_, status)) => Ok(*status),
        None => {
            let known: Vec<&str> = Status::ALL.iter().map(|(word, _)| *word).collect();
            let text: String = text.chars().take(80).collect();
            Err(wrong(
                "status",
                format!("unknown status `{}`; use {}", text.escape_debug(), either(&known)),
            ))
        }
    }
}
