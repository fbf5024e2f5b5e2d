//! Logs: lines on standard error, for people or as JSON; `ELBOW_LOG` says what is logged.

use std::io::{self, IsTerminal};
use std::os::unix::fs::FileTypeExt;

use tracing_subscriber::EnvFilter;

use crate::args::LogFormat;
use crate::failure::Failure;

/// What is logged unless `ELBOW_LOG` says otherwise.
const DEFAULT: &str = "info";

/// Starts logging in this process.
pub(crate) fn start(format: LogFormat) -> Result<(), Failure> {
    let wanted = std::env::var("ELBOW_LOG").unwrap_or_else(|_| DEFAULT.to_owned());
    let filter = EnvFilter::try_new(&wanted).map_err(|error| {
        Failure::Usage(format!(
            "ELBOW_LOG `{wanted}` is not understood: {error}; try info or debug"
        ))
    })?;
    let has_no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && !has_no_color)
        .with_target(false)
        // A reader of standard error that went away must not end the process.
        .log_internal_errors(false);
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Whether what standard error leads to is there after this process: a file or a service manager's socket is, a
/// terminal or a pipe may not be.
pub(crate) fn outlives_this_process() -> bool {
    let leads_to = std::fs::metadata("/proc/self/fd/2").map(|metadata| metadata.file_type());
    leads_to.is_ok_and(|kind| kind.is_file() || kind.is_socket())
}
