//! The proxy's side: it learns of Changes a while later, checks members, carries requests, and says when nothing is in
//! flight on a member any more.

use std::collections::BTreeMap;

use elbow_model::instance::Instance;
use elbow_model::member::Member;
use elbow_model::observed::{InForce, MemberObservation, Observed, ProbedHealth, ProxyView};
use elbow_model::value::{InstanceId, MemberId, ProxyId, Revision, Timestamp};
use elbow_model::wake::{Waiting, Wake};
use elbow_model::world::World;
use uuid::Uuid;

use super::machines::Machines;
use super::random::Random;
use super::scene;

pub(super) struct Proxy {
    /// The newest World that it runs.
    runs: Option<World>,
    /// What it has yet to learn, and when it does.
    coming: Vec<(Timestamp, World)>,
    /// Requests in flight.
    pub(super) in_flight: BTreeMap<InstanceId, Traffic>,
    /// Requests that wait for an instance.
    pub(super) held: u64,
    /// Requests that were refused because nobody was there, and none could be woken.
    pub(super) refused: u64,
    /// Whether anything was asked since this was last looked at.
    pub(super) is_asked: bool,
    pub(super) load: Load,
}

/// What clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// Requests come all the time.
    Steady,
    /// Only those come that somebody wants: so many are on their way.
    Single(u64),
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
        Self {
            runs: None,
            coming: Vec::new(),
            in_flight: BTreeMap::new(),
            held: 0,
            refused: 0,
            is_asked: false,
            load: Load::Steady,
        }
    }

    /// There is a newer World.
    pub(super) fn tell(&mut self, world: &World, now: Timestamp, random: &mut Random) {
        let earlier = self.coming.last().map_or(now, |(at, _)| *at);
        let at = earlier.max(Timestamp(now.0 + random.below(300)));
        self.coming.push((at, world.clone()));
    }

    /// Whether it has learned of everything.
    pub(super) fn runs_newest(&self) -> bool {
        self.coming.is_empty()
    }

    /// It was killed: requests in flight are gone, and it begins with what it last ran.
    pub(super) fn die(&mut self) {
        self.in_flight.clear();
        self.held = 0;
    }

    /// Clients become quiet; what never ends is given up.
    pub(super) fn hush(&mut self) {
        self.load = Load::Single(0);
        self.in_flight.values_mut().for_each(|traffic| traffic.is_endless = false);
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
        self.hold(&world);
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
            if !gets_work {
                continue;
            }
            let traffic = self.in_flight.entry(instance.id).or_default();
            traffic.requests += std::mem::take(&mut self.held);
            match &mut self.load {
                Load::Steady => {
                    traffic.requests += random.below(4);
                    traffic.is_endless |= random.happens(2);
                }
                Load::Single(coming) => traffic.requests += std::mem::take(coming),
            }
        }
        self.is_asked |= self.in_flight.values().any(|traffic| traffic.requests > 0);
    }

    /// Those whom nobody can serve wait, if somebody can be woken for them.
    fn hold(&mut self, world: &World) {
        let unserved = match &mut self.load {
            Load::Single(coming) => std::mem::take(coming),
            // One is always there that finds nobody, where nobody is.
            Load::Steady
                if members(world).all(|(_, member)| member.effective_weight().get() == 0) =>
            {
                1
            }
            Load::Steady => 0,
        };
        match world.wake_of(scene::pool(1)) {
            Wake::Possible(_) => self.held += unserved,
            Wake::Never | Wake::Hindered => {
                self.refused += unserved + std::mem::take(&mut self.held);
            }
        }
        self.is_asked |= self.held > 0;
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
            waiting: (self.held > 0)
                .then_some((scene::pool(1), Waiting { count: self.held, waited_ms: 0 }))
                .into_iter()
                .collect(),
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
