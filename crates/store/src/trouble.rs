//! Trouble: why the store cannot do its work, for the operator, with what to do about it.

use std::path::{Path, PathBuf};

use elbow_model::value::Revision;

/// Why the store cannot be opened, read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Another control process uses the data directory.
    #[error(
        "another control process{} uses {}; stop it first, or choose another data directory",
        holder(.pid), .path.display()
    )]
    InUse {
        /// What is in use.
        path: PathBuf,
        /// The other process, if it left its number.
        pid: Option<u32>,
    },
    /// Another program holds SQLite's lock.
    #[error(
        "{} is locked by another program; end it (a `sqlite3` shell or a backup, perhaps) and try again",
        .path.display()
    )]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// The file is of a later version.
    #[error(
        "{} was written by a newer Elbow (format {found}, this one knows up to {known}); start that version again, \
         or restore a backup from before the upgrade",
        .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// The file is something else.
    #[error("{} is not a store of Elbow; choose another data directory, or move the file away", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// What is stored cannot be understood.
    #[error("{what} in {} cannot be read: {reason}; restore a backup", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// Which part of it.
        what: String,
        /// Why.
        reason: String,
    },
    /// Somebody else wrote.
    #[error(
        "the store is at revision {found}, but {expected} was expected: another program wrote to it; restart control"
    )]
    Overtaken {
        /// The revision of this process.
        expected: Revision,
        /// The revision of the store.
        found: Revision,
    },
    /// The files are no longer those that were opened.
    #[error("{} was deleted or replaced while in use; put it back, or restore a backup and restart control", .path.display())]
    Moved {
        /// The file.
        path: PathBuf,
    },
    /// No space is left.
    #[error("the disk that holds {} is full; free some space, and changes are accepted again", .path.display())]
    Full {
        /// The database.
        path: PathBuf,
    },
    /// The machine refuses to read or write.
    #[error("cannot {action} {}: {reason}", .path.display())]
    Io {
        /// What was tried, a verb.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The store was closed.
    #[error("the store is closed: control is stopping")]
    Closed,
    /// A fault of the program.
    #[error("internal fault in the store: {0}; please report it")]
    Internal(String),
}

impl Trouble {
    /// That `action` failed on `path`.
    pub(crate) fn io(action: &'static str, path: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self::Io { action, path: path.to_owned(), reason: reason.to_string() }
    }
}

fn holder(pid: &Option<u32>) -> String {
    pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}
