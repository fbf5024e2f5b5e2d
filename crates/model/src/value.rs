//! The newtype vocabulary: each primitive that has a rule, with the one constructor that checks it.

mod binary;
mod http;
mod id;
mod name;
mod number;
mod secret;
mod time;

pub use binary::{Der, SealedKey};
pub use http::{HeaderName, HeaderText, HostName, HttpPath, HttpToken};
pub use id::{
    ApiKeyId, CertificateId, Id, InstanceId, ListenerId, LoadBalancerId, MemberId, NetworkId,
    PoolId, ProjectId, ProxyId, RuleId, UserId,
};
pub use name::{Description, Name, Tags};
pub use number::{Bounded, Number, Port, Revision, Weight};
pub use secret::PasswordHash;
pub use time::Timestamp;

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
