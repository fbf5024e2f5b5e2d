//! `/v1/scaling-groups/{id}/instances` and `/v1/instances/{id}` with their actions.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::Edit;
use elbow_model::change::scaling::{CapacityAfter, ScalingEdit};
use elbow_model::instance::{self as model, InstanceStatus, RemovalCause};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::Asker;
use elbow_model::value::{Id, InstanceId, LoadBalancerId};
use elbow_model::world::World;
use uuid::Uuid;

use super::find as find_group;
use super::settle::seen;
use crate::authentication::Caller;
use crate::decode::{Errors, Fields, either};
use crate::native::errors::Refusal;
use crate::native::load_balancers::tagged;
use crate::native::read::scaling::{instance, nothing};
use crate::native::read::{self, reference};
use crate::native::shape::View;
use crate::native::shape::scaling::instance::Instance;
use crate::native::submission::{Action, Done, Flag, Flagged, Submission, gone};
use crate::paging::{Page, PageRequest, Place};
use crate::problem::Problem;
use crate::query::{Parameters, wrong};
use crate::state::ApiState;

/// `?replace=true`: the desired count stays, another instance takes the place.
pub(in crate::native) struct Replace;

impl Flag for Replace {
    const NAME: &'static str = "replace";
}

/// `GET /v1/scaling-groups/{id}/instances`: newest first, by status.
pub(in crate::native) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<Instance>>, Refusal> {
    let parameters = Parameters::read(&uri, &["limit", "cursor", "status"])?;
    let request = PageRequest::read(&parameters)?;
    let wanted = parameters.text("status").map(status_word).transpose()?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let group = find_group(&world, caller.asker(), &reference)?;
    let found = world.instances_of(group.id).rev();
    let found = found.filter(|i| wanted.is_none_or(|wanted| i.status() == wanted));
    let place = |instance: &&Arc<model::Instance>| Place::by_age(instance.id.uuid());
    Ok(Json(request.cut(found, place, |instance| Instance::new(instance, view))))
}

/// `POST /v1/scaling-groups/{id}/instances`: attaches a server that is there already.
pub(in crate::native) async fn attach(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (asker, id) = (caller.asker(), InstanceId::from(Uuid::now_v7()));
    let (precondition, ledger) = (terms.precondition.clone(), state.ledger.clone());
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let group = find_group(world, asker, &reference)?;
            precondition.hold(group.revision)?;
            let errors = Errors::default();
            let read = read::body(&body, &errors, |fields| instance::new(fields, id, group.id));
            let mut new = read::finish(errors, read)?;
            let attached: Vec<LoadBalancerId> =
                group.attachments.iter().map(|a| a.load_balancer).collect();
            new.seen = seen(&ledger, world, attached);
            Ok(vec![Edit::Scaling(ScalingEdit::AttachInstance(new))])
        })
        .await?;
    let id = InstanceId::from(done.created);
    let created = done.world.instance(id).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let shape = Instance::new(created, done.view(&observed));
    Ok(done.created("/v1/instances", created.revision, shape))
}

/// `GET /v1/instances/{id}`.
pub(in crate::native) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let found = find(&world, caller.asker(), &reference)?;
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    Ok(tagged(found.revision, Instance::new(found, view)))
}

/// `DELETE /v1/instances/{id}`: it drains first. The desired count falls, unless another one shall take its place.
pub(in crate::native) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    Flagged { submission, is_set, .. }: Flagged<Replace>,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let (asker, precondition) = (caller.asker(), terms.precondition.clone());
    let capacity = if is_set { CapacityAfter::Stays } else { CapacityAfter::Shrinks };
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let found = find(world, asker, &reference)?;
            precondition.hold(found.revision)?;
            let (id, cause) = (found.id, RemovalCause::Requested);
            Ok(vec![Edit::Scaling(ScalingEdit::RemoveInstance { id, capacity, cause })])
        })
        .await?;
    Ok(done.deleted())
}

/// `POST .. /protect`.
pub(in crate::native) async fn protect(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let edit = |id, ()| ScalingEdit::Protect { id, protected: true };
    act(state, path, action, nothing, edit).await
}

/// `POST .. /unprotect`.
pub(in crate::native) async fn unprotect(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let edit = |id, ()| ScalingEdit::Protect { id, protected: false };
    act(state, path, action, nothing, edit).await
}

/// `POST .. /enter-standby`.
pub(in crate::native) async fn enter_standby(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let edit = |id, ()| ScalingEdit::EnterStandby { id };
    act(state, path, action, nothing, edit).await
}

/// `POST .. /exit-standby`.
pub(in crate::native) async fn exit_standby(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let edit = |id, ()| ScalingEdit::ExitStandby { id };
    act(state, path, action, nothing, edit).await
}

/// `POST .. /complete-hook`.
pub(in crate::native) async fn complete_hook(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let edit = |id, (token, result)| ScalingEdit::CompleteHook { instance: id, token, result };
    act(state, path, action, instance::completion, edit).await
}

/// `POST .. /heartbeat`.
pub(in crate::native) async fn heartbeat(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let edit = |id, token| ScalingEdit::Heartbeat { instance: id, token };
    act(state, path, action, instance::heartbeat, edit).await
}

async fn act<T, R, E>(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    Action(submission): Action,
    read: R,
    edit: E,
) -> Result<Response, Refusal>
where
    R: FnOnce(Fields<'_>) -> T,
    E: FnOnce(InstanceId, T) -> ScalingEdit + Send + 'static,
    T: Send + 'static,
{
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = find(&state.ledger.world(), asker, &reference)?.id;
    let errors = Errors::default();
    let taken = read::body(&body, &errors, read);
    let taken = read::finish(errors, taken)?;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            precondition.hold(find(world, asker, &id.to_string())?.revision)?;
            Ok(vec![Edit::Scaling(edit(id, taken))])
        })
        .await?;
    answer(&state, &done, id)
}

fn answer(state: &ApiState, done: &Done, id: InstanceId) -> Result<Response, Refusal> {
    let instance = done.world.instance(id).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    Ok(done.changed(instance.revision, Instance::new(instance, done.view(&observed))))
}

/// An instance by id.
pub(super) fn find<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<&'a Arc<model::Instance>, Rejection> {
    let found = reference.parse().ok().and_then(|id| world.instance(id));
    found
        .filter(|instance| {
            world.scaling_group(instance.group).is_some_and(|group| asker.finds(&**group))
        })
        .ok_or_else(|| reference::not_found(ResourceKind::Instance, reference))
}

fn status_word(text: &str) -> Result<InstanceStatus, Problem> {
    let is_meant =
        |status: &&InstanceStatus| status.to_string().eq_ignore_ascii_case(&text.replace('-', "_"));
    InstanceStatus::ALL.iter().find(is_meant).copied().ok_or_else(|| {
        let known: Vec<String> = InstanceStatus::ALL.iter().map(ToString::to_string).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let text: String = text.chars().take(80).collect();
        let text = text.escape_debug();
        wrong("status", format!("unknown status `{text}`; use {}", either(&known)))
    })
}
