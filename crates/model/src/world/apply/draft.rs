//! The World that a Change is making: what all families of rules share. It stamps, it keeps the
//! indexes right, and it notes which records are touched.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use uuid::Uuid;

use super::invalid;
use crate::activity::Activity;
use crate::certificate::Certificate;
use crate::change::{Author, Change};
use crate::instance::Instance;
use crate::load_balancer::LoadBalancer;
use crate::network::Network;
use crate::project::{Project, Quota};
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::ScalingGroup;
use crate::user::{Account, User};
use crate::value::{
    ActivityId, Id, InstanceId, ListenerId, LoadBalancerId, MemberId, Number, PoolId, ProjectId,
    Revision, RuleId, ScalingGroupId, Timestamp, UserId,
};
use crate::world::{Applied, Key, World, search};

/// A World in the making.
pub(super) struct Draft {
    /// The World with all edits so far.
    pub(super) world: World,
    /// What is written on everything that is touched.
    pub(super) stamp: Stamp,
    /// Whose Change it is.
    pub(super) author: Author,
    touched: BTreeSet<Key>,
    claimed: BTreeSet<(ResourceKind, Uuid)>,
    /// How many ids were made.
    derived: u32,
}

/// Which Change touched a resource.
#[derive(Clone, Copy)]
pub(super) struct Stamp {
    pub(super) revision: Revision,
    pub(super) at: Timestamp,
    pub(super) owner: UserId,
}

/// The most records of each kind that one commit forgets: enough to keep up, too few to be slow.
const FORGET_AT_ONCE: usize = 16;

impl Draft {
    pub(super) fn new(world: &World, change: &Change) -> Result<Self, Rejection> {
        if let Author::User { id, name } = &change.author
            && world.user(*id).is_none_or(|user| user.account == Account::Disabled)
        {
            return Err(not_found(ResourceKind::User, name));
        }
        Ok(Self {
            world: world.clone(),
            stamp: Stamp {
                revision: world.revision.next(),
                at: change.at,
                owner: change.author.owner(),
            },
            author: change.author.clone(),
            touched: BTreeSet::new(),
            claimed: BTreeSet::new(),
            derived: 0,
        })
    }

    /// The next World with all that comes of the Change as a whole.
    pub(super) fn finish(mut self, change: &Change) -> Applied {
        for key in &self.touched {
            let Key::LoadBalancer(id) = key else { continue };
            if let Some(balancer) = self.world.load_balancers.get(id) {
                let place = (balancer.project, *id);
                self.world.index.haystacks.insert(place, search::haystack(balancer));
            }
        }
        if let Some(mark) = &change.request {
            let sequence = self.world.requests.remember(&change.author, mark, change.at);
            self.touch(Key::Request(sequence));
        }
        self.forget(change.at);
        self.world.revision = self.stamp.revision;
        Applied::Next { world: self.world, touched: self.touched.into_iter().collect() }
    }

    fn forget(&mut self, now: Timestamp) {
        for _ in 0..FORGET_AT_ONCE {
            let Some(sequence) = self.world.requests.drop_surplus(now) else { break };
            self.touch(Key::Request(sequence));
        }
        for _ in 0..FORGET_AT_ONCE {
            let Some(session) = self.world.ended_sessions.surplus(now) else { break };
            self.world.ended_sessions.remove(session);
            self.touch(Key::EndedSession(session));
        }
        for _ in 0..FORGET_AT_ONCE {
            let Some(vip) = self.world.held_vips.surplus(now, World::VIP_HOLD) else { break };
            self.world.held_vips.remove(vip);
            self.touch(Key::HeldVip(vip));
        }
    }

    /// The records that are different so far.
    pub(super) fn touched(&self) -> impl Iterator<Item = &Key> {
        self.touched.iter()
    }

    pub(super) fn touch(&mut self, key: Key) {
        self.touched.insert(key);
    }

