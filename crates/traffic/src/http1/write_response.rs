//! The only writer of response heads to clients, under the same rule as for requests: canonical
//! lines are copied, all others written anew.

use elbow_model::listener::Hsts;

use super::body::BodyWriter;
use super::field::FieldKind;
use super::forwarding::write_number;
use super::framing::{BodyLength, Version};
use super::response::ResponseHead;
use super::write_request::write_line;

/// What becomes of the client's connection after this response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    KeepAlive,
    Close,
}

/// How a response reaches its client.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    pub client_version: Version,
    pub persistence: Persistence,
    pub body: BodyWriter,
    /// A complete `Set-Cookie` value to add, for session persistence.
    pub set_cookie: Option<&'a [u8]>,
    pub via_name: &'a str,
    /// `Strict-Transport-Security` of the listener, in place of the member's.
    pub hsts: Option<Hsts>,
}

/// Appends the head of a final response.
pub fn write_response(head: &ResponseHead<'_, '_>, delivery: &Delivery<'_>, out: &mut Vec<u8>) {
    write_status_line(head, out);
    let replaced = delivery.hsts.map(|_| FieldKind::StrictTransport);
    write_fields(head, replaced, out);
    if let Some(hsts) = delivery.hsts {
        write_hsts(hsts, out);
    }
    if delivery.body == BodyWriter::Chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
    if let Some(cookie) = delivery.set_cookie {
        write_line(b"Set-Cookie", cookie, out);
    }
    out.extend_from_slice(b"Via: 1.1 ");
    out.extend_from_slice(delivery.via_name.as_bytes());
    out.extend_from_slice(match (delivery.persistence, delivery.client_version) {
        (Persistence::Close, _) => b"\r\nConnection: close\r\n\r\n".as_slice(),
        (Persistence::KeepAlive, Version::Http10) => b"\r\nConnection: keep-alive\r\n\r\n",
        (Persistence::KeepAlive, Version::Http11) => b"\r\n\r\n",
    });
}

/// Appends the head of an interim response (1xx but 101).
pub fn write_interim(head: &ResponseHead<'_, '_>, out: &mut Vec<u8>) {
    write_status_line(head, out);
    write_fields(head, None, out);
    out.extend_from_slice(b"\r\n");
}

/// Appends the head that turns the connection into a tunnel.
pub fn write_switch(head: &ResponseHead<'_, '_>, protocol: &[u8], out: &mut Vec<u8>) {
    write_status_line(head, out);
    write_fields(head, None, out);
    out.extend_from_slice(b"Connection: upgrade\r\n");
    write_line(b"Upgrade", protocol, out);
    out.extend_from_slice(b"\r\n");
}

fn write_status_line(head: &ResponseHead<'_, '_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    write_number(head.status.into(), out);
    out.push(b' ');
    out.extend_from_slice(head.reason.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Writes `Strict-Transport-Security` (RFC 6797 §6.1).
pub(super) fn write_hsts(hsts: Hsts, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Strict-Transport-Security: max-age=");
    write_number(hsts.max_age_s.get().into(), out);
    if hsts.include_subdomains {
        out.extend_from_slice(b"; includeSubDomains");
    }
    if hsts.preload {
        out.extend_from_slice(b"; preload");
    }
    out.extend_from_slice(b"\r\n");
}

fn write_fields(head: &ResponseHead<'_, '_>, replaced: Option<FieldKind>, out: &mut Vec<u8>) {
    let mut run = 0..0;
    for (index, (field, kind)) in head.fields.iter().zip(&head.kinds).enumerate() {
        if !is_passed_on(head, *kind) || replaced == Some(*kind) {
            continue;
        }
        match head.span(index) {
            Some(span) if span.start == run.end => run.end = span.end,
            Some(span) => {
                out.extend_from_slice(head.head.get(run).unwrap_or_default());
                run = span;
            }
            None => {
                out.extend_from_slice(head.head.get(run).unwrap_or_default());
                run = 0..0;
                write_line(field.name.as_bytes(), field.value, out);
            }
        }
    }
    out.extend_from_slice(head.head.get(run).unwrap_or_default());
}

fn is_passed_on(head: &ResponseHead<'_, '_>, kind: FieldKind) -> bool {
    match kind {
        FieldKind::Connection
        | FieldKind::TransferEncoding
        | FieldKind::Upgrade
        | FieldKind::Dropped => false,
        // A body that we frame ourselves must not also have a length; 1xx and 204 have none.
        FieldKind::ContentLength => {
            !matches!(head.body, BodyLength::Chunked | BodyLength::UntilClose)
                && !matches!(head.status, 100..=199 | 204)
        }
        FieldKind::Plain
        | FieldKind::Host
        | FieldKind::Expect
        | FieldKind::MaxForwards
        | FieldKind::Via
        | FieldKind::RequestId
        | FieldKind::ForwardedFor
        | FieldKind::ForwardedProto
        | FieldKind::ForwardedPort
        | FieldKind::ForwardedHost
        | FieldKind::Forwarded
        | FieldKind::Cookie
        | FieldKind::StrictTransport => true,
    }
}
