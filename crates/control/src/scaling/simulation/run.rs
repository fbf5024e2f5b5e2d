//! One run: a seed's world from its first second to its end.

use std::time::Duration;

use elbow_model::change::scaling::{InstanceStep, ScalingEdit};
use elbow_model::change::{Author, Change, Edit};
use elbow_model::instance::{Instance, Origin};
use elbow_model::observed::Observed;
use elbow_model::value::{InstanceId, Timestamp};
use elbow_model::world::{Applied, World};
use elbow_plan::instances::{Action, plan};
use elbow_plan::scaling::idle::{Stillness, Traffic};

use super::claims;
use super::machines::{Machines, Temper};
use super::people;
use super::proxy::{Load, Proxy};
use super::random::Random;
use super::scene;
use crate::driver::{DriverTrouble, Launched, Seen, Terminated};
use crate::scaling::book::Book;
use crate::scaling::{policies, sight};

/// Moments in which everything goes wrong that can.
const WILD_MOMENTS: u32 = 250;
/// How long a group may take, once it is left in peace, until it is as intended.
const PEACE: Duration = Duration::from_secs(600);
/// How often a group is woken in its old age.
const WAKES: u32 = 3;
/// Looks at the group in a row, as the cycle has them.
const MOST_LOOKS: usize = 8;

pub(super) struct Run {
    pub(super) now: Timestamp,
    pub(super) world: World,
    pub(super) machines: Machines,
    pub(super) proxy: Proxy,
    random: Random,
    observed: Observed,
    book: Book,
    calls: Vec<Call>,
    listed_at: Timestamp,
    stillness: Stillness,
    mood: Mood,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Wild,
    Calm,
}

/// A call of the driver on its way.
struct Call {
    answered_at: Timestamp,
    asked_at: Timestamp,
    answer: Answer,
}

enum Answer {
    Launched(InstanceId, Result<Launched, DriverTrouble>),
    Terminated(InstanceId, Result<Terminated, DriverTrouble>),
    Listed(Result<Vec<Seen>, DriverTrouble>),
}

