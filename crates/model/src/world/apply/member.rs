//! Rules about members.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::draft::{Draft, not_found, within};
use super::{invalid, pool};
use crate::change::NewMember;
use crate::load_balancer::LoadBalancer;
use crate::member::{Member, MemberSettings, TargetAddress};
use crate::pool::Pool;
use crate::rejection::{Rejection, ResourceKind};
use crate::value::{MemberId, PoolId, Port};

/// What the quota of members is about.
pub(super) const QUOTA: &str = "members in one pool";

/// What is in a pool once.
pub(super) type Target = (TargetAddress, Option<Port>);

pub(super) fn add(draft: &mut Draft, id: PoolId, members: &[NewMember]) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_pool(id)?;
    let limit = draft.quota(balancer.project).members_per_pool;
    let mut pool = pool::take(&balancer, id)?;
    let count = pool.members.len();
    within(count.saturating_add(members.len()), limit, QUOTA)?;
    // One alone is the request's own object.
    let place = |index: usize| match members.len() {
        1 => String::new(),
        _ => format!("members[{index}]."),
    };
    push_all(draft, &mut pool, members, place)?;
    for (index, member) in pool.members[count..].iter().enumerate() {
        check_target(draft, &balancer, &member.settings, || place(index))?;
    }
    pool::put(draft, &mut balancer, pool);
    draft.put(balancer);
    Ok(())
}

pub(super) fn edit(
    draft: &mut Draft,
    id: MemberId,
    settings: &MemberSettings,
) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_member(id)?;
    let missing = || not_found(ResourceKind::Member, id);
    let mut pool = Pool::clone(balancer.pool_of(id).ok_or_else(missing)?);
    let place = pool.members.iter().position(|m| m.id == id).ok_or_else(missing)?;
    let before = &pool.members[place].settings;
    let immutable = |field: &str| {
        let instead = "add a member with the other address or port, then delete this one";
        Err(Rejection::Immutable { field: field.to_owned(), instead })
    };
    if before.address != settings.address {
        return immutable("address");
    }
    if before.port != settings.port {
        return immutable("port");
    }
    pool.members[place] = Arc::new(altered(draft, &pool.members[place], settings));
    pool::put(draft, &mut balancer, pool);
    draft.put(balancer);
    Ok(())
}

pub(super) fn replace(
    draft: &mut Draft,
    id: PoolId,
    members: &[NewMember],
) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_pool(id)?;
    let limit = draft.quota(balancer.project).members_per_pool;
    within(members.len(), limit, QUOTA)?;
    let mut pool = pool::take(&balancer, id)?;
    let place = |index: usize| format!("members[{index}].");

    let mut wanted: BTreeMap<Target, &MemberSettings> = BTreeMap::new();
    for (index, new) in members.iter().enumerate() {
        if wanted.insert(key(&new.settings), &new.settings).is_some() {
            return Err(taken(&pool, &new.settings, &place(index)));
        }
    }
    let mut known: BTreeSet<Target> = BTreeSet::new();
    let mut next = Vec::with_capacity(members.len());
    for member in &pool.members {
        let Some(settings) = wanted.get(&key(&member.settings)) else {
            // A scaling group's members are its own to take away.
            if member.registered_by.is_some() {
                next.push(Arc::clone(member));
            }
            continue;
        };
        known.insert(key(&member.settings));
        // Who stays as it is has not changed: its revision says so.
        let stays = member.settings == **settings;
        next.push(if stays {
            Arc::clone(member)
        } else {
            Arc::new(altered(draft, member, settings))
        });
    }
    for (index, new) in members.iter().enumerate() {
        if !known.contains(&key(&new.settings)) {
            draft.claim(ResourceKind::Member, new.id, &place(index))?;
            check_target(draft, &balancer, &new.settings, || place(index))?;
            next.push(Arc::new(made(draft, new.id, new.settings.clone())));
        }
    }
    within(next.len(), limit, QUOTA)?;
    pool.members = next;
    pool::put(draft, &mut balancer, pool);
    draft.put(balancer);
    Ok(())
}

