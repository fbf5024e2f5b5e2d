//! Every edit is its author's to make: what strangers, viewers and tenant users try on others' things.

use std::collections::BTreeMap;

use super::fixture::*;
use crate::change::{Author, Belongings, Change, Edit, NewUser, OnContents};
use crate::project::Project;
use crate::rejection::Rejection;
use crate::user::{ProjectRole, Standing};
use crate::value::{PasswordHash, UserId};
use crate::world::{Record, World};

const ADMIN: u128 = 2;
const USER: u128 = 3;
const VIEWER: u128 = 4;
const STRANGER: u128 = 5;

fn user(number: u128, called: &str, project: u128, role: ProjectRole) -> Edit {
    Edit::CreateUser(NewUser {
        id: id::<UserId>(number),
        name: name(called),
        standing: Standing::Tenant,
        memberships: BTreeMap::from([(id(project), role)]),
        project: id(project),
        password: PasswordHash::from_phc(String::new()),
    })
}

fn by(author: u128, edit: Edit) -> Change {
    Change::new(Author::User { id: id(author), name: name("someone") }, NOW, edit)
}

/// In project 1 a tenant admin, a tenant user and a viewer, in project 2 a tenant admin; load balancer 9 `own` is the
/// tenant user's.
fn world() -> World {
    use ProjectRole::{TenantAdmin, TenantUser, Viewer};
    let mut world = base();
    for edit in [
        user(ADMIN, "alma", 1, TenantAdmin),
        user(USER, "ann", 1, TenantUser),
        user(VIEWER, "vic", 1, Viewer),
        user(STRANGER, "eve", 2, TenantAdmin),
    ] {
        world = with(&world, edit);
    }
    after(&world, &by(USER, Edit::CreateLoadBalancer(balancer(9, "own"))))
}

/// `+` taken, `-` forbidden, `.` as if it were not there, for admin, user, viewer and stranger.
fn signs(world: &World, edit: &Edit) -> String {
    [ADMIN, USER, VIEWER, STRANGER]
        .map(|author| match world.apply(&by(author, edit.clone())) {
            Ok(_) => '+',
            Err(Rejection::Forbidden { .. }) => '-',
            Err(Rejection::NotFound { .. }) => '.',
            Err(other) => panic!("{edit:?}: {other}"),
        })
        .iter()
        .collect()
}

#[test]
fn edits_are_taken_from_whom_the_table_lets() {
    let world = world();
    let others = |number| world.load_balancer(id(number)).unwrap().settings.clone();
    let network = world.network(id(4)).unwrap().settings.clone();
    let shared = world.network(id(1)).unwrap().settings.clone();
    let project = world.project(id(1)).unwrap().settings();
    let zoe = |role| user(99, "zoe", 1, role);
    for (edit, wanted) in [
        // Load balancers 1 and 9 are the operator's and the tenant user's.
        (Edit::EditLoadBalancer { id: id(1), settings: others(1) }, "+.-."),
        (Edit::EditLoadBalancer { id: id(9), settings: others(9) }, "++-."),
        (Edit::DeleteLoadBalancer { id: id(1) }, "+.-."),
        (Edit::DeleteLoadBalancer { id: id(9) }, "++-."),
        (Edit::DeleteRule { id: id(1) }, "+.-."),
        (Edit::DeleteMember { id: id(1) }, "+.-."),
        (Edit::DeleteListener { id: id(1) }, "+.-."),
        (Edit::CreateLoadBalancer(balancer(99, "new")), "++-."),
        (Edit::CreateCertificate(certificate(99, "new")), "++-."),
        // Network 4 is project 2's, network 1 is shared.
        (Edit::EditNetwork { id: id(4), settings: network }, "...+"),
        (Edit::EditNetwork { id: id(1), settings: shared }, "----"),
        (Edit::DeleteNetwork { id: id(4) }, "...-"),
        (Edit::CreateNetwork(vpc(99, "new", "10.1.0.0/16")), "----"),
        (Edit::EditProject { id: id(1), settings: project }, "---."),
        (Edit::DeleteProject { id: id(1), contents: OnContents::Delete }, "---."),
        (zoe(ProjectRole::Viewer), "+--."),
        (Edit::Grant { user: id(5), project: id(1), role: ProjectRole::Viewer }, "+--."),
        (Edit::Revoke { user: id(4), project: id(1), belongings: Belongings::Delete }, "+.-."),
        // Nobody but the operator ends a user, himself neither.
        (Edit::DeleteUser { id: id(3), belongings: Belongings::Delete }, "---."),
    ] {
        assert_eq!(signs(&world, &edit), wanted, "{edit:?}");
    }
}

