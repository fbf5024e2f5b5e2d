//! Which member a client with an application's cookie belongs to, over all workers: it may come
//! back on any of them. Locked for a look-up at a time, and only in pools that ask for it; it must
//! hold no value of a cookie.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use elbow_traffic::balance::HashKey;
use elbow_traffic::balance::persistence::{AppSessions, Fingerprint, Token};

use super::state::Padded;

/// Workers that look up at the same moment rarely want the same part.
const SHARDS: usize = 16;

/// The sessions of one pool.
#[derive(Debug)]
pub struct Sessions {
    key: HashKey,
    began: Instant,
    shards: Box<[Padded<Mutex<AppSessions>>]>,
}

impl Sessions {
    /// No sessions yet, each to last for `timeout_ms` after its last use.
    #[must_use]
    pub fn new(key: HashKey, timeout_ms: u64) -> Self {
        let shard = || Padded(Mutex::new(AppSessions::new(timeout_ms, AppSessions::MOST / SHARDS)));
        let shards = (0..SHARDS).map(|_| shard()).collect();
        Self { key, began: Instant::now(), shards }
    }

    /// What stands for a cookie's value.
    #[must_use]
    pub fn fingerprint(&self, value: &[u8]) -> Fingerprint {
        Fingerprint::of(self.key, value)
    }

    /// The member of the client that shows a value.
    #[must_use]
    pub fn recall(&self, value: Fingerprint, now: Instant) -> Option<Token> {
        self.shard(value)?.recall(value, self.millis(now))
    }

    /// Takes note of the member that gave a value, or that answered a client with it.
    pub fn learn(&self, value: Fingerprint, member: Token, now: Instant) {
        if let Some(mut shard) = self.shard(value) {
            shard.learn(value, member, self.millis(now));
        }
    }

    fn shard(&self, value: Fingerprint) -> Option<MutexGuard<'_, AppSessions>> {
        let shard = self.shards.get(value.shard(self.shards.len()))?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One clock for all workers, whenever they began.
    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX)
    }
}
