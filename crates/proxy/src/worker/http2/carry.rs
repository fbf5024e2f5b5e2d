//! What a worker does for the HTTP/2 connections of its clients: moves their bytes, makes a client of
//! each stream, ends what breaks the rules. It must come back to a connection whenever a stream of
//! it has something to say.

use std::net::SocketAddr;
use std::time::Duration;

use elbow_traffic::http1::framing::Asked;
use elbow_traffic::http1::write_response::Persistence;
use elbow_traffic::http2::frame::PREFACE;
use elbow_traffic::http2::head::{Ending, Framing, write_request_head};
use elbow_traffic::http2::{MalformedHead, Violation};
use h2::Reason;
use http::Method;

use super::convert::{fields, request_parts};
use super::server::{Http2, Incoming, Wait};
use super::stream::{ClientStream, Stream};
use crate::sys::socket::Io;
use crate::worker::arena::{Key, Kind};
use crate::worker::buffer::Output;
use crate::worker::channel::Channel;
use crate::worker::connection::{Client, Counted, Edges, Work};
use crate::worker::engine::{Desk, Worker};
use crate::worker::trap::Trap;
use crate::worker::wheel::Timer;

/// Reads of one connection in a row before others get their turn.
const TURNS: usize = 8;
/// What is read at once: frames that are larger than this are not taken.
const READ: usize = 64 * 1024;
/// Rounds in which bells are gone through before the worker looks at its sockets again.
const ROUNDS: usize = 8;

/// Whether what a client has sent may be the beginning of HTTP/2 with prior knowledge.
pub(crate) fn is_preface(received: &[u8]) -> Preface {
    let length = received.len().min(PREFACE.len());
    match received.get(..length) {
        Some(start) if PREFACE.starts_with(start) && length == PREFACE.len() => Preface::Whole,
        // No method that anybody uses begins so.
        Some(start) if PREFACE.starts_with(start) && length > 0 => Preface::Partial,
        Some(_) | None => Preface::None,
    }
}

/// What the first bytes of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preface {
    None,
    /// It may become one.
    Partial,
    Whole,
}

impl Worker {
    /// Turns a client's connection, whose first bytes are in the scratch buffer, into one of HTTP/2.
    pub(crate) fn start_http2(&mut self, key: Key, filled: usize, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let received = desk.scratch.get(..filled).unwrap_or_default();
        self.buffers.fill(&mut client.input, received);
        self.carry_http2(key, desk);
    }

    /// The same, with what has come in the client's input.
    pub(crate) fn carry_http2(&mut self, key: Key, desk: &mut Desk) {
        let bell = self.bells.hang(key.token(Kind::Client));
        let Some(client) = self.clients.get_mut(key) else { return };
        client.work = Work::Http2(Box::new(Http2::new(bell)));
        self.pump_http2(key, desk);
    }

    /// Moves a connection's bytes both ways, and serves the streams that came of it.
    pub(crate) fn pump_http2(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let mut http2 = match std::mem::replace(&mut client.work, Work::InHand) {
            Work::Http2(http2) => http2,
            other => {
                client.work = other;
                return;
            }
        };
        let mut incoming = Vec::new();
        let moved = self.move_http2(key, &mut http2, &mut incoming, desk);
        let mut fresh = Vec::with_capacity(incoming.len());
        for request in incoming {
            fresh.extend(self.open_stream(key, request, &mut http2));
        }
        match moved {
            Moved::Still | Moved::More => {
                let has_more = matches!(moved, Moved::More);
                self.set_http2_timer(key, &mut http2);
                if let Some(client) = self.clients.get_mut(key) {
                    client.work = Work::Http2(http2);
                }
                if has_more {
                    self.ready.push(key);
                }
            }
            Moved::Over => self.end_http2(key, &http2),
            Moved::Broken => {
                self.drop_streams(&http2);
                self.close_client(key);
            }
        }
        for stream in fresh {
            self.guarded(stream.token(Kind::Client), |worker| worker.ring_client(stream, desk));
        }
    }

