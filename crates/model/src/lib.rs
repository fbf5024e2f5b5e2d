//! What may be intended, and every rule about it. Pure: no IO, no clock, no randomness.
//!
//! ```text
//!   Change --apply--> World --table--> Table        Observed + World --status--> views
//! ```
//!
//! The [`World`](world::World) is everything that users intend, a structurally shared value numbered by one
//! growing [`Revision`](value::Revision). A [`Change`](change::Change) is the only way to alter it;
//! [`World::apply`](world::World::apply) holds every rule and either returns the next World or a
//! [`Rejection`](rejection::Rejection) that leaves the old one as it was. [`table`] derives what a proxy must run,
//! one [`TableEntry`](table::TableEntry) per load balancer. [`observed`] is what is seen from outside and
//! [`status`] the views computed from both; [`questions`] is the door to what only the running system knows.
//!
//! Invariants: no dangling reference, no two listeners on one address and port, every virtual IP unique and
//! inside its network, names unique where they are references, quotas held; the same Changes on the same base
//! give the same World.
//!
//! A new resource field goes into its resource's file; every translation stops compiling until it decides.

#![forbid(unsafe_code)]

pub mod activity;
pub mod api_key;
pub mod attachment;
pub mod audit;
pub mod certificate;
pub mod change;
pub mod command_words;
pub mod health_monitor;
pub mod identity;
pub mod instance;
pub mod launch_template;
pub mod lifecycle_hook;
pub mod listener;
pub mod load_balancer;
pub mod member;
pub mod network;
pub mod notification;
pub mod observed;
pub mod policy;
pub mod pool;
pub mod project;
pub mod questions;
pub mod rejection;
pub mod rights;
pub mod rule;
pub mod scaling_group;
pub mod schedule;
pub mod session;
pub mod status;
pub mod table;
pub mod user;
pub mod value;
pub mod wake;
pub mod wire;
pub mod world;
