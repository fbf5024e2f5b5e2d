//! `elbow key ...`

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  elbow key create ci --days 30
  elbow key create monitoring --read-only
  ELBOW_URL=http://192.0.2.1:9200 ELBOW_TOKEN=elbow_key_... elbow lb list

A key acts for whoever makes it, in the project that he works in (--project), until it expires or is deleted. Its text is
shown once. It may never more than its user: less as soon as he may less.";

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an API key for a program; it is shown once
    #[command(after_help = EXAMPLES)]
    Create(KeyCreate),
    /// List your API keys, newest first
    #[command(visible_alias = "ls")]
    List {
        /// Another user's, for the operator
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// Delete an API key: it is refused from now on
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
pub(crate) struct KeyCreate {
    /// Its name: letters, digits, `-`, `_` and `.`
    pub(crate) name: String,
    /// The most that it may: operator, tenant-admin, tenant-user or viewer; your own role if left out
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// It may look and change nothing
    #[arg(long)]
    pub(crate) read_only: bool,
    /// After how many days it expires
    #[arg(long, value_name = "NUMBER", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(crate) days: u32,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
