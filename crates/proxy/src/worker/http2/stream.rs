//! One stream of an HTTP/2 connection as a channel: whoever reads and writes it sees the bytes of an
//! HTTP/1.1 exchange. It must never show one side's message as whole if the other did not end it.

mod client;
mod member;

use std::io;

use super::super::arena::Key;
use super::super::buffer::{BufferPool, Output};
use super::super::connection::Edges;
use crate::sys::socket::Io;

pub(crate) use client::ClientStream;
pub(crate) use member::{MemberStream, UNPROCESSED};

/// A stream, from either end.
#[derive(Debug)]
pub(crate) enum Stream {
    /// A client's: requests are read, responses written.
    Client(ClientStream),
    /// One to a member: requests are written, responses read.
    Member(MemberStream),
}

impl Stream {
    /// The connection that carries it.
    pub(crate) fn carrier(&self) -> Key {
        match self {
            Self::Client(stream) => stream.carrier(),
            Self::Member(stream) => stream.carrier(),
        }
    }

    /// Whether the peer gave it up.
    pub(crate) fn is_reset(&mut self) -> bool {
        match self {
            Self::Client(stream) => stream.is_reset(),
            // Reading tells.
            Self::Member(_) => false,
        }
    }

    /// See `Channel::receive`.
    ///
    /// # Errors
    /// If the stream or its connection broke.
    pub(crate) fn receive(&mut self, edges: &mut Edges, room: &mut [u8]) -> io::Result<Io> {
        let (received, is_ready) = match self {
            Self::Client(stream) => (stream.read(room), stream.is_ready()),
            Self::Member(stream) => (stream.read(room), stream.is_ready()),
        };
        edges.readable = is_ready;
        received
    }

    /// See `Channel::transmit`.
    ///
    /// # Errors
    /// If the stream or its connection broke, or the bytes are no message.
    pub(crate) fn transmit(
        &mut self,
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
        let written = if out.is_empty() && tail.is_empty() {
            self.write(data)?
        } else {
            out.extend_from_slice(data);
            out.extend_from_slice(tail);
            self.write(out)?
        };
        if written < total {
            edges.writable = false;
            let rest = if out.is_empty() { data } else { out };
            output.append([rest, &[], &[]], written, pool);
        }
        Ok(())
    }

    /// See `Channel::flush`.
    ///
    /// # Errors
    /// As for [`Self::transmit`].
    pub(crate) fn flush(&mut self, output: &mut Output, pool: &mut BufferPool) -> io::Result<bool> {
        let written = self.write(output.waiting())?;
        Ok(output.take(written, pool))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Client(stream) => stream.write(bytes),
            Self::Member(stream) => stream.write(bytes),
        }
    }

    /// Nothing more will come.
    pub(crate) fn end(&mut self) {
        match self {
            Self::Client(stream) => stream.end(),
            // No byte stream is asked of a member this way.
            Self::Member(_) => {}
        }
    }
}
