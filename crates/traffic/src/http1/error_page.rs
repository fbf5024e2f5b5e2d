//! Responses that the balancer gives itself: errors in plain words, redirects and fixed answers
//! of rules. It must be the only place that writes such a response.

use elbow_model::listener::Hsts;

use super::forwarding::{RequestId, write_number};
use super::framing::{Asked, Version};
use super::write_request::write_line;
use super::write_response::{Persistence, write_hsts};

/// A response of the balancer's own.
#[derive(Clone, Copy, Debug)]
pub struct LocalResponse<'a> {
    pub status: u16,
    pub content_type: &'a str,
    pub body: &'a [u8],
    pub location: Option<&'a str>,
    pub retry_after_s: Option<u32>,
}

/// To whom and how it goes.
#[derive(Clone, Copy, Debug)]
pub struct LocalDelivery {
    pub asked: Asked,
    pub client_version: Version,
    pub persistence: Persistence,
    pub request_id: RequestId,
    /// `Strict-Transport-Security` of the listener.
    pub hsts: Option<Hsts>,
}

/// Appends a whole response.
pub fn write_local(response: &LocalResponse<'_>, delivery: &LocalDelivery, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    write_number(response.status.into(), out);
    out.push(b' ');
    out.extend_from_slice(reason_phrase(response.status).as_bytes());
    out.extend_from_slice(b"\r\n");
    let has_body = !matches!(response.status, 100..=199 | 204 | 304);
    if has_body {
        write_line(b"Content-Type", response.content_type.as_bytes(), out);
        out.extend_from_slice(b"Content-Length: ");
        write_number(response.body.len() as u64, out);
        out.extend_from_slice(b"\r\n");
    }
    if let Some(location) = response.location {
        write_line(b"Location", location.as_bytes(), out);
    }
    if let Some(seconds) = response.retry_after_s {
        out.extend_from_slice(b"Retry-After: ");
        write_number(seconds.into(), out);
        out.extend_from_slice(b"\r\n");
    }
    if let Some(hsts) = delivery.hsts {
        write_hsts(hsts, out);
    }
    write_line(b"X-Request-Id", &delivery.request_id.to_hex(), out);
    out.extend_from_slice(match (delivery.persistence, delivery.client_version) {
        (Persistence::Close, _) => b"Connection: close\r\n\r\n".as_slice(),
        (Persistence::KeepAlive, Version::Http10) => b"Connection: keep-alive\r\n\r\n",
        (Persistence::KeepAlive, Version::Http11) => b"\r\n",
    });
    if has_body && delivery.asked == Asked::Other {
        out.extend_from_slice(response.body);
    }
}

/// Appends an error page: status, its phrase and `reason` as plain text.
pub fn write_error(
    status: u16,
    reason: &str,
    retry_after_s: Option<u32>,
    delivery: &LocalDelivery,
    out: &mut Vec<u8>,
) {
    let mut body = Vec::with_capacity(160);
    write_number(status.into(), &mut body);
    body.push(b' ');
    body.extend_from_slice(reason_phrase(status).as_bytes());
    body.extend_from_slice(b": ");
    body.extend_from_slice(reason.as_bytes());
    body.extend_from_slice(b"\nrequest ");
    body.extend_from_slice(&delivery.request_id.to_hex());
    body.push(b'\n');
    let response = LocalResponse {
        status,
        content_type: "text/plain; charset=utf-8",
        body: &body,
        location: None,
        retry_after_s,
    };
    write_local(&response, delivery, out);
}

fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        508 => "Loop Detected",
        _ => "Response",
    }
}
