//! Requests that wait because every member of their pool is at its limit: in order, bounded, each
//! under a deadline. Capacity that another worker frees is noticed by looking often while anybody
//! waits.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use elbow_model::value::PoolId;
use elbow_traffic::protocol::fault::FaultKind;

use super::arena::Key;
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
    fn take(runtime: &Rc<Runtime>, pool: usize) -> Option<Self> {
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

/// This worker's queues; a pool without waiting requests has none.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    queues: Vec<(PoolId, VecDeque<Key>)>,
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    fn push(&mut self, pool: PoolId, client: Key) {
        match self.queues.iter_mut().find(|(known, _)| *known == pool) {
            Some((_, queue)) => queue.push_back(client),
            None => self.queues.push((pool, VecDeque::from([client]))),
        }
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
        self.waiting.push(pool, key);
        true
    }

    /// Serves those who wait, as far as there is room.
    pub(crate) fn serve_waiting(&mut self, desk: &mut Desk) {
        let mut queues = std::mem::take(&mut self.waiting.queues);
        for (_, queue) in &mut queues {
            while let Some(client) = queue.front().copied() {
                if !self.serve_waiting_client(client, desk) {
                    break;
                }
                queue.pop_front();
            }
        }
        queues.retain(|(_, queue)| !queue.is_empty());
        // Nobody begins to wait while others are being served, but a failure may have let one.
        for (pool, queue) in std::mem::take(&mut self.waiting.queues) {
            for client in queue {
                queues.push((pool, VecDeque::from([client])));
            }
        }
        self.waiting.queues = queues;
    }

    /// False if there is still no room.
    fn serve_waiting_client(&mut self, key: Key, desk: &mut Desk) -> bool {
        let Some(client) = self.clients.get_mut(key) else { return true };
        let mut exchange = match std::mem::replace(&mut client.work, Work::InHand) {
            Work::Exchange(exchange) if exchange.ticket.is_some() => exchange,
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
