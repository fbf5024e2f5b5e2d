//! Replay: what policies would have made of a recorded load, second by second, under assumptions about how long
//! instances take to start. The same code decides as in operation; only the instances are imagined.

use std::collections::VecDeque;
use std::time::Duration;

use elbow_model::policy::PolicySettings;
use elbow_model::scaling_group::{CooldownSeconds, LastScaled};
use elbow_model::value::Timestamp;

use super::decide::{Decision, Guards, Opinion, decide};
use super::load::{Load, Reading};
use super::{Fleet, capacity, judge};

/// How often the direction changed is counted over so long.
pub const TURN_MEMORY: Duration = Duration::from_secs(900);

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

/// What would have happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The changes of the number and the wishes that were refused, by second from the beginning; a refusal is noted
    /// when it begins.
    pub decisions: Vec<(u32, Decision)>,
    /// The number decided, and the capacity in service, in each second.
    pub seconds: Vec<(u32, f64)>,
    /// Seconds in which the load was above what `target` per instance in service can carry.
    pub below_capacity_s: u32,
    /// How often growing turned into shrinking or back.
    pub turns: u32,
    /// Instances times seconds: what it costs.
    pub instance_seconds: u64,
}

/// What policies that share a metric would have made of its recorded totals; `full` is what one warm instance can
/// carry at most.
#[must_use]
pub fn replay(
    policies: &[PolicySettings],
    cooldown: CooldownSeconds,
    totals: &[Option<f64>],
    full: f64,
    assumptions: Assumptions,
) -> Outcome {
    play(totals, full, assumptions, |load, fleet| {
        policies.iter().map(|policy| judge(policy, cooldown, load, fleet)).collect()
    })
}

/// Plays a load; `opine` is asked in each second.
#[must_use]
pub fn play(
    totals: &[Option<f64>],
    full: f64,
    assumptions: Assumptions,
    mut opine: impl FnMut(&Load<'_>, Fleet) -> Vec<Opinion>,
) -> Outcome {
    let mut group = Imagined::new(assumptions);
    let mut outcome = Outcome {
        decisions: Vec::new(),
        seconds: Vec::with_capacity(totals.len()),
        below_capacity_s: 0,
        turns: 0,
        instance_seconds: 0,
    };
    let mut readings = Vec::with_capacity(totals.len());
    for (second, total) in (0_u32..).zip(totals) {
        let fleet = group.fleet(second);
        let serving = fleet.serving;
        readings.push(total.map(|total| Reading { total, serving }));
        let decision = decide(&opine(&Load::new(&readings), fleet), &group.guards(second));
        if group.take(second, decision) {
            outcome.decisions.push((second, decision));
        }
        outcome.below_capacity_s += u32::from(total.unwrap_or(0.0) > serving * full);
        outcome.instance_seconds += group.starts.len() as u64;
        outcome.seconds.push((group.desired, serving));
    }
    outcome.turns = group.turn_count;
    outcome
}

/// A group whose instances start exactly as assumed and leave at once.
struct Imagined {
    assumptions: Assumptions,
    desired: u32,
    /// When each instance goes into service; the newest last.
    starts: VecDeque<i64>,
    last_scaled: LastScaled,
    grew_last: Option<bool>,
    turned_at: VecDeque<u32>,
    turn_count: u32,
    /// The refusal that is going on.
    refused: Option<(usize, bool)>,
}

impl Imagined {
    fn new(assumptions: Assumptions) -> Self {
        let long_ago = -i64::from(assumptions.warm_up_s);
        Self {
            assumptions,
            desired: assumptions.desired,
            starts: (0..assumptions.desired).map(|_| long_ago).collect(),
            last_scaled: LastScaled::default(),
            grew_last: None,
            turned_at: VecDeque::new(),
            turn_count: 0,
            refused: None,
        }
    }

    fn fleet(&mut self, second: u32) -> Fleet {
        let warm_up = Duration::from_secs(self.assumptions.warm_up_s.into());
        let now = i64::from(second);
        let ages = self.starts.iter().filter_map(|start| u64::try_from(now - start).ok());
        let warm = now - i64::from(self.assumptions.warm_up_s);
        Fleet {
            desired: self.desired,
            serving: capacity::effective(ages.map(Duration::from_secs), warm_up),
            is_launching: self.starts.iter().any(|start| *start > now),
            is_settling: self.starts.iter().any(|start| *start > warm),
            turns: self.recent_turns(second),
        }
    }

    fn recent_turns(&mut self, second: u32) -> u32 {
        let memory = u32::try_from(TURN_MEMORY.as_secs()).unwrap_or(u32::MAX);
        while self.turned_at.front().is_some_and(|at| at.saturating_add(memory) < second) {
            self.turned_at.pop_front();
        }
        u32::try_from(self.turned_at.len()).unwrap_or(u32::MAX)
    }

    fn guards(&self, second: u32) -> Guards {
        Guards {
            now: at(second),
            min: self.assumptions.min,
            max: self.assumptions.max,
            desired: self.desired,
            last_scaled: self.last_scaled,
            breaker_until: None,
            is_growing_suspended: false,
            is_shrinking_suspended: false,
        }
    }

    /// Whether the decision is worth noting.
    fn take(&mut self, second: u32, decision: Decision) -> bool {
        match decision {
            Decision::Stay => {
                self.refused = None;
                false
            }
            Decision::NotScaled { wanted, policy, .. } => {
                let refused = Some((policy, wanted > self.desired));
                std::mem::replace(&mut self.refused, refused) != refused
            }
            Decision::Scale { to, .. } => {
                self.refused = None;
                self.change(second, to);
                true
            }
        }
    }

    fn change(&mut self, second: u32, to: u32) {
        let grows = to > self.desired;
        if self.grew_last.is_some_and(|grew| grew != grows) {
            self.turned_at.push_back(second);
            self.turn_count += 1;
        }
        self.grew_last = Some(grows);
        match grows {
            true => self.last_scaled.out_at = Some(at(second)),
            false => self.last_scaled.in_at = Some(at(second)),
        }
        self.desired = to;
        let start = i64::from(second) + i64::from(self.assumptions.launch_s);
        self.starts.resize(to as usize, start);
    }
}

fn at(second: u32) -> Timestamp {
    Timestamp(u64::from(second) * 1_000)
}
