//! Identifiers: UUID version 7, so that they sort by creation time. One type per resource.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Invalid;

/// What all identifiers can do, for code that is generic over the kind of resource.
pub trait Id: Copy + Ord + fmt::Display + From<Uuid> {
    /// The identifier as a plain UUID.
    fn uuid(self) -> Uuid;
}

/// Declares one newtype per kind of resource; each differs from the others only in its name.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl Id for $name {
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Uuid::parse_str(text).map(Self).map_err(|_| Invalid::new(format!("`{text}` is not an id (a UUID)")))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A load balancer.
    LoadBalancerId,
    /// A listener of a load balancer.
    ListenerId,
    /// A pool (server group) of a load balancer.
    PoolId,
    /// A member (server) of a pool.
    MemberId,
    /// A rule of a listener.
    RuleId,
    /// A certificate.
    CertificateId,
    /// A virtual network.
    NetworkId,
    /// A project (tenant).
    ProjectId,
    /// A user.
    UserId,
    /// A session.
    SessionId,
    /// A link of an identity at a provider to a user.
    IdentityId,
    /// An API key.
    ApiKeyId,
    /// A scaling group.
    ScalingGroupId,
    /// An instance of a scaling group.
    InstanceId,
    /// An attachment of a scaling group to a pool.
    AttachmentId,
    /// A scaling policy.
    PolicyId,
    /// A schedule of a scaling group.
    ScheduleId,
    /// A lifecycle hook.
    HookId,
    /// What names one instance's wait for one lifecycle hook; whoever completes the hook sends it back.
    HookToken,
    /// An activity of a scaling group.
    ActivityId,
    /// A proxy process.
    ProxyId,
}
