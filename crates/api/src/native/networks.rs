//! `/v1/networks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::{Edit, NewNetwork};
use elbow_model::network as model;
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::value::{Id, NetworkId, ProjectId};
use elbow_model::world::World;
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::network::{self, Draft};
use super::read::{self, reference};
use super::shape::View;
use super::shape::network::Network;
use super::submission::{Submission, gone};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/networks`: those that the caller's project may use, newest first.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<Network>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let asker = caller.asker();
    let usable = world.networks().rev().filter(|network| asker.finds(&***network));
    let place = |network: &&Arc<model::Network>| Place::by_age(network.id.uuid());
    Ok(Json(request.cut(usable, place, |network| Network::new(network, view))))
}

/// `POST /v1/networks`.
pub(super) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    caller.require_operator()?;
    let id = NetworkId::from(Uuid::now_v7());
    let surroundings = Arc::clone(&state.surroundings);
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let errors = Errors::default();
            let machine = || surroundings.machine_addresses();
            let read = read::body(&body, &errors, |fields| network::new(fields, world, machine));
            let Draft { project, region, addresses, settings } = read::finish(errors, read)?;
            Ok(vec![Edit::CreateNetwork(NewNetwork { id, project, region, addresses, settings })])
        })
        .await?;
    let network = done.world.network(NetworkId::from(done.created)).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(done.created("/v1/networks", network.revision, Network::new(network, view)))
}

/// `GET /v1/networks/{id}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let network = find(&world, caller.project, &reference)?;
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    Ok(tagged(network.revision, Network::new(network, view)))
}

/// `PATCH /v1/networks/{id}`.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let project = caller.project;
    let id = find(&state.ledger.world(), project, &reference)?.id;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let network = find(world, project, &id.to_string())?;
            precondition.hold(network.revision)?;
            let (errors, base) = (Errors::default(), network.settings.clone());
            let read = read::body(&body, &errors, |fields| network::patch(fields, base));
            Ok(vec![Edit::EditNetwork { id, settings: read::finish(errors, read)? }])
        })
        .await?;
    let network = done.world.network(id).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    Ok(done.changed(network.revision, Network::new(network, view)))
}

/// `DELETE /v1/networks/{id}`.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let project = caller.project;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let network = find(world, project, &reference)?;
            precondition.hold(network.revision)?;
            Ok(vec![Edit::DeleteNetwork { id: network.id }])
        })
        .await?;
    Ok(done.deleted())
}

fn find<'a>(
    world: &'a World,
    project: ProjectId,
    reference: &str,
) -> Result<&'a Arc<model::Network>, Rejection> {
    let found = reference::find_network(world, project, reference);
    found.ok_or_else(|| reference::not_found(ResourceKind::Network, reference))
}
