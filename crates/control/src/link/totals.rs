//! Totals over all proxies. Each proxy reports totals since it started; their growth is added up here, so that a proxy
//! that restarts takes nothing away. Pure.

use std::collections::{HashMap, HashSet, VecDeque};

use elbow_model::value::{ListenerId, LoadBalancerId, MemberId, ProxyId};
use elbow_model::wire::{BalancerCounters, ListenerCounters, MemberCounters, WakeCounters};
use elbow_store::series::Sample;

/// Proxies that went away and are remembered: one that comes back goes on where it was, and nothing counts twice.
const MAX_ABSENT: usize = 8;

/// What each proxy reported last.
#[derive(Debug, Default)]
pub(super) struct Totals {
    proxies: HashMap<ProxyId, Reported>,
    absent: VecDeque<ProxyId>,
}

/// What one proxy reported last.
#[derive(Debug, Default)]
struct Reported {
    /// Whether it ran before control knew it: what it did then is no growth.
    ran_before: bool,
    balancers: HashMap<LoadBalancerId, BalancerCounters>,
}

impl Totals {
    /// A proxy connected.
    pub(super) fn connected(&mut self, proxy: ProxyId, ran_before: bool) {
        self.absent.retain(|absent| *absent != proxy);
        self.proxies.entry(proxy).or_insert_with(|| Reported { ran_before, ..Reported::default() });
    }

    /// A proxy is gone: what is open or in flight there is no more. `sum` finds the sum of a load balancer.
    pub(super) fn disconnected(
        &mut self,
        proxy: ProxyId,
        mut alter: impl FnMut(LoadBalancerId, &mut dyn FnMut(&mut BalancerCounters)),
    ) {
        let Some(reported) = self.proxies.get_mut(&proxy) else {
            return;
        };
        for (id, last) in &mut reported.balancers {
            let ended = without_gauges(last);
            alter(*id, &mut |sum| {
                advance(last, &ended, sum);
            });
        }
        self.absent.push_back(proxy);
        if self.absent.len() > MAX_ABSENT
            && let Some(oldest) = self.absent.pop_front()
        {
            self.proxies.remove(&oldest);
        }
    }

    /// Takes in what a proxy reported of a load balancer, adds the growth to `sum`, and tells it.
    pub(super) fn reported(
        &mut self,
        proxy: ProxyId,
        id: LoadBalancerId,
        report: &BalancerCounters,
        sum: &mut BalancerCounters,
    ) -> Sample {
        let reported = self.proxies.entry(proxy).or_default();
        let is_first = !reported.balancers.contains_key(&id);
        let last = reported.balancers.entry(id).or_default();
        let growth = advance(last, report, sum);
        let mut sample = if is_first && reported.ran_before { Sample::default() } else { growth };
        sample.open_connections =
            sum.listeners.iter().map(|(_, listener)| listener.open_connections).sum();
        sample
    }

    /// Forgets a load balancer.
    pub(super) fn forget(&mut self, id: LoadBalancerId) {
        for reported in self.proxies.values_mut() {
            reported.balancers.remove(&id);
        }
    }

    /// Forgets listeners and members of a load balancer that are no more.
    pub(super) fn forget_parts(
        &mut self,
        id: LoadBalancerId,
        listeners: &HashSet<ListenerId>,
        members: &HashSet<MemberId>,
    ) {
        for reported in self.proxies.values_mut() {
            if let Some(last) = reported.balancers.get_mut(&id) {
                drop_parts(last, listeners, members);
            }
        }
    }
}

/// Takes listeners and members out of counters.
pub(super) fn drop_parts(
    counters: &mut BalancerCounters,
    listeners: &HashSet<ListenerId>,
    members: &HashSet<MemberId>,
) {
    counters.listeners.retain(|(id, _)| !listeners.contains(id));
    counters.members.retain(|(id, _)| !members.contains(id));
}

