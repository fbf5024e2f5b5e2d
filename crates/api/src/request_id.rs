//! Names each request: in the answer, in problems and in the log. Also the last place where an answer that is no
//! problem document, though it is an error, is made one.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use crate::problem::Problem;

/// Where the id travels.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a client.
const MAX_CHARS: usize = 128;

/// Gives the request an id (the client's own, if it sent a sane one), runs it, and marks the answer.
pub async fn mark(request: Request, next: Next) -> Response {
    let id = id_of(&request);
    let started = std::time::Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = carry_allow(&response, problem.render(&id));
    } else if is_bare_error(&response) {
        response = carry_allow(&response, bare(response.status(), &path).render(&id));
    }
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::warn!(request.id = %id, %method, path, status, duration_ms, "request failed");
    } else {
        tracing::debug!(request.id = %id, %method, path, status, duration_ms, "request answered");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

fn id_of(request: &Request) -> String {
    let sane = |text: &&str| {
        (1..=MAX_CHARS).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    let sent =
        request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane);
    sent.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Whether this is an error that no handler of ours made: a route that does not exist, a path that is no UTF-8.
fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    let is_made = |t: &HeaderValue| {
        let made = [&b"application/"[..], b"text/html"];
        made.into_iter().any(|kind| t.as_bytes().starts_with(kind))
    };
    let is_made = response.headers().get(header::CONTENT_TYPE).is_some_and(is_made);
    (status.is_client_error() || status.is_server_error()) && !is_made
}

fn bare(status: StatusCode, path: &str) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::new(
            status,
            "UNKNOWN_PATH",
            format!("there is no `{path}`; /openapi.json lists all paths"),
        ),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "METHOD_NOT_ALLOWED",
            format!("`{path}` does not take this method; see `Allow`"),
        ),
        _ if status.is_client_error() => {
            Problem::new(status, "MALFORMED_REQUEST", "the request cannot be understood")
        }
        _ => Problem::new(
            status,
            "INTERNAL",
            "Elbow failed; its log says more under this request id",
        ),
    }
}

/// `Allow` belongs to a 405 and comes from the router.
fn carry_allow(from: &Response, mut to: Response) -> Response {
    if let Some(allow) = from.headers().get(header::ALLOW) {
        to.headers_mut().insert(header::ALLOW, allow.clone());
    }
    to
}
