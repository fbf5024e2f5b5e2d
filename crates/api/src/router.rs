//! All dialects together, with what surrounds every request.

use axum::Router;

use crate::state::ApiState;
use crate::{native, request_id, server};

/// For TCP: callers show a token.
pub fn router(state: ApiState) -> Router {
    router_beside(state, Router::new())
}

/// For TCP, with further routes beside the dialects: the same limits, names of requests and peers apply to them.
pub fn router_beside(state: ApiState, further: Router) -> Router {
    finish(dialects(state).merge(further))
}

/// The dialects without what surrounds a request: to be called in process, by what answers a request itself. A
/// refusal is an answer with a [`Problem`](crate::problem::Problem) among its extensions, and without a body.
pub fn dialects(state: ApiState) -> Router {
    native::routes::router().with_state(state)
}

/// For the local socket: callers without a token are the operator.
pub fn operator_router(state: ApiState) -> Router {
    finish(server::operated(native::routes::router().with_state(state)))
}

/// The outermost layer is the last: on its way out an answer is first made a problem document, if it is an error, and marked
/// with the request's id.
fn finish(router: Router) -> Router {
    server::limited(router)
        .layer(axum::middleware::from_fn(request_id::mark))
        .layer(axum::middleware::from_fn(server::tell_browsers))
}
