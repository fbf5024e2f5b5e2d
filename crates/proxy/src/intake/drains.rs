//! Members that get no new work, until nothing is in flight on them any more: whoever waits for that may then stop the
//! server behind. It must not call a member drained before every worker knows that it gets nothing new.

use std::collections::HashMap;
use std::sync::Arc;

use elbow_model::table::TableEntry;
use elbow_model::value::{LoadBalancerId, MemberId, Revision, Weight};

use crate::live::{Balancer, MemberState};

/// Between two looks at members with something in flight.
const LOOK_MS: u64 = 10;
/// Of so many members, each look makes the next one wait a millisecond longer: long sessions cost next to nothing.
const MEMBERS_PER_MS: usize = 50;

/// Members of weight 0.
#[derive(Debug, Default)]
pub(super) struct Drains {
    by_balancer: HashMap<LoadBalancerId, Vec<Drain>>,
    /// How many are not drained yet.
    open: usize,
    /// The last set that every worker has.
    in_force: Option<u64>,
    look_at_ms: u64,
}

#[derive(Debug)]
struct Drain {
    member: MemberId,
    /// The load balancer's revision since when it gets nothing new.
    since: Revision,
    /// The set that brought that.
    set: u64,
    state: Arc<MemberState>,
    is_drained: bool,
}

impl Drains {
    /// Takes note of an entry that set number `set` brings, with its runtime value.
    pub(super) fn install(&mut self, entry: &TableEntry, balancer: &Balancer, set: u64) {
        let mut known = self.forget(entry.id);
        let members = entry.pools.iter().zip(&balancer.pools).flat_map(|(pool, live)| {
            pool.members
                .iter()
                .zip(&live.members)
                .filter(|(member, _)| member.weight == Weight::DRAIN)
        });
        let drains: Vec<Drain> = members
            .map(|(member, live)| {
                let place = known.iter().position(|drain| drain.member == member.id);
                place.map(|place| known.swap_remove(place)).unwrap_or_else(|| Drain {
                    member: member.id,
                    since: entry.revision,
                    set,
                    state: live.state.clone(),
                    is_drained: false,
                })
            })
            .collect();
        if !drains.is_empty() {
            self.open += drains.iter().filter(|drain| !drain.is_drained).count();
            self.by_balancer.insert(entry.id, drains);
        }
    }

    /// Forgets a load balancer.
    pub(super) fn remove(&mut self, balancer: LoadBalancerId) {
        self.forget(balancer);
    }

    fn forget(&mut self, balancer: LoadBalancerId) -> Vec<Drain> {
        let known = self.by_balancer.remove(&balancer).unwrap_or_default();
        self.open -= known.iter().filter(|drain| !drain.is_drained).count();
        known
    }

    /// Every worker has this set and those before it.
    pub(super) fn acknowledge(&mut self, set: u64) {
        self.in_force = self.in_force.max(Some(set));
        self.look_at_ms = 0;
    }

    /// When to look next, while there is something to wait for.
    pub(super) fn next_ms(&self) -> Option<u64> {
        (self.open > 0).then_some(self.look_at_ms)
    }

    /// Members that are drained since the last look.
    pub(super) fn look(&mut self, now_ms: u64) -> Vec<(MemberId, Revision)> {
        if self.next_ms().is_none_or(|at_ms| at_ms > now_ms) {
            return Vec::new();
        }
        let pause_ms = LOOK_MS + u64::try_from(self.open / MEMBERS_PER_MS).unwrap_or(u64::MAX);
        self.look_at_ms = now_ms.saturating_add(pause_ms);
        let in_force = self.in_force;
        let mut drained = Vec::new();
        for drain in self.by_balancer.values_mut().flatten() {
            let is_known = in_force.is_some_and(|in_force| drain.set <= in_force);
            if !drain.is_drained && is_known && drain.state.in_flight() == 0 {
                drain.is_drained = true;
                drained.push((drain.member, drain.since));
            }
        }
        self.open -= drained.len();
        drained
    }

