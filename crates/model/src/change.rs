//! Changes: the only way to alter the World.
//!
//! A Change carries everything that its outcome depends on: who, when, the new ids, the facts that it relies on. So
//! replaying recorded Changes gives the same World. Its edits are applied together or not at all.

pub mod scaling;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use self::scaling::ScalingEdit;
use crate::api_key::Access;
use crate::certificate::{CertificateFacts, CertificateSettings};
use crate::launch_template::DriverKind;
use crate::listener::ListenerSettings;
use crate::load_balancer::LoadBalancerSettings;
use crate::member::MemberSettings;
use crate::network::{Addresses, NetworkSettings};
use crate::pool::PoolSettings;
use crate::project::{Project, ProjectSettings, Quota};
use crate::rule::RuleSettings;
use crate::session::EndedSession;
use crate::user::{ProjectRole, Role, Standing, UserSettings};
use crate::value::{
    ApiKeyId, CertificateId, Der, Description, IdentityId, KeyHash, ListenerId, LoadBalancerId,
    MemberId, Name, NetworkId, PasswordHash, PolicyId, PoolId, ProjectId, RuleId, ScheduleId,
    SealedKey, Timestamp, UserId,
};

/// What somebody wants to be different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Who wants it.
    pub author: Author,
    /// When it was asked for.
    pub at: Timestamp,
    /// From where; none for what Elbow does by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The request that it answers, if its sender wants it recognised when sent again.
    pub request: Option<RequestMark>,
    /// What shall be different: at least one, applied in this order.
    pub edits: Vec<Edit>,
}

impl Change {
    /// The most edits that a Change may have.
    pub const MAX_EDITS: usize = 10_000;

    /// A Change with a single edit.
    pub fn new(author: Author, at: Timestamp, edit: Edit) -> Self {
        Self { author, at, source: None, request: None, edits: vec![edit] }
    }
}

/// Who makes a Change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// Elbow itself, at its first start for example.
    System,
    /// A user, by any dialect.
    User {
        /// Which one.
        id: UserId,
        /// Its name at that time.
        name: Name,
    },
    /// A program with an API key, for its user.
    ApiKey {
        /// Which key.
        id: ApiKeyId,
        /// Whose.
        user: UserId,
        /// The user's name at that time.
        name: Name,
    },
    /// Control, which carries out what is intended: the steps of instances.
    Control,
    /// A scaling policy of a group.
    Policy {
        /// Which one.
        id: PolicyId,
        /// Its name at that time.
        name: Name,
    },
    /// A schedule of a group.
    Schedule {
        /// Which one.
        id: ScheduleId,
        /// Its name at that time.
        name: Name,
    },
}

impl Author {
    /// Who owns what this author creates; for Elbow itself the nil id, which is no user's.
    pub fn owner(&self) -> UserId {
        self.user().unwrap_or_else(|| UserId::from(uuid::Uuid::nil()))
    }

    /// The user that it is, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User { id, name: _ } | Self::ApiKey { id: _, user: id, name: _ } => Some(*id),
            Self::System | Self::Control | Self::Policy { .. } | Self::Schedule { .. } => None,
        }
    }
}

/// Where somebody was who wanted something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// On this machine, by the socket in the data directory.
    LocalSocket,
    /// At this address.
    Address(IpAddr),
}

/// Recognises a request that is sent again (`Idempotency-Key`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestMark {
    /// The sender's key, unique per user; 1 to 255 characters.
    pub key: String,
    /// A digest of the request: the same key with another request is refused.
    pub digest: String,
    /// The id of what the request creates, to answer the repetition with.
    pub creates: uuid::Uuid,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Creates a load balancer with everything below it.
    CreateLoadBalancer(NewLoadBalancer),
    /// Replaces what users can edit on a load balancer itself.
    EditLoadBalancer { id: LoadBalancerId, settings: LoadBalancerSettings },
    /// Deletes a load balancer with everything below it.
    DeleteLoadBalancer { id: LoadBalancerId },

    /// Adds a listener.
    AddListener { load_balancer: LoadBalancerId, listener: NewListener },
    /// Replaces a listener's settings; protocol and port must stay.
    EditListener { id: ListenerId, settings: ListenerSettings },
    /// Deletes a listener with its rules.
    DeleteListener { id: ListenerId },

    /// Adds a rule.
    AddRule { listener: ListenerId, rule: NewRule },
    /// Replaces a rule's settings.
    EditRule { id: RuleId, settings: RuleSettings },
    /// Deletes a rule.
    DeleteRule { id: RuleId },

    /// Adds a pool.
    AddPool { load_balancer: LoadBalancerId, pool: NewPool },
    /// Replaces a pool's settings.
    EditPool { id: PoolId, settings: PoolSettings },
    /// Deletes a pool with its members; refused while something forwards to it, and for the default pool.
    DeletePool { id: PoolId },

    /// Adds members.
    AddMembers { pool: PoolId, members: Vec<NewMember> },
    /// Replaces a member's settings; address and port must stay.
    EditMember { id: MemberId, settings: MemberSettings },
    /// Makes these the pool's members: one with the same address and port stays the same member with these settings,
    /// the others come and go.
    ReplaceMembers { pool: PoolId, members: Vec<NewMember> },
    /// Deletes a member.
    DeleteMember { id: MemberId },

    /// Creates a certificate of the author.
    CreateCertificate(NewCertificate),
    /// Replaces what its owner can edit on a certificate.
    EditCertificate { id: CertificateId, settings: CertificateSettings },
    /// Deletes a certificate; refused while a listener refers to it.
    DeleteCertificate { id: CertificateId },

    /// Puts private keys in the place of the same ones that were sealed with an older sealing key; Elbow's own work.
    /// Certificates that are gone are left out.
    ResealKeys { keys: Vec<ResealedKey> },

    /// Creates a network.
    CreateNetwork(NewNetwork),
    /// Replaces what users can edit on a network.
    EditNetwork { id: NetworkId, settings: NetworkSettings },
    /// Deletes a network; refused while a load balancer is in it.
    DeleteNetwork { id: NetworkId },

    /// Whatever concerns scaling groups.
    Scaling(ScalingEdit),

    /// Creates a project.
    CreateProject(NewProject),
    /// Replaces what the operator can edit on a project.
    EditProject { id: ProjectId, settings: ProjectSettings },
    /// Deletes a project; memberships in it end.
    DeleteProject { id: ProjectId, contents: OnContents },
    /// Creates a user.
    CreateUser(NewUser),
    /// Replaces what can be edited on a user; memberships and password have edits of their own.
    EditUser { id: UserId, settings: UserSettings },
    /// Deletes a user.
    DeleteUser { id: UserId, belongings: Belongings },
    /// Makes a user a member of a project, or gives a member another role.
    Grant { user: UserId, project: ProjectId, role: ProjectRole },
    /// Ends a user's membership of a project.
    Revoke { user: UserId, project: ProjectId, belongings: Belongings },
    /// Gives a user another password, which ends all of his sessions.
    SetPassword { id: UserId, password: PasswordHash },
    /// Makes an API key for the author.
    CreateApiKey(NewApiKey),
    /// Deletes an API key: it is refused from now on.
    DeleteApiKey { id: ApiKeyId },
    /// Lets an identity at a provider be a user.
    LinkIdentity(NewIdentity),
    /// Lets it be that user no more.
    UnlinkIdentity { id: IdentityId },
    /// Ends a session before its time.
    EndSession(EndedSession),
    /// Ends all sessions of a user.
    EndSessions { user: UserId },
}