/// Moves `last` on to `report`, and `sum` by as much; says by how much. Parts that are not reported did not move.
fn advance(
    last: &mut BalancerCounters,
    report: &BalancerCounters,
    sum: &mut BalancerCounters,
) -> Sample {
    sum.load_balancer = report.load_balancer;
    last.load_balancer = report.load_balancer;
    let mut growth = Sample::default();
    for (place, (id, new)) in report.listeners.iter().enumerate() {
        let old = part(&mut last.listeners, *id, place);
        advance_listener(old, new, part(&mut sum.listeners, *id, place), &mut growth);
        *old = *new;
    }
    for (place, (id, new)) in report.members.iter().enumerate() {
        let old = part(&mut last.members, *id, place);
        advance_member(old, new, part(&mut sum.members, *id, place));
        *old = *new;
    }
    for (place, (id, new)) in report.wakes.iter().enumerate() {
        let old = part(&mut last.wakes, *id, place);
        advance_wakes(old, new, part(&mut sum.wakes, *id, place));
        *old = *new;
    }
    for (place, (id, new)) in report.queued.iter().enumerate() {
        let old = part(&mut last.queued, *id, place);
        level(part(&mut sum.queued, *id, place), *old, *new);
        *old = *new;
    }
    growth
}

/// The counters of a part, which is most often at the same place as in the report.
fn part<I: PartialEq, C: Default>(parts: &mut Vec<(I, C)>, id: I, place: usize) -> &mut C {
    let found = match parts.get(place) {
        Some((at_place, _)) if *at_place == id => Some(place),
        _ => parts.iter().position(|(other, _)| *other == id),
    };
    let index = found.unwrap_or_else(|| {
        parts.push((id, C::default()));
        parts.len() - 1
    });
    &mut parts[index].1
}

fn advance_listener(
    old: &ListenerCounters,
    new: &ListenerCounters,
    sum: &mut ListenerCounters,
    growth: &mut Sample,
) {
    let ListenerCounters {
        connections,
        refused,
        open_connections,
        requests,
        responses,
        bytes_in,
        bytes_out,
        own_errors,
        tls_handshakes,
        tls_resumed,
        tls_failed,
        latency,
    } = sum;
    growth.connections += grow(connections, old.connections, new.connections);
    grow(refused, old.refused, new.refused);
    level(open_connections, old.open_connections, new.open_connections);
    growth.requests += grow(requests, old.requests, new.requests);
    growth.bytes_in += grow(bytes_in, old.bytes_in, new.bytes_in);
    growth.bytes_out += grow(bytes_out, old.bytes_out, new.bytes_out);
    grow(own_errors, old.own_errors, new.own_errors);
    grow(tls_handshakes, old.tls_handshakes, new.tls_handshakes);
    grow(tls_resumed, old.tls_resumed, new.tls_resumed);
    grow(tls_failed, old.tls_failed, new.tls_failed);
    for (class, count) in responses.iter_mut().enumerate() {
        growth.responses[class] += grow(count, old.responses[class], new.responses[class]);
    }
    for (bucket, count) in latency.iter_mut().enumerate() {
        growth.latency[bucket] += grow(count, old.latency[bucket], new.latency[bucket]);
    }
}

fn advance_member(old: &MemberCounters, new: &MemberCounters, sum: &mut MemberCounters) {
    let MemberCounters { requests, in_flight, connect_failures, failures, responses } = sum;
    grow(requests, old.requests, new.requests);
    level(in_flight, old.in_flight, new.in_flight);
    grow(connect_failures, old.connect_failures, new.connect_failures);
    grow(failures, old.failures, new.failures);
    for (class, count) in responses.iter_mut().enumerate() {
        grow(count, old.responses[class], new.responses[class]);
    }
}

fn advance_wakes(old: &WakeCounters, new: &WakeCounters, sum: &mut WakeCounters) {
    let WakeCounters { waiting, held, woken, expired, left, refused, woken_wait_ms, last_wait_ms } =
        sum;
    level(waiting, old.waiting, new.waiting);
    grow(held, old.held, new.held);
    if grow(woken, old.woken, new.woken) > 0 {
        *last_wait_ms = new.last_wait_ms;
    }
    grow(expired, old.expired, new.expired);
    grow(left, old.left, new.left);
    grow(refused, old.refused, new.refused);
    grow(woken_wait_ms, old.woken_wait_ms, new.woken_wait_ms);
}

/// Adds to a sum of counters by how much one of them grew, and tells it. A counter never shrinks.
fn grow(sum: &mut u64, old: u64, new: u64) -> u64 {
    let growth = new.saturating_sub(old);
    *sum = sum.saturating_add(growth);
    growth
}

/// Moves a sum of levels, which rise and fall.
fn level(sum: &mut u64, old: u64, new: u64) {
    *sum = sum.saturating_sub(old).saturating_add(new);
}

