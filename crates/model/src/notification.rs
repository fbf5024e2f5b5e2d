//! Notifications: who is told of what a scaling group does, by a webhook. It must not say how, or how often is tried.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::activity::ActivityResult;
use crate::value::{HttpUrl, Invalid};

/// A web service that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Where it is.
    pub url: HttpUrl,
    /// Of what it is told; never empty.
    pub events: BTreeSet<NotificationEvent>,
}

/// What one can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationEvent {
    /// An activity began.
    ActivityStarted,
    /// An activity did what it was to do.
    ActivitySuccessful,
    /// An activity did not, and will not.
    ActivityFailed,
    /// A precondition of an attachment no longer holds.
    ActivityRejected,
    /// Something was called for and not done.
    ActivityNotScaled,
    /// A later activity took its place.
    ActivityCancelled,
    /// Launches failed too often in a row: none is launched for now.
    BreakerOpened,
    /// Instances are launched again.
    BreakerClosed,
}

impl NotificationEvent {
    /// Every event, in the order that documents list them.
    pub const ALL: [Self; 8] = [
        Self::ActivityStarted,
        Self::ActivitySuccessful,
        Self::ActivityFailed,
        Self::ActivityRejected,
        Self::ActivityNotScaled,
        Self::ActivityCancelled,
        Self::BreakerOpened,
        Self::BreakerClosed,
    ];

    /// The event that an activity with this result is.
    pub fn of(result: &ActivityResult) -> Self {
        match result {
            ActivityResult::InProgress => Self::ActivityStarted,
            ActivityResult::Successful => Self::ActivitySuccessful,
            ActivityResult::Failed => Self::ActivityFailed,
            ActivityResult::Rejected { .. } => Self::ActivityRejected,
            ActivityResult::NotScaled { .. } => Self::ActivityNotScaled,
            ActivityResult::Cancelled => Self::ActivityCancelled,
        }
    }
}

impl fmt::Display for NotificationEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ActivityStarted => "ACTIVITY_STARTED",
            Self::ActivitySuccessful => "ACTIVITY_SUCCESSFUL",
            Self::ActivityFailed => "ACTIVITY_FAILED",
            Self::ActivityRejected => "ACTIVITY_REJECTED",
            Self::ActivityNotScaled => "ACTIVITY_NOT_SCALED",
            Self::ActivityCancelled => "ACTIVITY_CANCELLED",
            Self::BreakerOpened => "BREAKER_OPENED",
            Self::BreakerClosed => "BREAKER_CLOSED",
        })
    }
}

/// The notifications of a group: each web service once, each for something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Notification>", into = "Vec<Notification>")]
pub struct Notifications(Vec<Notification>);

impl Notifications {
    /// The most of a group.
    pub const MAX: usize = 6;

    /// Checks and takes notifications.
    pub fn new(notifications: Vec<Notification>) -> Result<Self, Invalid> {
        let (most, count) = (Self::MAX, notifications.len());
        if count > most {
            let reason = format!("a scaling group has at most {most} notifications, not {count}");
            return Err(Invalid::new(reason));
        }
        for (index, one) in notifications.iter().enumerate() {
            if one.events.is_empty() {
                return Err(Invalid::new(format!("{} is told of nothing; name events", one.url)));
            }
            if notifications[..index].iter().any(|earlier| earlier.url == one.url) {
                return Err(Invalid::new(format!("{} is named twice", one.url)));
            }
        }
        Ok(Self(notifications))
    }

    /// In the order in which they were given.
    pub fn as_slice(&self) -> &[Notification] {
        &self.0
    }

    /// Who is told of this.
    pub fn of(&self, event: NotificationEvent) -> impl Iterator<Item = &HttpUrl> {
        self.0.iter().filter(move |one| one.events.contains(&event)).map(|one| &one.url)
    }
}

impl TryFrom<Vec<Notification>> for Notifications {
    type Error = Invalid;

    fn try_from(notifications: Vec<Notification>) -> Result<Self, Invalid> {
        Self::new(notifications)
    }
}

impl From<Notifications> for Vec<Notification> {
    fn from(notifications: Notifications) -> Self {
        notifications.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(url: &str, events: &[NotificationEvent]) -> Notification {
        Notification { url: url.parse().unwrap(), events: events.iter().copied().collect() }
    }

    #[test]
    fn each_service_is_named_once_and_told_of_something() {
        use NotificationEvent::{ActivityFailed, BreakerOpened};
        let (one, other) = ("http://127.0.0.1:1/a", "http://127.0.0.1:1/b");
        let both = vec![to(one, &[ActivityFailed]), to(other, &[ActivityFailed, BreakerOpened])];
        let taken = Notifications::new(both).unwrap();
        assert_eq!(taken.of(ActivityFailed).count(), 2);
        assert_eq!(taken.of(BreakerOpened).count(), 1);
        for wrong in [
            vec![to(one, &[])],
            vec![to(one, &[ActivityFailed]), to(one, &[BreakerOpened])],
            (0..7).map(|n| to(&format!("http://127.0.0.1:1/{n}"), &[ActivityFailed])).collect(),
        ] {
            assert!(Notifications::new(wrong.clone()).is_err(), "{wrong:?}");
        }
    }
}
