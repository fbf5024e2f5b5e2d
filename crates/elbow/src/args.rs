//! What can be said on the command line: the root, what is global, and one module per noun.

mod api_key;
mod certificate;
mod group;
mod hook;
mod key_file;
mod listener;
mod load_balancer;
mod member;
mod network;
mod oidc;
mod people;
mod policy;
mod pool;
mod rule;
mod scaling;
mod schedule;
mod service;
mod session;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use api_key::{KeyCommand, KeyCreate};
pub(crate) use certificate::{CertificateCommand, CertificateCreate};
pub(crate) use group::{
    GroupCommand, GroupCreate, GroupEdit, GroupLogs, GroupOptions, LoadBalancers, OneInstance,
    Processes, TemplateOptions, VServerGroups,
};
pub(crate) use hook::{HookAdd, HookCommand, HookEdit, HookOptions, HookWait};
pub(crate) use key_file::{KeyFileCommand, KeyFileName};
pub(crate) use listener::{ListenerCommand, ListenerOptions};
pub(crate) use load_balancer::{
    LoadBalancerCommand, LoadBalancerCreate, LoadBalancerEdit, LoadBalancerList,
};
pub(crate) use member::{MemberCommand, MemberEdit, MemberOptions};
pub(crate) use network::{NetworkCommand, NetworkCreate, NetworkEdit};
pub(crate) use oidc::OidcArguments;
pub(crate) use people::{
    AuditArguments, Leaving, ProjectCommand, ProjectOptions, UserCommand, UserCreate, UserEdit,
};
pub(crate) use policy::{PolicyAdd, PolicyCommand, PolicyEdit, PolicyOptions, PolicyReplay};
pub(crate) use pool::{PoolCommand, PoolOptions};
pub(crate) use rule::{RuleCommand, RuleOptions};
pub(crate) use scaling::{ChangedChild, Child};
pub(crate) use schedule::{ScheduleAdd, ScheduleCommand, ScheduleEdit, ScheduleOptions};
pub(crate) use service::{
    HttpsArguments, InstanceArguments, LogFormat, ManArguments, ProxyArguments,
    SampleServerArguments, UpArguments,
};
pub(crate) use session::{LoginArguments, LogoutArguments, ResetPassword};

const EXAMPLES: &str = "\
Examples:
  elbow up --demo
      Run everything on this machine, with a load balancer and three sample servers to try
  elbow lb create web --listener http:80 --member 10.0.0.5:8080 --member 10.0.0.6:8080 --health-check http:/healthz
      Create a load balancer for two servers; its address is in the answer
  elbow member add web 10.0.0.7:8080 --weight 2
      Add a server while traffic flows
  elbow member edit web 10.0.0.5:8080 --weight 0
      Drain a server: it finishes what it has and gets nothing new
  elbow lb show web
      See listeners, pools, members and their health

A name or an id is accepted wherever one is asked for. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
On the machine where `elbow up` runs no login is needed: run commands in the same directory, or say --data-dir.";

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// The load-balancing service of a cloud, as one program on your own machines.
#[derive(Debug, Parser)]
#[command(name = "elbow", version, styles = STYLES, after_help = EXAMPLES, max_term_width = 110)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = false
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The data directory where none is named: in the directory where the command is run.
pub(crate) const DATA_DIR: &str = "elbow-data";

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// How to print what comes back
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// The service's address, such as http://127.0.0.1:9200; without it, the service of the data directory, then the
    /// one of `elbow login`
    #[arg(
        long,
        global = true,
        env = "ELBOW_URL",
        value_name = "URL",
        hide_short_help = true,
        help_heading = "Connection"
    )]
    pub(crate) url: Option<String>,
    /// Certificates (PEM) that vouch for that address instead of the authorities that this machine trusts
    #[arg(long, global = true, env = "ELBOW_CA_FILE", value_name = "FILE")]
    #[arg(hide_short_help = true, help_heading = "Connection")]
    pub(crate) ca_file: Option<PathBuf>,
    /// A token or an API key for that address
    #[arg(long, global = true, env = "ELBOW_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    #[arg(hide_short_help = true, help_heading = "Connection")]
    pub(crate) token: Option<String>,
    /// The project to work in, by name or id; without it, your own
    #[arg(
        long,
        global = true,
        env = "ELBOW_PROJECT",
        value_name = "PROJECT",
        hide_short_help = true
    )]
    #[arg(help_heading = "Connection")]
    pub(crate) project: Option<String>,
    /// Where the service of this machine keeps its data and its socket
    #[arg(
        long,
        global = true,
        env = "ELBOW_DATA_DIR",
        value_name = "DIR",
        default_value = DATA_DIR
    )]
    #[arg(hide_short_help = true, help_heading = "Connection")]
    pub(crate) data_dir: PathBuf,
}

