//! The client's side of an HTTP/2 connection (RFC 9113): many requests at once, each answer checked:
//! status 200, the length, the id at both ends of the body. Pure. It reads as much as that takes and
//! no more: of an answer's headers only the first, the status.

use super::check::matches_at;
use super::hpack::Headers;
use super::message::{ID_LENGTH, id_text};

/// Requests that are out at once on each connection.
pub(super) const STREAMS: usize = 100;
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FRAME_HEAD: usize = 9;
/// Longest frame that a peer may send unasked (RFC 9113 §4.2).
const FRAME_LIMIT: usize = 16 * 1024;
/// The largest window there is: answers never wait for the client.
const WINDOW: u32 = (1 << 31) - 1;
const FIRST_WINDOW: u32 = 65_535;
/// Received bytes after which the connection's window is filled up again.
const WINDOW_STEP: u32 = 1 << 29;

/// Types of frames (RFC 9113 §6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
/// Flags.
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 0x20;
/// Settings (RFC 9113 §6.5.2).
const HEADER_TABLE_SIZE: u16 = 1;
const ENABLE_PUSH: u16 = 2;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;

/// A connection.
pub(super) struct Http2 {
    /// Frames to be sent.
    pub(super) out: Vec<u8>,
    streams: Vec<Stream>,
    next_stream: u32,
    headers: Headers,
    /// A frame that came in pieces.
    partial: Vec<u8>,
    /// Bytes of bodies since the window was last filled up.
    received: u32,
}

/// A request that is out.
struct Stream {
    number: u32,
    id: [u8; ID_LENGTH],
    length: usize,
    /// How much of the body has come; `None` before the headers.
    received: Option<usize>,
}

impl Http2 {
    pub(super) fn new() -> Self {
        let mut out = PREFACE.to_vec();
        let settings = [(ENABLE_PUSH, 0), (INITIAL_WINDOW_SIZE, WINDOW)];
        put_head(&mut out, settings.len() * 6, SETTINGS, 0, 0);
        for (name, value) in settings {
            out.extend_from_slice(&name.to_be_bytes());
            out.extend_from_slice(&value.to_be_bytes());
        }
        put_window_update(&mut out, WINDOW - FIRST_WINDOW);
        Self {
            out,
            streams: Vec::with_capacity(STREAMS),
            next_stream: 1,
            headers: Headers::new(),
            partial: Vec::new(),
            received: 0,
        }
    }

    /// Requests that are out.
    pub(super) fn outstanding(&self) -> usize {
        self.streams.len()
    }

    /// Adds a request with this id for an answer of `length` bytes.
    pub(super) fn ask(&mut self, id: u64, length: usize) {
        let id = id_text(id);
        let number = self.next_stream;
        self.next_stream += 2;
        let start = self.out.len();
        put_head(&mut self.out, 0, HEADERS, END_STREAM | END_HEADERS, number);
        self.headers.encode(&mut self.out, &id, length);
        let block = (self.out.len() - start - FRAME_HEAD) as u32;
        self.out[start..start + 3].copy_from_slice(&block.to_be_bytes()[1..]);
        self.streams.push(Stream { number, id, length, received: None });
    }

    /// Takes the next bytes; gives how many answers they complete.
    pub(super) fn handle_bytes(&mut self, bytes: &[u8]) -> Result<usize, String> {
        if self.partial.is_empty() {
            let (completed, used) = self.handle_frames(bytes)?;
            self.partial.extend_from_slice(&bytes[used..]);
            return Ok(completed);
        }
        let mut whole = std::mem::take(&mut self.partial);
        whole.extend_from_slice(bytes);
        let (completed, used) = self.handle_frames(&whole)?;
        whole.drain(..used);
        self.partial = whole;
        Ok(completed)
    }

    /// Handles the frames that are whole.
    fn handle_frames(&mut self, bytes: &[u8]) -> Result<(usize, usize), String> {
        let (mut used, mut completed) = (0, 0);
        while let Some((head, rest)) = bytes[used..].split_first_chunk::<FRAME_HEAD>() {
            let [a, b, c, kind, flags, number @ ..] = *head;
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            if length > FRAME_LIMIT {
                return Err(format!("a frame of {length} bytes"));
            }
            let Some(content) = rest.get(..length) else { break };
            let number = u32::from_be_bytes(number) & WINDOW;
            completed += self.handle_frame(kind, flags, number, content)?;
            used += FRAME_HEAD + length;
        }
        Ok((completed, used))
    }

