//! Load balancers as a whole.

use super::fixture::*;
use crate::change::{Edit, NewLoadBalancer};
use crate::listener::Protocol;
use crate::load_balancer::{Kind, LoadBalancerSettings};
use crate::rejection::{Rejection, ResourceKind};
use crate::value::Number;
use crate::world::{Key, World};

fn create(alter: impl FnOnce(&mut NewLoadBalancer)) -> Edit {
    let mut new = balancer(9, "new");
    alter(&mut new);
    Edit::CreateLoadBalancer(new)
}

fn settings(alter: impl FnOnce(&mut LoadBalancerSettings)) -> Edit {
    let mut settings = balancer(1, "web").settings;
    alter(&mut settings);
    Edit::EditLoadBalancer { id: id(1), settings }
}

#[test]
fn a_bad_tree_is_refused_with_its_path() {
    let https = listener(9, Protocol::Https, 443);
    all_refused(vec![
        (create(|b| b.id = id(1)), Some("id"), "already"),
        (create(|b| b.settings.name = name("web")), Some("name"), "load balancer `web` exists"),
        (create(|b| b.project = id(7)), Some("project"), "there is no project"),
        (create(|b| b.network = id(7)), Some("network"), "there is no network"),
        (create(|b| b.network = id(4)), Some("network"), "there is no network"),
        (create(|b| b.pools.clear()), Some("pools"), "default pool"),
        (create(|b| b.listeners.push(https)), Some("listeners[0].certificate"), "certificate"),
        (
            create(|b| {
                b.listeners = vec![listener(8, Protocol::Http, 80), listener(9, Protocol::Tcp, 80)];
            }),
            Some("listeners[1].port"),
            "in use by listener `http-80` of load balancer `new`",
        ),
        (
            create(|b| {
                b.settings.kind = Kind::Network;
                b.listeners = vec![listener(9, Protocol::Http, 80)];
            }),
            Some("listeners[0].protocol"),
            "does not fit type NETWORK",
        ),
        (
            create(|b| {
                b.listeners = vec![listener(8, Protocol::Http, 80)];
                b.listeners[0].rules = vec![rule(8, 1, 90), rule(9, 2, 2)];
            }),
            Some("listeners[0].rules[1].action.forward[0].pool"),
            "there is default",
        ),
        (
            create(|b| b.pools[0].members = vec![member(9, "10.0.0.1:1"), member(9, "10.0.0.2:1")]),
            Some("members[1].id"),
            "already",
        ),
        (
            create(|b| b.pools.push(pool(91, "default"))),
            Some("pools[0].name"),
            "pool `default` exists",
        ),
        (
            create(|b| {
                b.pools.push(pool(91, "a"));
                b.pools[1].members = vec![member(8, "10.0.0.1:1"), member(9, "10.0.0.1:1")];
            }),
            Some("pools[0].members[1].address"),
            "has member 10.0.0.1:1 already",
        ),
    ]);
}

#[test]
fn a_name_is_free_again_in_another_project_and_after_a_delete() {
    all_taken(vec![
        create(|b| (b.project, b.settings.name) = (id(2), name("web"))),
        create(|b| (b.project, b.network) = (id(2), id(4))),
    ]);
    let world = with(&base(), Edit::DeleteLoadBalancer { id: id(1) });
    with(&world, create(|b| b.settings.name = name("web")));
}

#[test]
fn an_edit_keeps_names_unique_and_protocols_allowed() {
    all_refused(vec![
        (settings(|s| s.name = name("blog")), Some("name"), "exists already"),
        (settings(|s| s.kind = Kind::Application), Some("type"), "protocol TCP does not fit"),
    ]);
    let renamed = with(&base(), settings(|s| s.name = name("shop")));
    assert!(renamed.load_balancers_named(id(1), "web").next().is_none());
    assert!(renamed.load_balancers_named(id(1), "shop").next().is_some());
    with(&renamed, create(|b| b.settings.name = name("web")));
}

