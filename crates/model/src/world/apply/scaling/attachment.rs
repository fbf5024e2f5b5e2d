//! Rules about attachments: all of a request or none, each under the preconditions of [`World::attachment_faults`].

use std::collections::BTreeSet;

use super::super::authorize;
use super::super::draft::{Draft, not_found};
use super::{check_kept, membership};
use crate::attachment::{Attachment, AttachmentFault, SeenBalancer};
use crate::change::scaling::{NewAttachment, PresentInstances};
use crate::instance::{Instance, Phase};
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::ScalingGroup;
use crate::value::{AttachmentId, InstanceId, ScalingGroupId};
use crate::world::eligibility::{GroupPlace, Moment, status_of};

pub(super) fn attach(
    draft: &mut Draft,
    id: ScalingGroupId,
    attachments: &[NewAttachment],
    present: PresentInstances,
    seen: &[SeenBalancer],
) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    check_kept(&group)?;
    let mut concerned: Vec<Attachment> = Vec::new();
    for (index, new) in attachments.iter().enumerate() {
        let attachment = checked(draft, &group, new, seen, index)?;
        let same =
            |other: &Attachment| (other.pool, other.port) == (attachment.pool, attachment.port);
        if concerned.iter().any(same) {
            continue;
        }
        let known = group.attachments.iter_mut().find(|other| same(other));
        match known {
            Some(known) => {
                known.weight = attachment.weight;
                concerned.push(known.clone());
            }
            None => {
                draft.claim(ResourceKind::Attachment, new.id, &format!("attachments[{index}]."))?;
                concerned.push(attachment.clone());
                group.attachments.push(attachment);
            }
        }
    }
    let limit = draft.quota(group.project).attachments_per_scaling_group;
    if u32::try_from(group.attachments.len()).is_ok_and(|count| count > limit) {
        let fault = AttachmentFault::QuotaExceeded { limit };
        return Err(Rejection::Attachment { field: "attachments".to_owned(), fault });
    }
    draft.put_group(group);
    match present {
        PresentInstances::Stay => Ok(()),
        PresentInstances::Follow => membership::join(draft, &in_pools(draft, id), &concerned),
    }
}

pub(super) fn detach(
    draft: &mut Draft,
    id: ScalingGroupId,
    attachments: &[AttachmentId],
    present: PresentInstances,
) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    check_kept(&group)?;
    let gone: BTreeSet<AttachmentId> = attachments.iter().copied().collect();
    if let Some(unknown) = gone.iter().find(|id| group.attachment(**id).is_none()) {
        return Err(not_found(ResourceKind::Attachment, unknown));
    }
    let (taken, kept): (Vec<Attachment>, Vec<Attachment>) =
        group.attachments.into_iter().partition(|attachment| gone.contains(&attachment.id));
    group.attachments = kept.clone();
    draft.put_group(group);
    match present {
        PresentInstances::Stay => Ok(()),
        PresentInstances::Follow => {
            let instances: Vec<InstanceId> =
                draft.world.instances_of(id).map(|instance| instance.id).collect();
            membership::leave(draft, &instances, |instance, pool, member| {
                let leads = |attachment: &Attachment| {
                    attachment.pool == pool
                        && attachment.port.or(instance.port) == member.settings.port
                };
                taken.iter().any(leads) && !kept.iter().any(leads)
            })
        }
    }
}

/// The instances of a group that are in its pools.
fn in_pools(draft: &Draft, group: ScalingGroupId) -> Vec<InstanceId> {
    let is_in = |instance: &&std::sync::Arc<Instance>| match instance.phase {
        Phase::Joining | Phase::InService | Phase::Standby => true,
        Phase::Launching
        | Phase::PendingWait { .. }
        | Phase::Launched
        | Phase::Removing { .. }
        | Phase::RemovingWait { .. }
        | Phase::Terminating { .. } => false,
    };
    draft.world.instances_of(group).filter(is_in).map(|instance| instance.id).collect()
}

/// The attachment that is wanted, if its preconditions hold.
fn checked(
    draft: &Draft,
    group: &ScalingGroup,
    new: &NewAttachment,
    seen: &[SeenBalancer],
    index: usize,
) -> Result<Attachment, Rejection> {
    let NewAttachment { id, load_balancer, pool, port, weight } = *new;
    let status = status_of(seen, load_balancer);
    let place = GroupPlace::of(group);
    let world = &draft.world;
    let faults = world.attachment_faults(place, load_balancer, pool, status, Moment::Attaching);
    let refused = |fault| {
        let field = format!("attachments[{index}].load_balancer");
        Rejection::Attachment { field, fault }
    };
    let balancer = world.load_balancer(load_balancer);
    if balancer.is_some_and(|balancer| !authorize::sees(draft, &**balancer)) {
        let reference = load_balancer.to_string();
        return Err(refused(AttachmentFault::NotFound { what: "load balancer", reference }));
    }
    if let Some(fault) = faults.into_iter().next() {
        return Err(refused(fault));
    }
    let pool = pool.or(balancer.map(|balancer| balancer.default_pool().id));
    let created_at = draft.stamp.at;
    let missing = || {
        let reference = load_balancer.to_string();
        refused(AttachmentFault::NotFound { what: "load balancer", reference })
    };
    let pool = pool.ok_or_else(missing)?;
    Ok(Attachment { id, created_at, load_balancer, pool, port, weight })
}
