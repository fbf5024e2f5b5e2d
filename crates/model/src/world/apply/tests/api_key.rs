//! API keys: who makes them, and what may be done with them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fixture::*;
use super::invariants::check_invariants;
use crate::api_key::{Access, ApiKey};
use crate::change::{
    Author, Belongings, Change, Edit, NewApiKey, NewIdentity, NewUser, OnContents,
};
use crate::rejection::Rejection;
use crate::user::{ProjectRole, Role, Standing};
use crate::value::{Description, KeyHash, PasswordHash, ProjectId};
use crate::world::World;

const DAY: Duration = Duration::from_secs(86_400);

fn new(number: u128, role: Role) -> NewApiKey {
    NewApiKey {
        id: id(number),
        name: name(&format!("key-{number}")),
        description: Description::default(),
        project: id(1),
        role,
        access: Access::ReadWrite,
        hash: KeyHash::new([number as u8; 32]),
        expires_at: NOW.after(DAY),
    }
}

fn user(number: u128) -> Author {
    Author::User { id: id(number), name: name("someone") }
}

fn key(number: u128, user: u128) -> Author {
    Author::ApiKey { id: id(number), user: id(user), name: name("someone") }
}

fn by(author: Author, edit: Edit) -> Change {
    Change::new(author, NOW, edit)
}

#[track_caller]
fn taken(world: &World, author: Author, edit: Edit) -> World {
    let next = after(world, &by(author, edit));
    check_invariants(&next);
    next
}

#[track_caller]
fn refused(world: &World, author: Author, edit: Edit) -> Rejection {
    world.apply(&by(author, edit.clone())).err().unwrap_or_else(|| panic!("taken: {edit:?}"))
}

/// The base World with tenant admin 2 of project 1, and keys: 10 of the operator, 20 of the tenant admin, 21 of his as a
/// viewer, 22 of his for reading alone.
fn world() -> World {
    let tenant = NewUser {
        id: id(2),
        name: name("ann"),
        standing: Standing::Tenant,
        memberships: BTreeMap::from([
            (id::<ProjectId>(1), ProjectRole::TenantAdmin),
            (id(2), ProjectRole::TenantAdmin),
        ]),
        project: id(1),
        password: PasswordHash::from_phc("$hash".to_owned()),
    };
    let world = with(&base(), Edit::CreateUser(tenant));
    let world = taken(&world, user(1), Edit::CreateApiKey(new(10, Role::Operator)));
    let reads = NewApiKey { access: Access::ReadOnly, ..new(22, Role::TenantAdmin) };
    [new(20, Role::TenantAdmin), new(21, Role::Viewer), reads]
        .into_iter()
        .fold(world, |world, key| taken(&world, user(2), Edit::CreateApiKey(key)))
}

fn balancer_in(project: u128) -> Edit {
    Edit::CreateLoadBalancer(crate::change::NewLoadBalancer {
        project: id(project),
        ..balancer(9, "new")
    })
}

#[test]
fn a_key_is_its_authors_and_says_no_more_than_his_role() {
    let world = world();
    assert_eq!(
        world.api_keys_of(id(2)).map(|key| key.name.as_str()).collect::<Vec<_>>(),
        ["key-20", "key-21", "key-22"]
    );
    let more = refused(&world, user(2), Edit::CreateApiKey(new(30, Role::Operator)));
    assert!(more.to_string().contains("more than your own role"), "{more}");
    let strange = NewApiKey { project: id(9), ..new(30, Role::Viewer) };
    assert_eq!(refused(&world, user(2), Edit::CreateApiKey(strange)).field(), Some("project"));
    let twice = NewApiKey { name: name("key-20"), ..new(30, Role::Viewer) };
    assert!(matches!(
        refused(&world, user(2), Edit::CreateApiKey(twice)),
        Rejection::NameTaken { .. }
    ));
    for expires_at in [NOW, NOW.after(ApiKey::MAX_LIFETIME + DAY)] {
        let key = NewApiKey { expires_at, ..new(30, Role::Viewer) };
        assert_eq!(refused(&world, user(2), Edit::CreateApiKey(key)).field(), Some("expires_at"));
    }
}

