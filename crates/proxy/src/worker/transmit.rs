//! Bytes out: one send for a head and the first part of its body, and a buffer for what the peer
//! does not take at once. It must keep the order of bytes whatever happens.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use super::arena::{Key, Kind};
use super::buffer::{BufferPool, Output};
use super::connection::{Edges, Upstream};
use super::engine::Worker;
use crate::sys::socket::{Io, send, send_pieces};

/// Data up to this length is copied behind its head: cheaper than a vector of pieces.
const COPIED: usize = 16 * 1024;

/// Sends `out`, `data`, `tail`, or keeps them until the peer takes more. May append to `out`.
fn transmit(
    socket: impl AsFd,
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
        send(socket.as_fd(), data)?
    } else if data.len() + tail.len() <= COPIED {
        out.extend_from_slice(data);
        out.extend_from_slice(tail);
        match send(socket.as_fd(), out)? {
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
        send_pieces(socket.as_fd(), [out, data, tail])?
    };
    match sent {
        Io::Bytes(count) if count == total => return Ok(()),
        Io::Bytes(count) => output.append([out, data, tail], count, pool),
        Io::Blocked => output.append([out, data, tail], 0, pool),
    }
    edges.writable = false;
    Ok(())
}

impl Worker {
    /// Sends to a client.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) fn send_to_client(
        &mut self,
        key: Key,
        out: &mut Vec<u8>,
        data: &[u8],
        tail: &[u8],
    ) -> io::Result<()> {
        let Some(client) = self.clients.get_mut(key) else { return Ok(()) };
        let pieces = (out, data, tail);
        let pool = &mut self.buffers;
        transmit(&client.socket, &mut client.edges, &mut client.output, pool, pieces)
    }

    /// Sends to a member; while it is connecting, everything is kept.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) fn send_to_upstream(
        &mut self,
        key: Key,
        out: &mut Vec<u8>,
        data: &[u8],
        tail: &[u8],
    ) -> io::Result<()> {
        let Some(upstream) = self.upstreams.get_mut(key) else { return Ok(()) };
        if upstream.edges.write_failed {
            return Ok(());
        }
        let pieces = (out, data, tail);
        let pool = &mut self.buffers;
        transmit(&upstream.socket, &mut upstream.edges, &mut upstream.output, pool, pieces)
    }

    /// Sends what waits for a client; true if nothing waits any more.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) fn flush_client(&mut self, key: Key) -> io::Result<bool> {
        let Some(client) = self.clients.get_mut(key) else { return Ok(true) };
        if client.output.is_empty() || !client.edges.writable {
            return Ok(client.output.is_empty());
        }
        let is_out = client.output.flush(client.socket.as_fd(), &mut self.buffers)?;
        client.edges.writable = is_out;
        Ok(is_out)
    }

    /// Sends what waits for a member; true if nothing waits any more. A failure is remembered,
    /// since a response may have come before it.
    pub(crate) fn flush_upstream(&mut self, key: Key) -> bool {
        let Some(upstream) = self.upstreams.get_mut(key) else { return true };
        if upstream.output.is_empty() || !upstream.edges.writable {
            return upstream.output.is_empty();
        }
        match upstream.output.flush(upstream.socket.as_fd(), &mut self.buffers) {
            Ok(is_out) => {
                upstream.edges.writable = is_out;
                is_out
            }
            Err(_) => {
                Self::give_up_writing(upstream, &mut self.buffers);
                true
            }
        }
    }

    /// From here on, only what the member has sent already matters.
    pub(crate) fn give_up_writing(upstream: &mut Upstream, pool: &mut BufferPool) {
        upstream.edges.write_failed = true;
        upstream.edges.readable = true;
        upstream.edges.read_closed = true;
        upstream.output.discard(pool);
    }

    /// Sets a client's deadline `delay` from now.
    pub(crate) fn set_timer(&mut self, key: Key, delay: Duration) {
        if let Some(client) = self.clients.get_mut(key) {
            self.wheel.set(&mut client.timer, key.token(Kind::Client), &self.clock, delay);
        }
    }
}
