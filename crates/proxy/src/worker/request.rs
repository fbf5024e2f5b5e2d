//! From a client's bytes to a request under way: receive, parse in place, route, rewrite, assign,
//! send. The steady path through here must allocate nothing.

use elbow_model::listener::Hsts;
use elbow_model::rule::{Redirect, RedirectStatus, Scheme};
use elbow_model::value::Port;
use elbow_traffic::access_log::End;
use elbow_traffic::http1::error_page::{LocalDelivery, LocalResponse, write_error, write_local};
use elbow_traffic::http1::forwarding::{
    ClientProtocol, Origin, RequestId, Trust, believed_request_id,
};
use elbow_traffic::http1::framing::{Asked, Version};
use elbow_traffic::http1::refusal::Refusal;
use elbow_traffic::http1::request::{Parsed, RequestHead, field_space};
use elbow_traffic::http1::write_request::write_request;
use elbow_traffic::http1::write_response::Persistence;
use elbow_traffic::limits::{MAX_HEAD_BYTES, MAX_REPLAY_BYTES};
use elbow_traffic::protocol::fault::{Fault, FaultKind};
use elbow_traffic::protocol::http1::{Exchange, Idempotence};
use elbow_traffic::route::{Decision, split_authority};

use super::arena::Key;
use super::channel::Tls;
use super::connection::{Client, Work};
use super::engine::{Desk, Mode, Worker};
use super::exchange::HttpExchange;
use super::handshake::tls_of;
use super::http2::{Preface, is_preface};
use super::log::Note;
use super::route::{Routed, affinity, write_redirect};
use super::trap::Trap;
use crate::sys::socket::Io;

/// What is read at once between requests: what is not needed yet must be kept.
const FIRST_READ: usize = 64 * 1024;

/// A request's head, understood and rewritten; what is left of it is plain values.
struct Begun {
    exchange: HttpExchange,
    /// Bytes of the head in the scratch buffer.
    length: usize,
}

/// What the received bytes turned out to be.
enum Beginning {
    Partial,
    Request(Begun),
    Refused(Refusal),
    Failed(Begun, Fault),
    /// A rule's own answer is in `desk.out`, after a request's head of so many bytes.
    Answered {
        length: usize,
        status: u16,
        persistence: Persistence,
        note: Option<Box<Note>>,
    },
}

impl Worker {
    /// Reads what a client between two requests has sent and begins the next one.
    pub(crate) fn read_requests(&mut self, key: Key, desk: &mut Desk) {
        match self.flush_client(key) {
            Ok(true) => {}
            Ok(false) => return,
            Err(_) => return self.abort_client(key),
        }
        let Some(client) = self.clients.get_mut(key) else { return };
        let waiting = client.input.len();
        if let Some(start) = desk.scratch.get_mut(..waiting) {
            start.copy_from_slice(&client.input);
        }
        let mut filled = waiting;
        let mut has_ended = false;
        if client.edges.readable && waiting < MAX_HEAD_BYTES {
            let room = desk.scratch.get_mut(waiting..waiting + FIRST_READ).unwrap_or_default();
            match client.receive(room, &mut self.buffers) {
                Ok(Io::Bytes(0)) => has_ended = true,
                Ok(Io::Bytes(count)) => filled += count,
                Ok(Io::Blocked) => {}
                Err(_) => return self.abort_client(key),
            }
        }
        if filled == 0 {
            if has_ended {
                self.close_client(key);
            }
            return;
        }
        Trap::check(self.trap, desk.scratch.get(..filled));
        match self.preface(key, filled, desk) {
            Preface::None => {}
            Preface::Partial if has_ended => return self.close_client(key),
            Preface::Partial => return self.keep_partial_head(key, waiting, filled, desk),
            Preface::Whole => return self.start_http2(key, filled, desk),
        }
        match self.begin(key, filled, desk) {
            Beginning::Partial if has_ended => self.close_client(key),
            Beginning::Partial => self.keep_partial_head(key, waiting, filled, desk),
            Beginning::Request(begun) => self.dispatch(key, begun, filled, desk),
            Beginning::Refused(refusal) => self.refuse(key, refusal, desk),
            Beginning::Failed(begun, fault) => self.fail_at_once(key, begun, fault, filled, desk),
            Beginning::Answered { length, status, persistence, note } => {
                self.keep_rest(key, length, filled, desk);
                let (end, carried) = ((End::Rule, status), (length, desk.out.len()));
                self.scribe.answer(note, end, carried, self.clock.micros());
                self.answer(key, status, persistence, desk);
            }
        }
    }

