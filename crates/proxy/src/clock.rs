//! The two times of the process: one that only grows, for deciding, and the calendar's, for
//! telling. The pure parts get them as numbers.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use elbow_model::value::Timestamp;

/// Milliseconds since a common start, for all threads.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts to count.
    #[must_use]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Milliseconds since the start.
    #[must_use]
    pub fn now_ms(self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// How long it is until `at_ms`.
    #[must_use]
    pub fn until(self, at_ms: u64) -> Duration {
        (self.start + Duration::from_millis(at_ms)).saturating_duration_since(Instant::now())
    }
}

/// The calendar's time.
#[must_use]
pub fn timestamp() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
