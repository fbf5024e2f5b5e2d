//! What workers counted, summed for the report: once a second, for load balancers in which
//! anything moved. Looking at a load balancer at rest costs a few loads per listener.

use elbow_model::wire::{BalancerCounters, ListenerCounters, MemberCounters, WakeCounters};

use crate::live::counters::Tally;
use crate::live::{Balancer, ListenerState, MemberState};

/// What changes with every connection, request and byte, and with what waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Motion(u64, u64, u64, u64);

/// How far a load balancer's counters are.
pub(super) fn motion(balancer: &Balancer) -> Motion {
    let mut sum = Motion::default();
    for listener in &balancer.listeners {
        for worker in &listener.state.per_worker {
            let accepted = worker.accepted.read().wrapping_add(worker.refused.read());
            sum.0 = sum.0.wrapping_add(accepted).wrapping_add(worker.closed.read());
            sum.1 = sum.1.wrapping_add(worker.requests.read());
            sum.2 =
                sum.2.wrapping_add(worker.bytes_in.read()).wrapping_add(worker.bytes_out.read());
        }
    }
    for pool in &balancer.pools {
        sum.3 = sum.3.wrapping_add(pool.state.holding.motion());
    }
    sum
}

/// The totals of a load balancer.
pub(super) fn totals(balancer: &Balancer) -> BalancerCounters {
    let listeners = balancer.listeners.iter().map(|known| (known.id, of_listener(&known.state)));
    let members = balancer.pools.iter().flat_map(|pool| &pool.members);
    let counted = |counters: &MemberCounters| *counters != MemberCounters::default();
    BalancerCounters {
        load_balancer: Some(balancer.id),
        listeners: listeners.collect(),
        members: members
            .map(|member| (member.id, of_member(&member.state)))
            .filter(|(_, counters)| counted(counters))
            .collect(),
        queued: balancer.pools.iter().map(|pool| (pool.id, pool.state.queued())).collect(),
        wakes: balancer
            .pools
            .iter()
            .map(|pool| (pool.id, pool.state.holding.counters()))
            .filter(|(_, counters)| *counters != WakeCounters::default())
            .collect(),
    }
}

/// Signs of life of a member, over all workers: connections that were opened, and answers.
pub(super) fn signs_of_life(member: &MemberState) -> u64 {
    let answers = |tallies: &[Tally; 5]| tallies.iter().map(Tally::read).sum::<u64>();
    member
        .per_worker
        .iter()
        .map(|worker| worker.connections.read() + answers(&worker.responses))
        .sum()
}

fn of_listener(state: &ListenerState) -> ListenerCounters {
    let mut sum = ListenerCounters {
        open_connections: u64::from(state.connections.load(std::sync::atomic::Ordering::Relaxed)),
        ..ListenerCounters::default()
    };
    for worker in &state.per_worker {
        sum.connections += worker.accepted.read();
        sum.refused += worker.refused.read();
        sum.requests += worker.requests.read();
        sum.bytes_in += worker.bytes_in.read();
        sum.bytes_out += worker.bytes_out.read();
        sum.own_errors += worker.own_errors.read();
        sum.tls_handshakes += worker.handshakes.read();
        sum.tls_resumed += worker.resumed.read();
        sum.tls_failed += worker.failed_handshakes.read();
        for (total, tally) in sum.responses.iter_mut().zip(&worker.responses) {
            *total += tally.read();
        }
        for (total, tally) in sum.latency.iter_mut().zip(&worker.latency) {
            *total += tally.read();
        }
    }
    sum
}

fn of_member(state: &MemberState) -> MemberCounters {
    let mut sum =
        MemberCounters { in_flight: u64::from(state.in_flight()), ..MemberCounters::default() };
    for worker in &state.per_worker {
        sum.requests += worker.requests.read() + worker.connections.read();
        sum.connect_failures += worker.connect_failures.read();
        sum.failures += worker.faults.read();
        for (total, tally) in sum.responses.iter_mut().zip(&worker.responses) {
            *total += tally.read();
        }
    }
    sum
}
