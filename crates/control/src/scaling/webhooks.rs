//! Who is told that an instance waits for a lifecycle hook: each web service once for each wait, again and again until
//! it has taken it or the wait is over. After a restart it is told once more; the token is the same.

use std::collections::HashMap;
use std::time::Duration;

use elbow_model::instance::Instance;
use elbow_model::lifecycle_hook::HookWait;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{HookToken, Timestamp};
use elbow_model::world::World;
use serde_json::json;

use super::calls::Calls;
use crate::driver::DriverTrouble;

/// The first and the longest wait before telling again.
const AGAIN_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Services that are being told at a time.
const MOST_AT_A_TIME: usize = 32;

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    waits: HashMap<HookToken, Telling>,
}

#[derive(Debug, Clone, Copy)]
enum Telling {
    /// It is on its way; so many attempts failed before.
    Underway { failures: u32 },
    /// It failed, and is tried again.
    Later { failures: u32, at: Timestamp },
    /// The service knows, or will never take it.
    Over,
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
        let failures = match self.waits.get(&wait.token) {
            None => 0,
            Some(Telling::Later { failures, at }) if *at <= now => *failures,
            Some(_) => return,
        };
        let is_underway = |telling: &&Telling| matches!(telling, Telling::Underway { .. });
        if self.waits.values().filter(is_underway).count() >= MOST_AT_A_TIME {
            return;
        }
        self.waits.insert(wait.token, Telling::Underway { failures });
        calls.tell(wait.token, url.clone(), message(group, instance, wait));
    }

    /// A service was told, or could not be.
    pub(super) fn told(
        &mut self,
        token: HookToken,
        result: Result<(), DriverTrouble>,
        now: Timestamp,
    ) {
        let Some(telling) = self.waits.get_mut(&token) else { return };
        let failures = match *telling {
            Telling::Underway { failures } | Telling::Later { failures, .. } => failures,
            Telling::Over => return,
        };
        *telling = match result {
            Ok(()) => Telling::Over,
            Err(DriverTrouble::Permanent { reason }) => {
                tracing::warn!(reason, "a webhook will not be told that an instance waits");
                Telling::Over
            }
            Err(DriverTrouble::Transient { reason }) => {
                tracing::warn!(reason, "a webhook could not be told that an instance waits");
                let pause = AGAIN_AFTER.0.saturating_mul(1 << failures.min(16)).min(AGAIN_AFTER.1);
                Telling::Later { failures: failures.saturating_add(1), at: now.after(pause) }
            }
        };
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
}

fn message(group: &ScalingGroup, instance: &Instance, wait: &HookWait) -> Vec<u8> {
    let transition = match instance.phase.removal() {
        None => "LAUNCH",
        Some(_) => "TERMINATE",
    };
    let message = json!({
        "event": "LIFECYCLE_HOOK",
        "scaling_group": { "id": group.id, "name": group.settings.name },
        "instance": {
            "id": instance.id,
            "address": instance.address.map(|address| address.get()),
            "port": instance.port,
        },
        "hook": wait.name,
        "transition": transition,
        "token": wait.token,
        "deadline": wait.deadline.to_string(),
    });
    message.to_string().into_bytes()
}
