//! Who may do what: one pure table of role, action and ownership, which every edit and every answer asks.
//!
//! ```text
//!   edit by a user --World::apply--> permits(role in that project, action, whose) --> carried out, or refused
//!   thing to show  --Asker::sees---> permits(..)                                 --> shown, or as if it were not there
//! ```
//!
//! What is [`Permission::Invisible`] must be refused exactly as if it did not exist. That a certificate is its creator's
//! alone (see [`crate::certificate`]) is in the table too; where one may be *left* is that file's rule.

use std::fmt;

use crate::certificate::Certificate;
use crate::load_balancer::LoadBalancer;
use crate::network::Network;
use crate::scaling_group::ScalingGroup;
use crate::user::{Role, User};
use crate::value::{ProjectId, UserId};

/// What is done with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Looking at it, in any way.
    See,
    /// Referring to it from a thing of one's own.
    Use,
    /// Making one.
    Create,
    /// Altering it, or what is below it.
    Edit,
    /// Deleting it with what is below it.
    Delete,
}

/// What kind of thing it is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Load balancers and scaling groups with all that is below them.
    Resource,
    /// Certificates.
    Certificate,
    /// Networks.
    Network,
    /// Projects themselves: name, quota, drivers.
    Project,
    /// Who is a member of a project, and as what.
    Membership,
    /// Users themselves: name, password, whether they can log in.
    Account,
    /// What was done, and by whom.
    Audit,
    /// What Elbow does by itself, and how the deployment is run.
    Deployment,
}

/// Something done with a kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Action {
    /// What is done.
    pub verb: Verb,
    /// With what.
    pub class: Class,
}

/// Whose the thing is, seen from who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// His: he made it, or it is himself.
    Own,
    /// Another's, in a project that he has the role in; or the project itself.
    OfProject,
    /// The deployment's, for all projects.
    Shared,
    /// Of a project that he is a stranger to.
    Foreign,
}

/// Whether it may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// It may.
    Allowed,
    /// It may not, and he is told so.
    Forbidden,
    /// It may not, as if there were no such thing.
    Invisible,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 5] = [Self::See, Self::Use, Self::Create, Self::Edit, Self::Delete];

    /// With this kind of thing.
    pub const fn on(self, class: Class) -> Action {
        Action { verb: self, class }
    }
}

impl Class {
    /// Every kind of thing.
    pub const ALL: [Self; 8] = [
        Self::Resource,
        Self::Certificate,
        Self::Network,
        Self::Project,
        Self::Membership,
        Self::Account,
        Self::Audit,
        Self::Deployment,
    ];
}

impl Ownership {
    /// Every case.
    pub const ALL: [Self; 4] = [Self::Own, Self::OfProject, Self::Shared, Self::Foreign];
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::See => "see",
            Self::Use => "use",
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Delete => "delete",
        })
    }
}

/// The table.
pub fn permits(role: Role, action: Action, ownership: Ownership) -> Permission {
    match role {
        Role::Operator => to_operator(action, ownership),
        Role::TenantAdmin | Role::TenantUser | Role::Viewer if ownership == Ownership::Foreign => {
            Permission::Invisible
        }
        Role::TenantAdmin => to_tenant_admin(action, ownership),
        Role::TenantUser => to_tenant_user(action, ownership),
        Role::Viewer => to_viewer(action, ownership),
    }
}

/// Everything, but others' certificates.
fn to_operator(action: Action, ownership: Ownership) -> Permission {
    match (action.class, ownership) {
        (Class::Certificate, Ownership::OfProject | Ownership::Shared | Ownership::Foreign) => {
            Permission::Invisible
        }
        _ => Permission::Allowed,
    }
}

fn to_tenant_admin(Action { verb, class }: Action, ownership: Ownership) -> Permission {
    use Permission::{Allowed, Forbidden, Invisible};
    match (class, ownership) {
        (Class::Resource | Class::Membership, Ownership::Own | Ownership::OfProject) => Allowed,
        (Class::Certificate, Ownership::Own) => Allowed,
        (Class::Certificate, Ownership::OfProject) => Invisible,
        (Class::Network, Ownership::Own | Ownership::OfProject) => match verb {
            Verb::See | Verb::Use | Verb::Edit => Allowed,
            // Which addresses there are is the deployment's matter.
            Verb::Create | Verb::Delete => Forbidden,
        },
        (Class::Network, Ownership::Shared) => to_network_user(verb),
        (Class::Project, Ownership::Own | Ownership::OfProject) => only_see(verb),
        (Class::Account, Ownership::Own) => to_oneself(verb),
        // Whoever may make memberships may make a user for one.
        (Class::Account, Ownership::OfProject) => only_see(verb),
        (Class::Audit, Ownership::Own | Ownership::OfProject) => only_see(verb),
        (_, Ownership::Shared | Ownership::Foreign) | (Class::Deployment, _) => not_tenants(verb),
    }
}

fn to_tenant_user(Action { verb, class }: Action, ownership: Ownership) -> Permission {
    use Permission::{Allowed, Forbidden, Invisible};
    match (class, ownership) {
        (Class::Resource | Class::Certificate, Ownership::Own) => Allowed,
        (Class::Resource | Class::Certificate, Ownership::OfProject) => Invisible,
        (Class::Network, Ownership::Own | Ownership::OfProject | Ownership::Shared) => {
            to_network_user(verb)
        }
        (Class::Project, Ownership::Own | Ownership::OfProject) => only_see(verb),
        (Class::Membership | Class::Audit, Ownership::Own) => only_see(verb),
        (Class::Account, Ownership::Own) => to_oneself(verb),
        (Class::Membership | Class::Account | Class::Audit, Ownership::OfProject) => match verb {
            Verb::Create => Forbidden,
            Verb::See | Verb::Use | Verb::Edit | Verb::Delete => Invisible,
        },
        (_, Ownership::Shared | Ownership::Foreign) | (Class::Deployment, _) => not_tenants(verb),
    }
}

