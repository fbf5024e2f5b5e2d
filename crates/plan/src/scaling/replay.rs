//! Replay: what policies would have made of a recorded load, second by second, under assumptions about how long
//! instances take to start. The same code decides as in operation; only the instances are imagined. It must not know
//! where the record comes from.
//!
//! A total that instances share is what they were given, whatever their number: so it stays what it was with other
//! numbers. What they do not share (a queue, a latency, errors) would have been another with other numbers, which nobody
//! can know: it is played as it was.

mod imagined;

use elbow_model::policy::{Metric, PolicySettings};
use elbow_model::questions::Account;
use elbow_model::scaling_group::CooldownSeconds;

use self::imagined::Imagined;
use super::Fleet;
use super::decide::{Decision, Opinion, decide};
use super::judge::{judge, look_back_s, metric_of};
use super::load::{Load, Reading};

pub use self::imagined::TURN_MEMORY;

/// What is imagined of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumptions {
    pub min: u32,
    pub max: u32,
    /// The number at the beginning.
    pub desired: u32,
    /// From the decision to the first request.
    pub launch_s: u32,
    /// From the first request to full capacity.
    pub warm_up_s: u32,
}

/// A recorded load: totals by metric, a value for each second, all from the same second on.
#[derive(Debug, Clone, Copy)]
pub struct Recording<'a> {
    /// How many seconds are played.
    pub seconds: usize,
    /// What was measured; a metric that is not here is unknown throughout.
    pub totals: &'a [(Metric, Vec<Option<f64>>)],
}

impl Recording<'_> {
    fn total(&self, metric: Metric, second: usize) -> Option<f64> {
        let (_, totals) = self.totals.iter().find(|(one, _)| *one == metric)?;
        *totals.get(second)?
    }
}

/// What one warm instance can carry at most, by which metric: that tells in which seconds there were too few.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    pub metric: Metric,
    pub each: f64,
}

impl Capacity {
    fn is_exceeded(self, recording: Recording<'_>, second: usize, moment: Moment) -> bool {
        let carries = match self.metric.is_shared() {
            true => moment.serving * self.each,
            false => self.each,
        };
        recording.total(self.metric, second).is_some_and(|load| load > carries)
    }
}

/// What would have happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The changes of the number and the wishes that were refused, by second from the beginning; a refusal is noted
    /// when it begins.
    pub decisions: Vec<Decided>,
    /// What there was in each second.
    pub course: Vec<Moment>,
    pub account: Account,
}

/// A decision that is worth noting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decided {
    /// When, in seconds from the beginning.
    pub second: u32,
    /// The number before it.
    pub from: u32,
    pub decision: Decision,
}

/// What a group has in one second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moment {
    /// The number decided.
    pub desired: u32,
    /// Instances, starting ones counted: what it costs.
    pub instances: u32,
    /// Instances' worth of capacity in service.
    pub serving: f64,
}

/// What policies would have made of a record. Each second is judged by those before it and itself, as in operation.
#[must_use]
pub fn replay(
    policies: &[PolicySettings],
    cooldown: CooldownSeconds,
    recording: Recording<'_>,
    capacity: Option<Capacity>,
    assumptions: Assumptions,
) -> Outcome {
    let mut heard: Vec<Heard<'_>> = policies.iter().map(Heard::new).collect();
    play(recording, capacity, assumptions, |second, fleet| {
        let opinion = |policy: &mut Heard<'_>| {
            policy.hear(recording, second, fleet.serving);
            judge(policy.settings, cooldown, &Load::new(policy.lately()), fleet)
        };
        heard.iter_mut().map(opinion).collect()
    })
}

/// Plays a record; `opine` is asked in each second.
#[must_use]
pub fn play(
    recording: Recording<'_>,
    capacity: Option<Capacity>,
    assumptions: Assumptions,
    mut opine: impl FnMut(usize, Fleet) -> Vec<Opinion>,
) -> Outcome {
    let mut group = Imagined::new(assumptions);
    let (mut decisions, mut course) = (Vec::new(), Vec::with_capacity(recording.seconds));
    for second in 0..recording.seconds {
        let now = u32::try_from(second).unwrap_or(u32::MAX);
        let fleet = group.fleet(now);
        let decision = decide(&opine(second, fleet), &group.guards(now));
        let from = group.desired();
        if group.take(now, decision) {
            decisions.push(Decided { second: now, from, decision });
        }
        let (desired, instances) = (group.desired(), group.count());
        course.push(Moment { desired, instances, serving: fleet.serving });
    }
    let account = account(course.iter().copied().map(Some), recording, capacity);
    Outcome { decisions, course, account }
}

/// What a policy heard of the load so far.
struct Heard<'a> {
    settings: &'a PolicySettings,
    metric: Option<Metric>,
    look_back_s: usize,
    readings: Vec<Option<Reading>>,
}

impl<'a> Heard<'a> {
    fn new(settings: &'a PolicySettings) -> Self {
        let (metric, look_back_s) = (metric_of(settings), look_back_s(settings));
        Self { settings, metric, look_back_s, readings: Vec::new() }
    }

    fn hear(&mut self, recording: Recording<'_>, second: usize, serving: f64) {
        let Some(metric) = self.metric else { return };
        let reading = recording.total(metric, second).map(|total| match metric.is_shared() {
            true => Reading { total, serving },
            false => Reading::of_group(total),
        });
        self.readings.push(reading);
    }

    fn lately(&self) -> &[Option<Reading>] {
        let first = self.readings.len().saturating_sub(self.look_back_s);
        self.readings.get(first..).unwrap_or_default()
    }
}

/// How well a group did with what it had in each second; `None` where that is not known.
pub fn account(
    course: impl Iterator<Item = Option<Moment>>,
    recording: Recording<'_>,
    capacity: Option<Capacity>,
) -> Account {
    let mut account = Account { below_capacity_s: capacity.map(|_| 0), ..Account::default() };
    let (mut last, mut grew_last): (Option<u32>, Option<bool>) = (None, None);
    for (second, moment) in course.enumerate() {
        let Some(moment) = moment else { continue };
        let desired = moment.desired;
        account.known_s += 1;
        account.instance_seconds += u64::from(moment.instances);
        let (fewest, most) = account.desired.unwrap_or((desired, desired));
        account.desired = Some((fewest.min(desired), most.max(desired)));
        if let (Some(capacity), Some(seconds)) = (capacity, &mut account.below_capacity_s) {
            *seconds += u32::from(capacity.is_exceeded(recording, second, moment));
        }
        if let Some(last) = last.filter(|last| *last != desired) {
            let grew = desired > last;
            account.turns += u32::from(grew_last.is_some_and(|before| before != grew));
            grew_last = Some(grew);
        }
        last = Some(desired);
    }
    account
}
