//! Which members of a pool may get work now, and the choice among them. A new view replaces the
//! old one whenever a member's health, weight or presence changes; it must hold no state itself.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use elbow_model::value::{Id, PoolId};
use elbow_traffic::balance::{Ask, Candidate, HashKey, Picker};

use super::balancer::Pool;

/// The members of one pool that may get work, ready to be chosen from.
#[derive(Debug)]
pub struct PoolView {
    picker: Picker,
}

impl PoolView {
    /// Every member with a weight, as if all were healthy.
    #[must_use]
    pub fn all(pool: &Pool) -> Self {
        Self::of(pool, |_| true)
    }

    /// The members that `is_healthy` (asked by index) says may get work, each with its weight.
    #[must_use]
    pub fn of(pool: &Pool, is_healthy: impl Fn(usize) -> bool) -> Self {
        Self::with_shares(pool, |index| {
            let weight = pool.members.get(index).map_or(0, |member| member.weight);
            if is_healthy(index) { u32::from(weight) } else { 0 }
        })
    }

    /// Members with the share (asked by index) that each gets; 0 for none.
    #[must_use]
    pub fn with_shares(pool: &Pool, share: impl Fn(usize) -> u32) -> Self {
        let candidates: Vec<Candidate> = (0_u32..)
            .zip(&pool.members)
            .map(|(index, member)| Candidate {
                member: index,
                id: member.id,
                share: share(index as usize),
                is_backup: member.backup,
            })
            .collect();
        let persistence = pool.table.session_persistence.as_ref();
        Self { picker: Picker::new(pool.table.method, persistence, hash_key(pool.id), &candidates) }
    }

    /// The choice itself, for what goes beyond a plain pick.
    #[must_use]
    pub fn picker(&self) -> &Picker {
        &self.picker
    }

    /// Picks a member for `source` that is not in `tried`.
    #[must_use]
    pub fn pick(&self, pool: &Pool, source: IpAddr, tried: &[u32]) -> Option<u32> {
        let turn = pool.state.cursor.fetch_add(1, Ordering::Relaxed);
        self.picker.pick(&Ask { turn, source, tried }, |member| {
            pool.members.get(member as usize).map_or(0, |member| member.state.in_flight())
        })
    }
}

/// The key of a pool's hashes: the same in every worker and proxy, unknown to clients.
#[must_use]
pub fn hash_key(pool: PoolId) -> HashKey {
    let (high, low) = pool.uuid().as_u64_pair();
    HashKey(high, low)
}