/// A load balancer to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLoadBalancer {
    pub id: LoadBalancerId,
    pub project: ProjectId,
    pub network: NetworkId,
    /// The virtual IP that it shall have; the next free one if none.
    pub vip: Option<IpAddr>,
    pub settings: LoadBalancerSettings,
    /// The default pool first; never empty.
    pub pools: Vec<NewPool>,
    pub listeners: Vec<NewListener>,
}

/// A listener to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewListener {
    pub id: ListenerId,
    pub settings: ListenerSettings,
    pub rules: Vec<NewRule>,
}

/// A rule to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRule {
    pub id: RuleId,
    pub settings: RuleSettings,
}

/// A pool to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPool {
    pub id: PoolId,
    pub settings: PoolSettings,
    pub members: Vec<NewMember>,
}

/// A member to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMember {
    pub id: MemberId,
    pub settings: MemberSettings,
}

/// A certificate to create, as the vault read and sealed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCertificate {
    pub id: CertificateId,
    pub project: ProjectId,
    pub settings: CertificateSettings,
    /// The certificate itself first; never empty.
    pub chain: Vec<Der>,
    pub key: SealedKey,
    pub ocsp: Option<Der>,
    pub facts: CertificateFacts,
    pub warnings: Vec<String>,
}

/// An identity at a provider to link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewIdentity {
    pub id: IdentityId,
    pub issuer: String,
    pub subject: String,
    pub user: UserId,
}

/// An API key to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewApiKey {
    pub id: ApiKeyId,
    pub name: Name,
    pub description: Description,
    pub project: ProjectId,
    pub role: Role,
    pub access: Access,
    pub hash: KeyHash,
    pub expires_at: Timestamp,
}

/// A certificate's private key, sealed with another sealing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResealedKey {
    pub certificate: CertificateId,
    pub key: SealedKey,
}

/// A network to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewNetwork {
    pub id: NetworkId,
    pub project: Option<ProjectId>,
    pub region: Name,
    pub addresses: Addresses,
    pub settings: NetworkSettings,
}

/// A project to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewProject {
    pub id: ProjectId,
    pub name: Name,
    pub description: Description,
    #[serde(default)]
    pub quota: Quota,
    /// What its scaling groups may launch instances with; in Changes from before drivers were enabled per project, all.
    #[serde(default = "Project::every_driver")]
    pub drivers: BTreeSet<DriverKind>,
}

impl NewProject {
    /// A project with the usual quota, and the drivers that tenants have.
    pub fn new(id: ProjectId, name: Name) -> Self {
        let (description, quota) = (Description::default(), Quota::default());
        Self { id, name, description, quota, drivers: Project::drivers_of_tenants() }
    }
}

/// What becomes of what is in a project when it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnContents {
    /// While there is something, it is not deleted.
    Refuse,
    /// It goes too; while there are instances, the project is not deleted.
    Delete,
}

/// What becomes of what a user owns when he leaves. Certificates are never another's: they are deleted in any case, but
/// while a listener shows one, the user does not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Belongings {
    /// While there is something, he does not leave.
    Refuse,
    /// Another user of the project owns it from then on.
    HandOver {
        /// Who.
        to: UserId,
    },
    /// It goes too; groups once their instances have left.
    Delete,
}

/// A user to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUser {
    pub id: UserId,
    pub name: Name,
    /// Called `role` in Changes from before there were tenants.
    #[serde(alias = "role")]
    pub standing: Standing,
    #[serde(default)]
    pub memberships: BTreeMap<ProjectId, ProjectRole>,
    /// Where it works unless it names another.
    pub project: ProjectId,
    pub password: PasswordHash,
}
