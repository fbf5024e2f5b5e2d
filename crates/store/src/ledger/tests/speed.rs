//! Figures, printed by `cargo test -p elbow-store --release -- --nocapture speed`. The bounds are far above what is
//! measured: they catch what grows with the number of load balancers, not a slow machine.

use std::time::{Duration, Instant};

use super::fixture::{create_with, first_start, rename};
use super::{Ledger, Storage, committed};

const BALANCERS: u128 = 10_000;
const MEMBERS: u128 = 10;

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_balancers_open_and_commit_fast() {
    let place = tempfile::tempdir().unwrap();
    let storage = Storage::Sqlite { directory: place.path().to_owned() };
    let ledger = first_start(Ledger::open(&storage).unwrap()).await;

    let start = Instant::now();
    let commits: Vec<_> = (0..BALANCERS)
        .map(|n| {
            let ledger = ledger.clone();
            let build = move |_: &_| Ok(create_with(n, &format!("lb{n}"), MEMBERS));
            tokio::spawn(async move { ledger.commit(build).await.map(drop) })
        })
        .collect();
    for commit in commits {
        commit.await.unwrap().unwrap();
    }
    let grouped = start.elapsed() / BALANCERS as u32;

    let mut single = Vec::new();
    for n in 0..500 {
        let start = Instant::now();
        committed(ledger.commit(move |world| Ok(rename(world, n, &format!("renamed{n}")))).await);
        single.push(start.elapsed());
    }
    single.sort_unstable();
    ledger.close().await;

    let start = Instant::now();
    let reopened = Ledger::open(&storage).unwrap();
    let opening = start.elapsed();
    assert_eq!(reopened.world().load_balancer_count() as u128, BALANCERS);

    let (p50, p99) = (percentile(&single, 50), percentile(&single, 99));
    println!("commit grouped {grouped:?}; single p50 {p50:?}, p99 {p99:?}; opening {opening:?}");
    assert!(opening < Duration::from_secs(5), "opening took {opening:?}");
    assert!(p50 < Duration::from_millis(200), "a commit took {p50:?}");
}
