//! The suite that every backend must pass, and its application to each of them.

use std::path::Path;

use elbow_model::audit::Entry;
use elbow_model::change::{Author, Change, Edit, NewProject, Source};
use elbow_model::project::{Project, Quota};
use elbow_model::value::{Description, Name, Number, ProjectId, Revision, Timestamp};
use elbow_model::world::{Key, Record};
use uuid::Uuid;

use super::memory::Memory;
use super::sqlite::Sqlite;
use super::{AuditQuery, Backend, Batch, HISTORY_REVISIONS, PRUNE_EVERY};
use crate::trouble::Trouble;

/// A place that a backend can be opened on again and again.
trait Place {
    fn new() -> Self;
    fn open(&self) -> Box<dyn Backend>;
}

impl Place for Memory {
    fn new() -> Self {
        Self::default()
    }

    fn open(&self) -> Box<dyn Backend> {
        Box::new(self.clone())
    }
}

impl Place for tempfile::TempDir {
    fn new() -> Self {
        tempfile::tempdir().unwrap()
    }

    fn open(&self) -> Box<dyn Backend> {
        Box::new(Sqlite::open(self.path()).unwrap())
    }
}

/// Each claim as a test of each backend.
macro_rules! suite {
    ($($claim:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $claim() { super::$claim(&<super::Memory as super::Place>::new()); })*
        }
        mod sqlite {
            $(#[test] fn $claim() { super::$claim(&<tempfile::TempDir as super::Place>::new()); })*
        }
    };
}

suite![
    a_new_store_is_empty_at_revision_zero,
    what_was_written_is_there_after_reopening,
    a_record_that_is_gone_stays_gone,
    a_batch_on_another_revision_is_refused_whole,
    history_is_read_in_order_from_any_revision,
    history_keeps_the_newest_revisions,
    the_audit_log_is_read_newest_first_by_project_and_user,
    the_audit_log_is_bounded_by_class,
];

pub(super) fn change(text: &str) -> Change {
    let edit = Edit::CreateProject(NewProject::new(
        ProjectId::from(Uuid::nil()),
        Name::new(text).unwrap(),
    ));
    Change::new(Author::System, Timestamp(1_000), edit)
}

fn project(id: u128, name: &str) -> Record {
    Record::Project(
        Project {
            id: ProjectId::from(Uuid::from_u128(id)),
            number: Number(1),
            created_at: Timestamp(1),
            updated_at: Timestamp(1),
            revision: Revision(1),
            name: Name::new(name).unwrap(),
            description: Description::new("").unwrap(),
            quota: Quota::default(),
            drivers: Project::drivers_of_tenants(),
        }
        .into(),
    )
}

/// Writes one commit on top of `base`.
fn write(
    backend: &mut dyn Backend,
    base: u64,
    records: Vec<(Key, Option<Record>)>,
) -> Result<(), Trouble> {
    let change = change("some");
    let changes = vec![(Revision(base + 1), &change)];
    backend.write(&Batch { base: Revision(base), records, changes, audit: Vec::new() })
}

fn put(record: &Record) -> (Key, Option<Record>) {
    (record.key(), Some(record.clone()))
}

fn a_new_store_is_empty_at_revision_zero(place: &impl Place) {
    let loaded = place.open().load().unwrap();
    assert_eq!((loaded.revision, loaded.records), (Revision(0), vec![]));
}

fn what_was_written_is_there_after_reopening(place: &impl Place) {
    let (first, second) = (project(1, "first"), project(2, "second"));
    let renamed = project(1, "renamed");
    let mut backend = place.open();
    write(&mut *backend, 0, vec![put(&first), put(&second)]).unwrap();
    write(&mut *backend, 1, vec![put(&renamed)]).unwrap();
    drop(backend);

    let mut loaded = place.open().load().unwrap();
    loaded.records.sort_by_key(Record::key);
    assert_eq!((loaded.revision, loaded.records), (Revision(2), vec![renamed, second]));
}

fn a_record_that_is_gone_stays_gone(place: &impl Place) {
    let record = project(1, "short-lived");
    let mut backend = place.open();
    write(&mut *backend, 0, vec![put(&record)]).unwrap();
    write(&mut *backend, 1, vec![(record.key(), None)]).unwrap();
    drop(backend);

    assert_eq!(place.open().load().unwrap().records, vec![]);
}

fn a_batch_on_another_revision_is_refused_whole(place: &impl Place) {
    let mut backend = place.open();
    write(&mut *backend, 0, vec![]).unwrap();

    let refused = write(&mut *backend, 0, vec![put(&project(1, "late"))]);
    assert_eq!(refused, Err(Trouble::Overtaken { expected: Revision(0), found: Revision(1) }));
    let loaded = backend.load().unwrap();
    assert_eq!((loaded.revision, loaded.records), (Revision(1), vec![]));
    assert_eq!(backend.history(Revision(0), 10).unwrap().len(), 1);
    write(&mut *backend, 1, vec![]).unwrap();
}