pub(super) fn delete(draft: &mut Draft, id: MemberId) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_member(id)?;
    let missing = || not_found(ResourceKind::Member, id);
    let pool = balancer.pool_of(id).ok_or_else(missing)?;
    check_own(draft, pool.member(id).ok_or_else(missing)?)?;
    let mut pool = Pool::clone(pool);
    pool.members.retain(|member| member.id != id);
    pool::put(draft, &mut balancer, pool);
    draft.put(balancer);
    Ok(())
}

/// Adds members to a pool in the making. Where they lead is the caller's to check, by
/// [`check_target`].
pub(super) fn push_all(
    draft: &mut Draft,
    pool: &mut Pool,
    members: &[NewMember],
    place: impl Fn(usize) -> String,
) -> Result<(), Rejection> {
    let mut there: BTreeSet<Target> = pool.members.iter().map(|m| key(&m.settings)).collect();
    for (index, new) in members.iter().enumerate() {
        draft.claim(ResourceKind::Member, new.id, &place(index))?;
        if !there.insert(key(&new.settings)) {
            return Err(taken(pool, &new.settings, &place(index)));
        }
        pool.members.push(Arc::new(made(draft, new.id, new.settings.clone())));
    }
    Ok(())
}

/// A member must not be one of Elbow's own listeners: requests would go round in circles.
pub(super) fn check_target(
    draft: &Draft,
    balancer: &LoadBalancer,
    settings: &MemberSettings,
    place: impl FnOnce() -> String,
) -> Result<(), Rejection> {
    let address = settings.address.get();
    let is_listener = |port| draft.world.index.endpoints.contains_key(&(address, port));
    if !settings.port.is_some_and(is_listener) && !leads_back(balancer, settings) {
        return Ok(());
    }
    let target = target(settings);
    let reason = format!("{target} is a listener of Elbow itself; give the address of a server");
    Err(invalid(format!("{}address", place()), reason))
}

/// Whether a listener of the same load balancer would send traffic for this member to itself.
pub(super) fn leads_back(balancer: &LoadBalancer, member: &MemberSettings) -> bool {
    if member.address.get() != balancer.vip {
        return false;
    }
    let listens = |port| balancer.listeners.iter().any(|l| l.settings.port == port);
    let is_overridden_badly = || {
        let mut ports = balancer.listeners.iter().filter_map(|l| l.settings.member_port);
        ports.any(listens)
    };
    member.port.is_none_or(listens) || is_overridden_badly()
}

/// A member that a scaling group registered is the group's to take away.
fn check_own(draft: &Draft, member: &Member) -> Result<(), Rejection> {
    let Some(by) = member.registered_by else { return Ok(()) };
    let group = draft.world.scaling_group(by.group).map(|group| &group.settings.name);
    Err(Rejection::MemberOfGroup {
        target: target(&member.settings),
        group: group.ok_or_else(|| not_found(ResourceKind::ScalingGroup, by.group))?.clone(),
    })
}

/// Where a member is, for people.
pub(super) fn target(settings: &MemberSettings) -> String {
    let address = settings.address.get();
    match settings.port {
        Some(port) => std::net::SocketAddr::new(address, port.get()).to_string(),
        None => address.to_string(),
    }
}

pub(super) fn key(settings: &MemberSettings) -> Target {
    (settings.address, settings.port)
}

pub(super) fn taken(pool: &Pool, settings: &MemberSettings, place: &str) -> Rejection {
    Rejection::MemberTaken {
        field: format!("{place}address"),
        pool: pool.settings.name.clone(),
        target: target(settings),
    }
}

pub(super) fn made(draft: &Draft, id: MemberId, settings: MemberSettings) -> Member {
    Member {
        id,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        settings,
        registered_by: None,
    }
}

pub(super) fn altered(draft: &Draft, member: &Member, settings: &MemberSettings) -> Member {
    Member {
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        settings: settings.clone(),
        ..member.clone()
    }
}
