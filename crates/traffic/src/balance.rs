//! Which member of a pool gets the next request. Everything here is built anew whenever a pool's
//! eligible members change, and asked once per request: it must keep no state of its own, allocate
//! nothing when asked, and never name a member that was not given to it.
//!
//! ```text
//!   members -> health::eligible -> slow_start::share -> Candidates -> Picker
//!                                    (turn, source, token, tried) -> Picker -> member
//! ```

mod hash;
mod least_connections;
pub mod persistence;
mod picker;
mod round_robin;
pub mod slow_start;
mod source_ip;

pub use hash::{HashKey, keyed_hash};
pub use picker::{Ask, Candidate, Picker};
pub use round_robin::Turns;

#[cfg(test)]
mod tests;
