//! Scaling groups, instances and activities in the World, with the indexes over them. The indexes hold nothing that
//! cannot be computed from the records.

use std::net::IpAddr;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use super::index::{count_down, count_up, named_so};
use super::{Key, Record, World};
use crate::activity::Activity;
use crate::instance::Instance;
use crate::scaling_group::ScalingGroup;
use crate::value::{
    ActivityId, AttachmentId, HookId, InstanceId, Name, NetworkId, PolicyId, PoolId, ProjectId,
    ScalingGroupId, ScheduleId, UserId,
};

/// Everything about scaling groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scaling {
    groups: OrdMap<ScalingGroupId, Arc<ScalingGroup>>,
    instances: OrdMap<InstanceId, Arc<Instance>>,
    activities: OrdMap<ActivityId, Arc<Activity>>,
    names: OrdMap<(ProjectId, Name, UserId), ScalingGroupId>,
    of_attachment: OrdMap<AttachmentId, ScalingGroupId>,
    of_policy: OrdMap<PolicyId, ScalingGroupId>,
    of_schedule: OrdMap<ScheduleId, ScalingGroupId>,
    of_hook: OrdMap<HookId, ScalingGroupId>,
    by_pool: OrdSet<(PoolId, ScalingGroupId)>,
    by_project: OrdSet<(ProjectId, ScalingGroupId)>,
    by_group: OrdSet<(ScalingGroupId, InstanceId)>,
    by_address: OrdSet<(IpAddr, InstanceId)>,
    activities_by_group: OrdSet<(ScalingGroupId, ActivityId)>,
    /// How many groups a network has; absent for none. So on below.
    per_network: OrdMap<NetworkId, u32>,
    groups_per_project: OrdMap<ProjectId, u32>,
    instances_per_project: OrdMap<ProjectId, u32>,
    instances_per_group: OrdMap<ScalingGroupId, u32>,
    /// Those that count towards what is desired.
    counting_per_group: OrdMap<ScalingGroupId, u32>,
    activities_per_group: OrdMap<ScalingGroupId, u32>,
}

impl World {
    /// All scaling groups, oldest first.
    pub fn scaling_groups(&self) -> impl DoubleEndedIterator<Item = &Arc<ScalingGroup>> {
        self.scaling.groups.values()
    }

    /// A project's scaling groups, oldest first.
    pub fn scaling_groups_of(
        &self,
        project: ProjectId,
    ) -> impl DoubleEndedIterator<Item = &Arc<ScalingGroup>> {
        let range = (project, first())..=(project, last());
        self.scaling.by_project.range(range).filter_map(|(_, id)| self.scaling.groups.get(id))
    }

    /// How many scaling groups a project has.
    pub fn scaling_group_count_of(&self, project: ProjectId) -> u32 {
        self.scaling.groups_per_project.get(&project).copied().unwrap_or(0)
    }

    /// How many scaling groups are in a network.
    pub fn scaling_group_count_in(&self, network: NetworkId) -> u32 {
        self.scaling.per_network.get(&network).copied().unwrap_or(0)
    }

    /// A scaling group by id.
    pub fn scaling_group(&self, id: ScalingGroupId) -> Option<&Arc<ScalingGroup>> {
        self.scaling.groups.get(&id)
    }

    /// A project's scaling groups with a name: one per owner at most, and several only if they don't see each other's.
    pub fn scaling_groups_named(
        &self,
        project: ProjectId,
        name: &str,
    ) -> impl Iterator<Item = &Arc<ScalingGroup>> {
        let ids = named_so(&self.scaling.names, project, name);
        ids.filter_map(|id| self.scaling.groups.get(&id))
    }

    /// The scaling groups that are attached to a pool.
    pub fn scaling_groups_at(&self, pool: PoolId) -> impl Iterator<Item = &Arc<ScalingGroup>> {
        let range = (pool, first())..=(pool, last());
        self.scaling.by_pool.range(range).filter_map(|(_, id)| self.scaling.groups.get(id))
    }

