//! The framing suite, HTTP/2: hostile and odd frames through a real worker, judged by what a
//! recording origin saw, by what the client got, and by whether others are still served.
//! `FRAMING_ONLY=words` plays the cases with these words in their names.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

mod support;

#[path = "framing"]
#[expect(dead_code, reason = "the origin and its reader, of the suite for HTTP/1")]
mod framing {
    pub(crate) mod case;
    pub(crate) mod origin;
    pub(crate) mod wire;
}

mod http2_hostile {
    pub(crate) mod case;
    pub(crate) mod frames;
    pub(crate) mod runner;
    pub(crate) mod table;
}

use std::collections::HashSet;
use std::time::Duration;

use elbow_model::listener::Protocol;
use elbow_proxy::worker::Deadlines;
use http2_hostile::case::{ENHANCE_YOUR_CALM, GET, get};
use http2_hostile::frames::{END_STREAM, HEADERS, PREFACE, RawClient, SETTINGS, block, frame};
use http2_hostile::runner::run_all;
use http2_hostile::table::every_case;
use support::origin::Origin;
use support::{PATIENCE, Stage, Tuning};

/// The least number of cases that the suite promises.
const PROMISED: usize = 150;

#[test]
fn every_case_is_judged_right() {
    let cases = every_case();
    let failures = run_all(&cases);
    assert!(
        failures.is_empty(),
        "{} of {} cases failed:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn every_case_has_a_name_of_its_own_and_a_reference() {
    let cases = every_case();
    assert!(cases.len() >= PROMISED, "{} cases", cases.len());
    let mut names = HashSet::new();
    for case in &cases {
        assert!(names.insert(case.name.as_str()), "{} comes twice", case.name);
        assert!(!case.rfc.is_empty(), "{} has no reference", case.name);
    }
}

/// A stage whose worker waits for `deadlines`, and a connection that has begun well.
fn begun(deadlines: Deadlines) -> (Stage, RawClient) {
    let origin = Origin::named("one");
    let tuning = Tuning { deadlines, trap: None };
    let stage = Stage::tuned(tuning, Protocol::Http, &[origin.address], |entry| {
        entry.listeners[0].http2 = true;
    });
    let mut client = RawClient::connect(stage.address);
    client.send(&[PREFACE, &frame(SETTINGS, 0, 0, [])].concat());
    (stage, client)
}

const SOON: Duration = Duration::from_millis(300);

#[test]
fn the_end_of_a_header_block_is_waited_for_once_however_it_drips() {
    let (_stage, mut client) = begun(Deadlines { head: SOON, ..Deadlines::default() });
    // Once this is answered, both sides' settings are known and nothing else is sent on its own.
    client.send(&get(1));
    assert!(client.read_until(PATIENCE, |got| got.streams.values().any(|got| got.has_ended)));
    client.send(&frame(HEADERS, END_STREAM, 3, &block(&GET)[..5]));
    client.read_until(SOON / 2, |_| false);
    // One more frame of it changes nothing about its end.
    client.send(&frame(http2_hostile::frames::CONTINUATION, 0, 3, &block(&GET)[5..6]));
    let is_told = client.read_until(PATIENCE, |got| got.goaway == Some(ENHANCE_YOUR_CALM));
    assert!(is_told, "{:?}", client.collected);
    assert!(client.read_until(PATIENCE, |got| got.is_closed));
}

#[test]
fn a_client_that_does_not_introduce_itself_is_not_waited_for() {
    let (stage, _begun) = begun(Deadlines { head: SOON, ..Deadlines::default() });
    let mut client = RawClient::connect(stage.address);
    client.send(PREFACE);
    assert!(client.read_until(PATIENCE, |got| got.is_closed));
}

#[test]
fn a_client_without_streams_is_told_to_go_after_a_while() {
    let (_stage, mut client) = begun(Deadlines { keep_alive: Some(SOON), ..Deadlines::default() });
    client.send(&get(1));
    assert!(client.read_until(PATIENCE, |got| got.streams.values().any(|got| got.has_ended)));
    assert!(client.read_until(PATIENCE, |got| got.goaway == Some(0)));
    assert!(client.read_until(PATIENCE, |got| got.is_closed));
}
