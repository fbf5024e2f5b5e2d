//! Members.

use super::fixture::*;
use crate::change::{Edit, NewMember};
use crate::value::{MemberId, Revision, Weight};
use crate::world::World;

fn add(targets: &[&str]) -> Edit {
    let members = targets.iter().zip(90..).map(|(target, number)| member(number, target));
    Edit::AddMembers { pool: id(1), members: members.collect() }
}

fn replace(members: Vec<NewMember>) -> Edit {
    Edit::ReplaceMembers { pool: id(1), members }
}

fn shown(world: &World) -> Vec<(MemberId, u16, Revision)> {
    let pool = world.of_pool(id(1)).and_then(|balancer| balancer.pool(id(1))).unwrap();
    pool.members.iter().map(|m| (m.id, m.settings.weight.get(), m.revision)).collect()
}

#[test]
fn address_and_port_are_in_a_pool_once() {
    let text = "pool `default` has member 10.0.0.1:8080 already";
    let twice = vec![member(91, "10.0.0.5:1"), member(92, "10.0.0.5:1")];
    all_refused(vec![
        (add(&["10.0.0.1:8080"]), Some("address"), text),
        (add(&["10.0.0.9:1", "10.0.0.1:8080"]), Some("members[1].address"), text),
        (add(&["10.0.0.2"]), Some("address"), "10.0.0.2 already"),
        (replace(twice), Some("members[1].address"), "10.0.0.5:1 already"),
    ]);
    all_taken(vec![
        add(&["10.0.0.1:8081", "10.0.0.1", "10.0.0.3:8080"]),
        add(&["[fd00::1]:80"]),
        add(&[]),
    ]);
}

#[test]
fn elbows_own_listeners_are_no_members() {
    let own = "is a listener of Elbow itself";
    all_refused(vec![
        (add(&["127.77.0.1:80"]), Some("address"), own),
        (add(&["127.77.0.2:80"]), Some("address"), own),
        (add(&["10.0.0.7:1", "127.77.0.1"]), Some("members[1].address"), own),
        (replace(vec![member(9, "127.77.0.1:90")]), Some("members[0].address"), own),
        (
            Edit::CreateLoadBalancer({
                let mut new = balancer(9, "new");
                new.vip = Some(ip("127.77.0.9"));
                new.listeners = vec![listener(9, crate::listener::Protocol::Tcp, 80)];
                new.pools[0].members = vec![member(9, "127.77.0.9:80")];
                new
            }),
            Some("members[0].address"),
            own,
        ),
    ]);
    all_taken(vec![add(&["127.77.0.1:8080"]), add(&["127.77.0.2:90"]), add(&["127.77.0.2"])]);
}

#[test]
fn address_and_port_stay() {
    let edit = |target| Edit::EditMember { id: id(1), settings: member_settings(target) };
    all_refused(vec![
        (edit("10.0.0.9:8080"), Some("address"), "add a member"),
        (edit("10.0.0.1:8081"), Some("port"), "fixed at creation"),
        (edit("10.0.0.1"), Some("port"), "fixed at creation"),
    ]);
    all_taken(vec![edit("10.0.0.1:8080"), Edit::DeleteMember { id: id(1) }]);
}

#[test]
fn replacing_keeps_who_stays_and_lets_the_others_come_and_go() {
    let mut heavier = member(80, "10.0.0.1:8080");
    heavier.settings.weight = Weight::new(7).unwrap();
    let world = with(&base(), add(&["10.0.0.7:1"]));
    let world =
        with(&world, replace(vec![member(81, "10.0.0.8:1"), member(82, "10.0.0.7:1"), heavier]));
    // 1 got heavier, 2 went, 90 is as it was, 81 came.
    assert_eq!(
        shown(&world),
        [(id(1), 7, Revision(3)), (id(90), 1, Revision(2)), (id(81), 1, Revision(3))]
    );
    assert!(world.of_member(id(2)).is_none());
    let world = with(&world, replace(Vec::new()));
    assert_eq!(shown(&world), []);
}

#[test]
fn ids_are_used_once() {
    all_refused(vec![
        (replace(vec![member(3, "10.0.0.8:1")]), Some("members[0].id"), "already"),
        (
            Edit::AddMembers { pool: id(1), members: vec![member(2, "10.0.0.8:1")] },
            Some("id"),
            "there is a member with id",
        ),
        (Edit::DeleteMember { id: id(7) }, None, "no member"),
        (Edit::EditMember { id: id(7), settings: member_settings("1.1.1.1") }, None, "no member"),
        (Edit::AddMembers { pool: id(7), members: Vec::new() }, None, "no pool"),
        (Edit::ReplaceMembers { pool: id(7), members: Vec::new() }, None, "no pool"),
    ]);
}