    /// Takes an id for a new resource; each is used once.
    pub(super) fn claim(
        &mut self,
        kind: ResourceKind,
        id: impl Id,
        place: &str,
    ) -> Result<(), Rejection> {
        let uuid = id.uuid();
        let world = &self.world;
        let is_known = match kind {
            ResourceKind::LoadBalancer => world.load_balancer(uuid.into()).is_some(),
            ResourceKind::Listener => world.of_listener(uuid.into()).is_some(),
            ResourceKind::Rule => world.of_rule(uuid.into()).is_some(),
            ResourceKind::Pool => world.of_pool(uuid.into()).is_some(),
            ResourceKind::Member => world.of_member(uuid.into()).is_some(),
            ResourceKind::Network => world.network(uuid.into()).is_some(),
            ResourceKind::Project => world.project(uuid.into()).is_some(),
            ResourceKind::User => world.user(uuid.into()).is_some(),
            ResourceKind::Certificate => world.certificate(uuid.into()).is_some(),
            ResourceKind::ScalingGroup => world.scaling_group(uuid.into()).is_some(),
            ResourceKind::Instance => world.instance(uuid.into()).is_some(),
            ResourceKind::Attachment => world.of_attachment(uuid.into()).is_some(),
            ResourceKind::Policy => world.of_policy(uuid.into()).is_some(),
            ResourceKind::Schedule => world.of_schedule(uuid.into()).is_some(),
            ResourceKind::LifecycleHook => world.of_hook(uuid.into()).is_some(),
            ResourceKind::Activity => world.activity(uuid.into()).is_some(),
            ResourceKind::Identity => world.identity(uuid.into()).is_some(),
            ResourceKind::ApiKey => world.api_key(uuid.into()).is_some(),
        };
        if is_known || !self.claimed.insert((kind, uuid)) {
            return Err(invalid(
                format!("{place}id"),
                format!("there is a {kind} with id {id} already; leave `id` out to get a new one"),
            ));
        }
        Ok(())
    }

    /// An id for something that comes of the Change without its author having named it: a UUID of version 7 made of the
    /// time, the revision and a count, so that it is new and the same at every replay.
    pub(super) fn derive_id<I: Id>(&mut self) -> I {
        self.derived = self.derived.saturating_add(1);
        // 74 bits: 42 of the revision, 32 of the count, so that ids of one Change sort as they were made.
        let bits =
            u128::from(self.stamp.revision.0 & ((1 << 42) - 1)) << 32 | u128::from(self.derived);
        // The builder overwrites 6 bits with version and variant (RFC 9562 §5.7): 4 in front of the first 12 bits, 2 in
        // front of the other 62.
        let (a, b) = (bits >> 62 & 0xfff, bits & ((1 << 62) - 1));
        let placed = (a << 64 | b).to_be_bytes();
        let mut random = [0; 10];
        random.copy_from_slice(&placed[6..]);
        uuid::Builder::from_unix_timestamp_millis(self.stamp.at.0, &random).into_uuid().into()
    }

    /// The number for a new load balancer, network and so on: `of` says which count.
    pub(super) fn next_number(
        &mut self,
        of: fn(&mut crate::world::Numbers) -> &mut Number,
    ) -> Number {
        let last = of(&mut self.world.numbers);
        last.0 = last.0.saturating_add(1);
        let number = *last;
        self.touch(Key::Numbers);
        number
    }

    /// What a project may have at most.
    pub(super) fn quota(&self, project: ProjectId) -> Quota {
        self.world.project(project).map(|project| project.quota).unwrap_or_default()
    }

