//! The requests that add and edit policies, schedules and hooks.

use elbow_model::value::Invalid;
use serde_json::{Value, json};

use crate::args::{
    HookAdd, HookEdit, HookOptions, PolicyAdd, PolicyEdit, PolicyOptions, ScheduleAdd,
    ScheduleEdit, ScheduleOptions,
};
use crate::failure::Failure;
use crate::notation::{Object, adjustment, constant, step};

/// A policy to add.
pub(super) fn policy(arguments: &PolicyAdd) -> Result<Value, Failure> {
    let name = arguments.name.clone().or(arguments.options.metric.clone());
    let mut object = named_policy(name, &arguments.kind, &arguments.options)?;
    object.insert("enabled".to_owned(), json!(!arguments.disabled));
    Ok(json!(object))
}

/// A policy of this kind, saved or not.
pub(super) fn named_policy(
    name: Option<String>,
    kind: &str,
    options: &PolicyOptions,
) -> Result<Object, Failure> {
    let mut object = policy_fields(options, None)?;
    object.insert("type".to_owned(), json!(constant(kind)));
    if let Some(name) = name {
        object.insert("name".to_owned(), json!(name));
    }
    Ok(object)
}

/// What was said of a policy, as a merge patch onto what it is.
pub(super) fn policy_patch(arguments: &PolicyEdit, found: &Value) -> Result<Object, Failure> {
    let mut object = policy_fields(&arguments.options, found.get("alarm"))?;
    if let Some(name) = &arguments.new_name {
        object.insert("name".to_owned(), json!(name));
    }
    if let Some(enabled) = arguments.enabled {
        object.insert("enabled".to_owned(), json!(enabled));
    }
    Ok(object)
}

/// An alarm is one value: what is not said of it stays as it was.
fn policy_fields(options: &PolicyOptions, before: Option<&Value>) -> Result<Object, Failure> {
    let usage = |wrong: Invalid| Failure::Usage(wrong.0);
    let mut object = Object::new();
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(field.to_owned(), value);
        }
    };
    let metric = options.metric.as_deref().map(|metric| json!(constant(metric)));
    match alarm(options, metric.clone(), before.filter(|alarm| alarm.is_object())) {
        Some(alarm) => put("alarm", Some(alarm)),
        None => put("metric", metric),
    }
    put("target", options.target.map(|target| json!(target)));
    put("tolerance_percent", options.tolerance.map(|percent| json!(percent)));
    put("disable_scale_in", options.disable_scale_in.map(|off| json!(off)));
    if let Some(change) = &options.change {
        put("adjustment", Some(adjustment(change).map_err(usage)?));
    }
    let steps: Result<Vec<Value>, Failure> =
        options.steps.iter().map(|text| step(text).map_err(usage)).collect();
    let steps = steps?;
    put("steps", (!steps.is_empty()).then(|| json!(steps)));
    put("up", options.up_cooldown.map(|seconds| json!({ "cooldown_s": seconds })));
    let mut down = Object::new();
    for (field, seconds) in
        [("cooldown_s", options.down_cooldown), ("stabilization_s", options.down_stabilization)]
    {
        down.extend(seconds.map(|seconds| (field.to_owned(), json!(seconds))));
    }
    put("down", (!down.is_empty()).then(|| json!(down)));
    put("warm_up_s", options.warm_up.map(|seconds| json!(seconds)));
    Ok(object)
}

/// The alarm, if anything is said of one.
fn alarm(options: &PolicyOptions, metric: Option<Value>, before: Option<&Value>) -> Option<Value> {
    let threshold = options.above.map(|above| ("ABOVE", above));
    let threshold = threshold.or(options.below.map(|below| ("BELOW", below)));
    let is_moved = before.is_some()
        && (metric.is_some() || options.window.is_some() || options.hold.is_some());
    if threshold.is_none() && !is_moved {
        return None;
    }
    let mut alarm = before.cloned().unwrap_or_else(|| json!({}));
    if let Some((comparison, threshold)) = threshold {
        alarm["comparison"] = json!(comparison);
        alarm["threshold"] = json!(threshold);
    }
    if let Some(metric) = metric {
        alarm["metric"] = metric;
    }
    for (field, seconds) in [("window_s", options.window), ("for_s", options.hold)] {
        if let Some(seconds) = seconds {
            alarm[field] = json!(seconds);
        }
    }
    Some(alarm)
}

/// A schedule to add.
pub(super) fn schedule(arguments: &ScheduleAdd) -> Value {
    let mut object = schedule_fields(&arguments.options);
    object.insert("name".to_owned(), json!(arguments.name));
    json!(object)
}

/// What was said of a schedule, as a merge patch.
pub(super) fn schedule_patch(arguments: &ScheduleEdit) -> Object {
    let mut object = schedule_fields(&arguments.options);
    if let Some(name) = &arguments.new_name {
        object.insert("name".to_owned(), json!(name));
    }
    if let Some(enabled) = arguments.enabled {
        object.insert("enabled".to_owned(), json!(enabled));
    }
    object
}

fn schedule_fields(options: &ScheduleOptions) -> Object {
    let fields = [
        ("cron", options.cron.as_ref().map(|cron| json!(cron))),
        ("time_zone", options.time_zone.as_ref().map(|zone| json!(zone))),
        ("at", options.at.as_ref().map(|at| json!(at))),
        ("min", options.min.map(|min| json!(min))),
        ("max", options.max.map(|max| json!(max))),
        ("desired", options.desired.map(|desired| json!(desired))),
    ];
    said(fields)
}

/// A hook to add.
pub(super) fn hook(arguments: &HookAdd) -> Value {
    let mut object = hook_fields(&arguments.options);
    object.insert("name".to_owned(), json!(arguments.name));
    object.insert("transition".to_owned(), json!(constant(&arguments.on)));
    json!(object)
}

/// What was said of a hook, as a merge patch.
pub(super) fn hook_patch(arguments: &HookEdit) -> Object {
    let mut object = hook_fields(&arguments.options);
    if let Some(name) = &arguments.new_name {
        object.insert("name".to_owned(), json!(name));
    }
    if let Some(on) = &arguments.on {
        object.insert("transition".to_owned(), json!(constant(on)));
    }
    object
}

fn hook_fields(options: &HookOptions) -> Object {
    let webhook = options.webhook.as_deref().map(|url| match url {
        "none" => Value::Null,
        url => json!(url),
    });
    said([
        ("heartbeat_timeout_s", options.timeout.map(|seconds| json!(seconds))),
        ("default_result", options.default_result.as_deref().map(|r| json!(constant(r)))),
        ("webhook", webhook),
    ])
}

/// The fields of which something is said.
fn said<const N: usize>(fields: [(&str, Option<Value>); N]) -> Object {
    let said = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    said.collect()
}
