//! The client's side of a connection: says what to send and judges what comes. What follows a
//! complete answer is the round's to decide.

use std::os::fd::BorrowedFd;

use rustix::net::{self, SendFlags};

use super::check::{Check, Progress, matches_at};
use super::message::{ID_LENGTH, Request, id_text};
use super::origin::{BULK_WORD, PING_LENGTH, PING_WORD, PONG_LENGTH};
use super::pattern::Pattern;

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
    wire: Wire,
}

/// What is spoken, and how far the answer is.
enum Wire {
    Http { check: Check },
    Ping { id: [u8; ID_LENGTH], received: usize },
    Bulk { received: u64 },
}

impl Client {
    pub(super) fn http() -> Self {
        Self::new(Wire::Http { check: Check::new(id_text(0), 0) })
    }

    pub(super) fn ping() -> Self {
        Self::new(Wire::Ping { id: id_text(0), received: 0 })
    }

    pub(super) fn bulk() -> Self {
        Self::new(Wire::Bulk { received: 0 })
    }

    fn new(wire: Wire) -> Self {
        Self { stage: Stage::Connecting, due_ns: 0, wire }
    }

    /// Sends a request with this id.
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
        match net::send(socket, bytes, SendFlags::NOSIGNAL) {
            Ok(count) if count == bytes.len() => Ok(()),
            Ok(count) => Err(format!("sent {count} bytes of {}", bytes.len())),
            Err(error) => Err(format!("sending a request: {error}")),
        }
    }

    /// Judges what came.
    pub(super) fn take(&mut self, bytes: &[u8], pattern: &Pattern) -> Result<Progress, String> {
        if self.stage != Stage::Waiting {
            return Err(format!("{} bytes that nobody asked for", bytes.len()));
        }
        match &mut self.wire {
            Wire::Http { check } => check.handle_bytes(bytes),
            Wire::Ping { id, received } => take_pong(id, received, bytes),
            Wire::Bulk { received } => {
                if !pattern.is_at(*received, bytes) {
                    return Err(format!("the stream is wrong at byte {received}"));
                }
                *received += bytes.len() as u64;
                Ok(Progress::More)
            }
        }
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
