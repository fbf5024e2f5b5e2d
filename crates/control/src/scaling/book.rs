//! What drivers said of instances, and when: a word from before an instance's present phase says nothing about it.

use std::collections::HashMap;
use std::time::Duration;

use elbow_model::instance::Instance;
use elbow_model::member::TargetAddress;
use elbow_model::value::{InstanceId, Timestamp};
use elbow_plan::instances::DriverSight;

use crate::driver::{DriverTrouble, InstanceState, Launched, Seen, Terminated, Usage};

/// The first and the longest wait after a call that failed.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// What is known of instances from their drivers.
#[derive(Debug, Default)]
pub(super) struct Book {
    pages: HashMap<InstanceId, Page>,
}

#[derive(Debug, Default)]
struct Page {
    said: Option<(DriverSight, Timestamp)>,
    usage: Option<(Usage, Timestamp)>,
    /// Calls that failed in a row, and when the next one is made.
    failures: u32,
    retry_at: Timestamp,
}

impl Book {
    /// What is known of an instance in its present phase.
    pub(super) fn sight_of(&self, instance: &Instance) -> DriverSight {
        let said = self.pages.get(&instance.id).and_then(|page| page.said.as_ref());
        match said {
            // What was found out while it was in an earlier phase still holds, but that it is not there.
            Some((DriverSight::Absent | DriverSight::Terminated, at))
                if *at < instance.phase_since =>
            {
                DriverSight::Unknown
            }
            Some((sight, _)) => sight.clone(),
            None => DriverSight::Unknown,
        }
    }

    /// What the instance used when its driver was last asked, and when that was.
    pub(super) fn usage_of(&self, instance: InstanceId) -> Option<(Usage, Timestamp)> {
        self.pages.get(&instance)?.usage
    }

    /// Whether a call may be made now.
    pub(super) fn may_call(&self, instance: InstanceId, now: Timestamp) -> bool {
        self.pages.get(&instance).is_none_or(|page| page.retry_at <= now)
    }

    /// A launch was answered.
    pub(super) fn launched(
        &mut self,
        instance: InstanceId,
        answer: Result<Launched, DriverTrouble>,
        now: Timestamp,
    ) {
        match answer {
            Ok(Launched { address, state }) => self.say(instance, sight(address, state), now),
            Err(DriverTrouble::Permanent { reason }) => {
                self.say(instance, DriverSight::Hopeless { why: reason }, now);
            }
            Err(DriverTrouble::Transient { reason }) => self.fail(instance, "launch", &reason, now),
        }
    }

    /// A termination was answered.
    pub(super) fn terminated(
        &mut self,
        instance: InstanceId,
        answer: Result<Terminated, DriverTrouble>,
        now: Timestamp,
    ) {
        match answer {
            Ok(Terminated::Gone) => self.say(instance, DriverSight::Terminated, now),
            Ok(Terminated::Ending) => {
                self.pages.entry(instance).or_default().retry_at = now.after(RETRY_AFTER.0);
            }
            Err(trouble) => self.fail(instance, "end", &trouble.to_string(), now),
        }
    }

    /// A group was listed; `asked_at` is from before the question.
    pub(super) fn listed<'i>(
        &mut self,
        instances: impl Iterator<Item = &'i Instance>,
        listing: Vec<Seen>,
        asked_at: Timestamp,
    ) {
        let mut found: HashMap<InstanceId, Seen> =
            listing.into_iter().map(|seen| (seen.instance, seen)).collect();
        for instance in instances {
            match found.remove(&instance.id) {
                Some(Seen { address, state, usage, .. }) => {
                    self.say(instance.id, sight(address, state), asked_at);
                    self.pages.entry(instance.id).or_default().usage =
                        usage.map(|usage| (usage, asked_at));
                }
                None => self.say(instance.id, DriverSight::Absent, asked_at),
            }
        }
    }

    /// Keeps only what is still asked about.
    pub(super) fn retain(&mut self, is_there: impl Fn(InstanceId) -> bool) {
        self.pages.retain(|id, _| is_there(*id));
    }

    fn say(&mut self, instance: InstanceId, sight: DriverSight, at: Timestamp) {
        let page = self.pages.entry(instance).or_default();
        // A listing that was asked for before the last word is older than it.
        if page.said.as_ref().is_some_and(|(_, earlier)| *earlier > at) {
            return;
        }
        page.said = Some((sight, at));
        page.failures = 0;
        page.retry_at = Timestamp::default();
    }

    fn fail(&mut self, instance: InstanceId, doing: &str, reason: &str, now: Timestamp) {
        let page = self.pages.entry(instance).or_default();
        let wait = RETRY_AFTER.0.saturating_mul(1 << page.failures.min(16)).min(RETRY_AFTER.1);
        page.failures = page.failures.saturating_add(1);
        page.retry_at = now.after(wait);
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(instance.id = %instance, doing, reason, wait_ms, "a driver call failed");
    }
}

fn sight(address: Option<std::net::IpAddr>, state: InstanceState) -> DriverSight {
    match state {
        InstanceState::Starting => DriverSight::Starting,
        InstanceState::Running => DriverSight::Running {
            address: address.and_then(|address| TargetAddress::new(address).ok()),
            port: None,
            reference: None,
        },
        InstanceState::Exited(end) => DriverSight::Ended { why: end.to_string() },
    }
}