    /// The scaling group that an attachment is of.
    pub fn of_attachment(&self, id: AttachmentId) -> Option<&Arc<ScalingGroup>> {
        self.scaling.groups.get(self.scaling.of_attachment.get(&id)?)
    }

    /// The scaling group that a policy is of.
    pub fn of_policy(&self, id: PolicyId) -> Option<&Arc<ScalingGroup>> {
        self.scaling.groups.get(self.scaling.of_policy.get(&id)?)
    }

    /// The scaling group that a schedule is of.
    pub fn of_schedule(&self, id: ScheduleId) -> Option<&Arc<ScalingGroup>> {
        self.scaling.groups.get(self.scaling.of_schedule.get(&id)?)
    }

    /// The scaling group that a lifecycle hook is of.
    pub fn of_hook(&self, id: HookId) -> Option<&Arc<ScalingGroup>> {
        self.scaling.groups.get(self.scaling.of_hook.get(&id)?)
    }

    /// An instance by id.
    pub fn instance(&self, id: InstanceId) -> Option<&Arc<Instance>> {
        self.scaling.instances.get(&id)
    }

    /// A group's instances, oldest first, those on their way out too.
    pub fn instances_of(
        &self,
        group: ScalingGroupId,
    ) -> impl DoubleEndedIterator<Item = &Arc<Instance>> {
        let range = (group, first())..=(group, last());
        self.scaling.by_group.range(range).filter_map(|(_, id)| self.scaling.instances.get(id))
    }

    /// All instances, oldest first.
    pub fn instances(&self) -> impl DoubleEndedIterator<Item = &Arc<Instance>> {
        self.scaling.instances.values()
    }

    /// How many instances there are in all.
    pub fn instance_count(&self) -> usize {
        self.scaling.instances.len()
    }

    /// How many instances a project has.
    pub fn instance_count_in(&self, project: ProjectId) -> u32 {
        self.scaling.instances_per_project.get(&project).copied().unwrap_or(0)
    }

    /// How many instances a group has, those on their way out too.
    pub fn instance_count_of(&self, group: ScalingGroupId) -> u32 {
        self.scaling.instances_per_group.get(&group).copied().unwrap_or(0)
    }

    /// How many instances of a group count towards what is desired ([`Phase::counts`](crate::instance::Phase::counts)).
    pub fn counting_instances_of(&self, group: ScalingGroupId) -> u32 {
        self.scaling.counting_per_group.get(&group).copied().unwrap_or(0)
    }

    /// The instances at an address.
    pub fn instances_at(&self, address: IpAddr) -> impl Iterator<Item = &Arc<Instance>> {
        let range = (address, first())..=(address, last());
        self.scaling.by_address.range(range).filter_map(|(_, id)| self.scaling.instances.get(id))
    }

    /// Addresses of instances from `first` to `last`, ascending.
    pub(super) fn instance_addresses(
        &self,
        from: IpAddr,
        to: IpAddr,
    ) -> impl Iterator<Item = IpAddr> + '_ {
        self.scaling.by_address.range((from, first())..=(to, last())).map(|(address, _)| *address)
    }

    /// An activity by id.
    pub fn activity(&self, id: ActivityId) -> Option<&Arc<Activity>> {
        self.scaling.activities.get(&id)
    }

    /// A group's activities, oldest first; reversible for newest first.
    pub fn activities_of(
        &self,
        group: ScalingGroupId,
    ) -> impl DoubleEndedIterator<Item = &Arc<Activity>> {
        let range = (group, first())..=(group, last());
        let ids = self.scaling.activities_by_group.range(range);
        ids.filter_map(|(_, id)| self.scaling.activities.get(id))
    }

    /// How many activities of a group are kept.
    pub fn activity_count_of(&self, group: ScalingGroupId) -> u32 {
        self.scaling.activities_per_group.get(&group).copied().unwrap_or(0)
    }
}

fn first<I: From<Uuid>>() -> I {
    Uuid::nil().into()
}

fn last<I: From<Uuid>>() -> I {
    Uuid::max().into()
}

