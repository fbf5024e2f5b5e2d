//! Latency outliers of the pools that ask for them: totals from the workers to the decision, the
//! decision to the members' standing. Pools that don't ask cost one look a second.

use std::collections::{BTreeSet, HashMap};

use elbow_model::value::{MemberId, Timestamp};
use elbow_traffic::health::outlier::{Outliers, Totals, Verdict};

use super::health_book::{HealthBook, PoolPlace};
use super::running::Running;
use crate::live::{MemberState, Pool};

/// What is known of each pool that asks.
#[derive(Debug, Default)]
pub(super) struct OutlierBook {
    pools: HashMap<PoolPlace, Outliers<MemberId>>,
}

impl OutlierBook {
    /// Looks at all pools; to be called once a second. The pools whose views change.
    pub(super) fn look<'a>(
        &mut self,
        running: impl Iterator<Item = &'a Running>,
        book: &mut HealthBook,
        at: Timestamp,
        now_ms: u64,
    ) -> BTreeSet<PoolPlace> {
        let mut changed = BTreeSet::new();
        let mut asking = HashMap::new();
        for known in running {
            for pool in &known.balancer.pools {
                let Some(rules) = &pool.table.outlier_ejection else { continue };
                let place = (known.balancer.id, pool.id);
                let mut outliers = self.pools.remove(&place).unwrap_or_default();
                for verdict in outliers.observe(rules, &totals(pool), now_ms) {
                    changed.extend(match verdict {
                        Verdict::Eject(member, evidence) => {
                            tracing::info!(member.id = %member, evidence, "a member is out for its latency");
                            book.note_outlier(member, Some(evidence), at, now_ms)
                        }
                        Verdict::Admit(member) => book.note_outlier(member, None, at, now_ms),
                    });
                }
                asking.insert(place, outliers);
            }
        }
        // Those that are left don't ask any more.
        for outliers in std::mem::replace(&mut self.pools, asking).into_values() {
            for member in outliers.out() {
                changed.extend(book.note_outlier(member, None, at, now_ms));
            }
        }
        changed
    }
}

/// The totals of the members that may get traffic.
fn totals(pool: &Pool) -> Vec<(MemberId, Totals)> {
    let members = pool.members.iter().filter(|member| member.weight > 0);
    members.map(|member| (member.id, of(&member.state))).collect()
}

fn of(state: &MemberState) -> Totals {
    let mut sum = Totals::default();
    for worker in &state.per_worker {
        sum.requests += worker.responses.iter().map(|tally| tally.read()).sum::<u64>();
        sum.busy_us += worker.busy_us.read();
    }
    sum
}