    fn move_http2(
        &mut self,
        key: Key,
        http2: &mut Http2,
        incoming: &mut Vec<Incoming>,
        desk: &mut Desk,
    ) -> Moved {
        let now = Duration::from_micros(self.clock.micros());
        for _ in 0..TURNS {
            match self.flush_client(key) {
                Ok(true) => {}
                Ok(false) => return Moved::Still,
                Err(_) => return Moved::Broken,
            }
            let mut has_read = false;
            if http2.has_room() {
                match self.receive_http2(key, desk) {
                    Ok(Some(0)) => http2.end(),
                    Ok(Some(count)) => {
                        let received = desk.scratch.get(..count).unwrap_or_default();
                        Trap::check(self.trap, Some(received));
                        has_read = true;
                        if let Err(violation) = http2.feed(received, now, &mut self.buffers) {
                            self.expel(key, http2, violation);
                        }
                    }
                    Ok(None) => {}
                    Err(()) => return Moved::Broken,
                }
            }
            let is_open = http2.poll(incoming, &mut self.buffers);
            let (mut written, verdict) = http2.take_written(now);
            let has_written = !written.is_empty();
            let sent = self.send_to_client(key, &mut written, &[], &[]);
            http2.tidy(written, &mut self.buffers);
            if sent.is_err() {
                return Moved::Broken;
            }
            if let Err(violation) = verdict {
                self.expel(key, http2, violation);
                continue;
            }
            match (is_open, has_read || has_written) {
                (false, _) => return Moved::Over,
                (true, true) => {}
                (true, false) => return Moved::Still,
            }
        }
        Moved::More
    }

    /// Puts what the client has sent at the start of the scratch buffer: so many bytes, if any; 0
    /// at its end.
    fn receive_http2(&mut self, key: Key, desk: &mut Desk) -> Result<Option<usize>, ()> {
        let Some(client) = self.clients.get_mut(key) else { return Err(()) };
        if !client.input.is_empty() {
            let filled = client.input.len();
            if let Some(start) = desk.scratch.get_mut(..filled) {
                start.copy_from_slice(&client.input);
            }
            self.buffers.give_back(&mut client.input);
            return Ok(Some(filled));
        }
        if !client.edges.readable {
            return Ok(None);
        }
        let room = desk.scratch.get_mut(..READ).unwrap_or_default();
        match client.receive(room, &mut self.buffers) {
            Ok(Io::Bytes(count)) => {
                if count == 0 {
                    client.edges.readable = false;
                }
                Ok(Some(count))
            }
            Ok(Io::Blocked) => Ok(None),
            Err(_) => Err(()),
        }
    }

    /// Says what a connection did that ends it.
    fn expel(&mut self, key: Key, http2: &mut Http2, violation: Violation) {
        http2.expel(violation);
        self.count_own_error(key, 400);
        let now_us = self.clock.micros();
        if let Some(count) = self.expelled.note(now_us) {
            let client = self.clients.get(key).map(|client| client.source);
            let (worker, reason) = (self.index, violation.name());
            tracing::warn!(worker, reason, ?client, count, "HTTP/2 connections were ended");
        }
    }

    /// Makes a client of a request.
    fn open_stream(&mut self, key: Key, incoming: Incoming, http2: &mut Http2) -> Option<Key> {
        let (request, mut respond) = incoming;
        let ending = match request.body().is_end_stream() {
            true => Ending::HeadOnly,
            false => Ending::BodyFollows,
        };
        let nonce = self.next_request_id().0;
        let mut head = self.buffers.take();
        let parts = request_parts(&request);
        let framing: Result<Framing, MalformedHead> =
            write_request_head(&parts, fields(request.headers()), ending, nonce, &mut head);
        let framing = match framing {
            Ok(framing) => framing,
            Err(MalformedHead(reason)) => {
                tracing::debug!(worker = self.index, reason, "a malformed request");
                self.count_own_error(key, 400);
                respond.send_reset(Reason::PROTOCOL_ERROR);
                self.buffers.give_back(&mut head);
                return None;
            }
        };
        let asked = if *request.method() == Method::HEAD { Asked::Head } else { Asked::Other };
        let parent = self.clients.get(key)?;
        let (listener, source, is_trusted) = (parent.listener, parent.source, parent.is_trusted);
        self.entrances.get_mut(listener)?.clients += 1;
        let bells = &self.bells;
        let stream = self.clients.insert_with(|stream| {
            let bell = bells.hang(stream.token(Kind::Client));
            let body = (head, framing, request.into_body());
            let channel = Stream::Client(ClientStream::new((key, bell), asked, body, respond));
            stream_client(channel, listener, source, is_trusted)
        });
        http2.streams.push(stream);
        self.set_timer(stream, self.deadlines.head);
        Some(stream)
    }

    /// A bell rang for a client.
    fn ring_client(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        if let Channel::Stream(stream) = &mut client.channel {
            if stream.is_reset() {
                return self.abort_client(key);
            }
            client.edges.readable = true;
            client.edges.writable = true;
        }
        self.drive(key, desk);
    }

