//! The two ends of an HTTP/2 connection meet here: the worker puts in what it received and takes
//! what is to be sent; the framing reads and writes as if on a socket. It must stay bounded: the
//! framing is told to wait while what it wrote was not taken.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::worker::buffer::BufferPool;

/// Bytes that the framing may write ahead of being sent.
const MOST_WRITTEN: usize = 128 * 1024;

/// The framing's end.
#[derive(Debug)]
pub(crate) struct Wire(Rc<RefCell<Buffers>>);

/// The worker's end.
#[derive(Debug)]
pub(crate) struct WireEnd(Rc<RefCell<Buffers>>);

#[derive(Debug, Default)]
struct Buffers {
    received: Vec<u8>,
    read: usize,
    /// The peer sends no more.
    has_ended: bool,
    written: Vec<u8>,
}

/// A new pair.
pub(crate) fn wire() -> (Wire, WireEnd) {
    let buffers = Rc::new(RefCell::new(Buffers::default()));
    (Wire(buffers.clone()), WireEnd(buffers))
}

impl WireEnd {
    /// Bytes came in.
    pub(crate) fn feed(&self, bytes: &[u8], pool: &mut BufferPool) {
        let mut buffers = self.0.borrow_mut();
        if buffers.received.capacity() == 0 {
            buffers.received = pool.take();
        }
        buffers.received.extend_from_slice(bytes);
    }

    /// No more will come in.
    pub(crate) fn end(&self) {
        self.0.borrow_mut().has_ended = true;
    }

    /// Says something behind what the framing wrote.
    pub(crate) fn say(&self, bytes: &[u8]) {
        self.0.borrow_mut().written.extend_from_slice(bytes);
    }

    /// Whether the framing has read everything.
    pub(crate) fn is_read(&self) -> bool {
        let buffers = self.0.borrow();
        buffers.read == buffers.received.len()
    }

    /// Takes what the framing wrote.
    pub(crate) fn take_written(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut().written)
    }

    /// Leaves no allocation where nothing waits; `written` is what was taken before.
    pub(crate) fn tidy(&self, mut written: Vec<u8>, pool: &mut BufferPool) {
        written.clear();
        let mut buffers = self.0.borrow_mut();
        if buffers.written.is_empty() {
            pool.give_back(&mut written);
        }
        if buffers.read == buffers.received.len() {
            buffers.read = 0;
            pool.give_back(&mut buffers.received);
        }
    }

    /// Gives the framing room to write into.
    pub(crate) fn lend(&self, pool: &mut BufferPool) {
        let mut buffers = self.0.borrow_mut();
        if buffers.written.capacity() == 0 {
            buffers.written = pool.take();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut buffers = self.0.borrow_mut();
        let waiting = buffers.received.get(buffers.read..).unwrap_or_default();
        if waiting.is_empty() {
            // Whoever feeds the wire lets the framing read next: nobody needs to be woken.
            return if buffers.has_ended { Poll::Ready(Ok(())) } else { Poll::Pending };
        }
        let count = waiting.len().min(room.remaining());
        room.put_slice(waiting.get(..count).unwrap_or_default());
        buffers.read += count;
        if buffers.read == buffers.received.len() {
            buffers.read = 0;
            buffers.received.clear();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffers = self.0.borrow_mut();
        let room = MOST_WRITTEN.saturating_sub(buffers.written.len());
        if room == 0 {
            return Poll::Pending;
        }
        let count = room.min(bytes.len());
        buffers.written.extend_from_slice(bytes.get(..count).unwrap_or_default());
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
