//! Users: who they are, and which role each has where.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{Name, Number, PasswordHash, ProjectId, Revision, Timestamp, UserId};

/// A person or program that can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// What APIs call it.
    pub id: UserId,
    /// What dialects with numeric ids call it.
    pub number: Number,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// Unique in the deployment.
    pub name: Name,
    /// What it is to the deployment. Users that were stored before there were tenants have a `role`, the operator's.
    #[serde(alias = "role")]
    pub standing: Standing,
    /// Whether it can log in.
    #[serde(default)]
    pub account: Account,
    /// Its role in each project that it is a member of.
    #[serde(default)]
    pub memberships: BTreeMap<ProjectId, ProjectRole>,
    /// The project that it works in unless it names another.
    pub project: ProjectId,
    /// What its password is checked against.
    pub password: PasswordHash,
    /// Counts whatever ends all of his sessions, such as a new password; tokens of earlier ones are no longer accepted.
    #[serde(alias = "password_generation")]
    pub session_generation: u32,
}

/// What can be edited on a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSettings {
    /// Unique in the deployment.
    pub name: Name,
    /// What it is to the deployment.
    pub standing: Standing,
    /// Whether it can log in.
    pub account: Account,
    /// Where it works unless it names another project.
    pub project: ProjectId,
}

/// What a user is to the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Runs it: has the operator's role in every project.
    Operator,
    /// Has the roles of its memberships and no others.
    Tenant,
}

/// Whether a user can log in and act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// It can.
    #[default]
    Enabled,
    /// It cannot; what it owns stays as it is.
    Disabled,
}

/// The role of a member of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectRole {
    /// Sees what is in the project, and changes nothing.
    Viewer,
    /// Has things of his own, and uses the project's networks.
    TenantUser,
    /// Has everything in the project but others' certificates, and says who is in it.
    TenantAdmin,
}

/// What somebody is in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees what is in the project, and changes nothing.
    Viewer,
    /// Has things of his own, and uses the project's networks.
    TenantUser,
    /// Has everything in the project but others' certificates, and says who is in it.
    TenantAdmin,
    /// Runs the deployment.
    Operator,
}

impl Role {
    /// Every role, the one that may most first.
    pub const ALL: [Self; 4] = [Self::Operator, Self::TenantAdmin, Self::TenantUser, Self::Viewer];
}

impl ProjectRole {
    /// Every role of members, the one that may most first.
    pub const ALL: [Self; 3] = [Self::TenantAdmin, Self::TenantUser, Self::Viewer];
}

impl From<ProjectRole> for Role {
    fn from(role: ProjectRole) -> Self {
        match role {
            ProjectRole::TenantAdmin => Self::TenantAdmin,
            ProjectRole::TenantUser => Self::TenantUser,
            ProjectRole::Viewer => Self::Viewer,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Operator => "OPERATOR",
            Self::TenantAdmin => "TENANT_ADMIN",
            Self::TenantUser => "TENANT_USER",
            Self::Viewer => "VIEWER",
        })
    }
}

impl fmt::Display for ProjectRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Role::from(*self).fmt(f)
    }
}

impl User {
    /// The most memberships of a user.
    pub const MAX_MEMBERSHIPS: usize = 1_000;

    /// What can be edited on it, as it is.
    pub fn settings(&self) -> UserSettings {
        let Self { name, standing, account, project, .. } = self;
        UserSettings {
            name: name.clone(),
            standing: *standing,
            account: *account,
            project: *project,
        }
    }

    /// What it is in a project; none for a stranger.
    pub fn role_in(&self, project: ProjectId) -> Option<Role> {
        match self.standing {
            Standing::Operator => Some(Role::Operator),
            Standing::Tenant => self.memberships.get(&project).copied().map(Role::from),
        }
    }

    /// Where it works unless it names another project: its usual one while it has a role there, else any that it is a
    /// member of.
    pub fn usual_project(&self) -> Option<ProjectId> {
        let usual = self.role_in(self.project).map(|_| self.project);
        usual.or_else(|| self.memberships.keys().next().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fixture::{id, name};

    fn user(standing: Standing, memberships: &[(u128, ProjectRole)]) -> User {
        User {
            id: id(1),
            number: Number(1),
            created_at: Timestamp(1),
            updated_at: Timestamp(1),
            revision: Revision(1),
            name: name("ann"),
            standing,
            account: Account::Enabled,
            memberships: memberships.iter().map(|(n, role)| (id(*n), *role)).collect(),
            project: id(1),
            password: PasswordHash::from_phc("$hash".to_owned()),
            session_generation: 0,
        }
    }

    #[test]
    fn users_stored_before_there_were_tenants_are_operators() {
        let known = user(Standing::Operator, &[]);
        let mut value = serde_json::to_value(&known).unwrap();
        let map = value.as_object_mut().unwrap();
        for name in ["standing", "account", "memberships"] {
            map.remove(name).unwrap();
        }
        map.insert("role".to_owned(), "operator".into());
        assert_eq!(serde_json::from_value::<User>(value).unwrap(), known);
    }

    #[test]
    fn roles_are_those_of_memberships_but_the_operators() {
        let tenant = user(Standing::Tenant, &[(1, ProjectRole::Viewer)]);
        assert_eq!((tenant.role_in(id(1)), tenant.role_in(id(2))), (Some(Role::Viewer), None));
        let operator = user(Standing::Operator, &[(1, ProjectRole::Viewer)]);
        assert_eq!(operator.role_in(id(2)), Some(Role::Operator));
        assert_eq!(operator.role_in(id(1)), Some(Role::Operator));
    }

    #[test]
    fn the_usual_project_is_one_with_a_role() {
        let usual = |user: User| user.usual_project();
        assert_eq!(usual(user(Standing::Tenant, &[])), None);
        assert_eq!(usual(user(Standing::Tenant, &[(2, ProjectRole::Viewer)])), Some(id(2)));
        let both = [(1, ProjectRole::Viewer), (2, ProjectRole::TenantAdmin)];
        assert_eq!(usual(user(Standing::Tenant, &both)), Some(id(1)));
        assert_eq!(usual(user(Standing::Operator, &[])), Some(id(1)));
    }
}