    fn handle_frame(
        &mut self,
        kind: u8,
        flags: u8,
        number: u32,
        content: &[u8],
    ) -> Result<usize, String> {
        match kind {
            DATA => {
                self.count_received(content.len() as u32);
                return self.handle_data(number, flags, unpadded(content, flags)?);
            }
            HEADERS => {
                let mut block = unpadded(content, flags)?;
                if flags & PRIORITY != 0 {
                    block = block.get(5..).ok_or("a short frame of headers")?;
                }
                self.handle_headers(number, flags, block)?;
            }
            SETTINGS if flags & ACK == 0 => self.handle_settings(content)?,
            PING if flags & ACK == 0 => {
                put_head(&mut self.out, content.len(), PING, ACK, 0);
                self.out.extend_from_slice(content);
            }
            RST_STREAM | GOAWAY => {
                let at = if kind == GOAWAY { 4 } else { 0 };
                let code = content.get(at..at + 4).unwrap_or_default();
                let what = if kind == GOAWAY { "the connection" } else { "a stream" };
                return Err(format!("gave up {what} with code {code:?}"));
            }
            // Windows of an endpoint that sends no bodies, and what is of no matter here.
            SETTINGS | PING | WINDOW_UPDATE | CONTINUATION => {}
            // RFC 9113 §4.1: unknown types are ignored.
            _ => {}
        }
        Ok(0)
    }

    fn handle_headers(&mut self, number: u32, flags: u8, block: &[u8]) -> Result<(), String> {
        let stream = self.streams.iter_mut().find(|stream| stream.number == number);
        let stream = stream.ok_or_else(|| format!("headers on stream {number}"))?;
        if stream.received.is_some() {
            return Err("headers after headers".to_owned());
        }
        if !super::hpack::is_success(block) {
            return Err(format!("answered with another status than 200: {block:02x?}"));
        }
        if flags & END_STREAM != 0 {
            return Err("an answer without a body".to_owned());
        }
        stream.received = Some(0);
        Ok(())
    }

    fn handle_data(&mut self, number: u32, flags: u8, data: &[u8]) -> Result<usize, String> {
        let place = self.streams.iter().position(|stream| stream.number == number);
        let place = place.ok_or_else(|| format!("data on stream {number}"))?;
        let stream = &mut self.streams[place];
        let received = stream.received.ok_or("a body before its headers")?;
        let end = received + data.len();
        let last = stream.length - ID_LENGTH;
        if !matches_at(received, data, 0, &stream.id)
            || !matches_at(received, data, last, &stream.id)
        {
            return Err("mixed up: the body has another id".to_owned());
        }
        stream.received = Some(end);
        if flags & END_STREAM == 0 {
            return Ok(0);
        }
        if end != stream.length {
            return Err(format!("a body of {end} bytes, expected {}", stream.length));
        }
        self.streams.swap_remove(place);
        Ok(1)
    }

    fn handle_settings(&mut self, content: &[u8]) -> Result<(), String> {
        for setting in content.chunks_exact(6) {
            let name = u16::from_be_bytes([setting[0], setting[1]]);
            let value = u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]]);
            if name == MAX_CONCURRENT_STREAMS && (value as usize) < STREAMS {
                return Err(format!("allows only {value} streams, needed {STREAMS}"));
            }
            if name == HEADER_TABLE_SIZE && (value as usize) < Headers::TABLE {
                return Err(format!("allows a header table of only {value} bytes"));
            }
        }
        put_head(&mut self.out, 0, SETTINGS, ACK, 0);
        Ok(())
    }

    fn count_received(&mut self, count: u32) {
        self.received += count;
        if self.received > WINDOW_STEP {
            put_window_update(&mut self.out, self.received);
            self.received = 0;
        }
    }
}

