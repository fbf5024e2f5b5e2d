//! The newtype vocabulary: each primitive that has a rule, with the one constructor that checks it.

mod binary;
mod http;
mod id;
mod name;
mod number;
mod quantity;
mod secret;
mod time;
mod url;

pub use binary::{Der, KeyHash, SealedKey};
pub use http::{HeaderName, HeaderText, HostName, HttpPath, HttpToken};
pub use id::{
    ActivityId, ApiKeyId, AttachmentId, CertificateId, HookId, HookToken, Id, IdentityId,
    InstanceId, ListenerId, LoadBalancerId, MemberId, NetworkId, PolicyId, PoolId, ProjectId,
    ProxyId, RuleId, ScalingGroupId, ScheduleId, SessionId, UserId,
};
pub use name::{Description, Name, Note, Tags};
pub use number::{Bounded, Number, Port, Revision, Weight};
pub use quantity::Quantity;
pub use secret::PasswordHash;
pub use time::{TimeZoneName, Timestamp};
pub use url::{HttpUrl, UrlScheme};

/// A value outside its rules: what it was and what is allowed, as a lower-case fragment for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

impl Invalid {
    /// Says that `found` is not what was expected.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
