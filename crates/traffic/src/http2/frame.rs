//! Frame headers in a stream of bytes (RFC 9113 §4.1), however it is cut. It must look at no payload
//! but the pad length of DATA, and keep nothing.

use super::violation::ErrorCode;

/// Bytes of a frame's header.
const HEADER_BYTES: usize = 9;
/// The largest payload that we take: what every endpoint must (RFC 9113 §4.2).
pub const MAX_FRAME_BYTES: u32 = 16_384;

/// What a client sends before its first frame (RFC 9113 §3.4).
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Frame types (RFC 9113 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    Data,
    Headers,
    Priority,
    ResetStream,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
    Unknown,
}

/// What a frame's header says, and how much of DATA is padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    pub kind: FrameKind,
    pub flags: u8,
    pub stream: u32,
    /// Bytes of payload, padding included.
    pub length: u32,
    /// Bytes of payload that carry data.
    pub content: u32,
}

impl FrameHead {
    const END_STREAM: u8 = 0x1;
    const ACK: u8 = 0x1;
    const END_HEADERS: u8 = 0x4;
    const PADDED: u8 = 0x8;

    fn read(bytes: &[u8; HEADER_BYTES]) -> Self {
        let [high, middle, low, kind, flags, stream @ ..] = *bytes;
        let length = u32::from_be_bytes([0, high, middle, low]);
        Self {
            kind: match kind {
                0 => FrameKind::Data,
                1 => FrameKind::Headers,
                2 => FrameKind::Priority,
                3 => FrameKind::ResetStream,
                4 => FrameKind::Settings,
                5 => FrameKind::PushPromise,
                6 => FrameKind::Ping,
                7 => FrameKind::GoAway,
                8 => FrameKind::WindowUpdate,
                9 => FrameKind::Continuation,
                _ => FrameKind::Unknown,
            },
            flags,
            // The reserved bit has no meaning and is ignored.
            stream: u32::from_be_bytes(stream) & 0x7fff_ffff,
            length,
            content: length,
        }
    }

    /// Whether it ends its side of the stream.
    #[must_use]
    pub fn ends_stream(self) -> bool {
        matches!(self.kind, FrameKind::Data | FrameKind::Headers)
            && self.flags & Self::END_STREAM != 0
    }

    /// Whether it ends its header block.
    #[must_use]
    pub fn ends_headers(self) -> bool {
        self.flags & Self::END_HEADERS != 0
    }

    /// Whether it is an answer to a SETTINGS or PING of ours.
    #[must_use]
    pub fn is_ack(self) -> bool {
        self.flags & Self::ACK != 0
    }

    fn has_pad_length(self) -> bool {
        self.kind == FrameKind::Data && self.flags & Self::PADDED != 0 && self.length > 0
    }
}

/// A GOAWAY (RFC 9113 §6.8) on a connection that has had no stream.
#[must_use]
pub fn goaway(code: ErrorCode) -> [u8; HEADER_BYTES + 8] {
    const GOAWAY: u8 = 7;
    let mut frame = [0; HEADER_BYTES + 8];
    frame[2] = 8;
    frame[3] = GOAWAY;
    frame[HEADER_BYTES + 4..].copy_from_slice(&(code as u32).to_be_bytes());
    frame
}

/// Where the next byte belongs.
#[derive(Clone, Copy, Debug)]
enum State {
    Header { filled: u8 },
    PadLength { head: FrameHead },
    Payload { left: u32 },
}

/// Finds the frame headers in one direction of a connection, behind the preface.
#[derive(Debug)]
pub struct Skimmer {
    header: [u8; HEADER_BYTES],
    state: State,
}

impl Default for Skimmer {
    fn default() -> Self {
        Self { header: [0; HEADER_BYTES], state: State::Header { filled: 0 } }
    }
}

impl Skimmer {
    /// Looks through `bytes` and tells every header that they complete.
    ///
    /// # Errors
    /// The first that `on_frame` gives.
    pub fn skim<E>(
        &mut self,
        bytes: &[u8],
        mut on_frame: impl FnMut(FrameHead) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        loop {
            match self.state {
                State::Header { filled } => {
                    let filled = usize::from(filled);
                    let taken = rest.len().min(HEADER_BYTES - filled);
                    let (now, later) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
                    if let Some(place) = self.header.get_mut(filled..filled + taken) {
                        place.copy_from_slice(now);
                    }
                    rest = later;
                    let filled = filled + taken;
                    if filled < HEADER_BYTES {
                        let filled = u8::try_from(filled).unwrap_or_default();
                        self.state = State::Header { filled };
                        return Ok(());
                    }
                    let head = FrameHead::read(&self.header);
                    if head.has_pad_length() {
                        self.state = State::PadLength { head };
                    } else {
                        self.state = State::Payload { left: head.length };
                        on_frame(head)?;
                    }
                }
                State::PadLength { head } => {
                    let Some((padding, later)) = rest.split_first() else { return Ok(()) };
                    rest = later;
                    let content = (head.length - 1).saturating_sub(u32::from(*padding));
                    self.state = State::Payload { left: head.length - 1 };
                    on_frame(FrameHead { content, ..head })?;
                }
                State::Payload { left } => {
                    let here = u32::try_from(rest.len()).unwrap_or(u32::MAX).min(left);
                    rest = rest.get(here as usize..).unwrap_or_default();
                    self.state = match left - here {
                        0 => State::Header { filled: 0 },
                        left => State::Payload { left },
                    };
                    if left > here || rest.is_empty() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(pieces: &[&[u8]]) -> Vec<(FrameKind, u32, u32)> {
        let (mut skimmer, mut found) = (Skimmer::default(), Vec::new());
        for piece in pieces {
            let told: Result<(), ()> = skimmer.skim(piece, |head| {
                found.push((head.kind, head.stream, head.content));
                Ok(())
            });
            assert_eq!(told, Ok(()));
        }
        found
    }

    #[test]
    fn frames_are_found_however_the_bytes_are_cut() {
        let bytes = [
            &[0, 0, 0, 4, 0, 0, 0, 0, 0][..],
            &[0, 0, 5, 0, 8, 0x80, 0, 0, 3, 3, b'x', 0, 0, 0],
            &[0, 0, 2, 0x77, 0, 0, 0, 0, 1, 9, 9],
            &[0, 0, 0, 0, 8, 0, 0, 0, 5],
        ]
        .concat();
        let whole = heads(&[&bytes]);
        let expected = [
            (FrameKind::Settings, 0, 0),
            (FrameKind::Data, 3, 1),
            (FrameKind::Unknown, 1, 2),
            (FrameKind::Data, 5, 0),
        ];
        assert_eq!(whole, expected);
        let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(heads(&bytewise), expected);
        for cut in 0..bytes.len() {
            assert_eq!(heads(&[&bytes[..cut], &bytes[cut..]]), expected, "cut at {cut}");
        }
    }
}
