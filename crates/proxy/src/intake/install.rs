//! Puts sets in force: entry by entry into every worker, then the acknowledgement; what can't be
//! bound is tried again until it can.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use elbow_model::table::TableEntry;
use elbow_model::value::LoadBalancerId;
use elbow_model::wire::{Tables, Up};

use super::bind::Leaving;
use super::event::Event;
use super::health_book::PoolPlace;
use super::running::Running;
use super::secure::secure;
use super::sets::{Set, Underway};
use super::steward::Steward;
use super::views::see;
use crate::clock::timestamp;
use crate::link::journal::Record;
use crate::live::{self, Pool, PoolView};
use crate::worker::{Acknowledge, Command};

/// How long one slice of a set may take before other events are looked at.
const SLICE: Duration = Duration::from_millis(2);
/// Between two requests for the full set: long enough for it to come.
const RESYNC_MS: u64 = 5_000;

impl Steward {
    pub(super) fn take_tables(&mut self, tables: Tables) {
        let Some(set) = self.accepted.take(tables) else { return };
        self.config.journal.note(Record {
            revision: set.revision,
            changed: set.changed.clone(),
            removed: set.removed.clone(),
        });
        if set.fits {
            self.resync_at_ms = None;
        } else {
            let revision = set.revision.0;
            tracing::warn!(revision, "the table does not fit: asking for all of it");
            self.resync_at_ms = self.resync_at_ms.or(Some(self.config.clock.now_ms()));
        }
        self.enqueue(set);
    }

