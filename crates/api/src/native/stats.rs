//! `/v1/load-balancers/{id}/stats`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;

use super::errors::Refusal;
use super::read::reference;
use super::shape::stats::Stats;
use crate::authentication::Caller;
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/load-balancers/{id}/stats`: last values and series.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Stats>, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let balancer = reference::load_balancer(&world, caller.project, &reference)?;
    let series = state.surroundings.series(balancer.id);
    Ok(Json(Stats::new(balancer, &observed, series, state.surroundings.now())))
}
