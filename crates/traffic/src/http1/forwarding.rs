//! What a request tells its member about where it came from: `X-Forwarded-*`, `Via`, the request
//! id. It must not believe what an untrusted peer says about that.

use std::io::Write as _;
use std::net::IpAddr;

use super::field::{FieldKind, list_members};
use super::framing::Version;
use super::grammar::is_token;
use super::refusal::Refusal;
use super::request::RequestHead;
use crate::limits::{MAX_REQUEST_ID_BYTES, MAX_VIA_PASSES};

/// The identity of one request, printed as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestId(pub u128);

impl RequestId {
    /// Its text.
    #[must_use]
    pub fn to_hex(self) -> [u8; 32] {
        let mut text = [0; 32];
        for (place, byte) in self.0.to_be_bytes().into_iter().enumerate() {
            text[place * 2] = HEX[usize::from(byte >> 4)];
            text[place * 2 + 1] = HEX[usize::from(byte & 0xf)];
        }
        text
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Whether the peer's own statements about earlier hops are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    Trusted,
    Untrusted,
}

/// What a request came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientProtocol {
    Http1,
    Http2,
}

/// Where a request came from, as the listener saw it.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub client: IpAddr,
    pub trust: Trust,
    pub protocol: ClientProtocol,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The listener's port.
    pub port: u16,
    /// This process's name in `Via`, a token.
    pub via_name: &'a str,
    pub request_id: RequestId,
    /// What is told of the client's certificate: whole lines, or none.
    pub client_certificate: &'a [u8],
}

/// Writes the fields that describe where the request came from.
///
/// # Errors
/// [`Refusal::Loop`] if the request passed this process too often.
pub(super) fn write_origin(
    head: &RequestHead<'_, '_>,
    origin: &Origin<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    out.extend_from_slice(b"X-Forwarded-For: ");
    if origin.trust == Trust::Trusted {
        for earlier in head.values_of(FieldKind::ForwardedFor).filter(|value| !value.is_empty()) {
            out.extend_from_slice(earlier);
            out.extend_from_slice(b", ");
        }
    }
    write_ip(origin.client, out);
    out.extend_from_slice(b"\r\nX-Forwarded-Proto: ");
    match believed(head, origin, FieldKind::ForwardedProto) {
        Some(proto) => out.extend_from_slice(proto),
        None => out.extend_from_slice(origin.scheme.as_bytes()),
    }
    out.extend_from_slice(b"\r\nX-Forwarded-Port: ");
    match believed(head, origin, FieldKind::ForwardedPort) {
        Some(port) => out.extend_from_slice(port),
        None => write_number(origin.port.into(), out),
    }
    match believed(head, origin, FieldKind::ForwardedHost).unwrap_or(head.authority.as_bytes()) {
        b"" => {}
        host => {
            out.extend_from_slice(b"\r\nX-Forwarded-Host: ");
            out.extend_from_slice(host);
        }
    }
    if let Some(forwarded) = believed(head, origin, FieldKind::Forwarded) {
        out.extend_from_slice(b"\r\nForwarded: ");
        out.extend_from_slice(forwarded);
    }
    out.extend_from_slice(b"\r\nX-Request-Id: ");
    match believed_request_id(head, origin) {
        Some(id) => out.extend_from_slice(id),
        None => out.extend_from_slice(&origin.request_id.to_hex()),
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(origin.client_certificate);
    write_via(head, origin, out)
}

/// The id that a trusted proxy gave the request: it goes on with that instead of its own.
#[must_use]
pub fn believed_request_id<'b>(
    head: &RequestHead<'_, 'b>,
    origin: &Origin<'_>,
) -> Option<&'b [u8]> {
    believed(head, origin, FieldKind::RequestId).filter(|id| is_request_id(id))
}

fn believed<'b>(
    head: &RequestHead<'_, 'b>,
    origin: &Origin<'_>,
    kind: FieldKind,
) -> Option<&'b [u8]> {
    match origin.trust {
        Trust::Trusted => head.values_of(kind).find(|value| !value.is_empty()),
        Trust::Untrusted => None,
    }
}

fn is_request_id(id: &[u8]) -> bool {
    id.len() <= MAX_REQUEST_ID_BYTES && is_token(id)
}

fn write_via(
    head: &RequestHead<'_, '_>,
    origin: &Origin<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let name = origin.via_name;
    let passes = head
        .values_of(FieldKind::Via)
        .flat_map(list_members)
        .filter(|entry| entry.ends_with(name.as_bytes()))
        .count();
    if passes >= MAX_VIA_PASSES {
        return Err(Refusal::Loop);
    }
    out.extend_from_slice(b"Via: ");
    for earlier in head.values_of(FieldKind::Via).filter(|value| !value.is_empty()) {
        out.extend_from_slice(earlier);
        out.extend_from_slice(b", ");
    }
    let received = match (origin.protocol, head.version) {
        (ClientProtocol::Http1, Version::Http10) => b"1.0 ",
        (ClientProtocol::Http1, Version::Http11) => b"1.1 ",
        (ClientProtocol::Http2, _) => b"2.0 ",
    };
    out.extend_from_slice(received);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Writes an address; the common kind without the formatting machinery.
pub(super) fn write_ip(address: IpAddr, out: &mut Vec<u8>) {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            for (index, octet) in address.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                write_number(octet.into(), out);
            }
        }
        IpAddr::V6(address) => {
            // Writing into a vector does not fail.
            drop(write!(out, "{address}"));
        }
    }
}

/// Writes a decimal number without the formatting machinery.
pub(super) fn write_number(value: u64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut rest = value;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
}
