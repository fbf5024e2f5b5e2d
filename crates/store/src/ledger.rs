//! The Ledger: where Changes are committed, and where the World and what is Observed are read.

use std::sync::Arc;

use elbow_model::change::Change;
use elbow_model::observed::Observed;
use elbow_model::rejection::Rejection;
use elbow_model::value::Revision;
use elbow_model::world::{Key, World};
use tokio::sync::broadcast;

/// A handle on the Ledger; clones are the same Ledger.
#[derive(Clone)]
pub struct Ledger {}

/// A Change that is durable and in force in the World.
#[derive(Debug)]
pub struct Commit {
    /// The revision that it made.
    pub revision: Revision,
    /// What was changed.
    pub change: Change,
    /// The records that are new, different or gone.
    pub touched: Vec<Key>,
    /// The World with it.
    pub world: Arc<World>,
}

/// What came of a request to commit.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is durable.
    Committed(Arc<Commit>),
    /// The same request was carried out earlier.
    Repeated {
        /// What it created then.
        creates: uuid::Uuid,
        /// The present World.
        world: Arc<World>,
    },
}

/// Why nothing was committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The Change is wrong.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The store cannot write.
    #[error("the change was not stored: {0}")]
    Trouble(String),
}

/// News for those who watch.
#[derive(Debug, Clone)]
pub enum News {
    /// A Change was committed.
    Committed(Arc<Commit>),
    /// Something observed of these load balancers (health, what is in force) is different; none named: possibly all.
    Observed(Arc<[elbow_model::value::LoadBalancerId]>),
}

impl Ledger {
    /// Commits the Change that `build` makes of the present World. Commits are carried out one after the other, so
    /// `build` sees everything before it: it resolves names, checks `If-Match`, merges patches. It must be quick.
    pub async fn commit<F>(&self, _build: F) -> Result<Outcome, CommitError>
    where
        F: FnOnce(&World) -> Result<Change, Rejection> + Send + 'static,
    {
        todo!()
    }

    /// What [`Ledger::commit`] would do, without doing it (`dry_run`).
    pub fn rehearse(&self, _build: impl FnOnce(&World) -> Result<Change, Rejection>) -> Result<Outcome, CommitError> {
        todo!()
    }

    /// The present World.
    pub fn world(&self) -> Arc<World> {
        todo!()
    }

    /// What is seen at present.
    pub fn observed(&self) -> Arc<Observed> {
        todo!()
    }

    /// Alters what is seen and tells watchers; for control alone.
    pub fn observe(&self, _news: News, _alter: impl FnOnce(&mut Observed)) {
        todo!()
    }

    /// News from now on; a watcher that falls behind by more than the channel holds is told so and reads anew.
    pub fn watch(&self) -> broadcast::Receiver<News> {
        todo!()
    }

    /// Committed Changes with revisions in `(after, ..]`, oldest first, at most `limit`; history is bounded.
    pub async fn history(&self, _after: Revision, _limit: usize) -> Result<Vec<(Revision, Change)>, CommitError> {
        todo!()
    }
}
