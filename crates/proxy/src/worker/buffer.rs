//! Buffers and pipes that connections borrow while bytes wait, and give back when none do. It must keep
//! an idle connection free of any allocation.

use std::os::fd::BorrowedFd;

use super::channel::Wire;
use crate::sys::pipe::Pipe;
use crate::sys::socket::{Io, send};

/// Buffers kept for reuse.
const KEPT: usize = 256;
/// Larger ones go back to the allocator.
const KEPT_BYTES: usize = 128 * 1024;

/// Pipes kept for reuse: making one and giving it room costs three calls.
const KEPT_PIPES: usize = 32;

/// Empty buffers and pipes for reuse.
#[derive(Debug, Default)]
pub(crate) struct BufferPool {
    free: Vec<Vec<u8>>,
    pipes: Vec<Pipe>,
    /// Where wire bytes of TLS pass through.
    pub(crate) wire: Wire,
}

impl BufferPool {
    /// An empty buffer.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.free.pop().unwrap_or_default()
    }

    /// Takes a buffer back and leaves an empty one without allocation.
    pub(crate) fn give_back(&mut self, buffer: &mut Vec<u8>) {
        let mut buffer = std::mem::take(buffer);
        if self.free.len() < KEPT && (1..=KEPT_BYTES).contains(&buffer.capacity()) {
            buffer.clear();
            self.free.push(buffer);
        }
    }

    /// An empty pipe.
    ///
    /// # Errors
    /// If there is none left and the kernel gives none.
    pub(crate) fn take_pipe(&mut self) -> std::io::Result<Pipe> {
        self.pipes.pop().map_or_else(Pipe::new, Ok)
    }

    /// Takes a pipe back; one that holds bytes is never used again.
    pub(crate) fn give_back_pipe(&mut self, pipe: Option<Pipe>) {
        let empty = pipe.filter(|pipe| pipe.held() == 0);
        if self.pipes.len() < KEPT_PIPES {
            self.pipes.extend(empty);
        }
    }

    /// Makes `buffer` hold `bytes` and nothing else.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, bytes: &[u8]) {
        if bytes.is_empty() {
            self.give_back(buffer);
            return;
        }
        if buffer.capacity() == 0 {
            *buffer = self.take();
        }
        buffer.clear();
        buffer.extend_from_slice(bytes);
    }
}

/// Bytes that wait for a peer to take them.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    sent: usize,
}

impl Output {
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes that wait.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }

    /// Appends what did not fit: `pieces` after their first `skipped` bytes.
    pub(crate) fn append(&mut self, pieces: [&[u8]; 3], skipped: usize, pool: &mut BufferPool) {
        if self.bytes.capacity() == 0 {
            self.bytes = pool.take();
        }
        let mut skipped = skipped;
        for piece in pieces {
            let skip = skipped.min(piece.len());
            skipped -= skip;
            self.bytes.extend_from_slice(piece.get(skip..).unwrap_or_default());
        }
    }

    /// Sends what waits, as far as the peer takes it; true if nothing waits any more.
    pub(crate) fn flush(
        &mut self,
        socket: BorrowedFd<'_>,
        pool: &mut BufferPool,
    ) -> std::io::Result<bool> {
        while !self.waiting().is_empty() {
            match send(socket, self.waiting())? {
                Io::Bytes(count) => self.sent += count,
                Io::Blocked => return Ok(false),
            }
        }
        self.discard(pool);
        Ok(true)
    }

    /// Takes note that `count` bytes went; true if nothing waits any more.
    pub(crate) fn take(&mut self, count: usize, pool: &mut BufferPool) -> bool {
        self.sent += count;
        if self.waiting().is_empty() {
            self.discard(pool);
        }
        self.is_empty()
    }

    /// Forgets what waits.
    pub(crate) fn discard(&mut self, pool: &mut BufferPool) {
        pool.give_back(&mut self.bytes);
        self.sent = 0;
    }
}