    /// Whether the received bytes are, or may become, the beginning of HTTP/2, where that is spoken.
    fn preface(&self, key: Key, filled: usize, desk: &Desk) -> Preface {
        let client = self.clients.get(key).filter(|client| client.channel.carrier().is_none());
        let entrance = client.and_then(|client| self.entrances.get(client.listener));
        match entrance.is_some_and(|entrance| entrance.listener.table.http2) {
            true => is_preface(desk.scratch.get(..filled).unwrap_or_default()),
            false => Preface::None,
        }
    }

    fn keep_partial_head(&mut self, key: Key, waiting: usize, filled: usize, desk: &Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let received = desk.scratch.get(..filled).unwrap_or_default();
        self.buffers.fill(&mut client.input, received);
        // The whole head has one deadline, set at its first byte.
        if waiting == 0 {
            self.set_timer(key, self.deadlines.head);
        }
        let Some(client) = self.clients.get(key) else { return };
        if client.edges.readable {
            self.ready.push(key);
        }
    }

    /// Parses, routes and rewrites the head at the start of the scratch buffer.
    fn begin(&mut self, key: Key, filled: usize, desk: &mut Desk) -> Beginning {
        let request_id = self.next_request_id();
        let Some(client) = self.clients.get(key) else { return Beginning::Partial };
        let Some(entrance) = self.entrances.get(client.listener) else { return Beginning::Partial };
        let mut space = field_space();
        let received = desk.scratch.get(..filled).unwrap_or_default();
        let head = match RequestHead::parse(received, &mut space) {
            Ok(Parsed::Head(head)) => head,
            Ok(Parsed::Partial) => return Beginning::Partial,
            Err(refusal) => return Beginning::Refused(refusal),
        };
        let listener = &entrance.listener;
        let tls = tls_of(&self.clients, client);
        if tls.is_some_and(|tls| tls.facts.is_misdirected(host_of(&head))) {
            return Beginning::Refused(Refusal::Misdirected);
        }
        let port = listener.table.address.port();
        let origin = origin_of(client, tls, port, (&self.via_name, request_id));
        let mut machine = Exchange::begin(&head);
        machine.promise_tls(listener.table.tls.as_ref().and_then(|tls| tls.hsts));
        if !entrance.is_open || !matches!(self.mode, Mode::Serving) {
            machine.close_after();
        }
        if let Some(counters) = listener.state.per_worker.get(self.index) {
            counters.requests.add(1);
        }
        let own_id = request_id.to_hex();
        let shown_id = believed_request_id(&head, &origin).unwrap_or(&own_id);
        let (place, now_us) = ((entrance, client, tls), self.clock.micros());
        let note = self.scribe.open_request(place, shown_id, Some(&head), now_us);
        let source = client.source.ip();
        let routed = Routed { head: &head, source };
        let turn = request_id.0 as u64;
        let to_https = listener.table.https_redirect.map(https_redirect);
        let decision = match &to_https {
            // Without a host, it would lead back here.
            Some(_) if host_of(&head).is_empty() => {
                return Beginning::Refused(Refusal::Malformed("the request names no host"));
            }
            Some(redirect) => Decision::Redirect(redirect),
            None => listener.router.route(&routed, turn, &mut self.routing).decision,
        };
        desk.out.clear();
        let pool = match (decision, head.max_forwards) {
            (Decision::Forward(pool), None | Some(1..)) => Some(pool.0 as usize),
            (Decision::NoPool, None | Some(1..)) => None,
            (decision, _) => {
                let asked = (&head, scheme_of(tls.is_some()), note);
                return answer_here(decision, asked, &machine, request_id, &mut desk.out);
            }
        };
        if let Err(refusal) = write_request(&head, &origin, &listener.inserted, &mut desk.out) {
            return Beginning::Refused(refusal);
        }
        let runtime = entrance.runtime.clone();
        let live_pool = pool.and_then(|pool| runtime.pool(pool));
        let now = self.clock.now();
        let affinity = live_pool.map(|pool| affinity(pool, &routed, now)).unwrap_or_default();
        let has_pool = live_pool.is_some();
        let place = (entrance.position, pool.unwrap_or_default());
        let mut exchange = HttpExchange::new(machine, runtime, place, request_id);
        exchange.affinity = affinity;
        exchange.is_call = origin.protocol == ClientProtocol::Http2 && is_grpc(&head);
        (exchange.begun_us, exchange.assigned_us, exchange.note) = (now_us, now_us, note);
        let begun = Begun { exchange, length: head.length };
        match has_pool {
            true => Beginning::Request(begun),
            false => Beginning::Failed(begun, Fault::terminal(FaultKind::NoPool)),
        }
    }