    /// All that are drained, for a control process that knows nothing.
    pub(super) fn all(&self) -> Vec<(MemberId, Revision)> {
        let drains = self.by_balancer.values().flatten().filter(|drain| drain.is_drained);
        drains.map(|drain| (drain.member, drain.since)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use elbow_model::pool::{Method, PoolSettings};
    use elbow_model::table::{TableMember, TablePool};
    use elbow_model::value::{Name, PoolId, ProjectId};
    use elbow_model::wake::Wake;
    use uuid::Uuid;

    use super::*;
    use crate::live;

    fn entry(revision: u64, weights: [i64; 2]) -> TableEntry {
        let settings = PoolSettings::new(Name::new("default").unwrap(), Method::RoundRobin);
        let members = weights.iter().zip(1..).map(|(weight, number)| TableMember {
            id: MemberId::from(Uuid::from_u128(number)),
            address: [127, 0, 0, 1].into(),
            port: None,
            weight: Weight::new(*weight).unwrap(),
            backup: false,
            only_when_healthy: false,
        });
        TableEntry {
            id: LoadBalancerId::from(Uuid::from_u128(1)),
            name: Name::new("web").unwrap(),
            project: ProjectId::from(Uuid::from_u128(1)),
            revision: Revision(revision),
            listeners: Vec::new(),
            pools: vec![TablePool {
                id: PoolId::from(Uuid::from_u128(1)),
                name: settings.name,
                method: settings.method,
                members: members.collect(),
                health_monitor: None,
                session_persistence: None,
                on_no_healthy: settings.on_no_healthy,
                max_connections_per_member: None,
                queue: settings.queue,
                slow_start_ms: settings.slow_start_ms,
                retries: settings.retries,
                proxy_protocol: None,
                outlier_ejection: None,
                http2: settings.http2,
                tls: None,
                wake: Wake::Never,
            }],
        }
    }

    /// Installs an entry over what ran before.
    fn install(
        drains: &mut Drains,
        before: Option<&Balancer>,
        entry: TableEntry,
        set: u64,
    ) -> Balancer {
        let balancer = live::build(Arc::new(entry), before, (&HashMap::new(), &HashMap::new()), 1);
        drains.install(&balancer.entry, &balancer, set);
        balancer
    }

    fn first(revision: u64) -> Vec<(MemberId, Revision)> {
        vec![(MemberId::from(Uuid::from_u128(1)), Revision(revision))]
    }

    #[test]
    fn a_member_is_drained_once_all_workers_know_and_nothing_is_in_flight() {
        let mut drains = Drains::default();
        let balancer = install(&mut drains, None, entry(7, [0, 1]), 3);
        let in_flight = &balancer.pools[0].members[0].state.in_flight;
        in_flight.store(1, Ordering::Relaxed);
        assert_eq!(drains.look(0), []);
        drains.acknowledge(3);
        assert_eq!(drains.look(0), []);
        in_flight.store(0, Ordering::Relaxed);
        assert_eq!(drains.look(1), [], "a look too early");
        assert_eq!(drains.look(LOOK_MS), first(7));
        assert_eq!(drains.look(LOOK_MS * 2), []);
        assert_eq!(drains.next_ms(), None);
        assert_eq!(drains.all(), first(7));
    }

    #[test]
    fn later_changes_leave_a_drained_member_drained() {
        let mut drains = Drains::default();
        let balancer = install(&mut drains, None, entry(7, [0, 1]), 0);
        drains.acknowledge(0);
        assert_eq!(drains.look(0), first(7));
        install(&mut drains, Some(&balancer), entry(8, [0, 2]), 1);
        drains.acknowledge(1);
        assert_eq!(drains.look(100), []);
        assert_eq!(drains.all(), first(7));
    }

    #[test]
    fn a_member_that_came_back_meanwhile_is_drained_anew() {
        let mut drains = Drains::default();
        let one = install(&mut drains, None, entry(7, [0, 1]), 0);
        drains.acknowledge(0);
        assert_eq!(drains.look(0), first(7));
        let two = install(&mut drains, Some(&one), entry(8, [1, 1]), 1);
        assert_eq!((drains.next_ms(), drains.all()), (None, Vec::new()));
        install(&mut drains, Some(&two), entry(9, [0, 1]), 2);
        drains.acknowledge(1);
        assert_eq!(drains.look(100), []);
        drains.acknowledge(2);
        assert_eq!(drains.look(200), first(9));
    }

    #[test]
    fn a_load_balancer_that_goes_takes_its_drains_along() {
        let mut drains = Drains::default();
        install(&mut drains, None, entry(7, [0, 0]), 0);
        drains.remove(LoadBalancerId::from(Uuid::from_u128(1)));
        assert_eq!((drains.next_ms(), drains.all()), (None, Vec::new()));
    }
}
