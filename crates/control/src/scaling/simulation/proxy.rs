//! The proxy's side: it learns of Changes a while later, checks members, carries requests, and says when nothing is in
//! flight on a member any more.

use std::collections::BTreeMap;

use elbow_model::instance::Instance;
use elbow_model::member::Member;
use elbow_model::observed::{InForce, MemberObservation, Observed, ProbedHealth, ProxyView};
use elbow_model::value::{InstanceId, MemberId, ProxyId, Revision, Timestamp};
use elbow_model::world::World;
use uuid::Uuid;

use super::machines::Machines;
use super::random::Random;

pub(super) struct Proxy {
    /// The newest World that it runs.
    runs: Option<World>,
    /// What it has yet to learn, and when it does.
    coming: Vec<(Timestamp, World)>,
    /// Requests in flight.
    pub(super) in_flight: BTreeMap<InstanceId, Traffic>,
}

/// What is in flight at an instance.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traffic {
    pub(super) requests: u64,
    /// Whether one of them never ends.
    is_endless: bool,
}

impl Proxy {
    pub(super) fn new() -> Self {
        Self { runs: None, coming: Vec::new(), in_flight: BTreeMap::new() }
    }

    /// There is a newer World.
    pub(super) fn tell(&mut self, world: &World, now: Timestamp, random: &mut Random) {
        let earlier = self.coming.last().map_or(now, |(at, _)| *at);
        let at = earlier.max(Timestamp(now.0 + random.below(300)));
        self.coming.push((at, world.clone()));
    }

    /// It was killed: requests in flight are gone, and it begins with what it last ran.
    pub(super) fn die(&mut self) {
        self.in_flight.clear();
    }

    /// Time passes: what it does, and what it says of it.
    pub(super) fn pass(
        &mut self,
        observed: &mut Observed,
        machines: &Machines,
        now: Timestamp,
        random: &mut Random,
    ) {
        while self.coming.first().is_some_and(|(at, _)| *at <= now) {
            let (_, world) = self.coming.remove(0);
            self.runs = Some(world);
        }
        let Some(world) = self.runs.clone() else { return };
        self.check(&world, observed, machines, now, random);
        self.carry(&world, observed, machines, random);
        self.report(&world, observed, now);
    }

    fn check(
        &mut self,
        world: &World,
        observed: &mut Observed,
        machines: &Machines,
        now: Timestamp,
        random: &mut Random,
    ) {
        for (instance, member) in members(world) {
            if random.happens(300) {
                continue; // the next check is yet to come
            }
            let health = match machines.serves(instance.id, now) {
                true => ProbedHealth::Healthy,
                false => ProbedHealth::Unhealthy,
            };
            let seen = MemberObservation { health, since: now, last_failure: None };
            observed.members.insert(member.id, seen);
        }
    }

    fn carry(
        &mut self,
        world: &World,
        observed: &Observed,
        machines: &Machines,
        random: &mut Random,
    ) {
        self.in_flight.retain(|id, _| machines.runs(*id));
        for traffic in self.in_flight.values_mut() {
            traffic.requests = random.below(traffic.requests + 1).max(traffic.is_endless.into());
        }
        for (instance, member) in members(world) {
            let is_healthy = |seen: &MemberObservation| seen.health == ProbedHealth::Healthy;
            let gets_work = member.effective_weight().get() > 0
                && machines.runs(instance.id)
                && observed.members.get(&member.id).is_some_and(is_healthy);
            if gets_work {
                let traffic = self.in_flight.entry(instance.id).or_default();
                traffic.requests += random.below(4);
                traffic.is_endless |= random.happens(2);
            }
        }
    }

    fn report(&self, world: &World, observed: &mut Observed, now: Timestamp) {
        let balancers = || world.load_balancers();
        let is_idle = |id| self.in_flight.get(id).is_none_or(|traffic| traffic.requests == 0);
        let drained = members(world).filter_map(|(instance, member)| {
            let balancer = world.of_member(member.id)?;
            let is_done = member.effective_weight().get() == 0 && is_idle(&instance.id);
            is_done.then_some((member.id, balancer.revision))
        });
        let in_force = |revision| InForce { revision, after_ms: 1 };
        let view = ProxyView {
            version: "simulated".to_owned(),
            pid: 1,
            connected_at: now,
            revision: world.revision(),
            failed: imbl::OrdMap::new(),
            in_force: balancers().map(|one| (one.id, in_force(one.revision))).collect(),
            drained: drained.collect::<imbl::HashMap<MemberId, Revision>>(),
            waiting: imbl::HashMap::new(),
        };
        observed.proxies.insert(ProxyId::from(Uuid::from_u128(1)), view);
    }
}

/// The members that instances have.
fn members(world: &World) -> impl Iterator<Item = (&Instance, &Member)> {
    let pools = world.load_balancers().flat_map(|balancer| &balancer.pools);
    pools.flat_map(|pool| &pool.members).filter_map(|member| {
        let by = member.registered_by?;
        Some((world.instance(by.instance)?.as_ref(), member.as_ref()))
    })
}
