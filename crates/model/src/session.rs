//! Sessions: what the World remembers of them. A session itself is its token, which nothing stores; only those that
//! ended before their time are remembered, until that time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::value::{SessionId, Timestamp, UserId};

/// The longest that a session may last.
pub const MAX_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Sessions of one user that are remembered as ended; with one more, all of his sessions end.
pub const MAX_ENDED_PER_USER: usize = 64;

/// A session that ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedSession {
    /// Which one.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// When it would have ended by itself; then it need not be remembered any more.
    pub expires_at: Timestamp,
}
