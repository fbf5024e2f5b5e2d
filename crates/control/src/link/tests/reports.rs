//! What proxies report, and what becomes of it.

use elbow_model::observed::{MemberObservation, ProbedHealth};
use elbow_model::status::{self, Effective, Status};
use elbow_model::value::{LoadBalancerId, MemberId, ProxyId, Revision, Timestamp};
use elbow_model::wire::{BalancerCounters, ListenerCounters, MemberCounters, Up};
use elbow_store::ledger::Ledger;
use elbow_store::series::Resolution;

use super::fixture::{Place, Proxy, id};

fn status_of(ledger: &Ledger, number: u128) -> Status {
    status::of_load_balancer(ledger.world().load_balancer(id(number)).unwrap(), &ledger.observed())
}

fn effective_of(ledger: &Ledger, number: u128) -> Effective {
    status::effective(ledger.world().load_balancer(id(number)).unwrap(), &ledger.observed())
}

#[tokio::test]
async fn a_change_is_active_once_the_proxy_has_it_in_force() {
    let place = Place::with(2).await;
    let mut proxy = place.proxy(1).await;
    place.until("all is active", |l| status_of(l, 1) == Status::Active).await;

    let revision = place.rename(1, "first").await;
    assert_eq!(status_of(&place.ledger, 1).word(), "PENDING");
    assert_eq!(status_of(&place.ledger, 2), Status::Active);
    proxy.take().await;
    proxy.acknowledge().await;
    place.until("it is active", |l| status_of(l, 1) == Status::Active).await;

    let effective = effective_of(&place.ledger, 1);
    assert_eq!((effective.proxies, effective.of), (1, 1));
    assert!(effective.after_ms.unwrap() < 10_000);
    let observed = place.ledger.observed();
    assert_eq!(observed.proxies[&id::<ProxyId>(1)].revision, revision);
}

#[tokio::test]
async fn what_was_in_force_at_the_greeting_took_no_time() {
    let place = Place::with(2).await;
    let mut proxy = place.proxy(1).await;
    proxy.disconnect();
    place.until("it is gone", |l| l.observed().proxies.is_empty()).await;
    assert_eq!(status_of(&place.ledger, 1).reason(), Some("no proxy is connected"));

    proxy.connect(&place).await;
    proxy.catch_up(&place).await;
    place.until("all is active", |l| status_of(l, 1) == Status::Active).await;
    assert_eq!(effective_of(&place.ledger, 1).after_ms, Some(0));
}

#[tokio::test]
async fn a_failure_shows_with_its_reason_and_repairs_itself() {
    let place = Place::with(2).await;
    let mut proxy = Proxy::new(1);
    proxy.connect(&place).await;
    proxy.take().await;
    proxy.fail(&[(1, "127.77.0.1:80: address in use")]).await;
    let error = Status::Error { reason: "127.77.0.1:80: address in use".to_owned() };
    place.until("it fails", |l| status_of(l, 1) == error).await;
    assert_eq!(status_of(&place.ledger, 2), Status::Active);
    assert_eq!(effective_of(&place.ledger, 1).proxies, 0);

    proxy.fail(&[]).await;
    place.until("it is repaired", |l| status_of(l, 1) == Status::Active).await;
    assert!(effective_of(&place.ledger, 1).after_ms.is_some());
}

#[tokio::test]
async fn a_failure_of_what_is_gone_is_not_kept_and_reasons_are_bounded() {
    let place = Place::with(1).await;
    let mut proxy = Proxy::new(1);
    proxy.connect(&place).await;
    proxy.take().await;
    proxy.fail(&[(1, &"ä".repeat(5_000)), (99, "unknown")]).await;
    place.until("it fails", |l| status_of(l, 1).word() == "ERROR").await;
    let failed = place.ledger.observed().proxies[&id::<ProxyId>(1)].failed.clone();
    assert_eq!(failed.values().map(|reason| reason.chars().count()).collect::<Vec<_>>(), [1_000]);
}

#[tokio::test]
async fn a_status_needs_all_proxies() {
    let place = Place::with(1).await;
    let _first = place.proxy(1).await;
    let mut second = Proxy::new(2);
    second.connect(&place).await;
    second.take().await;
    place
        .until("one of two", |l| effective_of(l, 1).proxies == 1 && effective_of(l, 1).of == 2)
        .await;
    assert_eq!(status_of(&place.ledger, 1).word(), "PENDING");
    second.acknowledge().await;
    place.until("both", |l| status_of(l, 1) == Status::Active).await;
}

