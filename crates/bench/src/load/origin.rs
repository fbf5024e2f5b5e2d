//! The origin's side of a connection: answers what is asked, at once, and knows nothing of rounds.

use std::os::fd::BorrowedFd;

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{self, RecvFlags, SendFlags};

use super::message::{Answer, Asked, ID_LENGTH, asked};
use super::pattern::Pattern;

/// Bytes of a ping-pong's question and answer.
pub(super) const PING_LENGTH: usize = 64;
pub(super) const PONG_LENGTH: usize = 1024;
/// What a TCP client's first message begins with.
pub(super) const PING_WORD: &[u8; 4] = b"PING";
pub(super) const BULK_WORD: &[u8; 4] = b"BULK";

/// What all connections share: one buffer, and bytes made in advance.
pub(super) struct Tools {
    pub(super) scratch: Vec<u8>,
    pub(super) pattern: Pattern,
    answers: Vec<Answer>,
    pong: Vec<u8>,
}

impl Tools {
    pub(super) fn new() -> Self {
        Self {
            scratch: vec![0; 256 * 1024],
            pattern: Pattern::new(),
            answers: vec![Answer::new(0)],
            pong: vec![b'-'; PONG_LENGTH],
        }
    }

    fn answer(&mut self, length: usize) -> usize {
        let known = self.answers.iter().position(|answer| answer.length() == length);
        known.unwrap_or_else(|| {
            self.answers.push(Answer::new(length));
            self.answers.len() - 1
        })
    }
}

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Keep,
    Close,
    /// Watch it for as long as it can be written.
    Stream,
}

/// A connection of the HTTP origin.
#[derive(Default)]
pub(super) struct HttpOrigin {
    partial: Vec<u8>,
    unsent: Option<Unsent>,
}

struct Unsent {
    answer: usize,
    id: [u8; ID_LENGTH],
    sent: usize,
}

impl HttpOrigin {
    pub(super) fn handle_event(
        &mut self,
        socket: BorrowedFd<'_>,
        flags: EventFlags,
        tools: &mut Tools,
    ) -> After {
        if self.unsent.is_some() && flags.contains(EventFlags::OUT) && !self.send(socket, tools) {
            return After::Close;
        }
        let ends = flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR);
        if !ends && !flags.contains(EventFlags::IN) {
            return After::Keep;
        }
        loop {
            let count = match net::recv(socket, tools.scratch.as_mut_slice(), RecvFlags::empty()) {
                Ok((_, 0)) => return After::Close,
                Ok((_, count)) => count,
                Err(Errno::AGAIN) => return After::Keep,
                Err(_) => return After::Close,
            };
            if !self.handle_bytes(count, socket, tools) {
                return After::Close;
            }
            if count < tools.scratch.len() && !ends {
                return After::Keep;
            }
        }
    }

    /// False if the connection is of no more use.
    fn handle_bytes(&mut self, count: usize, socket: BorrowedFd<'_>, tools: &mut Tools) -> bool {
        let bytes = &tools.scratch[..count];
        let question = if self.partial.is_empty() && bytes.ends_with(b"\r\n\r\n") {
            asked(bytes)
        } else {
            self.partial.extend_from_slice(bytes);
            if !self.partial.ends_with(b"\r\n\r\n") {
                return self.partial.len() < 64 * 1024;
            }
            asked(&std::mem::take(&mut self.partial))
        };
        if self.unsent.is_some() {
            return false;
        }
        let (answer, id) = match question {
            None => return false,
            Some(Asked::Health) => (0, [b'0'; ID_LENGTH]),
            Some(Asked::Item { length, id }) => (tools.answer(length), id),
        };
        self.unsent = Some(Unsent { answer, id, sent: 0 });
        self.send(socket, tools)
    }

    /// Sends as much as the kernel takes; false if the connection is of no more use.
    fn send(&mut self, socket: BorrowedFd<'_>, tools: &mut Tools) -> bool {
        let Some(unsent) = &mut self.unsent else { return true };
        let bytes = tools.answers[unsent.answer].with_id(&unsent.id);
        while unsent.sent < bytes.len() {
            match net::send(socket, &bytes[unsent.sent..], SendFlags::NOSIGNAL) {
                Ok(count) => unsent.sent += count,
                Err(Errno::AGAIN) => return true,
                Err(_) => return false,
            }
        }
        self.unsent = None;
        true
    }
}

/// A connection of the TCP origin.
#[derive(Default)]
pub(super) struct TcpOrigin {
    partial: Vec<u8>,
    streamed: Option<u64>,
}

impl TcpOrigin {
    pub(super) fn handle_event(
        &mut self,
        socket: BorrowedFd<'_>,
        flags: EventFlags,
        tools: &mut Tools,
    ) -> After {
        if let Some(position) = &mut self.streamed {
            let piece = tools.pattern.piece_at(*position);
            return match net::send(socket, piece, SendFlags::NOSIGNAL) {
                Ok(count) => {
                    *position += count as u64;
                    After::Keep
                }
                Err(Errno::AGAIN) => After::Keep,
                Err(_) => After::Close,
            };
        }
        if flags == EventFlags::OUT {
            return After::Keep;
        }
        match net::recv(socket, tools.scratch.as_mut_slice(), RecvFlags::empty()) {
            Ok((_, 0)) => After::Close,
            Ok((_, count)) => self.handle_bytes(count, socket, tools),
            Err(Errno::AGAIN) => After::Keep,
            Err(_) => After::Close,
        }
    }

    fn handle_bytes(&mut self, count: usize, socket: BorrowedFd<'_>, tools: &mut Tools) -> After {
        self.partial.extend_from_slice(&tools.scratch[..count]);
        if self.partial.len() < PING_LENGTH {
            return After::Keep;
        }
        if self.partial.starts_with(BULK_WORD) {
            self.streamed = Some(0);
            return After::Stream;
        }
        let Some(id) = self.partial.get(4..4 + ID_LENGTH) else { return After::Close };
        tools.pong[..ID_LENGTH].copy_from_slice(id);
        tools.pong[PONG_LENGTH - ID_LENGTH..].copy_from_slice(id);
        self.partial.clear();
        match net::send(socket, &tools.pong, SendFlags::NOSIGNAL) {
            Ok(PONG_LENGTH) => After::Keep,
            _ => After::Close,
        }
    }
}
