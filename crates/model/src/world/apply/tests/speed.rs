//! How long a Change and a search take in a large World. The limits are generous, for slow and
//! busy machines; the figures are printed.

use std::time::{Duration, Instant};

use super::fixture::*;
use crate::change::{Edit, NewLoadBalancer};
use crate::listener::Protocol;
use crate::world::World;

const BALANCERS: u128 = 10_000;
const MEMBERS: u128 = 10;

fn large() -> World {
    let network = vpc(100, "large", "10.128.0.0/9");
    let mut world = with(&base(), Edit::CreateNetwork(network));
    for number in 100..100 + BALANCERS {
        let members = (0..MEMBERS).map(|m| {
            let target = format!("10.{}.{}.{}:8080", number / 256, number % 256, m + 1);
            member(number * MEMBERS + m, &target)
        });
        let mut new = NewLoadBalancer {
            network: id(100),
            listeners: vec![listener(number, Protocol::Http, 80)],
            ..balancer(number, &format!("balancer-{number}"))
        };
        new.pools[0].members = members.collect();
        world = with(&world, Edit::CreateLoadBalancer(new));
    }
    world
}

/// The median of many runs.
fn typical(mut run: impl FnMut(u128)) -> Duration {
    let mut times: Vec<Duration> = (0..200)
        .map(|n| {
            let start = Instant::now();
            run(n);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn a_change_and_a_search_stay_quick_in_a_large_world() {
    let start = Instant::now();
    let world = large();
    println!("{BALANCERS} creates: {:?}", start.elapsed());

    let mut settings = member_settings("10.0.0.1:1");
    let edit = typical(|n| {
        let number = 100 + n * 31;
        let member = &world.load_balancer(id(number)).unwrap().default_pool().members[3];
        settings.clone_from(&member.settings);
        drop(with(&world, Edit::EditMember { id: member.id, settings: settings.clone() }));
    });
    let create = typical(|n| {
        drop(with(&world, Edit::CreateLoadBalancer(balancer(1_000_000 + n, "new"))));
    });
    let search = typical(|n| {
        let words = format!("10.39.{}.7:8080", n % 200);
        assert!(world.search(id(1), &words, None).count() <= 1);
    });
    let page = typical(|_| assert_eq!(world.search(id(1), "", None).take(50).count(), 50));
    println!("edit of a member {edit:?}, create {create:?}, search {search:?}, page {page:?}");

    let start = Instant::now();
    let records = world.keys().filter_map(|key| world.record(&key));
    let rebuilt = World::from_records(world.revision(), records);
    println!("from records: {:?}", start.elapsed());
    assert_eq!(rebuilt.load_balancer_count(), world.load_balancer_count());

    assert!(edit < Duration::from_millis(5), "{edit:?}");
    assert!(create < Duration::from_millis(5), "{create:?}");
    assert!(search < Duration::from_millis(20), "{search:?}");
}

#[test]
fn a_change_of_a_large_pool_stays_quick() {
    let target = |n: u128| format!("10.200.{}.{}:8080", n / 250, n % 250 + 1);
    let members = (1_000..2_999).map(|n| member(n, &target(n - 1_000))).collect();
    let world = with(&base(), Edit::AddMembers { pool: id(2), members });
    let edit = typical(|n| {
        let settings = member_settings(&target(n));
        drop(with(&world, Edit::EditMember { id: id(1_000 + n), settings }));
    });
    println!("edit of one of 2,000 members {edit:?}");
    assert!(edit < Duration::from_millis(20), "{edit:?}");
}
