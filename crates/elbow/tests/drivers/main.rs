//! Instance drivers with the real program: one suite that every driver passes, and what each must do besides.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

#[path = "../harness/mod.rs"]
mod harness;

#[macro_use]
mod suite;

mod container;
mod crashes;
mod hook;
mod process;
mod program;
