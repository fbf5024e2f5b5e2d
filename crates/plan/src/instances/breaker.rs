//! The launch breaker: a template that never works must not be launched for ever. After a few failures in a row the
//! group rests, each time twice as long, and then tries a single instance.

use std::time::Duration;

use elbow_model::change::scaling::ScalingEdit;
use elbow_model::scaling_group::{Breaker, ScalingGroup};
use elbow_model::value::Timestamp;

use super::Sight;

/// Failures in a row after which the group rests.
pub(super) const TRIES: u32 = 3;
/// The first rest.
const FIRST_REST: Duration = Duration::from_secs(10);
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(900);

/// How many instances may be on their way at a time: all that are missing, a single one as a try, or none.
pub(super) fn allowance(group: &ScalingGroup, now: Timestamp) -> u32 {
    match group.breaker {
        Breaker::Closed { failures: 0 } => u32::MAX,
        Breaker::Closed { .. } => 1,
        Breaker::Open { until, .. } if until <= now => 1,
        Breaker::Open { .. } => 0,
    }
}

/// Successes and failures found in one look, counted one after the other.
pub(super) struct Tally<'a> {
    sight: &'a Sight<'a>,
    breaker: Breaker,
}

impl<'a> Tally<'a> {
    pub(super) fn new(sight: &'a Sight<'a>) -> Self {
        Self { sight, breaker: sight.group.breaker }
    }

    /// One more launch failed.
    pub(super) fn failed(&mut self) -> Option<ScalingEdit> {
        let failures = self.breaker.failures().saturating_add(1);
        self.set(match failures.checked_sub(TRIES) {
            None => Breaker::Closed { failures },
            Some(doublings) => {
                let rest = FIRST_REST.saturating_mul(1 << doublings.min(16)).min(LONGEST_REST);
                Breaker::Open { failures, until: self.sight.now.after(rest) }
            }
        })
    }

    /// An instance went into service.
    pub(super) fn succeeded(&mut self) -> Option<ScalingEdit> {
        self.set(Breaker::RESET)
    }

    fn set(&mut self, breaker: Breaker) -> Option<ScalingEdit> {
        let before = std::mem::replace(&mut self.breaker, breaker);
        let group = self.sight.group.id;
        (before != breaker).then_some(ScalingEdit::SetBreaker { group, breaker })
    }
}
