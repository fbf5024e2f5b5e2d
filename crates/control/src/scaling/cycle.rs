//! The cycle: one task that looks at groups when something about them may be different, and at all of them once a
//! second, and does what the planner says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use elbow_model::change::scaling::{InstanceStep, ScalingEdit};
use elbow_model::change::{Author, Change, Edit};
use elbow_model::instance::Instance;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::ScalingGroupId;
use elbow_model::world::{Key, World};
use elbow_plan::instances::{Action, plan};
use elbow_store::ledger::{CommitError, Ledger, News};
use futures_util::future::join_all;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{self, MissedTickBehavior};
use uuid::Uuid;

use super::book::Book;
use super::calls::{Answer, Calls};
use super::chronicle::{self, Chronicle};
use super::meter::Meter;
use super::strays::Sweeper;
use super::webhooks::Webhooks;
use super::{policies, revival, sight};
use crate::clock::now;
use crate::driver::Drivers;

/// How often groups are looked at whatever happens; policies decide, schedules come due and drivers are asked then.
const BEAT: Duration = Duration::from_secs(1);
/// How often a group is looked at in a row, while each look finds something to do; the rest waits for the next news.
const MOST_LOOKS: usize = 8;

/// Runs until `ended` is told, or dropped.
pub(super) async fn run(ledger: Ledger, drivers: Arc<Drivers>, mut ended: oneshot::Receiver<()>) {
    let (answers, answered) = mpsc::unbounded_channel();
    let (news, begin) = (ledger.watch(), ledger.world());
    let mut book = Book::default();
    revival::revive(&ledger, &drivers, &mut book).await;
    let _sweeper = Sweeper::start(ledger.clone(), Arc::clone(&drivers));
    let calls = Calls::new(drivers, answers);
    let (meter, webhooks) = (Meter::new(), Webhooks::default());
    let chronicle = Chronicle::new(begin);
    let cycle = Cycle { ledger, book, calls, meter, webhooks, chronicle };
    cycle.run(news, answered, &mut ended).await;
}

struct Cycle {
    ledger: Ledger,
    book: Book,
    calls: Calls,
    meter: Meter,
    webhooks: Webhooks,
    chronicle: Chronicle,
}

