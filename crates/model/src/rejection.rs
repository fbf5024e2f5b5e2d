//! Rejections: why a Change is wrong, for the person who wants it.
//!
//! Every variant answers: what was wrong, what was expected, what to do. Dialects map variants to their own codes by
//! one exhaustive match; [`Rejection::field`] names the field as the native API spells it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::activity::NotScaled;
use crate::attachment::AttachmentFault;
use crate::instance::InstanceStatus;
use crate::launch_template::DriverKind;
use crate::listener::Protocol;
use crate::load_balancer::Kind;
use crate::rights::Verb;
use crate::scaling_group::{GroupStatus, ScalingProcess};
use crate::user::Role;
use crate::value::{InstanceId, Name, Port, Revision};

/// Why a Change was not made. Nothing was altered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A value is outside its rules.
    #[error("{reason}")]
    Invalid {
        /// Path of the field, such as `listeners[0].port`.
        field: String,
        /// What was wrong and what is allowed.
        reason: String,
    },
    /// What was named does not exist, or the caller may not know of it.
    #[error("there is no {kind} `{reference}`{}", one_of(.known))]
    NotFound {
        /// What kind of thing.
        kind: ResourceKind,
        /// The name or id that was given.
        reference: String,
        /// The field that held the reference; none if it was the request's own object.
        field: Option<String>,
        /// Names that would have been possible, where they are few.
        known: Vec<Name>,
    },
    /// The caller knows of it and may not do that.
    #[error("the role {role} may not {verb} {} here; {}", plural(*.kind), who_may(*.kind))]
    Forbidden {
        /// What the caller is there.
        role: Role,
        /// What he wanted to do.
        verb: Verb,
        /// With what kind of thing.
        kind: ResourceKind,
    },
    /// Who is meant by a name is not clear.
    #[error("there are several {} `{name}`; give the id of the one that you mean", plural(*.kind))]
    Ambiguous {
        /// The field that held the reference; none if it was the request's own object.
        field: Option<String>,
        /// What kind of thing.
        kind: ResourceKind,
        /// The name.
        name: Name,
    },
    /// A launch template's driver is not enabled for the project.
    #[error(
        "driver {driver} is not enabled for project `{project}`{}; ask the operator to enable it",
        only(.enabled)
    )]
    DriverNotEnabled {
        /// Which one.
        driver: DriverKind,
        /// Of which project.
        project: Name,
        /// Which ones are.
        enabled: Vec<DriverKind>,
    },
    /// Nobody could run the deployment any more.
    #[error("`{user}` is the last operator who can log in; make another user an operator first")]
    LastOperator {
        /// Who.
        user: Name,
    },
    /// Somebody would get things in a project where he may have none.
    #[error("`{user}` cannot have things in project `{project}`: {reason}")]
    UnfitOwner {
        /// The field that named him.
        field: &'static str,
        /// Who.
        user: Name,
        /// Where.
        project: Name,
        /// Why not, and what to do.
        reason: &'static str,
    },
    /// A name is taken.
    #[error("{kind} `{name}` exists already; choose another name")]
    NameTaken {
        /// Path of the field.
        field: String,
        /// What kind of thing.
        kind: ResourceKind,
        /// The name.
        name: Name,
    },
    /// A listener's port is in use on that address.
    #[error(
        "port {port} of {vip} is in use by listener `{listener}` of load balancer `{load_balancer}`; choose another port"
    )]
    PortTaken {
        /// Path of the field.
        field: String,
        /// The address.
        vip: IpAddr,
        /// The port.
        port: Port,
        /// Whose port it is.
        listener: Name,
        /// Whose listener it is.
        load_balancer: Name,
    },
    /// A listener's port is in use on that address, by a load balancer that the caller does not see.
    #[error("port {port} of {vip} is in use; choose another port")]
    PortInUse {
        /// Path of the field.
        field: String,
        /// The address.
        vip: IpAddr,
        /// The port.
        port: Port,
    },
    /// A virtual IP is in use.
    #[error(
        "virtual IP {vip} is in use by another load balancer; leave `vip` out to get the next free one"
    )]
    VipTaken {
        /// The address.
        vip: IpAddr,
    },
    /// A virtual IP is not of its network.
    #[error(
        "virtual IP {vip} is not an address of network `{network}` ({range}); leave `vip` out to get a free one"
    )]
    VipOutside {
        /// The address.
        vip: IpAddr,
        /// The network's name.
        network: Name,
        /// The network's addresses.
        range: String,
    },
    /// A virtual IP was given back by another project a short while ago.
    #[error(
        "virtual IP {vip} was released by another project {since_s} s ago and is held back for {hold_s} s; leave `vip` out to get another"
    )]
    VipHeldBack {
        /// The address.
        vip: IpAddr,
        /// How long ago, in seconds.
        since_s: u64,
        /// How long it is held back, in seconds.
        hold_s: u64,
    },
    /// A network has no free address.
    #[error(
        "network `{network}` ({range}) has no free address; delete a load balancer or use another network"
    )]
    NetworkFull {
        /// The network's name.
        network: Name,
        /// The network's addresses.
        range: String,
    },
    /// Two networks would have the same address.
    #[error(
        "{range} overlaps network `{other}` ({other_range}); networks must not share addresses"
    )]
    NetworkOverlap {
        /// The new network's addresses.
        range: String,
        /// The network that is there.
        other: Name,
        /// Its addresses.
        other_range: String,
    },
    /// A listener's protocol does not fit the load balancer's type.
    #[error(
        "protocol {protocol} does not fit type {kind}; APPLICATION takes HTTP and HTTPS, NETWORK takes TCP"
    )]
    ProtocolOutsideKind {
        /// Path of the field.
        field: String,
        /// The protocol.
        protocol: Protocol,
        /// The load balancer's type.
        kind: Kind,
    },
    /// An HTTPS listener has no certificate.
    #[error("an HTTPS listener needs a certificate; name one in `certificate`")]
    CertificateMissing {
        /// Path of the field.
        field: String,
    },
    /// Two members of a pool have the same address and port.
    #[error("pool `{pool}` has member {target} already; each address and port is in a pool once")]
    MemberTaken {
        /// Path of the field.
        field: String,
        /// The pool's name.
        pool: Name,
        /// Address and port.
        target: String,
    },
    /// Two rules of a listener have the same priority.
    #[error(
        "priority {priority} is taken by another rule of listener `{listener}`; each priority is used once"
    )]
    PriorityTaken {
        /// Path of the field.
        field: String,
        /// The priority.
        priority: u32,
        /// The listener's name.
        listener: Name,
    },
    /// A field that is fixed at creation would change.
    #[error("`{field}` is fixed at creation; {instead}")]
    Immutable {
        /// Path of the field.
        field: String,
        /// What to do instead.
        instead: &'static str,
    },
    /// Something that others refer to would be deleted.
    #[error("{kind} `{name}` is in use by {}; {instead}", .by.join(", "))]
    InUse {
        /// What kind of thing.
        kind: ResourceKind,
        /// Its name.
        name: Name,
        /// What refers to it, in words.
        by: Vec<String>,
        /// What to do first.
        instead: &'static str,
    },
    /// A member is a scaling group's own.
    #[error(
        "member {target} was registered by scaling group `{group}`; remove the instance from the group, detach the pool, or set the member's weight to 0"
    )]
    MemberOfGroup {
        /// Its address and port.
        target: String,
        /// The group's name.
        group: Name,
    },
    /// Something is protected from deletion.
    #[error("{kind} `{name}` is protected from deletion; set `deletion_protection` to false first")]
    Protected {
        /// What kind of thing.
        kind: ResourceKind,
        /// Its name.
        name: Name,
    },
    /// A precondition of attaching a scaling group to a pool does not hold.
    #[error("{fault}")]
    Attachment {
        /// Path of the field.
        field: String,
        /// Which one, and how.
        fault: AttachmentFault,
    },
    /// A scaling group would move to another network.
    #[error(
        "the network of scaling group `{group}` is fixed at creation; create another group for the other network"
    )]
    NetworkTypeImmutable {
        /// Its name.
        group: Name,
    },
    /// A scaling group does not act.
    #[error("scaling group `{group}` is {status}; {instead}")]
    GroupNotActive {
        /// Its name.
        group: Name,
        /// What it is.
        status: GroupStatus,
        /// What to do instead.
        instead: &'static str,
    },
    /// What a scaling group must not do for now was asked of it.
    #[error("{process} of scaling group `{group}` is suspended; resume it first")]
    Suspended {
        /// Its name.
        group: Name,
        /// What is suspended.
        process: ScalingProcess,
    },
    /// A scaling group rests, or has as many instances as its bounds allow.
    #[error("scaling group `{group}` is not scaled: {why}")]
    NotScaled {
        /// Its name.
        group: Name,
        /// Why.
        why: NotScaled,
    },
    /// A scaling group would have more or fewer instances than it may have.
    #[error("scaling group `{group}` has {bound} {limit}; {instead}")]
    CapacityBound {
        /// Its name.
        group: Name,
        /// `min`, `max` or `desired`.
        bound: &'static str,
        /// The number.
        limit: u32,
        /// What to do instead.
        instead: &'static str,
    },
    /// An instance is not where it would have to be for this.
    #[error("instance {instance} is {status}; {instead}")]
    InstanceStatus {
        /// Which one.
        instance: InstanceId,
        /// Where it is.
        status: InstanceStatus,
        /// What is possible instead.
        instead: &'static str,
    },
    /// An address is another instance's.
    #[error(
        "{target} is instance {instance} of scaling group `{group}` already; give another address"
    )]
    AddressTaken {
        /// Path of the field.
        field: String,
        /// The address.
        target: String,
        /// Whose it is.
        instance: InstanceId,
        /// Its group.
        group: Name,
    },
    /// An address is that of an instance that the caller does not see.
    #[error("{target} is another instance's already; give another address")]
    AddressInUse {
        /// Path of the field.
        field: String,
        /// The address.
        target: String,
    },
    /// A project has all that it may have.
    #[error("the quota of {limit} {what} is reached; delete some or ask the operator for more")]
    QuotaExceeded {
        /// What is limited, in the plural.
        what: &'static str,
        /// How many there may be.
        limit: u32,
    },
    /// The caller saw an older state than the present one (`If-Match`).
    #[error(
        "it changed meanwhile: revision {found} is current, {expected} was expected; read it again"
    )]
    RevisionMismatch {
        /// What the caller saw.
        expected: Revision,
        /// What is.
        found: Revision,
    },
    /// A request key was used for a different request.
    #[error("Idempotency-Key `{key}` was used for a different request; use a new key")]
    RequestKeyReused {
        /// The key.
        key: String,
    },
}

