//! What a backend must be able to do: load everything once, write batches of commits atomically, and read history.
//!
//! A backend knows nothing of what records mean; it must not interpret them.

mod form;
pub(crate) mod memory;
pub(crate) mod sqlite;
#[cfg(test)]
pub(crate) mod suite;

use elbow_model::audit::Entry;
use elbow_model::change::Change;
use elbow_model::value::{ProjectId, Revision, UserId};
use elbow_model::world::{Key, Record};

use crate::trouble::Trouble;

/// How many of the newest revisions are kept in history.
pub(crate) const HISTORY_REVISIONS: u64 = 10_000;

/// History is cut once in so many revisions, so that a commit rarely pays for it.
pub(crate) const PRUNE_EVERY: u64 = 256;

/// Everything that a backend holds.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The revision of the last commit.
    pub(crate) revision: Revision,
    /// All records, in no order.
    pub(crate) records: Vec<Record>,
}

/// Which entries of the audit log are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditQuery {
    /// Those older than this one; from the newest on if none.
    pub before: Option<u64>,
    /// Of one project.
    pub project: Option<ProjectId>,
    /// Of one user.
    pub user: Option<UserId>,
    /// At most so many.
    pub limit: usize,
}

/// Commits that become durable together or not at all.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    /// The revision that the backend must be at.
    pub(crate) base: Revision,
    /// What each touched record is after the last of them, each key once; none if it is gone.
    pub(crate) records: Vec<(Key, Option<Record>)>,
    /// The Changes with the revisions that they make, in order, without gaps.
    pub(crate) changes: Vec<(Revision, &'a Change)>,
    /// What is added to the audit log, in order: of the Changes, and what else there is to tell.
    pub(crate) audit: Vec<Entry>,
}

impl Batch<'_> {
    /// The revision that the backend is at afterwards.
    pub(crate) fn head(&self) -> Revision {
        self.changes.last().map_or(self.base, |(revision, _)| *revision)
    }

    /// Up to which revision history is to be cut after this batch, if it is time.
    fn prune_up_to(&self) -> Option<Revision> {
        let head = self.head().0;
        let is_time = head / PRUNE_EVERY > self.base.0 / PRUNE_EVERY;
        is_time
            .then(|| head.saturating_sub(HISTORY_REVISIONS))
            .filter(|up_to| *up_to > 0)
            .map(Revision)
    }
}

/// A place where the World is kept.
pub(crate) trait Backend: Send {
    /// Reads everything; called once, first.
    fn load(&mut self) -> Result<Loaded, Trouble>;

    /// Makes a batch durable. After an error nothing of it is stored, and later batches may succeed.
    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Trouble>;

    /// Entries of the audit log as JSON, newest first.
    fn audit(&mut self, query: &AuditQuery) -> Result<Vec<(u64, String)>, Trouble>;

    /// Changes as JSON with revisions in `(after, ..]`, oldest first, at most `limit`.
    fn history(
        &mut self,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<(Revision, String)>, Trouble>;
}
