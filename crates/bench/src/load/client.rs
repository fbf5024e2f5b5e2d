//! The client's side of a connection: says what to send and judges what comes. What follows a
//! complete answer is the round's to decide.

use std::os::fd::BorrowedFd;

use super::channel::Channel;
use super::check::{Check, Progress, matches_at};
use super::http2::{Http2, STREAMS};
use super::message::{ID_LENGTH, Request, id_text};
use super::origin::{BULK_WORD, PING_LENGTH, PING_WORD, PONG_LENGTH};
use super::pattern::Pattern;
use crate::tls::{Application, Handshakes};

/// Where a connection is.
///
/// ```text
/// Connecting -> Idle <-> Waiting -> Finishing (the contender is to close)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Connecting,
    Idle,
    Waiting,
    Finishing,
}

/// A connection of the client.
pub(super) struct Client {
    pub(super) stage: Stage,
    /// When the request was due, in nanoseconds of the round.
    pub(super) due_ns: u64,
    channel: Channel,
    wire: Wire,
}

/// What is spoken, and how far the answer is.
enum Wire {
    Http { check: Check },
    Http2(Box<Http2>),
    Ping { id: [u8; ID_LENGTH], received: usize },
    Bulk { received: u64 },
}

impl Client {
    pub(super) fn http(channel: Channel, application: Application) -> Self {
        let wire = match application {
            Application::Http1 => Wire::Http { check: Check::new(id_text(0), 0) },
            Application::Http2 => Wire::Http2(Box::new(Http2::new())),
        };
        Self { channel, ..Self::new(wire) }
    }

    pub(super) fn ping() -> Self {
        Self::new(Wire::Ping { id: id_text(0), received: 0 })
    }

    pub(super) fn bulk() -> Self {
        Self::new(Wire::Bulk { received: 0 })
    }

    fn new(wire: Wire) -> Self {
        Self { stage: Stage::Connecting, due_ns: 0, channel: Channel::Clear, wire }
    }

    /// Requests that it may have out at once.
    pub(super) fn width(&self) -> usize {
        if let Wire::Http2(_) = self.wire { STREAMS } else { 1 }
    }

    /// Requests that it has out.
    pub(super) fn outstanding(&self) -> usize {
        match &self.wire {
            Wire::Http2(http2) => http2.outstanding(),
            Wire::Http { .. } | Wire::Ping { .. } | Wire::Bulk { .. } => {
                usize::from(self.stage == Stage::Waiting)
            }
        }
    }

    /// Makes a request with this id; over HTTP/2 it leaves with the next `flush`.
    pub(super) fn ask(
        &mut self,
        socket: BorrowedFd<'_>,
        id: u64,
        request: &mut Request,
        body: usize,
    ) -> Result<(), String> {
        self.stage = Stage::Waiting;
        let mut message = [b'-'; PING_LENGTH];
        let bytes = match &mut self.wire {
            Wire::Http { check } => {
                check.restart(id_text(id), body);
                request.with_id(id)
            }
            Wire::Http2(http2) => {
                http2.ask(id, body);
                return Ok(());
            }
            Wire::Ping { id: expected, received } => {
                *expected = id_text(id);
                *received = 0;
                message[..4].copy_from_slice(PING_WORD);
                message[4..4 + ID_LENGTH].copy_from_slice(expected);
                &message
            }
            Wire::Bulk { .. } => {
                message[..4].copy_from_slice(BULK_WORD);
                &message
            }
        };
        self.channel.send(socket, bytes)
    }

    /// Sends what waits, as far as the kernel takes it.
    pub(super) fn flush(&mut self, socket: BorrowedFd<'_>) -> Result<(), String> {
        if let Wire::Http2(http2) = &mut self.wire
            && !http2.out.is_empty()
        {
            self.channel.send(socket, &http2.out)?;
            http2.out.clear();
            return Ok(());
        }
        self.channel.flush(socket)
    }

    /// Judges what came; gives how many answers it completes.
    pub(super) fn take(
        &mut self,
        socket: BorrowedFd<'_>,
        bytes: &mut [u8],
        pattern: &Pattern,
    ) -> Result<usize, String> {
        let Self { stage, channel, wire, .. } = self;
        channel.receive(socket, bytes, |clear| wire.take(*stage, clear, pattern))
    }

    /// How its connection began, told once.
    pub(super) fn poll_handshake(&mut self) -> Option<Handshakes> {
        self.channel.poll_handshake()
    }

    /// Tickets that it was issued.
    pub(super) fn tickets(&self) -> u32 {
        self.channel.tickets()
    }
}

impl Wire {
    fn take(&mut self, stage: Stage, bytes: &[u8], pattern: &Pattern) -> Result<usize, String> {
        let is_asked = stage == Stage::Waiting;
        let progress = match self {
            // Frames of the connection come at any time.
            Self::Http2(http2) => return http2.handle_bytes(bytes),
            _ if !is_asked => return Err(format!("{} bytes that nobody asked for", bytes.len())),
            Self::Http { check } => check.handle_bytes(bytes)?,
            Self::Ping { id, received } => take_pong(id, received, bytes)?,
            Self::Bulk { received } => {
                if !pattern.is_at(*received, bytes) {
                    return Err(format!("the stream is wrong at byte {received}"));
                }
                *received += bytes.len() as u64;
                Progress::More
            }
        };
        Ok(usize::from(progress == Progress::Complete))
    }
}

fn take_pong(id: &[u8], received: &mut usize, bytes: &[u8]) -> Result<Progress, String> {
    let start = *received;
    *received += bytes.len();
    if *received > PONG_LENGTH {
        return Err(format!("{} bytes too many", *received - PONG_LENGTH));
    }
    let last = PONG_LENGTH - ID_LENGTH;
    if !matches_at(start, bytes, 0, id) || !matches_at(start, bytes, last, id) {
        return Err("mixed up: the answer has another id".to_owned());
    }
    Ok(if *received == PONG_LENGTH { Progress::Complete } else { Progress::More })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_with_another_id_is_refused() {
        let mut received = 0;
        let mut pong = vec![b'-'; PONG_LENGTH];
        pong[..ID_LENGTH].copy_from_slice(&id_text(5));
        pong[PONG_LENGTH - ID_LENGTH..].copy_from_slice(&id_text(5));
        assert_eq!(take_pong(&id_text(5), &mut received, &pong[..300]), Ok(Progress::More));
        assert_eq!(take_pong(&id_text(5), &mut received, &pong[300..]), Ok(Progress::Complete));
        assert!(take_pong(&id_text(6), &mut 0, &pong).is_err());
    }
}
