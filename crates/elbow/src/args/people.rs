//! `elbow user ...`, `elbow project ...`, `elbow audit`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ResetPassword;

const USER_EXAMPLES: &str = "\
Examples:
  elbow user create ann --role tenant-user --in shop
      A user with things of her own in project shop; the password is printed once
  elbow user grant ann lab viewer
      She sees what is in project lab, too
  elbow user revoke ann shop --hand-over-to bob
      She leaves shop, and bob gets what she owned there
  elbow user edit ann --disable
      She can no longer log in; what she owns stays";

const PROJECT_EXAMPLES: &str = "\
Examples:
  elbow project create shop --quota load-balancers=10 --quota instances=50
  elbow project edit shop --driver hook --driver container
      Its scaling groups may start containers on this machine
  elbow project show shop
      The quota, and what is used of it";

/// Users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// List users: all for the operator, else those of your project
    #[command(visible_alias = "ls")]
    List,
    /// Show a user
    Show {
        /// Name or id
        name: String,
    },
    /// Create a user
    #[command(after_help = USER_EXAMPLES)]
    Create(UserCreate),
    /// Edit a user: name, role, whether it can log in
    #[command(after_help = USER_EXAMPLES)]
    Edit(UserEdit),
    /// Delete a user; what it owns is handed over or deleted
    #[command(visible_alias = "rm")]
    Delete {
        /// Name or id
        name: String,
        #[command(flatten)]
        leaving: Leaving,
    },
    /// Make a user a member of a project, or give a member another role
    #[command(after_help = USER_EXAMPLES)]
    Grant {
        /// Name or id
        name: String,
        /// The project, by name or id
        project: String,
        /// tenant-admin, tenant-user or viewer
        role: String,
    },
    /// End a user's membership of a project; what it owns there is handed over or deleted
    Revoke {
        /// Name or id
        name: String,
        /// The project, by name or id
        project: String,
        #[command(flatten)]
        leaving: Leaving,
    },
    /// Give a user a new password, on the machine where the service runs or ran; his sessions end
    ResetPassword(ResetPassword),
    /// Let somebody at the login provider be a user, by the subject that the provider calls him
    Link {
        /// The user
        name: String,
        /// What the provider's tokens say in `sub`; a refused login tells
        subject: String,
    },
}

/// What becomes of what somebody owns who leaves.
#[derive(Debug, Args)]
pub(crate) struct Leaving {
    /// Who gets what the user owns; certificates are deleted, for they are never another's
    #[arg(long, value_name = "USER", conflicts_with = "force")]
    pub(crate) hand_over_to: Option<String>,
    /// Delete what the user owns
    #[arg(long)]
    pub(crate) force: bool,
    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserCreate {
    /// Its name
    pub(crate) name: String,
    /// operator (of the whole service), tenant-admin, tenant-user or viewer
    #[arg(long, default_value = "tenant-user")]
    pub(crate) role: String,
    /// The project that it is a member of; without it, the one that you work in
    #[arg(long = "in", value_name = "PROJECT")]
    pub(crate) project: Option<String>,
    /// Ask for the password; without this or a file, a random one is printed once
    #[arg(long, conflicts_with = "password_file")]
    pub(crate) ask: bool,
    /// A file with the password; a line break at its end does not count
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserEdit {
    /// Name or id
    pub(crate) name: String,
    /// Another name
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) new_name: Option<String>,
    /// operator, or a role in the project that you work in: tenant-admin, tenant-user or viewer
    #[arg(long)]
    pub(crate) role: Option<String>,
    /// The project that it works in unless it names another
    #[arg(long, value_name = "PROJECT")]
    pub(crate) usual_project: Option<String>,
    /// Let it log in
    #[arg(long, conflicts_with = "disable")]
    pub(crate) enable: bool,
    /// Keep it from logging in, and end its sessions
    #[arg(long)]
    pub(crate) disable: bool,
    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Projects.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    /// List the projects that you have a role in
    #[command(visible_alias = "ls")]
    List,
    /// Show a project: its quota, what is used of it, and who is in it
    Show {
        /// Name or id
        name: String,
    },
    /// Create a project
    #[command(after_help = PROJECT_EXAMPLES)]
    Create {
        /// Its name
        name: String,
        #[command(flatten)]
        options: ProjectOptions,
    },
    /// Edit a project: name, description, quota, drivers
    #[command(after_help = PROJECT_EXAMPLES)]
    Edit {
        /// Name or id
        name: String,
        /// Another name
        #[arg(long = "name", value_name = "NAME")]
        new_name: Option<String>,
        #[command(flatten)]
        options: ProjectOptions,
    },
    /// Delete a project that is empty
    #[command(visible_alias = "rm")]
    Delete {
        /// Name or id
        name: String,
        /// Delete what is in it, too; instances must be gone
        #[arg(long)]
        force: bool,
        /// Check everything, but change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ProjectOptions {
    /// Free text
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// What it may have at most, such as load-balancers=10; may be repeated
    #[arg(long = "quota", value_name = "WHAT=COUNT")]
    pub(crate) quotas: Vec<String>,
    /// What its scaling groups may launch instances with: process, container, hook, or none; may be repeated. Processes
    /// and containers run on this machine
    #[arg(long = "driver", value_name = "DRIVER")]
    pub(crate) drivers: Vec<String>,
    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// Only what was done by this user
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Only what concerns the project that you work in; others than the operator see no more anyway
    #[arg(long)]
    pub(crate) here: bool,
    /// At most so many entries
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub(crate) limit: usize,
}