/// Kinds of resources, as people call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    LoadBalancer,
    Listener,
    Rule,
    Pool,
    Member,
    Certificate,
    Network,
    Project,
    User,
    ScalingGroup,
    Instance,
    Attachment,
    Policy,
    Schedule,
    LifecycleHook,
    Activity,
    ApiKey,
    Identity,
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LoadBalancer => "load balancer",
            Self::Listener => "listener",
            Self::Rule => "rule",
            Self::Pool => "pool",
            Self::Member => "member",
            Self::Certificate => "certificate",
            Self::Network => "network",
            Self::Project => "project",
            Self::User => "user",
            Self::ScalingGroup => "scaling group",
            Self::Instance => "instance",
            Self::Attachment => "attachment",
            Self::Policy => "policy",
            Self::Schedule => "schedule",
            Self::LifecycleHook => "lifecycle hook",
            Self::Activity => "activity",
            Self::ApiKey => "API key",
            Self::Identity => "identity",
        })
    }
}

/// Several of a kind, as people call them.
fn plural(kind: ResourceKind) -> String {
    match kind {
        ResourceKind::Policy => "policies".to_owned(),
        ResourceKind::Activity => "activities".to_owned(),
        other => format!("{other}s"),
    }
}

/// `; only HOOK is`, or nothing.
fn only(enabled: &[DriverKind]) -> String {
    let words: Vec<String> = enabled.iter().map(ToString::to_string).collect();
    match words.as_slice() {
        [] => ", which has none".to_owned(),
        words => format!(", which has {}", words.join(", ")),
    }
}

