//! Projects, users and memberships as the native dialect shows them: to each what he may know.

use elbow_model::project::{self, Quota, Usage};
use elbow_model::rights::Asker;
use elbow_model::user::{self, Account, Standing};
use elbow_model::value::ProjectId;
use elbow_model::world::World;
use serde::Serialize;
use utoipa::ToSchema;

use super::scaling::words::Driver;
use super::words::Role;
use super::{Reference, View};

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
    /// What it may have at most; requests give what is to be different.
    #[schema(required = false)]
    quota: ProjectQuota,
    /// What it has of that.
    #[schema(read_only)]
    used: ProjectUsage,
    /// What its scaling groups may launch instances with. New projects have `HOOK` alone: `PROCESS` and `CONTAINER` run
    /// what they are told on the operator's machines.
    #[schema(required = false)]
    drivers: Vec<Driver>,
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
    #[schema(required = false)]
    load_balancers: u32,
    /// Different virtual IPs.
    #[schema(required = false)]
    vips: u32,
    /// Of all load balancers. So on below.
    #[schema(required = false)]
    listeners: u32,
    #[schema(required = false)]
    listeners_per_load_balancer: u32,
    #[schema(required = false)]
    pools: u32,
    #[schema(required = false)]
    pools_per_load_balancer: u32,
    #[schema(required = false)]
    members: u32,
    #[schema(required = false)]
    members_per_pool: u32,
    #[schema(required = false)]
    rules_per_listener: u32,
    #[schema(required = false)]
    certificates: u32,
    #[schema(required = false)]
    scaling_groups: u32,
    #[schema(required = false)]
    attachments_per_scaling_group: u32,
    #[schema(required = false)]
    instances: u32,
}

/// What a project has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct ProjectUsage {
    load_balancers: u32,
    vips: u32,
    listeners: u32,
    pools: u32,
    members: u32,
    certificates: u32,
    scaling_groups: u32,
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
    /// `OPERATOR`, or the role in `project`; null without a membership.
    role: Option<Role>,
    /// Whether the user can log in.
    enabled: bool,
    /// Where the user works unless it names another; who is no operator sees his own project here.
    project: Reference,
    /// Those that the caller may know of.
    memberships: Vec<UserMembership>,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// A project that a user is a member of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct UserMembership {
    project: Reference,
    role: Role,
}

/// A user's membership of a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Membership {
    user: Reference,
    project: Reference,
    role: Role,
}

impl Project {
    pub(in crate::native) fn new(project: &project::Project, world: &World) -> Self {
        let project::Project {
            id,
            number,
            created_at,
            updated_at,
            revision,
            name,
            description,
            quota,
            drivers,
        } = project;
        Self {
            id: id.to_string(),
            number: number.0,
            name: name.to_string(),
            description: description.as_str().to_owned(),
            quota: ProjectQuota::from(*quota),
            used: ProjectUsage::from(world.usage(*id)),
            drivers: drivers.iter().copied().map(Driver::from).collect(),
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
            vips,
            listeners,
            listeners_per_load_balancer,
            pools,
            pools_per_load_balancer,
            members,
            members_per_pool,
            rules_per_listener,
            certificates,
            scaling_groups,
            attachments_per_scaling_group,
            instances,
        } = quota;
        Self {
            load_balancers,
            vips,
            listeners,
            listeners_per_load_balancer,
            pools,
            pools_per_load_balancer,
            members,
            members_per_pool,
            rules_per_listener,
            certificates,
            scaling_groups,
            attachments_per_scaling_group,
            instances,
        }
    }
}

impl From<Usage> for ProjectUsage {
    fn from(usage: Usage) -> Self {
        let Usage {
            load_balancers,
            vips,
            listeners,
            pools,
            members,
            certificates,
            scaling_groups,
            instances,
        } = usage;
        Self {
            load_balancers,
            vips,
            listeners,
            pools,
            members,
            certificates,
            scaling_groups,
            instances,
        }
    }
}

impl User {
    pub(in crate::native) fn new(user: &user::User, asker: Asker, view: View<'_>) -> Self {
        let user::User {
            id,
            number,
            created_at,
            updated_at,
            revision,
            name,
            standing: _,
            account,
            memberships,
            project,
            password: _,
            session_generation: _,
        } = user;
        // Where else a member is, is nobody's business in this project.
        let is_known = |project: &ProjectId| {
            asker.role == user::Role::Operator || asker.user == *id || asker.project == *project
        };
        let shown = if is_known(project) { *project } else { asker.project };
        let memberships = memberships.iter().filter(|(project, _)| is_known(project));
        Self {
            id: id.to_string(),
            number: number.0,
            name: name.to_string(),
            role: user.role_in(shown).map(Role::from),
            enabled: *account == Account::Enabled,
            project: view.project(shown),
            memberships: memberships
                .map(|(project, role)| UserMembership {
                    project: view.project(*project),
                    role: user::Role::from(*role).into(),
                })
                .collect(),
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

impl Membership {
    /// A user's in a project; none if he is no member.
    pub(in crate::native) fn new(
        user: &user::User,
        project: ProjectId,
        view: View<'_>,
    ) -> Option<Self> {
        let role = match (user.memberships.get(&project), user.standing) {
            (Some(role), _) => user::Role::from(*role),
            (None, Standing::Operator | Standing::Tenant) => return None,
        };
        Some(Self {
            user: Reference::new(user.id, &user.name),
            project: view.project(project),
            role: role.into(),
        })
    }
}
