//! HTTP dialects that only translate: a request becomes a Change for the Ledger, World and Observed become answers.
//!
//! ```text
//!   server --> request_id --> limits --> routes of a dialect --> authentication --> read --> Ledger::commit
//!                  \--- problem <------------------ refusals <-------------/            shape <-- World + Observed
//! ```
//!
//! Invariants: no handler decides what may be intended (that is `World::apply`), reads files, or starts anything; what
//! one bad field rejects changes nothing; every error is a problem document with a stable code; whatever grows by a
//! client's doing has a limit.
//!
//! A new dialect is a folder beside [`native`] and a line in [`router`]; dialects never import each other. What they
//! share is here: [`decode`], [`body`], [`paging`], [`etag`], [`query`], [`authentication`], [`problem`].

#![forbid(unsafe_code)]

pub mod authentication;
pub mod body;
pub mod closing;
pub mod decode;
pub mod etag;
mod health;
pub mod intake;
pub mod json;
mod key_uses;
pub mod login;
mod metrics;
pub mod native;
pub mod oidc;
pub mod paging;
pub mod passwords;
pub mod pem;
pub mod problem;
pub mod query;
pub mod request_id;
pub mod router;
pub mod server;
pub mod slow_work;
pub mod state;

pub use closing::Closing;
pub use router::{dialects, operator_router, router, router_beside};
pub use server::{Secure, Tls, Transport, serve, serve_local};
pub use state::{
    ApiState, KeyFile, KeyFiles, ProcessFacts, RotationRefused, Settings, Surroundings,
};
