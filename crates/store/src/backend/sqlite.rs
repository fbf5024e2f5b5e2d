//! The backend on SQLite: the embedded default, one file in the data directory.
//!
//! Write-ahead log with `synchronous=FULL`: a commit is one append and one fsync. A batch is one transaction that starts
//! with a compare-and-set of the revision. What SQLite does not notice is checked here: that no other control process
//! uses the directory, and that the files still are those that were opened (a write to a deleted file would be lost).

mod audit;
mod lock;
mod open;
mod read;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use elbow_model::value::Revision;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};

use self::lock::DirectoryLock;
use super::{AuditQuery, Backend, Batch, Loaded, form};
use crate::trouble::Trouble;

/// A store in a directory.
pub(crate) struct Sqlite {
    // Closed first: the lock is let go only when SQLite is done.
    connection: Connection,
    files: Files,
    /// A failed write may have left its end in the write-ahead log, where a crash would bring it back to life, though
    /// it was refused. A later transaction overwrites it; until one has, none is answered.
    unsettled: bool,
    _lock: DirectoryLock,
}

/// The files that were opened.
struct Files {
    database: PathBuf,
    log: PathBuf,
    database_identity: Option<Identity>,
    log_identity: Option<Identity>,
}

/// What tells a file from another of the same name: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl Sqlite {
    /// The database's name in the data directory.
    pub(crate) const FILE: &'static str = "elbow.db";

    /// Opens the store in `directory`, or makes a new one.
    pub(crate) fn open(directory: &Path) -> Result<Self, Trouble> {
        open::make_directory(directory)?;
        let lock = DirectoryLock::take(directory)?;
        let database = directory.join(Self::FILE);
        let connection = open::open_database(&database)?;
        let log = directory.join(format!("{}-wal", Self::FILE));
        let files =
            Files { database_identity: Identity::of(&database), database, log, log_identity: None };
        let mut store = Self { connection, files, unsettled: true, _lock: lock };
        if let Err(trouble) = store.settle() {
            tracing::warn!(%trouble, "the store opened, but does not take changes now");
        }
        Ok(store)
    }

    #[cfg(test)]
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Overwrites what a failed write may have left behind, by a transaction that means nothing.
    fn settle(&mut self) -> Result<(), Trouble> {
        if self.unsettled {
            let path = &self.files.database;
            self.connection
                .execute("UPDATE meta SET value = value + 1 WHERE name = 'settled'", [])
                .map_err(|e| trouble_of("write", path, &e))?;
            self.unsettled = false;
            self.files.log_identity = Identity::of(&self.files.log);
        }
        Ok(())
    }

    fn write_transaction(&mut self, batch: &Batch<'_>) -> Result<(), Trouble> {
        let path = &self.files.database;
        let failed = |e: rusqlite::Error| trouble_of("write", path, &e);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        compare_and_set(&transaction, batch, path)?;
        write_records(&transaction, batch, path)?;
        write_changes(&transaction, batch, path)?;
        audit::write(&transaction, batch, path)?;
        transaction.commit().map_err(failed)
    }
}

impl Backend for Sqlite {
    fn load(&mut self) -> Result<Loaded, Trouble> {
        read::load(&self.connection, &self.files.database)
    }

    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Trouble> {
        self.files.check()?;
        self.settle()?;
        let result = self.write_transaction(batch);
        if result.is_err() {
            self.unsettled = true;
            // Best at once; if the cause is still there, then before the next write.
            if let Err(trouble) = self.settle() {
                tracing::debug!(%trouble, "the store does not settle yet");
            }
        }
        result
    }

    fn audit(&mut self, query: &AuditQuery) -> Result<Vec<(u64, String)>, Trouble> {
        audit::read(&self.connection, &self.files.database, query)
    }

