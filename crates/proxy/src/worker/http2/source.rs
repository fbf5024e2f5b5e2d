//! What a peer sends on one stream, read as the bytes of an HTTP/1.1 message. It must take from the
//! framing only what its reader has room for, so that the peer's window opens as fast as the other
//! side reads, and no faster.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use elbow_traffic::http2::head::{Framing, write_trailers};
use h2::RecvStream;

use super::convert::fields;
use crate::sys::socket::Io;

/// The receiving half of a stream.
#[derive(Debug)]
pub(crate) struct Source {
    /// Goes first: a head, a chunk's size, trailers.
    ahead: Vec<u8>,
    ahead_read: usize,
    data: Bytes,
    body: Body,
    /// Whether the framing will ring when there is more.
    is_waiting: bool,
}

#[derive(Debug)]
enum Body {
    /// There is none, or nobody reads it.
    Absent,
    Open {
        recv: RecvStream,
        framing: Framing,
    },
    /// For a byte stream that nobody has agreed to yet.
    Held(RecvStream),
    Ended,
    Broken,
}

impl Source {
    /// Begins with a head and what follows it.
    pub(crate) fn new(head: Vec<u8>, framing: Framing, recv: RecvStream) -> Self {
        let body = match framing {
            Framing::Nothing => Body::Absent,
            Framing::Fixed | Framing::Chunked => Body::Open { recv, framing },
            Framing::Tunnel => Body::Held(recv),
        };
        Self { ahead: head, ahead_read: 0, data: Bytes::new(), body, is_waiting: false }
    }

    /// The member agreed to a byte stream.
    pub(crate) fn open_tunnel(&mut self) {
        self.body = match std::mem::replace(&mut self.body, Body::Ended) {
            Body::Held(recv) => Body::Open { recv, framing: Framing::Tunnel },
            other => other,
        };
    }

    /// Whether reading may give something without the framing ringing first.
    pub(crate) fn is_ready(&self) -> bool {
        !self.is_waiting
    }

    /// Reads into `room`; 0 bytes are the end.
    ///
    /// # Errors
    /// If the stream was reset or the connection broke.
    pub(crate) fn read(&mut self, room: &mut [u8], context: &mut Context<'_>) -> io::Result<Io> {
        let mut filled = 0;
        self.is_waiting = false;
        loop {
            filled += self.read_waiting(room.get_mut(filled..).unwrap_or_default());
            if filled == room.len() {
                return Ok(Io::Bytes(filled));
            }
            match self.fetch(context) {
                Fetched::Something => {}
                Fetched::Pending => {
                    self.is_waiting = true;
                    return Ok(if filled == 0 { Io::Blocked } else { Io::Bytes(filled) });
                }
                Fetched::End => return Ok(Io::Bytes(filled)),
                Fetched::Broken if filled == 0 => {
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
                Fetched::Broken => return Ok(Io::Bytes(filled)),
            }
        }
    }

    fn read_waiting(&mut self, room: &mut [u8]) -> usize {
        let ahead = self.ahead.get(self.ahead_read..).unwrap_or_default();
        let first = copy(ahead, room);
        self.ahead_read += first;
        if self.ahead_read < self.ahead.len() {
            return first;
        }
        self.ahead.clear();
        self.ahead_read = 0;
        let second = copy(&self.data, room.get_mut(first..).unwrap_or_default());
        if second > 0 {
            drop(self.data.split_to(second));
            if let Body::Open { recv, framing } = &mut self.body {
                // It fails only for more than was received.
                let _released = recv.flow_control().release_capacity(second);
                if self.data.is_empty() && *framing == Framing::Chunked {
                    self.ahead.extend_from_slice(b"\r\n");
                }
            }
        }
        first + second
    }

    /// Makes more wait, if there is more.
    fn fetch(&mut self, context: &mut Context<'_>) -> Fetched {
        if self.ahead_read < self.ahead.len() || !self.data.is_empty() {
            return Fetched::Something;
        }
        let (recv, framing) = match &mut self.body {
            Body::Absent | Body::Held(_) => return Fetched::Pending,
            Body::Ended => return Fetched::End,
            Body::Broken => return Fetched::Broken,
            Body::Open { recv, framing } => (recv, *framing),
        };
        match recv.poll_data(context) {
            Poll::Ready(Some(Ok(data))) => {
                if framing == Framing::Chunked && !data.is_empty() {
                    write_chunk_size(data.len(), &mut self.ahead);
                }
                self.data = data;
                Fetched::Something
            }
            Poll::Ready(Some(Err(_))) => {
                self.body = Body::Broken;
                Fetched::Broken
            }
            Poll::Ready(None) => self.fetch_trailers(context),
            Poll::Pending => Fetched::Pending,
        }
    }

    fn fetch_trailers(&mut self, context: &mut Context<'_>) -> Fetched {
        let Body::Open { recv, framing } = &mut self.body else { return Fetched::End };
        let trailers = match recv.poll_trailers(context) {
            Poll::Ready(Ok(trailers)) => trailers,
            Poll::Ready(Err(_)) => {
                self.body = Body::Broken;
                return Fetched::Broken;
            }
            Poll::Pending => return Fetched::Pending,
        };
        if *framing != Framing::Chunked {
            self.body = Body::Ended;
            return Fetched::End;
        }
        self.ahead.extend_from_slice(b"0\r\n");
        let written = trailers.map_or(Ok(()), |map| write_trailers(fields(&map), &mut self.ahead));
        if written.is_err() {
            self.ahead.clear();
            self.body = Body::Broken;
            return Fetched::Broken;
        }
        self.ahead.extend_from_slice(b"\r\n");
        self.body = Body::Ended;
        Fetched::Something
    }
}

/// What asking the framing gave.
enum Fetched {
    Something,
    /// It will ring.
    Pending,
    End,
    Broken,
}

pub(crate) fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let count = from.len().min(to.len());
    if let (Some(from), Some(to)) = (from.get(..count), to.get_mut(..count)) {
        to.copy_from_slice(from);
    }
    count
}

fn write_chunk_size(size: usize, out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing into a vector does not fail.
    let _infallible = write!(out, "{size:x}\r\n");
}
