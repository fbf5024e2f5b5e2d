//! Carries out Actions and holds the link to proxies.
//!
//! ```text
//!   Ledger --News--> feed --Head--> connection --Tables--> proxy     (one connection per proxy, each with its own pace)
//!   Ledger <--observe-- observer <--Seen-- connection <--Ack, Health, Counters-- proxy
//!   supervise --starts, restarts, stops--> the proxy process beside control
//!   driver    --launches, lists, ends--> instances of scaling groups
//!   scaling   --asks the planner, commits, calls drivers--> groups as intended
//!   questions --reads records, plays them, asks drivers---> answers for request handlers
//! ```
//!
//! Invariants: no commit waits for a proxy; memory per proxy is bounded whatever it does; a proxy gets whole entries,
//! always the newest; a crash of control touches no proxy. What is to be done is decided in `elbow-plan`; here it is
//! done. New drivers go into `driver/<name>.rs`, new messages of the link into `link/connection.rs`.

#![forbid(unsafe_code)]

mod clock;
mod control;
pub mod driver;
mod link;
mod questions;
pub mod scaling;
mod signature;
mod supervise;

pub use control::{Control, ControlError, Handle};
pub use link::LinkError;
pub use signature::SigningKey;
pub use supervise::{ProxyCommand, ProxyOutput};
