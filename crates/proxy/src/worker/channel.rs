//! How clear bytes travel between a worker and one peer. Whatever works on requests, responses and
//! byte streams goes through here and never touches a socket, so that it need not know what the
//! bytes look like on the wire. It must cost a connection in clear nothing.
//!
//! ```text
//! clear bytes --transmit--> wire bytes --> socket, what it does not take --> Output --flush--> socket
//! clear bytes <--receive--- wire bytes <-- socket
//! ```
//!
//! An [`Output`] holds wire bytes, ready to be sent as they are; for a stream of HTTP/2, those are
//! what the stream is still to take.

mod facts;
mod session;
mod tls;
mod wire;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::arena::Key;
use super::buffer::{BufferPool, Output};
use super::connection::Edges;
use super::http2::Stream;
use crate::sys::socket::{self, Io, send, send_pieces};

pub(crate) use session::Session;
pub(crate) use tls::{Handshake, MOST_RECEIVED_AT_FIRST, Tls};
pub(crate) use wire::Wire;

/// Data up to this length is copied behind its head: cheaper than a vector of pieces.
const COPIED: usize = 16 * 1024;

/// One peer's end of a connection.
#[derive(Debug)]
pub(crate) enum Channel {
    /// In clear: what is on the wire is what is meant.
    Plain(OwnedFd),
    /// Over TLS; on the heap, so that connections in clear stay small.
    Tls(Box<Tls>),
    /// One stream of an HTTP/2 connection, which has the socket.
    Stream(Box<Stream>),
}

impl Channel {
    /// The socket, to be watched and asked for its state; never to be read or written.
    pub(crate) fn socket(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Plain(socket) => Some(socket.as_fd()),
            Self::Tls(tls) => Some(tls.socket.as_fd()),
            Self::Stream(_) => None,
        }
    }

    /// What there is to know about TLS, if that is what is spoken.
    pub(crate) fn tls(&self) -> Option<&Tls> {
        match self {
            Self::Plain(_) | Self::Stream(_) => None,
            Self::Tls(tls) => Some(tls),
        }
    }

    /// The connection that carries it, if it is a stream.
    pub(crate) fn carrier(&self) -> Option<Key> {
        match self {
            Self::Stream(stream) => Some(stream.carrier()),
            Self::Plain(_) | Self::Tls(_) => None,
        }
    }

    /// The socket, if bytes may go past this channel inside the kernel.
    pub(crate) fn spliceable(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Plain(socket) => Some(socket.as_fd()),
            Self::Tls(_) | Self::Stream(_) => None,
        }
    }

    /// Receives clear bytes; 0 are the peer's orderly end. `edges` learn whether there may be more.
    /// Over TLS, an answer of the protocol's own may go to `output`; `room` has 64 KiB at least.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) fn receive(
        &mut self,
        edges: &mut Edges,
        output: &mut Output,
        room: &mut [u8],
        pool: &mut BufferPool,
    ) -> io::Result<Io> {
        match self {
            Self::Plain(socket) => {
                let received = socket::receive(socket.as_fd(), room)?;
                match received {
                    Io::Bytes(count) => edges.note_read(count, room.len()),
                    Io::Blocked => edges.readable = false,
                }
                Ok(received)
            }
            Self::Tls(tls) => tls.receive(edges, output, room, pool),
            Self::Stream(stream) => stream.receive(edges, room),
        }
    }

    /// Takes from the wire what nobody wants any more.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) fn discard(&mut self, scratch: &mut [u8]) -> io::Result<Io> {
        // A stream is never drained: it ends without a wait for its peer.
        self.socket().map_or(Ok(Io::Bytes(0)), |socket| socket::receive(socket, scratch))
    }

    /// Sends `out`, `data`, `tail`, or keeps them in `output` until the peer takes more. May append
    /// to `out`.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) fn transmit(
        &mut self,
        edges: &mut Edges,
        output: &mut Output,
        pool: &mut BufferPool,
        pieces: (&mut Vec<u8>, &[u8], &[u8]),
    ) -> io::Result<()> {
        match self {
            Self::Plain(socket) => transmit(socket.as_fd(), edges, output, pool, pieces),
            Self::Tls(tls) => tls.transmit(edges, output, pool, pieces),
            Self::Stream(stream) => stream.transmit(edges, output, pool, pieces),
        }
    }

    /// Sends what waits in `output`; true if nothing waits any more.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) fn flush(
        &mut self,
        edges: &mut Edges,
        output: &mut Output,
        pool: &mut BufferPool,
    ) -> io::Result<bool> {
        if output.is_empty() || !edges.writable {
            return Ok(output.is_empty());
        }
        edges.writable = match self {
            Self::Plain(socket) => output.flush(socket.as_fd(), pool)?,
            Self::Tls(tls) => output.flush(tls.socket.as_fd(), pool)?,
            Self::Stream(stream) => stream.flush(output, pool)?,
        };
        Ok(edges.writable)
    }

    /// Tells the peer that nothing more will come; only once all before it is out.
    pub(crate) fn end(&mut self, edges: &mut Edges, output: &mut Output, pool: &mut BufferPool) {
        match self {
            Self::Plain(socket) => socket::shutdown_write(socket),
            Self::Tls(tls) => tls.end(edges, output, pool),
            Self::Stream(stream) => stream.end(),
        }
    }

    /// Says good-bye before an orderly close, if everything before it is out: a peer that is not
    /// told takes what it has got for cut off.
    pub(crate) fn part(&mut self, edges: &mut Edges, output: &mut Output, pool: &mut BufferPool) {
        match self {
            Self::Plain(_) | Self::Stream(_) => {}
            Self::Tls(tls) if output.is_empty() => {
                // Whoever is gone need not be told.
                let _gone = tls.say_end(edges, output, pool);
            }
            Self::Tls(_) => {}
        }
    }

    /// Gives back what this channel has borrowed, before it is dropped.
    pub(crate) fn give_back(&mut self, pool: &mut BufferPool) {
        match self {
            Self::Plain(_) | Self::Stream(_) => {}
            Self::Tls(tls) => tls.give_back(pool),
        }
    }

    /// Makes the coming close a reset, so that the peer can't take what it has for the whole.
    pub(crate) fn reset_on_close(&mut self) {
        // A stream whose message is not whole is always reset.
        if let Some(socket) = self.socket() {
            socket::reset_on_close(socket);
        }
    }
}

