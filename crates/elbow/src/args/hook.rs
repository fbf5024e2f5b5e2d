//! `elbow hook ...`

use clap::{Args, Subcommand};

use super::scaling::{ChangedChild, Child, GroupName};
use crate::notation::duration_s;

#[derive(Debug, Subcommand)]
pub(crate) enum HookCommand {
    /// Add a lifecycle hook
    Add(HookAdd),
    /// List a group's lifecycle hooks
    #[command(visible_alias = "ls")]
    List(GroupName),
    /// Show a lifecycle hook
    Show(Child),
    /// Edit a lifecycle hook; who waits for it goes on by what it was
    Edit(HookEdit),
    /// Delete a lifecycle hook
    #[command(visible_alias = "rm")]
    Delete(ChangedChild),
    /// End an instance's wait for a hook
    Complete {
        #[command(flatten)]
        wait: HookWait,
        /// Give the instance up
        #[arg(long)]
        abandon: bool,
    },
    /// Make an instance's wait for a hook longer
    Heartbeat(HookWait),
}

/// An instance's wait for a hook.
#[derive(Debug, Args)]
pub(crate) struct HookWait {
    /// The group, by name or id
    pub(crate) group: String,
    /// The instance, by address, number, name or id
    pub(crate) instance: String,
    /// Which wait, by its token; the only one if not given
    #[arg(long)]
    pub(crate) token: Option<String>,
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
    #[command(flatten)]
    pub(crate) options: HookOptions,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HookEdit {
    #[command(flatten)]
    pub(crate) hook: ChangedChild,
    /// A new name
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) new_name: Option<String>,
    /// Where instances wait: launch or terminate
    #[arg(long, value_name = "TRANSITION")]
    pub(crate) on: Option<String>,
    #[command(flatten)]
    pub(crate) options: HookOptions,
}

/// How instances wait.
#[derive(Debug, Args)]
pub(crate) struct HookOptions {
    /// How long one waits, such as 10m
    #[arg(long, value_name = "DURATION", value_parser = duration_s)]
    pub(crate) timeout: Option<i64>,
    /// What happens after that: continue or abandon
    #[arg(long, value_name = "RESULT")]
    pub(crate) default_result: Option<String>,
    /// Who is told; `none` for nobody
    #[arg(long, value_name = "URL")]
    pub(crate) webhook: Option<String>,
}
