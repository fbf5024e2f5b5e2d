//! Scaling: how many instances a group should have, from what it carried lately. It must not know where the numbers
//! come from, nor what becomes of its answer.
//!
//! ```text
//!   load, second by second --target_tracking, adjustment--> Verdict --decide--> Decision
//!        (load)                (one policy's opinion)          (bounds, cooldown, breaker, ...)
//!   recorded load --replay--> what a policy would have done, and how well
//! ```
//!
//! A *load* is always a total over the group in the unit of the policy's metric: requests per second of all instances,
//! or percent of processor summed over them. So the number of instances needed is load / target, whatever the number
//! of instances was when it was measured, and those that are still starting can't make it overshoot.

pub mod adjustment;
pub mod capacity;
pub mod decide;
pub mod load;
pub mod replay;
pub mod target_tracking;
#[cfg(test)]
mod tests;

pub use self::decide::{Decision, Guards, NotScaled, decide};
pub use self::load::Load;

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
    /// Instances are starting or warming up: what fewer could carry is not known.
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
    /// The group's load, in the unit of the policy's metric.
    pub load: f64,
    /// What one instance is to carry, or the threshold that the mean crossed.
    pub target: f64,
    /// Over how many seconds the load was taken.
    pub over_s: u32,
}