/// Whom to ask for what one may not do.
fn who_may(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Network | ResourceKind::Project => "ask the operator",
        _ => "ask a tenant admin of the project, or the operator",
    }
}

/// `; known are a, b` for few names, nothing for none.
fn one_of(known: &[Name]) -> String {
    if known.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = known.iter().map(Name::as_str).collect();
    format!("; there is {}", names.join(", "))
}

impl Rejection {
    /// The field that is wrong, as the native API spells it; none if the fault is the object as a whole.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. }
            | Self::PortTaken { field, .. }
            | Self::PortInUse { field, .. }
            | Self::AddressInUse { field, .. }
            | Self::ProtocolOutsideKind { field, .. }
            | Self::CertificateMissing { field }
            | Self::MemberTaken { field, .. }
            | Self::NameTaken { field, .. }
            | Self::PriorityTaken { field, .. }
            | Self::Attachment { field, .. }
            | Self::AddressTaken { field, .. }
            | Self::Immutable { field, .. } => Some(field),
            Self::NotFound { field, .. } | Self::Ambiguous { field, .. } => field.as_deref(),
            Self::DriverNotEnabled { .. } => Some("template.driver"),
            Self::UnfitOwner { field, .. } => Some(field),
            Self::VipTaken { .. } | Self::VipOutside { .. } | Self::VipHeldBack { .. } => {
                Some("vip")
            }
            Self::NetworkFull { .. } => Some("network"),
            Self::NetworkOverlap { .. } => Some("cidr"),
            Self::NetworkTypeImmutable { .. } => Some("network"),
            Self::InUse { .. }
            | Self::MemberOfGroup { .. }
            | Self::GroupNotActive { .. }
            | Self::Suspended { .. }
            | Self::NotScaled { .. }
            | Self::CapacityBound { .. }
            | Self::InstanceStatus { .. }
            | Self::Forbidden { .. }
            | Self::LastOperator { .. }
            | Self::Protected { .. }
            | Self::QuotaExceeded { .. }
            | Self::RevisionMismatch { .. }
            | Self::RequestKeyReused { .. } => None,
        }
    }
}