#[test]
fn a_user_has_a_bounded_number_of_keys() {
    let full = (30..59).fold(world(), |world, number| {
        taken(&world, user(2), Edit::CreateApiKey(new(number, Role::Viewer)))
    });
    let one_more = refused(&full, user(2), Edit::CreateApiKey(new(60, Role::Viewer)));
    assert!(matches!(one_more, Rejection::QuotaExceeded { limit: 32, .. }), "{one_more}");
}

#[test]
fn a_key_may_what_its_role_may_in_its_project_and_nothing_elsewhere() {
    let world = world();
    taken(&world, key(20, 2), balancer_in(1));
    taken(&world, user(2), balancer_in(2));
    assert_eq!(refused(&world, key(20, 2), balancer_in(2)).field(), Some("project"));
    assert!(matches!(
        refused(&world, key(21, 2), balancer_in(1)),
        Rejection::Forbidden { role: Role::Viewer, .. }
    ));
    assert!(matches!(refused(&world, key(22, 2), balancer_in(1)), Rejection::Forbidden { .. }));
    taken(&world, key(10, 1), balancer_in(2));
}

#[test]
fn a_key_makes_no_keys_and_alters_nobody_unless_it_is_an_operators() {
    let world = world();
    let password = PasswordHash::from_phc("$new".to_owned());
    let set = |user: u128| Edit::SetPassword { id: id(user), password: password.clone() };
    assert!(matches!(refused(&world, key(20, 2), set(2)), Rejection::Forbidden { .. }));
    assert!(matches!(
        refused(&world, key(20, 2), Edit::DeleteApiKey { id: id(21) }),
        Rejection::Forbidden { .. }
    ));
    taken(&world, key(10, 1), set(2));
    for (key, role) in [(key(20, 2), Role::Viewer), (key(10, 1), Role::Operator)] {
        let refused = refused(&world, key, Edit::CreateApiKey(new(30, role)));
        assert!(refused.to_string().contains("a key makes none"), "{refused}");
    }
}

#[test]
fn a_key_is_nothing_once_it_is_deleted_expired_or_of_another_user() {
    let world = world();
    let deleted = taken(&world, user(2), Edit::DeleteApiKey { id: id(20) });
    assert!(matches!(refused(&deleted, key(20, 2), balancer_in(1)), Rejection::NotFound { .. }));
    let late = Change::new(key(20, 2), NOW.after(DAY), balancer_in(1));
    assert!(matches!(world.apply(&late), Err(Rejection::NotFound { .. })));
    assert!(matches!(refused(&world, key(20, 1), balancer_in(1)), Rejection::NotFound { .. }));
}

#[test]
fn keys_are_ended_by_their_user_and_the_operator_alone() {
    let world = world();
    let foreign = refused(&world, user(2), Edit::DeleteApiKey { id: id(10) });
    assert_eq!(
        foreign.to_string(),
        refused(&world, user(2), Edit::DeleteApiKey { id: id(99) }).to_string().replace(
            &id::<crate::value::ApiKeyId>(99).to_string(),
            &id::<crate::value::ApiKeyId>(10).to_string()
        )
    );
    taken(&world, user(1), Edit::DeleteApiKey { id: id(20) });
}

#[test]
fn keys_go_with_their_user_their_membership_and_their_project() {
    let left = |edit: Edit| world_keys(&taken(&world(), user(1), edit));
    let gone = Belongings::Delete;
    assert_eq!(left(Edit::DeleteUser { id: id(2), belongings: gone }), ["key-10"]);
    let revoked = Edit::Revoke { user: id(2), project: id(1), belongings: gone };
    assert_eq!(left(revoked), ["key-10"]);
    let elsewhere = Edit::Revoke { user: id(2), project: id(2), belongings: gone };
    assert_eq!(left(elsewhere).len(), 4);
    let project = Edit::DeleteProject { id: id(1), contents: OnContents::Delete };
    assert_eq!(left(project), Vec::<String>::new());
}

fn world_keys(world: &World) -> Vec<String> {
    world.api_keys().map(|key| key.name.to_string()).collect()
}

#[test]
fn identities_go_with_their_user() {
    let link = NewIdentity {
        id: id(7),
        issuer: "https://login.example".to_owned(),
        subject: "ann".to_owned(),
        user: id(2),
    };
    let world = with(&world(), Edit::LinkIdentity(link));
    let gone =
        taken(&world, user(1), Edit::DeleteUser { id: id(2), belongings: Belongings::Delete });
    assert!(gone.identity_of("https://login.example", "ann").is_none());
}
