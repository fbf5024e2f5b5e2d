//! New clients: accepted a few per wake, so that the workers share them; checked against the
//! listener's limits; read at once, since most have sent something already.

use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::Duration;

use elbow_model::listener::Protocol;
use elbow_model::table::TableListener;
use elbow_traffic::http1::error_page::{LocalDelivery, write_error};
use elbow_traffic::http1::framing::{Asked, Version};
use elbow_traffic::http1::write_response::Persistence;
use elbow_traffic::limits::PROXY_HEADER_TIMEOUT;
use elbow_traffic::protocol::proxy_protocol::{MAX_HEADER, Parsed, parse};

use super::arena::{Key, Kind};
use super::buffer::Output;
use super::channel::Channel;
use super::connection::{Client, Counted, Edges, Work};
use super::engine::{Desk, Worker};
use super::wheel::Timer;
use crate::live::Listener;
use crate::sys::epoll::Interest;
use crate::sys::socket::{Io, accept};

/// Connections accepted per wake of a listener; the level-triggered event comes again.
const ACCEPTS_PER_WAKE: usize = 4;
/// Clients over a limit that are being told so at once, per worker; more are closed.
const MOST_TURNED_AWAY: usize = 1024;
/// When they may come back.
const RETRY_AFTER_S: u32 = 1;

/// What goes wrong with connections, by the flood perhaps: said at most once a second.
#[derive(Debug, Default)]
pub(crate) struct Shortage {
    unsaid: u64,
    said_us: Option<u64>,
}

impl Shortage {
    /// Counts one; gives the number to be said, if it is time.
    pub(crate) fn note(&mut self, now_us: u64) -> Option<u64> {
        self.unsaid += 1;
        let is_due = self.said_us.is_none_or(|said| now_us.saturating_sub(said) >= 1_000_000);
        is_due.then(|| {
            self.said_us = Some(now_us);
            std::mem::take(&mut self.unsaid)
        })
    }
}

impl Worker {
    pub(crate) fn accept(&mut self, key: Key, desk: &mut Desk) {
        self.accept_up_to(key, ACCEPTS_PER_WAKE, desk);
    }

    /// Accepts what waits, up to `count`.
    pub(crate) fn accept_up_to(&mut self, key: Key, count: usize, desk: &mut Desk) {
        for _ in 0..count {
            let Some(entrance) = self.entrances.get(key) else { return };
            match accept(entrance.listener.socket.as_fd()) {
                Ok(Some((socket, peer))) => {
                    if let Some(client) = self.admit(key, socket, peer, desk) {
                        // Its first step is its own: a panic must not be taken for the listener's.
                        let token = client.token(Kind::Client);
                        self.guarded(token, |worker| worker.drive(client, desk));
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    let now_us = self.clock.micros();
                    if let Some(count) = self.shortage.note(now_us) {
                        tracing::warn!(worker = self.index, %error, count, "connections were not accepted");
                    }
                    return self.refuse_one(key);
                }
            }
        }
    }

    /// Out of descriptors: closes one waiting client by means of the one in reserve, since it would
    /// wake us for ever.
    fn refuse_one(&mut self, key: Key) {
        if self.reserve.take().is_some()
            && let Some(entrance) = self.entrances.get(key)
            && let Ok(Some(refused)) = accept(entrance.listener.socket.as_fd())
        {
            drop(refused);
            if let Some(counters) = entrance.listener.state.per_worker.get(self.index) {
                counters.refused.add(1);
            }
        }
        self.reserve = File::open("/dev/null").ok();
    }

    fn admit(
        &mut self,
        key: Key,
        socket: OwnedFd,
        peer: SocketAddr,
        desk: &mut Desk,
    ) -> Option<Key> {
        let entrance = self.entrances.get_mut(key)?;
        let listener = &entrance.listener;
        let counters = listener.state.per_worker.get(self.index)?;
        counters.accepted.add(1);
        let source = peer.ip().to_canonical();
        let admission = admission(&listener.table, &listener.state, source);
        if !matches!(admission, Admission::Admitted { .. }) {
            counters.refused.add(1);
        }
        let is_http = listener.table.protocol == Protocol::Http;
        let (counted, work) = match admission {
            Admission::Admitted { by_source } => {
                let by_source = by_source.then_some(source);
                (Counted::In { by_source }, first_work(listener))
            }
            Admission::OverLimit if is_http && self.turned_away < MOST_TURNED_AWAY => {
                self.turned_away += 1;
                (Counted::TurnedAway, Work::LastWords)
            }
            Admission::OverLimit | Admission::Foreign => return None,
        };
        entrance.clients += 1;
        let is_trusted = contains(&listener.table.trusted_proxies, source);
        let is_in = counted != Counted::TurnedAway;
        let introduces = listener.table.proxy_protocol && is_trusted && is_in;
        let is_tcp = listener.table.protocol == Protocol::Tcp;
        let client = self.clients.insert(Client {
            channel: Channel::Plain(socket),
            edges: Edges { readable: true, ..Edges::NEW },
            listener: key,
            source: SocketAddr::new(source, peer.port()),
            is_trusted,
            counted,
            timer: Timer::IDLE,
            input: Vec::new(),
            output: Output::default(),
            work: if introduces { Work::Introduction } else { work },
        });
        let added = self.clients.get(client).map(|place| {
            let socket = place.channel.socket()?;
            self.epoll.add(socket, client.token(Kind::Client), Interest::Connection).ok()
        });
        if added.flatten().is_none() {
            self.close_client(client);
            return None;
        }
        if !is_in {
            self.turn_away(client, desk);
            return None;
        }
        let delay = match introduces {
            true => PROXY_HEADER_TIMEOUT,
            false => self.first_deadline(client),
        };
        self.set_timer(client, delay);
        if is_tcp && !introduces {
            self.start_tcp(client, desk);
        }
        Some(client)
    }

    /// Tells a client over a limit to come back, without waiting for its request, and closes. It
    /// is read on for a moment, since a reset would take the answer from it.
    fn turn_away(&mut self, key: Key, desk: &mut Desk) {
        let delivery = LocalDelivery {
            asked: Asked::Other,
            client_version: Version::Http11,
            persistence: Persistence::Close,
            request_id: self.next_request_id(),
            hsts: None,
        };
        desk.out.clear();
        let reason = "too many clients are connected already";
        write_error(503, reason, Some(RETRY_AFTER_S), &delivery, &mut desk.out);
        self.count_own_error(key, 503);
        self.say_last(key, desk);
    }

    /// Reads a PROXY protocol header, which comes before anything else.
    pub(crate) fn read_introduction(&mut self, key: Key, desk: &mut Desk) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let filled = client.input.len();
        let Some(room) = desk.scratch.get_mut(..MAX_HEADER) else { return };
        if let Some(start) = room.get_mut(..filled) {
            start.copy_from_slice(&client.input);
        }
        let rest = room.get_mut(filled..).unwrap_or_default();
        let filled = match client.receive(rest, &mut self.buffers) {
            Ok(Io::Blocked) => return,
            Ok(Io::Bytes(0)) | Err(_) => return self.close_client(key),
            Ok(Io::Bytes(count)) => filled + count,
        };
        let received = desk.scratch.get(..filled).unwrap_or_default();
        match parse(received) {
            Ok(Parsed::Partial) if filled < MAX_HEADER => {
                self.buffers.fill(&mut client.input, received);
            }
            Ok(Parsed::Header { length, source, .. }) => {
                if let Some(source) = source {
                    client.source = SocketAddr::new(source.ip().to_canonical(), source.port());
                }
                let entrance = self.entrances.get(client.listener);
                client.work = entrance.map_or(Work::Idle, |known| first_work(&known.listener));
                self.buffers.fill(&mut client.input, received.get(length..).unwrap_or_default());
                self.introduced(key, desk);
            }
            Ok(Parsed::Partial) | Err(_) => self.close_client(key),
        }
    }

