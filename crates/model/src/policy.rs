//! Scaling policies: what changes a group's desired count by load. What a policy decides from what is measured is the
//! planner's; here is only what one may say.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::scaling_group::{CooldownSeconds, WarmUpSeconds};
use crate::value::{Bounded, Invalid, Name, PolicyId, Quantity, Revision, Timestamp};

/// A policy of a scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What APIs call it.
    pub id: PolicyId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// What users can edit.
    pub settings: PolicySettings,
}

/// What users can edit on a policy. Where several policies speak at once, the largest count wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicySettings {
    /// Unique in the group.
    pub name: Name,
    /// Whether it is followed; one that is not can still be replayed.
    pub enabled: bool,
    /// What it does.
    pub rule: ScalingRule,
    /// How it adds instances.
    pub up: Behaviour,
    /// How it takes instances away.
    pub down: Behaviour,
    /// How long a new instance counts only in part as capacity; the group's if none.
    pub warm_up_s: Option<WarmUpSeconds>,
}

/// What a policy does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ScalingRule {
    /// One adjustment, when its alarm is raised or a person executes it.
    Simple {
        /// When; only by hand if none.
        alarm: Option<Alarm>,
        /// What.
        adjustment: Adjustment,
    },
    /// An adjustment by how far the metric is beyond the alarm's threshold.
    Step {
        /// When.
        alarm: Alarm,
        /// What.
        steps: Steps,
    },
    /// As many instances as keep a metric at its target.
    TargetTracking(TargetTracking),
}

/// Keeps a metric at its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetTracking {
    /// Which one; it falls in proportion as instances are added ([`Metric::is_shared`]).
    pub metric: Metric,
    /// Where it shall be; above 0.
    pub target: Quantity,
    /// Within so many percent of the target nothing changes.
    pub tolerance_percent: TolerancePercent,
    /// Whether it also takes instances away.
    pub scale_in: ScaleIn,
}

/// Percent of a target.
pub type TolerancePercent = Bounded<0, 50>;

/// Whether a policy takes instances away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleIn {
    /// It does.
    Allowed,
    /// It only adds.
    Disabled,
}

/// When an adjustment is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// What is watched.
    pub metric: Metric,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub threshold: Quantity,
    /// Over how long it is averaged.
    pub window_s: WindowSeconds,
    /// How long the comparison must hold without a break.
    pub for_s: HoldSeconds,
}

/// How long a metric is averaged over, in seconds.
pub type WindowSeconds = Bounded<1, 3_600>;
/// How long a comparison must hold, in seconds.
pub type HoldSeconds = Bounded<0, 3_600>;

/// How a metric is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Self; 4] = [Self::Above, Self::AtLeast, Self::Below, Self::AtMost];

    /// Whether `value` compares so with `threshold`.
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::AtLeast => value >= threshold,
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Above => "ABOVE",
            Self::AtLeast => "AT_LEAST",
            Self::Below => "BELOW",
            Self::AtMost => "AT_MOST",
        })
    }
}

/// How a count changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Adjustment {
    /// So many more; fewer if negative.
    Change {
        /// -1,000 to 1,000.
        instances: i32,
    },
    /// So many percent more; fewer if negative. Rounded away from zero, so that it always does something.
    Percent {
        /// -100 to 10,000.
        percent: i32,
        /// The least number of instances by which it changes.
        at_least: StepSize,
    },
    /// To exactly so many.
    Exact {
        /// How many.
        instances: crate::scaling_group::InstanceCount,
    },
}

/// Instances of one adjustment.
pub type StepSize = Bounded<0, 1_000>;

impl Adjustment {
    /// Checks and takes a change.
    pub fn change(instances: i64) -> Result<Self, Invalid> {
        let instances = within(instances, -1_000, 1_000)?;
        Ok(Self::Change { instances })
    }

    /// Checks and takes a change in percent.
    pub fn percent(percent: i64, at_least: StepSize) -> Result<Self, Invalid> {
        let percent = within(percent, -100, 10_000)?;
        Ok(Self::Percent { percent, at_least })
    }

    /// The count after it, before the group's bounds.
    pub fn applied_to(self, count: u32) -> u32 {
        match self {
            Self::Exact { instances } => instances.get(),
            Self::Change { instances } => count.saturating_add_signed(instances),
            Self::Percent { percent, at_least } => {
                let share = u64::from(count) * u64::from(percent.unsigned_abs());
                let by = share.div_ceil(100).max(at_least.get().into());
                let by = u32::try_from(by).unwrap_or(u32::MAX);
                match percent.signum() {
                    0 => count,
                    1 => count.saturating_add(by),
                    _ => count.saturating_sub(by),
                }
            }
        }
    }
}