fn put_head(out: &mut Vec<u8>, length: usize, kind: u8, flags: u8, stream: u32) {
    out.extend_from_slice(&(length as u32).to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
}

/// Of the connection.
fn put_window_update(out: &mut Vec<u8>, step: u32) {
    put_head(out, 4, WINDOW_UPDATE, 0, 0);
    out.extend_from_slice(&step.to_be_bytes());
}

/// The content without its padding (RFC 9113 §6.1).
fn unpadded(content: &[u8], flags: u8) -> Result<&[u8], String> {
    if flags & PADDED == 0 {
        return Ok(content);
    }
    let (padding, rest) = content.split_first().ok_or("padding without a length")?;
    let end = rest.len().checked_sub(usize::from(*padding)).ok_or("more padding than frame")?;
    Ok(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: usize = 100;

    fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_head(&mut bytes, content.len(), kind, flags, stream);
        bytes.extend_from_slice(content);
        bytes
    }

    fn body(id: u64) -> Vec<u8> {
        let mut body = vec![b'-'; LENGTH];
        body[..ID_LENGTH].copy_from_slice(&id_text(id));
        body[LENGTH - ID_LENGTH..].copy_from_slice(&id_text(id));
        body
    }

    fn answer(stream: u32, id: u64) -> Vec<u8> {
        let headers = frame(HEADERS, END_HEADERS, stream, &[0x88]);
        let (first, second) = (&body(id)[..40], &body(id)[40..]);
        [headers, frame(DATA, 0, stream, first), frame(DATA, END_STREAM, stream, second)].concat()
    }

    fn connection(requests: u64) -> Http2 {
        let mut connection = Http2::new();
        for id in 0..requests {
            connection.ask(id, LENGTH);
        }
        connection
    }

    #[test]
    fn answers_in_any_order_and_in_any_pieces_are_complete() {
        let bytes = [answer(5, 2), frame(99, 0, 0, b"new"), answer(1, 0), answer(3, 1)].concat();
        for step in 1..bytes.len() {
            let mut connection = connection(3);
            let completed: usize =
                bytes.chunks(step).map(|piece| connection.handle_bytes(piece).unwrap()).sum();
            assert_eq!((completed, connection.outstanding()), (3, 0), "pieces of {step}");
        }
    }

    #[test]
    fn an_answer_on_anothers_stream_is_refused() {
        let refusal = connection(2).handle_bytes(&answer(1, 1)).unwrap_err();
        assert!(refusal.contains("mixed up"), "{refusal}");
        assert!(connection(1).handle_bytes(&answer(3, 1)).is_err());
    }

    #[test]
    fn other_statuses_lengths_and_resets_are_refused() {
        let refused = |bytes: &[u8]| connection(1).handle_bytes(bytes).unwrap_err();
        assert!(refused(&frame(HEADERS, END_HEADERS, 1, &[0x8d])).contains("status"));
        let short = [frame(HEADERS, 4, 1, &[0x88]), frame(DATA, 1, 1, &body(0)[..50])].concat();
        assert!(refused(&short).contains("50 bytes"));
        assert!(refused(&frame(RST_STREAM, 0, 1, &[0, 0, 0, 7])).contains("gave up a stream"));
        assert!(refused(&frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 50])).contains("50 streams"));
    }

    #[test]
    fn settings_and_pings_are_acknowledged() {
        let mut connection = connection(0);
        connection.out.clear();
        let bytes = [frame(SETTINGS, 0, 0, &[]), frame(PING, 0, 0, b"12345678")].concat();
        assert_eq!(connection.handle_bytes(&bytes), Ok(0));
        let expected = [frame(SETTINGS, ACK, 0, &[]), frame(PING, ACK, 0, b"12345678")].concat();
        assert_eq!(connection.out, expected);
    }

    #[test]
    fn padding_is_left_out() {
        let padded = [&[3][..], &body(0), &[0; 3]].concat();
        let bytes =
            [frame(HEADERS, END_HEADERS, 1, &[0x88]), frame(DATA, END_STREAM | PADDED, 1, &padded)];
        assert_eq!(connection(1).handle_bytes(&bytes.concat()), Ok(1));
    }
}
