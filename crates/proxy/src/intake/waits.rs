//! Pools at which somebody waits for an instance to start: what control is told of them, and when that is over. What
//! is told is a state, not an event: a control process that starts anew is told again.

use std::collections::BTreeMap;
use std::sync::Arc;

use elbow_model::value::PoolId;
use elbow_model::wake::Wake;

use super::health_book::PoolPlace;
use crate::live::Pool;

/// Between two looks whether somebody still waits.
const LOOK_MS: u64 = 100;

/// Between two checks of members that somebody waits for, whatever their schedule says: an instance that starts must
/// not rest for seconds after a first check that came too early.
const HURRY_MS: u64 = 200;

/// Pools at which somebody waits, or did at the last look.
#[derive(Debug, Default)]
pub(super) struct Waits {
    pools: BTreeMap<PoolPlace, Wait>,
    look_at_ms: u64,
    hurry_at_ms: u64,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    since_ms: u64,
    is_told: bool,
}

impl Waits {
    /// Somebody began to wait at a pool where nobody did before.
    pub(super) fn begin(&mut self, place: PoolPlace, now_ms: u64) {
        // One that is known ended and began again since the last look: it is the same to control.
        self.pools.entry(place).or_insert(Wait { since_ms: now_ms, is_told: false });
        self.look_at_ms = 0;
    }

    /// Somebody waits no longer: whoever sees to it that nobody has to is told soon.
    pub(super) fn look_soon(&mut self) {
        self.look_at_ms = 0;
    }

    /// Control knows nothing any more.
    pub(super) fn forget_told(&mut self) {
        self.pools.values_mut().for_each(|wait| wait.is_told = false);
        self.look_at_ms = 0;
    }

    /// When to look next, while somebody waits.
    pub(super) fn next_ms(&self) -> Option<u64> {
        (!self.pools.is_empty()).then_some(self.look_at_ms)
    }

    /// When members are to be checked next, while somebody waits.
    pub(super) fn next_hurry_ms(&self) -> Option<u64> {
        (!self.pools.is_empty()).then_some(self.hurry_at_ms)
    }

    /// The pools whose members are to be checked at once, if it is time for that.
    pub(super) fn hurry(&mut self, now_ms: u64) -> Vec<PoolPlace> {
        if self.next_hurry_ms().is_none_or(|at_ms| at_ms > now_ms) {
            return Vec::new();
        }
        self.hurry_at_ms = now_ms + HURRY_MS;
        self.pools.keys().copied().collect()
    }

    /// What control is to be told: by pool how many wait, none any more, and how long the first has waited. `find`
    /// finds a pool as it runs.
    pub(super) fn look(
        &mut self,
        find: impl Fn(PoolPlace) -> Option<Arc<Pool>>,
        now_ms: u64,
    ) -> Vec<(PoolId, u64, u64)> {
        if self.next_ms().is_none_or(|at_ms| at_ms > now_ms) {
            return Vec::new();
        }
        self.look_at_ms = now_ms + LOOK_MS;
        let mut told = Vec::new();
        self.pools.retain(|place, wait| {
            let pool = find(*place);
            let count = pool.as_ref().map_or(0, |pool| pool.state.holding.waiting());
            // Where nobody can be woken, they wait for what is on its way by itself.
            let is_call =
                pool.is_some_and(|pool| matches!(pool.table.wake, Wake::Possible(_))) && count > 0;
            if is_call != wait.is_told {
                let waited_ms = now_ms.saturating_sub(wait.since_ms);
                told.push((place.1, if is_call { count.into() } else { 0 }, waited_ms));
                wait.is_told = is_call;
            }
            count > 0
        });
        told
    }
}
