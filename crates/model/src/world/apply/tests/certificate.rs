//! Certificates: whose they are, and where others may leave them.

use std::collections::BTreeMap;

use super::fixture::*;
use crate::change::{Author, Change, Edit, NewUser};
use crate::listener::ListenerTls;
use crate::rejection::Rejection;
use crate::user::Standing;
use crate::value::{CertificateId, Der, PasswordHash, Timestamp, UserId};
use crate::world::World;

const OWNER: u128 = 1;
const OTHER: u128 = 2;

fn user(number: u128) -> Author {
    Author::User { id: id(number), name: name("someone") }
}

fn by(author: Author, edit: Edit) -> Change {
    Change { author, at: NOW, source: None, request: None, edits: vec![edit] }
}

#[track_caller]
fn taken(world: &World, author: u128, edit: Edit) -> World {
    let next = after(world, &by(user(author), edit));
    super::invariants::check_invariants(&next);
    next
}

#[track_caller]
fn refused(world: &World, author: u128, edit: Edit) -> Rejection {
    world.apply(&by(user(author), edit.clone())).err().unwrap_or_else(|| panic!("taken: {edit:?}"))
}

fn create(number: u128, called: &str) -> Edit {
    Edit::CreateCertificate(certificate(number, called))
}

fn on(listener: u128, certificates: &[u128]) -> Edit {
    let settings = https(listener, 443, certificates).settings;
    Edit::EditListener { id: id(listener), settings }
}

fn add(listener: u128, port: i64, certificates: &[u128]) -> Edit {
    Edit::AddListener { load_balancer: id(1), listener: https(listener, port, certificates) }
}

/// User 1 owns certificates 1 `site` and 2 `more`, user 2 owns 3 `site`; listener 10 shows 1, then 2.
fn world() -> World {
    let other = NewUser {
        id: id::<UserId>(OTHER),
        name: name("other"),
        standing: Standing::Operator,
        memberships: BTreeMap::new(),
        project: id(1),
        password: PasswordHash::from_phc(String::new()),
    };
    let world = with(&base(), Edit::CreateUser(other));
    let world = taken(&world, OWNER, create(1, "site"));
    let world = taken(&world, OWNER, create(2, "more"));
    let world = taken(&world, OTHER, create(3, "site"));
    taken(&world, OWNER, add(10, 443, &[1, 2]))
}

fn shown(world: &World, listener: u128) -> Vec<CertificateId> {
    let balancer = world.of_listener(id(listener)).unwrap();
    let tls = balancer.listener(id(listener)).unwrap().settings.tls.as_ref();
    tls.map(|tls| tls.all_certificates().collect()).unwrap_or_default()
}

#[test]
fn names_are_unique_per_project_and_creator() {
    let world = world();
    let again = refused(&world, OWNER, create(9, "site"));
    assert!(matches!(again, Rejection::NameTaken { .. }), "{again}");
    let mut elsewhere = certificate(9, "site");
    elsewhere.project = id(2);
    let world = taken(&world, OWNER, Edit::CreateCertificate(elsewhere));
    let found = |owner: u128| world.certificate_named(id(1), id(owner), "site").map(|c| c.id);
    assert_eq!((found(OWNER), found(OTHER)), (Some(id(1)), Some(id(3))));
    let rename = |called| {
        let settings = certificate(2, called).settings;
        Edit::EditCertificate { id: id(2), settings }
    };
    assert!(matches!(refused(&world, OWNER, rename("site")), Rejection::NameTaken { .. }));
    let world = taken(&world, OWNER, rename("more-2027"));
    assert!(world.certificate_named(id(1), id(OWNER), "more").is_none());
    assert_eq!(world.certificate_count_of(id(1)), 3);
}

