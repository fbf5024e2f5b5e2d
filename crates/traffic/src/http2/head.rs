//! From the head of an HTTP/2 request to the HTTP/1.1 head that means the same (RFC 9113 §8), and of
//! trailers likewise. It must refuse whatever could change its meaning on the way: the strict
//! HTTP/1 parser reads what is written here, and decides the rest.

use super::frame::MAX_FRAME_BYTES;
use crate::http1::field::may_be_trailer;
use crate::http1::grammar::{is_field_value, is_token};
use crate::limits::MAX_TRAILER_BYTES;

/// The pseudo-header fields of a request (RFC 9113 §8.3.1, RFC 8441 §4), each at most once and ahead
/// of all others, as the framing has made sure.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestParts<'a> {
    pub method: &'a [u8],
    pub scheme: Option<&'a [u8]>,
    pub authority: Option<&'a [u8]>,
    /// Path and query.
    pub path: Option<&'a [u8]>,
    pub protocol: Option<&'a [u8]>,
}

/// Whether the head ends the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `END_STREAM`: there is no body.
    HeadOnly,
    BodyFollows,
}

/// How what follows the head is written in HTTP/1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Nothing follows, or nothing that anybody reads.
    Nothing,
    /// As it is, so many bytes as the head says.
    Fixed,
    Chunked,
    /// As it is, once the member has agreed to a byte stream.
    Tunnel,
}

/// A head that must not be forwarded; its stream is reset (RFC 9113 §8.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedHead(pub &'static str);

/// A field as it was received.
pub type Field<'a> = (&'a [u8], &'a [u8]);

/// Appends the HTTP/1.1 head of a request. `nonce` is for the key of a WebSocket.
///
/// # Errors
/// [`MalformedHead`]: the request is none.
pub fn write_request_head<'a>(
    parts: &RequestParts<'a>,
    fields: impl Iterator<Item = Field<'a>>,
    ending: Ending,
    nonce: u128,
    out: &mut Vec<u8>,
) -> Result<Framing, MalformedHead> {
    let form = Form::of(parts)?;
    let seen = write_start(parts, form, fields, out)?;
    let length = match (seen.content_length, ending) {
        (Some(length), Ending::HeadOnly) if !is_zero(length) => {
            return Err(MalformedHead("a Content-Length without a body"));
        }
        (length, _) => length,
    };
    if !seen.crumbs.is_empty() {
        write_line(b"cookie", &seen.crumbs, out);
    }
    if seen.wants_trailers {
        write_line(b"te", b"trailers", out);
    }
    let framing = match (form, length, ending) {
        (Form::WebSocket, Some(_), _) => {
            return Err(MalformedHead("a Content-Length in a request for a byte stream"));
        }
        (Form::WebSocket, None, Ending::HeadOnly) => {
            return Err(MalformedHead("a byte stream that ends before it begins"));
        }
        (Form::WebSocket, None, Ending::BodyFollows) => {
            out.extend_from_slice(b"connection: upgrade\r\nupgrade: websocket\r\n");
            write_line(b"sec-websocket-key", &base64(nonce), out);
            Framing::Tunnel
        }
        (Form::Connect, ..) => Framing::Nothing,
        (Form::Ordinary, Some(length), _) => {
            write_line(b"content-length", length, out);
            if is_zero(length) { Framing::Nothing } else { Framing::Fixed }
        }
        (Form::Ordinary, None, Ending::HeadOnly) => Framing::Nothing,
        (Form::Ordinary, None, Ending::BodyFollows) => {
            out.extend_from_slice(b"transfer-encoding: chunked\r\n");
            Framing::Chunked
        }
    };
    out.extend_from_slice(b"\r\n");
    Ok(framing)
}

/// What kind of request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Ordinary,
    /// CONNECT for anything but a WebSocket: written as it is, for the parser to answer it.
    Connect,
    WebSocket,
}

impl Form {
    fn of(parts: &RequestParts<'_>) -> Result<Self, MalformedHead> {
        let is_connect = parts.method == b"CONNECT";
        match (is_connect, parts.protocol) {
            (false, Some(_)) => return Err(MalformedHead(":protocol without CONNECT")),
            (true, None) if parts.scheme.is_some() || parts.path.is_some() => {
                return Err(MalformedHead("CONNECT with :scheme or :path"));
            }
            (true, None) => return Ok(Self::Connect),
            (false, None) | (true, Some(_)) => {}
        }
        let scheme = parts.scheme.ok_or(MalformedHead(":scheme is missing"))?;
        if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
            return Err(MalformedHead(":scheme is neither http nor https"));
        }
        match (parts.path, parts.protocol) {
            (None | Some(b""), _) => Err(MalformedHead(":path is missing")),
            (Some(b"*"), None) if parts.method == b"OPTIONS" => Ok(Self::Ordinary),
            (Some([b'/', ..]), None) => Ok(Self::Ordinary),
            (Some([b'/', ..]), Some(protocol)) => {
                let is_websocket = protocol.eq_ignore_ascii_case(b"websocket");
                Ok(if is_websocket { Self::WebSocket } else { Self::Connect })
            }
            (Some(_), _) => Err(MalformedHead(":path is no path")),
        }
    }
}

