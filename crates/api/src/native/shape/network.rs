//! Networks, projects and users as the native dialect shows them.

use elbow_model::network::{self as model, Addresses, NetworkSettings};
use elbow_model::project::{self, Quota};
use elbow_model::user;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{NetworkKind, Role};
use super::{Reference, View};

/// Where virtual IPs come from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Network {
    #[schema(read_only)]
    id: String,
    #[schema(read_only)]
    number: u64,
    /// Unique in the deployment.
    name: String,
    #[schema(required = false)]
    description: String,
    /// Fixed at creation.
    kind: NetworkKind,
    /// VPC and CLASSIC: the range; fixed at creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr: Option<String>,
    /// HOST: the machine's addresses; all that others can reach if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<String>>,
    #[schema(required = false)]
    region: String,
    /// Who may use it; every project if null.
    project: Option<Reference>,
    #[schema(read_only)]
    owner: Reference,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// A tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Project {
    #[schema(read_only)]
    id: String,
    #[schema(read_only)]
    number: u64,
    /// Unique in the deployment.
    name: String,
    #[schema(required = false)]
    description: String,
    #[schema(read_only)]
    quota: ProjectQuota,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// What a project may have at most.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct ProjectQuota {
    load_balancers: u32,
    listeners_per_load_balancer: u32,
    pools_per_load_balancer: u32,
    members_per_pool: u32,
    rules_per_listener: u32,
    certificates: u32,
    scaling_groups: u32,
    attachments_per_scaling_group: u32,
    instances: u32,
}

/// A person or program that can log in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct User {
    #[schema(read_only)]
    id: String,
    #[schema(read_only)]
    number: u64,
    /// Unique in the deployment.
    name: String,
    role: Role,
    /// Where it works unless it names another.
    #[schema(required = false)]
    project: Reference,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

impl Network {
    pub(in crate::native) fn new(network: &model::Network, view: View<'_>) -> Self {
        let model::Network {
            id,
            number,
            owner,
            project,
            created_at,
            updated_at,
            revision,
            region,
            addresses,
            settings,
        } = network;
        let NetworkSettings { name, description } = settings;
        let (cidr, list) = match addresses {
            Addresses::Vpc { cidr } | Addresses::Classic { cidr } => (Some(cidr.to_string()), None),
            Addresses::Host { addresses } => {
                (None, Some(addresses.iter().map(ToString::to_string).collect()))
            }
        };
        Self {
            id: id.to_string(),
            number: number.0,
            name: name.to_string(),
            description: description.as_str().to_owned(),
            kind: addresses.into(),
            cidr,
            addresses: list,
            region: region.to_string(),
            project: project.map(|project| view.project(project)),
            owner: view.user(*owner),
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

impl From<&project::Project> for Project {
    fn from(project: &project::Project) -> Self {
        let project::Project {
            id,
            number,
            created_at,
            updated_at,
            revision,
            name,
            description,
            quota,
            drivers: _,
        } = project;
        Self {
            id: id.to_string(),
            number: number.0,
            name: name.to_string(),
            description: description.as_str().to_owned(),
            quota: ProjectQuota::from(*quota),
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

impl From<Quota> for ProjectQuota {
    fn from(quota: Quota) -> Self {
        let Quota {
            load_balancers,
            listeners_per_load_balancer,
            pools_per_load_balancer,
            members_per_pool,
            rules_per_listener,
            certificates,
            scaling_groups,
            attachments_per_scaling_group,
            instances,
        } = quota;
        Self {
            load_balancers,
            listeners_per_load_balancer,
            pools_per_load_balancer,
            members_per_pool,
            rules_per_listener,
            certificates,
            scaling_groups,
            attachments_per_scaling_group,
            instances,
        }
    }
}

impl User {
    pub(in crate::native) fn new(user: &user::User, view: View<'_>) -> Self {
        let user::User {
            id,
            number,
            created_at,
            updated_at,
            revision,
            name,
            standing: _,
            account: _,
            memberships: _,
            project,
            password: _,
            session_generation: _,
        } = user;
        Self {
            id: id.to_string(),
            number: number.0,
            name: name.to_string(),
            role: user.role_in(*project).unwrap_or(user::Role::Viewer).into(),
            project: view.project(*project),
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}
