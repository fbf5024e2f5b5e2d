//! What concerns the service itself: running it, logging in, its documents, its processes.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `elbow up`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  elbow up --demo
  elbow up --data-dir /var/lib/elbow --listen 127.0.0.1:9200
  ELBOW_ADMIN_PASSWORD=... elbow up

The first start makes the user `admin` and prints its password once. Ctrl-C stops everything; the next start with the
same data directory brings everything back. Logs go to standard error; ELBOW_LOG sets what is logged (info, debug, ...).")]
pub(crate) struct UpArguments {
    /// Where the API listens; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9200")]
    pub(crate) listen: SocketAddr,
    /// Add a load balancer with three sample servers, to try
    #[arg(long)]
    pub(crate) demo: bool,
    /// How log lines look
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl LogFormat {
    /// The word that the argument takes.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// `elbow proxy`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
The proxy dials the control process through the data directory. It keeps its last table on disk and serves by it while
the control process is gone; the next `elbow up` adopts it.")]
pub(crate) struct ProxyArguments {
    /// How log lines look
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
    /// How many threads carry traffic; one per core if left out
    #[arg(long, value_name = "NUMBER")]
    pub(crate) workers: Option<std::num::NonZeroUsize>,
}

/// `elbow sample-server`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Every answer names the server: plain text, or JSON for `Accept: application/json`. GET /healthz answers 200; after
POST /health/down it answers 503, after POST /health/up 200 again. ?delay_ms=500 holds an answer back.

Examples:
  elbow sample-server --listen 127.0.0.1:8081 --name one")]
pub(crate) struct SampleServerArguments {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// What it calls itself
    #[arg(long, default_value = "sample")]
    pub(crate) name: String,
    /// Exit when standard input ends: so it never outlives the process that started it
    #[arg(long)]
    pub(crate) exit_with_stdin: bool,
}

/// `elbow login`
#[derive(Debug, Args)]
#[command(after_help = "\
The token is kept in the user's configuration directory, readable by nobody else. The password is asked for, or read from
standard input if that is no terminal.

Examples:
  elbow login http://192.0.2.1:9200
  elbow login http://192.0.2.1:9200 --user admin < password-file")]
pub(crate) struct LoginArguments {
    /// The service's address, such as http://192.0.2.1:9200
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// Who you are
    #[arg(long, default_value = "admin")]
    pub(crate) user: String,
}

/// `elbow man`
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Write the pages of elbow and all its commands into this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}
