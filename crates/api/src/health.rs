//! `/livez`, `/readyz` and `/version`: for machines that watch machines.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::ApiState;

/// Whether traffic is served as it is intended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    ready: bool,
    /// What is missing.
    reason: Option<String>,
    /// The newest revision.
    revision: u64,
    /// Proxies that run it.
    proxies: usize,
    /// Proxies that are connected.
    of: usize,
}

/// Elbow's version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    name: &'static str,
    version: String,
    /// Versions of the native API.
    api: [&'static str; 1],
}

/// `GET /livez`.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 if a proxy is connected and all that are run the newest revision, else 503.
pub(crate) async fn ready(State(state): State<ApiState>) -> Response {
    // Observed first: what proxies run is then never newer than the revision it is held against.
    let (observed, world) = (state.ledger.observed(), state.ledger.world());
    let head = world.revision();
    let of = observed.proxies.len();
    let proxies = observed.proxies.values().filter(|proxy| proxy.revision >= head).count();
    let reason = match (proxies, of) {
        (_, 0) => Some("no proxy is connected".to_owned()),
        (0, of) => Some(format!("0 of {of} proxies run revision {head}")),
        _ => state.ledger.trouble().map(|_| "the store cannot write; see Elbow's log".to_owned()),
    };
    let ready = reason.is_none();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, reason, revision: head.0, proxies, of })).into_response()
}

/// `GET /version`.
pub(crate) async fn version(State(state): State<ApiState>) -> Json<Version> {
    Json(Version { name: "elbow", version: state.settings.version.clone(), api: ["v1"] })
}