    /// Asks for the full set until something fits.
    pub(super) fn resync(&mut self, now_ms: u64) {
        if self.resync_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.resync_at_ms = Some(now_ms + RESYNC_MS);
            self.send(Up::Resync);
        }
    }

    pub(super) fn enqueue(&mut self, set: Set) {
        let number = self.next_set;
        self.next_set += 1;
        let events = self.config.events.clone();
        // The steward may have ended by then.
        let done = Acknowledge::new(move || drop(events.send(Event::InForce(number))));
        self.sets.push_back(Underway {
            number,
            revision: set.fits.then_some(set.revision),
            changed: set.changed.into(),
            removed: set.removed,
            leaving: Vec::new(),
            done: Some(done),
        });
    }

    /// Puts a slice of the first unfinished set in force.
    pub(super) fn work_off(&mut self) {
        let start = Instant::now();
        while start.elapsed() < SLICE {
            // Those before it only wait for the workers.
            let Some(set) = self.sets.iter_mut().find(|set| set.done.is_some()) else { return };
            let (Some(done), number) = (set.done.clone(), set.number) else { return };
            let removed = std::mem::take(&mut set.removed);
            let next = set.changed.pop_front();
            if next.is_none() {
                set.done = None;
            }
            let mut leaving = Vec::new();
            for balancer in removed {
                leaving.extend(self.remove(balancer, &done));
            }
            if let Some(entry) = next {
                leaving.extend(self.install(entry, number, &done));
            }
            if let Some(set) = self.sets.iter_mut().find(|set| set.number == number) {
                set.leaving.extend(leaving);
            }
        }
    }

    /// Every worker has put a set in force.
    pub(super) fn acknowledge(&mut self, number: u64) {
        while let Some(set) = self.sets.pop_front_if(|set| set.number <= number) {
            self.in_force = set.revision.unwrap_or(self.in_force);
            for socket in set.leaving {
                self.sites.close(socket);
            }
        }
        self.drains.acknowledge(number);
        self.tell_ack();
    }

    /// Every worker has what could be bound late.
    pub(super) fn acknowledge_late(&mut self, balancer: LoadBalancerId) {
        let reason = self.running.get(&balancer).and_then(Running::reason);
        self.note_failure(balancer, reason);
    }

    /// Sends new views of these pools to the workers.
    pub(super) fn renew(&mut self, places: BTreeSet<PoolPlace>) {
        let now_ms = self.config.clock.now_ms();
        for (balancer, pool) in places {
            let found = self.running.get(&balancer).and_then(|running| running.pool(pool)).cloned();
            let Some(found) = found else {
                self.steps.set((balancer, pool), None);
                continue;
            };
            let view = self.view(balancer, &found, now_ms);
            for worker in &self.config.workers {
                let (view, done) = (view.clone(), Acknowledge::ignored());
                worker.send(Command::View { balancer, pool, view, done });
            }
        }
    }

    /// Tries again to bind what could not be bound.
    pub(super) fn bind_again(&mut self, id: LoadBalancerId) {
        let Some(mut running) = self.running.remove(&id) else { return };
        let entry = running.entry().clone();
        let before = running.bound.sockets.len();
        let secure = &running.secured.listeners;
        running.bound = self.sites.bind(&entry, secure, Some((&entry, &running.bound.sockets)));
        if running.bound.sockets.len() > before {
            let workers = self.config.workers.len();
            let parts = (&running.bound.sockets, &running.secured.listeners);
            let balancer = live::build(entry, Some(&running.balancer), parts, workers);
            running.balancer = Arc::new(balancer);
            tracing::info!(balancer.id = %id, "a listener could be bound now");
            let events = self.config.events.clone();
            let done = Acknowledge::new(move || drop(events.send(Event::BoundLate(id))));
            self.send_install(&running, &done);
        } else {
            self.note_failure(id, running.reason());
        }
        self.plan_bind(id, &mut running);
        self.running.insert(id, running);
    }

    /// Installs an entry; the sockets that it leaves.
    fn install(&mut self, entry: Arc<TableEntry>, set: u64, done: &Acknowledge) -> Vec<Leaving> {
        let id = entry.id;
        let previous = self.running.remove(&id);
        let known = previous.as_ref().map(|known| (&**known.entry(), &known.bound.sockets));
        let before = previous.as_ref().map(|known| &*known.balancer);
        let secured = secure(&entry, before, &*self.config.keys);
        let bound = self.sites.bind(&entry, &secured.listeners, known);
        self.book.install(&entry, timestamp(), self.config.clock.now_ms());
        for pool in previous.iter().flat_map(|known| &known.balancer.pools) {
            self.steps.set((id, pool.id), None);
        }
        let workers = self.config.workers.len();
        let before = previous.as_ref().map(|known| &*known.balancer);
        let parts = (&bound.sockets, &secured.listeners);
        let balancer = live::build(entry, before, parts, workers);
        self.drains.install(&balancer.entry, &balancer, set);
        let leaving =
            previous.as_ref().map(|known| known.bound.leaving(known.entry(), Some(&bound)));
        let told = previous.map(|known| known.told).unwrap_or_default();
        let mut running = Running::new(Arc::new(balancer), (bound, secured), told);
        self.note_failure(id, running.reason());
        self.plan_bind(id, &mut running);
        self.send_install(&running, done);
        self.running.insert(id, running);
        leaving.unwrap_or_default()
    }

    fn send_install(&mut self, running: &Running, done: &Acknowledge) {
        let balancer = &running.balancer;
        let now_ms = self.config.clock.now_ms();
        let views: Vec<Arc<PoolView>> =
            balancer.pools.iter().map(|pool| self.view(balancer.id, pool, now_ms)).collect();
        for worker in &self.config.workers {
            let (balancer, views, done) = (balancer.clone(), views.clone(), done.clone());
            worker.send(Command::Install { balancer, views, done });
        }
    }

    /// Takes a load balancer away; the sockets that it leaves.
    pub(super) fn remove(&mut self, id: LoadBalancerId, done: &Acknowledge) -> Vec<Leaving> {
        self.note_failure(id, None);
        self.binds.set(id, None);
        self.book.remove(id);
        self.drains.remove(id);
        let Some(running) = self.running.remove(&id) else { return Vec::new() };
        for pool in &running.balancer.pools {
            self.steps.set((id, pool.id), None);
        }
        for worker in &self.config.workers {
            worker.send(Command::Remove { balancer: id, done: done.clone() });
        }
        running.bound.leaving(running.entry(), None)
    }

    fn plan_bind(&mut self, id: LoadBalancerId, running: &mut Running) {
        let is_bound = running.bound.failures.is_empty();
        let again = (!is_bound).then(|| self.config.clock.now_ms() + running.take_pause_ms());
        self.binds.set(id, again);
    }

    fn note_failure(&mut self, id: LoadBalancerId, reason: Option<String>) {
        let before = match &reason {
            Some(reason) => self.failed.insert(id, reason.clone()),
            None => self.failed.remove(&id),
        };
        if before == reason {
            return;
        }
        self.is_failed_told = false;
        if let Some(reason) = &reason {
            tracing::warn!(balancer.id = %id, reason, "a load balancer is not wholly in force");
        }
    }

    fn view(&mut self, balancer: LoadBalancerId, pool: &Pool, now_ms: u64) -> Arc<PoolView> {
        let seen = see(pool, &self.book, now_ms);
        self.steps.set((balancer, pool.id), seen.until_ms);
        seen.view
    }
}
