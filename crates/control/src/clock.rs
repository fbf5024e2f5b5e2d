//! The time of day, for people and for what is written down. Waits go by the clock that never steps.

use std::time::{SystemTime, UNIX_EPOCH};

use elbow_model::value::Timestamp;

/// Now.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
