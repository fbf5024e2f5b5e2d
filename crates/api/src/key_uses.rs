//! When API keys were last used: remembered while the program runs, so that a request never waits for the store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use elbow_model::value::{ApiKeyId, Timestamp};

/// Keys whose last use is remembered; with more, all are forgotten and begin anew.
const MAX_KEPT: usize = 100_000;

/// The last uses.
#[derive(Debug, Default)]
pub(crate) struct KeyUses(Mutex<HashMap<ApiKeyId, Timestamp>>);

impl KeyUses {
    /// That a key is used now.
    pub(crate) fn note(&self, key: ApiKeyId, now: Timestamp) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.len() >= MAX_KEPT && !uses.contains_key(&key) {
            uses.clear();
        }
        uses.insert(key, now);
    }

    /// When a key was used last.
    pub(crate) fn last(&self, key: ApiKeyId) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }
}
