//! Closed sets as the native dialect spells them: upper case.

use elbow_model::{
    api_key, attachment, listener, load_balancer, network, pool, rule, status, user,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{authentication, state};

/// Declares an enumeration of the dialect and its conversion from the model's, variant by variant.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident from $model:path { $($variant:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub(in crate::native) enum $name { $($variant),* }

        impl From<$model> for $name {
            fn from(word: $model) -> Self {
                use $model as Model;
                match word { $(Model::$variant => Self::$variant),* }
            }
        }
    )*};
}

pub(super) use words;

words! {
    /// What is spoken on a listener.
    Protocol from listener::Protocol { Http, Https, Tcp }
    /// Which protocols a load balancer's listeners may have: HTTP and HTTPS, TCP, or any mix.
    LoadBalancerType from load_balancer::Kind { Application, Network, Mixed }
    /// How a member is picked.
    Method from pool::Method { RoundRobin, LeastConnections, SourceIp }
    /// What happens when no member is healthy: answer 503, or treat all as healthy.
    OnNoHealthy from pool::OnNoHealthy { Refuse, FailOpen }
    /// Versions of the PROXY protocol.
    ProxyProtocol from pool::ProxyProtocol { V1, V2 }
    /// Health of a load balancer.
    Health from status::BalancerHealth { Online, Degraded, Offline, Unmonitored }
    /// Health of a member.
    MemberHealth from status::MemberHealth { Healthy, Unhealthy, Unknown, Draining, Unmonitored }
    /// What a scaling group wants of a member that it registered: traffic, or none for now, or to finish.
    Duty from attachment::Duty { Serve, Standby, Leave }
    /// Whether an API key may change anything.
    KeyAccess from api_key::Access { ReadWrite, ReadOnly }
    /// What a key is for: sealing the private keys of certificates, or signing the tokens of sessions.
    KeyFileName from state::KeyFile { Sealing, Tokens }
    /// What a user may do.
    Role from user::Role { Operator, TenantAdmin, TenantUser, Viewer }
}

/// Whether what is intended is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum Status {
    Pending,
    Active,
    Error,
    Disabled,
}

impl Status {
    /// All of them, by their words.
    pub(in crate::native) const ALL: &'static [(&'static str, Self)] = &[
        ("PENDING", Self::Pending),
        ("ACTIVE", Self::Active),
        ("ERROR", Self::Error),
        ("DISABLED", Self::Disabled),
    ];
}

impl From<&status::Status> for Status {
    fn from(status: &status::Status) -> Self {
        match status {
            status::Status::Pending { .. } => Self::Pending,
            status::Status::Active => Self::Active,
            status::Status::Error { .. } => Self::Error,
            status::Status::Disabled => Self::Disabled,
        }
    }
}

/// What a health check does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum CheckType {
    Http,
    Https,
    Tcp,
}

/// How a client keeps its member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum PersistenceType {
    SourceIp,
    HttpCookie,
    AppCookie,
}

/// Where a network's addresses come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum NetworkKind {
    Vpc,
    Classic,
    Host,
}

impl From<&network::Addresses> for NetworkKind {
    fn from(addresses: &network::Addresses) -> Self {
        match addresses {
            network::Addresses::Vpc { .. } => Self::Vpc,
            network::Addresses::Classic { .. } => Self::Classic,
            network::Addresses::Host { .. } => Self::Host,
        }
    }
}

/// URL schemes that a redirect can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::native) enum Scheme {
    Http,
    Https,
}

impl From<rule::Scheme> for Scheme {
    fn from(scheme: rule::Scheme) -> Self {
        match scheme {
            rule::Scheme::Http => Self::Http,
            rule::Scheme::Https => Self::Https,
        }
    }
}

/// Whether an API key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum KeyStatus {
    Active,
    /// Its time is over.
    Expired,
    /// Its user cannot log in, or is no longer a member of its project.
    Disabled,
}

/// How whoever asks proved who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum Means {
    Session,
    ApiKey,
    LocalSocket,
}

impl From<&authentication::Means> for Means {
    fn from(means: &authentication::Means) -> Self {
        match means {
            authentication::Means::Session { .. } => Self::Session,
            authentication::Means::ApiKey { .. } => Self::ApiKey,
            authentication::Means::LocalSocket => Self::LocalSocket,
        }
    }
}
