//! The Ledger: commits Changes durably with compare-and-set, and publishes the World and what is Observed.
//!
//! ```text
//!   commit(build) --> committer thread: build(&World) -> Change -> World::apply -> Backend::write -> publish -> answer
//!                                         (what waits together is written together)
//! ```
//!
//! Invariants: an answered commit is durable; what is published is durable; the committer is the only writer.
//! A new backend goes into `backend/<name>.rs` and must pass the suite in `backend/suite.rs`. Metric series, volatile,
//! live in [`series`].

#![forbid(unsafe_code)]

mod backend;
pub mod ledger;
pub mod series;
mod trouble;

pub use ledger::Storage;
pub use trouble::Trouble;
