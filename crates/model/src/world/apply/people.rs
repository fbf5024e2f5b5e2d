//! Rules about users, and who is in which project.

use std::collections::BTreeMap;

use super::draft::{Draft, not_found};
use super::load_balancer::no_such;
use super::{api_key, belongings, identity, invalid, session};
use crate::change::{Author, Belongings, NewUser};
use crate::network::Network;
use crate::rejection::{Rejection, ResourceKind};
use crate::user::{Account, ProjectRole, Standing, User, UserSettings};
use crate::value::{Name, PasswordHash, ProjectId, UserId};

pub(super) fn create_user(draft: &mut Draft, new: &NewUser) -> Result<(), Rejection> {
    let NewUser { id, name, standing, memberships, project, password } = new;
    draft.claim(ResourceKind::User, *id, "")?;
    if draft.world.index.user_names.contains_key(name) {
        return Err(name_taken(ResourceKind::User, name));
    }
    check_project(draft, *project, "project")?;
    check_memberships(draft, memberships)?;
    let user = User {
        id: *id,
        number: draft.next_number(|numbers| &mut numbers.users),
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        name: name.clone(),
        standing: *standing,
        account: Account::Enabled,
        memberships: memberships.clone(),
        project: *project,
        password: password.clone(),
        session_generation: 0,
    };
    draft.put_user(user);
    Ok(())
}

pub(super) fn set_password(
    draft: &mut Draft,
    id: UserId,
    password: &PasswordHash,
) -> Result<(), Rejection> {
    let user = draft.world.user(id).ok_or_else(|| not_found(ResourceKind::User, id))?;
    draft.put_user(User { password: password.clone(), ..User::clone(user) });
    session::end_all(draft, id)
}

pub(super) fn edit_user(
    draft: &mut Draft,
    id: UserId,
    settings: &UserSettings,
) -> Result<(), Rejection> {
    let user = user(draft, id)?;
    let UserSettings { name, standing, account, project } = settings.clone();
    if draft.world.index.user_names.get(&name).is_some_and(|other| *other != id) {
        return Err(name_taken(ResourceKind::User, &name));
    }
    if project != user.project {
        check_project(draft, project, "project")?;
    }
    if standing != Standing::Operator || account != Account::Enabled {
        keep_an_operator(draft, &user)?;
    }
    let is_locked_out = user.account == Account::Enabled && account == Account::Disabled;
    draft.put_user(User { name, standing, account, project, ..user });
    if is_locked_out { session::end_all(draft, id) } else { Ok(()) }
}

pub(super) fn delete_user(
    draft: &mut Draft,
    id: UserId,
    belongings: Belongings,
) -> Result<(), Rejection> {
    let user = user(draft, id)?;
    keep_an_operator(draft, &user)?;
    belongings::settle(draft, &user, None, belongings)?;
    // Networks are the deployment's, or a project's: who made one is only remembered.
    let made: Vec<Network> = draft
        .world
        .networks()
        .filter(|network| network.owner == id)
        .map(|network| Network::clone(network))
        .collect();
    for network in made {
        draft.put_network(Network { owner: Author::System.owner(), ..network });
    }
    session::forget(draft, id);
    api_key::forget(draft, |key| key.user == id);
    identity::unlink_all(draft, id);
    draft.remove_user(id);
    Ok(())
}

pub(super) fn grant(
    draft: &mut Draft,
    id: UserId,
    project: ProjectId,
    role: ProjectRole,
) -> Result<(), Rejection> {
    let mut user = user(draft, id)?;
    check_project(draft, project, "project")?;
    user.memberships.insert(project, role);
    check_memberships(draft, &user.memberships)?;
    if user.usual_project().is_none_or(|usual| usual != user.project) {
        user.project = project;
    }
    draft.put_user(user);
    Ok(())
}

pub(super) fn revoke(
    draft: &mut Draft,
    id: UserId,
    project: ProjectId,
    belongings: Belongings,
) -> Result<(), Rejection> {
    let mut user = user(draft, id)?;
    if user.memberships.remove(&project).is_none() {
        return Err(not_found(ResourceKind::User, id));
    }
    // An operator may have things anywhere.
    if user.standing == Standing::Tenant {
        belongings::settle(draft, &user, Some(project), belongings)?;
    }
    user.project = user.usual_project().unwrap_or(user.project);
    let standing = user.standing;
    draft.put_user(user);
    if standing == Standing::Tenant {
        api_key::forget(draft, |key| key.user == id && key.project == project);
    }
    Ok(())
}

/// Without an operator who can log in, nobody could ever make one.
fn keep_an_operator(draft: &Draft, user: &User) -> Result<(), Rejection> {
    let is_operator =
        |user: &User| user.standing == Standing::Operator && user.account == Account::Enabled;
    let mut others = draft.world.users().filter(|other| other.id != user.id);
    if is_operator(user) && !others.any(|other| is_operator(other)) {
        return Err(Rejection::LastOperator { user: user.name.clone() });
    }
    Ok(())
}

fn user(draft: &Draft, id: UserId) -> Result<User, Rejection> {
    let found = draft.world.user(id).map(|user| User::clone(user));
    found.ok_or_else(|| not_found(ResourceKind::User, id))
}

fn check_memberships(
    draft: &Draft,
    memberships: &BTreeMap<ProjectId, ProjectRole>,
) -> Result<(), Rejection> {
    let (count, most) = (memberships.len(), User::MAX_MEMBERSHIPS);
    if count > most {
        let reason = format!("a user has at most {most} memberships, not {count}");
        return Err(invalid("memberships", reason));
    }
    memberships.keys().try_for_each(|project| check_project(draft, *project, "memberships"))
}

fn check_project(draft: &Draft, project: ProjectId, field: &str) -> Result<(), Rejection> {
    match draft.world.project(project) {
        Some(_) => Ok(()),
        None => Err(no_such(ResourceKind::Project, &project, field)),
    }
}

pub(super) fn name_taken(kind: ResourceKind, name: &Name) -> Rejection {
    Rejection::NameTaken { field: "name".to_owned(), kind, name: name.clone() }
}
