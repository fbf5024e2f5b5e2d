//! Idleness: when a group that may have no instance gives up its last ones. Policies never do: they see little of what
//! happens once a minute. It takes a whole idle timeout in which nothing was asked of the group, seen second by second;
//! a second that was not seen counts as if something had happened. So a group starts and stops at most once in that time.

use std::time::Duration;

use elbow_model::value::Timestamp;

/// What was asked of a group in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// Nobody knows.
    Unseen,
    /// Something: a request or connection began, is in flight, or waits.
    Some,
    /// Nothing at all.
    None,
}

/// Since when nothing was asked of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stillness {
    since: Option<Timestamp>,
}

impl Stillness {
    /// Takes in the second that ends `now`.
    pub fn handle_second(&mut self, traffic: Traffic, now: Timestamp) {
        match traffic {
            Traffic::Unseen | Traffic::Some => self.since = None,
            Traffic::None => {
                self.since.get_or_insert(now);
            }
        }
    }

    /// Since when nothing was asked; none if something was lately, or if that is not known.
    #[must_use]
    pub fn since(self) -> Option<Timestamp> {
        self.since
    }
}

/// What is known of a group that may give up its last instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repose {
    pub now: Timestamp,
    pub min: u32,
    /// The number that was decided last.
    pub desired: u32,
    /// How long nothing must be asked of it; zero if it never gives up its last instances.
    pub idle_timeout: Duration,
    /// Whether a request would wake it: who can't be woken must not fall asleep.
    pub can_be_woken: bool,
    /// Whether every instance of it serves, and may be removed: none is on its way in or out, protected, on standby, or
    /// brought by a person, who could not get it back.
    pub is_settled: bool,
    /// Whether the group does not shrink for now.
    pub is_shrinking_suspended: bool,
    pub stillness: Stillness,
    /// Since when the youngest instance serves.
    pub serves_since: Option<Timestamp>,
}

/// For how long nothing was asked of the group, if that is long enough to give up its last instances.
#[must_use]
pub fn idle_for(repose: &Repose) -> Option<Duration> {
    let Repose { now, min, desired, idle_timeout, stillness, serves_since, .. } = *repose;
    let may_sleep = min == 0
        && desired > 0
        && !idle_timeout.is_zero()
        && repose.can_be_woken
        && repose.is_settled
        && !repose.is_shrinking_suspended;
    let since = stillness.since()?.max(serves_since?);
    let idle = now.since(since);
    (may_sleep && idle >= idle_timeout).then_some(idle)
}

/// The fewest instances that policies may want: the last one is not theirs to take.
#[must_use]
pub fn least_by_policies(min: u32) -> u32 {
    min.max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    fn at(seconds: u64) -> Timestamp {
        START.after(Duration::from_secs(seconds))
    }

    /// A group of two that nothing was asked of for ten seconds, which is its timeout.
    fn idle() -> Repose {
        let mut stillness = Stillness::default();
        stillness.handle_second(Traffic::None, at(100));
        Repose {
            now: at(110),
            min: 0,
            desired: 2,
            idle_timeout: Duration::from_secs(10),
            can_be_woken: true,
            is_settled: true,
            is_shrinking_suspended: false,
            stillness,
            serves_since: Some(at(0)),
        }
    }

    #[test]
    fn a_group_sleeps_once_nothing_was_asked_of_it_for_its_timeout() {
        assert_eq!(idle_for(&idle()), Some(Duration::from_secs(10)));
        assert_eq!(idle_for(&Repose { now: at(109), ..idle() }), None);
    }

    #[test]
    fn whatever_speaks_against_it_keeps_it_awake() {
        for (why, repose) in [
            ("its min", Repose { min: 1, ..idle() }),
            ("no timeout", Repose { idle_timeout: Duration::ZERO, ..idle() }),
            ("nobody could wake it", Repose { can_be_woken: false, ..idle() }),
            ("instances on their way", Repose { is_settled: false, ..idle() }),
            ("suspended", Repose { is_shrinking_suspended: true, ..idle() }),
            ("unseen", Repose { stillness: Stillness::default(), ..idle() }),
            ("young instances", Repose { serves_since: Some(at(101)), ..idle() }),
            ("none serves", Repose { serves_since: None, ..idle() }),
            ("asleep already", Repose { desired: 0, ..idle() }),
        ] {
            assert_eq!(idle_for(&repose), None, "{why}");
        }
    }

    #[test]
    fn policies_leave_one_instance() {
        assert_eq!([0, 1, 3].map(least_by_policies), [1, 1, 3]);
    }

    proptest! {
        /// Second by second through any traffic: it sleeps only after a whole timeout of seen silence, and always then.
        #[test]
        fn a_group_sleeps_after_a_whole_timeout_of_silence_and_never_earlier(
            seconds in proptest::collection::vec(
                prop_oneof![6 => Just(Traffic::None), 1 => Just(Traffic::Some), 1 => Just(Traffic::Unseen)],
                1..200,
            ),
            timeout in 1..20_u64,
        ) {
            let mut stillness = Stillness::default();
            for (second, traffic) in (0_u64..).zip(&seconds) {
                stillness.handle_second(*traffic, at(second));
                let repose = Repose {
                    now: at(second),
                    idle_timeout: Duration::from_secs(timeout),
                    stillness,
                    ..idle()
                };
                let silent = seconds[..=second as usize]
                    .iter()
                    .rev()
                    .take_while(|traffic| **traffic == Traffic::None)
                    .count() as u64;
                // So many seconds lie between the first silent second's end and now.
                prop_assert_eq!(idle_for(&repose).is_some(), silent > timeout);
            }
        }
    }
}
