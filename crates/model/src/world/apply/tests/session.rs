//! Sessions that end before their time.

use std::time::Duration;

use super::fixture::*;
use super::invariants::check_invariants;
use crate::change::{Author, Change, Edit};
use crate::session::{EndedSession, MAX_ENDED_PER_USER, MAX_LIFETIME};
use crate::value::{SessionId, Timestamp};
use crate::world::{Record, World};

const HOUR: Duration = Duration::from_secs(3_600);

fn end(session: u128, expires_at: Timestamp) -> Edit {
    Edit::EndSession(EndedSession { session: id(session), user: id(1), expires_at })
}

fn at(at: Timestamp, edit: Edit) -> Change {
    Change::new(Author::System, at, edit)
}

fn ended(world: &World) -> usize {
    world.keys().filter_map(|key| world.record(&key)).filter(is_ended_session).count()
}

fn is_ended_session(record: &Record) -> bool {
    matches!(record, Record::EndedSession(_))
}

#[test]
fn an_ended_session_is_remembered_until_its_time_and_no_longer() {
    let world = with(&base(), end(7, NOW.after(HOUR)));
    assert!(world.is_ended(id::<SessionId>(7)) && !world.is_ended(id::<SessionId>(8)));
    check_invariants(&world);
    let world = after(&world, &at(NOW.after(HOUR), end(8, NOW.after(2 * HOUR))));
    assert!(!world.is_ended(id::<SessionId>(7)) && world.is_ended(id::<SessionId>(8)));
    check_invariants(&world);
}

#[test]
fn a_session_that_is_over_is_not_remembered() {
    assert_eq!(ended(&with(&base(), end(7, NOW))), 0);
}

#[test]
fn one_ended_twice_is_remembered_once() {
    let world = with(&with(&base(), end(7, NOW.after(HOUR))), end(7, NOW.after(HOUR)));
    assert_eq!(ended(&world), 1);
}

#[test]
fn ending_all_sessions_forgets_those_that_ended_alone() {
    let world = with(&base(), end(7, NOW.after(HOUR)));
    let world = with(&world, Edit::EndSessions { user: id(1) });
    assert_eq!((ended(&world), world.user(id(1)).unwrap().session_generation), (0, 1));
    check_invariants(&world);
}

#[test]
fn too_many_ended_sessions_end_all_of_the_user_instead_of_being_forgotten() {
    let mut world = base();
    for session in 0..MAX_ENDED_PER_USER as u128 {
        world = with(&world, end(100 + session, NOW.after(HOUR)));
    }
    assert_eq!((ended(&world), world.user(id(1)).unwrap().session_generation), (64, 0));
    let world = with(&world, end(99, NOW.after(HOUR)));
    assert_eq!((ended(&world), world.user(id(1)).unwrap().session_generation), (0, 1));
    check_invariants(&world);
}

#[test]
fn sessions_of_nobody_and_beyond_the_longest_time_are_refused() {
    let nobody = EndedSession { session: id(7), user: id(99), expires_at: NOW.after(HOUR) };
    all_refused(vec![
        (Edit::EndSession(nobody), None, "there is no user"),
        (Edit::EndSessions { user: id(99) }, None, "there is no user"),
        (end(7, NOW.after(MAX_LIFETIME + HOUR)), Some("expires_at"), "7 days"),
    ]);
}
