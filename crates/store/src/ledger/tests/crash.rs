//! Crashes: a copy of the files taken at any moment under write load opens, and holds every change that was answered
//! before, each whole. (By `kill -9`: `kill.rs`.)

use std::fs;
use std::path::Path;

use elbow_model::world::World;

use super::fixture::{create, delete, described, first_start, ledger_in, rename};
use super::{Ledger, committed};

/// What a crash leaves: the files as they are, without the lock and without an orderly end.
fn crashed_copy(from: &Path) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for file in ["elbow.db", "elbow.db-wal"] {
        if from.join(file).exists() {
            fs::copy(from.join(file), place.path().join(file)).unwrap();
        }
    }
    place
}

/// Makes the `step`th of a fixed sequence of creates, edits and deletes.
async fn step(ledger: &Ledger, step: u128) {
    let build = move |world: &World| {
        Ok(match step % 4 {
            0 | 1 => create(step, &format!("lb{step}")),
            2 => rename(world, step - 1, &format!("renamed{step}")),
            _ => delete(step - 3),
        })
    };
    committed(ledger.commit(build).await);
}

#[tokio::test]
async fn after_each_commit_a_crash_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let ledger = first_start(ledger_in(place.path())).await;
    for n in 0..40 {
        step(&ledger, n).await;
        let copy = crashed_copy(place.path());
        assert_eq!(
            described(&ledger_in(copy.path()).world()),
            described(&ledger.world()),
            "after step {n}"
        );
    }
}

#[tokio::test]
async fn a_cut_off_write_ahead_log_gives_a_whole_earlier_revision() {
    let place = tempfile::tempdir().unwrap();
    let ledger = first_start(ledger_in(place.path())).await;
    let mut worlds = vec![described(&ledger.world())];
    for n in 0..12 {
        step(&ledger, n).await;
        worlds.push(described(&ledger.world()));
    }
    let log = fs::read(place.path().join("elbow.db-wal")).unwrap();
    let first_revision = ledger.world().revision().0 - 12;
    let mut seen = std::collections::BTreeSet::new();
    for cut in (0..log.len()).step_by(1_789) {
        let copy = crashed_copy(place.path());
        fs::write(copy.path().join("elbow.db-wal"), &log[..cut]).unwrap();
        let world = ledger_in(copy.path()).world();
        if let Some(index) = world.revision().0.checked_sub(first_revision) {
            let index = usize::try_from(index).unwrap();
            assert_eq!(described(&world), worlds[index], "cut at {cut}");
            seen.insert(index);
        }
    }
    assert!(seen.len() > 6, "cuts gave only {seen:?}");
}
