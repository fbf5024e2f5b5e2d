//! Records: the parts in which a World is stored.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bookkeeping::{HeldVip, Numbers, RememberedRequest, VipCursor};
use crate::activity::Activity;
use crate::api_key::ApiKey;
use crate::certificate::Certificate;
use crate::identity::Identity;
use crate::instance::Instance;
use crate::load_balancer::LoadBalancer;
use crate::network::Network;
use crate::project::Project;
use crate::scaling_group::ScalingGroup;
use crate::session::EndedSession;
use crate::user::User;
use crate::value::{
    ActivityId, ApiKeyId, CertificateId, IdentityId, InstanceId, LoadBalancerId, NetworkId,
    ProjectId, ScalingGroupId, SessionId, UserId,
};

/// Names a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// A load balancer with everything below it.
    LoadBalancer(LoadBalancerId),
    /// A certificate with its sealed key.
    Certificate(CertificateId),
    /// A network.
    Network(NetworkId),
    /// A project.
    Project(ProjectId),
    /// A user.
    User(UserId),
    /// A scaling group without its instances.
    ScalingGroup(ScalingGroupId),
    /// An instance of a scaling group.
    Instance(InstanceId),
    /// An activity of a scaling group.
    Activity(ActivityId),
    /// The last numbers given; there is one such record.
    Numbers,
    /// Where a network looks for the next free virtual IP.
    VipCursor(NetworkId),
    /// A virtual IP that is held back.
    HeldVip(IpAddr),
    /// A remembered request, by its sequence number.
    Request(u64),
    /// A session that ended before its time.
    EndedSession(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
    /// An identity at a provider.
    Identity(IdentityId),
}

/// A part of the World as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A load balancer with everything below it.
    LoadBalancer(Arc<LoadBalancer>),
    /// A certificate with its sealed key.
    Certificate(Arc<Certificate>),
    /// A network.
    Network(Arc<Network>),
    /// A project.
    Project(Arc<Project>),
    /// A user.
    User(Arc<User>),
    /// A scaling group without its instances.
    ScalingGroup(Arc<ScalingGroup>),
    /// An instance of a scaling group.
    Instance(Arc<Instance>),
    /// An activity of a scaling group.
    Activity(Arc<Activity>),
    /// The last numbers given.
    Numbers(Numbers),
    /// Where a network looks for the next free virtual IP.
    VipCursor(VipCursor),
    /// A virtual IP that is held back.
    HeldVip(HeldVip),
    /// A remembered request.
    Request(Arc<RememberedRequest>),
    /// A session that ended before its time.
    EndedSession(EndedSession),
    /// An API key.
    ApiKey(Arc<ApiKey>),
    /// An identity at a provider.
    Identity(Arc<Identity>),
}

impl Record {
    /// The record's name.
    pub fn key(&self) -> Key {
        match self {
            Self::LoadBalancer(balancer) => Key::LoadBalancer(balancer.id),
            Self::Certificate(certificate) => Key::Certificate(certificate.id),
            Self::Network(network) => Key::Network(network.id),
            Self::Project(project) => Key::Project(project.id),
            Self::User(user) => Key::User(user.id),
            Self::ScalingGroup(group) => Key::ScalingGroup(group.id),
            Self::Instance(instance) => Key::Instance(instance.id),
            Self::Activity(activity) => Key::Activity(activity.id),
            Self::Numbers(_) => Key::Numbers,
            Self::VipCursor(cursor) => Key::VipCursor(cursor.network),
            Self::HeldVip(held) => Key::HeldVip(held.vip),
            Self::Request(request) => Key::Request(request.sequence),
            Self::Identity(identity) => Key::Identity(identity.id),
            Self::ApiKey(key) => Key::ApiKey(key.id),
            Self::EndedSession(ended) => Key::EndedSession(ended.session),
        }
    }
}
