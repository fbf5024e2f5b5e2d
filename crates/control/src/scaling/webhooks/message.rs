//! What webhooks are told, as JSON. Receivers pass over fields that they do not know.

use elbow_model::activity::Activity;
use elbow_model::instance::Instance;
use elbow_model::lifecycle_hook::HookWait;
use elbow_model::notification::NotificationEvent;
use elbow_model::scaling_group::{Breaker, ScalingGroup};
use elbow_model::value::Timestamp;
use serde_json::{Value, json};

use super::super::chronicle::Happening;

/// An instance waits for a lifecycle hook.
pub(super) fn of_wait(group: &ScalingGroup, instance: &Instance, wait: &HookWait) -> Vec<u8> {
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

/// Something happened to a group.
pub(super) fn of_happening(
    group: &ScalingGroup,
    event: NotificationEvent,
    happening: &Happening,
    now: Timestamp,
) -> Vec<u8> {
    let activity = match happening {
        Happening::Began(activity) | Happening::Ended(activity) => of_activity(activity),
        Happening::Launch(_)
        | Happening::Termination(_)
        | Happening::LaunchFailure(_)
        | Happening::BreakerOpened(_)
        | Happening::BreakerClosed(_) => Value::Null,
    };
    let open_until = match group.breaker {
        Breaker::Open { until, .. } => json!(until.to_string()),
        Breaker::Closed { .. } => Value::Null,
    };
    let message = json!({
        "event": event.to_string(),
        "at": now.to_string(),
        "scaling_group": { "id": group.id, "name": group.settings.name },
        "desired": group.desired.get(),
        "breaker": { "failures": group.breaker.failures(), "open_until": open_until },
        "activity": activity,
    });
    message.to_string().into_bytes()
}

fn of_activity(activity: &Activity) -> Value {
    json!({
        "id": activity.id,
        "cause": activity.cause.word(),
        "before": activity.before.get(),
        "after": activity.after.get(),
        "instance": activity.instance,
        "result": activity.result.word(),
        "code": activity.result.code(),
        "text": activity.text.as_str(),
        "started_at": activity.started_at.to_string(),
        "ended_at": activity.ended_at.map(|at| at.to_string()),
    })
}
