//! The threads that carry traffic, one per core, and how the rest of the process talks to them:
//! [`Command`]s down, [`Report`]s up. Nothing outside may touch what a worker owns.

pub mod command;
pub mod report;

pub use command::{Acknowledge, Command, Inbox, WorkerHandle};
pub use report::{MemberFailure, Report};