    /// Holds the quotas of what load balancers have together, as `before` and now: whatever edit brought more, the
    /// joining of instances too.
    pub(super) fn check_totals(&self, before: &World) -> Result<(), Rejection> {
        let project_of = |key: &Key| match key {
            Key::LoadBalancer(id) => self.world.load_balancer(*id).map(|balancer| balancer.project),
            _ => None,
        };
        let projects: BTreeSet<ProjectId> = self.touched.iter().filter_map(project_of).collect();
        for project in projects {
            let (quota, old, new) =
                (self.quota(project), before.usage(project), self.world.usage(project));
            let checks = [
                ("virtual IPs", old.vips, new.vips, quota.vips),
                ("listeners", old.listeners, new.listeners, quota.listeners),
                ("pools", old.pools, new.pools, quota.pools),
                ("members", old.members, new.members, quota.members),
            ];
            let mut over =
                checks.into_iter().filter(|(_, old, new, limit)| new > old && new > limit);
            if let Some((what, _, _, limit)) = over.next() {
                return Err(Rejection::QuotaExceeded { what, limit });
            }
        }
        Ok(())
    }

    /// A copy of a load balancer, to be altered and [put](Self::put) back.
    pub(super) fn balancer(&self, id: LoadBalancerId) -> Result<LoadBalancer, Rejection> {
        copy(self.world.load_balancer(id), ResourceKind::LoadBalancer, id)
    }

    /// A copy of the load balancer of a listener; so on for the other children.
    pub(super) fn balancer_of_listener(&self, id: ListenerId) -> Result<LoadBalancer, Rejection> {
        copy(self.world.of_listener(id), ResourceKind::Listener, id)
    }

    pub(super) fn balancer_of_rule(&self, id: RuleId) -> Result<LoadBalancer, Rejection> {
        copy(self.world.of_rule(id), ResourceKind::Rule, id)
    }

    pub(super) fn balancer_of_pool(&self, id: PoolId) -> Result<LoadBalancer, Rejection> {
        copy(self.world.of_pool(id), ResourceKind::Pool, id)
    }

    pub(super) fn balancer_of_member(&self, id: MemberId) -> Result<LoadBalancer, Rejection> {
        copy(self.world.of_member(id), ResourceKind::Member, id)
    }

    /// Puts a new or altered load balancer into the World, stamped.
    pub(super) fn put(&mut self, mut balancer: LoadBalancer) {
        balancer.revision = self.stamp.revision;
        balancer.updated_at = self.stamp.at;
        self.touch(Key::LoadBalancer(balancer.id));
        self.world.put_load_balancer(Arc::new(balancer));
    }

    /// Puts a load balancer into the World that nobody edited, though what it refers to is different: proxies get it
    /// again.
    pub(super) fn put_unedited(&mut self, mut balancer: LoadBalancer) {
        balancer.revision = self.stamp.revision;
        self.touch(Key::LoadBalancer(balancer.id));
        self.world.put_load_balancer(Arc::new(balancer));
    }

    pub(super) fn put_certificate(&mut self, mut certificate: Certificate) {
        certificate.revision = self.stamp.revision;
        certificate.updated_at = self.stamp.at;
        self.touch(Key::Certificate(certificate.id));
        self.world.put_certificate(Arc::new(certificate));
    }

    /// Puts a certificate into the World of which only the seal is different.
    pub(super) fn put_resealed(&mut self, certificate: Certificate) {
        self.touch(Key::Certificate(certificate.id));
        self.world.put_certificate(Arc::new(certificate));
    }

    pub(super) fn put_network(&mut self, mut network: Network) {
        network.revision = self.stamp.revision;
        network.updated_at = self.stamp.at;
        self.touch(Key::Network(network.id));
        self.world.put_network(Arc::new(network));
    }

    /// A copy of a scaling group, to be altered and put back.
    pub(super) fn group(&self, id: ScalingGroupId) -> Result<ScalingGroup, Rejection> {
        let group = self.world.scaling_group(id).map(|group| ScalingGroup::clone(group));
        group.ok_or_else(|| not_found(ResourceKind::ScalingGroup, id))
    }

