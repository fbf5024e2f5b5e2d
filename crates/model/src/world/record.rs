//! Records: the parts in which a World is stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::load_balancer::LoadBalancer;
use crate::network::Network;
use crate::project::Project;
use crate::user::User;
use crate::value::{LoadBalancerId, NetworkId, ProjectId, UserId};

/// Names a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// A load balancer with everything below it.
    LoadBalancer(LoadBalancerId),
    /// A network.
    Network(NetworkId),
    /// A project.
    Project(ProjectId),
    /// A user.
    User(UserId),
}

/// A part of the World as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A load balancer with everything below it.
    LoadBalancer(Arc<LoadBalancer>),
    /// A network.
    Network(Arc<Network>),
    /// A project.
    Project(Arc<Project>),
    /// A user.
    User(Arc<User>),
}
