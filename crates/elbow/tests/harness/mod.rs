//! Runs the real program on a data directory of its own, with addresses of its own, and ends it with the test.
//!
//! ```text
//!   Deployment   `elbow up`: its command line, its API, its processes (kill them, start them again)
//!   Vips         a range of loopback addresses that no other test uses
//!   Origin       a sample server as a process
//!   Podman       an engine of containers of the test's own
//!   openssl      certificates and keys in files, as people have them
//!   http         a small blocking client that shows every byte it is asked for
//! ```
//!
//! Waiting is for an event (a line of output, the end of a process) or by asking again until a deadline; a wait that
//! fails says what it last saw.

#![allow(dead_code, unused_imports, reason = "each test program uses its part of the harness")]
#![allow(clippy::allow_attributes, reason = "which parts are unused differs between test programs")]

pub(crate) mod deployment;
pub(crate) mod http;
pub(crate) mod openssl;
pub(crate) mod origin;
pub(crate) mod podman;
pub(crate) mod process;
pub(crate) mod static_program;
pub(crate) mod vips;

use std::time::{Duration, Instant};

pub(crate) use deployment::Deployment;
pub(crate) use http::Client;
pub(crate) use origin::Origin;
pub(crate) use vips::Vips;

/// Longest time for what takes milliseconds on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again until the answer is `Ok`; fails with the last `Err`.
#[track_caller]
pub(crate) fn eventually<T, E: std::fmt::Display>(
    what: &str,
    mut ask: impl FnMut() -> Result<T, E>,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(last) if Instant::now() >= deadline => {
                panic!("{what}: not after {PATIENCE:?}; last seen: {last}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}
