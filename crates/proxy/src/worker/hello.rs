//! TLS that passes through: a client's first message is read, and kept, until it says which server
//! it is for; then it goes on as any byte stream, from its first byte. Nothing is answered, but to
//! who sends a message that no server could read.

use elbow_traffic::access_log::End;
use elbow_traffic::protocol::fault::FaultKind;
use elbow_traffic::route::Decision;
use elbow_traffic::tls::client_hello::{ClientHello, DECODE_ERROR, Progress, Reader};

use super::arena::Key;
use super::connection::Work;
use super::engine::{Desk, Worker};
use super::log::Note;
use super::trap::Trap;
use crate::sys::socket::Io;

/// What is read at once: a first message and a little of what follows it.
const READ: usize = 16 * 1024;

/// A client whose first message is to come.
#[derive(Debug)]
pub(crate) struct Hello {
    reader: Reader,
    /// For the access log, if it is on.
    note: Option<Box<Note>>,
}

impl Worker {
    /// Waits for a client's first message; what it sent behind a PROXY protocol header is there.
    pub(crate) fn await_hello(&mut self, key: Key, note: Option<Box<Note>>, desk: &mut Desk) {
        self.set_timer(key, self.deadlines.handshake);
        let Some(client) = self.clients.get_mut(key) else { return };
        let mut hello = Box::new(Hello { reader: Reader::default(), note });
        let progress = hello.reader.handle_bytes(&client.input);
        client.work = Work::InHand;
        self.go_on_with_hello(key, hello, progress, desk);
    }

    /// Reads what a client has sent of its first message.
    pub(crate) fn read_hello(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        if !client.edges.readable {
            return;
        }
        let room = desk.scratch.get_mut(..READ).unwrap_or_default();
        let (edges, output) = (&mut client.edges, &mut client.output);
        let filled = match client.channel.receive(edges, output, room, &mut self.buffers) {
            Ok(Io::Blocked) => return,
            // Without a whole message, nobody knows where it would go.
            Ok(Io::Bytes(0)) | Err(_) => return self.abort_client(key),
            Ok(Io::Bytes(filled)) => filled,
        };
        let received = desk.scratch.get(..filled).unwrap_or_default();
        Trap::check(self.trap, Some(received));
        if client.input.capacity() == 0 {
            client.input = self.buffers.take();
        }
        client.input.extend_from_slice(received);
        let mut hello = match std::mem::replace(&mut client.work, Work::InHand) {
            Work::Hello(hello) => hello,
            other => {
                client.work = other;
                return;
            }
        };
        let progress = hello.reader.handle_bytes(received);
        self.go_on_with_hello(key, hello, progress, desk);
    }

    fn go_on_with_hello(
        &mut self,
        key: Key,
        hello: Box<Hello>,
        progress: Progress,
        desk: &mut Desk,
    ) {
        match progress {
            Progress::Partial => {
                let Some(client) = self.clients.get_mut(key) else { return };
                client.work = Work::Hello(hello);
                if client.edges.readable {
                    self.ready.push(key);
                }
            }
            Progress::Hello(said) => self.pass_on(key, *hello, Some(said)),
            Progress::NotTls => self.pass_on(key, *hello, None),
            Progress::Malformed(reason) => {
                tracing::debug!(worker = self.index, reason, "a TLS client was refused");
                self.close_hello(*hello, End::BadRequest);
                self.refuse_hello(key, desk);
            }
        }
    }

    /// Sends a client to the pool that its rules, or without one of them the listener, names.
    fn pass_on(&mut self, key: Key, hello: Hello, said: Option<ClientHello>) {
        let turn = self.next_request_id().0 as u64;
        let Some(client) = self.clients.get(key) else { return };
        let Some(entrance) = self.entrances.get(client.listener) else { return };
        let name = said.and_then(|said| said.server_name);
        let listener = entrance.listener.clone();
        let route = listener.router.route_server_name(name.as_ref(), turn, &mut self.routing);
        let pools = &entrance.runtime.balancer.pools;
        let mut note = hello.note;
        if let Some(note) = &mut note {
            note.ask_for(name);
        }
        match route.decision {
            Decision::Forward(_) if route.rule.is_none() => self.start_relay(key, note, None),
            Decision::Forward(pool) if let Some(pool) = pools.get(pool.0 as usize) => {
                let pool = pool.id;
                self.start_relay(key, note, Some(pool));
            }
            Decision::Forward(_)
            | Decision::NoPool
            | Decision::Redirect(_)
            | Decision::Respond(_) => self.give_up_tcp(key, note, FaultKind::NoPool),
        }
    }

    /// Ends a client that has not said where it wants to go.
    pub(crate) fn end_hello(&mut self, key: Key, end: End) {
        let Some(client) = self.clients.get_mut(key) else { return };
        if let Work::Hello(hello) = std::mem::replace(&mut client.work, Work::InHand) {
            self.close_hello(*hello, end);
        }
        self.close_client(key);
    }

    /// Makes its note a record.
    pub(crate) fn close_hello(&mut self, hello: Hello, end: End) {
        let mut note = hello.note;
        if let Some(note) = &mut note {
            note.finish(end);
        }
        self.scribe.close(note, self.clock.micros());
    }

    /// Tells a client that its message can't be read, and closes.
    fn refuse_hello(&mut self, key: Key, desk: &mut Desk) {
        desk.out.clear();
        desk.out.extend_from_slice(&DECODE_ERROR);
        if let Some(client) = self.clients.get_mut(key) {
            self.buffers.give_back(&mut client.input);
        }
        self.say_last(key, desk);
    }
}
