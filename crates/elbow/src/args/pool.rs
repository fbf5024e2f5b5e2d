//! `elbow pool ...`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Changing;
use crate::notation::{
    HealthCheckNotation, MemberNotation, OutlierNotation, PersistenceNotation, method,
};

const EXAMPLES: &str = "\
Examples:
  elbow pool create web api --method source-ip --health-check tcp --member 10.0.1.5:9000
  elbow pool edit web api --health-check http:/healthz,interval=2s
  elbow pool edit web default --session-persistence http-cookie,name=elbow
  elbow pool edit web api --tls-ca members-ca.pem --tls-server-name members.internal
  elbow pool list web

The pool of listeners and rules that name no other is called `default`.";

#[derive(Debug, Subcommand)]
pub(crate) enum PoolCommand {
    /// Create a pool
    #[command(after_help = EXAMPLES)]
    Create {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The pool's name
        name: String,
        /// A server, as ADDRESS[:PORT] with options as in 10.0.0.6:8080,weight=10; may be repeated
        #[arg(long = "member", short = 'm', value_name = "MEMBER")]
        members: Vec<MemberNotation>,
        #[command(flatten)]
        options: Box<PoolOptions>,
        #[command(flatten)]
        changing: Changing,
    },
    /// List the pools of a load balancer, the default one first
    #[command(visible_alias = "ls")]
    List {
        /// The load balancer, by name or id
        load_balancer: String,
    },
    /// Show a pool with its members
    Show {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The pool, by name or id
        pool: String,
    },
    /// Edit a pool
    #[command(after_help = EXAMPLES)]
    Edit {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The pool, by name or id
        pool: String,
        /// A new name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        options: Box<PoolOptions>,
        #[command(flatten)]
        changing: Changing,
    },
    /// Delete a pool with its members
    #[command(visible_alias = "rm")]
    Delete {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The pool, by name or id
        pool: String,
        #[command(flatten)]
        changing: Changing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PoolOptions {
    /// How a member is picked
    #[arg(long, value_parser = method(), ignore_case = true)]
    pub(crate) method: Option<String>,
    /// How members are checked: http:/PATH, https:/PATH, tcp or none, with options as in
    /// http:/healthz,interval=2s,timeout=1s,rise=2,fall=3,codes=200-299,host=example.com,port=8081
    #[arg(long, value_name = "CHECK")]
    pub(crate) health_check: Option<HealthCheckNotation>,
    /// Whether a client keeps its member: source-ip, http-cookie,name=N or app-cookie,name=N, each with timeout=10m, or
    /// none
    #[arg(long, value_name = "HOW")]
    pub(crate) session_persistence: Option<PersistenceNotation>,
    /// What happens when no member is healthy: refuse (503) or fail-open (all count as healthy)
    #[arg(long, value_name = "WHAT")]
    pub(crate) on_no_healthy: Option<String>,
    /// The most requests in flight per member, the rest waits in a queue; 0 takes the limit away
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_connections_per_member: Option<i64>,
    /// The most requests that wait for a member below its limit
    #[arg(long, value_name = "NUMBER")]
    pub(crate) queue_max: Option<i64>,
    /// How long a request waits before it is answered 503, such as 5s
    #[arg(long, value_name = "DURATION", value_parser = crate::notation::duration_ms)]
    pub(crate) queue_timeout: Option<i64>,
    /// How long the share of a new or recovered member grows until it is whole, such as 30s
    #[arg(long, value_name = "DURATION", value_parser = crate::notation::duration_ms)]
    pub(crate) slow_start: Option<i64>,
    /// How many other members a request may be tried on where that is safe
    #[arg(long, value_name = "NUMBER")]
    pub(crate) retries: Option<i64>,
    /// Whether a member much slower than the others rests for a while: on, off, or some of
    /// on,factor-percent=300,min-requests=50,eject=30s,max-ejected-percent=50
    #[arg(long, value_name = "HOW")]
    pub(crate) outlier_ejection: Option<OutlierNotation>,
    /// Tell members the client's address by the PROXY protocol: v1, v2 or none
    #[arg(long, value_name = "VERSION")]
    pub(crate) proxy_protocol: Option<String>,
    /// Speak TLS with members
    #[arg(long, help_heading = "TLS to members", conflicts_with = "no_tls")]
    pub(crate) tls: bool,
    /// Speak no TLS with members
    #[arg(long, help_heading = "TLS to members", conflicts_with_all = ["tls_verify", "tls_ca", "tls_server_name"])]
    pub(crate) no_tls: bool,
    /// Whether members must prove who they are; so it is where --tls-ca is given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(help_heading = "TLS to members")]
    pub(crate) tls_verify: Option<bool>,
    /// A file with certificates, in PEM, of the authorities that sign members' ones
    #[arg(long, value_name = "FILE", help_heading = "TLS to members")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// The server name to ask members for and to verify; `none` for their addresses
    #[arg(long, value_name = "NAME", help_heading = "TLS to members")]
    pub(crate) tls_server_name: Option<String>,
    /// Speak HTTP/2 with members
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) http2: Option<bool>,
}
