//! Times by key, the next one first.

use std::collections::{BTreeMap, BTreeSet};

/// At most one time for each key.
#[derive(Debug)]
pub(super) struct Alarms<K> {
    by_time: BTreeSet<(u64, K)>,
    by_key: BTreeMap<K, u64>,
}

impl<K> Default for Alarms<K> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), by_key: BTreeMap::new() }
    }
}

impl<K: Copy + Ord> Alarms<K> {
    /// Sets the time of a key, or takes it away.
    pub(super) fn set(&mut self, key: K, at_ms: Option<u64>) {
        let old = match at_ms {
            Some(at_ms) => self.by_key.insert(key, at_ms),
            None => self.by_key.remove(&key),
        };
        if let Some(old) = old {
            self.by_time.remove(&(old, key));
        }
        self.by_time.extend(at_ms.map(|at_ms| (at_ms, key)));
    }

    /// The next time.
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.by_time.first().map(|(at_ms, _)| *at_ms)
    }

    /// Takes a key whose time has come.
    pub(super) fn pop_due(&mut self, now_ms: u64) -> Option<K> {
        let (_, key) = self.by_time.first().copied().filter(|(at_ms, _)| *at_ms <= now_ms)?;
        self.set(key, None);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_time() {
        let mut alarms = Alarms::default();
        alarms.set('a', Some(5));
        alarms.set('b', Some(3));
        alarms.set('a', Some(4));
        alarms.set('b', None);
        assert_eq!(alarms.next_ms(), Some(4));
        assert_eq!(alarms.pop_due(3), None);
        assert_eq!(alarms.pop_due(9), Some('a'));
        assert_eq!(alarms.pop_due(9), None);
    }
}
