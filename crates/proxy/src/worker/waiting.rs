//! Requests and byte streams that wait because no member of their pool can take them now: in order, bounded, each
//! under a deadline. Those that wait for a member below its limit are looked at often, as another worker may free
//! one; those that wait for an instance to start are looked at when a view or a value changes.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use elbow_model::value::{LoadBalancerId, PoolId};
use elbow_traffic::protocol::fault::{Fault, FaultKind};

use super::arena::{Key, Kind};
use super::connection::Work;
use super::engine::{Desk, Worker};
use super::exchange::HttpExchange;
use super::report::Report;
use super::runtime::Runtime;
use super::ticket::{Line, Taken, Ticket};

/// How long the loop sleeps at most while somebody waits for a place.
const LOOK_MS: i32 = 4;
/// The same while somebody waits for an instance: a member that refused them is tried again then.
const LOOK_AGAIN_MS: i32 = 1_000;

/// This worker's queues; a pool that nobody waits for has none.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    queues: Vec<Queue>,
    /// Whether views or values changed since the last look.
    is_stirred: bool,
    /// When those are looked at again that wait for an instance.
    look_at_us: u64,
}

#[derive(Debug)]
struct Queue {
    balancer: LoadBalancerId,
    pool: PoolId,
    /// Whether somebody in it ever waited for an instance: then its end is told.
    is_told: bool,
    /// In the order of their coming; some may have left.
    clients: VecDeque<Key>,
    /// Whether the first of them waits for an instance, as far as is known: nothing is gained by looking often.
    awaits_instance: bool,
    /// At this length, those who left are taken out: clients that come and go must not make it
    /// grow.
    sweep_at: usize,
}

/// What came of serving somebody who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// It waits no longer.
    Done,
    /// It still waits, in this line.
    WaitsOn(Line),
}

/// A queue is not swept while it is shorter.
const SWEEP_FROM: usize = 64;

impl Waiting {
    /// Views or values changed: who waits for an instance may have one.
    pub(crate) fn stir(&mut self) {
        self.is_stirred = true;
    }

    /// How long the loop may sleep because of them, if they don't let it sleep as long as it wants.
    pub(crate) fn patience_ms(&self) -> Option<i32> {
        let each = self.queues.iter();
        each.map(|queue| if queue.awaits_instance { LOOK_AGAIN_MS } else { LOOK_MS }).min()
    }

    fn queue(&mut self, (balancer, pool): (LoadBalancerId, PoolId)) -> &mut Queue {
        let known = self.queues.iter().position(|queue| queue.pool == pool);
        let place = known.unwrap_or_else(|| {
            let clients = VecDeque::new();
            let queue = Queue {
                balancer,
                pool,
                is_told: false,
                clients,
                awaits_instance: true,
                sweep_at: SWEEP_FROM,
            };
            self.queues.push(queue);
            self.queues.len() - 1
        });
        &mut self.queues[place]
    }

    /// Whether those who wait for an instance are to be looked at now.
    fn is_due(&mut self, now_us: u64) -> bool {
        if !std::mem::take(&mut self.is_stirred) && now_us < self.look_at_us {
            return false;
        }
        self.look_at_us = now_us + 1_000 * u64::from(LOOK_AGAIN_MS.unsigned_abs());
        true
    }
}

impl Line {
    fn awaits_instance(self) -> bool {
        matches!(self, Self::Instance { .. })
    }
}

impl Worker {
    /// Lets a request that failed so wait, if it may, with all of it that has come in `pieces`.
    ///
    /// # Errors
    /// What it is to fail with if it may not.
    pub(crate) fn enqueue(
        &mut self,
        key: Key,
        exchange: &mut HttpExchange,
        kind: FaultKind,
        pieces: [&[u8]; 3],
    ) -> Result<(), FaultKind> {
        let line = Line::of(kind, &exchange.runtime, exchange.pool).ok_or(kind)?;
        let pool = exchange.runtime.pool(exchange.pool).map(|pool| pool.id).ok_or(kind)?;
        let place = (&exchange.runtime, exchange.pool);
        exchange.ticket = Some(self.take_ticket(place, line, &mut exchange.waits_since_us)?);
        // The member, not the client, is what the request waits for.
        exchange.was_throttled = true;
        if exchange.replay.is_empty() {
            exchange.replay = self.buffers.take();
            for piece in pieces {
                exchange.replay.extend_from_slice(piece);
            }
            exchange.is_single_use = true;
        }
        let balancer = exchange.runtime.balancer.id;
        self.stand_in_line((balancer, pool), key, line);
        Ok(())
    }