/// What the fields held that is not written where it stands.
#[derive(Default)]
struct Seen<'a> {
    content_length: Option<&'a [u8]>,
    /// Joined again (RFC 9113 §8.2.3).
    crumbs: Vec<u8>,
    wants_trailers: bool,
}

fn write_start<'a>(
    parts: &RequestParts<'a>,
    form: Form,
    fields: impl Iterator<Item = Field<'a>>,
    out: &mut Vec<u8>,
) -> Result<Seen<'a>, MalformedHead> {
    let (method, target) = match form {
        Form::Ordinary => (parts.method, parts.path.unwrap_or_default()),
        Form::WebSocket => (b"GET".as_slice(), parts.path.unwrap_or_default()),
        Form::Connect => (parts.method, parts.authority.unwrap_or_default()),
    };
    let is_line = |bytes: &[u8]| bytes.iter().all(|byte| (0x21..0x7f).contains(byte));
    if !is_token(method) || !is_line(target) {
        return Err(MalformedHead(":method or :path has a byte it must not have"));
    }
    let authority = parts.authority.filter(|authority| !authority.is_empty());
    if authority.is_some_and(|authority| !is_line(authority) || authority.contains(&b'@')) {
        return Err(MalformedHead(":authority is not a host with an optional port"));
    }
    for piece in [method, b" ", target, b" HTTP/1.1\r\n"] {
        out.extend_from_slice(piece);
    }
    let mut seen = Seen::default();
    let mut host = None;
    if let Some(authority) = authority {
        write_line(b"host", authority, out);
    }
    for (name, value) in fields {
        check_field(name, value)?;
        match name {
            b"host" if host.is_some() => return Err(MalformedHead("Host is given twice")),
            b"host" => host = Some(value),
            b"content-length" if seen.content_length.is_some() => {
                return Err(MalformedHead("Content-Length is given twice"));
            }
            b"content-length" => seen.content_length = Some(value),
            b"cookie" => {
                if !seen.crumbs.is_empty() {
                    seen.crumbs.extend_from_slice(b"; ");
                }
                seen.crumbs.extend_from_slice(value);
            }
            b"te" => seen.wants_trailers = true,
            // The key is between us and the member (RFC 8441 §5.1).
            b"sec-websocket-key" if form == Form::WebSocket => {}
            name => write_line(name, value, out),
        }
    }
    match (authority, host) {
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => {
            Err(MalformedHead("Host is another than :authority"))
        }
        (None, None) => Err(MalformedHead(":authority is missing")),
        (None, Some(host)) => {
            write_line(b"host", host, out);
            Ok(seen)
        }
        (Some(_), _) => Ok(seen),
    }
}

/// RFC 9113 §8.2.1 and §8.2.2.
pub(super) fn check_field(name: &[u8], value: &[u8]) -> Result<(), MalformedHead> {
    if !is_token(name) || name.iter().any(u8::is_ascii_uppercase) {
        return Err(MalformedHead("a field name has a byte it must not have"));
    }
    if !is_field_value(value) || value.trim_ascii().len() != value.len() {
        return Err(MalformedHead("a field value has a byte it must not have"));
    }
    match name {
        b"connection" | b"proxy-connection" | b"keep-alive" | b"transfer-encoding" | b"upgrade" => {
            Err(MalformedHead("a field that belongs to a connection"))
        }
        b"te" if value != b"trailers" => Err(MalformedHead("TE is other than trailers")),
        _ => Ok(()),
    }
}

fn is_zero(length: &[u8]) -> bool {
    length == b"0"
}

/// Appends the trailer fields that may be passed on, as the lines of an HTTP/1.1 trailer section.
///
/// # Errors
/// [`MalformedHead`] if a field must not be, or all of them are too large.
pub fn write_trailers<'a>(
    fields: impl Iterator<Item = Field<'a>>,
    out: &mut Vec<u8>,
) -> Result<(), MalformedHead> {
    let begin = out.len();
    for (name, value) in fields {
        check_field(name, value)?;
        if may_be_trailer(name) {
            write_line(name, value, out);
        }
        if out.len() - begin >= MAX_TRAILER_BYTES.min(MAX_FRAME_BYTES as usize) {
            return Err(MalformedHead("the trailers are too long"));
        }
    }
    Ok(())
}

pub(super) fn write_line(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    for piece in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(piece);
    }
}

/// 16 bytes in base64, as `Sec-WebSocket-Key` wants them (RFC 6455 §4.1).
fn base64(nonce: u128) -> [u8; 24] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = *b"========================";
    for (place, letter) in (0_u32..).zip(text.iter_mut().take(22)) {
        // 21 times six bits from the top, then the last two with four zeros behind them.
        let shifted = match 122_u32.checked_sub(place * 6) {
            Some(shift) => nonce >> shift,
            None => nonce << 4,
        };
        *letter = ALPHABET[(shifted & 0x3f) as usize];
    }
    text
}

#[cfg(test)]
mod tests;
