//! Networks, projects and users.

use std::collections::BTreeMap;

use super::fixture::*;
use crate::change::{Edit, NewNetwork, NewProject, NewUser};
use crate::network::{Addresses, NetworkSettings};
use crate::user::Standing;
use crate::value::{Description, PasswordHash};

fn create(cidr: &str) -> Edit {
    Edit::CreateNetwork(vpc(9, "new", cidr))
}

fn host(addresses: &[&str]) -> Edit {
    let addresses = Addresses::Host { addresses: addresses.iter().map(|text| ip(text)).collect() };
    Edit::CreateNetwork(NewNetwork { addresses, ..vpc(9, "new", "10.0.0.0/8") })
}

#[test]
fn ranges_are_whole_large_enough_and_of_hosts() {
    all_refused(vec![
        (create("10.1.0.1/16"), Some("cidr"), "the range is 10.1.0.0/16"),
        (create("10.1.0.0/31"), Some("cidr"), "use a range of /30 or larger"),
        (create("fd00:1::/127"), Some("cidr"), "use a range of /126 or larger"),
        (create("0.0.0.0/0"), Some("cidr"), "which no host can have"),
        (create("169.254.0.0/24"), Some("cidr"), "169.254.0.0/16"),
        (create("ff02::/64"), Some("cidr"), "ff00::/8"),
        (create("::/0"), Some("cidr"), "which no host can have"),
        (host(&[]), Some("addresses"), "1 to 64 addresses"),
        (host(&["0.0.0.0"]), Some("addresses"), "not an address of a machine"),
    ]);
    all_taken(vec![
        create("10.1.0.0/30"),
        create("10.1.0.0/16"),
        create("fd01::/16"),
        host(&["198.51.100.1", "2001:db8::1", "198.51.100.1"]),
    ]);
}

#[test]
fn networks_share_no_address() {
    all_refused(vec![
        (create("127.77.0.0/16"), Some("cidr"), "overlaps network `default` (127.77.0.0/24)"),
        (create("10.9.0.0/30"), Some("cidr"), "`tiny`"),
        (create("192.0.2.0/24"), Some("cidr"), "`host`"),
        (host(&["127.77.0.200"]), Some("cidr"), "`default`"),
    ]);
}

#[test]
fn names_and_ids_are_unique() {
    let named = |text| NetworkSettings { name: name(text), description: Description::default() };
    let user = |number, called, project| {
        Edit::CreateUser(NewUser {
            id: id(number),
            name: name(called),
            standing: Standing::Operator,
            memberships: BTreeMap::new(),
            project: id(project),
            password: PasswordHash::from_phc(String::new()),
        })
    };
    let project = |number, called| Edit::CreateProject(NewProject::new(id(number), name(called)));
    all_refused(vec![
        (Edit::CreateNetwork(vpc(9, "tiny", "10.1.0.0/16")), Some("name"), "`tiny` exists"),
        (Edit::CreateNetwork(vpc(1, "new", "10.1.0.0/16")), Some("id"), "already"),
        (Edit::EditNetwork { id: id(1), settings: named("tiny") }, Some("name"), "`tiny`"),
        (Edit::EditNetwork { id: id(9), settings: named("x") }, None, "no network"),
        (user(1, "eve", 1), Some("id"), "already"),
        (user(9, "admin", 1), Some("name"), "user `admin` exists"),
        (user(9, "eve", 9), Some("project"), "no project"),
        (project(1, "third"), Some("id"), "already"),
        (project(9, "demo"), Some("name"), "project `demo` exists"),
        (
            Edit::SetPassword { id: id(9), password: PasswordHash::from_phc(String::new()) },
            None,
            "no user",
        ),
    ]);
    all_taken(vec![
        Edit::EditNetwork { id: id(1), settings: named("main") },
        user(9, "eve", 2),
        project(9, "third"),
    ]);
}

#[test]
fn a_network_goes_only_when_it_is_empty() {
    let delete = || Edit::DeleteNetwork { id: id(1) };
    let refused = refusal(&base(), delete());
    assert!(refused.to_string().contains("load balancer `web`, load balancer `blog`"), "{refused}");
    let world = with(&base(), Edit::DeleteLoadBalancer { id: id(1) });
    let world = with(&world, Edit::DeleteLoadBalancer { id: id(2) });
    let world = with(&world, delete());
    assert!(world.network_named(id(1), "default").is_none());
    with(&world, Edit::CreateNetwork(vpc(9, "default", "127.77.0.0/16")));
}

#[test]
fn a_new_password_ends_older_tokens() {
    let password = PasswordHash::from_phc("$new".to_owned());
    let world = with(&base(), Edit::SetPassword { id: id(1), password: password.clone() });
    let user = world.user(id(1)).unwrap();
    assert_eq!((&user.password, user.session_generation), (&password, 1));
}
