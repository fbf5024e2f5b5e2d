//! What the audit log says of Changes: by whom, of what, in whose project.

use super::*;
use crate::change::{Edit, NewUser};
use crate::user::Standing;
use crate::world::fixture::*;

fn entries(edits: Vec<Edit>) -> Vec<Entry> {
    let before = base();
    let change = Change { source: Some(Source::LocalSocket), ..change(edits) };
    let next = after(&before, &change);
    Entry::of_change(next.revision(), &change, &before, &next)
}

/// `action kind name` of each deed.
fn told(entry: &Entry) -> Vec<String> {
    let What::Change { deeds, .. } = &entry.what else { panic!("not a change") };
    let tell = |deed: &Deed| {
        format!("{} {} {}", deed.action.as_str(), deed.kind, deed.name.as_deref().unwrap_or("?"))
    };
    deeds.iter().map(tell).collect()
}

#[test]
fn a_change_is_told_by_what_it_did() {
    let entries = entries(vec![
        Edit::DeleteRule { id: id(1) },
        Edit::DeleteMember { id: id(1) },
        Edit::DeleteLoadBalancer { id: id(2) },
        Edit::CreateCertificate(certificate(1, "site")),
    ]);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].project, Some(id(1)));
    assert_eq!(
        told(&entries[0]),
        [
            "DELETE rule web/http-80",
            "DELETE member web/default/10.0.0.1:8080",
            "DELETE load balancer blog",
            "CREATE certificate site",
        ]
    );
    let What::Change { revision, .. } = entries[0].what else { panic!("not a change") };
    assert_eq!(revision, Revision(2));
    assert_eq!((entries[0].user(), entries[0].class()), (Some(id(1)), EntryClass::People));
}

#[test]
fn each_project_has_an_entry_of_its_own() {
    let ann = NewUser {
        id: id(9),
        name: name("ann"),
        standing: Standing::Operator,
        memberships: std::collections::BTreeMap::new(),
        project: id(1),
        password: crate::value::PasswordHash::from_phc("$hash".to_owned()),
    };
    let entries = entries(vec![
        Edit::DeleteLoadBalancer { id: id(2) },
        Edit::DeleteNetwork { id: id(4) },
        Edit::CreateUser(ann),
    ]);
    let projects: Vec<_> = entries.iter().map(|entry| entry.project).collect();
    assert_eq!(projects, [Some(id(1)), Some(id(2)), None]);
    assert_eq!(told(&entries[1]), ["DELETE network private"]);
}

#[test]
fn an_entry_is_bounded_however_large_the_change() {
    let members = (100..200).map(|n| Edit::AddMembers {
        pool: id(1),
        members: vec![member(n, &format!("10.1.0.{}:80", n - 99))],
    });
    let entries = entries(members.collect());
    let What::Change { deeds, more, .. } = &entries[0].what else { panic!("not a change") };
    assert_eq!((deeds.len(), *more), (Entry::MAX_DEEDS, 100 - 16));
}

#[test]
fn a_name_that_nobody_has_is_cut() {
    let entry = Entry::unknown_login(NOW, &"x".repeat(1_000), Source::LocalSocket);
    assert_eq!(entry.who, Who::Unknown { name: "x".repeat(64) });
    assert_eq!(entry.class(), EntryClass::Failures);
}