#[test]
fn only_its_creator_renames_and_deletes_a_certificate() {
    let world = taken(&world(), OWNER, create(4, "free"));
    let rename = || Edit::EditCertificate { id: id(4), settings: certificate(4, "mine").settings };
    let delete = || Edit::DeleteCertificate { id: id(4) };
    let unknown = Edit::DeleteCertificate { id: id(77) };
    let text = |rejection: Rejection| {
        rejection.to_string().replace(&id::<UserId>(77).to_string(), &id::<UserId>(4).to_string())
    };
    let as_if_absent = text(refused(&world, OTHER, unknown));
    assert_eq!(text(refused(&world, OTHER, rename())), as_if_absent);
    assert_eq!(text(refused(&world, OTHER, delete())), as_if_absent);
    taken(&world, OWNER, rename());
    let gone = taken(&world, OWNER, delete());
    assert!(gone.certificate(id(4)).is_none());
    after(&world, &by(Author::System, delete()));
}

#[test]
fn a_foreign_certificate_is_refused_as_if_it_did_not_exist() {
    let world = world();
    let same_words = |foreign: Rejection, absent: Rejection| {
        let absent =
            absent.to_string().replace(&id::<UserId>(77).to_string(), &id::<UserId>(1).to_string());
        assert_eq!(foreign.to_string(), absent);
    };
    same_words(
        refused(&world, OTHER, add(11, 8443, &[1])),
        refused(&world, OTHER, add(11, 8443, &[77])),
    );
    same_words(
        refused(&world, OTHER, add(11, 8443, &[3, 1])),
        refused(&world, OTHER, add(11, 8443, &[3, 77])),
    );
    let mut tree = balancer(5, "shop");
    tree.listeners = vec![https(11, 443, &[1])];
    let refusal = refused(&world, OTHER, Edit::CreateLoadBalancer(tree));
    assert_eq!(refusal.field(), Some("listeners[0].certificate"));
}

#[test]
fn a_certificate_of_another_project_does_not_exist() {
    let mut elsewhere = certificate(9, "elsewhere");
    elsewhere.project = id(2);
    let world = taken(&world(), OWNER, Edit::CreateCertificate(elsewhere));
    let refusal = refused(&world, OWNER, on(10, &[9]));
    assert_eq!(refusal.field(), Some("certificate"));
    assert!(matches!(refusal, Rejection::NotFound { .. }), "{refusal}");
}

#[test]
fn others_leave_a_reference_where_it_stands_or_replace_or_remove_it() {
    let world = world();
    let mut settings = https(10, 443, &[1, 2]).settings;
    settings.name = name("front");
    taken(&world, OTHER, Edit::EditListener { id: id(10), settings });
    let kept = taken(&world, OTHER, on(10, &[1, 2, 3]));
    assert_eq!(shown(&kept, 10), [id(1), id(2), id(3)]);
    assert_eq!(shown(&taken(&world, OTHER, on(10, &[3, 2])), 10), [id(3), id(2)]);
    assert_eq!(shown(&taken(&world, OTHER, on(10, &[1])), 10), [id(1)]);
    taken(&world, OTHER, Edit::DeleteListener { id: id(10) });
}

#[test]
fn others_put_a_reference_nowhere_else() {
    let world = world();
    // Neither from the further ones to the default, nor the other way round.
    assert_eq!(refused(&world, OTHER, on(10, &[2, 1])).field(), Some("certificate"));
    assert_eq!(refused(&world, OTHER, on(10, &[2])).field(), Some("certificate"));
    assert_eq!(refused(&world, OTHER, on(10, &[3, 1])).field(), Some("certificates[0]"));
    // Nor to another listener, nor back once it is gone.
    assert_eq!(refused(&world, OTHER, add(11, 8443, &[1])).field(), Some("certificate"));
    let world = taken(&world, OTHER, on(10, &[3]));
    assert_eq!(refused(&world, OTHER, on(10, &[1])).field(), Some("certificate"));
    // Its creator may do all of it.
    taken(&world, OWNER, on(10, &[2, 1]));
}

