//! The observer: the one task that writes down what proxies report. What waits is written down together, so that a
//! hundred thousand members that change their health cost one alteration, not a hundred thousand.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use elbow_model::load_balancer::LoadBalancer;
use elbow_model::observed::{MemberObservation, Observed, ProxyView};
use elbow_model::value::{
    ListenerId, LoadBalancerId, MemberId, PoolId, ProxyId, Revision, Timestamp,
};
use elbow_model::wake::Waiting;
use elbow_model::wire::BalancerCounters;
use elbow_model::world::World;
use elbow_store::ledger::{Ledger, News};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast, mpsc};

use super::feed::balancers_of;
use super::flight::Landed;
use super::totals::{Totals, drop_parts};

/// Reports that are written down together.
const MAX_GROUP: usize = 256;

/// News name so many load balancers; of more they say that any may be different.
const MAX_NAMED: usize = 1_000;

/// The most of a proxy's reason for a failure that is kept.
const MAX_REASON_CHARS: usize = 1_000;

/// What a connection reports. `number` tells connections of the same proxy apart: a late word of an earlier one is void.
pub(super) enum Seen {
    Connected {
        proxy: ProxyId,
        number: u64,
        view: ProxyView,
        ran_before: bool,
        replaced: Arc<Notify>,
    },
    Acknowledged {
        proxy: ProxyId,
        number: u64,
        revision: Revision,
        failed: Vec<(LoadBalancerId, String)>,
        landed: Landed,
    },
    Health {
        changed: Vec<(MemberId, MemberObservation)>,
    },
    Drained {
        proxy: ProxyId,
        number: u64,
        members: Vec<(MemberId, Revision)>,
    },
    Waiting {
        proxy: ProxyId,
        number: u64,
        /// How many wait, and how long the first of them has waited in ms.
        pools: Vec<(PoolId, u64, u64)>,
    },
    Counters {
        proxy: ProxyId,
        number: u64,
        at: Timestamp,
        balancers: Vec<BalancerCounters>,
    },
    Disconnected {
        proxy: ProxyId,
        number: u64,
    },
}

/// The task's state.
pub(super) struct Observer {
    ledger: Ledger,
    news: broadcast::Receiver<News>,
    /// The World by which was last looked for what is gone.
    world: Arc<World>,
    live: HashMap<ProxyId, (u64, Arc<Notify>)>,
    totals: Totals,
}

/// What is to be announced.
enum Affected {
    Nothing,
    Some(BTreeSet<LoadBalancerId>),
    All,
}

impl Observer {
    pub(super) fn new(ledger: Ledger) -> Self {
        let news = ledger.watch();
        let world = ledger.world();
        Self { ledger, news, world, live: HashMap::new(), totals: Totals::default() }
    }

