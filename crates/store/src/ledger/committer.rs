//! The committer: the one thread that writes. What waits while it writes becomes the next group, written together.
//!
//! ```text
//!   take what waits --> for each: build, apply on the head --> write all in one transaction --> publish, tell, answer
//!                                   \-- rejected: answer         \-- failed: the head is as it was, all are refused
//! ```

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use elbow_model::audit::Entry;
use elbow_model::change::Change;
use elbow_model::rejection::Rejection;
use elbow_model::value::Revision;
use elbow_model::world::{Applied, Key, World};
use tokio::sync::{mpsc, oneshot};

use super::{Commit, CommitError, News, Outcome, Shared};
use crate::backend::{AuditQuery, Backend, Batch};
use crate::trouble::Trouble;

/// The most orders that are carried out together: bounds how long the first of them waits for the last.
const MAX_GROUP: usize = 256;

/// Makes a Change of the present World.
pub(super) type Build = Box<dyn FnOnce(&World) -> Result<Change, Rejection> + Send>;

/// What came of a commit.
type Answer = Result<Outcome, CommitError>;

/// What the committer is asked to do.
pub(super) enum Order {
    /// Commit a Change.
    Commit { build: Build, answer: oneshot::Sender<Answer> },
    /// Add to the audit log what is no Change.
    Note { entry: Box<Entry>, answer: oneshot::Sender<Result<(), CommitError>> },
    /// Read the audit log.
    Audit { query: AuditQuery, answer: oneshot::Sender<Result<Vec<(u64, String)>, Trouble>> },
    /// Read history.
    History {
        after: Revision,
        limit: usize,
        answer: oneshot::Sender<Result<Vec<(Revision, String)>, Trouble>>,
    },
    /// Close the store and end.
    Close { answer: oneshot::Sender<()> },
}

/// The thread's state.
pub(super) struct Committer {
    backend: Box<dyn Backend>,
    shared: Arc<Shared>,
    orders: mpsc::Receiver<Order>,
}

/// Commits that are carried out together.
struct Group {
    /// The World that is published.
    base: Arc<World>,
    /// The World with everything of the group.
    head: Arc<World>,
    commits: Vec<Arc<Commit>>,
    /// What else there is to tell in the audit log.
    notes: Vec<Entry>,
    noted: Vec<oneshot::Sender<Result<(), CommitError>>>,
    /// What is answered once the commits are durable: it may build on them.
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
}

impl Committer {
    pub(super) fn new(
        backend: Box<dyn Backend>,
        shared: Arc<Shared>,
        orders: mpsc::Receiver<Order>,
    ) -> Self {
        Self { backend, shared, orders }
    }

    /// Works until the last handle is gone or the store is closed.
    pub(super) fn run(mut self) {
        let mut waiting = Vec::with_capacity(MAX_GROUP);
        while self.orders.blocking_recv_many(&mut waiting, MAX_GROUP) > 0 {
            let mut closing = Vec::new();
            let mut group = Group::on(self.shared.world.load_full());
            for order in waiting.drain(..) {
                match order {
                    Order::Commit { build, answer } => group.add(build, answer),
                    Order::Note { entry, answer } => {
                        group.notes.push(*entry);
                        group.noted.push(answer);
                    }
                    Order::Audit { query, answer } => {
                        answer.send(self.backend.audit(&query)).ok();
                    }
                    Order::History { after, limit, answer } => {
                        answer.send(self.backend.history(after, limit)).ok();
                    }
                    Order::Close { answer } => closing.push(answer),
                }
            }
            self.carry_out(group);
            if !closing.is_empty() {
                drop(self);
                for answer in closing {
                    answer.send(()).ok();
                }
                return;
            }
        }
    }

