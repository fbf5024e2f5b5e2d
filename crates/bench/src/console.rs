//! Lines for the person who waits: progress to standard error, results to standard output. A closed
//! terminal is no reason to stop a measurement, so failures to write are ignored.

use std::io::Write;

/// A line of the result.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line about what is going on.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
