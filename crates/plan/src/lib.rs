//! What to do next. Pure: what is intended, what is observed and the time go in, decisions come out.
//!
//! ```text
//!   lives and deaths of a process --supervision--> when to start it again
//! ```
//!
//! Invariants: no IO, no clock, no randomness; the same input gives the same decision, and deciding twice changes
//! nothing. [`supervision`] is all that is decided so far. Reconciliation of instances (`reconcile`) and scaling
//! policies (`scaling/<name>.rs`) get their files here with the issue that brings scaling groups.

#![forbid(unsafe_code)]

pub mod supervision;