    /// Writes a group, then publishes and answers, or refuses it as a whole.
    fn carry_out(&mut self, group: Group) {
        let Group { base, head, commits, notes, noted, answers } = group;
        if commits.is_empty() && notes.is_empty() {
            return;
        }
        match self.write(&base, &head, &commits, notes) {
            Ok(()) => {
                if self.shared.trouble.swap(None).is_some() {
                    tracing::info!("the store takes changes again");
                }
                self.shared.world.store(head);
                for commit in commits {
                    self.shared.tell(News::Committed(commit));
                }
                for (answer, outcome) in answers {
                    answer.send(outcome).ok();
                }
                for answer in noted {
                    answer.send(Ok(())).ok();
                }
            }
            Err(trouble) => {
                let text = trouble.to_string();
                if self.shared.trouble.swap(Some(Arc::new(trouble))).is_none() {
                    tracing::error!(trouble = %text, changes = commits.len(), "the store refuses changes");
                }
                for answer in noted {
                    answer.send(Err(CommitError::Trouble(text.clone()))).ok();
                }
                for (answer, _) in answers {
                    answer.send(Err(CommitError::Trouble(text.clone()))).ok();
                }
            }
        }
    }

    fn write(
        &mut self,
        base: &World,
        head: &World,
        commits: &[Arc<Commit>],
        notes: Vec<Entry>,
    ) -> Result<(), Trouble> {
        let touched: BTreeSet<Key> =
            commits.iter().flat_map(|commit| commit.touched.iter().copied()).collect();
        let batch = Batch {
            base: base.revision(),
            records: touched.into_iter().map(|key| (key, head.record(&key))).collect(),
            changes: commits.iter().map(|commit| (commit.revision, &commit.change)).collect(),
            audit: told(base, commits).chain(notes).collect(),
        };
        catch_unwind(AssertUnwindSafe(|| self.backend.write(&batch)))
            .unwrap_or_else(|panic| Err(Trouble::Internal(words_of(&*panic))))
    }
}

impl Group {
    fn on(world: Arc<World>) -> Self {
        Self {
            base: Arc::clone(&world),
            head: world,
            commits: Vec::new(),
            notes: Vec::new(),
            noted: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Carries out one more on top of the others.
    fn add(&mut self, build: Build, answer: oneshot::Sender<Answer>) {
        if answer.is_closed() {
            // Its sender went away before it began: nobody would learn of it.
            return;
        }
        let outcome = attempt(&self.head, build);
        if let Ok(Outcome::Committed(commit)) = &outcome {
            self.head = Arc::clone(&commit.world);
            self.commits.push(Arc::clone(commit));
        }
        if self.commits.is_empty() {
            answer.send(outcome).ok();
        } else {
            self.answers.push((answer, outcome));
        }
    }
}

/// What the audit log tells of commits that were made one on the other, from `base` on.
fn told<'a>(base: &'a World, commits: &'a [Arc<Commit>]) -> impl Iterator<Item = Entry> + 'a {
    let before = std::iter::once(base).chain(commits.iter().map(|commit| &*commit.world));
    before.zip(commits).flat_map(|(before, commit)| {
        Entry::of_change(commit.revision, &commit.change, before, &commit.world)
    })
}

/// Makes a Change and applies it, without storing anything. A panic refuses this Change only.
pub(super) fn attempt(
    world: &Arc<World>,
    build: impl FnOnce(&World) -> Result<Change, Rejection>,
) -> Result<Outcome, CommitError> {
    let applied = catch_unwind(AssertUnwindSafe(|| {
        let change = build(world)?;
        world.apply(&change).map(|applied| (change, applied))
    }));
    let (change, applied) = match applied {
        Ok(result) => result?,
        Err(panic) => {
            let words = words_of(&*panic);
            tracing::error!(panic = %words, "a change was refused because making it panicked");
            return Err(Trouble::Internal(words).into());
        }
    };
    match applied {
        Applied::Repeated { creates } => {
            Ok(Outcome::Repeated { creates, world: Arc::clone(world) })
        }
        Applied::Next { world: next, touched } if next.revision() == world.revision().next() => {
            Ok(Outcome::Committed(Arc::new(Commit {
                revision: next.revision(),
                change,
                touched,
                world: Arc::new(next),
                made_at: Instant::now(),
            })))
        }
        Applied::Next { world: next, .. } => Err(Trouble::Internal(format!(
            "revision {} does not follow {}",
            next.revision(),
            world.revision()
        ))
        .into()),
    }
}

/// What a panic said.
fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}
