//! The audit log's table: written in the transaction of what it tells of, bounded by class.

use std::path::Path;

use elbow_model::audit::{Entry, EntryClass};
use rusqlite::{Connection, params};

use super::trouble_of;
use crate::backend::{AuditQuery, Batch};
use crate::trouble::Trouble;

/// Numbers of entries grow and are never used again, so that a page goes on where the last one ended.
pub(super) const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT, class TEXT NOT NULL, project TEXT, user TEXT, entry TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS audit_by_class ON audit (class, number);
    CREATE INDEX IF NOT EXISTS audit_by_project ON audit (project, number);
    CREATE INDEX IF NOT EXISTS audit_by_user ON audit (user, number);
";

/// The log is cut once in so many entries of a class, so that a commit rarely pays for it.
const CUT_EVERY: i64 = 256;

/// Adds the entries of a batch, and drops the oldest ones of their classes when it is time.
pub(super) fn write(
    connection: &Connection,
    batch: &Batch<'_>,
    path: &Path,
) -> Result<(), Trouble> {
    let failed = |e: rusqlite::Error| trouble_of("write", path, &e);
    for entry in &batch.audit {
        let json = serde_json::to_string(entry).map_err(|e| Trouble::Internal(e.to_string()))?;
        let class = class_word(entry.class());
        let (project, user) = (entry.project.map(|id| id.to_string()), user_of(entry));
        connection
            .prepare_cached(
                "INSERT INTO audit (class, project, user, entry) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut insert| insert.execute(params![class, project, user, json]))
            .map_err(failed)?;
        if connection.last_insert_rowid() % CUT_EVERY == 0 {
            EntryClass::ALL.iter().try_for_each(|class| cut(connection, *class)).map_err(failed)?;
        }
    }
    Ok(())
}

/// Entries as they are wanted, newest first.
pub(super) fn read(
    connection: &Connection,
    path: &Path,
    query: &AuditQuery,
) -> Result<Vec<(u64, String)>, Trouble> {
    let AuditQuery { before, project, user, limit } = query;
    let before = before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    let limit = i64::try_from(*limit).unwrap_or(i64::MAX);
    let (project, user) = (project.map(|id| id.to_string()), user.map(|id| id.to_string()));
    // One statement per case, so that each goes by its index.
    let condition = match (&project, &user) {
        (None, None) => "?3 IS NULL AND ?4 IS NULL",
        (Some(_), None) => "project = ?3 AND ?4 IS NULL",
        (None, Some(_)) => "?3 IS NULL AND user = ?4",
        (Some(_), Some(_)) => "project = ?3 AND user = ?4",
    };
    let statement = format!(
        "SELECT number, entry FROM audit WHERE number < ?1 AND {condition} ORDER BY number DESC LIMIT ?2"
    );
    let rows = || -> rusqlite::Result<Vec<_>> {
        connection
            .prepare_cached(&statement)?
            .query_map(params![before, limit, project, user], |row| {
                let number: i64 = row.get(0)?;
                Ok((u64::try_from(number).unwrap_or_default(), row.get(1)?))
            })?
            .collect()
    };
    rows().map_err(|e| trouble_of("read", path, &e))
}

fn cut(connection: &Connection, class: EntryClass) -> rusqlite::Result<()> {
    let kept = i64::try_from(class.kept()).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "DELETE FROM audit WHERE class = ?1 AND number <= (
                SELECT number FROM audit WHERE class = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2
            )",
        )?
        .execute(params![class_word(class), kept])
        .map(drop)
}

fn user_of(entry: &Entry) -> Option<String> {
    entry.user().map(|id| id.to_string())
}

fn class_word(class: EntryClass) -> &'static str {
    match class {
        EntryClass::People => "people",
        EntryClass::Automatic => "automatic",
        EntryClass::Logins => "logins",
        EntryClass::Failures => "failures",
    }
}
