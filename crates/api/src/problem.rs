//! Problem details (RFC 9457): how every refusal is answered. Says what to do; internal detail goes to the log.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal as the client sees it. The request's id is added on the way out, by [`crate::request_id`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable, for programs.
    pub code: &'static str,
    /// What was wrong and what to do, for people.
    pub detail: String,
    /// Each wrong field.
    pub errors: Vec<FieldError>,
    /// Fields of the answer that belong to the status, such as `Retry-After`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// A field of a request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Path of the field, such as `listeners[0].port`; empty for the body as a whole.
    pub field: String,
    /// What was found and what is allowed.
    pub reason: String,
}

/// A problem as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`: the status and `code` say what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// Stable, for programs.
    code: &'static str,
    /// What was wrong and what to do.
    detail: String,
    /// Each wrong field; empty if the fault is not in a field.
    errors: Vec<FieldError>,
    /// Names this request in Elbow's log.
    request_id: String,
}

impl Problem {
    /// A problem without wrong fields.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// 400: the request cannot be understood.
    pub fn malformed(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401 with the challenge that belongs to it.
    pub fn unauthenticated(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail).with_header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"elbow\""),
        )
    }

    /// 403: known, but not allowed.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", detail)
    }

    /// 422 for these fields; there is at least one.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] if only.field.is_empty() => only.reason.clone(),
            [only] => format!("`{}`: {}", only.field, only.reason),
            several => {
                format!("{} fields are wrong; nothing was changed, see `errors`", several.len())
            }
        };
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID", detail) }
    }

    /// This problem, and when to try again.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// This problem with a field of the answer.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The answer, marked with the request's id.
    pub fn render(self, request_id: &str) -> Response {
        let Self { status, code, detail, errors, headers } = self;
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail,
            errors,
            request_id: request_id.to_owned(),
        };
        let mut response = (status, Json(body)).into_response();
        let fields = response.headers_mut();
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        for (name, value) in headers {
            fields.insert(name, value);
        }
        response
    }
}

impl IntoResponse for Problem {
    /// An answer without body; [`crate::request_id::mark`] renders the problem that travels with it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
