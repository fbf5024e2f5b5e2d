//! Instances: the servers of a scaling group, launched by it or attached by a person.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::launch_template::{DriverReference, TemplateVersion};
use crate::lifecycle_hook::HookWait;
use crate::member::TargetAddress;
use crate::value::{
    HookToken, InstanceId, MemberId, Name, Note, Number, Port, ProjectId, Revision, ScalingGroupId,
    Timestamp,
};

/// An instance. Its record is there before a driver is asked to launch it and goes after the driver said that it is
/// gone, so that no crash loses one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// What APIs and drivers call it; drivers do nothing twice for one id.
    pub id: InstanceId,
    /// What dialects with numeric ids call it.
    pub number: Number,
    /// Whose it is.
    pub group: ScalingGroupId,
    /// Where its group belongs.
    pub project: ProjectId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// Where it comes from.
    pub origin: Origin,
    /// Where it is; none until a driver that gives the address itself has said so. No two instances share address and
    /// port.
    pub address: Option<TargetAddress>,
    /// Where it serves; an attachment's own port comes before it.
    pub port: Option<Port>,
    /// What its driver calls it, once it has said so.
    pub reference: Option<DriverReference>,
    /// Where it is on its way.
    pub phase: Phase,
    /// Since when.
    pub phase_since: Timestamp,
    /// Whether scale-in and health checks leave it alone.
    pub protected: bool,
    /// The members that it has in pools.
    pub members: Vec<MemberId>,
}

/// Where an instance comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The group launched it and terminates it.
    Launched {
        /// From this template.
        template: TemplateVersion,
    },
    /// A person attached it; it is only let go.
    Attached {
        /// For people.
        name: Option<Name>,
    },
}

impl Origin {
    /// The template that it was launched from.
    pub fn template(&self) -> Option<TemplateVersion> {
        match self {
            Self::Launched { template } => Some(*template),
            Self::Attached { .. } => None,
        }
    }
}

/// Where an instance is on its way.
///
/// ```text
///   Launching --runs--> PendingWait --hooks done--> Launched --in every pool--> Joining
///       |  \------------- no hooks -------------------^  ^ attached by a person    | healthy
///       |                     | abandoned                |                         v
///       |                     v                          |                     InService <--> Standby
///       +-- failed --> Removing <-------- removed from any of these -----------------+-----------+
///                         | nothing in flight, or time is up; out of every pool
///                         v
///                   RemovingWait --hooks done--> Terminating --driver: gone--> (no record)
///                         \---- no hooks ------------^
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Its driver shall launch it.
    Launching,
    /// It runs and waits for launch hooks.
    PendingWait {
        /// Those that it still waits for; never empty.
        hooks: Vec<HookWait>,
    },
    /// It runs and is to join the pools.
    Launched,
    /// It is in every pool that the group is attached to and not yet healthy in all of them.
    Joining,
    /// It serves.
    InService,
    /// A person took it out of service for a while; its members get no new work.
    Standby,
    /// Its members get no new work and finish what they have.
    Removing {
        /// Why.
        cause: RemovalCause,
        /// When it ends no matter what is in flight.
        drain_until: Timestamp,
    },
    /// It is in no pool and waits for terminate hooks.
    RemovingWait {
        /// Why.
        cause: RemovalCause,
        /// Those that it still waits for; never empty.
        hooks: Vec<HookWait>,
    },
    /// Its driver shall terminate it, or, if a person attached it, it is let go.
    Terminating {
        /// Why.
        cause: RemovalCause,
    },
}

/// Why an instance is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalCause {
    /// A person wants it.
    Requested,
    /// There are more instances than desired.
    ScaleIn,
    /// It is broken.
    Unhealthy {
        /// How that showed.
        reason: Note,
    },
    /// It could not be launched, or did not become healthy in time.
    LaunchFailed {
        /// What went wrong.
        reason: Note,
    },
    /// A launch hook gave it up.
    HookAbandoned {
        /// Which one.
        hook: Name,
    },
    /// Its group is being deleted.
    GroupDeleted,
}

impl fmt::Display for RemovalCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("removed by request"),
            Self::ScaleIn => f.write_str("scaled in"),
            Self::Unhealthy { reason } => write!(f, "unhealthy: {reason}"),
            Self::LaunchFailed { reason } => write!(f, "launch failed: {reason}"),
            Self::HookAbandoned { hook } => write!(f, "given up by lifecycle hook `{hook}`"),
            Self::GroupDeleted => f.write_str("scaling group deleted"),
        }
    }
}

/// An instance's status as APIs show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceStatus {
    Pending,
    PendingWait,
    InService,
    Standby,
    Removing,
    RemovingWait,
}

impl InstanceStatus {
    /// Every status, in the order of an instance's life.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::PendingWait,
        Self::InService,
        Self::Standby,
        Self::Removing,
        Self::RemovingWait,
    ];
}

impl fmt::Display for InstanceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "PENDING",
            Self::PendingWait => "PENDING_WAIT",
            Self::InService => "IN_SERVICE",
            Self::Standby => "STANDBY",
            Self::Removing => "REMOVING",
            Self::RemovingWait => "REMOVING_WAIT",
        })
    }
}

impl Phase {
    /// What APIs call it.
    pub fn status(&self) -> InstanceStatus {
        match self {
            Self::Launching | Self::Launched | Self::Joining => InstanceStatus::Pending,
            Self::PendingWait { .. } => InstanceStatus::PendingWait,
            Self::InService => InstanceStatus::InService,
            Self::Standby => InstanceStatus::Standby,
            Self::Removing { .. } | Self::Terminating { .. } => InstanceStatus::Removing,
            Self::RemovingWait { .. } => InstanceStatus::RemovingWait,
        }
    }

    /// Whether the instance counts towards what is desired: it is there or on its way in.
    pub fn counts(&self) -> bool {
        match self {
            Self::Launching
            | Self::PendingWait { .. }
            | Self::Launched
            | Self::Joining
            | Self::InService
            | Self::Standby => true,
            Self::Removing { .. } | Self::RemovingWait { .. } | Self::Terminating { .. } => false,
        }
    }

    /// The hooks that it waits for.
    pub fn waits(&self) -> &[HookWait] {
        match self {
            Self::PendingWait { hooks } | Self::RemovingWait { cause: _, hooks } => hooks,
            Self::Launching
            | Self::Launched
            | Self::Joining
            | Self::InService
            | Self::Standby
            | Self::Removing { .. }
            | Self::Terminating { .. } => &[],
        }
    }

    /// Why it is on its way out, if it is.
    pub fn removal(&self) -> Option<&RemovalCause> {
        match self {
            Self::Removing { cause, drain_until: _ }
            | Self::RemovingWait { cause, hooks: _ }
            | Self::Terminating { cause } => Some(cause),
            Self::Launching
            | Self::PendingWait { .. }
            | Self::Launched
            | Self::Joining
            | Self::InService
            | Self::Standby => None,
        }
    }
}

impl Instance {
    /// Its status as APIs show it.
    pub fn status(&self) -> InstanceStatus {
        self.phase.status()
    }

    /// The wait that a token completes.
    pub fn wait(&self, token: HookToken) -> Option<&HookWait> {
        self.phase.waits().iter().find(|wait| wait.token == token)
    }
}
