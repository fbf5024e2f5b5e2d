//! Which members of a pool may get work now, and the choice among them. A new view replaces the
//! old one whenever a member's health, weight or presence changes; it must hold no state itself.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use elbow_model::value::{Id, PoolId};
use elbow_model::wake::{Patience, Wake};
use elbow_traffic::balance::{Ask, Candidate, HashKey, Picker};

use super::balancer::Pool;

/// The members of one pool that may get work, ready to be chosen from.
#[derive(Debug)]
pub struct PoolView {
    picker: Picker,
    vacancy: Vacancy,
}

/// What becomes of requests that find nobody in a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vacancy {
    /// They are refused.
    Refused,
    /// They are refused: what could serve them can't be started now.
    Hindered,
    /// So many wait, for so long at most: somebody who can serve them is on the way, or can be.
    Held { most: u32, timeout: Duration },
}

impl From<Wake> for Vacancy {
    fn from(wake: Wake) -> Self {
        match wake {
            Wake::Never => Self::Refused,
            Wake::Hindered => Self::Hindered,
            Wake::Possible(Patience { most, timeout_s }) => Self::Held {
                most: most.get(),
                timeout: Duration::from_secs(timeout_s.get().into()),
            },
        }
    }
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
        let key = hash_key(pool.id);
        let picker = Picker::new(pool.table.method, persistence, key, &candidates);
        Self { picker, vacancy: pool.table.wake.into() }
    }

    /// The same where those who find nobody are treated otherwise than the Table says.
    #[must_use]
    pub fn with_vacancy(self, vacancy: Vacancy) -> Self {
        Self { vacancy, ..self }
    }

    /// What becomes of requests that find nobody.
    #[must_use]
    pub fn vacancy(&self) -> Vacancy {
        self.vacancy
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
