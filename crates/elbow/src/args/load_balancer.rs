//! `elbow lb ...`

use clap::{Args, Subcommand};

use super::Changing;
use crate::notation::{HealthCheckNotation, ListenerNotation, MemberNotation, method, tag};

const CREATE_EXAMPLES: &str = "\
Examples:
  elbow lb create web --listener http:80 --member 10.0.0.5:8080 --member 10.0.0.6:8080,weight=10
  elbow lb create web --listener http:80 --method least-connections --health-check http:/healthz,interval=2s --wait
  elbow lb create db --type network --listener tcp:5432 --member 10.0.0.9:5432 --health-check tcp
  elbow lb create public --network host --listener http:8080 --member '[2001:db8::5]:80'";

#[derive(Debug, Subcommand)]
pub(crate) enum LoadBalancerCommand {
    /// Create a load balancer with its listeners and the members of its default pool
    #[command(after_help = CREATE_EXAMPLES)]
    Create(Box<LoadBalancerCreate>),
    /// List load balancers, newest first
    #[command(visible_alias = "ls")]
    List(LoadBalancerList),
    /// Show a load balancer with everything below it
    Show {
        /// Name or id
        name: String,
    },
    /// Edit a load balancer or its default pool
    Edit(LoadBalancerEdit),
    /// Delete load balancers with everything below them
    #[command(visible_alias = "rm")]
    Delete {
        /// Names or ids
        #[arg(required = true)]
        names: Vec<String>,
        #[command(flatten)]
        changing: Changing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct LoadBalancerCreate {
    /// Its name: letters, digits, `-`, `_` and `.`
    pub(crate) name: String,
    /// A port to listen on, as PROTOCOL:PORT (http:80, tcp:5432), with options as in http:80,pool=api,name=front
    /// or https:443,certificate=site;
    /// may be repeated
    #[arg(long = "listener", short = 'l', value_name = "LISTENER")]
    pub(crate) listeners: Vec<ListenerNotation>,
    /// A server of the default pool, as ADDRESS[:PORT] ([V6]:PORT), with options as in 10.0.0.6:8080,weight=10; may be
    /// repeated
    #[arg(long = "member", short = 'm', value_name = "MEMBER")]
    pub(crate) members: Vec<MemberNotation>,
    /// How a member is picked
    #[arg(long, value_parser = method(), ignore_case = true)]
    pub(crate) method: Option<String>,
    /// How members are checked: http:/PATH, https:/PATH, tcp or none, with options as in
    /// http:/healthz,interval=2s,timeout=1s,rise=2,fall=3,codes=200-299,host=example.com,port=8081
    #[arg(long, value_name = "CHECK")]
    pub(crate) health_check: Option<HealthCheckNotation>,
    /// The network that its virtual IP comes from, by name or id (see `elbow network list`)
    #[arg(long)]
    pub(crate) network: Option<String>,
    /// Its virtual IP; the next free one of the network if left out
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) vip: Option<String>,
    /// Which protocols its listeners may have: application (HTTP) or network (TCP); any if left out
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A label; may be repeated
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<(String, String)>,
    /// Create it switched off
    #[arg(long)]
    pub(crate) disabled: bool,
    /// Refuse to delete it until this is switched off
    #[arg(long)]
    pub(crate) deletion_protection: bool,
    #[command(flatten)]
    pub(crate) changing: Changing,
}

#[derive(Debug, Args)]
pub(crate) struct LoadBalancerList {
    /// Only those with these words in their names, addresses, descriptions, listeners or members
    #[arg(long, short, value_name = "WORDS")]
    pub(crate) search: Option<String>,
    /// At most this many
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Args)]
#[group(id = "edits", multiple = true)]
pub(crate) struct LoadBalancerEdit {
    /// Name or id
    pub(crate) name: String,
    /// A new name
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) new_name: Option<String>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A label to set, or to take away with an empty value; may be repeated
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<(String, String)>,
    /// How the default pool picks a member
    #[arg(long, value_parser = method(), ignore_case = true)]
    pub(crate) method: Option<String>,
    /// How the default pool's members are checked: http:/PATH, https:/PATH, tcp or none, with options
    #[arg(long, value_name = "CHECK")]
    pub(crate) health_check: Option<HealthCheckNotation>,
    /// Switch it on
    #[arg(long, conflicts_with = "disable")]
    pub(crate) enable: bool,
    /// Switch it off: it stops listening and keeps its settings
    #[arg(long)]
    pub(crate) disable: bool,
    /// Whether deleting it is refused
    #[arg(long, value_name = "BOOL")]
    pub(crate) deletion_protection: Option<bool>,
    #[command(flatten)]
    pub(crate) changing: Changing,
}
