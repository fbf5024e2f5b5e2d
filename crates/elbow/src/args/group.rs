//! `elbow group ...`

use clap::{Args, Subcommand};

use super::Changing;
use crate::notation::{AttachmentNotation, CommandWords, duration_s, pair, tag};

const EXAMPLES: &str = "\
Examples:
  elbow group create workers --min 2 --max 10 --driver process --command './server --port {port} --bind {address}' --port 8080 --attach web
  elbow group attach-vserver-groups workers web/api:8080,weight=50 --force
  elbow group scale workers 5 --wait
  elbow group add-instance workers 10.0.0.9
  elbow group activities workers

In commands and variables {address}, {port}, {instance} and {group} are filled in.";

#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Create a scaling group
    #[command(after_help = EXAMPLES)]
    Create(Box<GroupCreate>),
    /// List scaling groups, newest first
    #[command(visible_alias = "ls")]
    List {
        /// Only those that contain these words
        #[arg(long, value_name = "KEYWORDS")]
        search: Option<String>,
    },
    /// Show a scaling group with its instances
    Show(Named),
    /// Edit a scaling group, its template or how many instances it has
    #[command(after_help = EXAMPLES)]
    Edit(Box<GroupEdit>),
    /// Delete a scaling group
    #[command(visible_alias = "rm")]
    Delete {
        /// The group, by name or id
        group: String,
        /// Let its instances leave first: drained, and ended where the group launched them
        #[arg(long)]
        force: bool,
        /// Show what would come of it, but change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Set how many instances there shall be
    Scale {
        /// The group, by name or id
        group: String,
        /// How many
        desired: i64,
        #[command(flatten)]
        changing: Changing,
    },
    /// List a group's instances
    Instances {
        /// The group, by name or id
        group: String,
        /// Only those with this status, such as in-service
        #[arg(long)]
        status: Option<String>,
    },
    /// Show what instances wrote last
    Logs(GroupLogs),
    /// Show what a group did or did not do, and why
    Activities(Named),
    /// Show which load balancers a group can be attached to, and why not to the others
    Eligible(Named),
    /// Let instances join the default pools of load balancers: all of them or none
    AttachLoadBalancers(LoadBalancers),
    /// Take the default pools of load balancers from a group
    DetachLoadBalancers(LoadBalancers),
    /// Let instances join pools: all of them or none
    AttachVserverGroups(VServerGroups),
    /// Take pools from a group
    DetachVserverGroups(VServerGroups),
    /// Add a server that is there already
    AddInstance {
        /// The group, by name or id
        group: String,
        /// Its address, with a port if it is not the template's
        address: String,
        /// For people
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        changing: Changing,
    },
    /// Remove an instance: it drains first, and the group gets one smaller
    RemoveInstance {
        #[command(flatten)]
        instance: OneInstance,
        /// Let another instance take its place, instead of making the group smaller
        #[arg(long)]
        replace: bool,
    },
    /// Protect an instance from scale-in and health checks
    Protect(OneInstance),
    /// Protect an instance no longer
    Unprotect(OneInstance),
    /// Take an instance out of service for a while
    Standby(OneInstance),
    /// Take an instance into service again
    ExitStandby(OneInstance),
    /// Let a group act again
    Enable(Named),
    /// Let a group begin nothing new; its instances stay in service
    Disable(Named),
    /// Keep a group from some of what it does: scale-out, scale-in, health-check, policies, schedules; all if none
    Suspend(Processes),
    /// Let a group do these again; all if none
    Resume(Processes),
}

/// A group.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The group, by name or id
    pub(crate) group: String,
}

/// A group, and whose log.
#[derive(Debug, Args)]
pub(crate) struct GroupLogs {
    /// The group, by name or id
    pub(crate) group: String,
    /// The instance, by address, address:port, number, name or id; all of the group's if not given
    pub(crate) instance: Option<String>,
    /// How many lines of each
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) tail: u32,
    /// Go on with what is written from now on, until it is interrupted
    #[arg(long, short)]
    pub(crate) follow: bool,
}

/// A group and what it does.
#[derive(Debug, Args)]
pub(crate) struct Processes {
    /// The group, by name or id
    pub(crate) group: String,
    /// What
    pub(crate) processes: Vec<String>,
}

