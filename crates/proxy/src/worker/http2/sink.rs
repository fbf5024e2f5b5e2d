//! The body of an HTTP/1.1 message, sent on one stream. It must never end a stream whose message
//! has not come to its end, and take only what the peer's windows allow.

use std::io;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use elbow_traffic::http1::BodyReader;
use h2::{Reason, SendStream};

use super::convert::trailers;

/// Data that goes into the framing at once.
const MOST_AT_ONCE: usize = 64 * 1024;

/// The sending half of a stream, behind its head.
#[derive(Debug)]
pub(crate) enum Sink {
    Body {
        send: SendStream<Bytes>,
        reader: BodyReader,
    },
    Tunnel {
        send: SendStream<Bytes>,
    },
    /// The end was sent.
    Done,
}

impl Sink {
    /// Takes bytes of the message, as many as may go; how many those were.
    ///
    /// # Errors
    /// If the stream was reset, the connection broke, or the bytes are no body.
    pub(crate) fn write(&mut self, bytes: &[u8], context: &mut Context<'_>) -> io::Result<usize> {
        match self {
            // Nothing that follows a whole message is a part of it.
            Self::Done => Ok(bytes.len()),
            Self::Tunnel { send } => write_raw(send, bytes, context),
            Self::Body { send, reader } => {
                let (written, has_ended) = write_body(send, reader, bytes, context)?;
                if has_ended {
                    *self = Self::Done;
                    return Ok(bytes.len());
                }
                Ok(written)
            }
        }
    }

    /// A byte stream came to its end.
    pub(crate) fn end(&mut self) {
        if let Self::Tunnel { send } = self {
            // It fails only if the peer has gone.
            let _gone = send.send_data(Bytes::new(), true);
            *self = Self::Done;
        }
    }

    /// What is not whole is marked as such.
    pub(crate) fn cut(&mut self) {
        match std::mem::replace(self, Self::Done) {
            Self::Body { mut send, .. } => send.send_reset(Reason::INTERNAL_ERROR),
            Self::Tunnel { mut send } => send.send_reset(Reason::CANCEL),
            Self::Done => {}
        }
    }

    /// Nobody waits for the rest of it, or for an answer.
    pub(crate) fn give_up(&mut self) {
        match std::mem::replace(self, Self::Done) {
            Self::Body { mut send, .. } | Self::Tunnel { mut send } => {
                send.send_reset(Reason::CANCEL);
            }
            Self::Done => {}
        }
    }

    /// Whether the peer gave the stream up; rings otherwise, once it does.
    pub(crate) fn is_reset(&mut self, context: &mut Context<'_>) -> bool {
        match self {
            Self::Body { send, .. } | Self::Tunnel { send } => send.poll_reset(context).is_ready(),
            Self::Done => false,
        }
    }
}

/// Asks for room for `wanted` bytes; 0 if there is none before the framing rings.
fn room(
    send: &mut SendStream<Bytes>,
    wanted: usize,
    context: &mut Context<'_>,
) -> io::Result<usize> {
    send.reserve_capacity(wanted);
    loop {
        let room = send.capacity();
        if room > 0 {
            return Ok(room.min(wanted));
        }
        match send.poll_capacity(context) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(_)) | None) => {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Poll::Pending => return Ok(0),
        }
    }
}

fn broken(_: h2::Error) -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

fn write_raw(
    send: &mut SendStream<Bytes>,
    bytes: &[u8],
    context: &mut Context<'_>,
) -> io::Result<usize> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        let count = room(send, rest.len().min(MOST_AT_ONCE), context)?;
        if count == 0 {
            return Ok(written);
        }
        let data = Bytes::copy_from_slice(rest.get(..count).unwrap_or_default());
        send.send_data(data, false).map_err(broken)?;
        written += count;
    }
    Ok(written)
}

/// How many bytes were taken, and whether the body came to its end.
fn write_body(
    send: &mut SendStream<Bytes>,
    reader: &mut BodyReader,
    bytes: &[u8],
    context: &mut Context<'_>,
) -> io::Result<(usize, bool)> {
    let bad = |_| io::Error::from(io::ErrorKind::InvalidData);
    let mut written = 0;
    while let Some([next, ..]) = bytes.get(written..) {
        if reader.is_between_data() {
            // A chunk's size and ends need no room at the peer.
            let progress = reader.read(&mut [*next]).map_err(bad)?;
            written += progress.consumed;
            if progress.ended {
                finish(send, reader, Bytes::new())?;
                return Ok((written, true));
            }
            continue;
        }
        let rest = bytes.get(written..).unwrap_or_default();
        let count = room(send, rest.len().min(MOST_AT_ONCE), context)?;
        if count == 0 {
            return Ok((written, false));
        }
        let mut piece = BytesMut::from(rest.get(..count).unwrap_or_default());
        let progress = reader.read(&mut piece).map_err(bad)?;
        written += progress.consumed;
        let data = piece.freeze().slice(progress.data);
        if progress.ended {
            finish(send, reader, data)?;
            return Ok((written, true));
        }
        send.send_data(data, false).map_err(broken)?;
    }
    // What was asked for beyond the data would be kept from other streams.
    send.reserve_capacity(0);
    Ok((written, false))
}

fn finish(send: &mut SendStream<Bytes>, reader: &BodyReader, data: Bytes) -> io::Result<()> {
    match trailers(reader) {
        None => send.send_data(data, true).map_err(broken),
        Some(trailers) => {
            if !data.is_empty() {
                send.send_data(data, false).map_err(broken)?;
            }
            send.send_trailers(trailers).map_err(broken)
        }
    }
}