    /// Works until the last connection and the socket are gone.
    pub(super) async fn run(mut self, mut seen: mpsc::Receiver<Seen>) {
        let mut group = Vec::with_capacity(MAX_GROUP);
        loop {
            tokio::select! {
                count = seen.recv_many(&mut group, MAX_GROUP) => {
                    if count == 0 {
                        return;
                    }
                    self.take_in(std::mem::take(&mut group));
                }
                news = self.news.recv() => match news {
                    Ok(News::Committed(commit)) => {
                        let touched: Vec<_> = balancers_of(&commit).collect();
                        self.forget(&commit.world, touched);
                    }
                    Ok(News::Observed(_)) => {}
                    Err(RecvError::Lagged(_)) => {
                        let known: Vec<_> = self.world.load_balancers().map(|balancer| balancer.id).collect();
                        self.forget(&self.ledger.world(), known);
                    }
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }

    /// Writes down a group of reports.
    fn take_in(&mut self, group: Vec<Seen>) {
        let ledger = self.ledger.clone();
        let world = ledger.world();
        let before = ledger.observed();
        let affected = group
            .iter()
            .fold(Affected::Nothing, |all, seen| all.and(affected(seen, &before, &world)));
        let write = |observed: &mut Observed| {
            for seen in group {
                self.write_down(seen, observed, &world);
            }
        };
        match affected.news() {
            Some(news) => ledger.observe(news, write),
            None => ledger.observe_quietly(write),
        }
    }

    fn write_down(&mut self, seen: Seen, observed: &mut Observed, world: &World) {
        match seen {
            Seen::Connected { proxy, number, view, ran_before, replaced } => {
                if let Some((_, earlier)) = self.live.insert(proxy, (number, replaced)) {
                    earlier.notify_one();
                }
                self.totals.connected(proxy, ran_before);
                observed.proxies.insert(proxy, view);
            }
            Seen::Acknowledged { proxy, number, revision, failed, landed }
                if self.is_live(proxy, number) =>
            {
                if let Some(view) = observed.proxies.get_mut(&proxy) {
                    view.revision = revision;
                    let known =
                        failed.into_iter().filter(|(id, _)| world.load_balancer(*id).is_some());
                    view.failed = known.map(|(id, reason)| (id, shortened(reason))).collect();
                    view.in_force.extend(landed.in_force);
                    for id in landed.removed {
                        view.in_force.remove(&id);
                    }
                }
            }
            Seen::Health { changed } => {
                let known =
                    changed.into_iter().filter(|(member, _)| world.of_member(*member).is_some());
                observed.members.extend(known);
            }
            Seen::Drained { proxy, number, members } if self.is_live(proxy, number) => {
                if let Some(view) = observed.proxies.get_mut(&proxy) {
                    let known = members
                        .into_iter()
                        .filter(|(member, _)| world.of_member(*member).is_some());
                    view.drained.extend(known);
                }
            }
            Seen::Counters { proxy, number, at, balancers } if self.is_live(proxy, number) => {
                for report in balancers {
                    self.count(proxy, at, &report, observed, world);
                }
            }
            Seen::Waiting { proxy, number, pools } if self.is_live(proxy, number) => {
                if let Some(view) = observed.proxies.get_mut(&proxy) {
                    note_waiting(view, pools, world);
                }
            }
            Seen::Disconnected { proxy, number } if self.is_live(proxy, number) => {
                self.live.remove(&proxy);
                observed.proxies.remove(&proxy);
                self.totals.disconnected(proxy, |id, alter| {
                    if let Some(sum) = observed.counters.get_mut(&id) {
                        alter(sum);
                    }
                });
            }
            // Of a connection that was replaced meanwhile.
            Seen::Acknowledged { .. }
            | Seen::Drained { .. }
            | Seen::Waiting { .. }
            | Seen::Counters { .. }
            | Seen::Disconnected { .. } => {}
        }
    }

    fn count(
        &mut self,
        proxy: ProxyId,
        at: Timestamp,
        report: &BalancerCounters,
        observed: &mut Observed,
        world: &World,
    ) {
        let Some(id) = report.load_balancer.filter(|id| world.load_balancer(*id).is_some()) else {
            return;
        };
        let sum = observed.counters.entry(id).or_default();
        let sample = self.totals.reported(proxy, id, report, sum);
        self.ledger.series().record(id, at, &sample);
    }

    /// Forgets what was seen of load balancers, listeners and members that are gone in `next`.
    fn forget(&mut self, next: &Arc<World>, touched: Vec<LoadBalancerId>) {
        let world = std::mem::replace(&mut self.world, Arc::clone(next));
        let mut all_members = HashSet::new();
        let mut ended = Vec::new();
        let mut altered = Vec::new();
        for old in touched.into_iter().filter_map(|id| world.load_balancer(id)) {
            let new = next.load_balancer(old.id);
            let members = gone(members_of(old), new.map(members_of));
            let listeners = gone(listeners_of(old), new.map(listeners_of));
            all_members.extend(members.iter().copied());
            if new.is_none() {
                ended.push(old.id);
            } else if !members.is_empty() || !listeners.is_empty() {
                altered.push((old.id, listeners, members));
            }
        }
        if all_members.is_empty() && ended.is_empty() && altered.is_empty() {
            return;
        }
        for id in &ended {
            self.totals.forget(*id);
            self.ledger.series().forget(*id);
        }
        for (id, listeners, members) in &altered {
            self.totals.forget_parts(*id, listeners, members);
        }
        self.ledger.observe_quietly(|observed| {
            for member in &all_members {
                observed.members.remove(member);
            }
            for proxy in self.live.keys() {
                if let Some(view) = observed.proxies.get_mut(proxy) {
                    view.drained.retain(|member, _| !all_members.contains(member));
                }
            }
            for id in &ended {
                observed.counters.remove(id);
            }
            for (id, listeners, members) in &altered {
                if let Some(sum) = observed.counters.get_mut(id) {
                    drop_parts(sum, listeners, members);
                }
            }
        });
    }

    fn is_live(&self, proxy: ProxyId, number: u64) -> bool {
        self.live.get(&proxy).is_some_and(|(live, _)| *live == number)
    }
}

impl Affected {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, one) | (one, Self::Nothing) => one,
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Some(mut ids), Self::Some(more)) => {
                ids.extend(more);
                if ids.len() > MAX_NAMED { Self::All } else { Self::Some(ids) }
            }
        }
    }

    fn news(self) -> Option<News> {
        match self {
            Self::Nothing => None,
            Self::Some(ids) if ids.is_empty() => None,
            Self::Some(ids) => Some(News::Observed(ids.into_iter().collect())),
            Self::All => Some(News::Observed([].into())),
        }
    }
}

