//! Waking: what becomes of requests for a pool in which nobody can serve them, where a scaling group that may have no
//! instance at all is attached. It must say the same of the same World at any time, so that the Table can hold it.

use serde::{Deserialize, Serialize};

use crate::activity::NotScaled;
use crate::attachment::AttachmentFault;
use crate::instance::Phase;
use crate::observed::Observed;
use crate::scaling_group::{
    Breaker, GroupStatus, ScalingGroup, ScalingProcess, WakeQueue, WakeSeconds,
};
use crate::value::PoolId;
use crate::world::World;

/// What becomes of requests for a pool in which nobody can serve them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wake {
    /// They are refused: no group is there to be woken.
    #[default]
    Never,
    /// They are refused: the group that could be woken can't launch anything for now.
    Hindered,
    /// They wait while an instance starts.
    Possible(Patience),
}

/// How many wait, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patience {
    /// Requests and connections that wait at most, in each proxy.
    pub most: WakeQueue,
    /// How long each waits at most.
    pub timeout_s: WakeSeconds,
}

/// What keeps a group from launching when it is woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// The group itself.
    Group(NotScaled),
    /// What it is attached to.
    Attachment(AttachmentFault),
    /// All of its instances are on standby.
    Standby,
}

impl std::fmt::Display for Hindrance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Group(why) => why.fmt(f),
            Self::Attachment(fault) => fault.fmt(f),
            Self::Standby => f.write_str("every instance is on standby"),
        }
    }
}

/// Where a group is between asleep and awake, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wakefulness {
    /// It is not woken by requests: its min is above 0, it has no attachment or no template, or it shall not be.
    Never,
    /// It has no instance, and a request wakes it.
    Asleep,
    /// Instances are on their way, and none serves yet.
    Waking,
    /// Instances serve.
    Awake,
    /// It has no instance, and no request can wake it for now.
    Hindered(Hindrance),
}

/// What waits for a group to wake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Requests and connections, over all proxies.
    pub count: u64,
    /// How long the first of them has waited when it was reported, in ms.
    pub waited_ms: u64,
}

impl World {
    /// What becomes of requests for a pool in which nobody can serve them.
    pub fn wake_of(&self, pool: PoolId) -> Wake {
        let mut hindered = Wake::Never;
        for group in self.scaling_groups_at(pool) {
            match self.wake_of_group(group) {
                Wake::Never => {}
                Wake::Hindered => hindered = Wake::Hindered,
                possible @ Wake::Possible(_) => return possible,
            }
        }
        hindered
    }

    /// The group that requests waiting at a pool wake: of several, the one that was created first.
    pub fn waker_of(&self, pool: PoolId) -> Option<&ScalingGroup> {
        let can_wake =
            |group: &&ScalingGroup| matches!(self.wake_of_group(group), Wake::Possible(_));
        self.scaling_groups_at(pool).map(AsRef::as_ref).find(can_wake)
    }

    /// What waits at the pools that wake this group.
    pub fn waiting_for(&self, group: &ScalingGroup, observed: &Observed) -> Waiting {
        let mut pools: Vec<PoolId> = group.attachments.iter().map(|a| a.pool).collect();
        pools.sort_unstable();
        pools.dedup();
        let waits = |pool: &PoolId| observed.proxies.values().any(|p| p.waiting.contains_key(pool));
        pools.retain(|pool| waits(pool) && self.waker_of(*pool).is_some_and(|w| w.id == group.id));
        let found = pools
            .iter()
            .flat_map(|pool| observed.proxies.values().filter_map(|p| p.waiting.get(pool)));
        found.fold(Waiting::default(), |all, one| Waiting {
            count: all.count.saturating_add(one.count),
            waited_ms: all.waited_ms.max(one.waited_ms),
        })
    }

    /// Where a group is between asleep and awake.
    pub fn wakefulness(&self, group: &ScalingGroup) -> Wakefulness {
        if !is_woken_by_requests(group) {
            return Wakefulness::Never;
        }
        let serves = |phase: &Phase| *phase == Phase::InService;
        if self.instances_of(group.id).any(|instance| serves(&instance.phase)) {
            return Wakefulness::Awake;
        }
        match (self.hindrance(group), group.desired.get()) {
            (Some(hindrance), _) => Wakefulness::Hindered(hindrance),
            (None, 0) => Wakefulness::Asleep,
            (None, _) => Wakefulness::Waking,
        }
    }

    fn wake_of_group(&self, group: &ScalingGroup) -> Wake {
        let settings = &group.settings;
        match is_woken_by_requests(group) {
            false => Wake::Never,
            true if self.hindrance(group).is_some() => Wake::Hindered,
            true => Wake::Possible(Patience {
                most: settings.wake_queue_max,
                timeout_s: settings.wake_timeout_s,
            }),
        }
    }

    fn hindrance(&self, group: &ScalingGroup) -> Option<Hindrance> {
        let why = match group.breaker {
            _ if group.status != GroupStatus::Active => Some(NotScaled::Inactive),
            _ if !group.does(ScalingProcess::ScaleOut) => {
                Some(NotScaled::Suspended { process: ScalingProcess::ScaleOut })
            }
            _ if group.settings.max.get() == 0 => Some(NotScaled::AtMax),
            // Who plans closes it when its time is over.
            Breaker::Open { until, .. } => Some(NotScaled::BreakerOpen { until }),
            Breaker::Closed { .. } => None,
        };
        why.map(Hindrance::Group)
            .or_else(|| self.joining_fault(group, &[]).map(Hindrance::Attachment))
            .or_else(|| self.is_on_standby(group).then_some(Hindrance::Standby))
    }

    /// Whether all instances that the group shall have are there, and none of them is to serve.
    fn is_on_standby(&self, group: &ScalingGroup) -> bool {
        let present = self.counting_instances_of(group.id);
        let counting = || self.instances_of(group.id).filter(|one| one.phase.counts());
        present > 0
            && present >= group.desired.get()
            && counting().all(|one| one.phase == Phase::Standby)
    }
}

/// Whether a group is one that requests wake, if nothing keeps it from launching.
pub fn is_woken_by_requests(group: &ScalingGroup) -> bool {
    let settings = &group.settings;
    group.status != GroupStatus::Deleting
        && settings.min.get() == 0
        && settings.wake_queue_max.get() > 0
        && group.template().is_some()
        && !group.attachments.is_empty()
}
