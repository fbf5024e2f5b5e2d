//! What becomes of what somebody owns who leaves, and of what is in a project that goes: handed over, or deleted.
//! Certificates are never handed over, and none goes that a listener still shows: traffic would be refused.

use super::draft::{Draft, not_found};
use super::{certificate, load_balancer, scaling};
use crate::change::scaling::OnInstances;
use crate::change::{Author, Belongings};
use crate::load_balancer::LoadBalancer;
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::ScalingGroup;
use crate::user::{Role, User};
use crate::value::{CertificateId, LoadBalancerId, ProjectId, ScalingGroupId, UserId};
use crate::world::World;

/// Things that belong together for once.
#[derive(Debug, Default)]
pub(super) struct Things {
    balancers: Vec<LoadBalancerId>,
    groups: Vec<ScalingGroupId>,
    certificates: Vec<CertificateId>,
}

/// Everything in a project, its networks aside.
pub(super) fn all_of(world: &World, project: ProjectId) -> Things {
    things(world, |of, _| of == project)
}

/// What a user owns, in one project or in all.
fn owned(world: &World, user: UserId, project: Option<ProjectId>) -> Things {
    things(world, |of, owner| owner == user && project.is_none_or(|project| of == project))
}

fn things(world: &World, is_meant: impl Fn(ProjectId, UserId) -> bool) -> Things {
    let balancers = world.load_balancers().filter(|b| is_meant(b.project, b.owner));
    let groups = world.scaling_groups().filter(|g| is_meant(g.project, g.owner));
    let certificates = world.certificates().filter(|c| is_meant(c.project, c.owner));
    Things {
        balancers: balancers.map(|balancer| balancer.id).collect(),
        groups: groups.map(|group| group.id).collect(),
        certificates: certificates.map(|certificate| certificate.id).collect(),
    }
}

/// What there is, in words; nothing if there is nothing.
pub(super) fn words(things: &Things) -> Vec<String> {
    let Things { balancers, groups, certificates } = things;
    let counts = [
        (balancers.len(), "load balancer"),
        (groups.len(), "scaling group"),
        (certificates.len(), "certificate"),
    ];
    let there = counts.into_iter().filter(|(count, _)| *count > 0);
    there.map(|(count, what)| counted(u32::try_from(count).unwrap_or(u32::MAX), what)).collect()
}

/// `1 instance`, `2 instances`.
pub(super) fn counted(count: u32, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    }
}

/// Settles what a user owns who leaves a project, or all.
pub(super) fn settle(
    draft: &mut Draft,
    user: &User,
    project: Option<ProjectId>,
    belongings: Belongings,
) -> Result<(), Rejection> {
    let things = owned(&draft.world, user.id, project);
    match belongings {
        Belongings::Refuse => match words(&things) {
            by if by.is_empty() => Ok(()),
            by => Err(Rejection::InUse {
                kind: ResourceKind::User,
                name: user.name.clone(),
                by: by.into_iter().map(|what| format!("{what} of the user's own")).collect(),
                instead: "name who gets them in `hand_over_to`, or delete them with `force`; certificates are always deleted",
            }),
        },
        Belongings::Delete => delete(draft, &things),
        Belongings::HandOver { to } if to == user.id => Err(Rejection::Invalid {
            field: "hand_over_to".to_owned(),
            reason: format!("`{}` is the one who leaves; name somebody else", user.name),
        }),
        Belongings::HandOver { to } => hand_over(draft, &things, to),
    }
}

/// Deletes things: groups first, which leave the load balancers, then these, then the certificates that these showed.
pub(super) fn delete(draft: &mut Draft, things: &Things) -> Result<(), Rejection> {
    let Things { balancers, groups, certificates } = things;
    for id in groups {
        scaling::delete_group(draft, *id, OnInstances::Remove)?;
        // One whose instances leave first outlives its owner: it is Elbow's own until it is gone.
        if let Ok(group) = draft.group(*id) {
            draft.put_group(ScalingGroup { owner: Author::System.owner(), ..group });
        }
    }
    for id in balancers {
        load_balancer::delete(draft, *id)?;
    }
    certificates.iter().try_for_each(|id| certificate::remove(draft, *id))
}

fn hand_over(draft: &mut Draft, things: &Things, to: UserId) -> Result<(), Rejection> {
    let Things { balancers, groups, certificates } = things;
    for id in balancers {
        let balancer = draft.balancer(*id)?;
        check_owner(draft, to, balancer.project)?;
        let name = &balancer.settings.name;
        let has_one = draft
            .world
            .load_balancers_named(balancer.project, name.as_str())
            .any(|other| other.owner == to);
        if has_one {
            return Err(both_have(ResourceKind::LoadBalancer, name));
        }
        draft.put(LoadBalancer { owner: to, ..balancer });
    }
    for id in groups {
        let group = draft.group(*id)?;
        check_owner(draft, to, group.project)?;
        let name = &group.settings.name;
        let has_one = draft
            .world
            .scaling_groups_named(group.project, name.as_str())
            .any(|other| other.owner == to);
        if has_one {
            return Err(both_have(ResourceKind::ScalingGroup, name));
        }
        draft.put_group(ScalingGroup { owner: to, ..group });
    }
    certificates.iter().try_for_each(|id| certificate::remove(draft, *id))
}

/// Who gets things in a project must be able to have some there.
fn check_owner(draft: &Draft, to: UserId, project: ProjectId) -> Result<(), Rejection> {
    let user = draft.world.user(to).ok_or_else(|| not_found(ResourceKind::User, to))?;
    let reason = match user.role_in(project) {
        Some(Role::Operator | Role::TenantAdmin | Role::TenantUser) => return Ok(()),
        Some(Role::Viewer) => "a VIEWER changes nothing; name a TENANT_USER or TENANT_ADMIN",
        None => "the user is not a member; grant a role there first",
    };
    let project = draft.world.project(project).map(|project| project.name.clone());
    Err(Rejection::UnfitOwner {
        field: "hand_over_to",
        user: user.name.clone(),
        project: project.unwrap_or_else(|| user.name.clone()),
        reason,
    })
}

fn both_have(kind: ResourceKind, name: &crate::value::Name) -> Rejection {
    Rejection::NameTaken { field: "hand_over_to".to_owned(), kind, name: name.clone() }
}