#[test]
fn a_certificate_in_use_stays() {
    let world = world();
    let delete = || Edit::DeleteCertificate { id: id(2) };
    let refusal = refused(&world, OWNER, delete());
    assert!(matches!(refusal, Rejection::InUse { .. }));
    let text = refusal.to_string();
    assert!(
        text.contains("`more` is in use by listener `https-443` of load balancer `web`"),
        "{text}"
    );
    let world = taken(&world, OWNER, on(10, &[1]));
    taken(&world, OWNER, delete());
}

#[test]
fn what_is_gone_with_its_load_balancer_uses_nothing() {
    let world = taken(&world(), OWNER, Edit::DeleteLoadBalancer { id: id(1) });
    assert_eq!(world.users_of_certificate(id(1)).count(), 0);
    taken(&world, OWNER, Edit::DeleteCertificate { id: id(1) });
}

#[test]
fn a_certificate_is_put_on_a_listener_only_while_it_is_valid() {
    let world = world();
    let at = |at: u64, edit: Edit| {
        world.apply(&Change { at: Timestamp(at), ..by(user(OWNER), edit) }).map(|_| ())
    };
    let (early, late) = (NOW.0 - 500_001, NOW.0 + 3_100_000);
    for (when, expected) in [(early, "is not valid before"), (late, "expired at")] {
        let refusal = at(when, add(11, 8443, &[1])).unwrap_err();
        assert_eq!(refusal.field(), Some("certificate"));
        assert!(refusal.to_string().contains(expected), "{refusal}");
        // One that stands stays editable, whoever edits.
        at(when, on(10, &[1, 2])).unwrap();
        at(when, on(10, &[2, 1])).unwrap();
    }
    at(early + 1, add(11, 8443, &[1])).unwrap();
    at(late - 1, add(11, 8443, &[1])).unwrap();
}

#[test]
fn what_is_larger_than_a_proxy_shall_get_is_refused() {
    let mut empty = certificate(9, "a");
    empty.chain.clear();
    let mut long = certificate(9, "a");
    long.chain = vec![Der::new(*b"der"); 11];
    let mut large = certificate(9, "a");
    large.chain = vec![Der::new(vec![0; 64 * 1024 + 1])];
    for new in [empty, long, large] {
        let refusal = refused(&world(), OWNER, Edit::CreateCertificate(new));
        assert_eq!(refusal.field(), Some("certificate"), "{refusal}");
    }
}

#[test]
fn a_listener_names_each_certificate_once_and_at_most_64() {
    let mut world = world();
    assert_eq!(refused(&world, OWNER, on(10, &[1, 1])).field(), Some("certificates[0]"));
    assert_eq!(refused(&world, OWNER, on(10, &[1, 2, 2])).field(), Some("certificates[1]"));
    let numbers: Vec<u128> = (100..165).collect();
    for number in &numbers {
        world = taken(&world, OWNER, create(*number, &format!("c{number}")));
    }
    let most = ListenerTls::MAX_CERTIFICATES;
    taken(&world, OWNER, on(10, &numbers[..most]));
    let refusal = refused(&world, OWNER, on(10, &numbers));
    assert!(refusal.to_string().contains("at most 64 certificates, not 65"), "{refusal}");
}

#[test]
fn a_certificate_goes_to_proxies_with_its_sealed_key() {
    let world = world();
    let entry = crate::table::resolve(&world, world.load_balancer(id(1)).unwrap());
    let tls = entry.listeners.iter().find_map(|listener| listener.tls.as_ref()).unwrap();
    let ids: Vec<_> = tls.certificates.iter().map(|certificate| certificate.id).collect();
    assert_eq!(ids, [id(1), id(2)]);
    assert_eq!(tls.certificates[0].key.as_bytes(), b"sealed");
    let text = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<crate::table::TableEntry>(&text).unwrap(), entry);
}
