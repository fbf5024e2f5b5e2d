//! Virtual IPs.

use std::net::IpAddr;

use super::fixture::*;
use crate::change::{Change, Edit, NewLoadBalancer};
use crate::listener::Protocol;
use crate::rejection::Rejection;
use crate::value::Timestamp;
use crate::world::{Applied, World};

fn create(number: u128, project: u128, network: u128, vip: Option<&str>) -> Edit {
    Edit::CreateLoadBalancer(NewLoadBalancer {
        project: id(project),
        network: id(network),
        vip: vip.map(ip),
        ..balancer(number, &format!("b{number}"))
    })
}

fn vip_of(world: &World, number: u128) -> IpAddr {
    world.load_balancer(id(number)).unwrap().vip
}

fn later(world: &World, edit: Edit) -> Result<World, Rejection> {
    let at = NOW.after(World::VIP_HOLD);
    match world.apply(&Change::new(author(), at, edit))? {
        Applied::Next { world, .. } => Ok(world),
        Applied::Repeated { .. } => panic!("it has no request key"),
    }
}

#[test]
fn a_wanted_address_must_be_free_and_inside() {
    all_refused(vec![
        (create(9, 1, 1, Some("127.77.0.1")), Some("vip"), "in use by another load balancer"),
        (create(9, 1, 1, Some("::ffff:127.77.0.1")), Some("vip"), "in use"),
        (create(9, 1, 1, Some("10.9.0.1")), Some("vip"), "not an address of network `default`"),
        (create(9, 1, 1, Some("127.77.0.0")), Some("vip"), "127.77.0.0/24"),
        (create(9, 1, 1, Some("127.77.0.255")), Some("vip"), "127.77.0.255 is not"),
        (create(9, 1, 2, Some("192.0.2.3")), Some("vip"), "192.0.2.1, 192.0.2.2"),
    ]);
    all_taken(vec![
        create(9, 1, 1, Some("127.77.0.9")),
        create(9, 1, 1, Some("::ffff:127.77.0.9")),
        create(9, 1, 5, Some("fd00:77::9")),
    ]);
}

#[test]
fn addresses_are_given_in_turn_around_those_in_use() {
    let world = with(&base(), create(10, 1, 3, Some("10.9.0.2")));
    let world = with(&world, create(11, 1, 3, None));
    let world = with(&world, create(12, 1, 3, None));
    assert_eq!(vip_of(&world, 11), ip("10.9.0.1"));
    assert_eq!(vip_of(&world, 12), ip("10.9.0.3"));
    // One's own released address is not held back, but others come first.
    let world = with(&world, Edit::DeleteLoadBalancer { id: id(11) });
    let world = with(&world, create(13, 1, 3, None));
    assert_eq!(vip_of(&world, 13), ip("10.9.0.4"));
    let world = with(&world, create(14, 1, 3, None));
    let world = with(&world, create(15, 1, 3, None));
    let world = with(&world, create(16, 1, 3, None));
    assert_eq!(vip_of(&world, 16), ip("10.9.0.1"));
    let full = refusal(&world, create(17, 1, 3, None));
    assert_eq!(full.field(), Some("network"));
    assert!(full.to_string().contains("`tiny` (10.9.0.0/29) has no free address"), "{full}");
}

#[test]
fn large_ipv6_ranges_work_alike() {
    let world = with(&base(), create(9, 1, 5, None));
    let world = with(&world, create(10, 1, 5, None));
    assert_eq!(vip_of(&world, 10), ip("fd00:77::2"));
}

#[test]
fn a_released_address_is_held_back_from_other_projects() {
    let world = with(&base(), create(9, 1, 3, Some("10.9.0.1")));
    let world = with(&world, Edit::DeleteLoadBalancer { id: id(9) });
    let refused = refusal(&world, create(10, 2, 3, Some("10.9.0.1")));
    assert_eq!(refused, Rejection::VipHeldBack { vip: ip("10.9.0.1"), since_s: 0, hold_s: 600 });
    let other = with(&world, create(10, 2, 3, None));
    assert_eq!(vip_of(&other, 10), ip("10.9.0.2"));
    // The same project may have it at once, everybody after the hold.
    let same = with(&world, create(10, 1, 3, Some("10.9.0.1")));
    assert!(same.held_vips.get(ip("10.9.0.1")).is_none());
    let after_hold = later(&world, create(10, 2, 3, Some("10.9.0.1"))).unwrap();
    assert_eq!(vip_of(&after_hold, 10), ip("10.9.0.1"));
}

#[test]
fn held_back_addresses_are_forgotten_after_a_while() {
    let world = with(&base(), Edit::DeleteLoadBalancer { id: id(1) });
    assert_eq!(world.held_vips.iter().count(), 1);
    let world = later(&world, Edit::DeleteLoadBalancer { id: id(2) }).unwrap();
    let held: Vec<_> = world.held_vips.iter().map(|held| held.vip).collect();
    assert_eq!(held, [ip("127.77.0.2")]);
}

#[test]
fn a_full_network_with_held_addresses_gives_none_to_others() {
    let mut world = base();
    for number in 10..16 {
        world = with(&world, create(number, 1, 3, None));
    }
    let world = with(&world, Edit::DeleteLoadBalancer { id: id(12) });
    assert!(matches!(refusal(&world, create(20, 2, 3, None)), Rejection::NetworkFull { .. }));
    let own = with(&world, create(20, 1, 3, None));
    assert_eq!(vip_of(&own, 20), ip("10.9.0.3"));
}

#[test]
fn load_balancers_share_a_hosts_addresses_while_their_ports_differ() {
    let on = |number, vip: Option<&str>, port| {
        Edit::CreateLoadBalancer(NewLoadBalancer {
            network: id(2),
            vip: vip.map(ip),
            listeners: vec![listener(number, Protocol::Tcp, port)],
            ..balancer(number, &format!("b{number}"))
        })
    };
    let world = with(&base(), on(10, None, 80));
    let world = with(&world, on(11, None, 81));
    let world = with(&world, on(12, None, 80));
    let vips: Vec<_> = (10..13).map(|number| vip_of(&world, number)).collect();
    assert_eq!(vips, [ip("192.0.2.1"), ip("192.0.2.1"), ip("192.0.2.2")]);
    for vip in [None, Some("192.0.2.1")] {
        let refused = refusal(&world, on(13, vip, 80));
        assert_eq!(refused.field(), Some("listeners[0].port"));
        assert!(refused.to_string().contains("of load balancer `b10`"), "{refused}");
    }
    let world = with(&world, Edit::DeleteLoadBalancer { id: id(10) });
    assert_eq!(world.held_vips.iter().count(), 0, "the machine's own address is not held back");
    with(&world, on(13, Some("192.0.2.1"), 80));
}

#[test]
fn a_clock_that_steps_back_does_no_harm() {
    let world = with(&base(), Edit::DeleteLoadBalancer { id: id(1) });
    let edit = create(9, 2, 1, Some("127.77.0.1"));
    let refused = world.apply(&Change::new(author(), Timestamp(0), edit)).unwrap_err();
    assert!(matches!(refused, Rejection::VipHeldBack { since_s: 0, .. }));
}
