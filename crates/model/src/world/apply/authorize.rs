//! Whether the author of an edit may make it: what each edit does to whose thing, and what the table of
//! [`crate::rights`] says of that. What may not be seen is refused as if it were not there; what is not there is left
//! to the edit's own rules, which say so in the same words.

mod scaling;

use super::draft::{Draft, not_found};
use super::load_balancer::no_such;
use crate::api_key::{Access, ApiKey};
use crate::change::{Author, Edit, NewNetwork, NewUser};
use crate::rejection::{Rejection, ResourceKind};
use crate::rights::{Action, Asker, Class, Owned, Ownership, Permission, Verb, permits};
use crate::user::{Account, Role, Standing, User, UserSettings};
use crate::value::{CertificateId, NetworkId, ProjectId, UserId};
use crate::world::World;

/// Something that an edit does, to be looked up in the table.
struct Deed {
    action: Action,
    whose: Whose,
    /// What it is done with, in words.
    kind: ResourceKind,
    /// What is said to somebody who may not know of it; where there is nothing to know, that he may not.
    hidden: Option<Rejection>,
}

/// Whose thing a deed is about.
#[derive(Clone, Copy)]
enum Whose {
    /// Of a project, made by a user.
    Of(ProjectId, UserId),
    /// A project itself.
    Project(ProjectId),
    /// To be made in a project.
    New(ProjectId),
    /// The deployment's.
    Deployment,
    /// A user himself.
    User(UserId),
}

/// Refuses an edit that its author may not make.
pub(super) fn check(draft: &Draft, edit: &Edit) -> Result<(), Rejection> {
    let author = match &draft.author {
        Author::User { id, name: _ } | Author::ApiKey { id: _, user: id, name: _ } => *id,
        // Elbow itself, and what acts for a group: whoever made them may be gone since.
        Author::System | Author::Control | Author::Policy { .. } | Author::Schedule { .. } => {
            return Ok(());
        }
    };
    for deed in deeds(&draft.world, edit) {
        let Deed { action, whose, kind, hidden } = deed;
        let (role, ownership) = within_key(draft, whose, standing_of(&draft.world, author, whose));
        if is_beyond_key(draft, action, whose, role) {
            return Err(forbidden(role, action.verb, kind));
        }
        match permits(role, action, ownership) {
            Permission::Allowed => {}
            Permission::Forbidden => return Err(forbidden(role, action.verb, kind)),
            Permission::Invisible => {
                return Err(hidden.unwrap_or_else(|| forbidden(role, action.verb, kind)));
            }
        }
    }
    Ok(())
}

/// Whether the author of the Change sees a thing.
pub(super) fn sees<T: Owned>(draft: &Draft, thing: &T) -> bool {
    let Some(author) = draft.author.user() else { return true };
    let whose = match thing.project() {
        Some(project) => Whose::Of(project, thing.owner()),
        None => Whose::Deployment,
    };
    let (role, ownership) = within_key(draft, whose, standing_of(&draft.world, author, whose));
    permits(role, Verb::See.on(T::CLASS), ownership) == Permission::Allowed
}

impl World {
    /// A user in a project, as somebody who asks; none for a stranger there, and for one who is gone or disabled.
    pub fn asker(&self, user: UserId, project: ProjectId) -> Option<Asker> {
        let found = self.user(user).filter(|user| user.account == Account::Enabled)?;
        Some(Asker { user, project, role: found.role_in(project)? })
    }
}

/// What a user's standing is when he acts by an API key: never more than the key's own role, and nothing outside its
/// project.
fn within_key(
    draft: &Draft,
    whose: Whose,
    (role, ownership): (Role, Ownership),
) -> (Role, Ownership) {
    let Some(key) = key_of(draft) else { return (role, ownership) };
    match whose {
        Whose::Of(project, _) | Whose::New(project) | Whose::Project(project)
            if key.role != Role::Operator && project != key.project =>
        {
            (Role::Viewer, Ownership::Foreign)
        }
        Whose::Of(..) | Whose::New(_) | Whose::Project(_) | Whose::Deployment | Whose::User(_) => {
            (role.min(key.role), ownership)
        }
    }
}

/// What no API key may, whatever its user may: change anything when it is for reading alone, and alter who may get in
/// unless it is an operator's.
fn is_beyond_key(draft: &Draft, action: Action, whose: Whose, role: Role) -> bool {
    let Some(key) = key_of(draft) else { return false };
    let is_about_people = action.class == Class::Membership || matches!(whose, Whose::User(_));
    key.access == Access::ReadOnly || is_about_people && role != Role::Operator
}

fn key_of(draft: &Draft) -> Option<&ApiKey> {
    draft.world.api_key(draft.author.api_key()?).map(|key| &**key)
}

/// What a user is where a thing belongs, and whose it is to him.
fn standing_of(world: &World, author: UserId, whose: Whose) -> (Role, Ownership) {
    let Some(user) = world.user(author) else { return (Role::Viewer, Ownership::Foreign) };
    match whose {
        Whose::Of(project, owner) => in_project(user, project, owner == author),
        Whose::New(project) => in_project(user, project, true),
        Whose::Project(project) => in_project(user, project, false),
        Whose::Deployment => (highest_role(user), Ownership::Shared),
        Whose::User(id) if id == author => (highest_role(user), Ownership::Own),
        Whose::User(id) => to_other(world, user, id),
    }
}

