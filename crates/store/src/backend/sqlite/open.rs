//! Opening a database: making a new one, or checking strictly that an old one is ours and of a format that is known.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::trouble_of;
use crate::trouble::Trouble;

/// The newest format of the tables. When it grows, [`check_format`] learns to bring the one before up to date.
pub(super) const FORMAT: i64 = 1;

/// `ELBW`: tells the file from other SQLite databases.
const APPLICATION_ID: i64 = 0x454c_4257;

/// How long a write waits for a lock that another program holds (a backup, a shell).
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

const TABLES: &str = "
    BEGIN IMMEDIATE;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE records (
        type TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY (type, key)
    );
    CREATE TABLE revisions (
        revision INTEGER PRIMARY KEY, at INTEGER NOT NULL, author TEXT NOT NULL, change TEXT NOT NULL
    );
    INSERT INTO meta VALUES ('format', 1), ('revision', 0), ('settled', 0);
    PRAGMA application_id = 0x454c4257;
    COMMIT;
";

/// Makes the data directory, for its owner alone, if it is not there.
pub(super) fn make_directory(directory: &Path) -> Result<(), Trouble> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|e| Trouble::io("create the directory", directory, &e))
}

/// Opens the database and checks it; makes one if there is none.
pub(super) fn open_database(path: &Path) -> Result<Connection, Trouble> {
    make_private_file(path).map_err(|e| Trouble::io("create", path, &e))?;
    let failed = |e: rusqlite::Error| trouble_of("open", path, &e);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    if is_empty(&connection).map_err(failed)? {
        connection.execute_batch(TABLES).map_err(failed)?;
    }
    check_format(&connection, path)?;
    // Stores from before there was an audit log get one; a program from then does not miss it.
    connection.execute_batch(super::audit::TABLE).map_err(failed)?;
    configure(&connection).map_err(failed)?;
    Ok(connection)
}

/// A number of the `meta` table.
pub(super) fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// The file holds password hashes: it is its owner's alone from its first moment. Its side files inherit that.
fn make_private_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file.sync_all()?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    }
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

fn check_format(connection: &Connection, path: &Path) -> Result<(), Trouble> {
    let failed = |e: rusqlite::Error| trouble_of("read", path, &e);
    let application: i64 =
        connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(failed)?;
    if application != APPLICATION_ID {
        return Err(Trouble::Foreign { path: path.to_owned() });
    }
    let damaged = |reason: &str| Trouble::Damaged {
        path: path.to_owned(),
        what: "the format number".to_owned(),
        reason: reason.to_owned(),
    };
    match meta(connection, "format").map_err(failed)? {
        Some(FORMAT) => Ok(()),
        Some(found) if found > FORMAT => {
            Err(Trouble::Newer { path: path.to_owned(), found, known: FORMAT })
        }
        Some(_) => Err(damaged("it is none that was ever written")),
        None => Err(damaged("it is missing")),
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}
