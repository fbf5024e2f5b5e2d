//! Requests and byte streams that wait because every member of their pool is at its limit: in order, bounded, each
//! under a deadline. Capacity that another worker frees is noticed by looking often while anybody
//! waits.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use elbow_model::value::PoolId;
use elbow_traffic::protocol::fault::FaultKind;

use super::arena::{Key, Kind};
use super::connection::Work;
use super::engine::{Desk, Worker};
use super::exchange::HttpExchange;
use super::runtime::Runtime;

/// How long the loop sleeps at most while somebody waits.
pub(crate) const LOOK_MS: i32 = 4;

/// A place in a pool's queue; counted over all workers as long as it lives.
#[derive(Debug)]
pub(crate) struct Ticket {
    runtime: Rc<Runtime>,
    pool: usize,
}

impl Ticket {
    /// Takes a place, unless the queue is full.
    pub(crate) fn take(runtime: &Rc<Runtime>, pool: usize) -> Option<Self> {
        let live = runtime.pool(pool)?;
        let most = live.table.queue.max.get();
        let ticket = Self { runtime: runtime.clone(), pool };
        let before = live.state.queued.fetch_add(1, Ordering::Relaxed);
        // Dropping the ticket takes the count back.
        (before < most).then_some(ticket)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(pool) = self.runtime.pool(self.pool) {
            pool.state.queued.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// This worker's queues; a pool that nobody waits for has none.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    queues: Vec<Queue>,
}

#[derive(Debug)]
struct Queue {
    pool: PoolId,
    /// In the order of their coming; some may have left.
    clients: VecDeque<Key>,
    /// At this length, those who left are taken out: clients that come and go must not make it
    /// grow.
    sweep_at: usize,
}

/// A queue is not swept while it is shorter.
const SWEEP_FROM: usize = 64;

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    fn queue(&mut self, pool: PoolId) -> &mut Queue {
        let known = self.queues.iter().position(|queue| queue.pool == pool);
        let place = known.unwrap_or_else(|| {
            self.queues.push(Queue { pool, clients: VecDeque::new(), sweep_at: SWEEP_FROM });
            self.queues.len() - 1
        });
        &mut self.queues[place]
    }
}

impl Worker {
    /// Lets a request wait, with all of it that has come in `desk`; false if the queue is full.
    pub(crate) fn enqueue(
        &mut self,
        key: Key,
        exchange: &mut HttpExchange,
        pieces: [&[u8]; 3],
    ) -> bool {
        let Some(pool) = exchange.runtime.pool(exchange.pool).map(|pool| pool.id) else {
            return false;
        };
        let Some(ticket) = Ticket::take(&exchange.runtime, exchange.pool) else { return false };
        exchange.ticket = Some(ticket);
        if exchange.replay.is_empty() {
            exchange.replay = self.buffers.take();
            for piece in pieces {
                exchange.replay.extend_from_slice(piece);
            }
            exchange.is_single_use = true;
        }
        self.stand_in_line(pool, key);
        true
    }

    /// Puts a client that has a ticket at the end of its pool's queue.
    pub(crate) fn stand_in_line(&mut self, pool: PoolId, key: Key) {
        let queue = self.waiting.queue(pool);
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
        if self.waiting.is_empty() {
            return;
        }
        let mut queues = std::mem::take(&mut self.waiting.queues);
        for queue in &mut queues {
            while let Some(client) = queue.clients.front().copied() {
                let mut is_served = true;
                self.guarded(client.token(Kind::Client), |worker| {
                    is_served = worker.serve_waiting_client(client, desk);
                });
                if !is_served {
                    break;
                }
                queue.clients.pop_front();
            }
        }
        queues.retain(|queue| !queue.clients.is_empty());
        // Nobody begins to wait while others are being served, but a failure may have let one.
        let late = std::mem::replace(&mut self.waiting.queues, queues);
        for queue in late {
            self.waiting.queue(queue.pool).clients.extend(queue.clients);
        }
    }

    /// False if there is still no room.
    fn serve_waiting_client(&mut self, key: Key, desk: &mut Desk) -> bool {
        let Some(client) = self.clients.get_mut(key) else { return true };
        let mut exchange = match std::mem::replace(&mut client.work, Work::InHand) {
            Work::Exchange(exchange) if exchange.ticket.is_some() => exchange,
            Work::Relay(relay) if relay.is_waiting() => return self.connect_tcp(key, relay),
            other => {
                client.work = other;
                return true;
            }
        };
        match self.assign(key, &mut exchange) {
            Ok(upstream) => {
                exchange.ticket = None;
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
                true
            }
            Err(fault) if fault.kind == FaultKind::Overloaded => {
                if let Some(client) = self.clients.get_mut(key) {
                    client.work = Work::Exchange(exchange);
                }
                false
            }
            Err(fault) => {
                exchange.ticket = None;
                self.fail_exchange(key, exchange, fault, desk);
                true
            }
        }
    }
}
