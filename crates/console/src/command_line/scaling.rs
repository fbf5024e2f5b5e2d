//! Requests about scaling groups as lines of the command line.

use serde_json::Value;

use super::{Line, quoted};

/// `POST /v1/scaling-groups`.
pub(crate) fn create_group(body: &Value) -> String {
    let line = Line::new("group create").word(text(body, "name"));
    let line = line.option_of("network", body["network"].as_str());
    let mut line = options(line, body);
    for attachment in list(body, "attachments") {
        line = line.option("attach", &attachment_notation(attachment));
    }
    line.finish()
}

/// `PATCH /v1/scaling-groups/{id}`.
pub(crate) fn edit_group(name: &str, body: &Value) -> String {
    let line = Line::new("group edit").word(name).option_of("name", body["name"].as_str());
    options(line, body).finish()
}

/// `POST .. /attach-vserver-groups` and `detach-vserver-groups`.
pub(crate) fn vserver_groups(verb: &str, group: &str, body: &Value) -> String {
    let mut line = Line::new(&format!("group {verb}")).word(group);
    for pool in list(body, "vserver_groups") {
        line = line.word(&attachment_notation(pool));
    }
    if body["force"] == true { line.flag("force") } else { line }.finish()
}

/// What creating and editing share.
fn options(mut line: Line, body: &Value) -> Line {
    for (field, option) in [("min", "min"), ("max", "max"), ("desired", "desired")] {
        line = line.option_of(option, plain(&body[field]).as_deref());
    }
    line = line.option_of("description", body["description"].as_str());
    for (field, option) in [
        ("cooldown_s", "cooldown"),
        ("drain_timeout_s", "drain-timeout"),
        ("health_grace_s", "health-grace"),
        ("warm_up_s", "warm-up"),
        ("idle_timeout_s", "idle-timeout"),
        ("wake_timeout_s", "wake-timeout"),
    ] {
        let seconds = plain(&body[field]).map(|number| format!("{number}s"));
        line = line.option_of(option, seconds.as_deref());
    }
    line = line.option_of("wake-queue", plain(&body["wake_queue_max"]).as_deref());
    line = line.option_of("health-check", body["health_check"].as_str().map(kebab).as_deref());
    for policy in list(body, "removal_policies").iter().filter_map(Value::as_str) {
        line = line.option("removal-policy", &kebab(policy));
    }
    for (field, option) in
        [("deletion_protection", "deletion-protection"), ("protect_new", "protect-new")]
    {
        line = match body[field].as_bool() {
            Some(true) => line.flag(option),
            Some(false) => line.flag(&format!("{option}=false")),
            None => line,
        };
    }
    template(line, &body["template"])
}

fn template(mut line: Line, template: &Value) -> Line {
    line = line.option_of("driver", template["driver"].as_str().map(kebab).as_deref());
    let command = list(template, "command").iter().filter_map(Value::as_str).map(quoted);
    let command: Vec<String> = command.collect();
    line = line.option_of("command", Some(&command.join(" ")));
    line = line.option_of("port", plain(&template["port"]).as_deref());
    for (field, option) in [("image", "image"), ("working_dir", "working-dir"), ("url", "hook-url")]
    {
        line = line.option_of(option, template[field].as_str());
    }
    for (field, option) in [("env", "env"), ("parameters", "parameter")] {
        for (name, value) in template[field].as_object().into_iter().flatten() {
            line = line.option(option, &format!("{name}={}", value.as_str().unwrap_or_default()));
        }
    }
    for (field, option) in [("memory_mb", "memory-mb"), ("cpu_percent", "cpu-percent")] {
        line = line.option_of(option, plain(&template["limits"][field]).as_deref());
    }
    line
}

/// `web`, `web/api:8080,weight=50`.
fn attachment_notation(attachment: &Value) -> String {
    let mut notation = text(attachment, "load_balancer").to_owned();
    if let Some(pool) = attachment["pool"].as_str() {
        notation.push('/');
        notation.push_str(pool);
    }
    if let Some(port) = plain(&attachment["port"]) {
        notation.push(':');
        notation.push_str(&port);
    }
    if let Some(weight) = plain(&attachment["weight"]) {
        notation.push_str(",weight=");
        notation.push_str(&weight);
    }
    notation
}

/// `CHEAPEST_TO_DRAIN` as `cheapest-to-drain`.
pub(crate) fn kebab(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A value without quotes; none if there is none.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_group_is_one_line_with_all_that_it_has() {
        let body = json!({
            "name": "workers", "network": "default", "min": 2, "max": 10, "drain_timeout_s": 60,
            "removal_policies": ["OLDEST_INSTANCE"], "protect_new": true,
            "template": {"driver": "PROCESS", "command": ["./server", "--port", "{port}"], "port": 8080, "env": {"A": "b c"}},
            "attachments": [{"load_balancer": "web", "weight": 50}, {"load_balancer": "web", "pool": "api", "port": 81, "weight": 9}],
        });
        let expected = "elbow group create workers \\\n  --network default \\\n  --min 2 \\\n  --max 10 \\\n  --drain-timeout 60s \\\n  --removal-policy oldest-instance \\\n  --protect-new \\\n  --driver process \\\n  --command './server --port '\\''{port}'\\''' \\\n  --port 8080 \\\n  --env 'A=b c' \\\n  --attach web,weight=50 \\\n  --attach web/api:81,weight=9";
        assert_eq!(create_group(&body), expected);
    }
}
