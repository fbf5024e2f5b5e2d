//! What happens, for pages that follow it: the API's event stream, by the session's cookie.

use axum::response::Response;
use elbow_api::problem::Problem;

use crate::visitor::Visitor;

/// `GET /live`.
pub(crate) async fn follow(visitor: Visitor) -> Result<Response, Problem> {
    visitor.follow("/v1/events").await
}
