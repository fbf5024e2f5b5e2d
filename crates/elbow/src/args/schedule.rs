//! `elbow schedule ...`

use clap::{Args, Subcommand};

use super::scaling::{ChangedChild, Child, GroupName};

const SCHEDULES: &str = "\
Examples:
  elbow schedule add workers --name morning --cron '0 8 * * mon-fri' --time-zone Europe/Berlin --min 4
  elbow schedule add workers --name launch --at 2027-01-31T08:00:00Z --desired 10
  elbow schedule edit workers morning --min 6";

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Add a schedule
    #[command(after_help = SCHEDULES)]
    Add(ScheduleAdd),
    /// List a group's schedules
    #[command(visible_alias = "ls")]
    List(GroupName),
    /// Show a schedule
    Show(Child),
    /// Edit a schedule
    #[command(after_help = SCHEDULES)]
    Edit(ScheduleEdit),
    /// Delete a schedule
    #[command(visible_alias = "rm")]
    Delete(ChangedChild),
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleAdd {
    /// The group, by name or id
    pub(crate) group: String,
    /// The schedule's name
    #[arg(long)]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) options: ScheduleOptions,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleEdit {
    #[command(flatten)]
    pub(crate) schedule: ChangedChild,
    /// A new name
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) new_name: Option<String>,
    #[command(flatten)]
    pub(crate) options: ScheduleOptions,
    /// Whether it is followed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) enabled: Option<bool>,
}

/// When something happens, and what.
#[derive(Debug, Args)]
pub(crate) struct ScheduleOptions {
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
}
