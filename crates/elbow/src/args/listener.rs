//! `elbow listener ...`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Changing;
use crate::notation::{HstsNotation, ListenerNotation, header};

const EXAMPLES: &str = "\
Examples:
  elbow listener add web http:8080 --pool api
  elbow listener edit web http:8080 --connection-limit 1000 --allow 10.0.0.0/8
  elbow listener edit web http:8080 --default-pool --disable
  elbow listener add web https:443 --certificate site --sni other --hsts 31536000
  elbow listener edit web https:443 --certificate site-2027
  elbow listener add web http:80 --https-redirect 443
  elbow listener delete web http:8080

A listener is named by protocol and port (http:80), by its port, its name or its id.";

#[derive(Debug, Subcommand)]
pub(crate) enum ListenerCommand {
    /// Add a listener to a load balancer
    #[command(after_help = EXAMPLES)]
    Add {
        /// The load balancer, by name or id
        load_balancer: String,
        /// PROTOCOL:PORT, such as http:80, https:443 or tcp:5432
        listener: ListenerNotation,
        #[command(flatten)]
        options: Box<ListenerOptions>,
        #[command(flatten)]
        changing: Changing,
    },
    /// List the listeners of a load balancer
    #[command(visible_alias = "ls")]
    List {
        /// The load balancer, by name or id
        load_balancer: String,
    },
    /// Edit a listener; protocol and port are fixed
    #[command(after_help = EXAMPLES)]
    Edit {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The listener: http:80, its port, its name or its id
        listener: String,
        #[command(flatten)]
        options: Box<ListenerOptions>,
        #[command(flatten)]
        changing: Changing,
    },
    /// Delete a listener with its rules
    #[command(visible_alias = "rm")]
    Delete {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The listener: http:80, its port, its name or its id
        listener: String,
        #[command(flatten)]
        changing: Changing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListenerOptions {
    /// A name of its own
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The pool for what no rule takes, by name or id
    #[arg(long, conflicts_with = "default_pool")]
    pub(crate) pool: Option<String>,
    /// Use the load balancer's default pool
    #[arg(long)]
    pub(crate) default_pool: bool,
    /// The port of every member as seen from this listener; 0 takes it away
    #[arg(long, value_name = "PORT")]
    pub(crate) member_port: Option<i64>,
    /// A field to set on every request to a member; may be repeated and replaces those that were there
    #[arg(long = "insert-header", value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) insert_headers: Vec<(String, String)>,
    /// A network whose X-Forwarded-* and Forwarded fields are believed; may be repeated
    #[arg(long = "trusted-proxy", value_name = "CIDR")]
    pub(crate) trusted_proxies: Vec<String>,
    /// Whether connections from trusted proxies start with a PROXY protocol header
    #[arg(long, value_name = "BOOL")]
    pub(crate) proxy_protocol: Option<bool>,
    /// A network that may connect (everybody, if none is given); may be repeated
    #[arg(long = "allow", value_name = "CIDR")]
    pub(crate) allowed_cidrs: Vec<String>,
    /// The most connections at once; 0 takes the limit away
    #[arg(long, value_name = "NUMBER")]
    pub(crate) connection_limit: Option<i64>,
    /// The most connections at once from one address; 0 takes the limit away
    #[arg(long, value_name = "NUMBER")]
    pub(crate) connection_limit_per_source: Option<i64>,
    /// How long a client may stay idle, such as 60s
    #[arg(long, value_name = "DURATION", value_parser = crate::notation::duration_ms)]
    pub(crate) client_idle_timeout: Option<i64>,
    /// How long opening a connection to a member may take
    #[arg(long, value_name = "DURATION", value_parser = crate::notation::duration_ms)]
    pub(crate) member_connect_timeout: Option<i64>,
    /// How long a member may take to answer, and between two parts of its answer
    #[arg(long, value_name = "DURATION", value_parser = crate::notation::duration_ms)]
    pub(crate) member_response_timeout: Option<i64>,
    /// The certificate for clients that name no server, or one that no other certificate is for; by name or id
    #[arg(long, value_name = "CERTIFICATE", help_heading = "HTTPS")]
    pub(crate) certificate: Option<String>,
    /// A further certificate, chosen by the server name that a client asks for; may be repeated and replaces those that
    /// were there
    #[arg(
        long = "sni",
        value_name = "CERTIFICATE",
        help_heading = "HTTPS",
        conflicts_with = "no_sni"
    )]
    pub(crate) sni: Vec<String>,
    /// Take the further certificates away
    #[arg(long, help_heading = "HTTPS")]
    pub(crate) no_sni: bool,
    /// Which versions of TLS are spoken: TLS_1_2, TLS_1_2_1_3 or TLS_1_3
    #[arg(long, value_name = "POLICY", help_heading = "HTTPS")]
    pub(crate) tls_policy: Option<String>,
    /// A file with certificates, in PEM, of the authorities that sign clients' ones
    #[arg(long, value_name = "FILE", help_heading = "HTTPS")]
    pub(crate) client_ca: Option<PathBuf>,
    /// Whether clients show certificates: none, optional or required
    #[arg(long, value_name = "MODE", help_heading = "HTTPS")]
    pub(crate) client_auth: Option<String>,
    /// The versions of HTTP that are offered, the preferred one first: h2,http/1.1
    #[arg(long, value_name = "PROTOCOLS", value_delimiter = ',', help_heading = "HTTPS")]
    pub(crate) alpn: Vec<String>,
    /// Tell browsers to come by HTTPS only for so many seconds, with options as in
    /// 31536000,include-subdomains,preload; or none
    #[arg(long, value_name = "SECONDS", help_heading = "HTTPS")]
    pub(crate) hsts: Option<HstsNotation>,
    /// Answer every request with the way to HTTPS on this port; 0 takes it away
    #[arg(long, value_name = "PORT", help_heading = "HTTP")]
    pub(crate) https_redirect: Option<i64>,
    /// Speak HTTP/2 with clients that begin with it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(help_heading = "HTTP")]
    pub(crate) http2: Option<bool>,
    /// Switch it on
    #[arg(long, conflicts_with = "disable")]
    pub(crate) enable: bool,
    /// Switch it off: it stops listening and keeps its settings
    #[arg(long)]
    pub(crate) disable: bool,
}
