//! The feed: follows the Ledger's commits and publishes the head that connections send from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use elbow_model::value::LoadBalancerId;
use elbow_model::world::{Key, World};
use elbow_store::ledger::{Commit, Ledger, News};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, watch};

use super::head::Head;

/// The head at present, and the task's input.
pub(super) fn start(ledger: &Ledger) -> (watch::Sender<Head>, broadcast::Receiver<News>) {
    // Watching begins first: no commit falls between.
    let news = ledger.watch();
    (watch::Sender::new(Head::new(ledger.world())), news)
}

/// Publishes a head per commit, or per several that wait.
pub(super) async fn run(
    ledger: Ledger,
    heads: watch::Sender<Head>,
    mut news: broadcast::Receiver<News>,
) {
    loop {
        let mut gathered = Gathered::default();
        match news.recv().await {
            Ok(first) => gathered.add(first),
            Err(RecvError::Lagged(_)) => gathered.has_gap = true,
            Err(RecvError::Closed) => return,
        }
        loop {
            match news.try_recv() {
                Ok(next) => gathered.add(next),
                Err(TryRecvError::Lagged(_)) => gathered.has_gap = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let head = heads.borrow().clone();
        if let Some(next) = gathered.advance(&head, &ledger) {
            heads.send_replace(next);
        }
    }
}

/// Commits that are published together.
#[derive(Default)]
struct Gathered {
    world: Option<Arc<World>>,
    touched: BTreeMap<LoadBalancerId, Instant>,
    /// Whether news were lost.
    has_gap: bool,
}

impl Gathered {
    fn add(&mut self, news: News) {
        if let News::Committed(commit) = news {
            self.touched.extend(balancers_of(&commit).map(|id| (id, commit.made_at)));
            self.world = Some(Arc::clone(&commit.world));
        }
    }

    fn advance(self, head: &Head, ledger: &Ledger) -> Option<Head> {
        if self.has_gap {
            return Some(head.compare(ledger.world(), Instant::now()));
        }
        self.world
            .filter(|world| world.revision() > head.revision())
            .map(|world| head.advance(world, &self.touched))
    }
}

/// The load balancers that a commit touched.
pub(super) fn balancers_of(commit: &Commit) -> impl Iterator<Item = LoadBalancerId> + '_ {
    commit.touched.iter().filter_map(|key| match key {
        Key::LoadBalancer(id) => Some(*id),
        Key::Certificate(_)
        | Key::Network(_)
        | Key::Project(_)
        | Key::User(_)
        | Key::ScalingGroup(_)
        | Key::Instance(_)
        | Key::Activity(_)
        | Key::Numbers
        | Key::VipCursor(_)
        | Key::HeldVip(_)
        | Key::Request(_)
        | Key::EndedSession(_)
        | Key::ApiKey(_)
        | Key::Identity(_) => None,
    })
}
