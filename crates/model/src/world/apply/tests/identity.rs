//! Identities at a provider.

use super::fixture::*;
use super::invariants::check_invariants;
use crate::change::{Edit, NewIdentity};
use crate::identity::Identity;

const ISSUER: &str = "https://login.example";

fn link(number: u128, subject: &str) -> Edit {
    let (issuer, subject) = (ISSUER.to_owned(), subject.to_owned());
    Edit::LinkIdentity(NewIdentity { id: id(number), issuer, subject, user: id(1) })
}

#[test]
fn an_identity_is_known_by_issuer_and_subject_together() {
    let world = with(&base(), link(7, "ann"));
    check_invariants(&world);
    assert_eq!(world.identity_of(ISSUER, "ann").map(|found| found.user), Some(id(1)));
    assert!(world.identity_of("https://other.example", "ann").is_none());
    assert!(world.identity_of(ISSUER, "Ann").is_none());
    let world = with(&world, Edit::UnlinkIdentity { id: id(7) });
    check_invariants(&world);
    assert!(world.identity_of(ISSUER, "ann").is_none());
}

#[test]
fn a_subject_is_one_users_and_a_user_has_a_bounded_number() {
    let world = with(&base(), link(7, "ann"));
    assert!(refusal(&world, link(8, "ann")).to_string().contains("linked to a user already"));
    let full = (0..7).fold(world, |world, n| with(&world, link(20 + n, &format!("s{n}"))));
    assert!(refusal(&full, link(9, "more")).to_string().contains("identities of one user"));
    let long = "x".repeat(Identity::MAX_SUBJECT_BYTES + 1);
    all_refused(vec![
        (link(7, ""), Some("subject"), "1 to 255"),
        (link(7, &long), Some("subject"), "256 bytes"),
        (Edit::UnlinkIdentity { id: id(9) }, None, "there is no identity"),
    ]);
}