fn to_viewer(Action { verb, class }: Action, ownership: Ownership) -> Permission {
    use Permission::Invisible;
    match (class, ownership) {
        (Class::Certificate, Ownership::OfProject) => match verb {
            Verb::Create => Permission::Forbidden,
            Verb::See | Verb::Use | Verb::Edit | Verb::Delete => Invisible,
        },
        (Class::Account, Ownership::Own) => to_oneself(verb),
        (Class::Network, Ownership::Shared) => only_see(verb),
        (
            Class::Resource
            | Class::Certificate
            | Class::Network
            | Class::Project
            | Class::Membership
            | Class::Account
            | Class::Audit,
            Ownership::Own | Ownership::OfProject,
        ) => only_see(verb),
        (_, Ownership::Shared | Ownership::Foreign) | (Class::Deployment, _) => not_tenants(verb),
    }
}

fn only_see(verb: Verb) -> Permission {
    match verb {
        Verb::See => Permission::Allowed,
        Verb::Use | Verb::Create | Verb::Edit | Verb::Delete => Permission::Forbidden,
    }
}

fn to_network_user(verb: Verb) -> Permission {
    match verb {
        Verb::See | Verb::Use => Permission::Allowed,
        Verb::Create | Verb::Edit | Verb::Delete => Permission::Forbidden,
    }
}

/// A user and himself: he changes his password, and does not end himself.
fn to_oneself(verb: Verb) -> Permission {
    match verb {
        Verb::See | Verb::Edit => Permission::Allowed,
        Verb::Use | Verb::Create | Verb::Delete => Permission::Forbidden,
    }
}

/// What is the operator's alone: others may not make one, and know of none.
fn not_tenants(verb: Verb) -> Permission {
    match verb {
        Verb::Create => Permission::Forbidden,
        Verb::See | Verb::Use | Verb::Edit | Verb::Delete => Permission::Invisible,
    }
}

/// Who asks: a user in the project that he chose, with the role that he has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// Who.
    pub user: UserId,
    /// Where.
    pub project: ProjectId,
    /// As what.
    pub role: Role,
}

/// A thing that is somebody's.
pub trait Owned {
    /// What kind of thing it is.
    const CLASS: Class;
    /// Where it belongs; none for what all projects share.
    fn project(&self) -> Option<ProjectId>;
    /// Who made it.
    fn owner(&self) -> UserId;
}

impl Asker {
    /// Whether he sees a thing at all.
    pub fn sees<T: Owned>(&self, thing: &T) -> bool {
        self.permission(Verb::See, thing) == Permission::Allowed
    }

    /// Whether he sees a thing, and it is of the project that he chose.
    pub fn finds<T: Owned>(&self, thing: &T) -> bool {
        thing.project().is_none_or(|project| project == self.project) && self.sees(thing)
    }

    /// Whether he sees another user, or himself.
    pub fn sees_user(&self, user: &User) -> bool {
        let ownership = if user.id == self.user {
            Ownership::Own
        } else if user.memberships.contains_key(&self.project) {
            Ownership::OfProject
        } else {
            Ownership::Shared
        };
        permits(self.role, Verb::See.on(Class::Account), ownership) == Permission::Allowed
    }

    /// Whether he sees a project, from the one that he chose.
    pub fn sees_project(&self, project: ProjectId) -> bool {
        let whose = self.ownership(Some(project), self.user);
        permits(self.role, Verb::See.on(Class::Project), whose) == Permission::Allowed
    }

    /// What he may do with a thing.
    pub fn permission<T: Owned>(&self, verb: Verb, thing: &T) -> Permission {
        permits(self.role, verb.on(T::CLASS), self.ownership(thing.project(), thing.owner()))
    }

    /// Whose something is, seen from him.
    pub fn ownership(&self, project: Option<ProjectId>, owner: UserId) -> Ownership {
        match project {
            None => Ownership::Shared,
            Some(project) if project != self.project => Ownership::Foreign,
            Some(_) if owner == self.user => Ownership::Own,
            Some(_) => Ownership::OfProject,
        }
    }
}

impl Owned for LoadBalancer {
    const CLASS: Class = Class::Resource;

    fn project(&self) -> Option<ProjectId> {
        Some(self.project)
    }

    fn owner(&self) -> UserId {
        self.owner
    }
}

impl Owned for ScalingGroup {
    const CLASS: Class = Class::Resource;

    fn project(&self) -> Option<ProjectId> {
        Some(self.project)
    }

    fn owner(&self) -> UserId {
        self.owner
    }
}

impl Owned for Certificate {
    const CLASS: Class = Class::Certificate;

    fn project(&self) -> Option<ProjectId> {
        Some(self.project)
    }

    fn owner(&self) -> UserId {
        self.owner
    }
}

impl Owned for Network {
    const CLASS: Class = Class::Network;

    fn project(&self) -> Option<ProjectId> {
        self.project
    }

    fn owner(&self) -> UserId {
        self.owner
    }
}

#[cfg(test)]
mod tests;
