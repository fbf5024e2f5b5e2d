//! The driver's side: machines that are launched, listed and terminated as the contract of drivers says, with every
//! fault that it allows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use elbow_model::value::{InstanceId, ScalingGroupId, Timestamp};

use super::random::Random;
use crate::driver::{DriverTrouble, End, InstanceState, Launched, Seen, Terminated};

/// How badly the driver behaves, in thousandths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Temper {
    /// Calls that fail although, or without that, they were carried out.
    pub(super) trouble: u64,
    /// Launches that can never work.
    pub(super) hopeless: u64,
    /// Listings that leave out a machine.
    pub(super) forgetful: u64,
    /// Machines that end right after their start.
    pub(super) stillborn: u64,
    /// Machines that never become healthy.
    pub(super) sickly: u64,
}

impl Temper {
    pub(super) const GOOD: Self =
        Self { trouble: 0, hopeless: 0, forgetful: 0, stillborn: 0, sickly: 0 };

    pub(super) fn of(random: &mut Random) -> Self {
        let mut often = |most| if random.happens(400) { random.below(most) } else { 0 };
        Self {
            trouble: often(500),
            hopeless: often(200),
            forgetful: often(100),
            stillborn: often(600),
            sickly: often(600),
        }
    }
}

/// A machine.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    group: ScalingGroupId,
    address: Option<IpAddr>,
    runs_from: Timestamp,
    /// When its service answers checks; never if none.
    pub(super) healthy_from: Option<Timestamp>,
    pub(super) has_ended: bool,
}

/// All machines.
pub(super) struct Machines {
    pub(super) temper: Temper,
    pub(super) there: BTreeMap<InstanceId, Machine>,
    /// Servers that people attached and that serve; no driver knows them.
    pub(super) by_hand: BTreeSet<InstanceId>,
    /// Those that a termination was answered for: none of them may ever be launched again.
    pub(super) terminated: BTreeSet<InstanceId>,
}

impl Machines {
    pub(super) fn new(temper: Temper) -> Self {
        let (there, by_hand, terminated) = Default::default();
        Self { temper, there, by_hand, terminated }
    }

    pub(super) fn launch(
        &mut self,
        id: InstanceId,
        group: ScalingGroupId,
        address: Option<IpAddr>,
        now: Timestamp,
        random: &mut Random,
    ) -> Result<Launched, DriverTrouble> {
        assert!(!self.terminated.contains(&id), "{id} is launched after its end");
        if random.happens(self.temper.hopeless) {
            return Err(DriverTrouble::permanent("there is no such program"));
        }
        let fails = random.happens(self.temper.trouble);
        if fails && random.happens(500) {
            return Err(DriverTrouble::Transient { reason: "no answer".to_owned() });
        }
        if !self.there.contains_key(&id) {
            let is_sickly = random.happens(self.temper.sickly);
            let machine = Machine {
                group,
                address,
                runs_from: Timestamp(now.0 + random.below(1_500)),
                healthy_from: (!is_sickly).then(|| Timestamp(now.0 + random.below(8_000))),
                has_ended: random.happens(self.temper.stillborn),
            };
            self.there.insert(id, machine);
        }
        match self.there.get(&id) {
            Some(machine) if !fails => {
                Ok(Launched { address: machine.address, state: machine.state(now) })
            }
            _ => Err(DriverTrouble::Transient { reason: "the answer was lost".to_owned() }),
        }
    }

    pub(super) fn terminate(
        &mut self,
        id: InstanceId,
        random: &mut Random,
    ) -> Result<Terminated, DriverTrouble> {
        let fails = random.happens(self.temper.trouble);
        if fails && random.happens(500) {
            return Err(DriverTrouble::Transient { reason: "no answer".to_owned() });
        }
        if self.there.contains_key(&id) && random.happens(200) {
            return Ok(Terminated::Ending);
        }
        self.there.remove(&id);
        if fails {
            return Err(DriverTrouble::Transient { reason: "the answer was lost".to_owned() });
        }
        self.terminated.insert(id);
        Ok(Terminated::Gone)
    }

    pub(super) fn list(
        &self,
        group: ScalingGroupId,
        now: Timestamp,
        random: &mut Random,
    ) -> Result<Vec<Seen>, DriverTrouble> {
        if random.happens(self.temper.trouble) {
            return Err(DriverTrouble::Transient { reason: "no answer".to_owned() });
        }
        let mut listed = Vec::new();
        for (id, machine) in &self.there {
            if machine.group == group && !random.happens(self.temper.forgetful) {
                let (address, state) = (machine.address, machine.state(now));
                listed.push(Seen { instance: *id, group, address, state, usage: None });
            }
        }
        Ok(listed)
    }

    /// A machine dies.
    pub(super) fn kill_one(&mut self, random: &mut Random) {
        let ids: Vec<InstanceId> = self.there.keys().copied().collect();
        if let Some(machine) = random.pick(&ids).and_then(|id| self.there.get_mut(&id)) {
            machine.has_ended = true;
        }
    }

    pub(super) fn serves(&self, id: InstanceId, now: Timestamp) -> bool {
        self.by_hand.contains(&id)
            || self.there.get(&id).is_some_and(|machine| {
                !machine.has_ended && machine.healthy_from.is_some_and(|from| from <= now)
            })
    }

    pub(super) fn runs(&self, id: InstanceId) -> bool {
        self.by_hand.contains(&id) || self.there.get(&id).is_some_and(|machine| !machine.has_ended)
    }
}

impl Machine {
    fn state(&self, now: Timestamp) -> InstanceState {
        if self.has_ended {
            InstanceState::Exited(End::Signal(9))
        } else if now < self.runs_from {
            InstanceState::Starting
        } else {
            InstanceState::Running
        }
    }
}
