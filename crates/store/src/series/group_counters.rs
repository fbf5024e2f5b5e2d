//! Counters of scaling groups: what each did since this process started. Volatile; bounded by the groups there are and
//! the closed sets that they are counted by.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use elbow_model::value::ScalingGroupId;

/// What a group did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Instances that were to be launched.
    pub launches: u64,
    /// Launches that came to nothing.
    pub launch_failures: u64,
    /// Launched instances that are gone.
    pub terminations: u64,
    /// Activities that have their result, by the words for cause and result.
    pub activities: BTreeMap<(&'static str, &'static str), u64>,
}

/// The counters of all groups.
#[derive(Debug, Default)]
pub struct GroupCounters {
    counts: Mutex<HashMap<ScalingGroupId, GroupCounts>>,
}

impl GroupCounters {
    /// Counts something; for control alone.
    pub fn count(&self, group: ScalingGroupId, something: impl FnOnce(&mut GroupCounts)) {
        something(self.all().entry(group).or_default());
    }

    /// Forgets the groups that are not to be kept.
    pub fn retain(&self, is_kept: impl Fn(ScalingGroupId) -> bool) {
        self.all().retain(|id, _| is_kept(*id));
    }

    /// What a group did.
    pub fn of(&self, group: ScalingGroupId) -> GroupCounts {
        self.all().get(&group).cloned().unwrap_or_default()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ScalingGroupId, GroupCounts>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
