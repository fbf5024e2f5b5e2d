//! Takes request bodies: the type first, then the announced length, then at most so many bytes, then the JSON.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

use crate::json;
use crate::problem::Problem;

/// The longest body in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Reads a body that must be JSON; the bytes come along for digests.
pub async fn json(headers: &HeaderMap, body: Body) -> Result<(Bytes, Value), Problem> {
    check_type(headers)?;
    let bytes = read(headers, body).await?;
    let value = parse(&bytes)?;
    Ok((bytes, value))
}

/// Reads a body that must be empty or JSON, which is then ignored.
pub async fn none(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    read(headers, body).await
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    let essence =
        sent.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(essence.as_str(), "application/json" | "application/merge-patch+json") {
        return Ok(());
    }
    let found = match sent {
        None => "the request has no Content-Type".to_owned(),
        Some(sent) => format!("the request has Content-Type `{}`", sent.escape_debug()),
    };
    let detail = format!("{found}; send `Content-Type: application/json`");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BYTES as u64) {
        return Err(too_large());
    }
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Problem::malformed("MALFORMED_REQUEST", "the body ended early")),
    }
}

fn too_large() -> Problem {
    let detail = format!(
        "the body has more than {MAX_BYTES} bytes; send large trees in parts, by the paths of their parts"
    );
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail)
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return Err(Problem::malformed("MALFORMED_JSON", "the body is empty; send a JSON object"));
    }
    json::parse(bytes).map_err(|error| {
        Problem::malformed(
            "MALFORMED_JSON",
            format!("the body is not JSON that can be taken: {error}"),
        )
    })
}
