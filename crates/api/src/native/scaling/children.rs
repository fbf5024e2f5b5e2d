//! What a group has besides instances (policies, schedules, lifecycle hooks): the same five calls for each. What
//! differs between them is said by their [`Child`], one file per resource.

use std::cmp::Reverse;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::Edit;
use elbow_model::change::scaling::ScalingEdit;
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::Asker;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{Id, Revision, ScalingGroupId};
use elbow_model::world::World;
use serde::Serialize;
use uuid::Uuid;

use super::find as find_group;
use crate::authentication::Caller;
use crate::decode::{Errors, Fields};
use crate::native::errors::Refusal;
use crate::native::load_balancers::tagged;
use crate::native::read::{self, reference};
use crate::native::shape::Reference;
use crate::native::submission::{Done, Submission, gone};
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// A kind of what a group has.
pub(in crate::native) trait Child: Sized + 'static {
    type Id: Id + FromStr + Send + 'static;
    type Settings: Clone;
    /// As the native dialect shows it.
    type Shape: Serialize;

    const KIND: ResourceKind;
    /// Where each has its own path.
    const PATH: &'static str;

    /// All of a group.
    fn all(group: &ScalingGroup) -> &[Self];
    /// The group that one is of.
    fn group(world: &World, id: Self::Id) -> Option<&Arc<ScalingGroup>>;
    fn id(&self) -> Self::Id;
    fn revision(&self) -> Revision;
    fn settings(&self) -> &Self::Settings;
    fn shape(&self, group: Reference) -> Self::Shape;

    /// Reads one to create; nothing only after noting why.
    fn read_new(fields: Fields<'_>) -> Option<Self::Settings>;
    /// Reads a patch onto settings, likewise.
    fn read_patch(fields: Fields<'_>, settings: Self::Settings) -> Option<Self::Settings>;

    fn add(group: ScalingGroupId, id: Self::Id, settings: Self::Settings) -> ScalingEdit;
    fn edit(id: Self::Id, settings: Self::Settings) -> ScalingEdit;
    fn delete(id: Self::Id) -> ScalingEdit;
}

/// `GET` below a group: newest first.
pub(in crate::native) async fn list<C: Child>(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<C::Shape>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let world = state.ledger.world();
    let group = find_group(&world, caller.asker(), &reference)?;
    let mut found: Vec<&C> = C::all(group).iter().collect();
    found.sort_unstable_by_key(|one| Reverse(one.id()));
    let place = |one: &&C| Place::by_age(one.id().uuid());
    Ok(Json(request.cut(found, place, |one| one.shape(of(group)))))
}

/// `POST` below a group.
pub(in crate::native) async fn create<C: Child>(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let (asker, id) = (caller.asker(), C::Id::from(Uuid::now_v7()));
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |world| {
            let group = find_group(world, asker, &reference)?;
            precondition.hold(group.revision)?;
            let errors = Errors::default();
            let read = read::body(&body, &errors, C::read_new);
            let settings = read::finish(errors, read.flatten())?;
            Ok(vec![Edit::Scaling(C::add(group.id, id, settings))])
        })
        .await?;
    let (group, created) = found::<C>(&done, done.created.into())?;
    Ok(done.created(C::PATH, created.revision(), created.shape(of(group))))
}

/// `GET` of one.
pub(in crate::native) async fn show<C: Child>(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let world = state.ledger.world();
    let (group, one) = find::<C>(&world, caller.asker(), &reference)?;
    Ok(tagged(one.revision(), one.shape(of(group))))
}

/// `PATCH` of one.
pub(in crate::native) async fn patch<C: Child>(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = find::<C>(&state.ledger.world(), asker, &reference)?.1.id();
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, one) = find::<C>(world, asker, &id.to_string())?;
            precondition.hold(one.revision())?;
            let (errors, base) = (Errors::default(), one.settings().clone());
            let read = read::body(&body, &errors, |fields| C::read_patch(fields, base));
            let settings = read::finish(errors, read.flatten())?;
            Ok(vec![Edit::Scaling(C::edit(id, settings))])
        })
        .await?;
    let (group, edited) = found::<C>(&done, id)?;
    Ok(done.changed(edited.revision(), edited.shape(of(group))))
}

/// `DELETE` of one.
pub(in crate::native) async fn delete<C: Child>(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let (asker, precondition) = (caller.asker(), terms.precondition.clone());
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, one) = find::<C>(world, asker, &reference)?;
            precondition.hold(one.revision())?;
            Ok(vec![Edit::Scaling(C::delete(one.id()))])
        })
        .await?;
    Ok(done.deleted())
}

fn of(group: &ScalingGroup) -> Reference {
    Reference::new(group.id, &group.settings.name)
}

fn found<C: Child>(done: &Done, id: C::Id) -> Result<(&Arc<ScalingGroup>, &C), Refusal> {
    one_of(&done.world, id).ok_or_else(gone)
}

/// One of the project's by id, with its group.
pub(super) fn find<'a, C: Child>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<(&'a Arc<ScalingGroup>, &'a C), Rejection> {
    let found = reference.parse().ok().and_then(|id| one_of::<C>(world, id));
    found
        .filter(|(group, _)| asker.finds(&***group))
        .ok_or_else(|| reference::not_found(C::KIND, reference))
}

fn one_of<C: Child>(world: &World, id: C::Id) -> Option<(&Arc<ScalingGroup>, &C)> {
    let group = C::group(world, id)?;
    Some((group, C::all(group).iter().find(|one| one.id() == id)?))
}
