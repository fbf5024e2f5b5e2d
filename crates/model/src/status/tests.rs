//! What is shown for what is seen.

use super::*;
use crate::change::Edit;
use crate::health_monitor::{Check, HealthMonitor};
use crate::observed::{InForce, MemberObservation};
use crate::value::{MemberId, ProxyId, Revision, Timestamp};
use crate::world::World;
use crate::world::fixture::*;

/// `web` at revision 2: its default pool is monitored, its other pool is not.
fn world() -> World {
    let mut settings = pool(1, "default").settings;
    settings.health_monitor = Some(HealthMonitor::with_defaults(Check::Tcp));
    with(&base(), Edit::EditPool { id: id(1), settings })
}

fn proxy(revision: u64) -> ProxyView {
    let in_force = InForce { revision: Revision(revision), after_ms: 3 };
    ProxyView {
        version: "0.1.0".to_owned(),
        pid: 1,
        connected_at: NOW,
        revision: Revision(revision),
        failed: imbl::OrdMap::new(),
        in_force: imbl::HashMap::unit(id(1), in_force),
        drained: imbl::HashMap::new(),
        waiting: imbl::HashMap::new(),
    }
}

fn failing(revision: u64) -> ProxyView {
    let failed = imbl::OrdMap::unit(id(1), "address in use".to_owned());
    ProxyView { failed, ..proxy(revision) }
}

fn seen(proxies: Vec<ProxyView>) -> Observed {
    let proxies = (1..).map(id::<ProxyId>).zip(proxies).collect();
    Observed { proxies, ..Observed::default() }
}

fn status(proxies: Vec<ProxyView>) -> (&'static str, Option<String>) {
    let status = of_load_balancer(world().load_balancer(id(1)).unwrap(), &seen(proxies));
    (status.word(), status.reason().map(str::to_owned))
}

fn reason(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn active_means_in_force_on_every_live_proxy() {
    assert_eq!(status(vec![]), ("PENDING", reason("no proxy is connected")));
    assert_eq!(status(vec![proxy(1)]), ("PENDING", reason("0 of 1 proxies have it in force")));
    assert_eq!(
        status(vec![proxy(2), proxy(1)]),
        ("PENDING", reason("1 of 2 proxies have it in force"))
    );
    assert_eq!(status(vec![proxy(2)]), ("ACTIVE", None));
    assert_eq!(status(vec![proxy(2), proxy(9)]), ("ACTIVE", None));
}

#[test]
fn a_failure_counts_until_it_is_edited_away() {
    assert_eq!(status(vec![proxy(2), failing(2)]), ("ERROR", reason("address in use")));
    assert_eq!(status(vec![failing(1)]), ("PENDING", reason("0 of 1 proxies have it in force")));
}

#[test]
fn a_disabled_balancer_is_disabled_once_that_is_in_force() {
    let mut settings = balancer(1, "web").settings;
    settings.enabled = false;
    let world = with(&world(), Edit::EditLoadBalancer { id: id(1), settings });
    let status = |revision| {
        of_load_balancer(world.load_balancer(id(1)).unwrap(), &seen(vec![proxy(revision)])).word()
    };
    assert_eq!((status(2), status(3)), ("PENDING", "DISABLED"));
}

#[test]
fn effective_tells_the_slowest_proxy() {
    let slow = || {
        let in_force = InForce { revision: Revision(2), after_ms: 40 };
        ProxyView { in_force: imbl::HashMap::unit(id(1), in_force), ..proxy(2) }
    };
    let view = |proxies| {
        let Effective { proxies, of, after_ms } =
            effective(world().load_balancer(id(1)).unwrap(), &seen(proxies));
        (proxies, of, after_ms)
    };
    assert_eq!(view(vec![]), (0, 0, None));
    assert_eq!(view(vec![proxy(2), slow()]), (2, 2, Some(40)));
    assert_eq!(view(vec![slow(), proxy(1)]), (1, 2, None));
    assert_eq!(view(vec![failing(2)]), (0, 1, None));
}

fn checked(members: &[(u128, ProbedHealth)]) -> Observed {
    let observation = |&(number, health): &(u128, ProbedHealth)| {
        let observation = MemberObservation { health, since: Timestamp(0), last_failure: None };
        (id::<MemberId>(number), observation)
    };
    Observed { members: members.iter().map(observation).collect(), ..Observed::default() }
}

#[test]
fn a_balancers_health_is_that_of_its_checked_members() {
    use ProbedHealth::{Healthy, Unhealthy, Unknown};
    let cases = [
        (vec![], "UNMONITORED"),
        (vec![(1, Unknown)], "UNMONITORED"),
        (vec![(1, Healthy), (2, Healthy)], "ONLINE"),
        (vec![(1, Healthy)], "ONLINE"),
        (vec![(1, Healthy), (2, Unhealthy)], "DEGRADED"),
        (vec![(1, Unhealthy)], "DEGRADED"),
        (vec![(1, Unhealthy), (2, Unhealthy)], "OFFLINE"),
        // Member 3 is in a pool without checks.
        (vec![(1, Healthy), (2, Healthy), (3, Unhealthy)], "ONLINE"),
    ];
    for (members, expected) in cases {
        let world = world();
        let health =
            health_of_load_balancer(world.load_balancer(id(1)).unwrap(), &checked(&members));
        assert_eq!(health.to_string(), expected, "{members:?}");
    }
}

#[test]
fn a_member_drains_whatever_its_checks_say() {
    let mut drained = member_settings("10.0.0.1:8080");
    drained.weight = Weight::DRAIN;
    let mut disabled = member_settings("10.0.0.2");
    disabled.enabled = false;
    let world = with(&world(), Edit::EditMember { id: id(1), settings: drained });
    let world = with(&world, Edit::EditMember { id: id(2), settings: disabled });
    let observed = checked(&[(1, ProbedHealth::Healthy), (2, ProbedHealth::Unhealthy)]);
    let web = world.load_balancer(id(1)).unwrap();
    for pool in &web.pools {
        for member in &pool.members {
            let expected =
                if member.id == id(3) { MemberHealth::Unmonitored } else { MemberHealth::Draining };
            assert_eq!(of_member(member, pool, &observed), expected);
        }
    }
    assert_eq!(health_of_load_balancer(web, &observed), BalancerHealth::Unmonitored);
}

#[test]
fn a_certificates_status_follows_from_its_dates() {
    const DAY: u64 = 24 * 60 * 60 * 1_000;
    let mut facts = certificate(1, "site").facts;
    (facts.not_before, facts.not_after) = (Timestamp(10 * DAY), Timestamp(100 * DAY));
    let seen = |now| {
        let status = of_certificate(&facts, Timestamp(now));
        (status.word(), status.reason().unwrap_or_default().to_owned())
    };
    let told = |now, word, text: &str| {
        let (found, reason) = seen(now);
        assert_eq!(found, word, "at {now}");
        assert!(reason.contains(text), "`{reason}` without `{text}`");
    };
    told(10 * DAY - 1, "PENDING", "valid from 1970-01-11");
    told(10 * DAY, "ACTIVE", "");
    told(70 * DAY, "ACTIVE", "");
    told(70 * DAY + 1, "EXPIRING", "in 29 days, at 1970-04-11");
    told(98 * DAY + 1, "EXPIRING", "in a day,");
    told(100 * DAY - 1, "EXPIRING", "within a day,");
    told(100 * DAY, "EXPIRED", "expired at 1970-04-11");
}
