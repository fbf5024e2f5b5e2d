//! Health and views together, with results and times given by hand.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use elbow_model::health_monitor::{Check, HealthMonitor};
use elbow_model::observed::ProbedHealth;
use elbow_model::pool::{Method, OnNoHealthy, Queue, Retries, SlowStartMs};
use elbow_model::table::{TableEntry, TableMember, TablePool};
use elbow_model::value::{MemberId, Name, Port, Revision, Timestamp, Weight};
use elbow_model::wake::Wake;
use uuid::Uuid;

use super::health_book::HealthBook;
use super::views::{Seen, see};
use crate::clock::Clock;
use crate::live::{Pool, Sockets, build};
use crate::probe::{ProbeId, Probed, ProberConfig, start};
use crate::tls::SecureListeners;

/// A pool of members that a test speaks for; the prober's own results go nowhere.
struct Bench {
    book: HealthBook,
    pool: Arc<Pool>,
}

fn id(member: u128) -> MemberId {
    Uuid::from_u128(100 + member).into()
}

fn pool(change: impl FnOnce(&mut TablePool)) -> TablePool {
    let member = |number: u128| TableMember {
        id: id(number),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        // Other ports than 1, 2 and 3 of loopback would do as well: nobody waits for results.
        port: Port::new(number as i64 + 1).ok(),
        weight: Weight::default(),
        backup: false,
        only_when_healthy: false,
    };
    let mut pool = TablePool {
        id: Uuid::from_u128(3).into(),
        name: Name::new("default").unwrap(),
        method: Method::RoundRobin,
        members: (0..3).map(member).collect(),
        health_monitor: Some(HealthMonitor::with_defaults(Check::Tcp)),
        session_persistence: None,
        on_no_healthy: OnNoHealthy::Refuse,
        max_connections_per_member: None,
        queue: Queue::default(),
        slow_start_ms: SlowStartMs::constant::<0>(),
        retries: Retries::constant::<1>(),
        proxy_protocol: None,
        outlier_ejection: None,
        tls: None,
        http2: false,
        wake: Wake::Never,
    };
    change(&mut pool);
    pool
}

impl Bench {
    fn new(change: impl FnOnce(&mut TablePool)) -> Self {
        let config = ProberConfig { clock: Clock::start(), most_under_way: 1, seed: 1 };
        let mut book = HealthBook::new(start(config, Box::new(|_| true)).unwrap());
        let entry = TableEntry {
            id: Uuid::from_u128(1).into(),
            name: Name::new("web").unwrap(),
            project: Uuid::from_u128(2).into(),
            revision: Revision(1),
            listeners: Vec::new(),
            pools: vec![pool(change)],
        };
        book.install(&entry, Timestamp(0), 0);
        let balancer = build(Arc::new(entry), None, (&Sockets::new(), &SecureListeners::new()), 1);
        Self { book, pool: balancer.pools[0].clone() }
    }

    /// Results of member `number`'s probe: `+` or `-` each.
    fn results(&mut self, number: u64, results: &str, now_ms: u64) {
        for result in results.chars() {
            let outcome = if result == '+' { Ok(()) } else { Err("connection refused".to_owned()) };
            let probed = Probed { probe: ProbeId(number), at: Timestamp(now_ms), outcome };
            self.book.note_checks(vec![probed], now_ms);
        }
    }

    fn see(&self, now_ms: u64) -> Seen {
        see(&self.pool, &self.book, now_ms)
    }

    fn members(&self, now_ms: u64) -> Vec<u32> {
        let mut members = self.see(now_ms).view.picker().members().to_vec();
        members.sort_unstable();
        members
    }
}

#[test]
fn unknown_members_serve_until_one_is_healthy() {
    let mut bench = Bench::new(|_| {});
    assert_eq!(bench.members(0), [0, 1, 2]);
    bench.results(1, "+", 1);
    assert_eq!(bench.members(1), [1]);
    bench.results(0, "+", 2);
    bench.results(2, "---", 2);
    assert_eq!(bench.members(2), [0, 1]);
}

