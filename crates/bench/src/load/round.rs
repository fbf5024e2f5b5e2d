//! One round of traffic: which connections are open, what they do next, and the tally.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{self, RecvFlags};

use super::channel::Channel;
use super::client::{Client, Stage};
use super::message::{Request, Reuse};
use super::order::{HandshakeCount, Order, Traffic};
use super::origin::{After, Tools};
use super::pace::Pace;
use crate::tls::{Application, Handshakes};

/// Connections that may be opening at once: fewer than any contender's queue holds.
const OPENING: usize = 64;
/// Errors after which a round is given up.
const ERRORS: u64 = 1000;
const ENDS: EventFlags = EventFlags::RDHUP.union(EventFlags::HUP).union(EventFlags::ERR);

/// A round that runs.
pub(super) struct Round {
    pub(super) order: Order,
    pub(super) tally: Tally,
    /// Whether latencies are kept.
    pub(super) is_recording: bool,
    /// Whether no new requests are made.
    pub(super) is_stopping: bool,
    pub(super) pace: Option<Pace>,
    request: Request,
    body: usize,
    next_id: u64,
    to_open: usize,
    opening: usize,
    /// Requests without an answer.
    pub(super) in_flight: usize,
    started: Instant,
}

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) completed: u64,
    pub(super) bytes: u64,
    pub(super) handshakes: HandshakeCount,
    pub(super) latencies_ns: Vec<u64>,
    pub(super) errors: u64,
    pub(super) first_error: Option<String>,
}

impl Round {
    pub(super) fn new(order: Order, first_id: u64) -> Self {
        let (body, reuse) = match order.traffic {
            Traffic::NewConnections { body } => (body, Reuse::Close),
            Traffic::KeepAlive { body } | Traffic::Hold { body } => (body, Reuse::KeepAlive),
            Traffic::Paced { body, .. } => (body, Reuse::KeepAlive),
            Traffic::Bulk | Traffic::PingPong => (0, Reuse::KeepAlive),
        };
        Self {
            request: Request::new(body, reuse),
            body,
            to_open: order.connections,
            order,
            tally: Tally::default(),
            is_recording: false,
            is_stopping: false,
            pace: None,
            next_id: first_id,
            opening: 0,
            in_flight: 0,
            started: Instant::now(),
        }
    }