#[tokio::test]
async fn a_deleted_balancer_leaves_nothing_behind() {
    let place = Place::with(2).await;
    let mut proxy = place.proxy(1).await;
    proxy.say(Up::Health { changed: vec![healthy(1_000)] }).await;
    proxy.say(Up::Counters { balancers: vec![counters(1, 5)] }).await;
    place
        .until("it is seen", |l| {
            !l.observed().counters.is_empty() && !l.observed().members.is_empty()
        })
        .await;

    place.delete(1).await;
    proxy.take().await;
    proxy.acknowledge().await;
    place
        .until("all is forgotten", |l| {
            let observed = l.observed();
            let in_force = &observed.proxies[&id::<ProxyId>(1)].in_force;
            observed.members.is_empty() && observed.counters.is_empty() && in_force.len() == 1
        })
        .await;
}

#[tokio::test]
async fn drained_members_are_known_per_proxy_and_forgotten_with_it() {
    let place = Place::with(1).await;
    let mut proxy = place.proxy(1).await;
    let said = vec![(id(1_000), Revision(1)), (id(77), Revision(1))];
    proxy.say(Up::Drained { members: said }).await;
    let drained =
        |l: &Ledger| l.observed().proxies.get(&id::<ProxyId>(1)).map(|view| view.drained.clone());
    place
        .until("the known one", |l| drained(l) == Some(imbl::HashMap::unit(id(1_000), Revision(1))))
        .await;
    drop(proxy);
    place.until("the proxy is gone", |l| drained(l).is_none()).await;
}

fn healthy(member: u128) -> (MemberId, MemberObservation) {
    let seen = MemberObservation {
        health: ProbedHealth::Healthy,
        since: Timestamp(5),
        last_failure: None,
    };
    (id(member), seen)
}

#[tokio::test]
async fn health_is_observed_for_members_that_exist() {
    let place = Place::with(1).await;
    let mut proxy = place.proxy(1).await;
    let mut news = place.ledger.watch();
    proxy.say(Up::Health { changed: vec![healthy(1_000), healthy(1_001), healthy(77)] }).await;
    place.until("they are seen", |l| l.observed().members.len() == 2).await;
    let first: LoadBalancerId = id(1);
    let mut is_named = false;
    while let Ok(item) = news.try_recv() {
        is_named |= matches!(item, elbow_store::ledger::News::Observed(ids) if *ids == [first]);
    }
    assert!(is_named);

    place.delete_member(1_001).await;
    place.until("it is forgotten", |l| l.observed().members.len() == 1).await;
}

#[tokio::test]
async fn a_hundred_thousand_members_that_flap_are_written_down() {
    let place = Place::with_members(100, 1_000).await;
    let mut proxy = place.proxy(1).await;
    let all = (1..=100).flat_map(|lb| (0..1_000).map(move |m| healthy(lb * 1_000 + m)));
    let start = std::time::Instant::now();
    proxy.say(Up::Health { changed: all.collect() }).await;
    place.until("all are seen", |l| l.observed().members.len() == 100_000).await;
    println!("100,000 members in {:?}", start.elapsed());
}

fn counters(number: u128, requests: u64) -> BalancerCounters {
    let listener =
        ListenerCounters { requests, open_connections: 2, ..ListenerCounters::default() };
    let member = MemberCounters { requests, ..MemberCounters::default() };
    BalancerCounters {
        load_balancer: Some(id(number)),
        listeners: vec![(id(number), listener)],
        members: vec![(id(number * 1_000), member)],
        queued: Vec::new(),
        wakes: Vec::new(),
    }
}

fn requests_of(ledger: &Ledger, number: u128) -> u64 {
    ledger
        .observed()
        .counters
        .get(&id::<LoadBalancerId>(number))
        .map_or(0, |sum| sum.listeners[0].1.requests)
}

#[tokio::test]
async fn counters_are_added_up_over_proxies_and_feed_the_series() {
    let place = Place::with(1).await;
    let (mut first, mut second) = (place.proxy(1).await, place.proxy(2).await);
    first.say(Up::Counters { balancers: vec![counters(1, 10)] }).await;
    second.say(Up::Counters { balancers: vec![counters(1, 5)] }).await;
    place.until("both are counted", |l| requests_of(l, 1) == 15).await;
    let far = Timestamp(crate::clock::now().0 + 5_000);
    let readout = place.ledger.series().read(id(1), Resolution::Second, far);
    assert_eq!(readout.steps.iter().map(|step| step.requests).sum::<u64>(), 15);

    first.disconnect();
    place
        .until("its connections are gone", |l| {
            l.observed().counters[&id::<LoadBalancerId>(1)].listeners[0].1.open_connections == 2
        })
        .await;
    assert_eq!(requests_of(&place.ledger, 1), 15);
}
