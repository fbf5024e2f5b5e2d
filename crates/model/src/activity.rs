//! Activities: what a scaling group did or did not do, why, and by which numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::attachment::AttachmentCode;
use crate::policy::Metric;
use crate::scaling_group::{InstanceCount, ScalingProcess};
use crate::value::{
    ActivityId, InstanceId, Name, Note, PolicyId, Quantity, Revision, ScalingGroupId, ScheduleId,
    Timestamp, UserId,
};

/// Something that a group did, does, or did not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// What APIs call it.
    pub id: ActivityId,
    /// Whose it is.
    pub group: ScalingGroupId,
    /// The revision that last changed it.
    pub revision: Revision,
    /// What brought it about.
    pub cause: Cause,
    /// The desired count before.
    pub before: InstanceCount,
    /// The desired count after it; for one that was not taken, what was wanted.
    pub after: InstanceCount,
    /// The instance that it is about, if it is about one.
    pub instance: Option<InstanceId>,
    /// The numbers that it was decided by; at most [`Activity::MAX_EVIDENCE`].
    pub evidence: Vec<Evidence>,
    /// What came of it.
    pub result: ActivityResult,
    /// What happened, as a sentence for people.
    pub text: Note,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it is in progress.
    pub ended_at: Option<Timestamp>,
}

impl Activity {
    /// The most numbers of one activity.
    pub const MAX_EVIDENCE: usize = 8;
}

/// What brought an activity about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Cause {
    /// A person.
    User {
        /// Who.
        id: UserId,
        /// The name then.
        name: Name,
    },
    /// A policy.
    Policy {
        /// Which one.
        id: PolicyId,
        /// Its name then.
        name: Name,
    },
    /// A schedule.
    Schedule {
        /// Which one.
        id: ScheduleId,
        /// Its name then.
        name: Name,
    },
    /// The group's min or max moved past the desired count.
    Bounds,
    /// There are more or fewer instances than desired.
    Desired,
    /// An instance is broken.
    Health,
    /// A lifecycle hook.
    Hook {
        /// Its name then.
        name: Name,
    },
    /// A request waits, and there is no instance.
    WaitingRequest,
    /// Nothing was asked of the group for as long as its idle timeout says.
    Idle,
    /// A load balancer that the group was attached to was deleted.
    LoadBalancerDeleted {
        /// Its name.
        name: Name,
    },
    /// The group is being deleted.
    GroupDeleted,
}

impl Cause {
    /// The word that APIs use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::User { .. } => "USER",
            Self::Policy { .. } => "POLICY",
            Self::Schedule { .. } => "SCHEDULE",
            Self::Bounds => "BOUNDS",
            Self::Desired => "DESIRED",
            Self::Health => "HEALTH",
            Self::Hook { .. } => "HOOK",
            Self::WaitingRequest => "WAITING_REQUEST",
            Self::Idle => "IDLE",
            Self::LoadBalancerDeleted { .. } => "LOAD_BALANCER_DELETED",
            Self::GroupDeleted => "GROUP_DELETED",
        }
    }
}

/// A number that something was decided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was measured.
    pub metric: Metric,
    /// What it was.
    pub value: Quantity,
    /// What it was compared with: a target or a threshold.
    pub compared_with: Option<Quantity>,
    /// Over how many seconds it was measured.
    pub window_s: u32,
}

/// What came of an activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ActivityResult {
    /// It goes on.
    InProgress,
    /// It did what it was to do.
    Successful,
    /// It did not, and will not; its text says why.
    Failed,
    /// A precondition of an attachment no longer holds.
    Rejected {
        /// Which one.
        code: AttachmentCode,
    },
    /// Something was called for and not done.
    NotScaled {
        /// Why.
        why: NotScaled,
    },
    /// A later one took its place.
    Cancelled,
}

impl ActivityResult {
    /// The word that APIs use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::Failed => "FAILED",
            Self::Rejected { .. } => "REJECTED",
            Self::NotScaled { .. } => "NOT_SCALED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Why it was not done, as a stable code.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Rejected { code } => Some(code.as_str()),
            Self::NotScaled { why } => Some(why.code()),
            Self::InProgress | Self::Successful | Self::Failed | Self::Cancelled => None,
        }
    }
}

/// Why something that was called for was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum NotScaled {
    /// A policy changed the count a short while ago.
    Cooldown {
        /// How long the group rests.
        until: Timestamp,
    },
    /// There are as many as there may be.
    AtMax,
    /// There are as few as there may be.
    AtMin,
    /// Too many launches failed in a row.
    BreakerOpen {
        /// When one more is tried.
        until: Timestamp,
    },
    /// It is suspended.
    Suspended {
        /// What.
        process: ScalingProcess,
    },
    /// The group is not active.
    Inactive,
    /// The group has no launch template.
    NoTemplate,
    /// The template's driver is not enabled for the project any more.
    DriverNotEnabled,
    /// Most instances failed at once: it may be the check that is wrong.
    MassFailure,
    /// All that could go are protected.
    Protected,
    /// A quota is used up.
    Quota,
    /// What the policy goes by was not measured.
    NoData,
    /// The last instance goes only once nothing was asked of the group for a while.
    NotIdle,
}

impl NotScaled {
    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cooldown { .. } => "COOLDOWN",
            Self::AtMax => "AT_MAX",
            Self::AtMin => "AT_MIN",
            Self::BreakerOpen { .. } => "BREAKER_OPEN",
            Self::Suspended { .. } => "SUSPENDED",
            Self::Inactive => "INACTIVE",
            Self::NoTemplate => "NO_TEMPLATE",
            Self::DriverNotEnabled => "DRIVER_NOT_ENABLED",
            Self::MassFailure => "MASS_FAILURE",
            Self::Protected => "PROTECTED",
            Self::Quota => "QUOTA",
            Self::NoData => "NO_DATA",
            Self::NotIdle => "NOT_IDLE",
        }
    }
}

impl fmt::Display for NotScaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cooldown { until } => write!(f, "cooling down until {until}"),
            Self::AtMax => f.write_str("the group has as many instances as its max allows"),
            Self::AtMin => f.write_str("the group has as few instances as its min allows"),
            Self::BreakerOpen { until } => {
                write!(f, "too many launches failed in a row; one more is tried at {until}")
            }
            Self::Suspended { process } => write!(f, "{process} is suspended"),
            Self::Inactive => f.write_str("the group is not active"),
            Self::NoTemplate => f.write_str("the group has no launch template"),
            Self::DriverNotEnabled => f.write_str(
                "the template's driver is not enabled for the project; ask the operator to enable it",
            ),
            Self::MassFailure => {
                f.write_str("most instances fail at once, so none is replaced blindly")
            }
            Self::Protected => f.write_str("every instance that could go is protected"),
            Self::Quota => f.write_str("the quota of instances is reached"),
            Self::NoData => f.write_str("there are no measurements to decide by"),
            Self::NotIdle => f.write_str(
                "the last instance goes only once nothing was asked of the group for its idle timeout",
            ),
        }
    }
}
