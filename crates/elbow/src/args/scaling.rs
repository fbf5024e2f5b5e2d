//! `elbow policy ...`, `elbow schedule ...` and `elbow hook ...`

use clap::{Args, Subcommand};

use crate::notation::duration_s;

const POLICIES: &str = "\
Examples:
  elbow policy add workers target-tracking --metric in-flight-per-instance --target 10
  elbow policy add workers step --name queue --metric queue-length --above 5 --step 0:10=+1 --step 10:=+50%
  elbow policy add workers simple --name idle --metric cpu-percent --below 10 --for 5m --change -1

Metrics: requests-per-instance, in-flight-per-instance, new-connections-per-instance, queue-length, latency-p95-ms,
error-percent, cpu-percent, memory-percent, network-in-bytes, network-out-bytes.
A step FROM:TO=CHANGE is relative to the threshold; a change is +2, -1, +50% or =5.";

const SCHEDULES: &str = "\
Examples:
  elbow schedule add workers --name morning --cron '0 8 * * mon-fri' --time-zone Europe/Berlin --min 4
  elbow schedule add workers --name launch --at 2027-01-31T08:00:00Z --desired 10";

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Add a scaling policy
    #[command(after_help = POLICIES)]
    Add(Box<PolicyAdd>),
    /// List a group's policies
    #[command(visible_alias = "ls")]
    List(GroupName),
    /// Delete a policy
    #[command(visible_alias = "rm")]
    Delete(Child),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Add a schedule
    #[command(after_help = SCHEDULES)]
    Add(ScheduleAdd),
    /// List a group's schedules
    #[command(visible_alias = "ls")]
    List(GroupName),
    /// Delete a schedule
    #[command(visible_alias = "rm")]
    Delete(Child),
}

#[derive(Debug, Subcommand)]
pub(crate) enum HookCommand {
    /// Add a lifecycle hook
    Add(HookAdd),
    /// List a group's lifecycle hooks
    #[command(visible_alias = "ls")]
    List(GroupName),
    /// Delete a lifecycle hook
    #[command(visible_alias = "rm")]
    Delete(Child),
    /// End an instance's wait for a hook
    Complete {
        /// The group, by name or id
        group: String,
        /// The instance, by address, number, name or id
        instance: String,
        /// Which wait, by its token; the only one if not given
        #[arg(long)]
        token: Option<String>,
        /// Give the instance up
        #[arg(long)]
        abandon: bool,
    },
}

/// A group.
#[derive(Debug, Args)]
pub(crate) struct GroupName {
    /// The group, by name or id
    pub(crate) group: String,
}

/// Something of a group.
#[derive(Debug, Args)]
pub(crate) struct Child {
    /// The group, by name or id
    pub(crate) group: String,
    /// Its name or id
    pub(crate) name: String,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyAdd {
    /// The group, by name or id
    pub(crate) group: String,
    /// simple, step or target-tracking
    pub(crate) kind: String,
    /// The policy's name; the metric's if not given
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What it goes by
    #[arg(long)]
    pub(crate) metric: Option<String>,
    /// target-tracking: where the metric shall be
    #[arg(long)]
    pub(crate) target: Option<f64>,
    /// target-tracking: within so many percent nothing changes
    #[arg(long, value_name = "PERCENT")]
    pub(crate) tolerance: Option<i64>,
    /// target-tracking: only add instances
    #[arg(long)]
    pub(crate) disable_scale_in: bool,
    /// The alarm: the metric is above this
    #[arg(long, value_name = "THRESHOLD", group = "threshold", allow_negative_numbers = true)]
    pub(crate) above: Option<f64>,
    /// The alarm: the metric is below this
    #[arg(long, value_name = "THRESHOLD", group = "threshold", allow_negative_numbers = true)]
    pub(crate) below: Option<f64>,
    /// The alarm: over how long the metric is averaged, such as 10s
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) window: Option<i64>,
    /// The alarm: how long it must hold, such as 1m
    #[arg(long = "for", value_name = "DURATION", value_parser = duration_s)]
    pub(crate) hold: Option<i64>,
    /// simple: +2, -1, +50% or =5
    #[arg(long, value_name = "CHANGE", allow_hyphen_values = true)]
    pub(crate) change: Option<String>,
    /// step: FROM:TO=CHANGE, relative to the threshold; may be repeated
    #[arg(long = "step", value_name = "STEP", allow_hyphen_values = true)]
    pub(crate) steps: Vec<String>,
    /// How long it rests after adding instances, such as 10s
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) up_cooldown: Option<i64>,
    /// How long it rests after taking instances away, such as 1m
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) down_cooldown: Option<i64>,
    /// Add it without following it
    #[arg(long)]
    pub(crate) disabled: bool,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleAdd {
    /// The group, by name or id
    pub(crate) group: String,
    /// The schedule's name
    #[arg(long)]
    pub(crate) name: String,
    /// When, as `minute hour day month weekday`
    #[arg(long, conflicts_with = "at")]
    pub(crate) cron: Option<String>,
    /// By whose clocks; UTC if not given
    #[arg(long, value_name = "ZONE", requires = "cron")]
    pub(crate) time_zone: Option<String>,
    /// Once, then, such as 2027-01-31T08:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The fewest instances from then on
    #[arg(long, value_name = "NUMBER")]
    pub(crate) min: Option<i64>,
    /// The most instances from then on
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max: Option<i64>,
    /// How many there shall be then
    #[arg(long, value_name = "NUMBER")]
    pub(crate) desired: Option<i64>,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HookAdd {
    /// The group, by name or id
    pub(crate) group: String,
    /// The hook's name
    #[arg(long)]
    pub(crate) name: String,
    /// Where instances wait: launch or terminate
    #[arg(long, value_name = "TRANSITION")]
    pub(crate) on: String,
    /// How long one waits, such as 10m
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) timeout: Option<i64>,
    /// What happens after that: continue or abandon
    #[arg(long, value_name = "RESULT")]
    pub(crate) default_result: Option<String>,
    /// Who is told
    #[arg(long, value_name = "URL")]
    pub(crate) webhook: Option<String>,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
