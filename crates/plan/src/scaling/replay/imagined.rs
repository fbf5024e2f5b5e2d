//! A group whose instances start exactly as assumed and leave at once.

use std::collections::VecDeque;
use std::time::Duration;

use elbow_model::scaling_group::LastScaled;
use elbow_model::value::Timestamp;

use super::super::decide::{Decision, Guards};
use super::super::{Fleet, capacity};
use super::Assumptions;

/// How often the direction changed is counted over so long.
pub const TURN_MEMORY: Duration = Duration::from_secs(900);

/// The group.
pub(super) struct Imagined {
    assumptions: Assumptions,
    desired: u32,
    /// When each instance goes into service; the newest last.
    starts: VecDeque<i64>,
    last_scaled: LastScaled,
    grew_last: Option<bool>,
    turned_at: VecDeque<u32>,
    /// The refusal that is going on.
    refused: Option<(usize, bool)>,
}

impl Imagined {
    pub(super) fn new(assumptions: Assumptions) -> Self {
        let long_ago = -i64::from(assumptions.warm_up_s);
        Self {
            assumptions,
            desired: assumptions.desired,
            starts: (0..assumptions.desired).map(|_| long_ago).collect(),
            last_scaled: LastScaled::default(),
            grew_last: None,
            turned_at: VecDeque::new(),
            refused: None,
        }
    }

    pub(super) fn fleet(&mut self, second: u32) -> Fleet {
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

    /// The number decided last.
    pub(super) fn desired(&self) -> u32 {
        self.desired
    }

    /// Instances, starting ones counted.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    fn recent_turns(&mut self, second: u32) -> u32 {
        let memory = u32::try_from(TURN_MEMORY.as_secs()).unwrap_or(u32::MAX);
        while self.turned_at.front().is_some_and(|at| at.saturating_add(memory) < second) {
            self.turned_at.pop_front();
        }
        u32::try_from(self.turned_at.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn guards(&self, second: u32) -> Guards {
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
    pub(super) fn take(&mut self, second: u32, decision: Decision) -> bool {
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
