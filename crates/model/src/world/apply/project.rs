//! Rules about projects.

use super::draft::{Draft, not_found};
use super::people::name_taken;
use super::{api_key, belongings, network};
use crate::change::{NewProject, OnContents};
use crate::project::{Project, ProjectSettings};
use crate::rejection::{Rejection, ResourceKind};
use crate::user::{Standing, User};
use crate::value::{NetworkId, ProjectId, UserId};

pub(super) fn create(draft: &mut Draft, new: &NewProject) -> Result<(), Rejection> {
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

/// A quota below what is there takes nothing away; it only lets nothing more in.
pub(super) fn edit(
    draft: &mut Draft,
    id: ProjectId,
    settings: &ProjectSettings,
) -> Result<(), Rejection> {
    let project = draft.world.project(id).ok_or_else(|| not_found(ResourceKind::Project, id))?;
    let ProjectSettings { name, description, quota, drivers } = settings.clone();
    if draft.world.index.project_names.get(&name).is_some_and(|other| *other != id) {
        return Err(name_taken(ResourceKind::Project, &name));
    }
    let project = Project { name, description, quota, drivers, ..Project::clone(project) };
    draft.put_project(project);
    Ok(())
}

pub(super) fn delete(
    draft: &mut Draft,
    id: ProjectId,
    contents: OnContents,
) -> Result<(), Rejection> {
    let project = draft.world.project(id).ok_or_else(|| not_found(ResourceKind::Project, id))?;
    let name = project.name.clone();
    let in_use = |by: Vec<String>, instead| {
        Err(Rejection::InUse { kind: ResourceKind::Project, name: name.clone(), by, instead })
    };
    let Some(other) = draft.world.projects().find(|other| other.id != id).map(|other| other.id)
    else {
        let by = vec!["everybody: it is the only one".to_owned()];
        return in_use(by, "create another project first");
    };
    let networks: Vec<NetworkId> = draft
        .world
        .networks()
        .filter(|network| network.project == Some(id))
        .map(|network| network.id)
        .collect();
    let instances = draft.world.instance_count_in(id);
    if instances > 0 {
        let by = vec![belongings::counted(instances, "instance")];
        return in_use(by, "delete its scaling groups with their instances first (by force)");
    }
    if contents == OnContents::Refuse {
        let mut by = belongings::words(&belongings::all_of(&draft.world, id));
        if !networks.is_empty() {
            let count = u32::try_from(networks.len()).unwrap_or(u32::MAX);
            by.push(belongings::counted(count, "network"));
        }
        if !by.is_empty() {
            return in_use(by, "delete these first, or the project by force");
        }
    }
    let all = belongings::all_of(&draft.world, id);
    belongings::delete(draft, &all)?;
    for network in networks {
        network::delete(draft, network)?;
    }
    api_key::forget(draft, |key| key.project == id);
    end_memberships(draft, id, other);
    draft.remove_project(id);
    Ok(())
}

/// Who was in a project that goes is no longer; who usually worked there works elsewhere.
fn end_memberships(draft: &mut Draft, id: ProjectId, other: ProjectId) {
    let is_concerned =
        |user: &&std::sync::Arc<User>| user.project == id || user.memberships.contains_key(&id);
    let concerned: Vec<UserId> =
        draft.world.users().filter(is_concerned).map(|user| user.id).collect();
    for user in concerned {
        let Some(user) = draft.world.user(user) else { continue };
        let mut user = User::clone(user);
        user.memberships.remove(&id);
        if user.project == id {
            user.project = match user.standing {
                Standing::Operator => other,
                // Without any membership it stays: he is nowhere until somebody takes him in.
                Standing::Tenant => user.memberships.keys().next().copied().unwrap_or(id),
            };
        }
        draft.put_user(user);
    }
}
