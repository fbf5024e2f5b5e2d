//! The Ledger: where Changes are committed, and where the World and what is Observed are read.

mod committer;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};
use elbow_model::audit::Entry;
use elbow_model::change::Change;
use elbow_model::observed::Observed;
use elbow_model::rejection::Rejection;
use elbow_model::value::{LoadBalancerId, Revision};
use elbow_model::world::{Key, World};
use tokio::sync::{broadcast, mpsc, oneshot};

use self::committer::{Committer, Order, attempt};
pub use crate::backend::AuditQuery;
use crate::backend::Backend;
use crate::backend::memory::Memory;
use crate::backend::sqlite::Sqlite;
use crate::series::Series;
use crate::trouble::Trouble;

/// Requests that wait for the committer; further ones wait in their tasks.
const MAX_WAITING: usize = 1_024;

/// News that a watcher may be behind.
const NEWS_KEPT: usize = 4_096;

/// The most Changes that one call of [`Ledger::history`] returns.
pub const MAX_HISTORY_READ: usize = 1_000;

/// A handle on the Ledger; clones are the same Ledger.
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
    orders: mpsc::Sender<Order>,
}

/// Where a Ledger keeps what is committed.
#[derive(Debug, Clone)]
pub enum Storage {
    /// In memory: gone with the process.
    Memory,
    /// In an SQLite database in this directory, which is made if it is not there.
    Sqlite {
        /// The data directory.
        directory: PathBuf,
    },
}

impl Storage {
    /// The file that holds everything, where one does.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Storage::Memory => None,
            Storage::Sqlite { directory } => Some(directory.join(Sqlite::FILE)),
        }
    }
}

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
    /// When the committer made it, on the clock that never steps.
    pub made_at: Instant,
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

impl From<Trouble> for CommitError {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble.to_string())
    }
}

/// News for those who watch.
#[derive(Debug, Clone)]
pub enum News {
    /// A Change was committed.
    Committed(Arc<Commit>),
    /// Something observed of these load balancers (health, what is in force) is different; none named: possibly all.
    Observed(Arc<[LoadBalancerId]>),
}

/// What handles and the committer share.
struct Shared {
    world: ArcSwap<World>,
    observed: ArcSwap<Observed>,
    /// Held while what is observed is altered, so that no alteration is lost.
    observing: Mutex<()>,
    news: broadcast::Sender<News>,
    trouble: ArcSwapOption<Trouble>,
    series: Series,
}

impl Ledger {
    /// Opens the store and reads everything. Blocks: call it before async work begins, or off its threads.
    pub fn open(storage: &Storage) -> Result<Self, Trouble> {
        match storage {
            Storage::Memory => Self::start(Box::new(Memory::default())),
            Storage::Sqlite { directory } => Self::start(Box::new(Sqlite::open(directory)?)),
        }
    }