fn within(value: i64, min: i32, max: i32) -> Result<i32, Invalid> {
    let found = i32::try_from(value).ok().filter(|value| (min..=max).contains(value));
    found.ok_or_else(|| Invalid::new(format!("{value} is not between {min} and {max}")))
}

/// One interval of a step policy, relative to the alarm's threshold: `[from, to)` above it for positive bounds, below it
/// for negative ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The lower end; without end if none.
    pub from: Option<Quantity>,
    /// The upper end, not in it; without end if none.
    pub to: Option<Quantity>,
    /// What happens in it.
    pub adjustment: Adjustment,
}

/// Steps of a policy, ascending: 1 to 20 without gaps or overlaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Step>", into = "Vec<Step>")]
pub struct Steps(Vec<Step>);

impl Steps {
    /// The most steps.
    pub const MAX: usize = 20;

    /// Checks and takes steps in any order.
    pub fn new(mut steps: Vec<Step>) -> Result<Self, Invalid> {
        if steps.is_empty() || steps.len() > Self::MAX {
            let (most, count) = (Self::MAX, steps.len());
            return Err(Invalid::new(format!(
                "a policy has 1 to {most} steps, this one has {count}"
            )));
        }
        steps.sort_by_key(|step| step.from);
        let shown = |end: Option<Quantity>| end.map_or("no end".to_owned(), |end| end.to_string());
        for Step { from, to, adjustment: _ } in &steps {
            if let (Some(from), Some(to)) = (from, to)
                && from >= to
            {
                return Err(Invalid::new(format!("a step from {from} to {to} is empty")));
            }
        }
        for pair in steps.windows(2) {
            let [earlier, later] = pair else { continue };
            if earlier.to.is_none() || earlier.to != later.from {
                return Err(Invalid::new(format!(
                    "a step ends at {} and the next one begins at {}; steps have no gaps and no overlaps",
                    shown(earlier.to),
                    shown(later.from)
                )));
            }
        }
        Ok(Self(steps))
    }

    /// The steps, ascending.
    pub fn as_slice(&self) -> &[Step] {
        &self.0
    }

    /// What is due when the metric is `difference` above the threshold (negative: below it).
    pub fn at(&self, difference: f64) -> Option<Adjustment> {
        let holds = |step: &&Step| {
            step.from.is_none_or(|from| difference >= from.get())
                && step.to.is_none_or(|to| difference < to.get())
        };
        self.0.iter().find(holds).map(|step| step.adjustment)
    }
}

impl TryFrom<Vec<Step>> for Steps {
    type Error = Invalid;

    fn try_from(steps: Vec<Step>) -> Result<Self, Invalid> {
        Self::new(steps)
    }
}

impl From<Steps> for Vec<Step> {
    fn from(steps: Steps) -> Self {
        steps.0
    }
}

/// How a policy moves in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviour {
    /// How long after a change by a policy this one does not move that way; the group's cooldown if none.
    pub cooldown_s: Option<CooldownSeconds>,
    /// The least that was wanted in so many seconds counts upwards, the most downwards: peaks and dips that pass do
    /// nothing.
    pub stabilization_s: StabilizationSeconds,
    /// The most instances in one change, and
    pub max_instances: Option<StepSize>,
    /// the most in percent of those there are; the larger of both counts, no limit if neither is given.
    pub max_percent: Option<ChangePercent>,
}

/// How far back a policy looks, in seconds.
pub type StabilizationSeconds = Bounded<0, 3_600>;
/// Percent of the present instances.
pub type ChangePercent = Bounded<1, 10_000>;

impl Behaviour {
    /// Upwards unless said otherwise: at once and without limit.
    pub const UP: Self = Self {
        cooldown_s: None,
        stabilization_s: StabilizationSeconds::constant::<0>(),
        max_instances: None,
        max_percent: None,
    };
    /// Downwards unless said otherwise: what was not needed for a minute.
    pub const DOWN: Self =
        Self { stabilization_s: StabilizationSeconds::constant::<60>(), ..Self::UP };
}

