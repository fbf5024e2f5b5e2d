//! Figures, printed by `cargo test -p elbow-control --release -- --nocapture speed`. The bounds are far above what is
//! measured: they catch work that grows with the number of load balancers, not a slow machine.

use std::time::{Duration, Instant};

use elbow_store::ledger::News;

use super::fixture::{Place, Proxy, numbers};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_change_among_ten_thousand_reaches_the_proxy_in_a_millisecond() {
    let place = Place::with_members(10_000, 10).await;
    let start = Instant::now();
    let mut proxy = Proxy::new(1);
    proxy.connect(&place).await;
    proxy.catch_up(&place).await;
    let full = start.elapsed();

    let mut news = place.ledger.watch();
    let mut took = Vec::new();
    for n in 1..=200 {
        let rename = format!("renamed{n}");
        let renamed = place.rename(n * 50, &rename);
        // As the proxy does: the message is awaited before the commit, and only then looked at.
        let (heard, _) = tokio::join!(
            async {
                let heard = proxy.hear().await;
                (heard, Instant::now())
            },
            renamed
        );
        let (Some(elbow_model::wire::Down::Tables(tables)), heard_at) = heard else {
            panic!("no tables")
        };
        assert_eq!(numbers(&tables), [n * 50]);
        proxy.revision = tables.revision;
        proxy.acknowledge().await;
        let made_at = loop {
            if let Ok(News::Committed(commit)) = news.recv().await {
                break commit.made_at;
            }
        };
        took.push(heard_at.saturating_duration_since(made_at));
    }
    took.sort_unstable();
    let (p50, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!("full set {full:?}; commit to frame read p50 {p50:?}, p99 {p99:?}");
    assert!(p50 < Duration::from_millis(10), "{p50:?}");
}
