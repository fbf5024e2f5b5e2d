//! The native dialect: `/v1`, JSON. Contract: names, shapes and statuses are those of `/openapi.json`.
//!
//! ```text
//!   routes --> load_balancers, listeners, .. --read--> Change --submission--> Ledger
//!                        \------------------ shape <-- World + Observed
//! ```
//!
//! A new resource: `shape/<name>.rs` (what is answered), `read/<name>.rs` (what is taken), a handler file, rows in
//! [`routes`]. Its documentation follows from these.

mod api_keys;
mod audit;
mod certificates;
mod errors;
mod events;
mod key_files;
mod listeners;
mod load_balancers;
mod members;
mod memberships;
mod networks;
mod oidc;
pub mod openapi;
mod pools;
mod projects;
mod proxies;
mod read;
pub(crate) mod routes;
mod rules;
mod scaling;
mod sessions;
mod shape;
mod stats;
mod submission;
mod users;
mod warnings;