fn history_is_read_in_order_from_any_revision(place: &impl Place) {
    let mut backend = place.open();
    let names = ["a", "b", "c", "d"].map(change);
    let changes: Vec<_> =
        names.iter().enumerate().map(|(i, c)| (Revision(i as u64 + 1), c)).collect();
    backend
        .write(&Batch { base: Revision(0), records: vec![], changes, audit: Vec::new() })
        .unwrap();

    let read = backend.history(Revision(1), 2).unwrap();
    let json = |change: &Change| serde_json::to_string(change).unwrap();
    assert_eq!(read, vec![(Revision(2), json(&names[1])), (Revision(3), json(&names[2]))]);
}

fn history_keeps_the_newest_revisions(place: &impl Place) {
    let mut backend = place.open();
    let change = change("some");
    let last = HISTORY_REVISIONS + 2 * PRUNE_EVERY;
    for base in (0..last).step_by(64) {
        let changes =
            (base + 1..=base + 64).map(|revision| (Revision(revision), &change)).collect();
        backend
            .write(&Batch { base: Revision(base), records: vec![], changes, audit: Vec::new() })
            .unwrap();
    }
    let kept = backend.history(Revision(0), usize::MAX).unwrap();
    let head = kept.last().unwrap().0.0;
    let oldest = kept.first().unwrap().0.0;
    assert!(head >= last);
    assert!((HISTORY_REVISIONS..=HISTORY_REVISIONS + PRUNE_EVERY).contains(&(head - oldest + 1)));
}

/// An entry of a user in a project.
fn entry(user: u128, project: u128) -> Entry {
    let name = Name::new("someone").unwrap();
    let author = Author::User { id: Uuid::from_u128(user).into(), name };
    let project = Some(Uuid::from_u128(project).into());
    Entry::login(Timestamp(1), author, Source::LocalSocket, project)
}

/// Adds entries without any Change.
fn note(backend: &mut dyn Backend, audit: Vec<Entry>) {
    let (base, records, changes) = (Revision(0), Vec::new(), Vec::new());
    backend.write(&Batch { base, records, changes, audit }).unwrap();
}

fn everything() -> AuditQuery {
    AuditQuery { before: None, project: None, user: None, limit: usize::MAX }
}

fn the_audit_log_is_read_newest_first_by_project_and_user(place: &impl Place) {
    let mut backend = place.open();
    let written = [entry(1, 1), entry(2, 1), entry(1, 2), entry(2, 2)];
    note(&mut *backend, written.to_vec());
    drop(backend);

    let mut backend = place.open();
    let mut read = |query: AuditQuery| -> Vec<Entry> {
        let rows = backend.audit(&query).unwrap();
        rows.iter().map(|(_, json)| serde_json::from_str(json).unwrap()).collect()
    };
    let [a, b, c, d] = written;
    let all = everything();
    assert_eq!(read(all), [d.clone(), c.clone(), b.clone(), a.clone()]);
    let project = Some(Uuid::from_u128(1).into());
    assert_eq!(read(AuditQuery { project, ..all }), [b.clone(), a.clone()]);
    let user = Some(Uuid::from_u128(1).into());
    assert_eq!(read(AuditQuery { user, ..all }), [c.clone(), a.clone()]);
    assert_eq!(read(AuditQuery { project, user, ..all }), std::slice::from_ref(&a));
    assert_eq!(read(AuditQuery { before: Some(3), limit: 1, ..all }), [b]);
}

fn the_audit_log_is_bounded_by_class(place: &impl Place) {
    let mut backend = place.open();
    let failure = Entry::unknown_login(Timestamp(1), "eve", Source::LocalSocket);
    let kept = failure.class().kept();
    note(&mut *backend, vec![entry(1, 1)]);
    for _ in 0..(kept / 500 + 3) {
        note(&mut *backend, vec![failure.clone(); 500]);
    }
    let rows = backend.audit(&everything()).unwrap();
    let count = u64::try_from(rows.len()).unwrap();
    assert!((kept..=kept + 300).contains(&(count - 1)), "{count} entries are kept");
    // What there is too much of pushes nothing else out.
    assert_eq!(rows.last().unwrap().0, 1);
}

/// What only SQLite has: files that others can hold, replace or spoil.
mod files {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use rusqlite::Connection;

    use super::*;

    fn database(directory: &Path) -> std::path::PathBuf {
        directory.join(Sqlite::FILE)
    }

    fn refusal(directory: &Path) -> Trouble {
        Sqlite::open(directory).err().expect("it is refused")
    }

    #[test]
    fn a_second_process_is_refused_with_the_number_of_the_first() {
        let place = tempfile::tempdir().unwrap();
        let _first = Sqlite::open(place.path()).unwrap();
        let pid = Some(std::process::id());
        assert_eq!(refusal(place.path()), Trouble::InUse { path: place.path().to_owned(), pid });
    }

