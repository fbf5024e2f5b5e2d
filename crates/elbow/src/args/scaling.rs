//! What `elbow policy ...`, `elbow schedule ...` and `elbow hook ...` have in common.

use clap::Args;

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
}

/// Something of a group that is to be changed.
#[derive(Debug, Args)]
pub(crate) struct ChangedChild {
    #[command(flatten)]
    pub(crate) child: Child,
    /// Show what would come of it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
