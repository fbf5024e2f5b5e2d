//! `/v1/proxies`: what serves traffic, and how far it has come. The operator's alone.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;

use super::errors::Refusal;
use super::shape::proxy::Proxy;
use crate::authentication::Caller;
use crate::paging::Page;
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/proxies`: those that are connected, in the order of their names.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<Proxy>>, Refusal> {
    Parameters::read(&uri, &["limit", "cursor"])?;
    caller.require_operator()?;
    // Observed first: what proxies run is then never newer than the revision it is held against.
    let observed = state.ledger.observed();
    let head = state.ledger.world().revision();
    let proxies = observed.proxies.iter();
    let mut items: Vec<Proxy> =
        proxies.map(|(id, proxy)| Proxy::new(&id.to_string(), proxy, head)).collect();
    items.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Json(Page { items, next: None }))
}