    #[test]
    fn a_newer_format_is_refused_in_words() {
        let place = tempfile::tempdir().unwrap();
        drop(Sqlite::open(place.path()).unwrap());
        let other = Connection::open(database(place.path())).unwrap();
        other.execute("UPDATE meta SET value = 7 WHERE name = 'format'", []).unwrap();
        drop(other);
        let words = refusal(place.path()).to_string();
        assert!(
            words.contains("written by a newer Elbow (format 7, this one knows up to 1)"),
            "{words}"
        );
    }

    #[test]
    fn a_file_that_is_no_store_is_refused_and_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = database(place.path());
        fs::write(&path, "some notes, longer than the header of a database. ".repeat(100)).unwrap();
        let before = fs::read(&path).unwrap();
        assert_eq!(refusal(place.path()), Trouble::Foreign { path: path.clone() });
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn another_programs_database_is_refused_and_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = database(place.path());
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE recipes (name)").unwrap();
        assert_eq!(refusal(place.path()), Trouble::Foreign { path: path.clone() });
    }

    #[test]
    fn a_record_that_cannot_be_read_is_named() {
        let place = tempfile::tempdir().unwrap();
        let mut backend = place.open();
        write(&mut *backend, 0, vec![put(&project(1, "first"))]).unwrap();
        let other = Connection::open(database(place.path())).unwrap();
        other.execute("UPDATE records SET json = '{}'", []).unwrap();
        let words = backend.load().unwrap_err().to_string();
        assert!(words.starts_with("project `00000000-0000-0000-0000-000000000001` in "), "{words}");
    }

    #[test]
    fn a_record_of_an_unknown_version_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let mut backend = place.open();
        write(&mut *backend, 0, vec![put(&project(1, "first"))]).unwrap();
        let other = Connection::open(database(place.path())).unwrap();
        other.execute("UPDATE records SET version = 9", []).unwrap();
        assert!(backend.load().unwrap_err().to_string().contains("version 9 is unknown"));
    }

    #[test]
    fn a_full_disk_refuses_and_writes_go_on_once_there_is_space() {
        let place = tempfile::tempdir().unwrap();
        let mut backend = Sqlite::open(place.path()).unwrap();
        let pages: i64 =
            backend.connection().query_row("PRAGMA page_count", [], |r| r.get(0)).unwrap();
        backend.connection().pragma_update(None, "max_page_count", pages).unwrap();
        let many: Vec<_> = (1..200).map(|id| put(&project(id, "some"))).collect();

        let refused = write(&mut backend, 0, many.clone());
        assert_eq!(refused, Err(Trouble::Full { path: database(place.path()) }));
        assert_eq!(backend.load().unwrap().records, vec![]);

        backend.connection().pragma_update(None, "max_page_count", 100_000).unwrap();
        write(&mut backend, 0, many).unwrap();
        assert_eq!(backend.load().unwrap().records.len(), 199);
    }

    #[test]
    fn a_lock_held_by_another_program_refuses_and_is_survived() {
        let place = tempfile::tempdir().unwrap();
        let mut backend = Sqlite::open(place.path()).unwrap();
        backend.connection().busy_timeout(std::time::Duration::ZERO).unwrap();
        let other = Connection::open(database(place.path())).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused = write(&mut backend, 0, vec![]);
        assert_eq!(refused, Err(Trouble::Locked { path: database(place.path()) }));

        other.execute_batch("ROLLBACK").unwrap();
        write(&mut backend, 0, vec![]).unwrap();
    }

    #[test]
    fn a_deleted_database_refuses_until_it_is_back() {
        let place = tempfile::tempdir().unwrap();
        let (path, aside) = (database(place.path()), place.path().join("aside"));
        let mut backend = place.open();
        fs::rename(&path, &aside).unwrap();
        assert_eq!(write(&mut *backend, 0, vec![]), Err(Trouble::Moved { path: path.clone() }));

        fs::rename(&aside, &path).unwrap();
        write(&mut *backend, 0, vec![]).unwrap();
    }

    #[test]
    fn a_deleted_write_ahead_log_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let mut backend = place.open();
        let log = place.path().join("elbow.db-wal");
        fs::remove_file(&log).unwrap();
        assert_eq!(write(&mut *backend, 0, vec![]), Err(Trouble::Moved { path: log }));
    }

    #[test]
    fn all_files_are_their_owners_alone() {
        let place = tempfile::tempdir().unwrap();
        let mut backend = place.open();
        write(&mut *backend, 0, vec![put(&project(1, "first"))]).unwrap();
        for entry in fs::read_dir(place.path()).unwrap() {
            let file = entry.unwrap();
            assert_eq!(
                file.metadata().unwrap().permissions().mode() & 0o077,
                0,
                "{:?}",
                file.path()
            );
        }
    }
}