/// How to print what comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// The answer of the API, as it is
    Json,
    /// The same in YAML
    Yaml,
    /// Only names, one a line
    Name,
}

/// What every command that changes something understands.
#[derive(Debug, Clone, Args)]
pub(crate) struct Changing {
    /// Check everything and show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Return only when the change is in force on every proxy (or cannot be, then with exit code 1)
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long --wait waits, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        hide_short_help = true,
        requires = "wait"
    )]
    pub(crate) wait_timeout: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the service on this machine: API, store and proxy
    Up(Box<UpArguments>),
    /// Create, list, show, edit and delete load balancers
    #[command(subcommand, visible_alias = "load-balancer")]
    Lb(LoadBalancerCommand),
    /// Add, list, edit and delete listeners: the ports of a load balancer
    #[command(subcommand)]
    Listener(ListenerCommand),
    /// Create, list, show, edit and delete pools: groups of servers, and how traffic is spread over them
    #[command(subcommand)]
    Pool(PoolCommand),
    /// Add, list, edit and delete members: the servers of a pool
    #[command(subcommand)]
    Member(MemberCommand),
    /// Add, list, edit and delete rules: which requests of a listener go where
    #[command(subcommand)]
    Rule(RuleCommand),
    /// Create, list, show, edit and delete certificates: what HTTPS listeners show
    #[command(subcommand, visible_alias = "certificate")]
    Cert(CertificateCommand),
    /// Create, list, show, edit, scale and delete scaling groups: instances that come and go by themselves
    #[command(subcommand, visible_alias = "scaling-group")]
    Group(GroupCommand),
    /// Add, list and delete scaling policies: what changes a group's count by load
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Add, list and delete schedules: what changes a group's count by time
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Add, list, delete and complete lifecycle hooks: where instances wait for somebody else
    #[command(subcommand)]
    Hook(HookCommand),
    /// Create, list, show, edit and delete networks: where virtual IPs come from
    #[command(subcommand)]
    Network(NetworkCommand),
    /// Create, list, show, edit and delete users, say which role they have in which project, and give them new passwords
    #[command(subcommand)]
    User(UserCommand),
    /// Make, list and delete API keys: what programs show instead of a login
    #[command(subcommand, visible_alias = "api-key")]
    Key(KeyCommand),
    /// List the service's key files, and replace a key
    #[command(subcommand)]
    KeyFile(KeyFileCommand),
    /// Create, list, show, edit and delete projects: tenants with their quotas
    #[command(subcommand)]
    Project(ProjectCommand),
    /// Show who did what, from where, newest first
    Audit(AuditArguments),
    /// Log in to a service on another machine
    Login(LoginArguments),
    /// Log out of the service that was logged in to
    Logout(LogoutArguments),
    /// Show who you are to the service, and where you work
    Whoami,
    /// Show how the service is: its version, its proxies and what is in force
    Status,
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man(ManArguments),
    /// Run a proxy process beside the control process of a data directory (`elbow up` does that by itself)
    #[command(hide = true)]
    Proxy(ProxyArguments),
    /// Keep one instance of a scaling group (`elbow up` does that by itself)
    #[command(hide = true)]
    Instance(InstanceArguments),
    /// Run a small web server that names itself in its answers, to try balancing with
    #[command(hide = true)]
    SampleServer(SampleServerArguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn definitions_are_consistent() {
        Arguments::command().debug_assert();
    }
}
