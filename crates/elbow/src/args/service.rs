//! What concerns the service itself: running it, its documents, its processes.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use elbow_proxy::access_log::Target;

use super::OidcArguments;

/// `elbow up`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  elbow up --demo
  elbow up --data-dir /var/lib/elbow --listen 127.0.0.1:9200
  elbow up --listen 192.0.2.1:9200 --tls-certificate cert.pem --tls-key key.pem
  ELBOW_ADMIN_PASSWORD=... elbow up

The first start makes the user `admin` and prints its password once. Ctrl-C stops everything; the next start with the
same data directory brings everything back. Logs go to standard error; ELBOW_LOG sets what is logged (info, debug, ...).")]
pub(crate) struct UpArguments {
    /// Where the API listens; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9200")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) https: HttpsArguments,
    #[command(flatten)]
    pub(crate) oidc: OidcArguments,
    /// Add a load balancer and a scaling group of three sample servers, to try
    #[arg(long)]
    pub(crate) demo: bool,
    /// The socket of Podman or Docker that starts containers of scaling groups
    ///
    /// Without it, /run/podman/podman.sock or /var/run/docker.sock, whichever is there.
    #[arg(long, value_name = "SOCKET")]
    pub(crate) container_engine: Option<PathBuf>,
    /// How log lines look
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
    #[command(flatten)]
    pub(crate) access_log: AccessLogArguments,
}

/// HTTPS for API and console.
#[derive(Debug, Clone, Args)]
pub(crate) struct HttpsArguments {
    /// Serve API and console by HTTPS with this certificate (PEM, its chain after it); read again when it changes
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        help_heading = "HTTPS of API and console"
    )]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    #[arg(help_heading = "HTTPS of API and console")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve them with a certificate of the store: the newest of this name that an operator created
    #[arg(long, value_name = "NAME", conflicts_with = "tls_certificate")]
    #[arg(help_heading = "HTTPS of API and console")]
    pub(crate) tls_stored: Option<String>,
    /// Tell browsers to come by HTTPS alone for so long (HSTS); they obey even if you change your mind
    #[arg(long, value_name = "SECONDS", help_heading = "HTTPS of API and console")]
    pub(crate) hsts: Option<u32>,
}

/// Where requests are logged.
#[derive(Debug, Clone, Args)]
pub(crate) struct AccessLogArguments {
    /// Log requests and TCP connections, one JSON object a line: off, stdout, or a file
    ///
    /// Paths are logged with their query. Traffic never waits for the log: what can't be written fast enough is dropped,
    /// and the proxy's log says how much. A proxy that is adopted goes on as it was started.
    #[arg(long, value_name = "off|stdout|FILE", default_value = "off")]
    access_log: PathBuf,
    /// How long a log file may grow before it is moved aside; five are kept
    #[arg(long, value_name = "MB", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    access_log_max_mb: u32,
}

impl AccessLogArguments {
    /// Where records go.
    pub(crate) fn target(&self) -> Target {
        match self.access_log.to_str() {
            Some("off") => Target::Off,
            Some("stdout") => Target::StandardOutput,
            Some(_) | None => Target::File {
                path: self.access_log.clone(),
                max_bytes: u64::from(self.access_log_max_mb) * 1024 * 1024,
            },
        }
    }

    /// The same for another process of the program.
    pub(crate) fn forward(&self) -> [OsString; 4] {
        [
            "--access-log".into(),
            self.access_log.clone().into(),
            "--access-log-max-mb".into(),
            self.access_log_max_mb.to_string().into(),
        ]
    }
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
    #[command(flatten)]
    pub(crate) access_log: AccessLogArguments,
    /// How many threads carry traffic; one per core if left out
    #[arg(long, value_name = "NUMBER")]
    pub(crate) workers: Option<std::num::NonZeroUsize>,
}

/// `elbow instance`
#[derive(Debug, Clone, Args)]
pub(crate) struct InstanceArguments {
    /// The instance's directory
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Become the instance's program, for the keeper that is this process
    #[arg(long, value_name = "PROCESS")]
    pub(crate) start_for: Option<i32>,
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

/// `elbow man`
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Write the pages of elbow and all its commands into this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}
