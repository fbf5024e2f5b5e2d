//! Tests of the Ledger: what is answered is durable, what fails is said, and nobody sees what is not stored.

mod crash;
mod fixture;
mod kill;
mod speed;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use elbow_model::value::{LoadBalancerId, Revision};
use elbow_model::world::{Key, World};

use self::fixture::{create, first_start, ledger, names, rename};
use super::{CommitError, Ledger, News, Outcome, Storage};
use crate::backend::memory::Memory;
use crate::backend::{AuditQuery, Backend, Batch, Loaded};
use crate::trouble::Trouble;

/// A backend that fails on demand, and counts its writes.
#[derive(Clone, Default)]
struct Failing {
    inner: Memory,
    fails: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
    writes: Arc<AtomicUsize>,
}

impl Backend for Failing {
    fn load(&mut self) -> Result<Loaded, Trouble> {
        self.inner.load()
    }

    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Trouble> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics.load(Ordering::SeqCst), "the disk burns");
        if self.fails.load(Ordering::SeqCst) {
            return Err(Trouble::Full { path: "/some/elbow.db".into() });
        }
        self.inner.write(batch)
    }

    fn audit(&mut self, query: &AuditQuery) -> Result<Vec<(u64, String)>, Trouble> {
        self.inner.audit(query)
    }

    fn history(
        &mut self,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<(Revision, String)>, Trouble> {
        self.inner.history(after, limit)
    }
}

fn committed(outcome: Result<Outcome, CommitError>) -> Arc<super::Commit> {
    match outcome {
        Ok(Outcome::Committed(commit)) => commit,
        other => panic!("not committed: {other:?}"),
    }
}

#[tokio::test]
async fn a_commit_is_seen_at_once_and_makes_the_next_revision() {
    let ledger = ledger().await;
    let before = ledger.world();
    let commit = committed(ledger.commit(|_| Ok(create(1, "web"))).await);

    assert_eq!(commit.revision, before.revision().next());
    assert_eq!(ledger.world().revision(), commit.revision);
    assert!(commit.touched.contains(&Key::LoadBalancer(fixture::id(1))));
    assert_eq!(names(&ledger.world()), ["web"]);
    assert_eq!(names(&before), Vec::<String>::new());
}

#[tokio::test]
async fn a_rejected_change_changes_nothing() {
    let ledger = ledger().await;
    committed(ledger.commit(|_| Ok(create(1, "web"))).await);
    let before = ledger.world();

    let error = ledger.commit(|_| Ok(create(2, "web"))).await.unwrap_err();
    assert!(matches!(error, CommitError::Rejected(_)), "{error}");
    assert!(Arc::ptr_eq(&before, &ledger.world()));
}

#[tokio::test]
async fn of_many_at_once_with_one_name_exactly_one_wins() {
    let ledger = ledger().await;
    let commits = (0..200).map(|n| {
        let ledger = ledger.clone();
        tokio::spawn(async move { ledger.commit(move |_| Ok(create(n, "web"))).await.is_ok() })
    });
    let mut won = 0;
    for commit in commits.collect::<Vec<_>>() {
        won += usize::from(commit.await.unwrap());
    }
    assert_eq!((won, names(&ledger.world())), (1, vec!["web".to_owned()]));
}

#[tokio::test]
async fn what_waits_together_is_written_together() {
    let backend = Failing::default();
    let ledger = first_start(Ledger::start(Box::new(backend.clone())).unwrap()).await;
    backend.writes.store(0, Ordering::SeqCst);

    // While the committer is held by the first, the others gather.
    let (hold, held) = std::sync::mpsc::channel();
    let first = ledger.commit(move |_| {
        held.recv().unwrap();
        Ok(create(0, "first"))
    });
    let others: Vec<_> =
        (1..=100).map(|n| ledger.commit(move |_| Ok(create(n, &format!("lb{n}"))))).collect();
    let all = async {
        let release = async { hold.send(()).unwrap() };
        tokio::join!(first, join_all(others), release).1
    };
    assert!(all.await.iter().all(Result::is_ok));
    assert_eq!(ledger.world().load_balancer_count(), 101);
    assert!(backend.writes.load(Ordering::SeqCst) <= 2);
}