    /// Takes a place in a pool's queue, and says so if nobody had one before. Who waits for an instance a second time
    /// has waited since the first.
    ///
    /// # Errors
    /// What it is to fail with if there is no place, or its time is over.
    pub(crate) fn take_ticket(
        &self,
        (runtime, pool): (&Rc<Runtime>, usize),
        line: Line,
        waits_since_us: &mut Option<u64>,
    ) -> Result<Ticket, FaultKind> {
        let now_us = self.clock.micros();
        let since_us = match line {
            Line::Place { .. } => now_us,
            Line::Instance { .. } => *waits_since_us.get_or_insert(now_us),
        };
        if Duration::from_micros(now_us.saturating_sub(since_us)) >= line.timeout() {
            return Err(FaultKind::StartTimeout);
        }
        match Ticket::take(runtime, pool, line, since_us) {
            Taken::Ticket(ticket) => Ok(ticket),
            Taken::First(ticket) => {
                if let Some(pool) = runtime.pool(pool) {
                    let report = Report::Waits { balancer: runtime.balancer.id, pool: pool.id };
                    // Without anybody who hears it, nothing is started either.
                    let _unheard = self.reports.send(report);
                }
                Ok(ticket)
            }
            Taken::Full => Err(FaultKind::Overloaded),
        }
    }

    /// Puts a client that has a ticket at the end of its pool's queue.
    pub(crate) fn stand_in_line(&mut self, place: (LoadBalancerId, PoolId), key: Key, line: Line) {
        let queue = self.waiting.queue(place);
        queue.awaits_instance &= line.awaits_instance();
        queue.is_told |= line.awaits_instance();
        if queue.clients.len() >= queue.sweep_at {
            let clients = &self.clients;
            queue.clients.retain(|key| {
                clients.get(*key).is_some_and(|client| match &client.work {
                    Work::Exchange(exchange) => exchange.ticket.is_some(),
                    Work::Relay(relay) => relay.is_waiting(),
                    // Whoever is in hand is about to wait.
                    Work::InHand => true,
                    Work::Introduction
                    | Work::Hello(_)
                    | Work::Handshake
                    | Work::Idle
                    | Work::Http2(_)
                    | Work::LastWords
                    | Work::Linger => false,
                })
            });
            queue.sweep_at = SWEEP_FROM.max(queue.clients.len() * 2);
        }
        queue.clients.push_back(key);
    }

    /// Serves those who wait, as far as there is room.
    pub(crate) fn serve_waiting(&mut self, desk: &mut Desk) {
        if self.waiting.queues.is_empty() {
            return;
        }
        let is_due = self.waiting.is_due(self.clock.micros());
        let mut queues = std::mem::take(&mut self.waiting.queues);
        for queue in queues.iter_mut().filter(|queue| is_due || !queue.awaits_instance) {
            while let Some(client) = queue.clients.front().copied() {
                let mut served = Served::Done;
                self.guarded(client.token(Kind::Client), |worker| {
                    served = worker.serve_waiting_client(client, desk);
                });
                if let Served::WaitsOn(line) = served {
                    queue.awaits_instance = line.awaits_instance();
                    break;
                }
                queue.clients.pop_front();
            }
        }
        queues.retain(|queue| {
            let is_empty = queue.clients.is_empty();
            if is_empty && queue.is_told {
                let (balancer, pool) = (queue.balancer, queue.pool);
                let _unheard = self.reports.send(Report::WaitsNoMore { balancer, pool });
            }
            !is_empty
        });
        // Nobody begins to wait while others are being served, but a failure may have let one.
        let late = std::mem::replace(&mut self.waiting.queues, queues);
        for queue in late {
            let known = self.waiting.queue((queue.balancer, queue.pool));
            known.awaits_instance &= queue.awaits_instance;
            known.is_told |= queue.is_told;
            known.clients.extend(queue.clients);
        }
    }

