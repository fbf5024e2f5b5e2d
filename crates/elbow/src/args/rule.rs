//! `elbow rule ...`

use clap::{Args, Subcommand};

use super::Changing;
use crate::notation::{ForwardNotation, RedirectNotation, RespondNotation, pair};

const EXAMPLES: &str = "\
Examples:
  elbow rule add web http:80 --host api.example.com --path '/v1/*' --pool api
  elbow rule add web http:80 --path '/beta/*' --pool stable,weight=90 --pool beta,weight=10
  elbow rule add web http:80 --path /old --redirect 301:https://example.com/new
  elbow rule add web http:80 --priority 1 --header x-probe=1 --respond '200:alive'
  elbow rule add web tcp:443 --server-name a.example.com --pool a
  elbow rule list web

All conditions of a rule must hold. Rules are looked at by priority, lowest number first; the first that matches wins.";

#[derive(Debug, Subcommand)]
pub(crate) enum RuleCommand {
    /// Add a rule to a listener
    #[command(after_help = EXAMPLES)]
    Add {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The listener: http:80, its port, its name or its id
        listener: String,
        #[command(flatten)]
        options: Box<RuleOptions>,
        #[command(flatten)]
        changing: Changing,
    },
    /// List the rules of a load balancer
    #[command(visible_alias = "ls")]
    List {
        /// The load balancer, by name or id
        load_balancer: String,
        /// Only those of this listener
        listener: Option<String>,
    },
    /// Edit a rule
    #[command(after_help = EXAMPLES)]
    Edit {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The listener: http:80, its port, its name or its id
        listener: String,
        /// The rule: its priority, its name or its id
        rule: String,
        #[command(flatten)]
        options: Box<RuleOptions>,
        /// Switch it on
        #[arg(long, conflicts_with = "disable")]
        enable: bool,
        /// Switch it off and keep its settings
        #[arg(long)]
        disable: bool,
        #[command(flatten)]
        changing: Changing,
    },
    /// Delete a rule
    #[command(visible_alias = "rm")]
    Delete {
        /// The load balancer, by name or id
        load_balancer: String,
        /// The listener: http:80, its port, its name or its id
        listener: String,
        /// The rule: its priority, its name or its id
        rule: String,
        #[command(flatten)]
        changing: Changing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RuleOptions {
    /// A name of its own
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its place, 1 to 50000; after the listener's last rule if left out
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) priority: Option<i64>,
    /// The host: api.example.com, or *.example.com for every name below
    #[arg(long, help_heading = "Conditions")]
    pub(crate) host: Option<String>,
    /// The path: /exact, or '/prefix/*' for everything below
    #[arg(long, help_heading = "Conditions")]
    pub(crate) path: Option<String>,
    /// The request's method, such as POST
    #[arg(long, help_heading = "Conditions")]
    pub(crate) method: Option<String>,
    /// A field with this value
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, help_heading = "Conditions")]
    pub(crate) header: Option<(String, String)>,
    /// A query parameter with this value
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, help_heading = "Conditions")]
    pub(crate) query: Option<(String, String)>,
    /// A cookie with this value
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, help_heading = "Conditions")]
    pub(crate) cookie: Option<(String, String)>,
    /// The client's network
    #[arg(long, value_name = "CIDR", help_heading = "Conditions")]
    pub(crate) source: Option<String>,
    /// The server name that TLS clients ask for, such as a.example.com or *.example.com; for tcp listeners, alone
    #[arg(long, value_name = "NAME", help_heading = "Conditions")]
    pub(crate) server_name: Option<String>,
    /// Forward to this pool, with a share as in beta,weight=10; may be repeated
    #[arg(long = "pool", value_name = "POOL", help_heading = "Action", conflicts_with_all = ["redirect", "respond"])]
    pub(crate) pools: Vec<ForwardNotation>,
    /// Redirect: [STATUS:]URL, [STATUS:]/PATH or [STATUS:]SCHEME:, such as https: or 301:https://example.com/new
    #[arg(long, value_name = "WHERE", help_heading = "Action", conflicts_with = "respond")]
    pub(crate) redirect: Option<RedirectNotation>,
    /// Answer at once: STATUS[:BODY], such as '404:not here'
    #[arg(long, value_name = "ANSWER", help_heading = "Action")]
    pub(crate) respond: Option<RespondNotation>,
}
