//! The launch breaker: a template that never works must not be launched for ever. After a few failures in a row
//! ([`Breaker`]) the group rests, each time twice as long, and then tries a single instance.

use elbow_model::change::scaling::ScalingEdit;
use elbow_model::scaling_group::{Breaker, ScalingGroup};
use elbow_model::value::Timestamp;
use elbow_model::wake::is_woken_by_requests;

use super::{Action, Sight};

/// How many instances may be on their way at a time: all that are missing, a single one as a try, or none.
pub(super) fn allowance(group: &ScalingGroup, now: Timestamp) -> u32 {
    match group.breaker {
        Breaker::Closed { failures: 0 } => u32::MAX,
        Breaker::Closed { .. } => 1,
        Breaker::Open { until, .. } if until <= now => 1,
        Breaker::Open { .. } => 0,
    }
}

/// Closes the breaker of a group that requests wake once its rest is over: the next failure opens it again, and until
/// then a request may wait for the try.
pub(super) fn half_open(sight: &Sight<'_>) -> Option<Action> {
    match sight.group.breaker {
        Breaker::Open { failures, until }
            if until <= sight.now && is_woken_by_requests(sight.group) =>
        {
            let (group, breaker) = (sight.group.id, Breaker::Closed { failures });
            Some(Action::Commit(vec![ScalingEdit::SetBreaker { group, breaker }]))
        }
        Breaker::Open { .. } | Breaker::Closed { .. } => None,
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
        self.set(self.breaker.failed(self.sight.now))
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
