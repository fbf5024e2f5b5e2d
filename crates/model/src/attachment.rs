//! Attachments: which pools a scaling group's instances join, and what must hold for that.
//!
//! The preconditions are those of the cloud whose contract this follows: the load balancer is active, in the same
//! region and virtual network, has a listener, and checks the health of everything that its listeners use.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{
    AttachmentId, LoadBalancerId, Name, PoolId, Port, ScalingGroupId, Timestamp, Weight,
};

/// That a group's instances join a pool. The same pool can be attached with several ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What APIs call it.
    pub id: AttachmentId,
    /// When it was made.
    pub created_at: Timestamp,
    /// The load balancer that the pool is of.
    pub load_balancer: LoadBalancerId,
    /// The pool: the default one or any other.
    pub pool: PoolId,
    /// The instances' port there; the template's, then each listener's own one if none.
    pub port: Option<Port>,
    /// The weight that new members get; who changes one on the pool is left alone.
    pub weight: Weight,
}

impl Attachment {
    /// The weight of members unless said otherwise.
    pub const WEIGHT: i64 = 50;

    /// The weight of members unless said otherwise.
    pub fn default_weight() -> Weight {
        Weight::new(Self::WEIGHT).expect("50 is a weight")
    }
}

/// Who put a member into its pool, where a group did: on the member itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Whose instance it is.
    pub group: ScalingGroupId,
    /// Which one.
    pub instance: crate::value::InstanceId,
    /// What the group wants of it now; the stored weight stays what it is.
    pub duty: Duty,
}

/// What a group wants of a member that it registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// It gets traffic by its weight, once its checks say that it is healthy.
    Serve,
    /// Its instance is on standby: no new work.
    Standby,
    /// Its instance is on its way out: no new work, and it goes once nothing is in flight.
    Leave,
}

/// A load balancer's status as the author of a Change saw it: a fact that the Change relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenBalancer {
    /// Which one.
    pub load_balancer: LoadBalancerId,
    /// What was seen.
    pub status: SeenStatus,
}

/// [`Status`](crate::status::Status) without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenStatus {
    /// Some proxy is behind.
    Pending,
    /// In force everywhere.
    Active,
    /// Some proxy cannot put it in force.
    Error,
    /// Switched off.
    Disabled,
}

impl fmt::Display for SeenStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::Error => "ERROR",
            Self::Disabled => "DISABLED",
        })
    }
}

/// Why a group cannot be attached to a pool, or its instances cannot join.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentFault {
    /// The balancer does not serve.
    #[error(
        "load balancer `{load_balancer}` is {status}, not ACTIVE; wait until it is, or enable it"
    )]
    LoadBalancerNotActive {
        /// Its name.
        load_balancer: Name,
        /// What it is instead.
        status: SeenStatus,
    },
    /// The balancer is elsewhere.
    #[error(
        "load balancer `{load_balancer}` is in region `{region}`, the scaling group in `{expected}`; use one of the same region"
    )]
    RegionMismatch {
        /// Its name.
        load_balancer: Name,
        /// Its region.
        region: Name,
        /// The group's region.
        expected: Name,
    },
    /// The balancer is in another virtual network, or servers behind it are.
    #[error(
        "{what} is in network `{network}`, the scaling group in `{expected}`; use a load balancer of that network"
    )]
    NetworkMismatch {
        /// The load balancer, or a member of it, in words.
        what: String,
        /// Where that is.
        network: Name,
        /// The group's network.
        expected: Name,
    },
    /// The balancer listens nowhere.
    #[error("load balancer `{load_balancer}` has no listener; add one first")]
    NoListener {
        /// Its name.
        load_balancer: Name,
    },
    /// A pool that matters has no health check.
    #[error(
        "pool `{pool}` of load balancer `{load_balancer}`{} has no health check that is switched on; give it a health monitor first", for_listener(.listener)
    )]
    HealthCheckDisabled {
        /// The balancer's name.
        load_balancer: Name,
        /// The pool's name.
        pool: Name,
        /// The listener that uses the pool, if it is not the one to attach.
        listener: Option<Name>,
    },
    /// The group has all attachments that it may have.
    #[error(
        "a scaling group has at most {limit} attachments; detach some or ask the operator for more"
    )]
    QuotaExceeded {
        /// How many it may have.
        limit: u32,
    },
    /// There is no such balancer or pool, or not for this project.
    #[error("there is no {what} `{reference}`")]
    NotFound {
        /// What was named.
        what: &'static str,
        /// By which name or id.
        reference: String,
    },
}

/// ` (used by listener `x`)`, or nothing.
fn for_listener(listener: &Option<Name>) -> String {
    listener.as_ref().map(|name| format!(" (used by listener `{name}`)")).unwrap_or_default()
}

/// The stable codes of [`AttachmentFault`]s, for activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentCode {
    LoadBalancerNotActive,
    RegionMismatch,
    NetworkMismatch,
    NoListener,
    HealthCheckDisabled,
    QuotaExceeded,
    NotFound,
}

impl AttachmentFault {
    /// Its code.
    pub fn code(&self) -> AttachmentCode {
        match self {
            Self::LoadBalancerNotActive { .. } => AttachmentCode::LoadBalancerNotActive,
            Self::RegionMismatch { .. } => AttachmentCode::RegionMismatch,
            Self::NetworkMismatch { .. } => AttachmentCode::NetworkMismatch,
            Self::NoListener { .. } => AttachmentCode::NoListener,
            Self::HealthCheckDisabled { .. } => AttachmentCode::HealthCheckDisabled,
            Self::QuotaExceeded { .. } => AttachmentCode::QuotaExceeded,
            Self::NotFound { .. } => AttachmentCode::NotFound,
        }
    }
}

impl AttachmentCode {
    /// The code as APIs show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoadBalancerNotActive => "LOAD_BALANCER_NOT_ACTIVE",
            Self::RegionMismatch => "REGION_MISMATCH",
            Self::NetworkMismatch => "NETWORK_MISMATCH",
            Self::NoListener => "NO_LISTENER",
            Self::HealthCheckDisabled => "HEALTH_CHECK_DISABLED",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::NotFound => "NOT_FOUND",
        }
    }
}

impl fmt::Display for AttachmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