    /// Goes on with whatever the framing has rung for.
    pub(crate) fn serve_bells(&mut self, desk: &mut Desk) {
        if self.bells.is_silent() {
            return;
        }
        let mut tokens = Vec::new();
        for _ in 0..ROUNDS {
            self.bells.silence(&mut tokens);
            if tokens.is_empty() {
                return;
            }
            for token in tokens.drain(..) {
                let (kind, key) = Key::from_token(token);
                match kind {
                    Kind::Client => {
                        self.guarded(token, |worker| worker.ring_client(key, desk));
                    }
                    Kind::Upstream => {
                        self.guarded(token, |worker| worker.ring_upstream(key, desk));
                    }
                    Kind::Listener | Kind::Wake => {}
                }
            }
        }
    }

    /// A stream's client has gone.
    pub(crate) fn forget_stream(&mut self, carrier: Key, stream: Key) {
        let Some(client) = self.clients.get_mut(carrier) else { return };
        let Work::Http2(http2) = &mut client.work else { return };
        if let Some(place) = http2.streams.iter().position(|known| *known == stream) {
            http2.streams.swap_remove(place);
        }
        if http2.streams.is_empty() {
            // Its deadline is another from here on.
            http2.ring();
        }
    }

    /// The framing has nothing more to say: the last bytes go out, and the connection ends.
    fn end_http2(&mut self, key: Key, http2: &Http2) {
        self.drop_streams(http2);
        self.after_response(key, Persistence::Close);
    }

    /// Ends the streams of a connection that is over.
    pub(crate) fn drop_streams(&mut self, http2: &Http2) {
        for stream in &http2.streams {
            self.abort_client(*stream);
        }
    }

    /// Lets the clients of an entrance that closes finish their streams.
    pub(crate) fn leave_http2(&mut self, entrance: Key, desk: &mut Desk) {
        let carriers: Vec<Key> = self
            .clients
            .iter()
            .filter(|(_, client)| {
                client.listener == entrance && matches!(client.work, Work::Http2(_))
            })
            .map(|(key, _)| key)
            .collect();
        for key in carriers {
            self.begin_leaving(key, desk);
        }
    }

    fn begin_leaving(&mut self, key: Key, desk: &mut Desk) {
        if let Some(client) = self.clients.get_mut(key)
            && let Work::Http2(http2) = &mut client.work
            && !http2.is_leaving
        {
            http2.leave();
            self.guarded(key.token(Kind::Client), |worker| worker.pump_http2(key, desk));
        }
    }

    fn set_http2_timer(&mut self, key: Key, http2: &mut Http2) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let wait = match client.output.is_empty() {
            true => http2.waits_for(),
            false => Wait::Output,
        };
        // What the client must do within a time is not postponed by its doing part of it.
        if http2.wait == Some(wait) && wait != Wait::Output {
            return;
        }
        http2.wait = Some(wait);
        match wait {
            Wait::Introduction | Wait::Block { .. } => self.set_timer(key, self.deadlines.head),
            Wait::Output => self.set_timer(key, self.deadlines.write),
            Wait::Leave => self.set_timer(key, self.deadlines.linger),
            Wait::Idle => {
                let idle = self.deadlines.keep_alive.unwrap_or_else(|| self.client_idle(key));
                self.set_timer(key, idle);
            }
            Wait::Streams => client.timer.clear(),
        }
    }

    /// A connection's deadline has passed.
    pub(crate) fn time_out_http2(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let Work::Http2(http2) = &mut client.work else { return };
        match http2.wait {
            Some(Wait::Idle) => self.begin_leaving(key, desk),
            Some(Wait::Block { .. }) => {
                let Work::Http2(mut http2) = std::mem::replace(&mut client.work, Work::InHand)
                else {
                    return;
                };
                self.expel(key, &mut http2, Violation::BlockTimeout);
                if let Some(client) = self.clients.get_mut(key) {
                    client.work = Work::Http2(http2);
                }
                self.pump_http2(key, desk);
            }
            Some(Wait::Streams) | None => {}
            Some(Wait::Introduction | Wait::Output | Wait::Leave) => self.abort_client(key),
        }
    }
}

/// What moving bytes came to.
enum Moved {
    /// Nothing more can be done before the next event.
    Still,
    More,
    /// The connection ends once everything is out.
    Over,
    Broken,
}

fn stream_client(channel: Stream, listener: Key, source: SocketAddr, is_trusted: bool) -> Client {
    Client {
        channel: Channel::Stream(Box::new(channel)),
        edges: Edges { readable: true, ..Edges::NEW },
        listener,
        source,
        is_trusted,
        counted: Counted::Stream,
        timer: Timer::IDLE,
        input: Vec::new(),
        output: Output::default(),
        work: Work::Idle,
    }
}
