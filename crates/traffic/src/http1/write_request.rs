//! The only writer of request heads to members. It must write nothing that the strict parser has
//! not understood: lines that are already canonical are copied, all others are written anew.

use super::field::FieldKind;
use super::forwarding::{ClientProtocol, Origin, write_number, write_origin};
use super::framing::{BodyLength, Version};
use super::refusal::Refusal;
use super::request::RequestHead;

/// A field that the listener sets on every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inserted {
    /// A checked field name in lower case.
    pub name: String,
    /// A checked field value.
    pub value: String,
}

/// Appends the head for the member.
///
/// # Errors
/// [`Refusal::Loop`] if the request passed this process too often.
pub fn write_request(
    head: &RequestHead<'_, '_>,
    origin: &Origin<'_>,
    inserted: &[Inserted],
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    out.extend_from_slice(head.method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(head.target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    out.extend_from_slice(head.authority.as_bytes());
    out.extend_from_slice(b"\r\n");
    write_fields(head, inserted, out);
    write_origin(head, origin, out)?;
    for field in inserted {
        write_line(field.name.as_bytes(), field.value.as_bytes(), out);
    }
    if let Some(hops) = head.max_forwards {
        out.extend_from_slice(b"Max-Forwards: ");
        write_number(hops.saturating_sub(1), out);
        out.extend_from_slice(b"\r\n");
    }
    if head.body == BodyLength::Chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
    if let Some(protocol) = head.upgrade {
        out.extend_from_slice(b"Connection: upgrade\r\n");
        write_line(b"Upgrade", protocol, out);
    } else if head.takes_trailers && origin.protocol == ClientProtocol::Http2 {
        // Every HTTP/2 client gets its trailers, and those of gRPC insist on the field.
        out.extend_from_slice(b"TE: trailers\r\nConnection: TE\r\n");
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Copies the fields that are passed on, run by run of neighbouring canonical lines.
fn write_fields(head: &RequestHead<'_, '_>, inserted: &[Inserted], out: &mut Vec<u8>) {
    let mut run = 0..0;
    for (index, (field, kind)) in head.fields.iter().zip(&head.kinds).enumerate() {
        if !is_passed_on(head, *kind) || is_replaced(field.name, inserted) {
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

fn is_passed_on(head: &RequestHead<'_, '_>, kind: FieldKind) -> bool {
    match kind {
        FieldKind::Plain | FieldKind::Cookie | FieldKind::StrictTransport => true,
        FieldKind::ContentLength => head.body != BodyLength::Chunked,
        FieldKind::Expect => head.version == Version::Http11,
        // Written anew where it counts.
        FieldKind::MaxForwards => head.max_forwards.is_none(),
        FieldKind::Host
        | FieldKind::TransferEncoding
        | FieldKind::Connection
        | FieldKind::Upgrade
        | FieldKind::Via
        | FieldKind::RequestId
        | FieldKind::ForwardedFor
        | FieldKind::ForwardedProto
        | FieldKind::ForwardedPort
        | FieldKind::ForwardedHost
        | FieldKind::Forwarded
        | FieldKind::Dropped => false,
    }
}

fn is_replaced(name: &str, inserted: &[Inserted]) -> bool {
    inserted.iter().any(|field| field.name.eq_ignore_ascii_case(name))
}

pub(super) fn write_line(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}
