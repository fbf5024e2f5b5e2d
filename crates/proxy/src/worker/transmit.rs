//! Clear bytes out, by whose they are. What a channel does not take at once waits in an output; a
//! member's failure to take any is remembered, since it may have answered before.

use std::io;
use std::time::Duration;

use super::arena::{Key, Kind};
use super::buffer::BufferPool;
use super::connection::{Phase, Upstream};
use super::engine::Worker;

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
        let (edges, output) = (&mut client.edges, &mut client.output);
        client.channel.transmit(edges, output, &mut self.buffers, (out, data, tail))
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
        if matches!(upstream.phase, Phase::Connecting { .. }) && upstream.channel.tls().is_some() {
            if upstream.pending.capacity() == 0 {
                upstream.pending = self.buffers.take();
            }
            for piece in [out.as_slice(), data, tail] {
                upstream.pending.extend_from_slice(piece);
            }
            return Ok(());
        }
        let (edges, output) = (&mut upstream.edges, &mut upstream.output);
        upstream.channel.transmit(edges, output, &mut self.buffers, (out, data, tail))
    }

    /// Sends what waits for a client; true if nothing waits any more.
    ///
    /// # Errors
    /// If the connection broke.
    pub(crate) fn flush_client(&mut self, key: Key) -> io::Result<bool> {
        let Some(client) = self.clients.get_mut(key) else { return Ok(true) };
        client.channel.flush(&mut client.edges, &mut client.output, &mut self.buffers)
    }

    /// Sends what waits for a member; true if nothing waits any more. A failure is remembered,
    /// since a response may have come before it.
    pub(crate) fn flush_upstream(&mut self, key: Key) -> bool {
        let Some(upstream) = self.upstreams.get_mut(key) else { return true };
        let (edges, output) = (&mut upstream.edges, &mut upstream.output);
        match upstream.channel.flush(edges, output, &mut self.buffers) {
            Ok(is_out) => is_out,
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