#[test]
fn what_may_not_be_seen_is_refused_in_the_words_of_what_is_not_there() {
    let world = world();
    for (there, nowhere) in [
        (Edit::DeleteLoadBalancer { id: id(1) }, Edit::DeleteLoadBalancer { id: id(77) }),
        (Edit::DeletePool { id: id(2) }, Edit::DeletePool { id: id(77) }),
        (Edit::DeleteNetwork { id: id(4) }, Edit::DeleteNetwork { id: id(77) }),
        (
            Edit::DeleteUser { id: id(5), belongings: Belongings::Delete },
            Edit::DeleteUser { id: id(77), belongings: Belongings::Delete },
        ),
    ] {
        let words = |edit: &Edit| {
            let refused = world.apply(&by(USER, edit.clone())).unwrap_err();
            format!("{refused} {:?}", refused.field())
        };
        let ids = ["0001", "0002", "0004", "0005"]
            .map(|end| format!("00000000-0000-0000-0000-00000000{end}"));
        let mut seen = words(&there);
        for known in ids {
            seen = seen.replace(&known, "00000000-0000-0000-0000-00000000004d");
        }
        assert_eq!(seen, words(&nowhere));
    }
}

#[test]
fn a_change_of_somebody_who_left_since_is_replayed_exactly() {
    let changes = [
        Change { author: author(), ..by(1, user(USER, "ann", 1, ProjectRole::TenantUser)) },
        by(USER, Edit::CreateLoadBalancer(balancer(9, "own"))),
        by(1, Edit::DeleteUser { id: id(USER), belongings: Belongings::HandOver { to: id(1) } }),
    ];
    let replay = || changes.iter().fold(base(), |world, change| after(&world, change));
    let text: Vec<String> =
        changes.iter().map(|change| serde_json::to_string(change).unwrap()).collect();
    let read = text.iter().map(|text| serde_json::from_str::<Change>(text).unwrap());
    let again = read.fold(base(), |world, change| after(&world, &change));
    assert!(replay() == again);
    assert_eq!(again.load_balancer(id(9)).unwrap().owner, id(1));
    super::invariants::check_invariants(&again);
}

#[test]
fn changes_and_records_from_before_there_were_tenants_mean_what_they_meant() {
    let user = r#"{"create_user":{"id":"00000000-0000-0000-0000-000000000009","name":"old","role":"operator",
        "project":"00000000-0000-0000-0000-000000000001","password":"$hash"}}"#;
    let project = r#"{"create_project":{"id":"00000000-0000-0000-0000-000000000008","name":"old","description":""}}"#;
    let edits = [project, user].map(|text| serde_json::from_str::<Edit>(text).unwrap());
    let world = after(&base(), &change(edits.to_vec()));
    assert_eq!(world.user(id(9)).unwrap().standing, Standing::Operator);
    assert_eq!(world.project(id(8)).unwrap().drivers, Project::every_driver());

    let record = r#"{"project":{"id":"00000000-0000-0000-0000-000000000007","number":1,"created_at":1,"updated_at":1,
        "revision":1,"name":"older","description":"","quota":{"load_balancers":5,"listeners_per_load_balancer":64,
        "pools_per_load_balancer":64,"members_per_pool":2000,"rules_per_listener":256}}}"#;
    let Record::Project(read) = serde_json::from_str::<Record>(record).unwrap() else {
        panic!("a project")
    };
    assert_eq!((read.quota.load_balancers, read.quota.vips), (5, 20_000));
    assert_eq!(read.drivers, Project::every_driver());
}
