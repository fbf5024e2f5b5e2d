//! `/v1/scaling-groups`, their actions, and what they can be attached to.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::activity::Cause;
use elbow_model::change::Edit;
use elbow_model::change::scaling::{OnInstances, ScalingEdit, SetDesired};
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::rejection::ResourceKind;
use elbow_model::scaling_group as model;
use elbow_model::status;
use elbow_model::value::{Id, LoadBalancerId, Note, ScalingGroupId};
use elbow_model::world::{GroupPlace, Moment, World};
use uuid::Uuid;

use super::settle::{seen, settle};
use super::{answer, find};
use crate::authentication::Caller;
use crate::decode::{Errors, Fields};
use crate::native::errors::Refusal;
use crate::native::load_balancers::tagged;
use crate::native::read::scaling::group::{self, New, Patch};
use crate::native::read::scaling::{attachment, nothing};
use crate::native::read::{self, reference};
use crate::native::shape::View;
use crate::native::shape::scaling::eligible::EligibleLoadBalancer;
use crate::native::shape::scaling::group::ScalingGroup;
use crate::native::submission::{Action, Flag, Flagged, Submission, gone};
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// The path of the collection.
const PATH: &str = "/v1/scaling-groups";

/// `?force=true`: instances leave first, instead of being in the way.
pub(in crate::native) struct Force;

impl Flag for Force {
    const NAME: &'static str = "force";
}

/// `GET /v1/scaling-groups`: newest first, by keywords.
pub(in crate::native) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<ScalingGroup>>, Refusal> {
    let parameters = Parameters::read(&uri, &["limit", "cursor", "q"])?;
    let request = PageRequest::read(&parameters)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let keywords = parameters.text("q").unwrap_or_default().to_lowercase();
    let words: Vec<&str> = keywords.split_whitespace().collect();
    let asker = caller.asker();
    let found = world.scaling_groups_of(caller.project).rev();
    let found = found.filter(|group| asker.sees(&***group) && has_all(group, &words));
    let place = |group: &&Arc<model::ScalingGroup>| Place::by_age(group.id.uuid());
    Ok(Json(request.cut(found, place, |group| ScalingGroup::new(group, view))))
}

/// `POST /v1/scaling-groups`: with its template and attachments.
pub(in crate::native) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (id, asker) = (ScalingGroupId::from(Uuid::now_v7()), caller.asker());
    let ledger = state.ledger.clone();
    let world = ledger.world();
    let errors = Errors::default();
    let read = read::body(&body, &errors, |fields| group::new(fields, &world, asker, id));
    let named = read.map(|new| new.named.iter().map(|named| named.load_balancer).collect());
    settle(&ledger, named.unwrap_or_default()).await;
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let errors = Errors::default();
            let read = read::body(&body, &errors, |fields| group::new(fields, world, asker, id));
            let New { mut group, named } = read::finish(errors, read)?;
            attachment::found(&named, "attachments")?;
            group.seen = seen(&ledger, world, named.iter().map(|named| named.load_balancer));
            Ok(vec![Edit::Scaling(ScalingEdit::CreateGroup(group))])
        })
        .await?;
    let id = ScalingGroupId::from(done.created);
    let created = done.world.scaling_group(id);
    // A request that is sent again may be of somebody who no longer sees what it made.
    let created = created.filter(|group| asker.sees(&***group)).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let shape = ScalingGroup::new(created, done.view(&observed));
    Ok(done.created(PATH, created.revision, shape))
}

/// `GET /v1/scaling-groups/{id}`.
pub(in crate::native) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let group = find(&world, caller.asker(), &reference)?;
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    Ok(tagged(group.revision, ScalingGroup::new(group, view)))
}

/// `PATCH /v1/scaling-groups/{id}`: its own fields, its template and its desired count.
pub(in crate::native) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let id = find(&state.ledger.world(), caller.asker(), &reference)?.id;
    let (asking, precondition) = (caller.clone(), terms.precondition.clone());
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let group = find(world, asking.asker(), &id.to_string())?;
            precondition.hold(group.revision)?;
            let errors = Errors::default();
            let read = read::body(&body, &errors, |fields| group::patch(fields, world, group));
            let patch = read::finish(errors, read)?;
            patch.check_network(group)?;
            Ok(edits(patch, group, &asking))
        })
        .await?;
    answer(&state, &done, id)
}

/// `DELETE /v1/scaling-groups/{id}`: `?force=true` lets its instances leave first.
pub(in crate::native) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    Flagged { submission, is_set, .. }: Flagged<Force>,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let (asker, precondition) = (caller.asker(), terms.precondition.clone());
    let instances = if is_set { OnInstances::Remove } else { OnInstances::Refuse };
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let group = find(world, asker, &reference)?;
            precondition.hold(group.revision)?;
            let id = group.id;
            Ok(vec![Edit::Scaling(ScalingEdit::DeleteGroup { id, instances })])
        })
        .await?;
    Ok(done.deleted())
}

/// `POST .. /enable`.
pub(in crate::native) async fn enable(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    act(state, path, action, nothing, |id, ()| ScalingEdit::Enable { id }).await
}

/// `POST .. /disable`.
pub(in crate::native) async fn disable(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    act(state, path, action, nothing, |id, ()| ScalingEdit::Disable { id }).await
}