impl Scaling {
    pub(super) fn record(&self, key: &Key) -> Option<Record> {
        match key {
            Key::ScalingGroup(id) => self.groups.get(id).cloned().map(Record::ScalingGroup),
            Key::Instance(id) => self.instances.get(id).cloned().map(Record::Instance),
            Key::Activity(id) => self.activities.get(id).cloned().map(Record::Activity),
            _ => None,
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        let groups = self.groups.keys().copied().map(Key::ScalingGroup);
        let instances = self.instances.keys().copied().map(Key::Instance);
        groups.chain(instances).chain(self.activities.keys().copied().map(Key::Activity))
    }

    pub(super) fn put_group(&mut self, group: Arc<ScalingGroup>) {
        if let Some(old) = self.groups.insert(group.id, Arc::clone(&group)) {
            self.forget_group(&old);
        }
        self.names.insert((group.project, group.settings.name.clone(), group.owner), group.id);
        self.by_project.insert((group.project, group.id));
        count_up(&mut self.groups_per_project, group.project);
        count_up(&mut self.per_network, group.network);
        for attachment in &group.attachments {
            self.of_attachment.insert(attachment.id, group.id);
            self.by_pool.insert((attachment.pool, group.id));
        }
        for policy in &group.policies {
            self.of_policy.insert(policy.id, group.id);
        }
        for schedule in &group.schedules {
            self.of_schedule.insert(schedule.id, group.id);
        }
        for hook in &group.hooks {
            self.of_hook.insert(hook.id, group.id);
        }
    }

    pub(super) fn remove_group(&mut self, id: ScalingGroupId) {
        if let Some(old) = self.groups.remove(&id) {
            self.forget_group(&old);
        }
    }

    pub(super) fn put_instance(&mut self, instance: Arc<Instance>) {
        if let Some(old) = self.instances.insert(instance.id, Arc::clone(&instance)) {
            self.forget_instance(&old);
        }
        self.by_group.insert((instance.group, instance.id));
        count_up(&mut self.instances_per_project, instance.project);
        count_up(&mut self.instances_per_group, instance.group);
        if instance.phase.counts() {
            count_up(&mut self.counting_per_group, instance.group);
        }
        if let Some(address) = instance.address {
            self.by_address.insert((address.get(), instance.id));
        }
    }

    pub(super) fn remove_instance(&mut self, id: InstanceId) {
        if let Some(old) = self.instances.remove(&id) {
            self.forget_instance(&old);
        }
    }

    pub(super) fn put_activity(&mut self, activity: Arc<Activity>) {
        let place = (activity.group, activity.id);
        if self.activities.insert(activity.id, activity).is_none() {
            self.activities_by_group.insert(place);
            count_up(&mut self.activities_per_group, place.0);
        }
    }

    pub(super) fn remove_activity(&mut self, id: ActivityId) {
        if let Some(old) = self.activities.remove(&id) {
            self.activities_by_group.remove(&(old.group, id));
            count_down(&mut self.activities_per_group, &old.group);
        }
    }

    fn forget_group(&mut self, old: &ScalingGroup) {
        self.names.remove(&(old.project, old.settings.name.clone(), old.owner));
        self.by_project.remove(&(old.project, old.id));
        count_down(&mut self.groups_per_project, &old.project);
        count_down(&mut self.per_network, &old.network);
        for attachment in &old.attachments {
            self.of_attachment.remove(&attachment.id);
            self.by_pool.remove(&(attachment.pool, old.id));
        }
        for policy in &old.policies {
            self.of_policy.remove(&policy.id);
        }
        for schedule in &old.schedules {
            self.of_schedule.remove(&schedule.id);
        }
        for hook in &old.hooks {
            self.of_hook.remove(&hook.id);
        }
    }

    fn forget_instance(&mut self, old: &Instance) {
        self.by_group.remove(&(old.group, old.id));
        count_down(&mut self.instances_per_project, &old.project);
        count_down(&mut self.instances_per_group, &old.group);
        if old.phase.counts() {
            count_down(&mut self.counting_per_group, &old.group);
        }
        if let Some(address) = old.address {
            self.by_address.remove(&(address.get(), old.id));
        }
    }
}