/// Sends wire bytes, or keeps them until the peer takes more.
fn transmit(
    socket: BorrowedFd<'_>,
    edges: &mut Edges,
    output: &mut Output,
    pool: &mut BufferPool,
    (out, data, tail): (&mut Vec<u8>, &[u8], &[u8]),
) -> io::Result<()> {
    let total = out.len() + data.len() + tail.len();
    if total == 0 {
        return Ok(());
    }
    if !output.is_empty() || !edges.writable {
        output.append([out, data, tail], 0, pool);
        return Ok(());
    }
    let sent = if out.is_empty() && tail.is_empty() {
        send(socket, data)?
    } else if data.len() + tail.len() <= COPIED {
        out.extend_from_slice(data);
        out.extend_from_slice(tail);
        match send(socket, out)? {
            Io::Bytes(count) if count == total => return Ok(()),
            Io::Bytes(count) => {
                edges.writable = false;
                output.append([out, &[], &[]], count, pool);
                return Ok(());
            }
            Io::Blocked => {
                edges.writable = false;
                output.append([out, &[], &[]], 0, pool);
                return Ok(());
            }
        }
    } else {
        send_pieces(socket, [out, data, tail])?
    };
    match sent {
        Io::Bytes(count) if count == total => return Ok(()),
        Io::Bytes(count) => output.append([out, data, tail], count, pool),
        Io::Blocked => output.append([out, data, tail], 0, pool),
    }
    edges.writable = false;
    Ok(())
}

fn send_wire(
    socket: BorrowedFd<'_>,
    edges: &mut Edges,
    output: &mut Output,
    pool: &mut BufferPool,
    bytes: &[u8],
) -> io::Result<()> {
    transmit(socket, edges, output, pool, (&mut Vec::new(), bytes, &[]))
}

#[cfg(test)]
mod tests;
