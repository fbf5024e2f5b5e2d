//! Reads bodies of any framing and frames them for the other side. It must know where a body
//! ends; whether its bytes move is the caller's business.

use std::ops::Range;

use super::chunked::{BodyFault, ChunkDecoder};
use super::framing::BodyLength;

/// Where one body stands that is being read.
#[derive(Debug)]
pub enum BodyReader {
    Done,
    Fixed { left: u64 },
    Chunked(ChunkDecoder),
    UntilClose,
}

/// What one piece of input held of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where its data lies now.
    pub data: Range<usize>,
    /// Bytes of input that belong to this body.
    pub consumed: usize,
    pub ended: bool,
}

impl From<BodyLength> for BodyReader {
    fn from(length: BodyLength) -> Self {
        match length {
            BodyLength::Empty | BodyLength::Fixed(0) => Self::Done,
            BodyLength::Fixed(left) => Self::Fixed { left },
            BodyLength::Chunked => Self::Chunked(ChunkDecoder::default()),
            BodyLength::UntilClose => Self::UntilClose,
        }
    }
}

impl BodyReader {
    /// Reads the next piece; chunk framing is taken out of `input` in place.
    ///
    /// # Errors
    /// A [`BodyFault`] if the framing is broken.
    pub fn read(&mut self, input: &mut [u8]) -> Result<Progress, BodyFault> {
        match self {
            Self::Done => Ok(Progress { data: 0..0, consumed: 0, ended: true }),
            Self::Fixed { left } => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= taken as u64;
                let ended = *left == 0;
                if ended {
                    *self = Self::Done;
                }
                Ok(Progress { data: 0..taken, consumed: taken, ended })
            }
            Self::Chunked(decoder) => {
                let decoded = decoder.decode(input)?;
                Ok(Progress {
                    data: decoded.start..decoded.start + decoded.length,
                    consumed: decoded.consumed,
                    ended: decoded.ended,
                })
            }
            Self::UntilClose => {
                Ok(Progress { data: 0..input.len(), consumed: input.len(), ended: false })
            }
        }
    }

    /// Whether nothing of the body is to come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match self {
            Self::Done => true,
            Self::Fixed { left } => *left == 0,
            Self::Chunked(decoder) => decoder.is_done(),
            Self::UntilClose => false,
        }
    }

    /// Bytes that are known to come, for a body of known length.
    #[must_use]
    pub fn fixed_left(&self) -> Option<u64> {
        match self {
            Self::Fixed { left } => Some(*left),
            Self::Done | Self::Chunked(_) | Self::UntilClose => None,
        }
    }

    /// Takes note that `count` bytes of a body of known length went by without being read here.
    pub fn skip_fixed(&mut self, count: u64) {
        if let Self::Fixed { left } = self {
            *left = left.saturating_sub(count);
            if *left == 0 {
                *self = Self::Done;
            }
        }
    }

    /// Whether the next byte belongs to the framing: a chunk's size, its end, the trailers.
    #[must_use]
    pub fn is_between_data(&self) -> bool {
        match self {
            Self::Done => true,
            Self::Fixed { .. } | Self::UntilClose => false,
            Self::Chunked(decoder) => decoder.is_between_data(),
        }
    }

    /// Tells each trailer field of an ended body that may be passed on.
    pub fn each_trailer(&self, tell: impl FnMut(&[u8], &[u8])) {
        if let Self::Chunked(decoder) = self {
            decoder.each_trailer(tell);
        }
    }

    fn write_trailers(&self, out: &mut Vec<u8>) {
        if let Self::Chunked(decoder) = self {
            decoder.write_trailers(out);
        }
    }
}

/// How a body is framed on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyWriter {
    /// As it is: its length was announced, or the connection's end is its end.
    Raw,
    Chunked,
}

impl BodyWriter {
    /// Writes what goes out before `length` bytes of data; nothing if there is no data.
    pub fn write_prefix(self, length: usize, out: &mut Vec<u8>) {
        if self == Self::Chunked && length > 0 {
            write_hex(length, out);
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Writes what goes out after `length` bytes of data, and after the body if it has `ended`.
    pub fn write_suffix(self, length: usize, ended: Option<&BodyReader>, out: &mut Vec<u8>) {
        if self == Self::Raw {
            return;
        }
        if length > 0 {
            out.extend_from_slice(b"\r\n");
        }
        if let Some(reader) = ended {
            out.extend_from_slice(b"0\r\n");
            reader.write_trailers(out);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn write_hex(value: usize, out: &mut Vec<u8>) {
    let digits = (usize::BITS - value.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = (value >> (place * 4)) & 0xf;
        out.push(b"0123456789abcdef"[digit]);
    }
}
