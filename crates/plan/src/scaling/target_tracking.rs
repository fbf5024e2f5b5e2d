//! Target tracking: as many instances as keep each at the target. Growing looks at the last seconds and is quick when
//! the need is great; shrinking looks at the highest load of a long window, leaves a margin, and waits until what was
//! started last has settled. Between both lies a band in which nothing happens: a load that sways within it changes
//! nothing, and one that sways further changes direction a bounded number of times, because every turn lengthens the
//! window of the next (see [`Tracking::shrink_window_s`]).

use super::load::Load;
use super::{Evidence, Stay, Verdict};

/// A load so many times above what the group is to carry is urgent: it is believed after [`URGENT_S`].
const URGENT: f64 = 1.5;
/// Seconds of load that an urgent need is seen in.
const URGENT_S: u32 = 3;
/// Shrinking looks at means over so many seconds: a single second's burst is the queue's business.
const SMOOTH_S: u32 = 5;
/// Turns that leave the window as it is.
const FREE_TURNS: u32 = 1;
/// The window doubles at most so often.
const MAX_DOUBLINGS: u32 = 4;

/// The settings of a target-tracking policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracking {
    /// What one instance is to carry, in the metric's unit; above zero.
    pub target: f64,
    /// How far from the target the load may be, as a part of it: 0.1 is ten percent.
    pub tolerance: f64,
    /// Seconds of load that a need is seen in.
    pub grow_window_s: u32,
    /// The most that one decision adds, as a part of the present number; at least one instance.
    pub grow_most: f64,
    /// Seconds whose highest load decides how far to shrink; the policy never shrinks if none.
    pub shrink_window_s: Option<u32>,
    /// The most that one decision takes away, as a part of the present number; at least one instance.
    pub shrink_most: f64,
}

/// What is known of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fleet {
    /// The number that was decided last: what is starting counts as if it were there.
    pub desired: u32,
    /// Whether instances are starting, warming up or leaving.
    pub is_settling: bool,
    /// How often the direction changed in the last quarter of an hour.
    pub turns: u32,
}

/// The policy's opinion.
#[must_use]
pub fn judge(policy: &Tracking, load: &Load<'_>, fleet: Fleet) -> Verdict {
    match grow(policy, load, fleet) {
        Some(verdict) => verdict,
        None => shrink(policy, load, fleet),
    }
}

fn grow(policy: &Tracking, load: &Load<'_>, fleet: Fleet) -> Option<Verdict> {
    let carries = f64::from(fleet.desired) * policy.target;
    let urgent =
        load.mean(URGENT_S).filter(|mean| *mean > carries * URGENT.max(1.0 + policy.tolerance));
    let steady = || {
        load.mean(policy.grow_window_s).filter(|mean| *mean > carries * (1.0 + policy.tolerance))
    };
    let (seen, over_s) = match urgent {
        Some(mean) => (mean, URGENT_S),
        None => (steady()?, policy.grow_window_s),
    };
    let needed = instances_for(seen, policy.target);
    let most = fleet.desired.saturating_add(part_of(fleet.desired, policy.grow_most));
    let evidence = Evidence { load: seen, target: policy.target, over_s };
    Some(Verdict::Grow { to: needed.min(most).max(fleet.desired.saturating_add(1)), evidence })
}

fn shrink(policy: &Tracking, load: &Load<'_>, fleet: Fleet) -> Verdict {
    let Some(window_s) = policy.shrink_window_s(fleet.turns) else {
        return Verdict::Stay(Stay::ShrinksNever);
    };
    if load.mean(policy.grow_window_s).is_none() {
        return Verdict::Stay(Stay::LoadUnknown);
    }
    let kept_free = policy.target * (1.0 - policy.tolerance);
    let would_do = |load: f64| instances_for(load, kept_free);
    let lately = load.peak(policy.grow_window_s.max(SMOOTH_S), SMOOTH_S);
    if lately.is_none_or(|lately| would_do(lately) >= fleet.desired) {
        return Verdict::Stay(Stay::WithinBand);
    }
    if fleet.is_settling {
        return Verdict::Stay(Stay::Settling);
    }
    let Some(peak) = load.peak(window_s, SMOOTH_S) else {
        return Verdict::Stay(Stay::NotLongEnough);
    };
    let least = fleet.desired.saturating_sub(part_of(fleet.desired, policy.shrink_most));
    let to = would_do(peak).max(least);
    if to >= fleet.desired {
        return Verdict::Stay(Stay::NotLongEnough);
    }
    Verdict::Shrink {
        to,
        evidence: Evidence { load: peak, target: policy.target, over_s: window_s },
    }
}

impl Tracking {
    /// The window that shrinking looks at after so many turns: each beyond the first doubles it.
    #[must_use]
    pub fn shrink_window_s(&self, turns: u32) -> Option<u32> {
        let doublings = turns.saturating_sub(FREE_TURNS).min(MAX_DOUBLINGS);
        self.shrink_window_s.map(|window| window.saturating_mul(1 << doublings))
    }

    /// The longest load that [`judge`] ever looks at, in seconds.
    #[must_use]
    pub fn memory_s(&self) -> u32 {
        let longest = self.shrink_window_s(u32::MAX).unwrap_or(0);
        longest.max(self.grow_window_s).max(URGENT_S)
    }
}

/// How many instances carry a load at so much each.
fn instances_for(load: f64, each: f64) -> u32 {
    // The cast saturates, and each is above zero.
    (load / each).ceil() as u32
}

/// A part of a number, at least one.
fn part_of(count: u32, part: f64) -> u32 {
    ((f64::from(count) * part).floor() as u32).max(1)
}