/// Pools that are gone, and those where nobody waits any more, are forgotten.
fn note_waiting(view: &mut ProxyView, pools: Vec<(PoolId, u64, u64)>, world: &World) {
    for (pool, count, waited_ms) in pools {
        match count > 0 && world.of_pool(pool).is_some() {
            true => view.waiting.insert(pool, Waiting { count, waited_ms }),
            false => view.waiting.remove(&pool),
        };
    }
    view.waiting.retain(|pool, _| world.of_pool(*pool).is_some());
}

/// A reason of bounded length.
fn shortened(mut reason: String) -> String {
    if let Some((end, _)) = reason.char_indices().nth(MAX_REASON_CHARS) {
        reason.truncate(end);
    }
    reason
}

/// Which load balancers a report is about.
fn affected(seen: &Seen, before: &Observed, world: &World) -> Affected {
    match seen {
        // A proxy more or less: nothing is in force everywhere any more, or all of it is again.
        Seen::Connected { .. } | Seen::Disconnected { .. } => Affected::All,
        Seen::Acknowledged { proxy, failed, landed, .. } => {
            let mut ids: BTreeSet<_> = landed.in_force.iter().map(|(id, _)| *id).collect();
            if let Some(view) = before.proxies.get(proxy) {
                ids.extend(
                    failed
                        .iter()
                        .filter(|(id, reason)| view.failed.get(id) != Some(reason))
                        .map(|(id, _)| id),
                );
                let failing: HashSet<_> = failed.iter().map(|(id, _)| id).collect();
                ids.extend(view.failed.keys().filter(|id| !failing.contains(id)));
            }
            if ids.len() > MAX_NAMED { Affected::All } else { Affected::Some(ids) }
        }
        Seen::Health { changed } if changed.len() > MAX_NAMED => Affected::All,
        Seen::Health { changed } => {
            let of = changed.iter().filter_map(|(member, _)| world.of_member(*member));
            Affected::Some(of.map(|balancer| balancer.id).collect())
        }
        Seen::Drained { members, .. } => {
            let of = members.iter().filter_map(|(member, _)| world.of_member(*member));
            Affected::Some(of.map(|balancer| balancer.id).collect())
        }
        Seen::Waiting { pools, .. } => {
            let of = pools.iter().filter_map(|(pool, _, _)| world.of_pool(*pool));
            Affected::Some(of.map(|balancer| balancer.id).take(MAX_NAMED).collect())
        }
        Seen::Counters { .. } => Affected::Nothing,
    }
}

fn members_of(balancer: &Arc<LoadBalancer>) -> HashSet<MemberId> {
    balancer.pools.iter().flat_map(|pool| pool.members.iter().map(|member| member.id)).collect()
}

fn listeners_of(balancer: &Arc<LoadBalancer>) -> HashSet<ListenerId> {
    balancer.listeners.iter().map(|listener| listener.id).collect()
}

/// What was and is no more.
fn gone<I: Copy + Eq + std::hash::Hash>(old: HashSet<I>, new: Option<HashSet<I>>) -> HashSet<I> {
    let new = new.unwrap_or_default();
    old.into_iter().filter(|id| !new.contains(id)).collect()
}