    /// Puts a scaling group that people altered into the World, stamped.
    pub(super) fn put_group(&mut self, mut group: ScalingGroup) {
        group.revision = self.stamp.revision;
        group.updated_at = self.stamp.at;
        self.put_scaled_group(group);
    }

    /// Puts a scaling group into the World of which only is different what scaling alters.
    pub(super) fn put_scaled_group(&mut self, group: ScalingGroup) {
        self.touch(Key::ScalingGroup(group.id));
        self.world.scaling.put_group(Arc::new(group));
    }

    pub(super) fn remove_group(&mut self, id: ScalingGroupId) {
        self.touch(Key::ScalingGroup(id));
        self.world.scaling.remove_group(id);
    }

    /// A copy of an instance, to be altered and put back.
    pub(super) fn instance(&self, id: InstanceId) -> Result<Instance, Rejection> {
        let instance = self.world.instance(id).map(|instance| Instance::clone(instance));
        instance.ok_or_else(|| not_found(ResourceKind::Instance, id))
    }

    pub(super) fn put_instance(&mut self, mut instance: Instance) {
        instance.revision = self.stamp.revision;
        instance.updated_at = self.stamp.at;
        self.touch(Key::Instance(instance.id));
        self.world.scaling.put_instance(Arc::new(instance));
    }

    pub(super) fn remove_instance(&mut self, id: InstanceId) {
        self.touch(Key::Instance(id));
        self.world.scaling.remove_instance(id);
    }

    pub(super) fn put_activity(&mut self, mut activity: Activity) {
        activity.revision = self.stamp.revision;
        self.touch(Key::Activity(activity.id));
        self.world.scaling.put_activity(Arc::new(activity));
    }

    pub(super) fn remove_activity(&mut self, id: ActivityId) {
        self.touch(Key::Activity(id));
        self.world.scaling.remove_activity(id);
    }

    pub(super) fn put_project(&mut self, mut project: Project) {
        project.revision = self.stamp.revision;
        project.updated_at = self.stamp.at;
        self.touch(Key::Project(project.id));
        self.world.put_project(Arc::new(project));
    }

    pub(super) fn remove_project(&mut self, id: ProjectId) {
        self.touch(Key::Project(id));
        self.world.remove_project(id);
    }

    pub(super) fn remove_user(&mut self, id: UserId) {
        self.touch(Key::User(id));
        self.world.remove_user(id);
    }

    pub(super) fn put_user(&mut self, mut user: User) {
        user.revision = self.stamp.revision;
        user.updated_at = self.stamp.at;
        self.touch(Key::User(user.id));
        self.world.put_user(Arc::new(user));
    }
}

fn copy(
    balancer: Option<&Arc<LoadBalancer>>,
    kind: ResourceKind,
    id: impl Display,
) -> Result<LoadBalancer, Rejection> {
    balancer.map(|balancer| LoadBalancer::clone(balancer)).ok_or_else(|| not_found(kind, id))
}

/// The request's own object does not exist.
pub(super) fn not_found(kind: ResourceKind, reference: impl Display) -> Rejection {
    Rejection::NotFound { kind, reference: reference.to_string(), field: None, known: Vec::new() }
}

/// What refers to something, in words, shortened: `several` of `count` and how many more.
pub(super) fn shortened(several: impl Iterator<Item = String>, count: usize) -> Vec<String> {
    const NAMED: usize = 5;
    let mut words: Vec<String> = several.take(NAMED).collect();
    match count.saturating_sub(words.len()) {
        0 => {}
        1 => words.push("one other".to_owned()),
        more => words.push(format!("{more} others")),
    }
    words
}

/// A quota is used up if there would be more than `limit`.
pub(super) fn within(count: usize, limit: u32, what: &'static str) -> Result<(), Rejection> {
    match u32::try_from(count) {
        Ok(count) if count <= limit => Ok(()),
        _ => Err(Rejection::QuotaExceeded { what, limit }),
    }
}
