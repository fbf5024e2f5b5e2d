//! From the opinions of a group's policies to one decision, within what the group allows. A wish that is not granted is
//! a decision as well: users ask why nothing happened more often than why something did.

use std::time::Duration;

use elbow_model::activity::NotScaled;
use elbow_model::scaling_group::{LastScaled, ScalingProcess, Way};
use elbow_model::value::Timestamp;

use super::{Evidence, Verdict};

/// One policy's opinion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opinion {
    pub verdict: Verdict,
    /// How long after the last change of the number the policy has no say.
    pub cooldown: Duration,
}

/// What the group allows at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    pub now: Timestamp,
    pub min: u32,
    pub max: u32,
    /// The number that was decided last.
    pub desired: u32,
    /// When policies last changed it.
    pub last_scaled: LastScaled,
    /// Until when nothing is launched, because launches failed in a row.
    pub breaker_until: Option<Timestamp>,
    /// Whether the group does not grow for now.
    pub is_growing_suspended: bool,
    /// Whether the group does not shrink for now.
    pub is_shrinking_suspended: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// No policy wants a change.
    Stay,
    /// The number changes.
    Scale {
        to: u32,
        /// The place of the policy whose wish it was.
        policy: usize,
        evidence: Evidence,
    },
    /// A policy wants a change and does not get it.
    NotScaled { wanted: u32, policy: usize, evidence: Evidence, why: NotScaled },
}

/// Decides; `opinions` in the order of the group's policies.
#[must_use]
pub fn decide(opinions: &[Opinion], guards: &Guards) -> Decision {
    let wish = strongest_growth(opinions).or_else(|| agreed_shrinking(opinions));
    let Some((policy, wanted, evidence, cooldown)) = wish else { return Decision::Stay };
    let to = wanted.clamp(guards.min, guards.max.max(guards.min));
    match refusal(to, wanted, cooldown, guards) {
        Some(why) => Decision::NotScaled { wanted, policy, evidence, why },
        None => Decision::Scale { to, policy, evidence },
    }
}

type Wish = (usize, u32, Evidence, Duration);

/// The largest number that any policy wants: whoever sees most need is right.
fn strongest_growth(opinions: &[Opinion]) -> Option<Wish> {
    let grows = opinions.iter().enumerate().filter_map(|(policy, opinion)| match opinion.verdict {
        Verdict::Grow { to, evidence } => Some((policy, to, evidence, opinion.cooldown)),
        Verdict::Shrink { .. } | Verdict::Stay(_) => None,
    });
    // The first of equals: `max_by_key` would take the last.
    grows.reduce(|most, next| if next.1 > most.1 { next } else { most })
}

/// The largest number that a policy would shrink to, if none forbids it.
fn agreed_shrinking(opinions: &[Opinion]) -> Option<Wish> {
    let is_forbidden = opinions
        .iter()
        .any(|opinion| matches!(opinion.verdict, Verdict::Stay(stay) if stay.forbids_shrinking()));
    if is_forbidden {
        return None;
    }
    let shrinks =
        opinions.iter().enumerate().filter_map(|(policy, opinion)| match opinion.verdict {
            Verdict::Shrink { to, evidence } => Some((policy, to, evidence, opinion.cooldown)),
            Verdict::Grow { .. } | Verdict::Stay(_) => None,
        });
    shrinks.reduce(|most, next| if next.1 > most.1 { next } else { most })
}

fn refusal(to: u32, wanted: u32, cooldown: Duration, guards: &Guards) -> Option<NotScaled> {
    let grows = wanted > guards.desired;
    let (is_suspended, process) = match grows {
        true => (guards.is_growing_suspended, ScalingProcess::ScaleOut),
        false => (guards.is_shrinking_suspended, ScalingProcess::ScaleIn),
    };
    if is_suspended {
        return Some(NotScaled::Suspended { process });
    }
    if grows && to <= guards.desired {
        return Some(NotScaled::AtMax);
    }
    if !grows && to >= guards.desired {
        return Some(NotScaled::AtMin);
    }
    if let Some(until) = guards.breaker_until.filter(|until| grows && *until > guards.now) {
        return Some(NotScaled::BreakerOpen { until });
    }
    let way = if grows { Way::Out } else { Way::In };
    let until = guards.last_scaled.rests_until(way, cooldown);
    until.filter(|until| *until > guards.now).map(|until| NotScaled::Cooldown { until })
}

