//! Whether members get work: what checks in a row mean, when to check, what failing traffic adds,
//! and who is admitted. Pure: results and times come in, decisions and evidence go out.
//!
//! ```text
//!   tcp, http, tls: one check's outcome +
//!                                     +--> MemberHealth --> Standing --> admit --> candidates
//!   passive: connections that fail ---+
//!   outlier: latency above its peers' +
//! ```

pub mod http;
mod member;
pub mod outlier;
pub mod passive;
pub mod schedule;
mod standing;
pub mod tcp;
pub mod tls;

pub use member::{Counted, MemberHealth, Thresholds};
pub use standing::{Admission, Standing, admit};

/// What one check found: nothing wrong, or what came of it in words.
pub type Outcome = Result<(), String>;

/// The most characters of an outcome that are kept as evidence.
pub const MAX_OUTCOME_CHARS: usize = 512;

/// Evidence in its bounds.
#[must_use]
pub fn bounded(text: &str) -> String {
    text.chars().take(MAX_OUTCOME_CHARS).collect()
}
