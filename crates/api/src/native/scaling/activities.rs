//! `/v1/scaling-groups/{id}/activities`, and `/v1/activities` for all groups of a project.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use elbow_model::activity as model;
use elbow_model::value::Id;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::find;
use crate::authentication::Caller;
use crate::native::errors::Refusal;
use crate::native::shape::View;
use crate::native::shape::scaling::activity::{CauseType, ResultWord, ScalingActivity, cause_of};
use crate::paging::{Page, PageRequest, Place};
use crate::query::{Parameters, wrong};
use crate::state::ApiState;

/// `GET /v1/scaling-groups/{id}/activities`: newest first.
pub(in crate::native) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<ScalingActivity>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let group = find(&world, caller.asker(), &reference)?;
    let place = |activity: &&Arc<model::Activity>| Place::by_age(activity.id.uuid());
    let found = world.activities_of(group.id).rev();
    Ok(Json(request.cut(found, place, |activity| ScalingActivity::new(activity, view))))
}

/// `GET /v1/activities`: those of every group that the caller sees, newest first.
pub(in crate::native) async fn all(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<ScalingActivity>>, Refusal> {
    let parameters = Parameters::read(&uri, &["limit", "cursor", "cause", "result"])?;
    let request = PageRequest::read(&parameters)?;
    let cause: Option<CauseType> = word(&parameters, "cause")?;
    let result: Option<ResultWord> = word(&parameters, "result")?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let (viewer, asker) = (caller.author(), caller.asker());
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let before = request.after.map(|place| place.id);
    let is_wanted = |activity: &&Arc<model::Activity>| {
        before.is_none_or(|before| activity.id.uuid() < before)
            && cause.is_none_or(|cause| cause_of(activity) == cause)
            && result.is_none_or(|result| ResultWord::from(&activity.result) == result)
    };
    let groups = world.scaling_groups_of(caller.project).filter(|group| asker.sees(&***group));
    // More of one group than a page holds, and one to know whether there is another page, is never shown.
    let most = request.limit.saturating_add(1);
    let newest = |group: &Arc<elbow_model::scaling_group::ScalingGroup>| {
        world.activities_of(group.id).rev().filter(is_wanted).take(most).collect::<Vec<_>>()
    };
    let mut found: Vec<&Arc<model::Activity>> = groups.flat_map(newest).collect();
    found.sort_by_key(|activity| std::cmp::Reverse(activity.id.uuid()));
    let place = |activity: &&Arc<model::Activity>| Place::by_age(activity.id.uuid());
    Ok(Json(request.cut(found, place, |activity| ScalingActivity::new(activity, view))))
}

/// A parameter that is one of a few words.
fn word<T: DeserializeOwned>(parameters: &Parameters, name: &str) -> Result<Option<T>, Refusal> {
    let Some(text) = parameters.text(name) else { return Ok(None) };
    let constant = text.to_ascii_uppercase().replace('-', "_");
    let read = serde_json::from_value(Value::String(constant));
    read.map(Some).map_err(|error| wrong(name, error.to_string()).into())
}
