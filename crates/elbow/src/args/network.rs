//! `elbow network ...`

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  elbow network create lab --cidr 127.90.0.0/24
  elbow network create public --kind host --address 192.0.2.10 --address 2001:db8::10";

#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// List networks
    #[command(visible_alias = "ls")]
    List,
    /// Show a network
    Show {
        /// Name or id
        name: String,
    },
    /// Create a network
    #[command(after_help = EXAMPLES)]
    Create(NetworkCreate),
    /// Edit a network's name and description
    Edit(NetworkEdit),
    /// Delete a network that no load balancer is in
    #[command(visible_alias = "rm")]
    Delete {
        /// Name or id
        name: String,
        /// Check everything, but change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NetworkCreate {
    /// Its name
    pub(crate) name: String,
    /// Where its addresses come from: vpc or classic (a range of its own) or host (addresses of this machine)
    #[arg(long, default_value = "vpc")]
    pub(crate) kind: String,
    /// Its range, for vpc and classic
    #[arg(long, required_unless_present = "addresses", conflicts_with = "addresses")]
    pub(crate) cidr: Option<String>,
    /// An address of this machine, for host; may be repeated
    #[arg(long = "address", value_name = "ADDRESS")]
    pub(crate) addresses: Vec<String>,
    /// The only project that may use it, by name or id; without it, all may
    #[arg(long = "only-for", value_name = "PROJECT")]
    pub(crate) only_for: Option<String>,
    /// The region that it is in
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NetworkEdit {
    /// Name or id
    pub(crate) name: String,
    /// Another name
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) new_name: Option<String>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
