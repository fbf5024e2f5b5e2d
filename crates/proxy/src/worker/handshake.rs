//! TLS handshakes of clients: begun with the first bytes that a client sends, so that a connection
//! that says nothing costs no more than one in clear, and that the newest certificate is shown.
//! Every one is under a single deadline, and its failure costs nobody else anything.

use elbow_traffic::http1::refusal::Refusal;
use elbow_traffic::tls::clear_text::is_request_in_clear;
use rustls::HandshakeKind;

use super::arena::{Arena, Key};
use super::channel::{Channel, Handshake, MOST_RECEIVED_AT_FIRST, Session, Tls};
use super::connection::{Client, Work};
use super::engine::{Desk, Worker};
use crate::sys::socket::Io;
use crate::tls::{HTTP2_PROTOCOL, take_choice};

/// The TLS that a client's bytes come over, be it that of the connection that carries its stream.
pub(crate) fn tls_of<'a>(clients: &'a Arena<Client>, client: &'a Client) -> Option<&'a Tls> {
    match client.channel.carrier() {
        Some(carrier) => clients.get(carrier)?.channel.tls(),
        None => client.channel.tls(),
    }
}

impl Worker {
    /// Goes on with a client's handshake.
    pub(crate) fn shake_hands(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get(key) else { return };
        if matches!(client.channel, Channel::Plain(_)) && !self.begin_handshake(key, desk) {
            return;
        }
        match self.flush_client(key) {
            // What the client has to read first has not gone out: it can't answer yet.
            Ok(_) => {}
            Err(_) => return self.fail_handshake(key),
        }
        let Some(client) = self.clients.get_mut(key) else { return };
        let Channel::Tls(tls) = &mut client.channel else { return };
        // One that a panic has left behind would be taken for this client's.
        drop(take_choice());
        let scratch = (&mut *desk.scratch, &mut self.buffers);
        let shaken =
            tls.shake_hands(&mut client.edges, &mut client.output, &mut client.input, scratch);
        if let Some(choice) = take_choice() {
            tls.facts.choice = Some(choice);
        }
        match shaken {
            Ok(Handshake::Waits) => {}
            Ok(Handshake::Done) => self.finish_handshake(key, desk),
            Err(error) => {
                tracing::debug!(worker = self.index, %error, "a handshake failed");
                self.fail_handshake(key);
            }
        }
    }

    /// Looks at a client's first bytes; false if there are none yet or they are no handshake.
    fn begin_handshake(&mut self, key: Key, desk: &mut Desk) -> bool {
        let Some(client) = self.clients.get_mut(key) else { return false };
        let room = desk.scratch.get_mut(..MOST_RECEIVED_AT_FIRST).unwrap_or_default();
        let count = match client.input.len() {
            0 if !client.edges.readable => return false,
            0 => match client.receive(room, &mut self.buffers) {
                Ok(Io::Blocked) => return false,
                Ok(Io::Bytes(0)) | Err(_) => {
                    self.close_client(key);
                    return false;
                }
                Ok(Io::Bytes(count)) => count,
            },
            // What came behind a PROXY protocol header.
            waiting => {
                room.get_mut(..waiting).unwrap_or_default().copy_from_slice(&client.input);
                self.buffers.give_back(&mut client.input);
                waiting
            }
        };
        let first = desk.scratch.get(..count).unwrap_or_default();
        if is_request_in_clear(first) {
            let reason = "this port speaks HTTPS, and the request came in clear: use https://";
            self.refuse(key, Refusal::Malformed(reason), desk);
            return false;
        }
        self.secure(key, first)
    }

    /// Lays TLS over a client's connection whose first bytes were these.
    fn secure(&mut self, key: Key, first: &[u8]) -> bool {
        let entrance = self.clients.get(key).and_then(|client| self.entrances.get(client.listener));
        let listener = entrance.and_then(|entrance| entrance.listener.tls.clone());
        let session = listener.as_ref().map(|listener| listener.session());
        let (Some(listener), Some(Ok(session))) = (listener, session) else {
            self.close_client(key);
            return false;
        };
        let pool = &mut self.buffers;
        self.clients.change(key, |mut client| {
            client.channel = match client.channel {
                Channel::Plain(socket) => {
                    let mut tls = Tls::new(socket, Session::Server(session));
                    tls.facts.listener = Some(listener);
                    tls.push_back(first, pool);
                    Channel::Tls(Box::new(tls))
                }
                other => other,
            };
            client
        });
        true
    }

    fn finish_handshake(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        client.work = Work::Idle;
        let mut is_http2 = false;
        if let Channel::Tls(tls) = &mut client.channel {
            tls.note_peer();
            is_http2 = tls.session().alpn_protocol() == Some(HTTP2_PROTOCOL);
            let is_resumed = tls.session().handshake_kind() == Some(HandshakeKind::Resumed);
            if let Some(counters) = self.listener_counters(key) {
                counters.handshakes.add(1);
                counters.resumed.add(u64::from(is_resumed));
            }
        }
        if is_http2 {
            return self.carry_http2(key, desk);
        }
        self.set_timer(key, self.deadlines.head);
        self.drive(key, desk);
    }

    /// A client's handshake has not come to its end in time.
    pub(crate) fn time_out_handshake(&mut self, key: Key) {
        let Some(client) = self.clients.get(key) else { return };
        match client.channel {
            // It has not said a word: there was none to fail.
            Channel::Plain(_) | Channel::Stream(_) => self.close_client(key),
            Channel::Tls(_) => self.fail_handshake(key),
        }
    }

    /// Ends a handshake that came to nothing; an alert that is on its way gets out.
    pub(crate) fn fail_handshake(&mut self, key: Key) {
        if let Some(counters) = self.listener_counters(key) {
            counters.failed_handshakes.add(1);
        }
        let Some(client) = self.clients.get_mut(key) else { return };
        client.work = Work::LastWords;
        self.set_timer(key, self.deadlines.linger);
        self.leave(key);
    }
}
