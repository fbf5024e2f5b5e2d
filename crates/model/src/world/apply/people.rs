//! Rules about projects and users.

use super::draft::{Draft, not_found};
use super::session;
use crate::change::NewUser;
use crate::project::{Project, Quota};
use crate::rejection::{Rejection, ResourceKind};
use crate::user::User;
use crate::value::{Description, Name, PasswordHash, ProjectId, UserId};

pub(super) fn create_project(
    draft: &mut Draft,
    id: ProjectId,
    name: &Name,
    description: &Description,
) -> Result<(), Rejection> {
    draft.claim(ResourceKind::Project, id, "")?;
    if draft.world.index.project_names.contains_key(name) {
        return Err(name_taken(ResourceKind::Project, name));
    }
    let project = Project {
        id,
        number: draft.next_number(|numbers| &mut numbers.projects),
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        name: name.clone(),
        description: description.clone(),
        quota: Quota::default(),
    };
    draft.put_project(project);
    Ok(())
}

pub(super) fn create_user(draft: &mut Draft, new: &NewUser) -> Result<(), Rejection> {
    let NewUser { id, name, role, project, password } = new;
    draft.claim(ResourceKind::User, *id, "")?;
    if draft.world.index.user_names.contains_key(name) {
        return Err(name_taken(ResourceKind::User, name));
    }
    if draft.world.project(*project).is_none() {
        return Err(Rejection::NotFound {
            kind: ResourceKind::Project,
            reference: project.to_string(),
            field: Some("project".to_owned()),
            known: Vec::new(),
        });
    }
    let user = User {
        id: *id,
        number: draft.next_number(|numbers| &mut numbers.users),
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        name: name.clone(),
        role: *role,
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

fn name_taken(kind: ResourceKind, name: &Name) -> Rejection {
    Rejection::NameTaken { field: "name".to_owned(), kind, name: name.clone() }
}
