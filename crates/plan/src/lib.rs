//! What to do next. Pure: what is intended, what is observed and the time go in, decisions come out.
//!
//! ```text
//!   lives and deaths of a process --supervision--> when to start it again
//!   a group's load, its policies      --scaling-----> how many instances it should have
//! ```
//!
//! Invariants: no IO, no clock, no randomness; the same input gives the same decision, and deciding twice changes
//! nothing. A scaling policy is a file of [`scaling`].

#![forbid(unsafe_code)]

pub mod instances;
pub mod scaling;
pub mod supervision;
