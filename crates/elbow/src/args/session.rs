//! Logging in and out, and what to do when a password is lost.

use std::path::PathBuf;

use clap::Args;

/// `elbow login`
#[derive(Debug, Args)]
#[command(after_help = "\
The token is kept in the user's configuration directory, readable by nobody else. The password is asked for, or read from
standard input if that is no terminal.

Examples:
  elbow login http://192.0.2.1:9200
  elbow login http://192.0.2.1:9200 --user admin < password-file")]
pub(crate) struct LoginArguments {
    /// The service's address, such as http://192.0.2.1:9200
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// Who you are
    #[arg(long, default_value = "admin")]
    pub(crate) user: String,
}

/// `elbow logout`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  elbow logout
  elbow logout --everywhere")]
pub(crate) struct LogoutArguments {
    /// End all your sessions, those of other programs and browsers too
    #[arg(long)]
    pub(crate) everywhere: bool,
}

/// `elbow user reset-password`
#[derive(Debug, Args)]
#[command(after_help = "\
This always concerns the service of the data directory on this machine, whether it runs or not: whoever may read the data
directory may do this. Without an option the new password is random and printed once.

Examples:
  elbow user reset-password admin
  elbow user reset-password admin --ask
  elbow user reset-password admin --password-file new-password --data-dir /var/lib/elbow")]
pub(crate) struct ResetPassword {
    /// Whose password
    pub(crate) name: String,
    /// Ask for the new password
    #[arg(long, conflicts_with = "password_file")]
    pub(crate) ask: bool,
    /// A file with the new password; a line break at its end does not count
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}
