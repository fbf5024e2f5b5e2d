//! Replay: what policies would have made of a recorded load, second by second, under assumptions about how long
//! instances take to start. The same code decides as in operation; only the instances are imagined.

use std::collections::VecDeque;
use std::time::Duration;

use elbow_model::value::Timestamp;

use super::capacity;
use super::decide::{Decision, Guards, Opinion, decide};
use super::load::Load;

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

/// What a policy is asked with in each second.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    pub load: Load<'a>,
    pub desired: u32,
    /// Instances' worth of capacity in service.
    pub serving: f64,
    pub is_settling: bool,
    pub turns: u32,
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

/// Plays a load; `opine` is asked in each second, `full` is what one warm instance can carry at most.
#[must_use]
pub fn replay(
    load: &[Option<f64>],
    full: f64,
    assumptions: Assumptions,
    mut opine: impl FnMut(&Moment<'_>) -> Vec<Opinion>,
) -> Outcome {
    let mut group = Imagined::new(assumptions);
    let mut outcome = Outcome {
        decisions: Vec::new(),
        seconds: Vec::with_capacity(load.len()),
        below_capacity_s: 0,
        turns: 0,
        instance_seconds: 0,
    };
    for second in 0..u32::try_from(load.len()).unwrap_or(u32::MAX) {
        let Some(known) = load.get(..=second as usize) else { break };
        let serving = group.serving(second);
        let moment = Moment {
            load: Load::new(known),
            desired: group.desired,
            serving,
            is_settling: group.is_settling(second),
            turns: group.recent_turns(second),
        };
        let decision = decide(&opine(&moment), &group.guards(second));
        if group.take(second, decision) {
            outcome.decisions.push((second, decision));
        }
        let carried = known.last().copied().flatten().unwrap_or(0.0);
        outcome.below_capacity_s += u32::from(carried > serving * full);
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
    last_change: Option<u32>,
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
            last_change: None,
            grew_last: None,
            turned_at: VecDeque::new(),
            turn_count: 0,
            refused: None,
        }
    }

    fn serving(&self, second: u32) -> f64 {
        let warm_up = Duration::from_secs(u64::from(self.assumptions.warm_up_s));
        let ages = self.starts.iter().filter_map(|start| {
            u64::try_from(i64::from(second) - start).ok().map(Duration::from_secs)
        });
        capacity::effective(ages, warm_up)
    }

    fn is_settling(&self, second: u32) -> bool {
        let warm = i64::from(second) - i64::from(self.assumptions.warm_up_s);
        self.starts.iter().any(|start| *start > warm)
    }

    fn recent_turns(&mut self, second: u32) -> u32 {
        let memory = u32::try_from(TURN_MEMORY.as_secs()).unwrap_or(u32::MAX);
        while self.turned_at.front().is_some_and(|at| at.saturating_add(memory) < second) {
            self.turned_at.pop_front();
        }
        u32::try_from(self.turned_at.len()).unwrap_or(u32::MAX)
    }

    fn guards(&self, second: u32) -> Guards {
        let at = |second: u32| Timestamp(u64::from(second) * 1_000);
        Guards {
            now: at(second),
            min: self.assumptions.min,
            max: self.assumptions.max,
            desired: self.desired,
            last_change: self.last_change.map(at),
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
        self.last_change = Some(second);
        self.desired = to;
        let start = i64::from(second) + i64::from(self.assumptions.launch_s);
        self.starts.resize(to as usize, start);
    }
}
