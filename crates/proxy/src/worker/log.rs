//! What a worker notes for the access log. Off, there are no notes: a request carries an empty
//! pointer. On, notes are reused, so that a request allocates nothing.

use std::net::SocketAddr;

use elbow_model::value::HostName;
use elbow_traffic::access_log::{self, Arrival, Asked, End, Kind, Outcome};
use elbow_traffic::http1::refusal::Refusal;
use elbow_traffic::http1::request::RequestHead;

use super::arena::Key;
use super::channel::Tls;
use super::connection::Client;
use super::engine::Worker;
use super::handshake::tls_of;
use super::runtime::Entrance;
use crate::access_log::Outlet;
use crate::clock::timestamp;

/// Notes kept for reuse.
const SPARE: usize = 1024;
/// How long the loop sleeps at most while lines wait.
pub(crate) const HOLD_MS: i32 = 50;

/// What the log will say of one request or connection.
#[derive(Debug)]
pub(crate) struct Note {
    /// The record's first part.
    opening: Vec<u8>,
    kind: Kind,
    begun_us: u64,
    assigned_us: u64,
    /// As far as it is known.
    outcome: Outcome,
}

impl Note {
    /// It is a TLS client's, who asks for this name.
    pub(crate) fn ask_for(&mut self, server_name: Option<HostName>) {
        self.outcome.server_name = server_name;
    }

    /// It was assigned to a member.
    pub(crate) fn assign(&mut self, member: Option<SocketAddr>, now_us: u64) {
        let is_again = self.outcome.member.is_some();
        self.outcome.retries = self.outcome.retries.saturating_add(u8::from(is_again));
        self.outcome.member = member;
        self.outcome.connect_us = None;
        self.outcome.response_us = None;
        self.assigned_us = now_us;
    }

    /// A new connection to the member came about.
    pub(crate) fn connect(&mut self, now_us: u64) {
        self.outcome.connect_us = Some(now_us.saturating_sub(self.assigned_us));
    }

    /// The head of a response came.
    pub(crate) fn respond(&mut self, now_us: u64) {
        self.outcome.response_us = Some(now_us.saturating_sub(self.assigned_us));
    }

    /// It ends, or will end, so, after this answer.
    pub(crate) fn end(&mut self, end: End, status: Option<u16>) {
        self.outcome.end = end;
        self.outcome.status = status;
    }

    /// It ends so; what was answered stays.
    pub(crate) fn finish(&mut self, end: End) {
        self.outcome.end = end;
    }

    /// If nothing else was said, this was answered.
    pub(crate) fn settle(&mut self, status: Option<u16>) {
        self.outcome.status = self.outcome.status.or(status);
    }

    /// So many bytes went from and to the client.
    pub(crate) fn carry(&mut self, (bytes_in, bytes_out): (u64, u64)) {
        self.outcome.bytes_in += bytes_in;
        self.outcome.bytes_out += bytes_out;
    }
}

/// Opens and closes notes.
#[derive(Debug)]
pub(crate) struct Scribe {
    outlet: Option<Outlet>,
    #[expect(clippy::vec_box, reason = "the boxes are what is reused")]
    spare: Vec<Box<Note>>,
}

impl Scribe {
    pub(crate) fn new(outlet: Option<Outlet>) -> Self {
        Self { outlet, spare: Vec::new() }
    }

    /// Begins a request's note, if the log is on.
    pub(crate) fn open_request(
        &mut self,
        (entrance, client, tls): (&Entrance, &Client, Option<&Tls>),
        request_id: &[u8],
        head: Option<&RequestHead<'_, '_>>,
        now_us: u64,
    ) -> Option<Box<Note>> {
        let mut note = self.open(Kind::Http, now_us)?;
        let asked = head.map(|head| Asked {
            method: head.method,
            authority: head.authority,
            target: head.target,
        });
        let secured = tls.map(|tls| tls.facts.secured(tls.session()));
        let arrival = Arrival { tls: secured, ..arrival(entrance, client) };
        access_log::open_request(&arrival, request_id, asked.as_ref(), &mut note.opening);
        Some(note)
    }

    /// Begins a TCP connection's note, if the log is on.
    pub(crate) fn open_connection(
        &mut self,
        entrance: &Entrance,
        client: &Client,
        now_us: u64,
    ) -> Option<Box<Note>> {
        let mut note = self.open(Kind::Tcp, now_us)?;
        access_log::open_connection(&arrival(entrance, client), &mut note.opening);
        Some(note)
    }

    fn open(&mut self, kind: Kind, now_us: u64) -> Option<Box<Note>> {
        self.outlet.as_ref()?;
        let outcome = Outcome {
            server_name: None,
            status: None,
            bytes_in: 0,
            bytes_out: 0,
            duration_us: 0,
            member: None,
            connect_us: None,
            response_us: None,
            retries: 0,
            // Whatever else ends it says so.
            end: End::ClientClosed,
        };
        let (begun_us, assigned_us) = (now_us, now_us);
        Some(match self.spare.pop() {
            Some(mut spare) => {
                let mut opening = std::mem::take(&mut spare.opening);
                opening.clear();
                *spare = Note { opening, kind, begun_us, assigned_us, outcome };
                spare
            }
            None => {
                let opening = Vec::with_capacity(512);
                Box::new(Note { opening, kind, begun_us, assigned_us, outcome })
            }
        })
    }

    /// Makes a note a record.
    pub(crate) fn close(&mut self, note: Option<Box<Note>>, now_us: u64) {
        let (Some(mut note), Some(outlet)) = (note, &mut self.outlet) else { return };
        note.outcome.duration_us = now_us.saturating_sub(note.begun_us);
        outlet.record(&note.opening, now_us, |out| {
            access_log::close(note.kind, &note.outcome, out);
        });
        if self.spare.len() < SPARE {
            self.spare.push(note);
        }
    }

    /// Records what Elbow answered by itself, at once.
    pub(crate) fn answer(
        &mut self,
        note: Option<Box<Note>>,
        (end, status): (End, u16),
        carried: (usize, usize),
        now_us: u64,
    ) {
        let Some(mut note) = note else { return };
        note.end(end, Some(status));
        note.carry((carried.0 as u64, carried.1 as u64));
        self.close(Some(note), now_us);
    }

    /// Whether lines wait for their time.
    pub(crate) fn is_waiting(&self) -> bool {
        self.outlet.as_ref().is_some_and(Outlet::is_waiting)
    }

    /// Hands over what has waited long enough.
    pub(crate) fn tick(&mut self, now_us: u64) {
        if let Some(outlet) = &mut self.outlet {
            outlet.tick(now_us);
        }
    }
}

impl Worker {
    /// Records a request that is refused with an answer of so many bytes.
    pub(crate) fn log_refusal(&mut self, key: Key, refusal: Refusal, id: &[u8], answer: usize) {
        let Some(client) = self.clients.get(key) else { return };
        let Some(entrance) = self.entrances.get(client.listener) else { return };
        let now_us = self.clock.micros();
        let place = (entrance, client, tls_of(&self.clients, client));
        let note = self.scribe.open_request(place, id, None, now_us);
        self.scribe.answer(note, (refusal.into(), refusal.status()), (0, answer), now_us);
    }
}

fn arrival<'a>(entrance: &'a Entrance, client: &Client) -> Arrival<'a> {
    Arrival {
        at: timestamp(),
        entry: &entrance.runtime.balancer.entry,
        listener: &entrance.listener.table,
        client: client.source,
        tls: None,
    }
}
