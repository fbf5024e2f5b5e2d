//! `GET /v1/scaling-groups/{id}/stats`.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use elbow_store::series::GROUP_SECONDS;

use super::find;
use crate::authentication::Caller;
use crate::native::errors::Refusal;
use crate::native::shape::View;
use crate::native::shape::scaling::stats::GroupStats;
use crate::native::stats::range_s;
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/scaling-groups/{id}/stats`: last values and series over `?range_s=`, up to two hours.
pub(in crate::native) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<GroupStats>, Refusal> {
    let range = range_s(&Parameters::read(&uri, &["range_s"])?)?;
    let most = Duration::from_secs(GROUP_SECONDS as u64);
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let (viewer, now) = (caller.author(), state.surroundings.now());
    let view = View { world: &world, observed: &observed, viewer: &viewer, now };
    let group = find(&world, caller.asker(), &reference)?;
    let series = state.ledger.series().groups();
    let readout = series.read(group.id, range.min(most), now);
    Ok(Json(GroupStats::new(group, view, &readout, series.last(group.id))))
}
