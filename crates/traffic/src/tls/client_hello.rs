//! A TLS connection's first message, read while it comes: the server name that the client asks for
//! (RFC 6066 §3), what it offers for the log. Strict: what is cut wrongly is refused, not guessed.
//! It must not keep what it does not need, nor trust any length before the bytes are there.
//!
//! ```text
//! records (type, version, length) -> handshake message (type, length) -> body
//! ```

mod body;
#[cfg(test)]
mod tests;

use elbow_model::value::HostName;

/// The most bytes of the message, its header included: far above any with post-quantum keys.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024;
/// The most bytes that it may take on the wire, however it is cut into records.
pub const MAX_WIRE_BYTES: usize = 2 * MAX_MESSAGE_BYTES;
/// The fatal alert `decode_error` in a record of its own: what a client is told whose message is
/// malformed (RFC 8446 §5.1, §6.2).
pub const DECODE_ERROR: [u8; 7] = [21, 3, 1, 0, 2, 2, 50];

/// A record's header (RFC 8446 §5.1).
const RECORD_HEADER_BYTES: usize = 5;
/// The most that an unprotected record may hold (RFC 8446 §5.1).
const MAX_RECORD_BYTES: u16 = 1 << 14;
/// The record type of handshake messages.
const HANDSHAKE: u8 = 22;
/// The handshake type of the first message.
const CLIENT_HELLO: u8 = 1;
/// A handshake message's header: type and 24 bits of length.
const MESSAGE_HEADER_BYTES: usize = 4;

/// What the client said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// The name it asks for; none if it asks for none, or for what is no name of the DNS.
    pub server_name: Option<HostName>,
    /// The protocols it offers, as sent.
    pub alpn: Vec<Box<[u8]>>,
    /// The versions it offers, its most wanted first; reserved ones (RFC 8701) left out.
    pub versions: Vec<u16>,
}

/// What the bytes so far came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More is needed.
    Partial,
    Hello(ClientHello),
    /// These are no TLS records: another protocol.
    NotTls,
    /// TLS, but cut wrongly; why.
    Malformed(&'static str),
}

/// Reads one connection's first message, however its bytes come.
#[derive(Debug, Default)]
pub struct Reader {
    record: Record,
    /// The message so far, without records.
    message: Vec<u8>,
    /// Bytes taken.
    wire: usize,
}

/// Where in a record the next byte lies.
#[derive(Debug)]
enum Record {
    Header { bytes: [u8; RECORD_HEADER_BYTES], filled: usize },
    Body { left: usize },
}

impl Default for Record {
    fn default() -> Self {
        Self::Header { bytes: [0; RECORD_HEADER_BYTES], filled: 0 }
    }
}

impl Reader {
    /// Takes the next bytes. Once it has said anything but [`Progress::Partial`], it is done with.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Progress {
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            match &mut self.record {
                Record::Header { bytes, filled } => {
                    if let Some(place) = bytes.get_mut(*filled) {
                        *place = *first;
                        *filled += 1;
                    }
                    self.wire += 1;
                    rest = after;
                    match check_header(bytes, *filled, self.message.is_empty()) {
                        Ok(None) => {}
                        Ok(Some(left)) => self.record = Record::Body { left },
                        Err(end) => return end,
                    }
                }
                Record::Body { left } => {
                    let (body, after) = rest.split_at(rest.len().min(*left));
                    *left -= body.len();
                    if *left == 0 {
                        self.record = Record::default();
                    }
                    rest = after;
                    if let Some(end) = self.take(body) {
                        return end;
                    }
                }
            }
            if self.wire > MAX_WIRE_BYTES {
                return Progress::Malformed("the first message takes too many records");
            }
        }
        Progress::Partial
    }

    /// Takes a part of the message; what it came to, once it is whole or can't become so.
    fn take(&mut self, body: &[u8]) -> Option<Progress> {
        self.wire += body.len();
        self.message.extend_from_slice(body);
        if self.message.first().is_some_and(|kind| *kind != CLIENT_HELLO) {
            return Some(Progress::Malformed("the first message is no ClientHello"));
        }
        let [_, high, middle, low] = *self.message.first_chunk()?;
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        if length > MAX_MESSAGE_BYTES - MESSAGE_HEADER_BYTES {
            return Some(Progress::Malformed("the ClientHello is larger than 16 KiB"));
        }
        let body = self.message.get(MESSAGE_HEADER_BYTES..MESSAGE_HEADER_BYTES + length)?;
        Some(match body::parse(body) {
            Ok(hello) => Progress::Hello(hello),
            Err(reason) => Progress::Malformed(reason),
        })
    }
}

/// Looks at so many bytes of a record's header; the record's length, once it is known. Only the
/// connection's first bytes tell another protocol.
fn check_header(
    bytes: &[u8; RECORD_HEADER_BYTES],
    filled: usize,
    is_first: bool,
) -> Result<Option<usize>, Progress> {
    let [kind, major, minor, high, low] = *bytes;
    // Minor versions are written as 3.1 to 3.4 and to be ignored (RFC 8446 §5.1), but larger ones
    // never were; what begins so is something else.
    let is_record = kind == HANDSHAKE && (filled < 2 || major == 3) && (filled < 3 || minor <= 4);
    if !is_record {
        return Err(match is_first {
            true => Progress::NotTls,
            false => Progress::Malformed("the first message is interrupted by another record"),
        });
    }
    if filled < RECORD_HEADER_BYTES {
        return Ok(None);
    }
    match u16::from_be_bytes([high, low]) {
        // An empty one is forbidden: whoever may send any number does no work (RFC 8446 §5.1).
        0 => Err(Progress::Malformed("a record of the first message is empty")),
        length if length > MAX_RECORD_BYTES => {
            Err(Progress::Malformed("a record is larger than 16 KiB"))
        }
        length => Ok(Some(usize::from(length))),
    }
}
