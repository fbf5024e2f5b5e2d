//! A table of what was used of late: bounded in number and in age.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use elbow_model::value::Timestamp;

use super::MAX_KEPT;

/// What is kept, and when it was put there.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    kept: HashMap<K, (V, Timestamp)>,
    kept_for: Duration,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// Keeps each so long after it was put there last.
    pub(super) fn new(kept_for: Duration) -> Self {
        Self { kept: HashMap::new(), kept_for }
    }

    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<&V> {
        self.get_with_time(key, now).map(|(value, _)| value)
    }

    /// The value, and when it was put there.
    pub(super) fn get_with_time(&self, key: &K, now: Timestamp) -> Option<(&V, Timestamp)> {
        let (value, at) = self.kept.get(key)?;
        (now.since(*at) < self.kept_for).then_some((value, *at))
    }

    pub(super) fn put(&mut self, key: K, value: V, now: Timestamp) {
        if self.kept.len() >= MAX_KEPT && !self.kept.contains_key(&key) {
            self.make_room(now);
        }
        self.kept.insert(key, (value, now));
    }

    /// Alters a value, which is no older and no newer for it.
    pub(super) fn alter(&mut self, key: &K, alter: impl FnOnce(&mut V)) {
        if let Some((value, _)) = self.kept.get_mut(key) {
            alter(value);
        }
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.kept.remove(key);
    }

    /// Forgets what is old; if nothing is, then the tenth that was used longest ago, so that this is rare.
    fn make_room(&mut self, now: Timestamp) {
        let kept_for = self.kept_for;
        self.kept.retain(|_, (_, at)| now.since(*at) < kept_for);
        if self.kept.len() < MAX_KEPT {
            return;
        }
        let mut times: Vec<Timestamp> = self.kept.values().map(|(_, at)| *at).collect();
        let (_, tenth, _) = times.select_nth_unstable(MAX_KEPT / 10);
        let tenth = *tenth;
        let mut to_go = MAX_KEPT / 10;
        self.kept.retain(|_, (_, at)| {
            let goes = to_go > 0 && *at <= tenth;
            to_go -= usize::from(goes);
            !goes
        });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}