    fn serve_waiting_client(&mut self, key: Key, desk: &mut Desk) -> Served {
        let Some(client) = self.clients.get_mut(key) else { return Served::Done };
        let mut exchange = match std::mem::replace(&mut client.work, Work::InHand) {
            Work::Exchange(exchange) if exchange.ticket.is_some() => exchange,
            Work::Relay(mut relay) if relay.is_waiting() => {
                relay.tried.forget();
                return self.connect_tcp(key, relay);
            }
            other => {
                client.work = other;
                return Served::Done;
            }
        };
        let is_newest = self.move_to_newest(&mut exchange);
        exchange.tried.forget();
        match self.assign(key, &mut exchange) {
            Ok(upstream) => {
                if let Some(ticket) = exchange.ticket.take() {
                    ticket.note_served(self.clock.micros());
                }
                desk.out.clear();
                desk.out.extend_from_slice(&exchange.replay);
                if exchange.is_single_use {
                    self.buffers.give_back(&mut exchange.replay);
                    exchange.is_single_use = false;
                }
                if self.send_to_upstream(upstream, &mut desk.out, &[], &[]).is_err() {
                    self.note_failed_send(upstream);
                }
                if let Some(client) = self.clients.get_mut(key) {
                    client.work = Work::Exchange(exchange);
                }
                self.set_exchange_timer(key);
                self.ready.push(key);
                Served::Done
            }
            Err(fault) => match Line::of(fault.kind, &exchange.runtime, exchange.pool) {
                // Nobody comes to what is no more.
                Some(Line::Instance { .. }) if !is_newest => {
                    self.fail_waiting(key, exchange, FaultKind::NoPool, desk)
                }
                Some(line) => {
                    if let Some(client) = self.clients.get_mut(key) {
                        client.work = Work::Exchange(exchange);
                    }
                    Served::WaitsOn(line)
                }
                None => self.fail_waiting(key, exchange, fault.kind, desk),
            },
        }
    }

    fn fail_waiting(
        &mut self,
        key: Key,
        mut exchange: Box<HttpExchange>,
        kind: FaultKind,
        desk: &mut Desk,
    ) -> Served {
        exchange.ticket = None;
        self.fail_exchange(key, exchange, Fault::terminal(kind), desk);
        Served::Done
    }

    /// Moves an exchange that has no member to the newest value of its load balancer: those of its pool's members that
    /// came or went since it began are known there alone. False if that has no such listener or pool any more.
    pub(crate) fn move_to_newest(&self, exchange: &mut HttpExchange) -> bool {
        let old = exchange.runtime.clone();
        let Some(newest) = self.balancers.get(&old.balancer.id) else { return false };
        if Rc::ptr_eq(&old, newest) {
            return true;
        }
        let listener = old.balancer.listeners.get(exchange.position).map(|known| known.id);
        let pool = old.pool(exchange.pool).map(|known| known.id);
        let (listeners, pools) = (&newest.balancer.listeners, &newest.balancer.pools);
        let position = listeners.iter().position(|known| Some(known.id) == listener);
        let place = pools.iter().position(|known| Some(known.id) == pool);
        let (Some(position), Some(place)) = (position, place) else { return false };
        let (before, now) = (old.pool(exchange.pool), newest.pool(place));
        exchange.tried = exchange.tried.moved(|member| {
            let id = before?.members.get(member as usize)?.id;
            now?.members.iter().position(|known| known.id == id)
        });
        (exchange.position, exchange.pool) = (position, place);
        exchange.runtime = newest.clone();
        true
    }
}