    /// Sends a request with the first part of its body to a member.
    fn dispatch(&mut self, key: Key, begun: Begun, filled: usize, desk: &mut Desk) {
        let Begun { mut exchange, length } = begun;
        let Desk { scratch, out, tail } = desk;
        tail.clear();
        let body = scratch.get_mut(length..filled).unwrap_or_default();
        let (mut data, mut consumed) = (0..0, 0);
        if !exchange.machine.request_is_done() {
            match exchange.machine.read_request(body) {
                Ok(progress) => {
                    exchange.machine.write_request_prefix(progress.data.len(), out);
                    exchange.machine.write_request_suffix(&progress, tail);
                    exchange.body_bytes += progress.data.len() as u64;
                    consumed = progress.consumed;
                    data = progress.data;
                }
                Err(fault) => {
                    return self.fail_at_once(key, Begun { exchange, length }, fault, filled, desk);
                }
            }
        }
        exchange.bytes_in = (length + consumed) as u64;
        if let Some(client) = self.clients.get_mut(key) {
            let rest = body.get(consumed..).unwrap_or_default();
            self.buffers.fill(&mut client.input, rest);
        }
        let data = body.get(data).unwrap_or_default();
        let is_whole = exchange.machine.request_is_done();
        let fits = out.len() + data.len() + tail.len() <= MAX_REPLAY_BYTES;
        // Over HTTP/2, a member can say that it has not looked at a request.
        let may_be_left = exchange.runtime.pool(exchange.pool).is_some_and(|pool| pool.table.http2);
        let is_idempotent = exchange.machine.idempotence() == Idempotence::Idempotent;
        if is_whole && fits && (is_idempotent || may_be_left) {
            exchange.replay = self.buffers.take();
            for piece in [out.as_slice(), data, tail] {
                exchange.replay.extend_from_slice(piece);
            }
        }
        match self.assign(key, &mut exchange) {
            Ok(upstream) => {
                if self.send_to_upstream(upstream, out, data, tail).is_err() {
                    self.note_failed_send(upstream);
                }
                self.engage(key, exchange, desk);
            }
            Err(fault) => match self.enqueue(key, &mut exchange, fault.kind, [out, data, tail]) {
                Ok(()) => self.engage(key, exchange, desk),
                Err(kind) => {
                    let fault = Fault { kind, ..fault };
                    self.fail_exchange(key, Box::new(exchange), fault, desk);
                }
            },
        }
    }

    /// Puts an exchange into its client and waits for the member.
    fn engage(&mut self, key: Key, exchange: HttpExchange, desk: &mut Desk) {
        let upstream = exchange.upstream;
        let is_whole = exchange.machine.request_is_done();
        let boxed = self.box_exchange(exchange);
        if let Some(client) = self.clients.get_mut(key) {
            client.work = Work::Exchange(boxed);
        }
        self.set_exchange_timer(key);
        let must_look = self.upstreams.get(upstream).is_some_and(|up| up.edges.readable);
        if must_look || !is_whole {
            self.pump(key, desk);
        }
    }

    /// Sending failed: what the member said before it is to be read, however little.
    pub(crate) fn note_failed_send(&mut self, upstream: Key) {
        if let Some(upstream) = self.upstreams.get_mut(upstream) {
            Self::give_up_writing(upstream, &mut self.buffers);
        }
    }

    fn box_exchange(&mut self, exchange: HttpExchange) -> Box<HttpExchange> {
        match self.spare.pop() {
            Some(mut spare) => {
                *spare = exchange;
                spare
            }
            None => Box::new(exchange),
        }
    }

    fn fail_at_once(
        &mut self,
        key: Key,
        begun: Begun,
        fault: Fault,
        filled: usize,
        desk: &mut Desk,
    ) {
        let Begun { exchange, length } = begun;
        self.keep_rest(key, length, filled, desk);
        self.fail_exchange(key, Box::new(exchange), fault, desk);
    }

    /// Keeps what follows a request's head; with a body that is not read, the connection closes.
    fn keep_rest(&mut self, key: Key, length: usize, filled: usize, desk: &Desk) {
        if let Some(client) = self.clients.get_mut(key) {
            let rest = desk.scratch.get(length..filled).unwrap_or_default();
            self.buffers.fill(&mut client.input, rest);
        }
    }

