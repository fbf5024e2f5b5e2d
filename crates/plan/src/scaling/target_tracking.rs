//! Target tracking: as many instances as keep each at the target. Growing looks at the last seconds and is quick when
//! the need is great; shrinking looks at the highest load of a long window, leaves a margin, and waits until what was
//! started last has settled. Between both lies a band in which nothing happens: a load that sways within it changes
//! nothing, and one that sways further changes direction a bounded number of times, because every turn lengthens the
//! window of the next (see [`Tracking::shrink_window_s`]).

use elbow_model::policy::{Behaviour, Metric, ScaleIn, TargetTracking};

use super::load::Load;
use super::{Evidence, Fleet, Stay, Verdict};

/// A load so many times above what the group is to carry is urgent: it is believed after [`URGENT_S`].
const URGENT: f64 = 1.5;
/// Seconds of load that an urgent need is seen in.
const URGENT_S: u32 = 3;
/// Seconds of load that any other need is seen in.
const STEADY_S: u32 = 10;
/// Windows are looked at through means over so many seconds: a single second's burst is the queue's business.
const SMOOTH_S: u32 = 5;
/// The shortest window that a policy shrinks by.
const LEAST_WINDOW_S: u32 = 10;
/// The longest: turns lengthen it no further.
pub(super) const LONGEST_WINDOW_S: u32 = 3_600;
/// Turns that leave the window as it is.
const FREE_TURNS: u32 = 1;
/// The window doubles at most so often.
const MAX_DOUBLINGS: u32 = 4;

/// A target-tracking policy with how it moves.
#[derive(Debug, Clone, Copy)]
pub struct Tracking<'a> {
    pub rule: &'a TargetTracking,
    pub up: &'a Behaviour,
    pub down: &'a Behaviour,
}

impl Tracking<'_> {
    /// Its opinion.
    #[must_use]
    pub fn judge(&self, load: &Load<'_>, fleet: Fleet) -> Verdict {
        if let Some((total, window_s)) = self.need(load, fleet) {
            // What waits piles up until new instances serve: it says nothing about how many more are needed.
            if fleet.is_launching && self.rule.metric == Metric::InFlightPerInstance {
                return Verdict::Stay(Stay::Settling);
            }
            let needed = instances_for(total, self.target());
            let most = fleet.desired.saturating_add(most_at_once(self.up, fleet.desired));
            let to = needed.min(most).max(fleet.desired.saturating_add(1));
            return Verdict::Grow { to, evidence: self.evidence(total, fleet, window_s) };
        }
        self.shrink(load, fleet)
    }

    /// The window that shrinking looks at after so many turns: each beyond the first doubles it. None if the policy
    /// never shrinks.
    #[must_use]
    pub fn shrink_window_s(&self, turns: u32) -> Option<u32> {
        let window = match self.rule.scale_in {
            ScaleIn::Allowed => self.down.stabilization_s.get().max(LEAST_WINDOW_S),
            ScaleIn::Disabled => return None,
        };
        let doublings = turns.saturating_sub(FREE_TURNS).min(MAX_DOUBLINGS);
        Some(window.saturating_mul(1 << doublings).min(LONGEST_WINDOW_S))
    }

    /// The total load, and over how long it was seen, if it is more than the group is to carry.
    fn need(&self, load: &Load<'_>, fleet: Fleet) -> Option<(f64, u32)> {
        let carries = f64::from(fleet.desired) * self.target();
        let above = |factor: f64| move |total: &f64| *total > carries * factor;
        let patience_s = self.up.stabilization_s.get();
        if patience_s > 0 {
            let least = load.trough(patience_s, SMOOTH_S.min(patience_s));
            return least.filter(above(1.0 + self.tolerance())).map(|total| (total, patience_s));
        }
        let urgent = load.mean(URGENT_S).filter(above(URGENT.max(1.0 + self.tolerance())));
        let steady = || load.mean(STEADY_S).filter(above(1.0 + self.tolerance()));
        urgent.map(|total| (total, URGENT_S)).or_else(|| steady().map(|total| (total, STEADY_S)))
    }

    fn shrink(&self, load: &Load<'_>, fleet: Fleet) -> Verdict {
        let Some(window_s) = self.shrink_window_s(fleet.turns) else {
            return Verdict::Stay(Stay::ShrinksNever);
        };
        if load.mean(STEADY_S).is_none() {
            return Verdict::Stay(Stay::LoadUnknown);
        }
        let each = self.target() * (1.0 - self.tolerance());
        let lately = load.peak(STEADY_S, SMOOTH_S);
        if lately.is_none_or(|total| instances_for(total, each) >= fleet.desired) {
            return Verdict::Stay(Stay::WithinBand);
        }
        if fleet.is_launching || fleet.is_settling {
            return Verdict::Stay(Stay::Settling);
        }
        let Some(peak) = load.peak(window_s, SMOOTH_S) else {
            return Verdict::Stay(Stay::NotLongEnough);
        };
        let least = fleet.desired.saturating_sub(most_at_once(self.down, fleet.desired));
        let to = instances_for(peak, each).max(least);
        if to >= fleet.desired {
            return Verdict::Stay(Stay::NotLongEnough);
        }
        Verdict::Shrink { to, evidence: self.evidence(peak, fleet, window_s) }
    }

    fn evidence(&self, total: f64, fleet: Fleet, window_s: u32) -> Evidence {
        let value = total / fleet.serving.max(1.0);
        Evidence { value, compared_with: self.target(), window_s }
    }

    fn target(&self) -> f64 {
        // The model takes none that is not above zero.
        self.rule.target.get().max(f64::MIN_POSITIVE)
    }

    fn tolerance(&self) -> f64 {
        f64::from(self.rule.tolerance_percent.get()) / 100.0
    }
}

/// How many instances carry a load at so much each.
fn instances_for(load: f64, each: f64) -> u32 {
    // The cast saturates.
    (load / each).ceil() as u32
}

/// The most that one decision changes: the larger of both limits, at least one; no limit if neither is given.
fn most_at_once(behaviour: &Behaviour, desired: u32) -> u32 {
    let instances = behaviour.max_instances.map(|most| most.get());
    let part = behaviour.max_percent.map(|percent| {
        let part = u64::from(desired) * u64::from(percent.get()) / 100;
        u32::try_from(part).unwrap_or(u32::MAX)
    });
    instances.max(part).map_or(u32::MAX, |most| most.max(1))
}
