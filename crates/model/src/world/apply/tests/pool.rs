//! Pools.

use super::fixture::*;
use crate::change::Edit;
use crate::health_monitor::{Check, HealthMonitor, IntervalMs};
use crate::pool::PoolSettings;
use crate::rejection::Rejection;

fn add(alter: impl FnOnce(&mut PoolSettings)) -> Edit {
    let mut new = pool(9, "more");
    alter(&mut new.settings);
    Edit::AddPool { load_balancer: id(1), pool: new }
}

fn edit(alter: impl FnOnce(&mut PoolSettings)) -> Edit {
    let mut settings = pool(2, "api").settings;
    alter(&mut settings);
    Edit::EditPool { id: id(2), settings }
}

#[test]
fn bad_settings_are_refused() {
    let hasty = || {
        let interval_ms = IntervalMs::new(100).unwrap();
        Some(HealthMonitor { interval_ms, ..HealthMonitor::with_defaults(Check::Tcp) })
    };
    let slow = |s: &mut PoolSettings| s.health_monitor = hasty();
    let twice = |s: &mut PoolSettings| s.name = name("default");
    all_refused(vec![
        (add(slow), Some("health_monitor.timeout_ms"), "is above interval_ms 100"),
        (edit(slow), Some("health_monitor.timeout_ms"), "is above interval_ms 100"),
        (add(twice), Some("name"), "pool `default` exists"),
        (edit(twice), Some("name"), "pool `default` exists"),
        (Edit::AddPool { load_balancer: id(7), pool: pool(9, "a") }, None, "no load balancer"),
        (Edit::AddPool { load_balancer: id(1), pool: pool(3, "a") }, Some("id"), "already"),
        (Edit::EditPool { id: id(7), settings: pool(7, "a").settings }, None, "no pool"),
        (Edit::DeletePool { id: id(7) }, None, "no pool"),
    ]);
}

#[test]
fn good_settings_are_taken() {
    let monitor = || Some(HealthMonitor::with_defaults(Check::Tcp));
    all_taken(vec![
        add(|s| s.health_monitor = monitor()),
        edit(|_| {}),
        edit(|s| s.name = name("other")),
    ]);
}

#[test]
fn a_pool_in_use_is_kept_and_says_by_whom() {
    let refused = refusal(&base(), Edit::DeletePool { id: id(2) });
    let Rejection::InUse { by, .. } = &refused else { panic!("{refused}") };
    assert_eq!(by, &["rule 10 of listener `http-80`", "listener `tcp-90`"]);
    let world = with(&base(), Edit::DeleteRule { id: id(1) });
    let world = with(&world, Edit::DeleteListener { id: id(2) });
    let world = with(&world, Edit::DeletePool { id: id(2) });
    assert!(world.of_pool(id(2)).is_none());
    assert!(world.of_member(id(3)).is_none());
}

#[test]
fn the_default_pool_is_kept() {
    let refused = refusal(&base(), Edit::DeletePool { id: id(3) });
    assert!(refused.to_string().contains("load balancer `blog` as its default pool"), "{refused}");
}
