//! What is on disk survives restarts, and damage costs no more than it must.

use elbow_model::value::{Name, ProjectId};
use uuid::Uuid;

use super::*;

struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("elbow-journal-{}", Uuid::now_v7()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Opens the journal, notes what `records` holds, and closes it again.
    fn note(&self, records: Vec<Record>) -> Remembered {
        let (journal, remembered, thread) = open(&self.0).unwrap();
        for record in records {
            journal.note(record);
        }
        drop(journal);
        thread.join().unwrap();
        remembered
    }

    fn revision(&self) -> u64 {
        read_back(&self.0).revision.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn entry(number: u128, revision: u64) -> Arc<TableEntry> {
    Arc::new(TableEntry {
        id: LoadBalancerId::from(Uuid::from_u128(number)),
        name: Name::new("web").unwrap(),
        project: ProjectId::from(Uuid::from_u128(1)),
        revision: Revision(revision),
        listeners: Vec::new(),
        pools: Vec::new(),
    })
}

fn change(revision: u64, changed: &[u128], removed: &[u128]) -> Record {
    Record {
        revision: Revision(revision),
        changed: changed.iter().map(|number| entry(*number, revision)).collect(),
        removed: removed.iter().map(|n| LoadBalancerId::from(Uuid::from_u128(*n))).collect(),
    }
}

#[test]
fn what_was_noted_is_there_after_a_restart() {
    let directory = Directory::new();
    assert_eq!(directory.note(vec![change(1, &[1, 2], &[])]), Remembered::default());
    directory.note(vec![change(2, &[3], &[1]), change(3, &[2], &[])]);
    let remembered = read_back(&directory.0);
    assert_eq!(remembered.revision, Revision(3));
    let mut revisions: Vec<u64> =
        remembered.entries.values().map(|entry| entry.revision.0).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [2, 3]);
}

#[test]
fn an_empty_set_keeps_its_revision() {
    let directory = Directory::new();
    directory.note(vec![change(5, &[1], &[]), change(6, &[], &[1])]);
    assert_eq!(directory.revision(), 6);
    assert!(read_back(&directory.0).entries.is_empty());
}

#[test]
fn a_torn_or_corrupt_end_costs_only_the_end() {
    let directory = Directory::new();
    let (journal, _, thread) = open(&directory.0).unwrap();
    journal.note(change(1, &[1], &[]));
    drop(journal);
    thread.join().unwrap();
    let path = directory.0.join(NEWEST);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    let whole = fs::metadata(&path).unwrap().len();
    write_record(&mut file, &change(2, &[2], &[])).unwrap();
    let bytes = fs::read(&path).unwrap();
    for cut in whole..bytes.len() as u64 {
        OpenOptions::new().write(true).open(&path).unwrap().set_len(cut).unwrap();
        assert_eq!(directory.revision(), 1, "cut at {cut}");
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(directory.revision(), 2);
    let mut flipped = bytes;
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&path, &flipped).unwrap();
    assert_eq!(directory.revision(), 1);
}

#[test]
fn a_corrupt_file_falls_back_to_the_one_before() {
    let directory = Directory::new();
    directory.note(vec![change(1, &[1], &[])]);
    directory.note(vec![change(2, &[2], &[])]);
    let path = directory.0.join(NEWEST);
    let mut bytes = fs::read(&path).unwrap();
    bytes[60] ^= 0x40;
    fs::write(&path, &bytes).unwrap();
    assert_eq!(directory.revision(), 1);
    fs::write(&path, b"elbow-table 9\n").unwrap();
    assert_eq!(directory.revision(), 1);
    fs::write(directory.0.join(PREVIOUS), b"").unwrap();
    assert_eq!(read_back(&directory.0), Remembered::default());
}
