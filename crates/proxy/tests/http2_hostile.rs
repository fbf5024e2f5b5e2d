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

use http2_hostile::runner::run_all;
use http2_hostile::table::every_case;

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