/// What is measured of a group, once a second. Those of the load balancer are over the members that the group
/// registered; those of the instances are the mean over instances in service, as their driver reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Requests (TCP: connections) begun per second and instance.
    RequestsPerInstance,
    /// Requests (TCP: connections) in flight per instance.
    InFlightPerInstance,
    /// Client connections accepted per second and instance.
    NewConnectionsPerInstance,
    /// Requests waiting for a member.
    QueueLength,
    /// 95th percentile of the time to answer, in milliseconds.
    LatencyP95Ms,
    /// Requests that failed or were answered 5xx, in percent.
    ErrorPercent,
    /// Computing time in percent of one core.
    CpuPercent,
    /// Memory in use in percent of the instance's limit, or of the machine's memory where it has none.
    MemoryPercent,
    /// Bytes received per second and instance.
    NetworkInBytes,
    /// Bytes sent per second and instance.
    NetworkOutBytes,
}

impl Metric {
    /// Every metric, in the order that documents list them.
    pub const ALL: [Self; 10] = [
        Self::RequestsPerInstance,
        Self::InFlightPerInstance,
        Self::NewConnectionsPerInstance,
        Self::QueueLength,
        Self::LatencyP95Ms,
        Self::ErrorPercent,
        Self::CpuPercent,
        Self::MemoryPercent,
        Self::NetworkInBytes,
        Self::NetworkOutBytes,
    ];

    /// Whether it falls in proportion as instances are added: twice the instances, half the value. Only such a metric
    /// can be tracked to a target.
    pub fn is_shared(self) -> bool {
        match self {
            Self::RequestsPerInstance
            | Self::InFlightPerInstance
            | Self::NewConnectionsPerInstance
            | Self::CpuPercent
            | Self::MemoryPercent
            | Self::NetworkInBytes
            | Self::NetworkOutBytes => true,
            Self::QueueLength | Self::LatencyP95Ms | Self::ErrorPercent => false,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::RequestsPerInstance => "REQUESTS_PER_INSTANCE",
            Self::InFlightPerInstance => "IN_FLIGHT_PER_INSTANCE",
            Self::NewConnectionsPerInstance => "NEW_CONNECTIONS_PER_INSTANCE",
            Self::QueueLength => "QUEUE_LENGTH",
            Self::LatencyP95Ms => "LATENCY_P95_MS",
            Self::ErrorPercent => "ERROR_PERCENT",
            Self::CpuPercent => "CPU_PERCENT",
            Self::MemoryPercent => "MEMORY_PERCENT",
            Self::NetworkInBytes => "NETWORK_IN_BYTES",
            Self::NetworkOutBytes => "NETWORK_OUT_BYTES",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: Option<i32>, to: Option<i32>, instances: i32) -> Step {
        let adjustment = Adjustment::Change { instances };
        Step { from: from.map(Quantity::whole), to: to.map(Quantity::whole), adjustment }
    }

    #[test]
    fn steps_cover_their_range_once() {
        let steps = Steps::new(vec![step(Some(10), None, 3), step(Some(0), Some(10), 1)]).unwrap();
        let due = |difference| steps.at(difference).map(|adjustment| adjustment.applied_to(5));
        assert_eq!([due(-0.1), due(0.0), due(9.9), due(10.0)], [None, Some(6), Some(6), Some(8)]);
        for wrong in [
            vec![],
            vec![step(Some(5), Some(5), 1)],
            vec![step(Some(0), Some(5), 1), step(Some(6), None, 2)],
            vec![step(Some(0), Some(5), 1), step(Some(4), None, 2)],
            vec![step(None, None, 1), step(Some(4), None, 2)],
            vec![step(None, Some(0), 1), step(None, Some(0), 2)],
        ] {
            assert!(Steps::new(wrong.clone()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn adjustments_always_do_something_and_never_wrap() {
        let percent = |percent, at_least| {
            Adjustment::percent(percent, StepSize::new(at_least).unwrap()).unwrap()
        };
        let after = |adjustment: Adjustment| adjustment.applied_to(10);
        assert_eq!(after(percent(15, 0)), 12);
        assert_eq!(after(percent(10, 3)), 13);
        assert_eq!(after(percent(-15, 0)), 8);
        assert_eq!(after(percent(-100, 0)), 0);
        assert_eq!(after(percent(0, 5)), 10);
        assert_eq!(after(Adjustment::change(-11).unwrap()), 0);
        assert!(Adjustment::change(1_001).is_err());
        assert!(Adjustment::percent(-101, StepSize::constant::<0>()).is_err());
    }
}
