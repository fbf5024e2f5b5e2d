//! What becomes of a load balancer on its way to a proxy.

use super::*;
use crate::change::Edit;
use crate::listener::ListenerSettings;
use crate::rule::{ForwardTarget, RuleAction};
use crate::world::World;
use crate::world::fixture::*;

fn entry(world: &World) -> TableEntry {
    resolve(world, world.load_balancer(id(1)).unwrap())
}

fn http_80(alter: impl FnOnce(&mut ListenerSettings)) -> Edit {
    let mut settings = listener(1, Protocol::Http, 80).settings;
    alter(&mut settings);
    Edit::EditListener { id: id(1), settings }
}

#[test]
fn references_become_indices() {
    let entry = entry(&base());
    assert_eq!((entry.revision, entry.listeners.len(), entry.pools.len()), (Revision(1), 2, 2));
    let [http, tcp] = &entry.listeners[..] else { panic!("two listeners") };
    assert_eq!(http.address.to_string(), "127.77.0.1:80");
    assert_eq!((http.pool, tcp.pool), (PoolIndex(0), PoolIndex(1)));
    let forward = TableForward { pool: PoolIndex(1), weight: Weight::default() };
    assert_eq!(http.rules[0].action, TableAction::Forward(vec![forward]));
}

#[test]
fn indices_follow_their_pools() {
    let add = Edit::AddPool { load_balancer: id(1), pool: pool(9, "more") };
    let world = with(&base(), add);
    let world = with(&world, http_80(|s| s.pool = Some(id(9))));
    assert_eq!(entry(&world).listeners[0].pool, PoolIndex(2));
    let world = with(&world, Edit::DeleteRule { id: id(1) });
    let world = with(&world, Edit::DeleteListener { id: id(2) });
    let world = with(&world, Edit::DeletePool { id: id(2) });
    assert_eq!(entry(&world).listeners[0].pool, PoolIndex(1));
}

#[test]
fn what_is_disabled_falls_away() {
    let world = with(&base(), http_80(|s| s.enabled = false));
    let names: Vec<_> = entry(&world).listeners.into_iter().map(|l| l.name).collect();
    assert_eq!(names, [name("tcp-90")]);

    let mut settings = rule(1, 10, 2).settings;
    settings.enabled = false;
    let world = with(&base(), Edit::EditRule { id: id(1), settings });
    assert!(entry(&world).listeners[0].rules.is_empty());

    let mut settings = balancer(1, "web").settings;
    settings.enabled = false;
    let world = with(&base(), Edit::EditLoadBalancer { id: id(1), settings });
    assert!(entry(&world).listeners.is_empty());
    assert_eq!(entry(&world).pools.len(), 2);
}

#[test]
fn a_disabled_member_drains() {
    let mut settings = member_settings("10.0.0.1:8080");
    settings.enabled = false;
    let world = with(&base(), Edit::EditMember { id: id(1), settings });
    assert_eq!(entry(&world).pools[0].members[0].weight, Weight::DRAIN);
}

#[test]
fn targets_of_weight_0_are_left_out() {
    let mut settings = rule(1, 10, 2).settings;
    let target = |pool, weight| ForwardTarget { pool: id(pool), weight };
    let targets = vec![target(1, Weight::DRAIN), target(2, Weight::MAX)];
    settings.action = RuleAction::Forward(targets);
    let world = with(&base(), Edit::EditRule { id: id(1), settings });
    let forward = TableForward { pool: PoolIndex(1), weight: Weight::MAX };
    assert_eq!(entry(&world).listeners[0].rules[0].action, TableAction::Forward(vec![forward]));
}

#[test]
fn a_port_is_the_listeners_override_the_members_own_or_the_listeners() {
    let targets = |world: &World| -> Vec<String> {
        let entry = entry(world);
        let members = entry.pools[0].members.iter();
        members.map(|member| member.target(&entry.listeners[0]).to_string()).collect()
    };
    assert_eq!(targets(&base()), ["10.0.0.1:8080", "10.0.0.2:80"]);
    let world = with(&base(), http_80(|s| s.member_port = Some(port(9000))));
    assert_eq!(targets(&world), ["10.0.0.1:9000", "10.0.0.2:9000"]);
}

#[test]
fn an_entry_survives_the_link_unchanged() {
    let entry = entry(&base());
    let text = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<TableEntry>(&text).unwrap(), entry);
}