#[test]
fn a_protected_load_balancer_is_deleted_only_after_protection_is_off() {
    let world = with(&base(), settings(|s| s.deletion_protection = true));
    let delete = Edit::DeleteLoadBalancer { id: id(1) };
    let protected = Rejection::Protected { kind: ResourceKind::LoadBalancer, name: name("web") };
    assert_eq!(refusal(&world, delete.clone()), protected);
    let world = with(&world, settings(|s| s.deletion_protection = false));
    let world = with(&world, delete.clone());
    assert!(matches!(refusal(&world, delete), Rejection::NotFound { field: None, .. }));
    assert!(world.of_listener(id(1)).is_none());
    assert!(world.of_member(id(1)).is_none());
    assert!(world.of_rule(id(1)).is_none());
    assert_eq!(world.search(id(1), "web", None).count(), 0);
}

#[test]
fn numbers_grow_and_are_never_reused() {
    let world = with(&base(), Edit::DeleteLoadBalancer { id: id(2) });
    let world = with(&world, create(|_| {}));
    assert_eq!(world.load_balancer(id(9)).map(|b| b.number), Some(Number(3)));
}

#[test]
fn a_project_gets_no_more_than_its_quota() {
    let quota = |alter: fn(&mut crate::project::Quota)| -> World {
        let mut world = base();
        let mut project = (**world.project(id(1)).unwrap()).clone();
        alter(&mut project.quota);
        world.put_project(std::sync::Arc::new(project));
        world
    };
    let members = || vec![member(90, "10.0.0.90:1"), member(91, "10.0.0.91:1")];
    let cases = [
        (quota(|q| q.load_balancers = 2), create(|_| {}), "2 load balancers"),
        (
            quota(|q| q.listeners_per_load_balancer = 2),
            Edit::AddListener { load_balancer: id(1), listener: listener(9, Protocol::Tcp, 91) },
            "2 listeners in one load balancer",
        ),
        (
            quota(|q| q.pools_per_load_balancer = 2),
            Edit::AddPool { load_balancer: id(1), pool: pool(9, "more") },
            "2 pools",
        ),
        (
            quota(|q| q.members_per_pool = 3),
            Edit::AddMembers { pool: id(1), members: members() },
            "3 members in one pool",
        ),
        (
            quota(|q| q.members_per_pool = 1),
            Edit::ReplaceMembers { pool: id(1), members: members() },
            "1 members",
        ),
        (
            quota(|q| q.rules_per_listener = 1),
            Edit::AddRule { listener: id(1), rule: rule(9, 9, 1) },
            "1 rules in one listener",
        ),
        (
            quota(|q| q.members_per_pool = 1),
            create(|b| b.pools[0].members = members()),
            "1 members",
        ),
    ];
    for (world, edit, text) in cases {
        let refused = refusal(&world, edit.clone());
        assert!(matches!(refused, Rejection::QuotaExceeded { .. }), "{refused:?}");
        assert!(refused.to_string().contains(text), "{refused}");
        with(&base(), edit);
    }
}

#[test]
fn a_create_touches_few_records() {
    let crate::world::Applied::Next { touched, .. } =
        base().apply(&change(vec![create(|_| {})])).unwrap()
    else {
        panic!("it is new")
    };
    assert_eq!(touched, [Key::LoadBalancer(id(9)), Key::Numbers, Key::VipCursor(id(1))]);
}

#[test]
fn search_finds_every_keyword_in_any_text_whatever_the_case() {
    let world = with(
        &base(),
        create(|b| {
            b.settings.name = name("Grün-Straße");
            b.settings.description = crate::value::Description::new("Payroll service").unwrap();
            b.pools[0].members = vec![member(9, "10.99.0.7:8443")];
        }),
    );
    let found = |words: &str| -> Vec<String> {
        world.search(id(1), words, None).map(|b| b.settings.name.to_string()).collect()
    };
    assert_eq!(found(""), ["Grün-Straße", "blog", "web"]);
    assert_eq!(found("WEB"), ["web"]);
    assert_eq!(found("GRÜN payroll 10.99"), ["Grün-Straße"]);
    assert_eq!(found("10.0.0.3:8080 API"), ["web"]);
    assert_eq!(found("127.77.0.2"), ["blog"]);
    assert_eq!(found("http:80"), ["blog", "web"]);
    assert_eq!(found("payroll web"), Vec::<String>::new());
    assert_eq!(world.search(id(2), "", None).count(), 0);
    let older: Vec<_> = world.search(id(1), "", Some(id(2))).map(|b| b.id).collect();
    assert_eq!(older, [id(1)]);
}
