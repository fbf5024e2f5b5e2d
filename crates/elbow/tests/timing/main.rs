//! Promises with numbers in them, one after the other: each has the machine for itself.
//!
//! Run beside other tests they would measure those. Within this program a lock keeps them apart; between programs,
//! `cargo test` runs one at a time, and `.config/nextest.toml` gives them all cores.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

#[path = "../harness/mod.rs"]
mod harness;

mod edits_under_load;
mod in_force;
mod scale;

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps the tests of this program apart.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says on standard error what was measured (`cargo test --test timing -- --nocapture` shows it).
fn say(what: &str, milliseconds: &mut [f64]) {
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(|share| percentile(milliseconds, share));
    let line = format!("{what:<28}p50 {p50:>7.2} ms   p99 {p99:>7.2} ms   most {most:>7.2} ms");
    let _gone = writeln!(std::io::stderr(), "{line}");
}

/// The value below which this share of the values lies.
fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() as f64 * share).ceil() as usize;
    values[index.clamp(1, values.len()) - 1]
}