fn in_project(user: &User, project: ProjectId, is_own: bool) -> (Role, Ownership) {
    match user.role_in(project) {
        Some(role) if is_own => (role, Ownership::Own),
        Some(role) => (role, Ownership::OfProject),
        // What he is elsewhere makes no difference here.
        None => (Role::Viewer, Ownership::Foreign),
    }
}

/// What one user is to another: by the project that both are in where the first may most.
fn to_other(world: &World, user: &User, other: UserId) -> (Role, Ownership) {
    let others = world.user(other).map(|other| &other.memberships);
    let shared = |project: &ProjectId| user.role_in(*project);
    let role = match user.standing {
        Standing::Operator => Some(Role::Operator),
        Standing::Tenant => others.and_then(|others| others.keys().filter_map(shared).max()),
    };
    match role {
        Some(role) => (role, Ownership::OfProject),
        None => (Role::Viewer, Ownership::Foreign),
    }
}

/// The most that a user is anywhere.
fn highest_role(user: &User) -> Role {
    match user.standing {
        Standing::Operator => Role::Operator,
        Standing::Tenant => {
            user.memberships.values().max().copied().map_or(Role::Viewer, Role::from)
        }
    }
}

/// What an edit does to whose thing: the one place that says so.
fn deeds(world: &World, edit: &Edit) -> Vec<Deed> {
    use ResourceKind as K;
    let edits = |balancer: Option<&_>, hidden| resource(balancer, Verb::Edit, hidden);
    let one = match edit {
        Edit::CreateLoadBalancer(new) => {
            Some(create(Class::Resource, K::LoadBalancer, new.project))
        }
        Edit::EditLoadBalancer { id, settings: _ }
        | Edit::AddListener { load_balancer: id, listener: _ }
        | Edit::AddPool { load_balancer: id, pool: _ } => {
            edits(world.load_balancer(*id), not_found(K::LoadBalancer, id))
        }
        Edit::DeleteLoadBalancer { id } => {
            resource(world.load_balancer(*id), Verb::Delete, not_found(K::LoadBalancer, id))
        }
        Edit::EditListener { id, settings: _ }
        | Edit::DeleteListener { id }
        | Edit::AddRule { listener: id, rule: _ } => {
            edits(world.of_listener(*id), not_found(K::Listener, id))
        }
        Edit::EditRule { id, settings: _ } | Edit::DeleteRule { id } => {
            edits(world.of_rule(*id), not_found(K::Rule, id))
        }
        Edit::EditPool { id, settings: _ }
        | Edit::DeletePool { id }
        | Edit::AddMembers { pool: id, members: _ }
        | Edit::ReplaceMembers { pool: id, members: _ } => {
            edits(world.of_pool(*id), not_found(K::Pool, id))
        }
        Edit::EditMember { id, settings: _ } | Edit::DeleteMember { id } => {
            edits(world.of_member(*id), not_found(K::Member, id))
        }
        Edit::CreateCertificate(new) => {
            Some(create(Class::Certificate, K::Certificate, new.project))
        }
        Edit::EditCertificate { id, settings: _ } => certificate(world, *id, Verb::Edit),
        Edit::DeleteCertificate { id } => certificate(world, *id, Verb::Delete),
        Edit::ResealKeys { keys: _ } => Some(operators_alone(K::Certificate)),
        Edit::CreateNetwork(new) => Some(create_network(new)),
        Edit::EditNetwork { id, settings: _ } => network(world, *id, Verb::Edit),
        Edit::DeleteNetwork { id } => network(world, *id, Verb::Delete),
        Edit::Scaling(edit) => return scaling::deeds(world, edit),
        Edit::CreateProject(_) => Some(operate(Verb::Create.on(Class::Project), K::Project)),
        Edit::EditProject { id, settings: _ } => project(world, *id, Verb::Edit),
        Edit::DeleteProject { id, contents: _ } => project(world, *id, Verb::Delete),
        Edit::CreateUser(new) => return create_user(new),
        Edit::EditUser { id, settings } => return edit_user(world, *id, settings),
        Edit::DeleteUser { id, belongings: _ } => Some(account(*id, Verb::Delete)),
        Edit::Grant { user: _, project, role: _ } => Some(grant(*project)),
        Edit::Revoke { user, project, belongings: _ } => Some(revoke(*user, *project)),
        Edit::SetPassword { id, password: _ } | Edit::EndSessions { user: id } => {
            Some(account(*id, Verb::Edit))
        }
        Edit::EndSession(ended) => Some(account(ended.user, Verb::Edit)),
        // Its own rule says what it may at most.
        Edit::CreateApiKey(_) => None,
        // Whoever links an identity says who may be that user.
        Edit::LinkIdentity(_) | Edit::UnlinkIdentity { .. } => Some(operators_alone(K::Identity)),
        Edit::DeleteApiKey { id } => world.api_key(*id).map(|key| of_key(key)),
    };
    one.into_iter().collect()
}

