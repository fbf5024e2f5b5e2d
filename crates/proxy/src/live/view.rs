//! Which members of a pool may get work now, and the choice among them. A new view replaces the
//! old one whenever a member's health, weight or presence changes; it must hold no state itself.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use super::balancer::Pool;

/// The members of one pool that may get work, as indices into [`Pool::members`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolView {
    /// Healthy, with a weight above 0, backup members only if there are no others.
    pub eligible: Vec<u32>,
}

impl PoolView {
    /// Every member with a weight, as if all were healthy.
    #[must_use]
    pub fn all(pool: &Pool) -> Self {
        Self::of(pool, |_| true)
    }

    /// The members that `is_healthy` (asked by index) says may get work.
    #[must_use]
    pub fn of(pool: &Pool, is_healthy: impl Fn(usize) -> bool) -> Self {
        let usable = |backup: bool| -> Vec<u32> {
            (0_u32..)
                .zip(&pool.members)
                .filter(|(index, member)| {
                    member.weight > 0 && member.backup == backup && is_healthy(*index as usize)
                })
                .map(|(index, _)| index)
                .collect()
        };
        let primary = usable(false);
        Self { eligible: if primary.is_empty() { usable(true) } else { primary } }
    }

    /// Picks a member for `source` that is not in `tried`.
    #[must_use]
    pub fn pick(&self, pool: &Pool, _source: IpAddr, tried: &[u32]) -> Option<u32> {
        let turn = pool.state.cursor.fetch_add(1, Ordering::Relaxed) as usize;
        let count = self.eligible.len();
        (0..count)
            .filter_map(|step| self.eligible.get((turn % count + step) % count).copied())
            .find(|member| !tried.contains(member))
    }
}
