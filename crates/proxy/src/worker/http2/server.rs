//! A client's HTTP/2 connection in its worker: bytes in, past the meter, into the framing; bytes out
//! again; a new client for each stream. It must serve no stream itself, and let none hold up the
//! others.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use elbow_traffic::http2::frame::goaway;
use elbow_traffic::http2::{Meter, Violation};
use elbow_traffic::limits::{
    HTTP2_CONNECTION_WINDOW, HTTP2_HEADER_TABLE_BYTES, HTTP2_MAX_HEADER_LIST_BYTES,
    HTTP2_MAX_SEND_BYTES, HTTP2_MAX_STREAMS, HTTP2_STREAM_WINDOW,
};
use h2::server::{Builder, Connection, Handshake, SendResponse};
use h2::{Reason, RecvStream};
use http::Request;

use super::wire::{Wire, WireEnd, wire};
use crate::worker::arena::Key;
use crate::worker::buffer::BufferPool;

/// A request as the framing gives it.
pub(crate) type Incoming = (Request<RecvStream>, SendResponse<Bytes>);

/// The framing's side of one connection.
#[derive(Debug)]
pub(crate) struct Http2 {
    wire: WireEnd,
    bell: Waker,
    framing: Framing,
    meter: Meter,
    /// The clients that are its streams.
    pub(crate) streams: Vec<Key>,
    /// What it waits for, and whether its deadline is set.
    pub(crate) wait: Option<Wait>,
    /// Whether it takes no new streams.
    pub(crate) is_leaving: bool,
}

/// Which deadline a connection is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For the client's preface and settings.
    Introduction,
    /// For the rest of a header block.
    Block { since: Duration },
    /// For the client to take what waits.
    Output,
    /// For the next stream.
    Idle,
    /// For the client's part in our leaving.
    Leave,
    /// For nothing: its streams have deadlines of their own.
    Streams,
}

#[derive(Debug)]
enum Framing {
    Handshake(Handshake<Wire, Bytes>),
    Open(Connection<Wire, Bytes>),
    Closed,
}

impl Http2 {
    pub(crate) fn new(bell: Waker) -> Self {
        let (wire, end) = wire();
        let handshake = Builder::new()
            .initial_window_size(HTTP2_STREAM_WINDOW)
            .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
            .max_concurrent_streams(HTTP2_MAX_STREAMS)
            .max_header_list_size(HTTP2_MAX_HEADER_LIST_BYTES)
            .header_table_size(HTTP2_HEADER_TABLE_BYTES)
            .max_send_buffer_size(HTTP2_MAX_SEND_BYTES)
            .max_concurrent_reset_streams(HTTP2_MAX_STREAMS as usize)
            // As many may come and be given up before they are looked at.
            .max_pending_accept_reset_streams(HTTP2_MAX_STREAMS as usize)
            .enable_connect_protocol()
            .handshake(wire);
        Self {
            wire: end,
            bell,
            framing: Framing::Handshake(handshake),
            meter: Meter::default(),
            streams: Vec::new(),
            wait: None,
            is_leaving: false,
        }
    }

    /// Lets the connection be looked at again.
    pub(crate) fn ring(&self) {
        self.bell.wake_by_ref();
    }

    /// Whether the framing can take more bytes.
    pub(crate) fn has_room(&self) -> bool {
        self.wire.is_read() && !matches!(self.framing, Framing::Closed)
    }

    /// Takes bytes from the client.
    ///
    /// # Errors
    /// A [`Violation`], after which the connection must be ended.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        now: Duration,
        pool: &mut BufferPool,
    ) -> Result<(), Violation> {
        self.meter.handle_received(bytes, now)?;
        self.wire.feed(bytes, pool);
        Ok(())
    }

    /// The client sends no more.
    pub(crate) fn end(&self) {
        self.wire.end();
    }

    /// Lets the framing do what it can; new requests are appended to `incoming`. False if the
    /// connection is over, once what was written is out.
    pub(crate) fn poll(&mut self, incoming: &mut Vec<Incoming>, pool: &mut BufferPool) -> bool {
        self.wire.lend(pool);
        let mut context = Context::from_waker(&self.bell);
        loop {
            match &mut self.framing {
                Framing::Handshake(handshake) => match Pin::new(handshake).poll(&mut context) {
                    Poll::Ready(Ok(mut connection)) => {
                        if self.is_leaving {
                            connection.graceful_shutdown();
                        }
                        self.framing = Framing::Open(connection);
                    }
                    Poll::Ready(Err(_)) => self.framing = Framing::Closed,
                    Poll::Pending => return true,
                },
                Framing::Open(connection) => match connection.poll_accept(&mut context) {
                    Poll::Ready(Some(Ok(request))) => incoming.push(request),
                    Poll::Ready(Some(Err(_)) | None) => self.framing = Framing::Closed,
                    Poll::Pending => return true,
                },
                Framing::Closed => return false,
            }
        }
    }

    /// Takes what is to be sent.
    ///
    /// # Errors
    /// A [`Violation`]: the client made us reset too many streams.
    pub(crate) fn take_written(&mut self, now: Duration) -> (Vec<u8>, Result<(), Violation>) {
        let written = self.wire.take_written();
        let verdict = self.meter.handle_sent(&written, now);
        (written, verdict)
    }

    /// Leaves no allocation where nothing waits; `written` is what was taken before.
    pub(crate) fn tidy(&self, written: Vec<u8>, pool: &mut BufferPool) {
        self.wire.tidy(written, pool);
    }

    /// Tells the client to open no more streams; those that are open are served.
    pub(crate) fn leave(&mut self) {
        self.is_leaving = true;
        if let Framing::Open(connection) = &mut self.framing {
            connection.graceful_shutdown();
        }
    }

    /// Ends the connection with all of its streams; what is said about it is written at the next
    /// poll.
    pub(crate) fn expel(&mut self, violation: Violation) {
        match &mut self.framing {
            Framing::Open(connection) => {
                connection.abrupt_shutdown(Reason::from(violation.code() as u32));
            }
            Framing::Handshake(handshake) => {
                // Our settings come first, whatever else is said.
                let _settings = Pin::new(handshake).poll(&mut Context::from_waker(&self.bell));
                self.wire.say(&goaway(violation.code()));
                self.framing = Framing::Closed;
            }
            Framing::Closed => {}
        }
    }

    /// Which deadline it is under, apart from its output's.
    pub(crate) fn waits_for(&self) -> Wait {
        if !self.meter.is_introduced() {
            return Wait::Introduction;
        }
        match (self.meter.block_since(), self.streams.is_empty(), self.is_leaving) {
            (Some(since), ..) => Wait::Block { since },
            (None, false, _) => Wait::Streams,
            (None, true, false) => Wait::Idle,
            (None, true, true) => Wait::Leave,
        }
    }
}
