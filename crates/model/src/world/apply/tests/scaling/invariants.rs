//! What holds of scaling groups in every World that came of Changes.

use std::collections::BTreeSet;

use super::super::invariants::all_different;
use crate::instance::{Instance, Phase};
use crate::scaling_group::{GroupStatus, ScalingGroup};
use crate::world::World;
use crate::world::apply::scaling::membership;

#[track_caller]
pub(in super::super) fn check_scaling(world: &World) {
    let groups = || world.scaling_groups();
    all_different(groups().map(|g| (g.project, &g.settings.name)), "names of scaling groups");
    all_different(groups().flat_map(|g| g.attachments.iter().map(|a| a.id)), "attachment ids");
    all_different(groups().flat_map(|g| g.policies.iter().map(|p| p.id)), "policy ids");
    all_different(groups().flat_map(|g| g.schedules.iter().map(|s| s.id)), "schedule ids");
    all_different(groups().flat_map(|g| g.hooks.iter().map(|h| h.id)), "hook ids");
    for group in groups() {
        check_group(world, group);
    }
    for instance in world.instances() {
        check_instance(world, instance);
    }
    let of_groups = world.load_balancers().flat_map(|b| &b.pools).flat_map(|p| &p.members);
    for member in of_groups {
        let Some(by) = member.registered_by else { continue };
        let instance = world.instance(by.instance).expect("no member without its instance");
        assert_eq!(by.group, instance.group);
        assert!(instance.members.contains(&member.id), "a member its instance does not know");
    }
    assert!(world.instance_count() <= ScalingGroup::MAX_INSTANCES_IN_ALL as usize);
}

fn check_group(world: &World, group: &ScalingGroup) {
    let project = world.project(group.project).expect("its project exists");
    let network = world.network(group.network).expect("its network exists");
    assert!(network.project.is_none_or(|owner| owner == project.id));
    assert!(group.settings.min <= group.settings.max);
    let is_inside = group.settings.min <= group.desired && group.desired <= group.settings.max;
    match group.status {
        GroupStatus::Active | GroupStatus::Inactive => assert!(is_inside, "desired out of bounds"),
        GroupStatus::Deleting => {
            assert!(world.instances_of(group.id).next().is_some(), "it should be gone");
        }
    }
    assert!(group.attachments.len() <= project.quota.attachments_per_scaling_group as usize);
    all_different(group.attachments.iter().map(|a| (a.pool, a.port)), "attachments");
    for attachment in &group.attachments {
        let balancer = world.load_balancer(attachment.load_balancer).expect("it exists");
        assert_eq!(balancer.project, group.project);
        assert!(balancer.pool(attachment.pool).is_some(), "attached to nothing");
    }
    all_different(group.policies.iter().map(|p| &p.settings.name), "policy names");
    all_different(group.schedules.iter().map(|s| &s.settings.name), "schedule names");
    all_different(group.hooks.iter().map(|h| &h.settings.name), "hook names");
    assert!(group.templates.is_sorted_by(|a, b| a.version < b.version));
    assert!(world.instance_count_of(group.id) <= ScalingGroup::MAX_INSTANCES);
    assert!(world.activities_of(group.id).count() <= ScalingGroup::MAX_ACTIVITIES);
    let counting = world.instances_of(group.id).filter(|i| i.phase.counts()).count();
    assert_eq!(counting, world.counting_instances_of(group.id) as usize);
}

fn check_instance(world: &World, instance: &Instance) {
    let group = world.scaling_group(instance.group).expect("no instance without its group");
    assert_eq!(group.project, instance.project);
    if let Some(version) = instance.origin.template() {
        assert!(group.template_of(version).is_some(), "its template is gone");
    }
    let is_known = instance.address.is_some();
    assert!(is_known || !matches!(instance.phase, Phase::Joining | Phase::InService));
    let ids: BTreeSet<_> = instance.members.iter().collect();
    assert_eq!(ids.len(), instance.members.len(), "a member twice");
    let duty = membership::duty(&instance.phase);
    assert!(duty.is_some() || instance.members.is_empty(), "members in {:?}", instance.phase);
    for id in &instance.members {
        let balancer = world.of_member(*id).expect("no reference to a member that is gone");
        let member = balancer.pool_of(*id).and_then(|pool| pool.member(*id)).expect("indexed");
        let by = member.registered_by.expect("its members say so");
        assert_eq!((by.instance, Some(by.duty)), (instance.id, duty));
    }
    let is_waiting =
        matches!(instance.phase, Phase::PendingWait { .. } | Phase::RemovingWait { .. });
    assert_eq!(is_waiting, !instance.phase.waits().is_empty(), "waiting for nothing");
    if let Some(address) = instance.address {
        assert!(
            world.of_vip(address.get()).is_none() || instance.origin.template().is_none(),
            "an instance on a virtual IP"
        );
        let same = |other: &&std::sync::Arc<Instance>| other.port == instance.port;
        assert_eq!(world.instances_at(address.get()).filter(same).count(), 1, "address twice");
    }
}
