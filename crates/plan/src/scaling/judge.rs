//! One policy's opinion, whatever its kind.

use std::time::Duration;

use elbow_model::policy::{Alarm, Behaviour, Metric, PolicySettings, ScalingRule};
use elbow_model::scaling_group::CooldownSeconds;

use super::decide::Opinion;
use super::load::Load;
use super::target_tracking::Tracking;
use super::{Fleet, Stay, Verdict, alarm, target_tracking};

/// What a policy goes by; none for one that is only executed by hand.
#[must_use]
pub fn metric_of(policy: &PolicySettings) -> Option<Metric> {
    match &policy.rule {
        ScalingRule::Simple { alarm, .. } => alarm.map(|alarm| alarm.metric),
        ScalingRule::Step { alarm, .. } => Some(alarm.metric),
        ScalingRule::TargetTracking(rule) => Some(rule.metric),
    }
}

/// How many seconds of load a policy looks back at most: more changes nothing of what it says.
#[must_use]
pub fn look_back_s(policy: &PolicySettings) -> usize {
    let of_alarm = |alarm: &Alarm| alarm.window_s.get() + alarm.for_s.get() + 1;
    let seconds = match &policy.rule {
        ScalingRule::Simple { alarm, .. } => alarm.as_ref().map_or(1, of_alarm),
        ScalingRule::Step { alarm, .. } => of_alarm(alarm),
        ScalingRule::TargetTracking(_) => target_tracking::LONGEST_WINDOW_S,
    };
    seconds as usize
}

/// The opinion of a policy on the load of its metric. Target tracking has windows of its own in place of the group's
/// cooldown: it rests only where the policy says so.
#[must_use]
pub fn judge(
    policy: &PolicySettings,
    group_cooldown: CooldownSeconds,
    load: &Load<'_>,
    fleet: Fleet,
) -> Opinion {
    let (verdict, default) = match &policy.rule {
        ScalingRule::Simple { alarm: None, .. } => (Verdict::Stay(Stay::NoAlarm), group_cooldown),
        ScalingRule::Simple { alarm: Some(alarm), adjustment } => {
            (alarm::judge_simple(alarm, *adjustment, load, fleet), group_cooldown)
        }
        ScalingRule::Step { alarm, steps } => {
            (alarm::judge_steps(alarm, steps, load, fleet), group_cooldown)
        }
        ScalingRule::TargetTracking(rule) => {
            let tracking = Tracking { rule, up: &policy.up, down: &policy.down };
            (tracking.judge(load, fleet), CooldownSeconds::constant::<0>())
        }
    };
    let rest = |behaviour: &Behaviour| behaviour.cooldown_s.unwrap_or(default);
    let cooldown_s = match verdict {
        Verdict::Grow { .. } => rest(&policy.up),
        Verdict::Shrink { .. } | Verdict::Stay(_) => rest(&policy.down),
    };
    Opinion { verdict, cooldown: Duration::from_secs(cooldown_s.get().into()) }
}
