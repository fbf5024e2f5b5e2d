//! How instances become members of pools and cease to be: in one Change for all pools, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::draft::Draft;
use super::super::{member, pool};
use crate::attachment::{Attachment, Duty, Registration};
use crate::instance::{Instance, Phase};
use crate::load_balancer::LoadBalancer;
use crate::member::{Member, MemberSettings};
use crate::pool::Pool;
use crate::rejection::Rejection;
use crate::scaling_group::ScalingGroup;
use crate::value::{InstanceId, LoadBalancerId, MemberId, Name, PoolId};

/// Makes instances members of what `attachments` lead to. A member that a person put there before becomes the
/// instance's, with its weight.
pub(super) fn join(
    draft: &mut Draft,
    instances: &[InstanceId],
    attachments: &[Attachment],
) -> Result<(), Rejection> {
    for attachment in attachments {
        let mut balancer = draft.balancer(attachment.load_balancer)?;
        let mut pool = pool::take(&balancer, attachment.pool)?;
        let mut there: BTreeMap<member::Target, usize> =
            pool.members.iter().map(|m| member::key(&m.settings)).zip(0..).collect();
        for id in instances {
            let instance = draft.instance(*id)?;
            join_one(draft, &balancer, &mut pool, &mut there, instance, attachment)?;
        }
        let limit = draft.quota(balancer.project).members_per_pool;
        super::super::draft::within(pool.members.len(), limit, member::QUOTA)?;
        pool::put(draft, &mut balancer, pool);
        draft.put(balancer);
    }
    Ok(())
}

fn join_one(
    draft: &mut Draft,
    balancer: &LoadBalancer,
    pool: &mut Pool,
    there: &mut BTreeMap<member::Target, usize>,
    mut instance: Instance,
    attachment: &Attachment,
) -> Result<(), Rejection> {
    let Some((address, duty)) = instance.address.zip(duty(&instance.phase)) else { return Ok(()) };
    let registered_by = Some(Registration { group: instance.group, instance: instance.id, duty });
    let mut settings = MemberSettings::new(address, attachment.port.or(instance.port));
    let target = member::key(&settings);
    let id = match there.get(&target) {
        Some(place) => {
            let known = &pool.members[*place];
            match known.registered_by {
                Some(by) if by.instance == instance.id => return Ok(()),
                Some(_) => return Err(member::taken(pool, &settings, "")),
                None => {}
            }
            let id = known.id;
            let adopted = member::altered(draft, known, &known.settings);
            pool.members[*place] = Arc::new(Member { registered_by, ..adopted });
            id
        }
        None => {
            member::check_target(draft, balancer, &settings, String::new)?;
            settings.weight = attachment.weight;
            settings.name = name_of(draft, &instance);
            let id = draft.derive_id();
            there.insert(target, pool.members.len());
            let member = member::made(draft, id, settings);
            pool.members.push(Arc::new(Member { registered_by, ..member }));
            id
        }
    };
    instance.members.push(id);
    draft.put_instance(instance);
    Ok(())
}

/// Tells an instance's members what their group now wants of them, by the instance's phase.
pub(super) fn set_duty(draft: &mut Draft, instance: &Instance) -> Result<(), Rejection> {
    let Some(duty) = duty(&instance.phase) else { return Ok(()) };
    alter(draft, &instance.members, |draft, pool, ids| {
        for member in pool.members.iter_mut().filter(|member| ids.contains(&member.id)) {
            let altered = member::altered(draft, member, &member.settings);
            let registered_by = member.registered_by.map(|by| Registration { duty, ..by });
            *member = Arc::new(Member { registered_by, ..altered });
        }
    })
}

/// Takes those members of instances out of their pools that `is_meant` names.
pub(super) fn leave(
    draft: &mut Draft,
    instances: &[InstanceId],
    is_meant: impl Fn(&Instance, PoolId, &Member) -> bool,
) -> Result<(), Rejection> {
    let mut leaving = Vec::new();
    for id in instances {
        let mut instance = draft.instance(*id)?;
        let meant: BTreeSet<MemberId> = instance
            .members
            .iter()
            .copied()
            .filter(|member| {
                let pool = draft.world.of_member(*member).and_then(|b| b.pool_of(*member));
                let found = pool.and_then(|pool| Some((pool.id, pool.member(*member)?)));
                found.is_none_or(|(pool, member)| is_meant(&instance, pool, member))
            })
            .collect();
        if !meant.is_empty() {
            instance.members.retain(|member| !meant.contains(member));
            leaving.extend(meant);
            draft.put_instance(instance);
        }
    }
    alter(draft, &leaving, |_, pool, ids| pool.members.retain(|member| !ids.contains(&member.id)))
}

/// Lets instances forget members that go with their pool or load balancer.
pub(super) fn forget<'a>(
    draft: &mut Draft,
    members: impl Iterator<Item = &'a Arc<Member>>,
) -> Result<(), Rejection> {
    for member in members {
        let Some(by) = member.registered_by else { continue };
        let mut instance = draft.instance(by.instance)?;
        instance.members.retain(|id| *id != member.id);
        draft.put_instance(instance);
    }
    Ok(())
}

/// What a group wants of its members by their instance's phase; none where an instance has no members.
pub(in crate::world::apply) fn duty(phase: &Phase) -> Option<Duty> {
    match phase {
        Phase::Joining | Phase::InService => Some(Duty::Serve),
        Phase::Standby => Some(Duty::Standby),
        Phase::Removing { .. } => Some(Duty::Leave),
        Phase::Launching
        | Phase::PendingWait { .. }
        | Phase::Launched
        | Phase::RemovingWait { .. }
        | Phase::Terminating { .. } => None,
    }
}

/// Alters the pools that `members` are in, each load balancer once.
fn alter(
    draft: &mut Draft,
    members: &[MemberId],
    change: impl Fn(&Draft, &mut Pool, &BTreeSet<MemberId>),
) -> Result<(), Rejection> {
    let mut by_balancer: BTreeMap<LoadBalancerId, BTreeSet<MemberId>> = BTreeMap::new();
    for id in members {
        let Some(balancer) = draft.world.of_member(*id) else { continue };
        by_balancer.entry(balancer.id).or_default().insert(*id);
    }
    for (id, members) in by_balancer {
        let mut balancer = draft.balancer(id)?;
        let is_concerned =
            |pool: &&Arc<Pool>| pool.members.iter().any(|member| members.contains(&member.id));
        let concerned: Vec<Arc<Pool>> =
            balancer.pools.iter().filter(is_concerned).cloned().collect();
        for pool in concerned {
            let mut pool = Pool::clone(&pool);
            change(draft, &mut pool, &members);
            pool::put(draft, &mut balancer, pool);
        }
        draft.put(balancer);
    }
    Ok(())
}

/// `workers-3`, if that is a name.
fn name_of(draft: &Draft, instance: &Instance) -> Option<Name> {
    let group: &ScalingGroup = draft.world.scaling_group(instance.group)?;
    Name::new(format!("{}-{}", group.settings.name, instance.number)).ok()
}
