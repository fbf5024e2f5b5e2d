//! `/v1/scaling-groups/{id}/activities`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use elbow_model::activity as model;
use elbow_model::value::Id;

use super::find;
use crate::authentication::Caller;
use crate::native::errors::Refusal;
use crate::native::shape::View;
use crate::native::shape::scaling::activity::ScalingActivity;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
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