    fn history(
        &mut self,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<(Revision, String)>, Trouble> {
        read::history(&self.connection, &self.files.database, after, limit)
    }
}

impl Files {
    /// Whether the names still lead to the files that are open.
    fn check(&self) -> Result<(), Trouble> {
        let both = [(&self.database, self.database_identity), (&self.log, self.log_identity)];
        for (path, opened) in both {
            if opened.is_some() && Identity::of(path) != opened {
                return Err(Trouble::Moved { path: path.clone() });
            }
        }
        Ok(())
    }
}

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|file| Self(file.dev(), file.ino()))
    }
}

/// Moves the revision on if it is what the batch builds on.
fn compare_and_set(connection: &Connection, batch: &Batch<'_>, path: &Path) -> Result<(), Trouble> {
    let failed = |e: rusqlite::Error| trouble_of("write", path, &e);
    let moved = connection
        .prepare_cached("UPDATE meta SET value = ?2 WHERE name = 'revision' AND value = ?1")
        .and_then(|mut statement| {
            statement.execute(params![to_sql(batch.base), to_sql(batch.head())])
        })
        .map_err(failed)?;
    if moved == 1 {
        return Ok(());
    }
    let found = open::meta(connection, "revision").map_err(failed)?.unwrap_or_default();
    Err(Trouble::Overtaken { expected: batch.base, found: from_sql(found) })
}

fn write_records(connection: &Connection, batch: &Batch<'_>, path: &Path) -> Result<(), Trouble> {
    let failed = |e: rusqlite::Error| trouble_of("write", path, &e);
    let mut put = connection
        .prepare_cached(
            "INSERT OR REPLACE INTO records (type, key, version, json) VALUES (?1, ?2, ?3, ?4)",
        )
        .map_err(failed)?;
    let mut delete = connection
        .prepare_cached("DELETE FROM records WHERE type = ?1 AND key = ?2")
        .map_err(failed)?;
    for (key, record) in &batch.records {
        let (kind, id) = form::key_parts(key).map_err(Trouble::Internal)?;
        match record {
            Some(record) => {
                let json = form::write_record(record).map_err(Trouble::Internal)?;
                put.execute(params![kind, id, form::RECORD_VERSION, json])
            }
            None => delete.execute(params![kind, id]),
        }
        .map_err(failed)?;
    }
    Ok(())
}

fn write_changes(connection: &Connection, batch: &Batch<'_>, path: &Path) -> Result<(), Trouble> {
    let failed = |e: rusqlite::Error| trouble_of("write", path, &e);
    let internal = |e: serde_json::Error| Trouble::Internal(e.to_string());
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO revisions (revision, at, author, change) VALUES (?1, ?2, ?3, ?4)",
        )
        .map_err(failed)?;
    for (revision, change) in &batch.changes {
        let author = serde_json::to_string(&change.author).map_err(internal)?;
        let json = serde_json::to_string(change).map_err(internal)?;
        let at = i64::try_from(change.at.0).unwrap_or(i64::MAX);
        insert.execute(params![to_sql(*revision), at, author, json]).map_err(failed)?;
    }
    if let Some(up_to) = batch.prune_up_to() {
        connection
            .prepare_cached("DELETE FROM revisions WHERE revision <= ?1")
            .and_then(|mut statement| statement.execute(params![to_sql(up_to)]))
            .map_err(failed)?;
    }
    Ok(())
}

/// SQLite's integers are signed; revisions never get near their end.
fn to_sql(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

fn from_sql(value: i64) -> Revision {
    Revision(u64::try_from(value).unwrap_or_default())
}

/// Says in the operator's words what SQLite says.
fn trouble_of(action: &'static str, path: &Path, error: &rusqlite::Error) -> Trouble {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::Locked { path },
        Some(ErrorCode::DiskFull) => Trouble::Full { path },
        Some(ErrorCode::NotADatabase) => Trouble::Foreign { path },
        Some(ErrorCode::DatabaseCorrupt) => {
            Trouble::Damaged { path, what: "the database".to_owned(), reason: error.to_string() }
        }
        _ => Trouble::io(action, &path, error),
    }
}
