//! What groups mean for requests that find nobody to serve them is in the entries of the load balancers that they are
//! attached to: where a Change alters it, those load balancers are of its revision, so that proxies learn of it.

use std::collections::BTreeSet;

use super::super::draft::Draft;
use crate::value::{PoolId, ScalingGroupId};
use crate::world::{Key, World};

/// Stamps the load balancers of whose pools [`World::wake_of`] says something else than `before`.
pub(in crate::world::apply) fn tell_balancers(draft: &mut Draft, before: &World) {
    let is_empty = |world: &World| world.scaling_groups().next().is_none();
    if is_empty(before) && is_empty(&draft.world) {
        return;
    }
    for pool in concerned(draft, before) {
        let Some(balancer) = draft.world.of_pool(pool) else { continue };
        let is_told = balancer.revision == draft.stamp.revision;
        if !is_told && before.wake_of(pool) != draft.world.wake_of(pool) {
            let balancer = balancer.as_ref().clone();
            draft.put(balancer);
        }
    }
}

/// The pools to which those groups are or were attached that the Change may have altered.
fn concerned(draft: &Draft, before: &World) -> BTreeSet<PoolId> {
    let worlds = [before, &draft.world];
    let mut groups: BTreeSet<ScalingGroupId> = BTreeSet::new();
    for key in draft.touched() {
        for world in worlds {
            match key {
                Key::ScalingGroup(id) => {
                    groups.insert(*id);
                }
                Key::Instance(id) => groups.extend(world.instance(*id).map(|one| one.group)),
                Key::LoadBalancer(id) => {
                    let pools = world.load_balancer(*id).into_iter().flat_map(|b| &b.pools);
                    let at = pools.flat_map(|pool| world.scaling_groups_at(pool.id));
                    groups.extend(at.map(|group| group.id));
                }
                Key::Network(_) => groups.extend(world.scaling_groups().map(|group| group.id)),
                Key::Certificate(_)
                | Key::Project(_)
                | Key::User(_)
                | Key::Activity(_)
                | Key::Numbers
                | Key::VipCursor(_)
                | Key::HeldVip(_)
                | Key::EndedSession(_)
                | Key::ApiKey(_)
                | Key::Identity(_)
                | Key::Request(_) => {}
            }
        }
    }
    let of_groups = |world: &World| -> Vec<PoolId> {
        let known = groups.iter().filter_map(|id| world.scaling_group(*id));
        known.flat_map(|group| group.attachments.iter().map(|a| a.pool)).collect()
    };
    worlds.into_iter().flat_map(of_groups).collect()
}
