//! Reading: everything at start-up, parsed on several threads, and history.

use std::path::Path;
use std::thread;

use elbow_model::value::Revision;
use elbow_model::world::Record;
use rusqlite::{Connection, params};

use super::{from_sql, open, to_sql, trouble_of};
use crate::backend::{Loaded, form};
use crate::trouble::Trouble;

/// Parsing is most of a start; more threads than this gain little.
const MAX_PARSERS: usize = 4;

/// A record as it is stored.
struct Row {
    kind: String,
    key: String,
    version: u32,
    json: String,
}

/// Reads everything.
pub(super) fn load(connection: &Connection, path: &Path) -> Result<Loaded, Trouble> {
    let failed = |e: rusqlite::Error| trouble_of("read", path, &e);
    // One transaction, so that records and revision belong together.
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    let revision = open::meta(&transaction, "revision").map_err(failed)?.unwrap_or_default();
    let rows = rows(&transaction).map_err(failed)?;
    let records = parse_all(&rows).map_err(|(row, reason)| Trouble::Damaged {
        path: path.to_owned(),
        what: format!("{} `{}`", row.kind, row.key),
        reason,
    })?;
    Ok(Loaded { revision: from_sql(revision), records })
}

/// Changes as JSON with revisions in `(after, ..]`.
pub(super) fn history(
    connection: &Connection,
    path: &Path,
    after: Revision,
    limit: usize,
) -> Result<Vec<(Revision, String)>, Trouble> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let read = || -> rusqlite::Result<Vec<_>> {
        connection
            .prepare_cached(
                "SELECT revision, change FROM revisions WHERE revision > ?1 ORDER BY revision LIMIT ?2",
            )?
            .query_map(params![to_sql(after), limit], |row| Ok((from_sql(row.get(0)?), row.get(1)?)))?
            .collect()
    };
    read().map_err(|e| trouble_of("read", path, &e))
}

fn rows(connection: &Connection) -> rusqlite::Result<Vec<Row>> {
    connection
        .prepare("SELECT type, key, version, json FROM records")?
        .query_map([], |row| {
            Ok(Row { kind: row.get(0)?, key: row.get(1)?, version: row.get(2)?, json: row.get(3)? })
        })?
        .collect()
}

fn parse_all(rows: &[Row]) -> Result<Vec<Record>, (&Row, String)> {
    let threads = thread::available_parallelism().map_or(1, |n| n.get().min(MAX_PARSERS));
    let share = rows.len().div_ceil(threads).max(1);
    let parts: Vec<Result<Vec<Record>, _>> = thread::scope(|scope| {
        let parsers: Vec<_> =
            rows.chunks(share).map(|part| (part, scope.spawn(|| parse(part)))).collect();
        let joined = parsers.into_iter().map(|(part, parser)| match parser.join() {
            Ok(records) => records,
            Err(_) => Err((&part[0], "the parser panicked".to_owned())),
        });
        joined.collect()
    });
    let mut records = Vec::with_capacity(rows.len());
    for part in parts {
        records.append(&mut part?);
    }
    Ok(records)
}

fn parse(rows: &[Row]) -> Result<Vec<Record>, (&Row, String)> {
    rows.iter()
        .map(|row| form::read_record(row.version, &row.json).map_err(|reason| (row, reason)))
        .collect()
}
