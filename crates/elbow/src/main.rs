//! The `elbow` program: one binary that is the service and its command line.
//!
//! ```text
//!   args ----> commands ----> client --(HTTP, TCP or Unix socket)--> api        a user's shell
//!     \----> up ----> store, api, control, proxy                                the service
//! ```
//!
//! Only this crate reads files, environment and arguments. A new command goes into `args/<noun>.rs` (what can be
//! said) and `commands/<noun>.rs` (what is done).

#![forbid(unsafe_code)]

mod args;
mod client;
mod commands;
mod failure;
mod input;
mod instance_process;
mod logging;
mod notation;
mod output;
mod proxy_keys;
mod proxy_process;
mod sample_server;
mod trust;
mod up;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure);
            failure.exit_code()
        }
    }
}
