//! The console in a real browser: what its users do, with a mouse, with the keyboard alone, without scripts; whether
//! everybody can read it; what it loads and how fast.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

#[path = "../harness/mod.rs"]
mod harness;

mod browser;
mod everybody;
mod keyboard;
mod scaling;
mod security;
mod speed;
mod story;
mod visit;
mod without_scripts;