/// Something done with a thing that is somebody's; nothing if it is not there.
fn thing<T: Owned>(
    found: Option<&std::sync::Arc<T>>,
    kind: ResourceKind,
    verb: Verb,
    hidden: Rejection,
) -> Option<Deed> {
    let found = found?;
    let whose = match found.project() {
        Some(project) => Whose::Of(project, found.owner()),
        None => Whose::Deployment,
    };
    Some(Deed { action: verb.on(T::CLASS), whose, kind, hidden: Some(hidden) })
}

/// Something done with a load balancer, or below it.
fn resource(
    found: Option<&std::sync::Arc<crate::load_balancer::LoadBalancer>>,
    verb: Verb,
    hidden: Rejection,
) -> Option<Deed> {
    thing(found, ResourceKind::LoadBalancer, verb, hidden)
}

fn certificate(world: &World, id: CertificateId, verb: Verb) -> Option<Deed> {
    let kind = ResourceKind::Certificate;
    thing(world.certificate(id), kind, verb, not_found(kind, id))
}

fn network(world: &World, id: NetworkId, verb: Verb) -> Option<Deed> {
    let kind = ResourceKind::Network;
    thing(world.network(id), kind, verb, not_found(kind, id))
}

fn create_network(new: &NewNetwork) -> Deed {
    match new.project {
        Some(project) => create(Class::Network, ResourceKind::Network, project),
        None => operate(Verb::Create.on(Class::Network), ResourceKind::Network),
    }
}

fn grant(project: ProjectId) -> Deed {
    let hidden = Some(not_found(ResourceKind::Project, project));
    Deed { hidden, ..create(Class::Membership, ResourceKind::User, project) }
}

fn revoke(user: UserId, project: ProjectId) -> Deed {
    let (kind, hidden) = (ResourceKind::User, Some(not_found(ResourceKind::User, user)));
    let action = Verb::Delete.on(Class::Membership);
    Deed { action, whose: Whose::Of(project, user), kind, hidden }
}

/// Something made in a project; a project that may not be seen is as one that is not there.
fn create(class: Class, kind: ResourceKind, project: ProjectId) -> Deed {
    let hidden = Some(no_such(ResourceKind::Project, &project, "project"));
    Deed { action: Verb::Create.on(class), whose: Whose::New(project), kind, hidden }
}

/// Something that concerns the deployment.
fn operate(action: Action, kind: ResourceKind) -> Deed {
    Deed { action, whose: Whose::Deployment, kind, hidden: None }
}

/// Something that only whoever runs the deployment does.
fn operators_alone(kind: ResourceKind) -> Deed {
    operate(Verb::Edit.on(Class::Deployment), kind)
}

/// Something done with an API key: it is a part of its user.
fn of_key(key: &ApiKey) -> Deed {
    let (kind, hidden) = (ResourceKind::ApiKey, not_found(ResourceKind::ApiKey, key.id));
    Deed { kind, hidden: Some(hidden), ..account(key.user, Verb::Edit) }
}

/// Something done with a user.
fn account(id: UserId, verb: Verb) -> Deed {
    let hidden = Some(not_found(ResourceKind::User, id));
    let action = verb.on(Class::Account);
    Deed { action, whose: Whose::User(id), kind: ResourceKind::User, hidden }
}

fn forbidden(role: Role, verb: Verb, kind: ResourceKind) -> Rejection {
    Rejection::Forbidden { role, verb, kind }
}

/// Something done with a project itself; nothing if it is not there.
fn project(world: &World, id: ProjectId, verb: Verb) -> Option<Deed> {
    world.project(id)?;
    let (kind, hidden) = (ResourceKind::Project, Some(not_found(ResourceKind::Project, id)));
    Some(Deed { action: verb.on(Class::Project), whose: Whose::Project(id), kind, hidden })
}

/// Everybody chooses where he usually works; all else about users is the deployment's matter.
fn edit_user(world: &World, id: UserId, settings: &UserSettings) -> Vec<Deed> {
    let Some(user) = world.user(id) else { return Vec::new() };
    let mut deeds = vec![account(id, Verb::Edit)];
    if *settings != (UserSettings { project: settings.project, ..user.settings() }) {
        deeds.push(operate(Verb::Edit.on(Class::Account), ResourceKind::User));
    }
    deeds
}

/// Who may say who is in a project may create users who are in no other one.
fn create_user(new: &NewUser) -> Vec<Deed> {
    if new.standing == Standing::Operator || new.memberships.is_empty() {
        return vec![operate(Verb::Create.on(Class::Account), ResourceKind::User)];
    }
    let in_each = |project: &ProjectId| {
        let hidden = Some(no_such(ResourceKind::Project, project, "memberships"));
        let action = Verb::Create.on(Class::Membership);
        Deed { action, whose: Whose::New(*project), kind: ResourceKind::User, hidden }
    };
    new.memberships.keys().map(in_each).collect()
}
