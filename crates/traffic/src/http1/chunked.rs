//! Decodes chunked bodies in place (RFC 9112 §7.1) and checks every byte of their framing. It
//! must never take an unclear size or line end for a clear one.
//!
//! ```text
//! Size -> (Extension) -> SizeEnd -> Data -> DataCr -> DataLf -> Size ...
//!                           \-> (size 0) Trailers -> Done
//! ```

use crate::limits::{MAX_CHUNK_EXTENSION_BYTES, MAX_TRAILER_BYTES};

/// What is wrong with a body's framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// A chunk size that is no hexadecimal number of 1 to 16 digits.
    ChunkSize,
    /// A line or a chunk that does not end in CRLF.
    LineEnd,
    ExtensionsTooLong,
    TrailersTooLong,
    BadTrailer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size { value: u64, digits: u8 },
    Extension { value: u64 },
    SizeEnd { value: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    Trailers,
    Done,
}

/// The state between two pieces of one chunked body.
#[derive(Debug)]
pub struct ChunkDecoder {
    state: State,
    extension_bytes: u32,
    /// The trailer section as received, which is rare: hence boxed and empty for most bodies.
    #[expect(clippy::box_collection, reason = "one word instead of three in every body")]
    trailers: Option<Box<Vec<u8>>>,
}

/// What one piece of input gave: the data now lies at the start of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Where the data begins, counted from the start of the piece.
    pub start: usize,
    /// Bytes of data, moved together.
    pub length: usize,
    /// Bytes of input that belong to this body.
    pub consumed: usize,
    pub ended: bool,
}

impl Default for ChunkDecoder {
    fn default() -> Self {
        Self { state: State::Size { value: 0, digits: 0 }, extension_bytes: 0, trailers: None }
    }
}

impl ChunkDecoder {
    /// Decodes the next piece and moves its data together, over the framing between.
    ///
    /// # Errors
    /// A [`BodyFault`], after which the body can't be continued.
    pub fn decode(&mut self, buffer: &mut [u8]) -> Result<Decoded, BodyFault> {
        let mut read = 0;
        let mut data: Option<(usize, usize)> = None;
        while read < buffer.len() && self.state != State::Done {
            if let State::Data { left } = self.state {
                let available = buffer.len() - read;
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(available);
                let (start, end) = data.unwrap_or((read, read));
                if end != read {
                    buffer.copy_within(read..read + taken, end);
                }
                data = Some((start, end + taken));
                read += taken;
                self.state = match left - taken as u64 {
                    0 => State::DataCr,
                    left => State::Data { left },
                };
            } else {
                let byte = buffer.get(read).copied().unwrap_or_default();
                self.state = self.step(byte)?;
                read += 1;
            }
        }
        let (start, end) = data.unwrap_or((0, 0));
        Ok(Decoded { start, length: end - start, consumed: read, ended: self.state == State::Done })
    }

    fn step(&mut self, byte: u8) -> Result<State, BodyFault> {
        match (self.state, byte) {
            (State::Size { value, digits }, byte) if byte.is_ascii_hexdigit() => {
                if digits == 16 {
                    return Err(BodyFault::ChunkSize);
                }
                let digit = (byte as char).to_digit(16).map_or(0, u64::from);
                Ok(State::Size { value: value << 4 | digit, digits: digits + 1 })
            }
            (State::Size { digits: 0, .. }, _) => Err(BodyFault::ChunkSize),
            (State::Size { value, .. }, b';') => Ok(State::Extension { value }),
            (State::Size { value, .. } | State::Extension { value }, b'\r') => {
                Ok(State::SizeEnd { value })
            }
            (State::Size { .. }, _) => Err(BodyFault::ChunkSize),
            (State::Extension { value }, byte) => {
                self.extension_bytes += 1;
                if self.extension_bytes > MAX_CHUNK_EXTENSION_BYTES {
                    return Err(BodyFault::ExtensionsTooLong);
                }
                if (byte < 0x20 && byte != b'\t') || byte == 0x7f {
                    return Err(BodyFault::LineEnd);
                }
                Ok(State::Extension { value })
            }
            (State::SizeEnd { value: 0 }, b'\n') => Ok(State::Trailers),
            (State::SizeEnd { value }, b'\n') => Ok(State::Data { left: value }),
            (State::DataCr, b'\r') => Ok(State::DataLf),
            (State::DataLf, b'\n') => Ok(State::Size { value: 0, digits: 0 }),
            (State::SizeEnd { .. } | State::DataCr | State::DataLf, _) => Err(BodyFault::LineEnd),
            (State::Trailers, byte) => self.step_trailer(byte),
            (State::Data { .. } | State::Done, _) => Err(BodyFault::LineEnd),
        }
    }

    fn step_trailer(&mut self, byte: u8) -> Result<State, BodyFault> {
        let trailers = self.trailers.get_or_insert_default();
        if trailers.len() >= MAX_TRAILER_BYTES {
            return Err(BodyFault::TrailersTooLong);
        }
        trailers.push(byte);
        if byte != b'\n' {
            let ends_bare = trailers.len() >= 2 && trailers.get(trailers.len() - 2) == Some(&b'\r');
            return if ends_bare { Err(BodyFault::LineEnd) } else { Ok(State::Trailers) };
        }
        if !trailers.ends_with(b"\r\n") {
            return Err(BodyFault::LineEnd);
        }
        if trailers.as_slice() == b"\r\n" {
            self.trailers = None;
            return Ok(State::Done);
        }
        if trailers.ends_with(b"\r\n\r\n") {
            check_trailers(trailers)?;
            return Ok(State::Done);
        }
        Ok(State::Trailers)
    }

    /// Whether the whole body was read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether the next byte belongs to the framing.
    #[must_use]
    pub fn is_between_data(&self) -> bool {
        !matches!(self.state, State::Data { .. })
    }

    /// The checked trailer fields that may be passed on, as lines, without the final empty line.
    pub fn write_trailers(&self, out: &mut Vec<u8>) {
        self.each_trailer(|name, value| {
            for piece in [name, b": ", value, b"\r\n"] {
                out.extend_from_slice(piece);
            }
        });
    }

    /// Tells each checked trailer field that may be passed on.
    pub fn each_trailer(&self, mut tell: impl FnMut(&[u8], &[u8])) {
        let Some(trailers) = self.trailers.as_deref() else { return };
        let mut fields = [httparse::EMPTY_HEADER; MAX_TRAILER_FIELDS];
        if let Ok(httparse::Status::Complete((_, fields))) =
            httparse::parse_headers(trailers, &mut fields)
        {
            for field in fields.iter().filter(|f| super::field::may_be_trailer(f.name.as_bytes())) {
                tell(field.name.as_bytes(), field.value);
            }
        }
    }
}

const MAX_TRAILER_FIELDS: usize = 64;

fn check_trailers(trailers: &[u8]) -> Result<(), BodyFault> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_TRAILER_FIELDS];
    match httparse::parse_headers(trailers, &mut fields) {
        Ok(httparse::Status::Complete(_)) => Ok(()),
        _ => Err(BodyFault::BadTrailer),
    }
}