    /// A Ledger over an opened backend.
    pub(crate) fn start(mut backend: Box<dyn Backend>) -> Result<Self, Trouble> {
        let loaded = backend.load()?;
        let world = World::from_records(loaded.revision, loaded.records);
        let shared = Arc::new(Shared {
            world: ArcSwap::from_pointee(world),
            observed: ArcSwap::default(),
            observing: Mutex::new(()),
            news: broadcast::Sender::new(NEWS_KEPT),
            trouble: ArcSwapOption::empty(),
            series: Series::default(),
        });
        let (orders, waiting) = mpsc::channel(MAX_WAITING);
        let committer = Committer::new(backend, Arc::clone(&shared), waiting);
        thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || committer.run())
            .map_err(|e| Trouble::Internal(format!("cannot start the committer thread: {e}")))?;
        Ok(Self { shared, orders })
    }

    /// Commits the Change that `build` makes of the present World. Commits are carried out one after the other, so
    /// `build` sees everything before it: it resolves names, checks `If-Match`, merges patches. It must be quick.
    pub async fn commit<F>(&self, build: F) -> Result<Outcome, CommitError>
    where
        F: FnOnce(&World) -> Result<Change, Rejection> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let order = Order::Commit { build: Box::new(build), answer };
        self.orders.send(order).await.map_err(|_| Trouble::Closed)?;
        answered.await.map_err(|_| Trouble::Closed)?
    }

    /// What [`Ledger::commit`] would do, without doing it (`dry_run`).
    pub fn rehearse(
        &self,
        build: impl FnOnce(&World) -> Result<Change, Rejection>,
    ) -> Result<Outcome, CommitError> {
        attempt(&self.world(), build)
    }

    /// The present World.
    pub fn world(&self) -> Arc<World> {
        self.shared.world.load_full()
    }

    /// What is seen at present.
    pub fn observed(&self) -> Arc<Observed> {
        self.shared.observed.load_full()
    }

    /// Alters what is seen and tells watchers; for control alone.
    pub fn observe(&self, news: News, alter: impl FnOnce(&mut Observed)) {
        self.shared.alter_observed(Some(news), alter);
    }

    /// Alters what is seen and tells nobody, as for counters, which move all the time; for control alone.
    pub fn observe_quietly(&self, alter: impl FnOnce(&mut Observed)) {
        self.shared.alter_observed(None, alter);
    }

    /// What load balancers did lately, for graphs.
    pub fn series(&self) -> &Series {
        &self.shared.series
    }

    /// News from now on; a watcher that falls behind by more than the channel holds is told so and reads anew.
    pub fn watch(&self) -> broadcast::Receiver<News> {
        self.shared.news.subscribe()
    }

    /// Committed Changes with revisions in `(after, ..]`, oldest first, at most `limit`; history is bounded.
    pub async fn history(
        &self,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<(Revision, Change)>, CommitError> {
        let (answer, answered) = oneshot::channel();
        let order = Order::History { after, limit: limit.min(MAX_HISTORY_READ), answer };
        self.orders.send(order).await.map_err(|_| Trouble::Closed)?;
        let rows = answered.await.map_err(|_| Trouble::Closed)??;
        rows.into_iter()
            .map(|(revision, json)| Ok((revision, parse_change(revision, &json)?)))
            .collect()
    }

    /// Adds to the audit log what is no Change, such as a login; done when it is durable.
    pub async fn note(&self, entry: Entry) -> Result<(), CommitError> {
        let (answer, answered) = oneshot::channel();
        let order = Order::Note { entry: Box::new(entry), answer };
        self.orders.send(order).await.map_err(|_| Trouble::Closed)?;
        answered.await.map_err(|_| Trouble::Closed)?
    }

    /// Entries of the audit log with their numbers, newest first; at most [`MAX_HISTORY_READ`]. The log is bounded.
    pub async fn audit(&self, query: AuditQuery) -> Result<Vec<(u64, Entry)>, CommitError> {
        let (answer, answered) = oneshot::channel();
        let query = AuditQuery { limit: query.limit.min(MAX_HISTORY_READ), ..query };
        self.orders.send(Order::Audit { query, answer }).await.map_err(|_| Trouble::Closed)?;
        let rows = answered.await.map_err(|_| Trouble::Closed)??;
        let parse = |(number, json): (u64, String)| match serde_json::from_str(&json) {
            Ok(entry) => Ok((number, entry)),
            Err(e) => {
                Err(Trouble::Internal(format!("entry {number} of the audit log: {e}")).into())
            }
        };
        rows.into_iter().map(parse).collect()
    }

    /// Why the last write failed; none if it did not.
    pub fn trouble(&self) -> Option<Arc<Trouble>> {
        self.shared.trouble.load_full()
    }

    /// Carries out what waits, then closes the store. Later commits are refused; the World can still be read.
    pub async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.orders.send(Order::Close { answer }).await.is_ok() {
            // No answer means that another call closed it first.
            answered.await.ok();
        }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("revision", &self.shared.world.load().revision())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn alter_observed(&self, news: Option<News>, alter: impl FnOnce(&mut Observed)) {
        let _one_at_a_time = self.observing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut observed = Observed::clone(&self.observed.load());
        alter(&mut observed);
        self.observed.store(Arc::new(observed));
        if let Some(news) = news {
            self.tell(news);
        }
    }

    /// Tells those who watch, if any do.
    fn tell(&self, news: News) {
        self.news.send(news).ok();
    }
}

fn parse_change(revision: Revision, json: &str) -> Result<Change, Trouble> {
    serde_json::from_str(json).map_err(|e| {
        Trouble::Internal(format!("the change of revision {revision} cannot be read: {e}"))
    })
}
