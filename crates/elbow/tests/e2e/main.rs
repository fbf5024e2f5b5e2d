//! End to end: the real program, real sockets, real clients.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

#[path = "../harness/mod.rs"]
mod harness;

mod access_log;
mod api_https;
mod api_keys;
mod bad_input;
mod balancing;
mod certificates;
mod clients;
mod command_line;
mod containers;
mod crashes;
mod http2;
mod https;
mod key_files;
mod lifecycle_hooks;
mod observing;
mod oidc;
mod processes;
mod scaling;
mod scaling_groups;
mod sessions;
mod shortage;
mod tenancy;
mod tls_members;