/// An instance of a group.
#[derive(Debug, Args)]
pub(crate) struct OneInstance {
    /// The group, by name or id
    pub(crate) group: String,
    /// The instance, by address, address:port, number, name or id
    pub(crate) instance: String,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A group and load balancers.
#[derive(Debug, Args)]
pub(crate) struct LoadBalancers {
    /// The group, by name or id
    pub(crate) group: String,
    /// Load balancers, by name or id
    #[arg(required = true)]
    pub(crate) load_balancers: Vec<String>,
    /// Let the present instances join or leave at once
    #[arg(long)]
    pub(crate) force: bool,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A group and pools.
#[derive(Debug, Args)]
pub(crate) struct VServerGroups {
    /// The group, by name or id
    pub(crate) group: String,
    /// Pools, as LOAD_BALANCER/POOL[:PORT][,weight=N]
    #[arg(required = true)]
    pub(crate) pools: Vec<AttachmentNotation>,
    /// Let the present instances join or leave at once
    #[arg(long)]
    pub(crate) force: bool,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GroupCreate {
    /// The group's name
    pub(crate) name: String,
    /// Where its instances are; `default` if not given
    #[arg(long, value_name = "NETWORK")]
    pub(crate) network: Option<String>,
    /// What its instances join, as LOAD_BALANCER[/POOL][:PORT][,weight=N]; may be repeated
    #[arg(long = "attach", value_name = "POOL")]
    pub(crate) attach: Vec<AttachmentNotation>,
    /// Begin nothing before `elbow group enable`
    #[arg(long)]
    pub(crate) disabled: bool,
    #[command(flatten)]
    pub(crate) options: GroupOptions,
    #[command(flatten)]
    pub(crate) changing: Changing,
}

#[derive(Debug, Args)]
pub(crate) struct GroupEdit {
    /// The group, by name or id
    pub(crate) group: String,
    /// A new name
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) options: GroupOptions,
    #[command(flatten)]
    pub(crate) changing: Changing,
}

#[derive(Debug, Args)]
pub(crate) struct GroupOptions {
    /// The fewest instances
    #[arg(long, value_name = "NUMBER")]
    pub(crate) min: Option<i64>,
    /// The most instances
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max: Option<i64>,
    /// How many there shall be; min if not given
    #[arg(long, value_name = "NUMBER")]
    pub(crate) desired: Option<i64>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A label, as KEY=VALUE; may be repeated
    #[arg(long = "tag", value_name = "TAG", value_parser = tag)]
    pub(crate) tags: Vec<(String, String)>,
    /// How long policies rest after one changed the count, such as 30s
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) cooldown: Option<i64>,
    /// What tells that an instance is broken: instance or load-balancer
    #[arg(long, value_name = "KIND")]
    pub(crate) health_check: Option<String>,
    /// Whom a scale-in takes: cheapest-to-drain, oldest-instance, newest-instance, oldest-template; may be repeated
    #[arg(long = "removal-policy", value_name = "POLICY")]
    pub(crate) removal_policies: Vec<String>,
    /// How long an instance that leaves may finish what it has, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) drain_timeout: Option<i64>,
    /// How long a new instance may take until its checks count against it, such as 60s
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) health_grace: Option<i64>,
    /// How long a new instance counts only in part as capacity, such as 30s
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) warm_up: Option<i64>,
    /// With --min 0: after how long without any request the last instances go, such as 5m; 0 for never
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) idle_timeout: Option<i64>,
    /// With --min 0: how long a request waits for an instance that starts, such as 60s
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) wake_timeout: Option<i64>,
    /// With --min 0: how many requests wait so in each pool; 0 if requests do not wake the group
    #[arg(long, value_name = "NUMBER")]
    pub(crate) wake_queue: Option<i64>,
    /// Whether a delete is refused
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) deletion_protection: Option<bool>,
    /// Whether new instances are protected from scale-in
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) protect_new: Option<bool>,
    /// Who is told by a webhook of what the group does; may be repeated, `none` for nobody
    #[arg(long = "notify", value_name = "URL")]
    pub(crate) notify: Vec<String>,
    /// Of what they are told, such as activity-failed,breaker-opened; of all if not given
    #[arg(long, value_name = "EVENTS", value_delimiter = ',', requires = "notify")]
    pub(crate) notify_on: Vec<String>,
    #[command(flatten)]
    pub(crate) template: TemplateOptions,
}

/// What an instance is, and who starts it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Launch template")]
pub(crate) struct TemplateOptions {
    /// Who starts instances: process, container or hook
    #[arg(long, value_name = "DRIVER")]
    pub(crate) driver: Option<String>,
    /// What is run, in quotes; no shell reads it
    #[arg(long, value_name = "COMMAND")]
    pub(crate) command: Option<CommandWords>,
    /// A variable of its environment, as NAME=VALUE; may be repeated
    #[arg(long = "env", value_name = "VARIABLE", value_parser = pair)]
    pub(crate) env: Vec<(String, String)>,
    /// Where an instance serves
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<i64>,
    /// process: where it is run
    #[arg(long, value_name = "DIR")]
    pub(crate) working_dir: Option<String>,
    /// process: as whom it is run, by number, where Elbow is root
    #[arg(long, value_name = "UID")]
    pub(crate) uid: Option<i64>,
    /// container: what it is made of
    #[arg(long, value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// hook: who launches, lists and terminates instances
    #[arg(long = "hook-url", value_name = "URL")]
    pub(crate) hook_url: Option<String>,
    /// hook: what is passed on with each request, as NAME=VALUE; may be repeated
    #[arg(long = "parameter", value_name = "PARAMETER", value_parser = pair)]
    pub(crate) parameters: Vec<(String, String)>,
    /// The most memory in MiB
    #[arg(long, value_name = "MIB")]
    pub(crate) memory_mb: Option<i64>,
    /// container: the most computing time in percent of one core
    #[arg(long, value_name = "PERCENT")]
    pub(crate) cpu_percent: Option<i64>,
    /// The most open files
    #[arg(long, value_name = "NUMBER")]
    pub(crate) open_files: Option<i64>,
    /// The most processes and threads
    #[arg(long = "max-processes", value_name = "NUMBER")]
    pub(crate) processes: Option<i64>,
}
