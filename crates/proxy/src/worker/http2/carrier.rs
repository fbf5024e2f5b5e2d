//! A member's HTTP/2 connection in its worker: it carries one stream for each request, of as many
//! clients as there are. It must not be given more streams than the member takes.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::{io, pin::Pin};

use bytes::Bytes;
use elbow_traffic::limits::{
    HTTP2_HEADER_TABLE_BYTES, HTTP2_MAX_HEADER_LIST_BYTES, HTTP2_MAX_SEND_BYTES, HTTP2_MAX_STREAMS,
    HTTP2_STREAM_WINDOW,
};
use h2::client::{Builder, Connection, SendRequest};

use super::wire::{Wire, WireEnd, wire};
use crate::worker::arena::Key;
use crate::worker::buffer::BufferPool;

/// Streams before the member has said how many it takes: what it refuses may be past repeating.
const FIRST_STREAMS: usize = 10;

/// The framing's side of one connection to a member.
#[derive(Debug)]
pub(crate) struct Carrier {
    wire: WireEnd,
    bell: Waker,
    connection: Connection<Wire, Bytes>,
    requests: SendRequest<Bytes>,
    /// The connections that are its streams.
    pub(crate) streams: Vec<Key>,
    /// Whether the member can be reached: until then, streams wait.
    pub(crate) is_connected: bool,
    /// Whether it takes no new streams.
    pub(crate) is_leaving: bool,
}

impl Carrier {
    /// Begins a connection: what is said first waits in the wire.
    ///
    /// # Errors
    /// Never, as long as the wire takes what is said first.
    pub(crate) fn new(bell: Waker) -> io::Result<Self> {
        let (wire, end) = wire();
        let mut builder = Builder::new();
        builder
            .initial_window_size(HTTP2_STREAM_WINDOW)
            // Clients that do not read must not hold up those that do.
            .initial_connection_window_size(HTTP2_STREAM_WINDOW * HTTP2_MAX_STREAMS)
            .max_header_list_size(HTTP2_MAX_HEADER_LIST_BYTES)
            .header_table_size(HTTP2_HEADER_TABLE_BYTES)
            .max_send_buffer_size(HTTP2_MAX_SEND_BYTES)
            .initial_max_send_streams(FIRST_STREAMS)
            .enable_push(false);
        let mut handshake = pin!(builder.handshake::<Wire, Bytes>(wire));
        match handshake.as_mut().poll(&mut Context::from_waker(&bell)) {
            Poll::Ready(Ok((requests, connection))) => Ok(Self {
                wire: end,
                bell,
                connection,
                requests,
                streams: Vec::new(),
                is_connected: false,
                is_leaving: false,
            }),
            Poll::Ready(Err(_)) | Poll::Pending => Err(io::Error::other("no room to begin")),
        }
    }

    /// Whether one more stream may begin.
    pub(crate) fn has_place(&self) -> bool {
        let most = self.requests.current_max_send_streams().min(HTTP2_MAX_STREAMS as usize);
        !self.is_leaving && self.streams.len() < most
    }

    /// What a new stream sends its request through.
    pub(crate) fn requests(&self) -> SendRequest<Bytes> {
        self.requests.clone()
    }

    /// Lets the connection be looked at again.
    pub(crate) fn ring(&self) {
        self.bell.wake_by_ref();
    }

    /// Whether the framing can take more bytes.
    pub(crate) fn has_room(&self) -> bool {
        self.wire.is_read()
    }

    /// Takes bytes from the member.
    pub(crate) fn feed(&self, bytes: &[u8], pool: &mut BufferPool) {
        self.wire.feed(bytes, pool);
    }

    /// The member sends no more.
    pub(crate) fn end(&self) {
        self.wire.end();
    }

    /// Lets the framing do what it can; false if the connection is over.
    pub(crate) fn poll(&mut self, pool: &mut BufferPool) -> bool {
        self.wire.lend(pool);
        let mut context = Context::from_waker(&self.bell);
        // A member that says GOAWAY takes no more streams; asking tells.
        if !self.is_leaving && matches!(self.requests.poll_ready(&mut context), Poll::Ready(Err(_)))
        {
            self.is_leaving = true;
        }
        Pin::new(&mut self.connection).poll(&mut context).is_pending()
    }

    /// Takes what is to be sent.
    pub(crate) fn take_written(&self) -> Vec<u8> {
        self.wire.take_written()
    }

    /// Leaves no allocation where nothing waits; `written` is what was taken before.
    pub(crate) fn tidy(&self, written: Vec<u8>, pool: &mut BufferPool) {
        self.wire.tidy(written, pool);
    }
}