impl Cycle {
    async fn run(
        mut self,
        mut news: broadcast::Receiver<News>,
        mut answers: mpsc::UnboundedReceiver<Answer>,
        ended: &mut oneshot::Receiver<()>,
    ) {
        let mut beat = time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due: BTreeSet<ScalingGroupId> = tokio::select! {
                _ = &mut *ended => return,
                _ = beat.tick() => {
                    self.beat().await;
                    self.ledger.world().scaling_groups().map(|group| group.id).collect()
                }
                answer = answers.recv() => match answer {
                    Some(answer) => self.take_in(answer).into_iter().collect(),
                    None => return,
                },
                told = news.recv() => match told {
                    Ok(told) => {
                        self.note(&told);
                        concerned(&told, &self.ledger.world())
                    }
                    Err(RecvError::Lagged(_)) => {
                        self.chronicle.skip_to(self.ledger.world());
                        self.ledger.world().scaling_groups().map(|group| group.id).collect()
                    }
                    Err(RecvError::Closed) => return,
                },
            };
            for group in due {
                self.work_on(group).await;
            }
        }
    }

    /// Counts what a commit did, and tells who wants to know.
    fn note(&mut self, news: &News) {
        let News::Committed(commit) = news else { return };
        for happening in self.chronicle.tell(commit) {
            chronicle::count(self.ledger.series().group_counters(), &happening);
            self.webhooks.note(&happening, &commit.world, now());
        }
        self.webhooks.send(&self.calls, now());
    }

    /// Does what the planner says of a group until it says nothing more.
    async fn work_on(&mut self, id: ScalingGroupId) {
        let ledger = self.ledger.clone();
        for _ in 0..MOST_LOOKS {
            let (world, observed) = (self.ledger.world(), self.ledger.observed());
            let Some(group) = world.scaling_group(id) else { return };
            let seen = sight::of(group, &world, &observed, &self.book, now());
            let mut ids = std::iter::repeat_with(Uuid::now_v7);
            let actions = plan(&seen, &mut ids);
            let mut commits = Vec::new();
            for action in actions {
                match action {
                    Action::Launch(instance) => self.call(group, &world, instance, Calls::launch),
                    Action::Terminate(instance) => {
                        self.call(group, &world, instance, Calls::terminate)
                    }
                    Action::Commit(edits) => {
                        let edits = edits
                            .into_iter()
                            .map(|edit| with_statuses(edit, group, &world, &observed));
                        commits.push(commit(&ledger, edits.collect()));
                    }
                }
            }
            // A refusal is found out at the next look: the facts were different by then.
            let is_any_done = join_all(commits).await.into_iter().any(|is_done| is_done);
            if !is_any_done {
                self.webhooks.tell(group, &world, &self.calls, now());
                return;
            }
        }
    }

    fn call(
        &mut self,
        group: &ScalingGroup,
        world: &World,
        instance: elbow_model::value::InstanceId,
        make: impl Fn(&mut Calls, &ScalingGroup, &Instance),
    ) {
        if self.book.may_call(instance, now())
            && let Some(instance) = world.instance(instance)
        {
            make(&mut self.calls, group, instance);
        }
    }

    /// Writes down what a driver said; the group that it concerns.
    fn take_in(&mut self, answer: Answer) -> Option<ScalingGroupId> {
        self.calls.answered(&answer);
        let world = self.ledger.world();
        let group_of = |id| world.instance(id).map(|instance| instance.group);
        match answer {
            Answer::Launched { instance, result } => {
                self.book.launched(instance, result, now());
                group_of(instance)
            }
            Answer::Terminated { instance, result } => {
                self.book.terminated(instance, result, now());
                group_of(instance)
            }
            Answer::Told { subject, result } => {
                self.webhooks.told(subject, result, now());
                self.webhooks.send(&self.calls, now());
                None
            }
            Answer::Listed { group, versions, asked_at, result } => {
                match result {
                    Ok(listing) => {
                        let is_known = |instance: &&Arc<Instance>| {
                            instance.origin.template().is_some_and(|one| versions.contains(&one))
                        };
                        let launched = world.instances_of(group).filter(is_known);
                        self.book.listed(launched.map(AsRef::as_ref), listing, asked_at);
                    }
                    Err(trouble) => {
                        tracing::warn!(group.id = %group, reason = %trouble, "a driver does not say what runs");
                    }
                }
                Some(group)
            }
        }
    }

    /// Once a second.
    async fn beat(&mut self) {
        let (world, observed) = (self.ledger.world(), self.ledger.observed());
        let at = now();
        self.book.retain(|id| world.instance(id).is_some());
        self.webhooks.retain(&world);
        self.webhooks.send(&self.calls, at);
        let is_there = |id| world.scaling_group(id).is_some();
        self.ledger.series().group_counters().retain(is_there);
        self.meter.measure(&world, &observed, &self.ledger, &self.book, at);
        for group in world.scaling_groups() {
            let launched = world.instances_of(group.id);
            let in_use = launched.filter_map(|instance| instance.origin.template()).collect();
            self.calls.list(group, &in_use, at);
            let edits = policies::due(group, &world, &self.meter, &self.ledger, at);
            for edits in edits {
                commit(&self.ledger, edits).await;
            }
        }
    }
}

/// The groups that news are about.
fn concerned(news: &News, world: &World) -> BTreeSet<ScalingGroupId> {
    match news {
        News::Committed(commit) => commit
            .touched
            .iter()
            .filter_map(|key| match key {
                Key::ScalingGroup(id) => Some(*id),
                Key::Instance(id) => world.instance(*id).map(|instance| instance.group),
                _ => None,
            })
            .collect(),
        News::Observed(balancers) if balancers.is_empty() => {
            world.scaling_groups().map(|group| group.id).collect()
        }
        News::Observed(balancers) => balancers
            .iter()
            .filter_map(|id| world.load_balancer(*id))
            .flat_map(|balancer| &balancer.pools)
            .flat_map(|pool| world.scaling_groups_at(pool.id))
            .map(|group| group.id)
            .collect(),
    }
}

/// Adds what is seen of load balancers to the edits that rely on it.
fn with_statuses(
    edit: ScalingEdit,
    group: &ScalingGroup,
    world: &World,
    observed: &elbow_model::observed::Observed,
) -> ScalingEdit {
    match edit {
        ScalingEdit::Step { instance, step: InstanceStep::Join { seen: _ } } => {
            let seen = sight::statuses(group, world, observed);
            ScalingEdit::Step { instance, step: InstanceStep::Join { seen } }
        }
        other => other,
    }
}

/// Commits edits together; whether that changed anything.
pub(super) async fn commit(ledger: &Ledger, edits: Vec<ScalingEdit>) -> bool {
    let edits = edits.into_iter().map(Edit::Scaling).collect();
    let change = Change { author: Author::System, at: now(), source: None, request: None, edits };
    match ledger.commit(move |_| Ok(change)).await {
        Ok(_) => true,
        Err(CommitError::Rejected(reason)) => {
            tracing::debug!(%reason, "a step was overtaken");
            false
        }
        Err(CommitError::Trouble(reason)) => {
            tracing::error!(reason, "a step of a scaling group was not stored");
            false
        }
    }
}
