//! One load balancer as it runs: its live value, its sockets, what of it could not be bound, and
//! when to try that again.

use std::sync::Arc;

use elbow_model::table::TableEntry;
use elbow_model::value::PoolId;

use super::bind::Bound;
use super::counters::Motion;
use super::secure::Secured;
use crate::live::{Balancer, Pool};

/// The first pause before another try to bind; it doubles up to [`LONGEST_PAUSE_MS`].
const FIRST_PAUSE_MS: u64 = 250;
const LONGEST_PAUSE_MS: u64 = 1_000;

/// A load balancer in force, or on its way there.
#[derive(Debug)]
pub(super) struct Running {
    pub balancer: Arc<Balancer>,
    pub bound: Bound,
    pub secured: Secured,
    /// How long to wait before the next try to bind what failed.
    pub pause_ms: u64,
    /// Counters that were last reported.
    pub told: Motion,
}

impl Running {
    pub(super) fn new(
        balancer: Arc<Balancer>,
        (bound, secured): (Bound, Secured),
        told: Motion,
    ) -> Self {
        Self { balancer, bound, secured, pause_ms: FIRST_PAUSE_MS, told }
    }

    pub(super) fn entry(&self) -> &Arc<TableEntry> {
        &self.balancer.entry
    }

    /// What of it is not in force, and why, in one sentence each.
    pub(super) fn reason(&self) -> Option<String> {
        let unbound = self.bound.failures.iter().map(|(_, reason)| reason.as_str());
        let reasons: Vec<&str> =
            self.secured.failures.iter().map(String::as_str).chain(unbound).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// The pause before the next try, which makes the one after that longer.
    pub(super) fn take_pause_ms(&mut self) -> u64 {
        let pause_ms = self.pause_ms;
        self.pause_ms = (pause_ms * 2).min(LONGEST_PAUSE_MS);
        pause_ms
    }

    pub(super) fn pool(&self, id: PoolId) -> Option<&Arc<Pool>> {
        self.balancer.pool(id)
    }
}
