//! The requests that create and edit a group.

use serde_json::{Value, json};

use crate::args::{GroupCreate, GroupEdit, GroupOptions, TemplateOptions};
use crate::failure::Failure;
use crate::notation::{Object, constant};

/// The request that creates a group.
pub(super) fn creation(arguments: &GroupCreate) -> Result<Value, Failure> {
    let options = &arguments.options;
    for (field, given) in [("min", options.min), ("max", options.max)] {
        if given.is_none() {
            return Err(Failure::Usage(format!("a scaling group needs --{field}")));
        }
    }
    let mut object = fields(options);
    object.insert("name".to_owned(), json!(arguments.name));
    object.insert("enabled".to_owned(), json!(!arguments.disabled));
    if let Some(network) = &arguments.network {
        object.insert("network".to_owned(), json!(network));
    }
    let attach: Vec<Object> = arguments.attach.iter().map(|named| named.object()).collect();
    object.insert("attachments".to_owned(), json!(attach));
    Ok(json!(object))
}

/// What was said of a group, as a merge patch.
pub(super) fn patch(arguments: &GroupEdit) -> Object {
    let mut object = fields(&arguments.options);
    if let Some(name) = &arguments.name {
        object.insert("name".to_owned(), json!(name));
    }
    object
}

fn fields(options: &GroupOptions) -> Object {
    let mut object = Object::new();
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(field.to_owned(), value);
        }
    };
    let number = |number: Option<i64>| number.map(|number| json!(number));
    put("min", number(options.min));
    put("max", number(options.max));
    put("desired", number(options.desired));
    put("cooldown_s", number(options.cooldown));
    put("drain_timeout_s", number(options.drain_timeout));
    put("health_grace_s", number(options.health_grace));
    put("warm_up_s", number(options.warm_up));
    put("idle_timeout_s", number(options.idle_timeout));
    put("wake_timeout_s", number(options.wake_timeout));
    put("wake_queue_max", number(options.wake_queue));
    put("description", options.description.as_ref().map(|text| json!(text)));
    put("health_check", options.health_check.as_deref().map(|kind| json!(constant(kind))));
    put("deletion_protection", options.deletion_protection.map(|on| json!(on)));
    put("protect_new", options.protect_new.map(|on| json!(on)));
    put("notifications", notifications(options));
    let policies: Vec<String> = options.removal_policies.iter().map(|p| constant(p)).collect();
    put("removal_policies", (!policies.is_empty()).then(|| json!(policies)));
    put("tags", pairs(&options.tags));
    let template = template(&options.template);
    put("template", (!template.is_empty()).then(|| json!(template)));
    object
}

/// Who is told of what; nobody if that was said.
fn notifications(options: &GroupOptions) -> Option<Value> {
    let events: Vec<String> = options.notify_on.iter().map(|event| constant(event)).collect();
    match options.notify.as_slice() {
        [] => None,
        [none] if none == "none" => Some(json!([])),
        urls => {
            let one = |url: &String| match events.is_empty() {
                true => json!({ "url": url }),
                false => json!({ "url": url, "events": events }),
            };
            Some(urls.iter().map(one).collect())
        }
    }
}

fn template(options: &TemplateOptions) -> Object {
    let mut object = Object::new();
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(field.to_owned(), value);
        }
    };
    put("driver", options.driver.as_deref().map(|driver| json!(constant(driver))));
    put("command", options.command.as_ref().map(|words| json!(words.0)));
    put("env", pairs(&options.env));
    put("port", options.port.map(|port| json!(port)));
    put("working_dir", options.working_dir.as_ref().map(|dir| json!(dir)));
    put("uid", options.uid.map(|uid| json!(uid)));
    put("image", options.image.as_ref().map(|image| json!(image)));
    put("url", options.hook_url.as_ref().map(|url| json!(url)));
    put("parameters", pairs(&options.parameters));
    let mut limits = Object::new();
    for (field, limit) in [
        ("memory_mb", options.memory_mb),
        ("cpu_percent", options.cpu_percent),
        ("open_files", options.open_files),
        ("processes", options.processes),
    ] {
        if let Some(limit) = limit {
            limits.insert(field.to_owned(), json!(limit));
        }
    }
    put("limits", (!limits.is_empty()).then(|| json!(limits)));
    object
}

fn pairs(pairs: &[(String, String)]) -> Option<Value> {
    let object: Object = pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    (!object.is_empty()).then(|| json!(object))
}
