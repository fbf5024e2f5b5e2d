//! Rules about projects and users.

use std::collections::BTreeMap;

use super::draft::{Draft, not_found};
use super::invalid;
use super::load_balancer::no_such;
use super::session;
use crate::change::{NewProject, NewUser};
use crate::project::Project;
use crate::rejection::{Rejection, ResourceKind};
use crate::user::{Account, ProjectRole, User};
use crate::value::{Name, PasswordHash, ProjectId, UserId};

pub(super) fn create_project(draft: &mut Draft, new: &NewProject) -> Result<(), Rejection> {
    let NewProject { id, name, description, quota, drivers } = new.clone();
    draft.claim(ResourceKind::Project, id, "")?;
    if draft.world.index.project_names.contains_key(&name) {
        return Err(name_taken(ResourceKind::Project, &name));
    }
    let project = Project {
        id,
        number: draft.next_number(|numbers| &mut numbers.projects),
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        name,
        description,
        quota,
        drivers,
    };
    draft.put_project(project);
    Ok(())
}

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

fn name_taken(kind: ResourceKind, name: &Name) -> Rejection {
    Rejection::NameTaken { field: "name".to_owned(), kind, name: name.clone() }
}