/// `POST .. /suspend`.
pub(in crate::native) async fn suspend(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let edit = |id, processes| ScalingEdit::Suspend { id, processes };
    act(state, path, action, group::processes, edit).await
}

/// `POST .. /resume`.
pub(in crate::native) async fn resume(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let edit = |id, processes| ScalingEdit::Resume { id, processes };
    act(state, path, action, group::processes, edit).await
}

/// `POST .. /scale`.
pub(in crate::native) async fn scale(
    state: State<ApiState>,
    path: Path<String>,
    action: Action,
) -> Result<Response, Refusal> {
    let caller = action.0.caller.clone();
    let edit = move |group, desired| ScalingEdit::SetDesired(wanted(&caller, group, desired));
    act(state, path, action, group::desired, edit).await
}

/// `GET .. /eligible-load-balancers`: every load balancer of the project, newest first, and why some are not eligible.
pub(in crate::native) async fn eligible(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<EligibleLoadBalancer>>, Refusal> {
    let world = state.ledger.world();
    let group = find(&world, caller.asker(), &reference)?;
    let attached: Vec<LoadBalancerId> =
        group.attachments.iter().map(|attachment| attachment.load_balancer).collect();
    Ok(Json(eligible_at(&state, &world, &caller, GroupPlace::of(group), &attached, &uri)?))
}

/// `GET /v1/networks/{id}/eligible-load-balancers`: the same for a group that is yet to be created.
pub(in crate::native) async fn eligible_in_network(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<EligibleLoadBalancer>>, Refusal> {
    let world = state.ledger.world();
    let found = reference::find_network(&world, caller.project, &reference);
    let network = found.filter(|network| caller.asker().finds(&***network));
    let missing = || reference::not_found(ResourceKind::Network, &reference);
    let place = GroupPlace { project: caller.project, network: network.ok_or_else(missing)?.id };
    Ok(Json(eligible_at(&state, &world, &caller, place, &[], &uri)?))
}

fn eligible_at(
    state: &ApiState,
    world: &World,
    caller: &Caller,
    group: GroupPlace,
    attached: &[LoadBalancerId],
    uri: &Uri,
) -> Result<Page<EligibleLoadBalancer>, Refusal> {
    let request = PageRequest::read(&Parameters::read(uri, &["limit", "cursor"])?)?;
    let observed = state.ledger.observed();
    let asker = caller.asker();
    let before = request.after.map(|place| place.id.into());
    let found = world.search(caller.project, "", before);
    let found = found.filter(|balancer| asker.sees(&***balancer));
    let place = |balancer: &&Arc<LoadBalancer>| Place::by_age(balancer.id.uuid());
    Ok(request.cut(found, place, |balancer| {
        let status = status::of_load_balancer(balancer, &observed).seen();
        let faults = world.attachment_faults(group, balancer.id, None, status, Moment::Attaching);
        EligibleLoadBalancer::new(balancer, attached.contains(&balancer.id), &faults)
    }))
}

/// An action on a group that `read` takes the body of.
async fn act<T, R, E>(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    Action(submission): Action,
    read: R,
    edit: E,
) -> Result<Response, Refusal>
where
    R: FnOnce(Fields<'_>) -> T,
    E: FnOnce(ScalingGroupId, T) -> ScalingEdit + Send + 'static,
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
            let group = find(world, asker, &id.to_string())?;
            precondition.hold(group.revision)?;
            Ok(vec![Edit::Scaling(edit(id, taken))])
        })
        .await?;
    answer(&state, &done, id)
}

fn edits(patch: Patch, group: &model::ScalingGroup, caller: &Caller) -> Vec<Edit> {
    let id = group.id;
    let switch = patch.switch(group);
    let Patch { settings, desired, template, enabled: _, network: _ } = patch;
    let mut edits = Vec::new();
    edits.extend(template.map(|template| ScalingEdit::SetTemplate { group: id, template }));
    edits.extend(switch.map(|enabled| match enabled {
        true => ScalingEdit::Enable { id },
        false => ScalingEdit::Disable { id },
    }));
    edits.push(ScalingEdit::EditGroup { id, settings });
    edits.extend(desired.map(|desired| ScalingEdit::SetDesired(wanted(caller, id, desired))));
    edits.into_iter().map(Edit::Scaling).collect()
}

fn wanted(caller: &Caller, group: ScalingGroupId, desired: model::InstanceCount) -> SetDesired {
    let cause = Cause::User { id: caller.user, name: caller.name.clone() };
    let text = Note::new(format!("`{}` wants {desired} instances", caller.name));
    let activity = Uuid::now_v7().into();
    SetDesired { group, desired, activity, cause, evidence: Vec::new(), text }
}

/// Whether every word, in lower case, is somewhere in what a group says.
fn has_all(group: &model::ScalingGroup, words: &[&str]) -> bool {
    if words.is_empty() {
        return true;
    }
    let settings = &group.settings;
    let tags = settings.tags.as_map().iter().map(|(key, value)| format!("{key}={value}"));
    let tags: Vec<String> = tags.collect();
    let text = format!(
        "{}\n{}\n{}\n{}",
        settings.name,
        settings.description.as_str(),
        group.id,
        tags.join("\n")
    );
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}