    /// The id that the next round begins with: none is used twice.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Nanoseconds since the round or its pace began.
    pub(super) fn now_ns(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    /// From now on requests are due at the rate.
    pub(super) fn start_pace(&mut self, per_second: f64, idle: Vec<u64>) {
        let mut pace = Pace::new(per_second);
        for key in idle {
            pace.handle_idle(key);
        }
        self.started = Instant::now();
        self.pace = Some(pace);
    }

    /// The next connection to open, if it is time for one.
    pub(super) fn poll_opening(&mut self) -> Option<Client> {
        let is_hold = matches!(self.order.traffic, Traffic::Hold { .. });
        let unfinished = self.opening + if is_hold { self.in_flight } else { 0 };
        if self.to_open == 0 || unfinished >= OPENING || self.is_given_up() {
            return None;
        }
        let client = match self.order.traffic {
            Traffic::Bulk => Client::bulk(),
            Traffic::PingPong => Client::ping(),
            _ => match Channel::new(self.order.offer.as_ref()) {
                Ok(channel) => Client::http(channel, self.application()),
                Err(text) => {
                    self.count_error(text);
                    return None;
                }
            },
        };
        self.to_open -= 1;
        self.opening += 1;
        Some(client)
    }

    fn application(&self) -> Application {
        let offer = self.order.offer.as_ref();
        offer.map_or(Application::Http1, |offer| offer.tls.application)
    }

    /// Whether all connections have been opened.
    pub(super) fn is_open(&self) -> bool {
        self.to_open == 0 && self.opening == 0
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.tally.errors > ERRORS
    }

    pub(super) fn count_error(&mut self, text: String) {
        self.tally.errors += 1;
        self.tally.first_error.get_or_insert(text);
    }

    /// An opening connection failed before it got a socket.
    pub(super) fn handle_unopened(&mut self, error: Errno) {
        self.opening -= 1;
        self.to_open += 1;
        self.count_error(format!("opening a connection: {error}"));
    }

    /// Makes a client ask.
    pub(super) fn ask(&mut self, client: &mut Client, socket: BorrowedFd<'_>) -> After {
        let id = self.next_id;
        self.next_id += 1;
        self.in_flight += 1;
        match client.ask(socket, id, &mut self.request, self.body) {
            Ok(()) => After::Keep,
            Err(text) => self.fail(client, text),
        }
    }

    pub(super) fn handle_event(
        &mut self,
        key: u64,
        client: &mut Client,
        socket: BorrowedFd<'_>,
        flags: EventFlags,
        tools: &mut Tools,
    ) -> After {
        if client.stage == Stage::Connecting {
            return self.handle_connecting(client, socket, flags);
        }
        if flags.contains(EventFlags::OUT)
            && let Err(text) = client.flush(socket)
        {
            return self.fail(client, text);
        }
        let ends = flags.intersects(ENDS);
        if !ends && !flags.contains(EventFlags::IN) {
            return After::Keep;
        }
        loop {
            let count = match net::recv(socket, tools.scratch.as_mut_slice(), RecvFlags::empty()) {
                Ok((_, 0)) => return self.handle_end(client),
                Ok((_, count)) => count,
                Err(Errno::AGAIN) => return After::Keep,
                Err(error) => return self.fail(client, format!("receiving: {error}")),
            };
            let taken = client.take(socket, &mut tools.scratch[..count], &tools.pattern);
            self.count_handshake(client);
            let after = match taken {
                Err(text) => self.fail(client, text),
                Ok(0) if self.order.traffic == Traffic::Bulk => {
                    self.tally.bytes += count as u64;
                    return After::Keep;
                }
                Ok(0) => self.flush(client, socket),
                Ok(answers) => self.handle_complete(key, client, socket, answers),
            };
            if after == After::Close || count < tools.scratch.len() && !ends {
                return after;
            }
        }
    }

    fn count_handshake(&mut self, client: &mut Client) {
        match client.poll_handshake() {
            None => {}
            Some(Handshakes::Full) => self.tally.handshakes.full += 1,
            Some(Handshakes::Resumed) => self.tally.handshakes.resumed += 1,
        }
    }

    fn flush(&mut self, client: &mut Client, socket: BorrowedFd<'_>) -> After {
        match client.flush(socket) {
            Ok(()) => After::Keep,
            Err(text) => self.fail(client, text),
        }
    }

    /// Makes as many requests as answers came.
    fn ask_again(&mut self, client: &mut Client, socket: BorrowedFd<'_>, count: usize) -> After {
        for _ in 0..count {
            if self.ask(client, socket) == After::Close {
                return After::Close;
            }
        }
        self.flush(client, socket)
    }

    fn handle_connecting(
        &mut self,
        client: &mut Client,
        socket: BorrowedFd<'_>,
        flags: EventFlags,
    ) -> After {
        if flags.intersects(EventFlags::ERR | EventFlags::HUP) {
            self.opening -= 1;
            self.to_open += 1;
            self.count_error("the connection was refused".to_owned());
            return After::Close;
        }
        self.opening -= 1;
        client.stage = Stage::Idle;
        match self.order.traffic {
            Traffic::Paced { .. } => After::Keep,
            _ if self.is_stopping => After::Close,
            Traffic::Bulk => match self.ask(client, socket) {
                After::Keep => After::Stream,
                other => other,
            },
            _ => self.ask_again(client, socket, client.width()),
        }
    }

    fn handle_complete(
        &mut self,
        key: u64,
        client: &mut Client,
        socket: BorrowedFd<'_>,
        answers: usize,
    ) -> After {
        self.tally.completed += answers as u64;
        self.tally.bytes += (answers * self.body) as u64;
        self.in_flight -= answers;
        if client.width() == 1 {
            client.stage = Stage::Idle;
        }
        match self.order.traffic {
            Traffic::NewConnections { .. } => client.stage = Stage::Finishing,
            Traffic::Hold { .. } | Traffic::Bulk => {}
            Traffic::KeepAlive { .. } | Traffic::PingPong if self.is_stopping => {}
            Traffic::KeepAlive { .. } | Traffic::PingPong => {
                return self.ask_again(client, socket, answers);
            }
            Traffic::Paced { .. } => {
                if self.is_recording {
                    self.tally.latencies_ns.push(self.now_ns().saturating_sub(client.due_ns));
                }
                let waiting = self.pace.as_mut().and_then(|pace| pace.handle_idle(key));
                if let Some(due) = waiting.filter(|_| !self.is_stopping) {
                    client.due_ns = due;
                    return self.ask(client, socket);
                }
            }
        }
        After::Keep
    }

    fn handle_end(&mut self, client: &mut Client) -> After {
        self.tally.handshakes.tickets += u64::from(client.tickets());
        match client.stage {
            Stage::Finishing if self.is_stopping => After::Close,
            Stage::Finishing => {
                self.to_open += 1;
                After::Close
            }
            Stage::Waiting => self.fail(client, "closed before the answer was complete".to_owned()),
            Stage::Idle | Stage::Connecting => {
                self.fail(client, "closed an idle connection".to_owned())
            }
        }
    }

    fn fail(&mut self, client: &mut Client, text: String) -> After {
        self.in_flight -= client.outstanding();
        self.count_error(text);
        if !self.is_stopping {
            self.to_open += 1;
        }
        After::Close
    }
}
