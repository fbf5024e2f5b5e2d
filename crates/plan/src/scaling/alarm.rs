//! Alarms: simple and step policies, which act when a metric compares so with a threshold for some time.

use elbow_model::policy::{Adjustment, Alarm, Steps};

use super::load::Load;
use super::{Evidence, Fleet, Stay, Verdict};

/// The opinion of a policy with one adjustment.
#[must_use]
pub fn judge_simple(
    alarm: &Alarm,
    adjustment: Adjustment,
    load: &Load<'_>,
    fleet: Fleet,
) -> Verdict {
    judge(alarm, load, fleet, |_| Some(adjustment))
}

/// The opinion of a policy with an adjustment by how far the metric is beyond the threshold.
#[must_use]
pub fn judge_steps(alarm: &Alarm, steps: &Steps, load: &Load<'_>, fleet: Fleet) -> Verdict {
    judge(alarm, load, fleet, |difference| steps.at(difference))
}

fn judge(
    alarm: &Alarm,
    load: &Load<'_>,
    fleet: Fleet,
    due: impl Fn(f64) -> Option<Adjustment>,
) -> Verdict {
    let threshold = alarm.threshold.get();
    let window_s = alarm.window_s.get();
    // It must have held `for_s` seconds ago and ever since.
    let mut each = load.each(window_s, alarm.for_s.get());
    let Some(value) = each.next().flatten() else { return Verdict::Stay(Stay::LoadUnknown) };
    let holds = |value| alarm.comparison.holds(value, threshold);
    if !holds(value) || !each.all(|earlier| earlier.is_some_and(holds)) {
        return Verdict::Stay(Stay::NoAlarm);
    }
    let Some(adjustment) = due(value - threshold) else { return Verdict::Stay(Stay::NoAlarm) };
    let to = adjustment.applied_to(fleet.desired);
    let evidence = Evidence { value, compared_with: threshold, window_s };
    match to.cmp(&fleet.desired) {
        std::cmp::Ordering::Greater => Verdict::Grow { to, evidence },
        std::cmp::Ordering::Less => Verdict::Shrink { to, evidence },
        std::cmp::Ordering::Equal => Verdict::Stay(Stay::NoAlarm),
    }
}

#[cfg(test)]
mod tests {
    use elbow_model::policy::{Comparison, HoldSeconds, Metric, Step, WindowSeconds};
    use elbow_model::value::Quantity;

    use super::*;
    use crate::scaling::Reading;

    const FLEET: Fleet =
        Fleet { desired: 4, serving: 4.0, is_launching: false, is_settling: false, turns: 0 };

    fn alarm(comparison: Comparison) -> Alarm {
        Alarm {
            metric: Metric::CpuPercent,
            comparison,
            threshold: Quantity::whole(10),
            window_s: WindowSeconds::constant::<1>(),
            for_s: HoldSeconds::constant::<3>(),
        }
    }

    fn steady(each: f64, seconds: usize) -> Vec<Option<Reading>> {
        vec![Some(Reading { total: each * 4.0, serving: 4.0 }); seconds]
    }

    #[test]
    fn the_step_that_the_difference_lies_in_is_taken() {
        let step = |from, to, instances| Step {
            from: Some(Quantity::whole(from)),
            to: Option::map(to, Quantity::whole),
            adjustment: Adjustment::Change { instances },
        };
        let steps =
            Steps::new(vec![step(0, Some(10), 1), step(10, Some(20), 2), step(20, None, 4)])
                .unwrap();
        for (each, expected) in [(9.0, None), (11.0, Some(5)), (20.0, Some(6)), (100.0, Some(8))] {
            let seconds = steady(each, 5);
            let verdict =
                judge_steps(&alarm(Comparison::Above), &steps, &Load::new(&seconds), FLEET);
            let got = match verdict {
                Verdict::Grow { to, .. } => Some(to),
                Verdict::Shrink { .. } | Verdict::Stay(_) => None,
            };
            assert_eq!(got, expected, "{each}: {verdict:?}");
        }
    }

    #[test]
    fn an_alarm_must_hold_for_its_time_without_a_break() {
        let adjustment = Adjustment::Change { instances: -1 };
        let below = alarm(Comparison::Below);
        let verdict = |seconds: &[Option<Reading>]| {
            judge_simple(&below, adjustment, &Load::new(seconds), FLEET)
        };
        assert!(matches!(verdict(&steady(5.0, 4)), Verdict::Shrink { to: 3, .. }));
        assert_eq!(verdict(&steady(5.0, 3)), Verdict::Stay(Stay::NoAlarm));
        let mut broken = steady(5.0, 6);
        broken[4] = Some(Reading { total: 100.0, serving: 4.0 });
        assert_eq!(verdict(&broken), Verdict::Stay(Stay::NoAlarm));
        broken[4] = None;
        assert_eq!(verdict(&broken), Verdict::Stay(Stay::NoAlarm));
        broken[5] = None;
        assert_eq!(verdict(&broken), Verdict::Stay(Stay::LoadUnknown));
    }
}
