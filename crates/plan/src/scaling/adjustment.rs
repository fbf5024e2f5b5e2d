//! Simple and step policies: a threshold that the load per instance crosses for some time, and what is done about it.
//! They go by the mean over the instances in service, as thresholds are given for one instance.

use super::load::Load;
use super::{Evidence, Stay, Verdict};

/// How the number of instances is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// By so many.
    By(i32),
    /// By so many percent of the present number, at least by `at_least` instances.
    ByPercent { percent: i32, at_least: u32 },
    /// To so many.
    To(u32),
}

/// Which side of the threshold calls for an adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

/// When a policy acts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alarm {
    /// For one instance, in the metric's unit.
    pub threshold: f64,
    pub side: Side,
    /// For how many seconds in a row.
    pub for_s: u32,
}

/// One step: what is done if the distance to the threshold lies in `[lower, upper)`. Distances are counted away from
/// the threshold on the alarm's side, so they are never below zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub lower: f64,
    /// Without end if none.
    pub upper: Option<f64>,
    pub adjustment: Adjustment,
}

/// The opinion of a policy with these steps; a simple policy has one from 0 without end.
#[must_use]
pub fn judge(
    alarm: &Alarm,
    steps: &[Step],
    load: &Load<'_>,
    serving: f64,
    desired: u32,
) -> Verdict {
    if serving <= 0.0 || load.mean(1).is_none() {
        return Verdict::Stay(Stay::LoadUnknown);
    }
    let distance = |total: f64| match alarm.side {
        Side::Above => total / serving - alarm.threshold,
        Side::Below => alarm.threshold - total / serving,
    };
    let for_s = alarm.for_s.max(1);
    if load.streak(|total| distance(total) > 0.0) < for_s {
        return Verdict::Stay(Stay::NoAlarm);
    }
    let Some(mean) = load.mean(for_s) else { return Verdict::Stay(Stay::LoadUnknown) };
    let far = distance(mean);
    let step =
        steps.iter().find(|step| far >= step.lower && step.upper.is_none_or(|upper| far < upper));
    let Some(step) = step else { return Verdict::Stay(Stay::NoAlarm) };
    let to = step.adjustment.applied_to(desired);
    let evidence = Evidence { load: mean, target: alarm.threshold, over_s: for_s };
    match to.cmp(&desired) {
        std::cmp::Ordering::Greater => Verdict::Grow { to, evidence },
        std::cmp::Ordering::Less => Verdict::Shrink { to, evidence },
        std::cmp::Ordering::Equal => Verdict::Stay(Stay::NoAlarm),
    }
}

impl Adjustment {
    /// The number that `present` becomes; never below zero.
    #[must_use]
    pub fn applied_to(self, present: u32) -> u32 {
        match self {
            Self::By(count) => present.saturating_add_signed(count),
            Self::ByPercent { percent, at_least } => {
                let exact = f64::from(present) * f64::from(percent) / 100.0;
                // The cast saturates.
                let rounded = exact.abs().round() as u32;
                let count = rounded.max(at_least);
                if percent < 0 {
                    present.saturating_sub(count)
                } else {
                    present.saturating_add(count)
                }
            }
            Self::To(count) => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjustments_round_to_the_nearest_and_keep_their_least() {
        let cases = [
            (Adjustment::By(3), 4, 7),
            (Adjustment::By(-9), 4, 0),
            (Adjustment::To(6), 4, 6),
            (Adjustment::ByPercent { percent: 50, at_least: 0 }, 5, 8),
            (Adjustment::ByPercent { percent: 10, at_least: 2 }, 5, 7),
            (Adjustment::ByPercent { percent: -50, at_least: 0 }, 5, 2),
            (Adjustment::ByPercent { percent: -100, at_least: 0 }, 5, 0),
            (Adjustment::ByPercent { percent: 10_000, at_least: 0 }, u32::MAX, u32::MAX),
        ];
        for (adjustment, present, expected) in cases {
            assert_eq!(adjustment.applied_to(present), expected, "{adjustment:?} of {present}");
        }
    }

    #[test]
    fn the_step_that_the_distance_lies_in_is_taken() {
        let alarm = Alarm { threshold: 10.0, side: Side::Above, for_s: 3 };
        let by = |lower, upper, count| Step { lower, upper, adjustment: Adjustment::By(count) };
        let steps = [by(0.0, Some(10.0), 1), by(10.0, Some(20.0), 2), by(20.0, None, 4)];
        for (load, expected) in [(39.0, None), (44.0, Some(5)), (80.0, Some(6)), (400.0, Some(8))] {
            let seconds = [Some(load); 5];
            let verdict = judge(&alarm, &steps, &Load::new(&seconds), 4.0, 4);
            match expected {
                Some(to) => assert!(
                    matches!(verdict, Verdict::Grow { to: got, .. } if got == to),
                    "{load}: {verdict:?}"
                ),
                None => assert_eq!(verdict, Verdict::Stay(Stay::NoAlarm)),
            }
        }
    }

    #[test]
    fn one_second_beyond_the_threshold_is_no_alarm() {
        let alarm = Alarm { threshold: 10.0, side: Side::Above, for_s: 3 };
        let steps = [Step { lower: 0.0, upper: None, adjustment: Adjustment::By(1) }];
        let seconds = [Some(10.0), Some(10.0), Some(10.0), Some(90.0)];
        let verdict = judge(&alarm, &steps, &Load::new(&seconds), 1.0, 1);
        assert_eq!(verdict, Verdict::Stay(Stay::NoAlarm));
    }
}
