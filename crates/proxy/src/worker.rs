//! The threads that carry traffic, one per core, and how the rest of the process talks to them:
//! [`Command`]s down, [`Report`]s up. Nothing outside may touch what a worker owns.
//!
//! ```text
//! accept (-> handshake) -> request -> assign -> pump -> finish      one HTTP exchange
//!       \-> relay                                                  one byte stream
//!        \-> hello -> relay                  the same, to the pool that its server name asks for
//! connect: a connection to a member, TLS and all
//! engine: the loop and its events;  install: commands;  timeout: deadlines
//! ```

mod accept;
mod arena;
mod assign;
mod buffer;
mod channel;
pub mod command;
mod connect;
mod connection;
mod deadlines;
mod engine;
mod exchange;
mod finish;
mod handshake;
mod hello;
mod http2;
mod install;
mod log;
mod pump;
mod relay;
pub mod report;
mod request;
mod route;
mod runtime;
mod ticket;
mod timeout;
mod transmit;
mod trap;
mod waiting;
mod wheel;

pub use command::{Acknowledge, Command, WorkerHandle};
pub use deadlines::Deadlines;
pub use engine::{WorkerConfig, start};
pub use report::{MemberFailure, Report};
pub use trap::Trap;
