//! A connection over TLS, on either side of it, on a worker's own loop: what comes is decrypted
//! from the worker's shared room, what goes is encrypted into it and leaves in one send. It must
//! hold no buffer while nothing is under way.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustls::Error;

use super::facts::Facts;
use super::session::{Clear, Session};
use super::wire::{MOST_HELD, MOST_RECEIVED, Wire};
use super::{COPIED, send_wire};
use crate::member_tls::is_late_refusal;
use crate::sys::socket::{self, Io};
use crate::worker::buffer::{BufferPool, Output};
use crate::worker::connection::Edges;

/// Wire bytes received at once while the handshake lasts: what comes behind it must be kept.
pub(crate) const MOST_RECEIVED_AT_FIRST: usize = 16 * 1024;

/// A connection over TLS.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(super) socket: OwnedFd,
    session: Session,
    /// What the worker knows of it.
    pub(crate) facts: Facts,
    /// Wire bytes that came and could not be used yet, such as the first part of a record.
    pub(super) held: Vec<u8>,
    /// The alert by which the peer said, after the handshake was done for us, that it is not for it.
    late_refusal: Option<Error>,
    /// Whether the peer said that it sends no more.
    has_peer_ended: bool,
    /// Whether we said so.
    has_ended: bool,
}

/// Where a handshake stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// The peer's turn.
    Waits,
    /// Clear bytes may travel.
    Done,
}

impl Tls {
    pub(crate) fn new(socket: OwnedFd, session: Session) -> Self {
        Self {
            socket,
            session,
            facts: Facts::default(),
            held: Vec::new(),
            late_refusal: None,
            has_peer_ended: false,
            has_ended: false,
        }
    }

    /// Why the peer never took the handshake for done, if it said so.
    pub(crate) fn late_refusal(&self) -> Option<&Error> {
        self.late_refusal.as_ref()
    }

    /// What was agreed on.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Takes note of who the peer has proved to be.
    pub(crate) fn note_peer(&mut self) {
        self.facts.note_peer(self.session.peer_certificates());
    }

    /// Puts wire bytes before all that is still to be received.
    pub(crate) fn push_back(&mut self, wire: &[u8], pool: &mut BufferPool) {
        pool.fill(&mut self.held, wire);
    }

    /// Goes on with the handshake: our messages go to `flight`, clear bytes that come right behind
    /// the peer's last one to `input`.
    ///
    /// # Errors
    /// If the connection broke or the peer can't be agreed with; it was told by an alert then.
    pub(crate) fn shake_hands(
        &mut self,
        edges: &mut Edges,
        flight: &mut Output,
        input: &mut Vec<u8>,
        (scratch, pool): (&mut [u8], &mut BufferPool),
    ) -> Result<Handshake, Error> {
        let mut wire = std::mem::take(&mut pool.wire);
        let mut clear = Clear::new(scratch);
        let result = self.shake(edges, flight, &mut clear, (pool, &mut wire));
        pool.wire = wire;
        let filled = clear.filled;
        if filled > 0 {
            pool.fill(input, scratch.get(..filled).unwrap_or_default());
        }
        result
    }

    fn shake(
        &mut self,
        edges: &mut Edges,
        flight: &mut Output,
        clear: &mut Clear<'_>,
        (pool, wire): (&mut BufferPool, &mut Wire),
    ) -> Result<Handshake, Error> {
        let mut received = 0;
        loop {
            let (incoming, outgoing) = wire.rooms();
            let held = self.held.len();
            incoming.get_mut(..held).unwrap_or_default().copy_from_slice(&self.held);
            let all = incoming.get_mut(..held + received).unwrap_or_default();
            let result = self.session.process(all, clear, outgoing);
            let said = send_wire(self.socket.as_fd(), edges, flight, pool, outgoing.filled());
            let progress = result?;
            said.map_err(broken)?;
            self.keep(all.get(progress.used..).unwrap_or_default(), pool).map_err(broken)?;
            self.note_end(progress.has_ended, edges);
            if !self.session.is_handshaking() {
                return Ok(Handshake::Done);
            }
            if !edges.readable {
                return Ok(Handshake::Waits);
            }
            let room = incoming.get_mut(self.held.len()..).unwrap_or_default();
            let room = room.get_mut(..MOST_RECEIVED_AT_FIRST).unwrap_or_default();
            match receive_wire(&self.socket, edges, room).map_err(broken)? {
                Some(count) => received = count,
                None => return Ok(Handshake::Waits),
            }
        }
    }

    pub(super) fn receive(
        &mut self,
        edges: &mut Edges,
        output: &mut Output,
        room: &mut [u8],
        pool: &mut BufferPool,
    ) -> io::Result<Io> {
        if self.has_peer_ended {
            return Ok(Io::Bytes(0));
        }
        let mut wire = std::mem::take(&mut pool.wire);
        let received = self.receive_into(edges, output, room, (pool, &mut wire));
        pool.wire = wire;
        received
    }