    /// Sends a rule's own answer.
    fn answer(&mut self, key: Key, status: u16, persistence: Persistence, desk: &mut Desk) {
        self.count_response(key, status);
        match self.send_to_client(key, &mut desk.out, &[], &[]) {
            Ok(()) => self.after_response(key, persistence),
            Err(_) => self.abort_client(key),
        }
    }

    /// What a client's listener promises about TLS, if that is what the client speaks.
    fn hsts_of(&self, key: Key) -> Option<Hsts> {
        let client = self.clients.get(key)?;
        tls_of(&self.clients, client)?;
        self.entrances.get(client.listener)?.listener.table.tls.as_ref()?.hsts
    }

    /// Answers a request that is none, and closes.
    pub(crate) fn refuse(&mut self, key: Key, refusal: Refusal, desk: &mut Desk) {
        let request_id: RequestId = self.next_request_id();
        let delivery = LocalDelivery {
            asked: Asked::Other,
            client_version: Version::Http11,
            persistence: Persistence::Close,
            request_id,
            hsts: self.hsts_of(key),
        };
        desk.out.clear();
        write_error(refusal.status(), refusal.reason(), None, &delivery, &mut desk.out);
        self.count_own_error(key, refusal.status());
        self.log_refusal(key, refusal, &request_id.to_hex(), desk.out.len());
        if let Some(client) = self.clients.get_mut(key) {
            self.buffers.give_back(&mut client.input);
        }
        self.say_last(key, desk);
    }
}

/// Where a request comes from, as members are told.
fn origin_of<'a>(
    client: &'a Client,
    tls: Option<&'a Tls>,
    port: u16,
    (via_name, request_id): (&'a str, RequestId),
) -> Origin<'a> {
    Origin {
        client: client.source.ip(),
        trust: if client.is_trusted { Trust::Trusted } else { Trust::Untrusted },
        protocol: client_protocol(client),
        scheme: if tls.is_some() { "https" } else { "http" },
        port,
        via_name,
        request_id,
        client_certificate: tls.map_or(&[], |tls| &tls.facts.client_certificate),
    }
}

fn client_protocol(client: &Client) -> ClientProtocol {
    match client.channel.carrier() {
        Some(_) => ClientProtocol::Http2,
        None => ClientProtocol::Http1,
    }
}

fn is_grpc(head: &RequestHead<'_, '_>) -> bool {
    head.fields().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-type") && value.starts_with(b"application/grpc")
    })
}

fn host_of<'b>(head: &RequestHead<'_, 'b>) -> &'b [u8] {
    split_authority(head.authority.as_bytes()).host
}

fn scheme_of(is_secure: bool) -> Scheme {
    if is_secure { Scheme::Https } else { Scheme::Http }
}

/// Where a listener sends whoever comes in clear: to the same place over TLS, with the same method.
fn https_redirect(port: Port) -> Redirect {
    Redirect {
        status: RedirectStatus::PERMANENT,
        scheme: Some(Scheme::Https),
        host: None,
        port: Some(port),
        path: None,
    }
}

/// Writes the answer that a rule gives by itself, or that of a request's last hop (RFC 9110
/// §7.6.2).
fn answer_here(
    decision: Decision<'_>,
    (head, scheme, note): (&RequestHead<'_, '_>, Scheme, Option<Box<Note>>),
    machine: &Exchange,
    request_id: RequestId,
    out: &mut Vec<u8>,
) -> Beginning {
    let persistence = machine.persistence();
    let delivery = LocalDelivery {
        asked: machine.asked(),
        client_version: machine.client_version(),
        persistence,
        request_id,
        hsts: machine.hsts(),
    };
    let status = match decision {
        Decision::Redirect(redirect) => {
            write_redirect(redirect, (head, scheme), &delivery, out);
            redirect.status.get()
        }
        Decision::Respond(respond) => {
            let status = u16::try_from(respond.status.get()).unwrap_or(500);
            let response = LocalResponse {
                status,
                content_type: respond.content_type.as_str(),
                body: respond.body.as_str().as_bytes(),
                location: None,
                retry_after_s: None,
            };
            write_local(&response, &delivery, out);
            status
        }
        Decision::Forward(_) | Decision::NoPool => {
            write_error(200, "this is the last hop", None, &delivery, out);
            200
        }
    };
    Beginning::Answered { length: head.length, status, persistence, note }
}