    fn introduced(&mut self, key: Key, desk: &mut Desk) {
        let is_tcp = self
            .clients
            .get(key)
            .and_then(|client| self.entrances.get(client.listener))
            .is_some_and(|entrance| entrance.listener.table.protocol == Protocol::Tcp);
        if is_tcp {
            self.start_tcp(key, desk);
        } else {
            self.set_timer(key, self.first_deadline(key));
        }
        self.drive(key, desk);
    }

    /// How long a client's first step may take.
    fn first_deadline(&self, key: Key) -> Duration {
        match self.clients.get(key).map(|client| &client.work) {
            Some(Work::Handshake) => self.deadlines.handshake,
            Some(_) | None => self.deadlines.head,
        }
    }
}

/// What a client's connection begins with, once it is known where it comes from.
fn first_work(listener: &Listener) -> Work {
    match listener.tls {
        Some(_) => Work::Handshake,
        None => Work::Idle,
    }
}

/// What a listener makes of a new connection.
enum Admission {
    Admitted {
        /// Whether it is counted by its source.
        by_source: bool,
    },
    /// One of the listener's limits is reached: the client may come back.
    OverLimit,
    /// Its network is not allowed: it is told nothing.
    Foreign,
}

/// Decides about one more connection of `source`, and counts it if it is admitted.
fn admission(
    table: &TableListener,
    state: &crate::live::ListenerState,
    source: IpAddr,
) -> Admission {
    if !table.allowed_cidrs.is_empty() && !contains(&table.allowed_cidrs, source) {
        return Admission::Foreign;
    }
    let before = state.connections.fetch_add(1, Ordering::Relaxed);
    let is_full = table.connection_limit.is_some_and(|limit| before >= limit.get());
    let by_source = table.connection_limit_per_source;
    let is_refused =
        is_full || by_source.is_some_and(|limit| !state.admit_source(source, limit.get()));
    if is_refused {
        state.connections.fetch_sub(1, Ordering::Relaxed);
        return Admission::OverLimit;
    }
    Admission::Admitted { by_source: by_source.is_some() }
}

fn contains(networks: &[ipnet::IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_said_once_a_second_with_its_size() {
        let mut shortage = Shortage::default();
        let said: Vec<Option<u64>> =
            [5, 6, 7, 999_999, 1_000_005, 1_000_006].map(|at| shortage.note(at)).to_vec();
        assert_eq!(said, [Some(1), None, None, None, Some(4), None]);
    }
}