    fn receive_into(
        &mut self,
        edges: &mut Edges,
        output: &mut Output,
        room: &mut [u8],
        (pool, wire): (&mut BufferPool, &mut Wire),
    ) -> io::Result<Io> {
        let mut clear = Clear::new(room);
        let size = clear.left();
        loop {
            let (incoming, outgoing) = wire.rooms();
            let held = self.held.len();
            incoming.get_mut(..held).unwrap_or_default().copy_from_slice(&self.held);
            // Clear bytes are never more than wire bytes: so they have room.
            let limit = held + MOST_RECEIVED.min(size.saturating_sub(held));
            let place = incoming.get_mut(held..limit).unwrap_or_default();
            let Some(count) = receive_wire(&self.socket, edges, place)? else {
                return Ok(Io::Blocked);
            };
            let all = incoming.get_mut(..held + count).unwrap_or_default();
            let result = self.session.process(all, &mut clear, outgoing);
            let said = send_wire(self.socket.as_fd(), edges, output, pool, outgoing.filled());
            let progress = result.map_err(|error| self.note_broken(error))?;
            said?;
            self.keep(all.get(progress.used..).unwrap_or_default(), pool)?;
            self.note_end(progress.has_ended, edges);
            if clear.filled > 0 || progress.has_ended {
                return Ok(Io::Bytes(clear.filled));
            }
            if !edges.readable {
                return Ok(Io::Blocked);
            }
        }
    }

    pub(super) fn transmit(
        &mut self,
        edges: &mut Edges,
        output: &mut Output,
        pool: &mut BufferPool,
        (out, data, tail): (&mut Vec<u8>, &[u8], &[u8]),
    ) -> io::Result<()> {
        if out.is_empty() && data.is_empty() && tail.is_empty() {
            return Ok(());
        }
        if self.has_ended {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        // What comes first is filled up to whole records, so that as few as possible are made.
        let joined = match out.is_empty() {
            true => 0,
            false => data.len().min(COPIED - out.len() % COPIED),
        };
        let (first, rest) = data.split_at(joined);
        out.extend_from_slice(first);
        if rest.is_empty() {
            out.extend_from_slice(tail);
        }
        let tail = if rest.is_empty() { [].as_slice() } else { tail };
        let mut wire = std::mem::take(&mut pool.wire);
        let outgoing = wire.outgoing();
        let mut result = Ok(());
        for piece in [out.as_slice(), rest, tail].into_iter().filter(|piece| !piece.is_empty()) {
            result = result.and_then(|()| self.session.encrypt(piece, &mut self.held, outgoing));
        }
        let sent = match result {
            Ok(()) => send_wire(self.socket.as_fd(), edges, output, pool, outgoing.filled()),
            Err(error) => Err(io::Error::other(error)),
        };
        pool.wire = wire;
        sent
    }

    /// Says that nothing more will come, in TLS and, once that is out, in TCP.
    pub(super) fn end(&mut self, edges: &mut Edges, output: &mut Output, pool: &mut BufferPool) {
        // If it can't be said, the connection is broken, which tells the peer as well.
        let _broken = self.say_end(edges, output, pool);
        if output.is_empty() {
            socket::shutdown_write(&self.socket);
        }
    }

    /// Says that nothing more will come, in TLS alone.
    pub(super) fn say_end(
        &mut self,
        edges: &mut Edges,
        output: &mut Output,
        pool: &mut BufferPool,
    ) -> io::Result<()> {
        if self.has_ended || self.session.is_handshaking() {
            return Ok(());
        }
        self.has_ended = true;
        let mut wire = std::mem::take(&mut pool.wire);
        let outgoing = wire.outgoing();
        let said = match self.session.close(&mut self.held, outgoing) {
            Ok(()) => send_wire(self.socket.as_fd(), edges, output, pool, outgoing.filled()),
            Err(error) => Err(io::Error::other(error)),
        };
        pool.wire = wire;
        said
    }

    /// Gives back what this connection has borrowed.
    pub(super) fn give_back(&mut self, pool: &mut BufferPool) {
        pool.give_back(&mut self.held);
    }

    fn keep(&mut self, rest: &[u8], pool: &mut BufferPool) -> io::Result<()> {
        if rest.len() > MOST_HELD {
            return Err(io::Error::other("a TLS message that never ends"));
        }
        pool.fill(&mut self.held, rest);
        Ok(())
    }

    fn note_broken(&mut self, error: Error) -> io::Error {
        if matches!(error, Error::AlertReceived(alert) if is_late_refusal(alert)) {
            self.late_refusal = Some(error.clone());
        }
        io::Error::other(error)
    }

    /// The peer's end is there to be read, and stays so.
    fn note_end(&mut self, has_ended: bool, edges: &mut Edges) {
        if has_ended {
            self.has_peer_ended = true;
            edges.readable = true;
            edges.read_closed = true;
        }
    }
}

/// Receives wire bytes, if any wait. TCP's end alone is none: what came before it may be cut off
/// (RFC 8446 §6.1).
fn receive_wire(socket: &OwnedFd, edges: &mut Edges, room: &mut [u8]) -> io::Result<Option<usize>> {
    if room.is_empty() {
        return Err(io::Error::other("no room to receive into"));
    }
    match socket::receive(socket.as_fd(), room)? {
        Io::Bytes(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Io::Bytes(count) => {
            edges.note_read(count, room.len());
            Ok(Some(count))
        }
        Io::Blocked => {
            edges.readable = false;
            Ok(None)
        }
    }
}

fn broken(error: io::Error) -> Error {
    Error::General(match error.kind() {
        io::ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        io::ErrorKind::ConnectionReset => "the connection was reset".to_owned(),
        _ => error.to_string(),
    })
}
