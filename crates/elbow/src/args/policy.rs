//! `elbow policy ...`

use clap::{Args, Subcommand};

use super::scaling::{ChangedChild, Child, GroupName};
use crate::notation::duration_s;

const POLICIES: &str = "\
Examples:
  elbow policy add workers target-tracking --metric in-flight-per-instance --target 10
  elbow policy add workers step --name queue --metric queue-length --above 5 --step 0:10=+1 --step 10:=+50%
  elbow policy add workers simple --name idle --metric cpu-percent --below 10 --for 5m --change -1
  elbow policy edit workers queue --above 8

Metrics: requests-per-instance, in-flight-per-instance, new-connections-per-instance, queue-length, latency-p95-ms,
error-percent, cpu-percent, memory-percent, network-in-bytes, network-out-bytes.
A step FROM:TO=CHANGE is relative to the threshold; a change is +2, -1, +50% or =5.";

const REPLAYS: &str = "\
Examples:
  elbow policy replay workers
      What the policies that the group follows would have done in the last hour, beside what it did
  elbow policy replay workers --metric in-flight-per-instance --target 10 --range 2h
      The same for a policy that does not exist yet
  elbow policy replay workers --policy queue --launch 20s --capacity 15
      One of the group's own, followed or not, with instances that take 20 s to start and can carry 15";

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Add a scaling policy
    #[command(after_help = POLICIES)]
    Add(Box<PolicyAdd>),
    /// List a group's policies
    #[command(visible_alias = "ls")]
    List(GroupName),
    /// Show a policy
    Show(Child),
    /// Edit a policy
    #[command(after_help = POLICIES)]
    Edit(Box<PolicyEdit>),
    /// Do once what a simple or step policy says
    Execute {
        #[command(flatten)]
        policy: ChangedChild,
        /// Also in a cooldown, while the breaker is open, or while scaling is suspended
        #[arg(long)]
        force: bool,
        /// step: by which value of the metric; the last one measured if not given
        #[arg(long, allow_negative_numbers = true)]
        value: Option<f64>,
    },
    /// Show what policies would have made of the load that the group had; changes nothing
    #[command(after_help = REPLAYS)]
    Replay(Box<PolicyReplay>),
    /// Delete a policy
    #[command(visible_alias = "rm")]
    Delete(ChangedChild),
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
    #[command(flatten)]
    pub(crate) options: PolicyOptions,
    /// Add it without following it
    #[arg(long)]
    pub(crate) disabled: bool,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyEdit {
    #[command(flatten)]
    pub(crate) policy: ChangedChild,
    /// A new name
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) new_name: Option<String>,
    #[command(flatten)]
    pub(crate) options: PolicyOptions,
    /// Whether it is followed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) enabled: Option<bool>,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyReplay {
    /// The group, by name or id
    pub(crate) group: String,
    /// One of the group's own policies, by name or id; those that it follows if nothing is said
    #[arg(long, conflicts_with = "metric")]
    pub(crate) policy: Option<String>,
    #[command(flatten)]
    pub(crate) options: PolicyOptions,
    /// How much load, up to 2h
    #[arg(long, value_name = "DURATION", value_parser = duration_s, default_value = "1h")]
    pub(crate) range: i64,
    /// Where it begins, such as 2027-01-31T08:00:00Z; so long before now if not given
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// How long an instance takes to start; as long as the group's took if not given
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) launch: Option<i64>,
    /// How long a started one counts only in part; the group's if not given
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) warming: Option<i64>,
    /// What one instance can carry at most, by the metric; the target if not given
    #[arg(long, value_name = "NUMBER")]
    pub(crate) capacity: Option<f64>,
    /// The fewest instances; the group's if not given
    #[arg(long, value_name = "NUMBER")]
    pub(crate) min: Option<i64>,
    /// The most instances; the group's if not given
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max: Option<i64>,
}

/// What a policy does.
#[derive(Debug, Args)]
pub(crate) struct PolicyOptions {
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
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) disable_scale_in: Option<bool>,
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
    /// How far back it looks for the highest load before it takes instances away, such as 1m
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) down_stabilization: Option<i64>,
    /// How long a new instance counts only in part; the group's if not given
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) warm_up: Option<i64>,
}
