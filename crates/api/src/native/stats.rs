//! `/v1/load-balancers/{id}/stats`.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use elbow_store::series::Resolution;

use super::errors::Refusal;
use super::read::reference;
use super::shape::stats::Stats;
use crate::authentication::Caller;
use crate::problem::Problem;
use crate::query::{Parameters, wrong};
use crate::state::ApiState;

/// How far series reach back if the caller does not say: they are finest then.
const DEFAULT_RANGE: Duration = Duration::from_secs(300);

/// `GET /v1/load-balancers/{id}/stats`: last values and series, at least as far back as `?range_s=`, up to a day.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Stats>, Refusal> {
    let parameters = Parameters::read(&uri, &["range_s"])?;
    let range = range_s(&parameters)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let balancer = reference::load_balancer(&world, caller.asker(), &reference)?;
    let now = state.surroundings.now();
    let readout = state.ledger.series().read(balancer.id, Resolution::covering(range), now);
    Ok(Json(Stats::new(balancer, &observed, &readout, now)))
}

/// How far back to look: `?range_s=`.
pub(super) fn range_s(parameters: &Parameters) -> Result<Duration, Problem> {
    match parameters.text("range_s") {
        None => Ok(DEFAULT_RANGE),
        Some(text) => text.parse().map(Duration::from_secs).map_err(|_| {
            wrong("range_s", format!("`{}` is not a number of seconds", text.escape_debug()))
        }),
    }
}