fn without_gauges(counters: &BalancerCounters) -> BalancerCounters {
    let mut ended = counters.clone();
    ended.listeners.iter_mut().for_each(|(_, listener)| listener.open_connections = 0);
    ended.members.iter_mut().for_each(|(_, member)| member.in_flight = 0);
    ended.queued.iter_mut().for_each(|(_, waiting)| *waiting = 0);
    ended.wakes.iter_mut().for_each(|(_, wakes)| wakes.waiting = 0);
    ended
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id<I: From<Uuid>>(number: u128) -> I {
        Uuid::from_u128(number).into()
    }

    fn report(requests: u64, open: u64) -> BalancerCounters {
        let listener =
            ListenerCounters { requests, open_connections: open, ..ListenerCounters::default() };
        let member = MemberCounters { requests, in_flight: open, ..MemberCounters::default() };
        BalancerCounters {
            load_balancer: Some(id(1)),
            listeners: vec![(id(2), listener)],
            members: vec![(id(3), member)],
            queued: vec![(id(4), open)],
            wakes: Vec::new(),
        }
    }

    /// Requests and open connections of the listener, and of the member; what waits in the pool is as much as is open.
    fn shown(sum: &BalancerCounters) -> [u64; 4] {
        let (listener, member) = (&sum.listeners[0].1, &sum.members[0].1);
        assert_eq!(sum.queued, [(id(4), listener.open_connections)]);
        [listener.requests, listener.open_connections, member.requests, member.in_flight]
    }

    #[test]
    fn the_sum_is_over_all_proxies() {
        let (mut totals, mut sum) = (Totals::default(), BalancerCounters::default());
        totals.reported(id(1), id(1), &report(10, 3), &mut sum);
        totals.reported(id(2), id(1), &report(5, 4), &mut sum);
        let growth = totals.reported(id(1), id(1), &report(12, 1), &mut sum);
        assert_eq!(shown(&sum), [17, 5, 17, 5]);
        assert_eq!((growth.requests, growth.open_connections), (2, 5));
    }

    #[test]
    fn a_proxy_that_goes_leaves_its_counts_and_takes_its_connections() {
        let (mut totals, mut sum) = (Totals::default(), BalancerCounters::default());
        totals.connected(id(1), false);
        totals.reported(id(1), id(1), &report(10, 3), &mut sum);
        totals.disconnected(id(1), |_, alter| alter(&mut sum));
        assert_eq!(shown(&sum), [10, 0, 10, 0]);

        totals.connected(id(1), true);
        let growth = totals.reported(id(1), id(1), &report(11, 2), &mut sum);
        assert_eq!(shown(&sum), [11, 2, 11, 2]);
        assert_eq!(growth.requests, 1);
    }

    #[test]
    fn what_an_adopted_proxy_did_earlier_counts_but_is_no_growth() {
        let (mut totals, mut sum) = (Totals::default(), BalancerCounters::default());
        totals.connected(id(1), true);
        assert_eq!(totals.reported(id(1), id(1), &report(1_000, 3), &mut sum).requests, 0);
        assert_eq!(totals.reported(id(1), id(1), &report(1_001, 3), &mut sum).requests, 1);
        assert_eq!(shown(&sum), [1_001, 3, 1_001, 3]);
    }

    #[test]
    fn parts_that_are_not_reported_stay() {
        let (mut totals, mut sum) = (Totals::default(), BalancerCounters::default());
        totals.reported(id(1), id(1), &report(10, 3), &mut sum);
        let other = BalancerCounters {
            load_balancer: Some(id(1)),
            listeners: vec![],
            members: vec![(id(9), MemberCounters { requests: 1, ..MemberCounters::default() })],
            queued: vec![],
            wakes: vec![],
        };
        totals.reported(id(1), id(1), &other, &mut sum);
        assert_eq!(shown(&sum), [10, 3, 10, 3]);
        assert_eq!(sum.members[1].1.requests, 1);
    }

    #[test]
    fn absent_proxies_are_not_remembered_without_bound() {
        let mut totals = Totals::default();
        for proxy in 0..100 {
            totals.connected(id(proxy), false);
            totals.disconnected(id(proxy), |_, _| {});
        }
        assert_eq!(totals.proxies.len(), MAX_ABSENT);
    }
}
