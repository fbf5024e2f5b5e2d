//! Changes as a whole: together or not at all, stamps, repeated requests.

use uuid::Uuid;

use super::fixture::*;
use crate::change::{Author, Change, Edit, RequestMark};
use crate::rejection::Rejection;
use crate::value::{Revision, Timestamp};
use crate::world::{Applied, Key, Requests, World};

fn marked(key: &str, digest: &str, at: Timestamp) -> Change {
    let creates = Uuid::from_u128(99);
    let mark = RequestMark { key: key.to_owned(), digest: digest.to_owned(), creates };
    let edits = vec![Edit::AddMembers { pool: id(1), members: Vec::new() }];
    Change { request: Some(mark), at, ..change(edits) }
}

#[test]
fn edits_are_applied_together_or_not_at_all() {
    let world = base();
    let good = Edit::DeleteRule { id: id(1) };
    let bad = Edit::DeleteRule { id: id(7) };
    assert!(world.apply(&change(vec![good.clone(), bad])).is_err());
    assert!(world == base());
    let world = after(&world, &change(vec![good, Edit::DeleteLoadBalancer { id: id(2) }]));
    assert_eq!(world.revision(), Revision(2));
}

#[test]
fn later_edits_see_earlier_ones() {
    let edits = vec![
        Edit::CreateLoadBalancer(balancer(9, "new")),
        Edit::AddPool { load_balancer: id(9), pool: pool(91, "api") },
        Edit::AddMembers { pool: id(91), members: vec![member(91, "10.0.0.1:1")] },
        Edit::DeleteLoadBalancer { id: id(2) },
        Edit::AddRule { listener: id(1), rule: rule(9, 9, 1) },
    ];
    let world = after(&base(), &change(edits));
    super::invariants::check_invariants(&world);
    assert_eq!(world.search(id(1), "10.0.0.1:1 api", None).count(), 1);
}

#[test]
fn an_id_is_used_once_even_within_a_change() {
    let create = Edit::CreateLoadBalancer(balancer(9, "new"));
    let edits = vec![create.clone(), Edit::DeleteLoadBalancer { id: id(9) }, create];
    let refused = base().apply(&change(edits)).unwrap_err();
    assert_eq!(refused.field(), Some("id"));
}

#[test]
fn what_is_touched_is_stamped_with_its_parents_and_nothing_else() {
    let settings = member_settings("10.0.0.1:8080");
    let world = with(&base(), Edit::EditMember { id: id(1), settings });
    let web = world.load_balancer(id(1)).unwrap();
    let pool = web.default_pool();
    let revisions = |wanted: Revision| {
        [
            (web.revision, web.updated_at),
            (pool.revision, pool.updated_at),
            (pool.members[0].revision, pool.members[0].updated_at),
        ]
        .iter()
        .all(|stamp| *stamp == (wanted, NOW))
    };
    assert!(revisions(Revision(2)));
    assert_eq!(pool.members[1].revision, Revision(1));
    assert_eq!(web.pools[1].revision, Revision(1));
    assert_eq!(web.listeners[0].revision, Revision(1));
    assert_eq!(web.created_at, Timestamp(1));
    assert_eq!(world.load_balancer(id(2)).unwrap().revision, Revision(1));

    let world = with(&base(), Edit::EditRule { id: id(1), settings: rule(1, 10, 2).settings });
    let web = world.load_balancer(id(1)).unwrap();
    assert_eq!(web.revision, Revision(2));
    assert_eq!(web.listeners[0].revision, Revision(2));
    assert_eq!(web.listeners[0].rules[0].revision, Revision(2));
    assert_eq!(web.listeners[1].revision, Revision(1));
}

#[test]
fn a_change_has_edits_and_a_known_author() {
    assert_eq!(base().apply(&change(Vec::new())).unwrap_err().field(), Some("edits"));
    let eve = Author::User { id: id(7), name: name("eve") };
    let edit = Edit::DeleteRule { id: id(1) };
    let refused = base().apply(&Change::new(eve, NOW, edit)).unwrap_err();
    assert!(refused.to_string().contains("there is no user `eve`"), "{refused}");
}

#[test]
fn a_repeated_request_is_recognised_for_a_day() {
    let Applied::Next { world, touched } = base().apply(&marked("k", "d", NOW)).unwrap() else {
        panic!("it is new")
    };
    assert_eq!(touched, [Key::LoadBalancer(id(1)), Key::Request(0)]);
    let again = world.apply(&marked("k", "d", NOW)).unwrap();
    assert!(matches!(again, Applied::Repeated { creates } if creates == Uuid::from_u128(99)));
    let other = world.apply(&marked("k", "other", NOW)).unwrap_err();
    assert_eq!(other, Rejection::RequestKeyReused { key: "k".to_owned() });
    assert_eq!(world.earlier_request(&author(), "k", NOW), Some(Uuid::from_u128(99)));
    assert_eq!(world.earlier_request(&Author::System, "k", NOW), None);

    let next_day = NOW.after(Requests::KEPT);
    assert_eq!(world.earlier_request(&author(), "k", next_day), None);
    let Applied::Next { world, touched } = world.apply(&marked("k", "e", next_day)).unwrap() else {
        panic!("it is forgotten")
    };
    assert_eq!(touched, [Key::LoadBalancer(id(1)), Key::Request(0), Key::Request(1)]);
    assert!(world.record(&Key::Request(0)).is_none());
    super::invariants::check_invariants(&world);
}

#[test]
fn request_keys_are_neither_empty_nor_endless() {
    for key in [String::new(), "k".repeat(256)] {
        let refused = base().apply(&marked(&key, "d", NOW)).unwrap_err();
        assert_eq!(refused.field(), Some("Idempotency-Key"));
    }
}

#[test]
fn only_the_latest_requests_are_remembered() {
    let mut world = base();
    for number in 0..=Requests::MAX {
        world = after(&world, &marked(&format!("k{number}"), "d", NOW));
    }
    assert_eq!(world.requests.keys().count(), Requests::MAX);
    assert_eq!(world.earlier_request(&author(), "k0", NOW), None);
    assert!(world.earlier_request(&author(), "k1", NOW).is_some());
}

#[test]
fn a_change_survives_its_record_unchanged() {
    let change = marked("k", "d", NOW);
    let text = serde_json::to_string(&change).unwrap();
    assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change);
}

#[test]
fn an_empty_world_is_revision_zero() {
    assert_eq!(World::default().revision(), Revision(0));
    super::invariants::check_invariants(&World::default());
}