#[cfg(test)]
mod tests {
    use super::super::Stay;
    use super::*;

    const EVIDENCE: Evidence = Evidence { value: 1.0, compared_with: 1.0, window_s: 1 };

    fn grow(to: u32) -> Opinion {
        Opinion { verdict: Verdict::Grow { to, evidence: EVIDENCE }, cooldown: Duration::ZERO }
    }

    fn shrink(to: u32) -> Opinion {
        Opinion { verdict: Verdict::Shrink { to, evidence: EVIDENCE }, cooldown: Duration::ZERO }
    }

    fn stay(stay: Stay) -> Opinion {
        Opinion { verdict: Verdict::Stay(stay), cooldown: Duration::ZERO }
    }

    fn guards() -> Guards {
        Guards {
            now: Timestamp(1_000_000),
            min: 2,
            max: 10,
            desired: 5,
            last_scaled: LastScaled::default(),
            breaker_until: None,
            is_growing_suspended: false,
            is_shrinking_suspended: false,
        }
    }

    fn outcome(opinions: &[Opinion], guards: Guards) -> (u32, Option<NotScaled>) {
        match decide(opinions, &guards) {
            Decision::Stay => (guards.desired, None),
            Decision::Scale { to, .. } => (to, None),
            Decision::NotScaled { wanted, why, .. } => (wanted, Some(why)),
        }
    }

    #[test]
    fn growth_beats_shrinking_and_the_most_wins() {
        assert_eq!(outcome(&[shrink(2), grow(6), grow(8), grow(7)], guards()), (8, None));
    }

    #[test]
    fn shrinking_goes_to_the_most_that_any_would_keep() {
        assert_eq!(outcome(&[shrink(2), shrink(4)], guards()), (4, None));
    }

    #[test]
    fn a_target_that_is_met_forbids_others_to_shrink_and_a_silent_alarm_does_not() {
        assert_eq!(outcome(&[shrink(2), stay(Stay::WithinBand)], guards()), (5, None));
        assert_eq!(outcome(&[shrink(2), stay(Stay::LoadUnknown)], guards()), (5, None));
        assert_eq!(outcome(&[shrink(2), stay(Stay::NoAlarm)], guards()), (2, None));
        assert_eq!(outcome(&[shrink(2), stay(Stay::ShrinksNever)], guards()), (2, None));
    }

    #[test]
    fn bounds_hold_and_are_named_when_they_are_all_there_is() {
        assert_eq!(outcome(&[grow(40)], guards()), (10, None));
        assert_eq!(outcome(&[shrink(0)], guards()), (2, None));
        let full = Guards { desired: 10, ..guards() };
        assert_eq!(outcome(&[grow(11)], full), (11, Some(NotScaled::AtMax)));
        let least = Guards { desired: 2, ..guards() };
        assert_eq!(outcome(&[shrink(1)], least), (1, Some(NotScaled::AtMin)));
    }

    #[test]
    fn cooldown_breaker_and_suspension_are_named() {
        let until = Timestamp(1_060_000);
        let scaled =
            |out_at, in_at| Guards { last_scaled: LastScaled { out_at, in_at }, ..guards() };
        let now = Some(Timestamp(1_000_000));
        let slow = |opinion| Opinion { cooldown: Duration::from_secs(60), ..opinion };
        let rests = Some(NotScaled::Cooldown { until });
        assert_eq!(outcome(&[slow(grow(6))], scaled(now, None)), (6, rests));
        assert_eq!(outcome(&[slow(grow(6))], scaled(None, now)), (6, None));
        assert_eq!(outcome(&[slow(shrink(4))], scaled(None, now)), (4, rests));
        assert_eq!(outcome(&[slow(shrink(4))], scaled(now, None)), (4, rests));
        let broken = Guards { breaker_until: Some(until), ..guards() };
        assert_eq!(outcome(&[grow(6)], broken), (6, Some(NotScaled::BreakerOpen { until })));
        assert_eq!(outcome(&[shrink(4)], broken), (4, None));
        let held = Guards { is_growing_suspended: true, ..guards() };
        let process = ScalingProcess::ScaleOut;
        assert_eq!(outcome(&[grow(6)], held), (6, Some(NotScaled::Suspended { process })));
        assert_eq!(outcome(&[shrink(4)], held), (4, None));
    }
}