#[test]
fn a_scaling_group_s_member_serves_only_once_it_is_healthy() {
    for policy in [OnNoHealthy::Refuse, OnNoHealthy::FailOpen] {
        let mut bench = Bench::new(|pool| {
            pool.on_no_healthy = policy;
            pool.members[0].only_when_healthy = true;
        });
        assert_eq!(bench.members(0), [1, 2], "unknown, {policy}");
        bench.results(1, "---", 1);
        bench.results(2, "---", 1);
        bench.results(0, "-", 1);
        assert!(!bench.members(1).contains(&0), "the last one, {policy}");
        bench.results(0, "++", 2);
        assert_eq!(bench.members(2), [0], "healthy, {policy}");
    }
}

#[test]
fn when_all_are_unhealthy_the_policy_decides() {
    for (policy, expected) in
        [(OnNoHealthy::Refuse, &[][..]), (OnNoHealthy::FailOpen, &[0, 1, 2][..])]
    {
        let mut bench = Bench::new(|pool| pool.on_no_healthy = policy);
        (0..3).for_each(|number| bench.results(number, "---", 1));
        assert_eq!(bench.members(1), expected, "{policy}");
    }
}

#[test]
fn a_drained_member_is_never_seen_and_does_not_count_as_healthy() {
    let mut bench = Bench::new(|pool| pool.members[0].weight = Weight::DRAIN);
    bench.results(0, "+", 1);
    assert_eq!(bench.members(1), [1, 2]);
}

#[test]
fn a_recovered_member_ramps_up_among_those_that_are_warm() {
    let mut bench = Bench::new(|pool| pool.slow_start_ms = SlowStartMs::constant::<10_000>());
    (0..2).for_each(|number| bench.results(number, "+", 1));
    bench.results(2, "---", 1);
    bench.results(2, "++", 20_000);
    let shares = |now_ms: u64| {
        let seen = bench.see(now_ms);
        let mut counts = BTreeMap::<u32, u32>::new();
        for _ in 0..210 {
            let picked = seen.view.pick(&bench.pool, IpAddr::V4(Ipv4Addr::LOCALHOST), &[]);
            *counts.entry(picked.unwrap()).or_default() += 1;
        }
        (counts[&0], counts[&2], seen.until_ms)
    };
    assert_eq!(shares(20_000), (100, 10, Some(21_500)));
    assert_eq!(shares(25_000), (84, 42, Some(25_500)));
    assert_eq!(shares(30_000), (70, 70, None));
}

#[test]
fn an_edit_keeps_what_is_known_of_members_that_stay() {
    let mut bench = Bench::new(|_| {});
    (0..3).for_each(|number| bench.results(number, "+", 1));
    bench.results(0, "---", 2);
    let edited = pool(|pool| {
        pool.members.remove(1);
        pool.members[1].weight = Weight::new(7).unwrap();
    });
    let entry = TableEntry {
        id: Uuid::from_u128(1).into(),
        name: Name::new("web").unwrap(),
        project: Uuid::from_u128(2).into(),
        revision: Revision(2),
        listeners: Vec::new(),
        pools: vec![edited],
    };
    bench.book.install(&entry, Timestamp(3), 3);
    let health = |member| bench.book.member(id(member)).map(|known| known.health.probed());
    assert_eq!(health(0), Some(ProbedHealth::Unhealthy));
    assert_eq!(health(1), None);
    assert_eq!(health(2), Some(ProbedHealth::Healthy));
    let told = bench.book.take_untold();
    assert!(told.iter().all(|(member, _)| *member != id(1)), "{told:?}");
}

#[test]
fn checks_that_are_impossible_are_said_so() {
    let mut bench = Bench::new(|pool| pool.members[0].port = None);
    let told = bench.book.take_untold();
    let failure = told[0].1.last_failure.clone().unwrap();
    assert_eq!(told[0].0, id(0));
    assert!(failure.outcome.contains("can't carry out"), "{failure:?}");
    assert_eq!(bench.members(0), [0, 1, 2]);
}
