//! Scaling: how many instances a group should have, from what it carried lately. It must not know where the numbers
//! come from, nor what becomes of its answer.
//!
//! ```text
//!   load, second by second --judge (target_tracking, alarm)--> Verdict --decide--> Decision
//!        (load)                  one policy's opinion                   bounds, cooldown, breaker, ...
//!   recorded load --replay--> what policies would have done, and how well
//! ```
//!
//! The load of a metric that instances share is a total over the group: requests per second of all instances, or
//! percent of processor summed over them. So the number of instances needed is load / target, whatever the number of
//! instances was when it was measured, and those that are still starting can't make it overshoot.

pub mod alarm;
pub mod capacity;
pub mod decide;
pub mod idle;
pub mod judge;
pub mod load;
pub mod replay;
pub mod target_tracking;
#[cfg(test)]
mod tests;

pub use self::decide::{Decision, Guards, decide};
pub use self::judge::judge;
pub use self::load::{Load, Reading};

/// What one policy makes of the load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// More instances are needed: so many.
    Grow { to: u32, evidence: Evidence },
    /// So many would do.
    Shrink { to: u32, evidence: Evidence },
    /// Nothing is to be done.
    Stay(Stay),
}

/// Why a policy wants no change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// The load is within the band around the target.
    WithinBand,
    /// No threshold is crossed, or not for long enough.
    NoAlarm,
    /// Fewer instances would do, but not for long enough yet.
    NotLongEnough,
    /// Instances are starting or warming up: what the group can carry is not known.
    Settling,
    /// Too little of the load is known: growing or shrinking on it would be a guess.
    LoadUnknown,
    /// The policy never shrinks the group.
    ShrinksNever,
}

impl Stay {
    /// Whether it forbids other policies to shrink the group: whoever tracks a target or can't see must agree first.
    #[must_use]
    pub fn forbids_shrinking(self) -> bool {
        match self {
            Self::WithinBand | Self::NotLongEnough | Self::Settling | Self::LoadUnknown => true,
            Self::NoAlarm | Self::ShrinksNever => false,
        }
    }
}

/// The numbers behind a verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// What was measured: for one instance where instances share the metric.
    pub value: f64,
    /// The target, or the threshold that was crossed.
    pub compared_with: f64,
    /// Over how many seconds it was measured.
    pub window_s: u32,
}

/// What is known of the group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fleet {
    /// The number that was decided last: what is starting counts as if it were there.
    pub desired: u32,
    /// Instances' worth of capacity in service; see [`capacity`].
    pub serving: f64,
    /// Whether instances are on their way into service.
    pub is_launching: bool,
    /// Whether instances in service are warming up, or some are leaving.
    pub is_settling: bool,
    /// How often growing turned into shrinking or back in the last quarter of an hour.
    pub turns: u32,
}
