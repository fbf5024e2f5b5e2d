//! `kill -9` under write load: a process of its own commits and says what was answered; it is killed at a random moment,
//! and whatever it said must be there, whole.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Revision;
use super::fixture::{create, first_start, id, ledger_in};

const ROUNDS: u32 = 30;

/// Where the process that is killed works; nothing is done without it.
const DIRECTORY: &str = "ELBOW_TEST_KILLED_IN";

/// Runs in the process that is killed: four writers at once, so that commits are grouped.
#[test]
fn the_process_that_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let ledger = ledger_in(Path::new(&directory));
        if ledger.world().revision() == Revision(0) {
            first_start(ledger.clone()).await;
        }
        let first = u128::from(ledger.world().revision().0) * 1_000;
        let writers = (0..4).map(|writer| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                for n in (first + writer..).step_by(4) {
                    ledger.commit(move |_| Ok(create(n, &format!("lb{n}")))).await.unwrap();
                    // In one write, or a kill could cut the number.
                    std::io::stdout().write_all(format!("answered {n}\n").as_bytes()).unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_at_any_moment() {
    let place = tempfile::tempdir().unwrap();
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    println!("seed {seed}");
    let mut answered: Vec<u128> = Vec::new();
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "ledger::tests::kill::the_process_that_is_killed", "--nocapture"])
            .env(DIRECTORY, place.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut numbers = lines
            .map_while(Result::ok)
            .filter_map(|line| line.split_once("answered ")?.1.parse::<u128>().ok());
        let enough = 1 + seed.wrapping_mul(round * 2 + 1) % 40;
        answered.extend(numbers.by_ref().take(usize::try_from(enough).unwrap()));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it still said before it died counts as well.
        answered.extend(numbers);

        let ledger = ledger_in(place.path());
        let world = ledger.world();
        let lost: Vec<_> =
            answered.iter().filter(|n| world.load_balancer(id(**n)).is_none()).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} were answered and are gone");
        assert!(world.load_balancers().all(|balancer| balancer.pools[0].members.len() == 2));
        let head = world.revision();
        let newest = ledger.history(Revision(head.0.saturating_sub(5)), 10).await.unwrap();
        assert_eq!(newest.last().map(|(revision, _)| *revision), Some(head));
        ledger.close().await;
    }
    assert!(answered.len() >= usize::try_from(ROUNDS).unwrap());
}
