//! What can go wrong with the process itself, for whoever operates it: each says what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a proxy process could not start or go on.
#[derive(Debug)]
pub enum Trouble {
    /// Another proxy runs with this state directory.
    AlreadyRunning { lock: PathBuf },
    /// A file or directory can't be used.
    File { path: PathBuf, error: io::Error },
    /// The kernel refuses what a worker or another thread needs.
    Kernel { what: &'static str, error: io::Error },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRunning { lock } => write!(
                f,
                "another proxy holds {}; stop it first, or give this one a directory of its own",
                lock.display()
            ),
            Self::File { path, error } => {
                write!(f, "{}: {error}; check that it can be written by this user", path.display())
            }
            Self::Kernel { what, error } => {
                write!(f, "no {what}: {error}; check the limits of this process (ulimit -a)")
            }
        }
    }
}

impl std::error::Error for Trouble {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::AlreadyRunning { .. } => None,
            Self::File { error, .. } | Self::Kernel { error, .. } => Some(error),
        }
    }
}
