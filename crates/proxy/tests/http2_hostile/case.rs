//! One case of the suite as a value: what the client sends, and what both sides must have got. It
//! must stay readable as a table row.

use super::frames::{CONTINUATION, END_HEADERS, HEADERS, PREFACE, SETTINGS, WHOLE, block, frame};
use crate::framing::case::Script;

/// Error codes (RFC 9113 §7).
pub(crate) const PROTOCOL_ERROR: u32 = 0x1;
pub(crate) const FLOW_CONTROL_ERROR: u32 = 0x3;
pub(crate) const STREAM_CLOSED: u32 = 0x5;
pub(crate) const FRAME_SIZE_ERROR: u32 = 0x6;
pub(crate) const REFUSED_STREAM: u32 = 0x7;
pub(crate) const COMPRESSION_ERROR: u32 = 0x9;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 0xb;

/// What the client must get.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// A whole answer on a stream; the connection goes on.
    Status(u32, u16),
    /// The stream is reset with one of these codes; the connection goes on.
    Reset(u32, &'static [u32]),
    /// The same, with a connection that goes on but has no room for more.
    Full(u32, &'static [u32]),
    /// The connection ends, with one of these codes in a GOAWAY.
    GoAway(&'static [u32]),
    /// Either of both.
    ResetOrGoAway(u32, &'static [u32]),
    /// The connection ends, with or without a word about it.
    Closed,
    /// An answer in HTTP/1.1.
    Text(&'static str),
}

/// One row of the suite.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) rfc: &'static str,
    /// Sent one after the other, each once what is before it was taken in.
    pub(crate) sends: Vec<Vec<u8>>,
    pub(crate) outcome: Outcome,
    /// What the origin does about the requests; it serves them if nothing is said.
    pub(crate) scripts: Vec<Script>,
    /// The whole requests that the origin saw.
    pub(crate) seen: Vec<String>,
    /// Whether it may have seen the beginning of one more.
    pub(crate) may_see_part: bool,
    pub(crate) seen_without: Vec<&'static str>,
}

/// Bytes behind a good beginning.
pub(crate) fn case(name: &str, rfc: &'static str, outcome: Outcome, bytes: Vec<u8>) -> Case {
    raw(name, rfc, outcome, [PREFACE, &frame(SETTINGS, 0, 0, []), &bytes].concat())
}

/// Bytes from the first on.
pub(crate) fn raw(name: &str, rfc: &'static str, outcome: Outcome, bytes: Vec<u8>) -> Case {
    Case {
        name: name.to_owned(),
        rfc,
        sends: vec![bytes],
        outcome,
        scripts: Vec::new(),
        seen: Vec::new(),
        may_see_part: false,
        seen_without: Vec::new(),
    }
}

impl Case {
    pub(crate) fn seen(self, seen: &[&str]) -> Self {
        Self { seen: seen.iter().map(|text| (*text).to_owned()).collect(), ..self }
    }

    pub(crate) fn may_see_part(self) -> Self {
        Self { may_see_part: true, ..self }
    }

    pub(crate) fn seen_without(self, names: &[&'static str]) -> Self {
        Self { seen_without: names.to_vec(), ..self }
    }

    pub(crate) fn origin(mut self, script: Script) -> Self {
        self.scripts.push(script);
        self
    }

    /// More bytes, once what came before was taken in.
    pub(crate) fn then(mut self, bytes: Vec<u8>) -> Self {
        self.sends.push(bytes);
        self
    }
}

pub(crate) type Field<'a> = (&'a [u8], &'a [u8]);

/// The pseudo-header fields of `GET /x` at `a`.
pub(crate) const GET: [Field<'static>; 4] =
    [(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a"), (b":path", b"/x")];
/// The same of `POST /x`.
pub(crate) const POST: [Field<'static>; 4] =
    [(b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"a"), (b":path", b"/x")];

/// HEADERS of a request.
pub(crate) fn head(stream: u32, flags: u8, fields: &[Field<'_>]) -> Vec<u8> {
    frame(HEADERS, flags, stream, block(fields))
}

/// `GET /x`, whole.
pub(crate) fn get(stream: u32) -> Vec<u8> {
    head(stream, WHOLE, &GET)
}

/// `GET /x` with more fields.
pub(crate) fn get_with(more: &[Field<'_>]) -> Vec<u8> {
    head(1, WHOLE, &[&GET, more].concat())
}

/// The beginning of `POST /x` with more fields.
pub(crate) fn post_with(more: &[Field<'_>]) -> Vec<u8> {
    head(1, END_HEADERS, &[&POST, more].concat())
}

/// `GET /x` with one pseudo-header field changed, or left out if there is no value.
pub(crate) fn get_but(name: &[u8], value: Option<&[u8]>) -> Vec<u8> {
    let fields: Vec<Field<'_>> = GET
        .iter()
        .filter_map(|(known, before)| match (*known == name, value) {
            (true, value) => value.map(|value| (*known, value)),
            (false, _) => Some((*known, *before)),
        })
        .collect();
    head(1, WHOLE, &fields)
}

/// One header block over as many frames as needed.
pub(crate) fn in_frames(stream: u32, block: &[u8]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = block.chunks(16_384).collect();
    let mut bytes = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let end = if index + 1 == pieces.len() { END_HEADERS } else { 0 };
        let (kind, begin) = if index == 0 { (HEADERS, 0x1) } else { (CONTINUATION, 0) };
        bytes.extend(frame(kind, begin | end, stream, piece));
    }
    bytes
}
