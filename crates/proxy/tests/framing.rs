//! The framing suite, HTTP/1: hostile and odd bytes through a real worker, judged by what a
//! recording origin saw, by what the client got, and by whether a fresh client is still served.
//! `FRAMING_ONLY=words` plays the cases with these words in their names.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

mod support;

mod framing {
    pub(crate) mod case;
    pub(crate) mod client;
    pub(crate) mod mutation;
    pub(crate) mod origin;
    pub(crate) mod runner;
    pub(crate) mod table;
    pub(crate) mod wire;
}

use std::collections::HashSet;
use std::sync::{Mutex, Once};

use framing::runner::{Over, run_all};
use framing::table::every_case;

/// The least number of cases that the suite promises.
const PROMISED: usize = 200;

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Takes note of panics in workers, which only cost a connection there.
fn watch_workers() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name().is_some_and(|name| name.starts_with("worker-")) {
                PANICS.lock().unwrap().push(panic.to_string());
            }
            default(panic);
        }));
    });
}

fn assert_no_worker_panicked() {
    let panics = PANICS.lock().unwrap();
    assert!(panics.is_empty(), "workers panicked: {panics:?}");
}

#[test]
fn every_case_is_judged_right() {
    watch_workers();
    let cases = every_case();
    let failures = run_all(&cases, &Over::Clear);
    assert_no_worker_panicked();
    assert!(
        failures.is_empty(),
        "{} of {} cases failed:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn every_case_is_judged_the_same_over_tls() {
    watch_workers();
    let cases = every_case();
    let failures = run_all(&cases, &Over::tls());
    assert_no_worker_panicked();
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
        assert!(names.insert(&case.name), "{} comes twice", case.name);
        assert!(!case.rfc.is_empty(), "{} has no reference", case.name);
    }
}

#[test]
fn what_the_origin_sees_is_what_a_strict_reader_finds() {
    watch_workers();
    let result = framing::mutation::run();
    assert!(result.is_ok(), "{}", result.unwrap_err());
    assert_no_worker_panicked();
}
