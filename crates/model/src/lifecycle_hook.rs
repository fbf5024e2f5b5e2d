//! Lifecycle hooks: where an instance waits for somebody else, on its way into service or out of it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::value::{Bounded, HookId, HookToken, HttpUrl, Name, Revision, Timestamp};

/// A hook of a scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleHook {
    /// What APIs call it.
    pub id: HookId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// What users can edit.
    pub settings: HookSettings,
}

/// What users can edit on a hook. Instances that wait already go by what it was when they began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookSettings {
    /// Unique in the group.
    pub name: Name,
    /// Where on their way instances wait.
    pub transition: Transition,
    /// How long one waits unless somebody completes it or asks for more time.
    pub heartbeat_timeout_s: HeartbeatSeconds,
    /// What happens after that.
    pub default_result: HookResult,
    /// Who is told that an instance waits, with its token; nobody if none.
    pub webhook: Option<HttpUrl>,
}

/// How long an instance waits for a hook, in seconds.
pub type HeartbeatSeconds = Bounded<1, 21_600>;

impl HookSettings {
    /// How long an instance waits unless said otherwise.
    pub const HEARTBEAT_TIMEOUT: HeartbeatSeconds = HeartbeatSeconds::constant::<600>();
}

/// Where on its way an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// It runs, and joins the pools after this.
    Launch,
    /// It has left the pools with nothing in flight, and ends after this.
    Terminate,
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Launch => "LAUNCH",
            Self::Terminate => "TERMINATE",
        })
    }
}

/// What comes of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookResult {
    /// The instance goes on.
    Continue,
    /// A launching instance is given up. A terminating one waits for no further hook.
    Abandon,
}

impl fmt::Display for HookResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Continue => "CONTINUE",
            Self::Abandon => "ABANDON",
        })
    }
}

/// An instance's wait for one hook: everything that it goes by, so that editing or deleting the hook leaves it alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookWait {
    /// Which hook.
    pub hook: HookId,
    /// Its name then.
    pub name: Name,
    /// What completes it.
    pub token: HookToken,
    /// Since when.
    pub since: Timestamp,
    /// When the default result takes effect.
    pub deadline: Timestamp,
    /// How much longer a heartbeat makes it.
    pub heartbeat_timeout_s: HeartbeatSeconds,
    /// What happens at the deadline.
    pub default_result: HookResult,
    /// How often more time was asked for.
    pub heartbeats: u32,
    /// Who is told.
    pub webhook: Option<HttpUrl>,
}

impl HookWait {
    /// The most heartbeats of one wait.
    pub const MAX_HEARTBEATS: u32 = 20;
    /// The longest wait, heartbeats and all.
    pub const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

    /// The wait for `hook` that begins at `now`.
    pub fn begin(hook: &LifecycleHook, token: HookToken, now: Timestamp) -> Self {
        let HookSettings { name, transition: _, heartbeat_timeout_s, default_result, webhook } =
            hook.settings.clone();
        Self {
            hook: hook.id,
            name,
            token,
            since: now,
            deadline: now.after(Duration::from_secs(heartbeat_timeout_s.get().into())),
            heartbeat_timeout_s,
            default_result,
            heartbeats: 0,
            webhook,
        }
    }

    /// The deadline after a heartbeat at `now`; none if there were too many.
    pub fn extended(&self, now: Timestamp) -> Option<Self> {
        if self.heartbeats >= Self::MAX_HEARTBEATS {
            return None;
        }
        let more = Duration::from_secs(self.heartbeat_timeout_s.get().into());
        let deadline = now.after(more).min(self.since.after(Self::LONGEST)).max(self.deadline);
        Some(Self { deadline, heartbeats: self.heartbeats.saturating_add(1), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_give_more_time_up_to_the_longest_wait() {
        let hook = LifecycleHook {
            id: uuid::Uuid::from_u128(1).into(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            revision: Revision(1),
            settings: HookSettings {
                name: Name::new("warm").unwrap(),
                transition: Transition::Launch,
                heartbeat_timeout_s: HeartbeatSeconds::constant::<7_200>(),
                default_result: HookResult::Abandon,
                webhook: None,
            },
        };
        let hours = |count: u64| Timestamp(count * 3_600_000);
        let mut wait = HookWait::begin(&hook, uuid::Uuid::from_u128(2).into(), hours(0));
        assert_eq!(wait.deadline, hours(2));
        wait = wait.extended(hours(1)).unwrap();
        assert_eq!(wait.deadline, hours(3));
        wait = wait.extended(hours(5)).unwrap();
        assert_eq!(wait.deadline, hours(6));
        for _ in 2..HookWait::MAX_HEARTBEATS {
            wait = wait.extended(hours(5)).unwrap();
        }
        assert_eq!(wait.extended(hours(5)), None);
    }
}
