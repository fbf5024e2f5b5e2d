//! Who is told by a webhook, again and again until he has taken it: that an instance waits for a lifecycle hook, while it
//! waits; and what a group does, as its notifications say, for some minutes. After a restart the first is told once
//! more (the token is the same), the second is not.

mod message;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use elbow_model::instance::Instance;
use elbow_model::lifecycle_hook::HookWait;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{HookToken, HttpUrl, Timestamp};
use elbow_model::world::World;

use super::calls::Calls;
use super::chronicle::Happening;
use crate::driver::DriverTrouble;

/// The first and the longest wait before telling again.
const AGAIN_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Services that are being told at a time.
const MOST_AT_A_TIME: usize = 32;
/// How often a notification is tried; with the pauses in between that takes four minutes.
const MOST_TRIES: u32 = 9;
/// Notifications that wait to be taken; beyond that the oldest are given up.
const MOST_NOTICES: usize = 1_000;

/// What somebody is told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// An instance waits.
    Wait(HookToken),
    /// The notification of this number.
    Notice(u64),
}

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    waits: HashMap<HookToken, Telling>,
    /// By their numbers, which grow.
    notices: BTreeMap<u64, Notice>,
    next: u64,
}

/// A notification on its way.
#[derive(Debug)]
struct Notice {
    url: HttpUrl,
    body: Vec<u8>,
    telling: Telling,
}

#[derive(Debug, Clone, Copy)]
enum Telling {
    /// It is on its way; so many attempts failed before.
    Underway { failures: u32 },
    /// It failed, or was not tried yet, and is tried then.
    Later { failures: u32, at: Timestamp },
    /// The service knows, or will never take it.
    Over,
}

impl Telling {
    const FIRST: Self = Self::Later { failures: 0, at: Timestamp(0) };

    /// How many attempts failed, if another one is due.
    fn due(self, now: Timestamp) -> Option<u32> {
        match self {
            Self::Later { failures, at } if at <= now => Some(failures),
            Self::Later { .. } | Self::Underway { .. } | Self::Over => None,
        }
    }

    /// After an answer.
    fn answered(self, result: Result<(), DriverTrouble>, now: Timestamp) -> Self {
        let failures = match self {
            Self::Underway { failures } | Self::Later { failures, .. } => failures,
            Self::Over => return Self::Over,
        };
        match result {
            Ok(()) => Self::Over,
            Err(DriverTrouble::Permanent { reason }) => {
                tracing::warn!(reason, "a webhook is not told: it will never take it");
                Self::Over
            }
            Err(DriverTrouble::Transient { reason }) => {
                tracing::warn!(reason, "a webhook could not be told; it is tried again");
                let pause = AGAIN_AFTER.0.saturating_mul(1 << failures.min(16)).min(AGAIN_AFTER.1);
                Self::Later { failures: failures.saturating_add(1), at: now.after(pause) }
            }
        }
    }

    fn is_underway(&self) -> bool {
        matches!(self, Self::Underway { .. })
    }
}

impl Webhooks {
    /// Tells of the waits of a group that are not told of yet.
    pub(super) fn tell(
        &mut self,
        group: &ScalingGroup,
        world: &World,
        calls: &Calls,
        now: Timestamp,
    ) {
        for instance in world.instances_of(group.id) {
            for wait in instance.phase.waits() {
                self.tell_of(group, instance, wait, calls, now);
            }
        }
    }

    fn tell_of(
        &mut self,
        group: &ScalingGroup,
        instance: &Instance,
        wait: &HookWait,
        calls: &Calls,
        now: Timestamp,
    ) {
        let Some(url) = &wait.webhook else { return };
        let telling = self.waits.get(&wait.token).copied().unwrap_or(Telling::FIRST);
        let Some(failures) = telling.due(now).filter(|_| self.has_room()) else { return };
        self.waits.insert(wait.token, Telling::Underway { failures });
        let body = message::of_wait(group, instance, wait);
        calls.tell(Subject::Wait(wait.token), url.clone(), body);
    }

    /// Takes on what those are to be told who want to know of it.
    pub(super) fn note(&mut self, happening: &Happening, world: &World, now: Timestamp) {
        let Some((event, id)) = happening.notification() else { return };
        let Some(group) = world.scaling_group(id) else { return };
        for url in group.settings.notifications.of(event) {
            let body = message::of_happening(group, event, happening, now);
            let telling = Telling::FIRST;
            self.notices.insert(self.next, Notice { url: url.clone(), body, telling });
            self.next += 1;
        }
        while self.notices.len() > MOST_NOTICES {
            self.notices.pop_first();
            tracing::warn!(
                most = MOST_NOTICES,
                "too many notifications wait; the oldest is given up"
            );
        }
    }

    /// Sends the notifications that are due.
    pub(super) fn send(&mut self, calls: &Calls, now: Timestamp) {
        let underway = self.underway();
        let due = self
            .notices
            .iter_mut()
            .filter_map(|(number, notice)| Some((*number, notice.telling.due(now)?, notice)));
        for (number, failures, notice) in due.take(MOST_AT_A_TIME.saturating_sub(underway)) {
            notice.telling = Telling::Underway { failures };
            calls.tell(Subject::Notice(number), notice.url.clone(), notice.body.clone());
        }
    }

    /// A service was told, or could not be.
    pub(super) fn told(
        &mut self,
        subject: Subject,
        result: Result<(), DriverTrouble>,
        now: Timestamp,
    ) {
        match subject {
            Subject::Wait(token) => {
                if let Some(telling) = self.waits.get_mut(&token) {
                    *telling = telling.answered(result, now);
                }
            }
            Subject::Notice(number) => {
                let Some(notice) = self.notices.get_mut(&number) else { return };
                notice.telling = notice.telling.answered(result, now);
                let is_over = match notice.telling {
                    Telling::Over => true,
                    Telling::Later { failures, .. } => failures >= MOST_TRIES,
                    Telling::Underway { .. } => false,
                };
                if is_over {
                    self.notices.remove(&number);
                }
            }
        }
    }

    /// Forgets waits that are over.
    pub(super) fn retain(&mut self, world: &World) {
        if self.waits.is_empty() {
            return;
        }
        let open: std::collections::HashSet<HookToken> = world
            .instances()
            .flat_map(|instance| instance.phase.waits())
            .map(|wait| wait.token)
            .collect();
        self.waits.retain(|token, _| open.contains(token));
    }

    fn has_room(&self) -> bool {
        self.underway() < MOST_AT_A_TIME
    }

    fn underway(&self) -> usize {
        let notices = self.notices.values().map(|notice| &notice.telling);
        self.waits.values().chain(notices).filter(|telling| telling.is_underway()).count()
    }
}

#[cfg(test)]
mod tests;