/// Polls all in order, so that they are queued in order, and waits for all.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, done) in futures.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(output) = future.as_mut().poll(cx) {
                *done = Some(output);
            }
        }
        if futures.iter().all(|(_, done)| done.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    futures.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn when_the_write_fails_all_are_refused_and_the_world_stays() {
    let backend = Failing::default();
    let ledger = first_start(Ledger::start(Box::new(backend.clone())).unwrap()).await;
    let before = ledger.world();
    backend.fails.store(true, Ordering::SeqCst);

    let commits = (0..20).map(|n| {
        let ledger = ledger.clone();
        // Every second one has the name of the one before: its rejection would rest on what was not stored.
        tokio::spawn(
            async move { ledger.commit(move |_| Ok(create(n, &format!("lb{}", n / 2)))).await },
        )
    });
    for commit in commits.collect::<Vec<_>>() {
        let error = commit.await.unwrap().unwrap_err();
        assert!(
            matches!(&error, CommitError::Trouble(words) if words.contains("is full")),
            "{error}"
        );
    }
    assert!(Arc::ptr_eq(&before, &ledger.world()));
    assert!(ledger.trouble().is_some());

    backend.fails.store(false, Ordering::SeqCst);
    let commit = committed(ledger.commit(|_| Ok(create(1, "web"))).await);
    assert_eq!(commit.revision, before.revision().next());
    assert!(ledger.trouble().is_none());
}

#[tokio::test]
async fn a_panic_in_a_build_refuses_that_commit_only() {
    let ledger = ledger().await;
    let error = ledger.commit(|_| panic!("a fault in a dialect")).await.unwrap_err();
    assert!(error.to_string().contains("a fault in a dialect"), "{error}");
    committed(ledger.commit(|_| Ok(create(1, "web"))).await);
}

#[tokio::test]
async fn a_panic_in_the_backend_refuses_that_group_only() {
    let backend = Failing::default();
    let ledger = first_start(Ledger::start(Box::new(backend.clone())).unwrap()).await;
    backend.panics.store(true, Ordering::SeqCst);
    assert!(ledger.commit(|_| Ok(create(1, "web"))).await.is_err());
    backend.panics.store(false, Ordering::SeqCst);
    committed(ledger.commit(|_| Ok(create(1, "web"))).await);
}

#[tokio::test]
async fn a_rehearsal_tells_the_outcome_and_changes_nothing() {
    let ledger = ledger().await;
    let before = ledger.world();
    let commit = committed(ledger.rehearse(|_| Ok(create(1, "web"))));
    assert_eq!(names(&commit.world), ["web"]);
    assert!(Arc::ptr_eq(&before, &ledger.world()));
}

#[tokio::test]
async fn watchers_learn_of_commits_in_order() {
    let ledger = ledger().await;
    let mut news = ledger.watch();
    let before = ledger.world().revision();
    for n in 1..=3 {
        committed(ledger.commit(move |_| Ok(create(n, &format!("lb{n}")))).await);
    }
    for n in 1..=3 {
        let News::Committed(commit) = news.recv().await.unwrap() else { panic!("other news") };
        assert_eq!(commit.revision, Revision(before.0 + n));
    }
}

#[tokio::test]
async fn what_is_observed_is_published_with_its_news() {
    let ledger = ledger().await;
    let mut news = ledger.watch();
    let balancer: LoadBalancerId = fixture::id(1);
    ledger.observe(News::Observed([balancer].into()), |observed| {
        observed.counters.insert(balancer, Default::default());
    });
    assert!(ledger.observed().counters.contains_key(&balancer));
    assert!(matches!(news.recv().await.unwrap(), News::Observed(of) if *of == [balancer]));
}

#[tokio::test]
async fn no_observation_is_lost_among_many_at_once() {
    let ledger = ledger().await;
    std::thread::scope(|scope| {
        for part in 0..4_u128 {
            let ledger = &ledger;
            scope.spawn(move || {
                for n in 0..100 {
                    let id = fixture::id(part * 1_000 + n);
                    ledger.observe(News::Observed([].into()), |o| {
                        o.counters.insert(id, Default::default());
                    });
                }
            });
        }
    });
    assert_eq!(ledger.observed().counters.len(), 400);
}

#[tokio::test]
async fn history_has_the_changes_with_their_revisions() {
    let ledger = ledger().await;
    let before = ledger.world().revision();
    committed(ledger.commit(|_| Ok(create(1, "web"))).await);
    committed(ledger.commit(|world| Ok(rename(world, 1, "shop"))).await);

    let history = ledger.history(before, 10).await.unwrap();
    let revisions: Vec<u64> = history.iter().map(|(revision, _)| revision.0 - before.0).collect();
    assert_eq!(revisions, [1, 2]);
    assert_eq!(history[0].1, create(1, "web"));
}

#[tokio::test]
async fn a_reopened_ledger_has_the_same_world() {
    let place = tempfile::tempdir().unwrap();
    let storage = Storage::Sqlite { directory: place.path().to_owned() };
    let ledger = first_start(Ledger::open(&storage).unwrap()).await;
    for n in 1..=20 {
        committed(ledger.commit(move |_| Ok(create(n, &format!("lb{n}")))).await);
    }
    committed(ledger.commit(|world| Ok(rename(world, 7, "seven"))).await);
    let before = ledger.world();
    ledger.close().await;

    let reopened = Ledger::open(&storage).unwrap();
    assert_eq!(fixture::described(&reopened.world()), fixture::described(&before));
    // Numbers and addresses go on where they were.
    committed(reopened.commit(|_| Ok(create(21, "lb21"))).await);
    let last: Arc<World> = reopened.world();
    let numbers: std::collections::BTreeSet<u64> =
        last.load_balancers().map(|b| b.number.0).collect();
    assert_eq!(numbers.len(), 21);
}

#[tokio::test]
async fn a_closed_ledger_refuses_changes_and_can_still_be_read() {
    let ledger = ledger().await;
    committed(ledger.commit(|_| Ok(create(1, "web"))).await);
    ledger.close().await;
    ledger.close().await;
    let error = ledger.commit(|_| Ok(create(2, "shop"))).await.unwrap_err();
    assert!(error.to_string().contains("the store is closed"), "{error}");
    assert_eq!(names(&ledger.world()), ["web"]);
}

#[tokio::test]
async fn a_commit_whose_sender_went_away_before_it_began_is_not_made() {
    let ledger = ledger().await;
    let (hold, held) = std::sync::mpsc::channel();
    let mut first = Box::pin(ledger.commit(move |_| {
        held.recv().unwrap();
        Ok(create(1, "first"))
    }));
    let mut second = Box::pin(ledger.commit(|_| Ok(create(2, "second"))));
    // Both are queued; then the second one's sender goes.
    std::future::poll_fn(|cx| {
        assert!(first.as_mut().poll(cx).is_pending());
        assert!(second.as_mut().poll(cx).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    drop(second);
    hold.send(()).unwrap();
    committed(first.await);
    committed(ledger.commit(|_| Ok(create(3, "third"))).await);
    assert_eq!(names(&ledger.world()), ["first", "third"]);
}