impl Run {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let now = Timestamp(1_000_000_000);
        let world = scene::world(now, &mut random);
        let machines = Machines::new(Temper::of(&mut random));
        let mut proxy = Proxy::new();
        proxy.tell(&world, now, &mut random);
        Self {
            now,
            world,
            machines,
            proxy,
            random,
            observed: Observed::default(),
            book: Book::default(),
            calls: Vec::new(),
            listed_at: Timestamp::default(),
            stillness: Stillness::default(),
            mood: Mood::Wild,
        }
    }

    /// To the end.
    pub(super) fn play(mut self) {
        for _ in 0..WILD_MOMENTS {
            self.disturb();
            self.moment();
        }
        self.mood = Mood::Calm;
        self.machines.temper = Temper::GOOD;
        for edit in people::peace(&self.world) {
            self.commit(vec![edit]);
        }
        self.settle("the group is as intended", claims::is_as_intended);
        claims::nothing_is_left_over(&self);
        if self.random.happens(300) {
            self.doze();
        }
        self.commit(vec![people::farewell()]);
        self.settle("the group is gone", |run| run.world.scaling_group(scene::group()).is_none());
        claims::nothing_is_left_over(&self);
    }

    /// A group that has no instance by itself, and requests that come at any moment of its falling asleep and waking up,
    /// while control is killed: none is lost.
    fn doze(&mut self) {
        self.proxy.hush();
        for edit in people::lullaby(&self.world, &mut self.random) {
            self.commit(vec![edit]);
        }
        self.settle("the group sleeps, and its proxy knows", |run| {
            let is_idle = run.proxy.held == 0 && claims::desired(run) == 0;
            is_idle && claims::is_as_intended(run) && run.proxy.runs_newest()
        });
        self.proxy.refused = 0;
        for _ in 0..WAKES {
            self.proxy.load = Load::Single(1 + self.random.below(3));
            if self.random.happens(300) {
                self.die();
            }
            self.settle("requests that wait are answered", |run| {
                run.proxy.load == Load::Single(0) && run.proxy.held == 0
            });
            self.until("the group is to sleep", |run| claims::desired(run) == 0);
            for _ in 0..self.random.below(12) {
                self.moment();
            }
        }
        assert_eq!(self.proxy.refused, 0, "requests were lost: {:#?}", claims::picture(self));
        self.settle("the group sleeps again", claims::is_as_intended);
        claims::nothing_is_left_over(self);
    }

    /// Once a second: whether the group is to sleep.
    fn rest(&mut self) {
        let asked = match std::mem::take(&mut self.proxy.is_asked) {
            _ if self.observed.proxies.is_empty() => Traffic::Unseen,
            true => Traffic::Some,
            false => Traffic::None,
        };
        self.stillness.handle_second(asked, self.now);
        let Some(group) = self.world.scaling_group(scene::group()) else { return };
        let due = policies::rested(group, &self.world, self.stillness, self.now);
        if let Some(edits) = due {
            self.commit(edits.into_iter().map(Edit::Scaling).collect());
        }
    }

    /// Whether a look at the group finds nothing to do.
    pub(super) fn is_at_rest(&self) -> bool {
        let Some(group) = self.world.scaling_group(scene::group()) else { return true };
        let seen = sight::of(group, &self.world, &self.observed, &self.book, self.now);
        let mut ids = std::iter::repeat(uuid::Uuid::nil());
        self.calls.iter().all(|call| matches!(call.answer, Answer::Listed(_)))
            && plan(&seen, &mut ids).is_empty()
    }

    fn settle(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        self.until(what, |run| is_so(run) && run.is_at_rest());
    }

    fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let until = self.now.after(PEACE);
        while !is_so(self) {
            assert!(self.now < until, "it is not so that {what}: {:#?}", claims::picture(self));
            self.moment();
        }
    }

    /// A little later.
    fn moment(&mut self) {
        self.now = Timestamp(self.now.0 + 1 + self.random.below(600));
        self.hear();
        self.proxy.pass(&mut self.observed, &self.machines, self.now, &mut self.random);
        if self.now.since(self.listed_at) >= Duration::from_secs(1) {
            self.listed_at = self.now;
            let world = &self.world;
            self.book.retain(|id| world.instance(id).is_some());
            self.list();
            self.rest();
        }
        self.work();
    }

    fn disturb(&mut self) {
        if self.random.happens(250) {
            let edit = people::whim(&self.world, &mut self.random);
            self.commit(vec![edit]);
        }
        if self.random.happens(30) {
            self.machines.kill_one(&mut self.random);
        }
        if self.random.happens(20) {
            self.die();
        }
        if self.random.happens(10) {
            self.proxy.die();
        }
    }

    /// Control is killed and comes back: what it only had in memory is gone, and so are answers on their way.
    fn die(&mut self) {
        self.book = Book::default();
        self.calls.clear();
        self.observed = Observed::default();
        self.stillness = Stillness::default();
    }

    /// Answers that have come by now.
    fn hear(&mut self) {
        let now = self.now;
        let (come, coming) =
            std::mem::take(&mut self.calls).into_iter().partition(|call| call.answered_at <= now);
        self.calls = coming;
        let mut come: Vec<Call> = come;
        come.sort_by_key(|call| call.answered_at);
        for Call { asked_at, answer, .. } in come {
            match answer {
                Answer::Launched(id, result) => self.book.launched(id, result, now),
                Answer::Terminated(id, result) => self.book.terminated(id, result, now),
                Answer::Listed(Ok(listing)) => {
                    let launched = |one: &&Instance| one.origin.template().is_some();
                    let instances = self.world.instances_of(scene::group());
                    let instances = instances.map(AsRef::as_ref).filter(launched);
                    self.book.listed(instances, listing, asked_at);
                }
                Answer::Listed(Err(_)) => {}
            }
        }
    }

    /// Does what the planner says until it says nothing more, as the cycle does.
    fn work(&mut self) {
        for _ in 0..MOST_LOOKS {
            let Some(group) = self.world.scaling_group(scene::group()) else { return };
            let seen = sight::of(group, &self.world, &self.observed, &self.book, self.now);
            let random = &mut self.random;
            let actions = plan(&seen, &mut std::iter::repeat_with(|| random.id()));
            let mut is_any_done = false;
            for action in actions {
                if self.mood == Mood::Wild && self.random.happens(5) {
                    return self.die();
                }
                match action {
                    Action::Launch(id) => self.launch(id),
                    Action::Terminate(id) => self.terminate(id),
                    Action::Commit(edits) => {
                        let edits = edits.into_iter().map(|edit| self.with_statuses(edit));
                        let edits = edits.map(Edit::Scaling).collect();
                        is_any_done |= self.commit(edits);
                    }
                }
            }
            if !is_any_done {
                return;
            }
        }
    }

    fn with_statuses(&self, edit: ScalingEdit) -> ScalingEdit {
        let group = self.world.scaling_group(scene::group());
        match (edit, group) {
            (ScalingEdit::Step { instance, step: InstanceStep::Join { .. } }, Some(group)) => {
                let seen = sight::statuses(group, &self.world, &self.observed);
                ScalingEdit::Step { instance, step: InstanceStep::Join { seen } }
            }
            (edit, _) => edit,
        }
    }

    /// Whether the World took it.
    fn commit(&mut self, edits: Vec<Edit>) -> bool {
        for edit in &edits {
            claims::may_be_committed(self, edit);
        }
        let change =
            Change { author: Author::System, at: self.now, source: None, request: None, edits };
        let Ok(Applied::Next { world, .. }) = self.world.apply(&change) else { return false };
        self.world = world;
        for edit in &change.edits {
            self.note(edit);
        }
        claims::hold(&self.world);
        self.proxy.tell(&self.world, self.now, &mut self.random);
        true
    }

    /// A server that a person attached is there, and serves or not.
    fn note(&mut self, edit: &Edit) {
        if let Edit::Scaling(ScalingEdit::AttachInstance(new)) = edit
            && self.random.happens(600)
        {
            self.machines.by_hand.insert(new.id);
        }
    }

    fn launch(&mut self, id: InstanceId) {
        let Some(instance) = self.callable(id) else { return };
        assert!(matches!(instance.origin, Origin::Launched { .. }), "{id} is not ours to launch");
        let (group, address) = (instance.group, instance.address.map(|address| address.get()));
        let result = self.machines.launch(id, group, address, self.now, &mut self.random);
        self.send(Answer::Launched(id, result));
    }

    fn terminate(&mut self, id: InstanceId) {
        let Some(instance) = self.callable(id) else { return };
        claims::may_be_terminated(&instance);
        let result = self.machines.terminate(id, &mut self.random);
        self.send(Answer::Terminated(id, result));
    }

    fn list(&mut self) {
        if !self.calls.iter().any(|call| matches!(call.answer, Answer::Listed(_))) {
            let result = self.machines.list(scene::group(), self.now, &mut self.random);
            self.send(Answer::Listed(result));
        }
    }

    /// The instance, if it may be called about now: one call at a time.
    fn callable(&self, id: InstanceId) -> Option<Instance> {
        let is_busy = self.calls.iter().any(|call| match &call.answer {
            Answer::Launched(other, _) | Answer::Terminated(other, _) => *other == id,
            Answer::Listed(_) => false,
        });
        let may = !is_busy && self.book.may_call(id, self.now);
        self.world.instance(id).filter(|_| may).map(|instance| Instance::clone(instance))
    }

    fn send(&mut self, answer: Answer) {
        // Now and then a driver hangs for long.
        let slow = if self.mood == Mood::Wild && self.random.happens(50) { 60_000 } else { 1_500 };
        let answered_at = Timestamp(self.now.0 + self.random.below(slow));
        self.calls.push(Call { answered_at, asked_at: self.now, answer });
    }
}
