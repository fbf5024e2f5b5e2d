//! What control is told: who this is, what is in force, health and counters that moved, members that are drained.
//! Nothing here may wait for control.

use elbow_model::observed::MemberObservation;
use elbow_model::value::{MemberId, Revision};
use elbow_model::wire::{Up, VERSION};

use super::counters::{Motion, motion, totals};
use super::health_book::PoolPlace;
use super::steward::Steward;
use crate::link::Outbox;

/// Members in one message.
const MEMBERS_PER_MESSAGE: usize = 2_000;
/// Pools in one message.
const POOLS_PER_MESSAGE: usize = 2_000;
/// Listeners and members in one message of counters, but for the last load balancer's.
const COUNTED_PER_MESSAGE: usize = 10_000;

impl Steward {
    /// A new connection: control may know nothing.
    pub(super) fn greet(&mut self, outbox: Outbox) {
        self.outbox = Some(outbox);
        self.send(Up::Hello {
            version: VERSION,
            proxy: self.config.proxy,
            program: self.config.program.clone(),
            pid: std::process::id(),
            revision: self.accepted.revision,
            digest: self.accepted.digest,
        });
        if self.sets.is_empty() {
            self.tell_ack();
        }
        let everything = self.book.all().collect();
        self.tell_health(everything);
        let drained = self.drains.all();
        self.tell_drained(drained);
        self.waits.forget_told();
        for running in self.running.values_mut() {
            running.told = Motion::default();
        }
        self.report_at_ms = 0;
    }

    /// Tells what is different since the last time.
    pub(super) fn tell_news(&mut self) {
        // While a set is on its way, its acknowledgement will tell.
        if !self.is_failed_told && self.sets.is_empty() {
            self.tell_ack();
        }
        let untold = self.book.take_untold();
        self.tell_health(untold);
        // What is drained while nobody listens is told with the next greeting.
        let drained = self.drains.look(self.config.clock.now_ms());
        self.tell_drained(drained);
        self.tell_waits();
    }

    pub(super) fn tell_ack(&mut self) {
        self.is_failed_told = true;
        let failed = self.failed.iter().map(|(id, reason)| (*id, reason.clone())).collect();
        self.send(Up::Ack { revision: self.in_force, failed });
    }

    pub(super) fn tell_counters(&mut self) {
        if self.outbox.is_none() {
            return;
        }
        let mut messages = Vec::new();
        let (mut balancers, mut counted) = (Vec::new(), 0);
        for running in self.running.values_mut() {
            let motion = motion(&running.balancer);
            if motion == running.told {
                continue;
            }
            running.told = motion;
            let totals = totals(&running.balancer);
            counted += totals.listeners.len() + totals.members.len();
            balancers.push(totals);
            if counted >= COUNTED_PER_MESSAGE {
                counted = 0;
                messages.push(std::mem::take(&mut balancers));
            }
        }
        messages.push(balancers);
        for balancers in messages.into_iter().filter(|balancers| !balancers.is_empty()) {
            self.send(Up::Counters { balancers });
        }
    }

    pub(super) fn send(&mut self, message: Up) {
        if self.outbox.as_ref().is_some_and(|outbox| !outbox.send(message)) {
            self.outbox = None;
        }
    }

    /// Who waits for an instance to start is told at once: it is started because of that.
    fn tell_waits(&mut self) {
        if self.outbox.is_none() {
            return;
        }
        let running = &self.running;
        let find = |(balancer, pool): PoolPlace| {
            running.get(&balancer).and_then(|running| running.pool(pool)).cloned()
        };
        let pools = self.waits.look(find, self.config.clock.now_ms());
        for part in pools.chunks(POOLS_PER_MESSAGE) {
            self.send(Up::Waiting { pools: part.to_vec() });
        }
    }

    fn tell_drained(&mut self, members: Vec<(MemberId, Revision)>) {
        for part in members.chunks(MEMBERS_PER_MESSAGE) {
            self.send(Up::Drained { members: part.to_vec() });
        }
    }

    fn tell_health(&mut self, changed: Vec<(MemberId, MemberObservation)>) {
        for part in changed.chunks(MEMBERS_PER_MESSAGE) {
            self.send(Up::Health { changed: part.to_vec() });
        }
    }
}
