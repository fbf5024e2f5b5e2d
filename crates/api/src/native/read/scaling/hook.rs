//! Reads lifecycle hooks.

use elbow_model::lifecycle_hook::{HookResult, HookSettings, Transition};
use elbow_model::value::HttpUrl;

use super::super::{READ_ONLY, bounded, name, no_name};
use crate::decode::{At, Fields};

/// Fields that answers have and requests do not; so for policies and schedules.
pub(super) const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("scaling_group", "is given by the path"),
    ("next_at", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
];

const TRANSITIONS: &[(&str, Transition)] =
    &[("LAUNCH", Transition::Launch), ("TERMINATE", Transition::Terminate)];

pub(super) const RESULTS: &[(&str, HookResult)] =
    &[("CONTINUE", HookResult::Continue), ("ABANDON", HookResult::Abandon)];

/// Reads a hook to create.
pub(in crate::native) fn new(fields: Fields<'_>) -> HookSettings {
    let called = fields.required("name", name).unwrap_or_else(no_name);
    let transition = fields.required("transition", transition).unwrap_or(Transition::Launch);
    let mut settings = HookSettings {
        name: called,
        transition,
        heartbeat_timeout_s: HookSettings::HEARTBEAT_TIMEOUT,
        default_result: HookResult::Abandon,
        webhook: None,
    };
    read_rest(&fields, &mut settings);
    fields.finish(HINTS);
    settings
}

/// Reads a patch onto a hook.
pub(in crate::native) fn patch(fields: Fields<'_>, mut settings: HookSettings) -> HookSettings {
    fields.set("name", &mut settings.name, name);
    fields.set("transition", &mut settings.transition, transition);
    read_rest(&fields, &mut settings);
    fields.finish(HINTS);
    settings
}

fn read_rest(fields: &Fields<'_>, settings: &mut HookSettings) {
    let usual = HookSettings::HEARTBEAT_TIMEOUT;
    fields.set_or("heartbeat_timeout_s", &mut settings.heartbeat_timeout_s, usual, bounded);
    fields.set_or("default_result", &mut settings.default_result, HookResult::Abandon, |at| {
        at.choice("result", RESULTS)
    });
    fields.set_option("webhook", &mut settings.webhook, |at| at.checked(str::parse::<HttpUrl>));
}

fn transition(at: At<'_>) -> Option<Transition> {
    at.choice("transition", TRANSITIONS)
}
