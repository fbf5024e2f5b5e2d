//! Between the fields of forms and the API's JSON of scaling groups. Fields are called as in the JSON, so that the API's
//! errors land at them; where one field stands for several of the JSON, [`land`] brings errors there.

use axum::http::StatusCode;
use elbow_api::problem::{FieldError, Problem};
use elbow_model::command_words;
use serde_json::{Map, Value, json};

use crate::answer::scaling::{ScalingGroup, Template};
use crate::command_line::quoted;
use crate::form::{Form, object};

/// What a group without template is called in forms.
pub(super) const NO_DRIVER: &str = "NONE";
/// Fields of the JSON that are one field of a form, whatever is below them.
const WHOLE: [&str; 4] =
    ["template.command", "template.env", "template.parameters", "removal_policies"];
/// Between a load balancer and a pool in the value of a choice.
const BETWEEN: char = '/';
/// Settings that are numbers.
const NUMBERS: [&str; 10] = [
    "min",
    "max",
    "desired",
    "cooldown_s",
    "drain_timeout_s",
    "health_grace_s",
    "warm_up_s",
    "idle_timeout_s",
    "wake_timeout_s",
    "wake_queue_max",
];

/// A group to create.
///
/// # Errors
/// If the command cannot be split into words.
pub(super) fn group(form: &Form) -> Result<Value, Problem> {
    let mut body = settings(form)?;
    body.insert("network".to_owned(), form.string("network").unwrap_or_default());
    let attachments = attachments(form);
    if !attachments.is_empty() {
        body.insert("attachments".to_owned(), Value::from(attachments));
    }
    Ok(Value::Object(body))
}

/// What is different from the group as it is: a merge patch.
///
/// # Errors
/// If the command cannot be split into words.
pub(super) fn patch(form: &Form, group: &ScalingGroup) -> Result<Value, Problem> {
    let mut before = Form::default();
    fill(&mut before, group);
    Ok(difference(&Value::Object(settings(&before)?), &Value::Object(settings(form)?)))
}

/// The merge patch (RFC 7396) that makes `after` of `before`. A template of another driver is a new one as a whole.
fn difference(before: &Value, after: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return after.clone() };
    if old.get("driver") != new.get("driver") {
        return after.clone();
    }
    let mut patch = Map::new();
    for (name, value) in new {
        match old.get(name) {
            Some(same) if same == value => {}
            Some(other) => {
                patch.insert(name.clone(), difference(other, value));
            }
            None => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    for gone in old.keys().filter(|name| !new.contains_key(*name)) {
        patch.insert(gone.clone(), Value::Null);
    }
    Value::Object(patch)
}

fn settings(form: &Form) -> Result<Map<String, Value>, Problem> {
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    put("name", form.string("name").or(Some(json!(""))));
    put("description", form.string("description"));
    for name in NUMBERS {
        put(name, form.number(name));
    }
    put("health_check", form.string("health_check"));
    let policies: Vec<Value> = form
        .rows("removal_policies")
        .into_iter()
        .filter_map(|row| form.string(&format!("removal_policies[{row}]")))
        .collect();
    put("removal_policies", (!policies.is_empty()).then(|| Value::from(policies)));
    put("deletion_protection", Some(form.flag("deletion_protection")));
    put("protect_new", Some(form.flag("protect_new")));
    put("template", template(form)?);
    Ok(body)
}

fn template(form: &Form) -> Result<Option<Value>, Problem> {
    let driver = form.text("template.driver");
    if driver.is_empty() || driver == NO_DRIVER {
        return Ok(None);
    }
    let of = |drivers: &[&str], name: &str| {
        form.string(&format!("template.{name}")).filter(|_| drivers.contains(&driver))
    };
    let pairs_of = |drivers: &[&str], name: &str| {
        of(drivers, name).and_then(|text| pairs(text.as_str().unwrap_or_default()))
    };
    let limit = |name: &str| form.number(&format!("template.limits.{name}"));
    let limits = object([
        ("memory_mb", limit("memory_mb")),
        ("cpu_percent", limit("cpu_percent").filter(|_| driver == "CONTAINER")),
    ]);
    let has_limits = driver != "HOOK" && limits.as_object().is_some_and(|map| !map.is_empty());
    Ok(Some(object([
        ("driver", Some(json!(driver))),
        ("image", of(&["CONTAINER"], "image")),
        ("command", command(form)?),
        ("url", of(&["HOOK"], "url")),
        ("port", form.number("template.port")),
        ("working_dir", of(&["PROCESS"], "working_dir")),
        ("env", pairs_of(&["PROCESS", "CONTAINER"], "env")),
        ("parameters", pairs_of(&["HOOK"], "parameters")),
        ("limits", has_limits.then_some(limits)),
    ])))
}

fn command(form: &Form) -> Result<Option<Value>, Problem> {
    let text = form.text("template.command");
    if text.is_empty() {
        return Ok(None);
    }
    match command_words::split(text) {
        Ok(words) => Ok(Some(Value::from(words))),
        Err(invalid) => {
            let field = "template.command".to_owned();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let mut problem = Problem::new(status, "INVALID", invalid.0.to_string());
            problem.errors.push(FieldError { field, reason: invalid.0.to_string() });
            Err(problem)
        }
    }
}

/// `NAME=VALUE`, one a line.
fn pairs(text: &str) -> Option<Value> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        (name.to_owned(), Value::from(value))
    };
    let pairs: Map<String, Value> = lines.map(pair).collect();
    (!pairs.is_empty()).then_some(Value::Object(pairs))
}

/// The rows of what to attach to that name something.
pub(super) fn attachments(form: &Form) -> Vec<Value> {
    let row = |row: usize| {
        let name = |field: &str| format!("attachments[{row}].{field}");
        let chosen = form.text(&name("load_balancer"));
        let (balancer, pool) = chosen.split_once(BETWEEN).unwrap_or((chosen, ""));
        (!balancer.is_empty()).then(|| {
            object([
                ("load_balancer", Some(json!(balancer))),
                ("pool", (!pool.is_empty()).then(|| json!(pool))),
                ("port", form.number(&name("port"))),
                ("weight", form.number(&name("weight"))),
            ])
        })
    };
    form.rows("attachments").into_iter().filter_map(row).collect()
}

/// The value of a choice: a load balancer by name, and a pool unless it is the default one.
pub(super) fn choice(balancer: &str, pool: Option<&str>) -> String {
    match pool {
        Some(pool) => format!("{balancer}{BETWEEN}{pool}"),
        None => balancer.to_owned(),
    }
}

/// Takes out rows that choose nothing, so that rows are numbered as the API will number them.
pub(super) fn tidy(form: &mut Form) {
    let is_empty = |form: &Form, row: usize| {
        form.text(&format!("attachments[{row}].load_balancer")).is_empty()
    };
    while let Some(row) = form.rows("attachments").into_iter().find(|row| is_empty(form, *row)) {
        form.remove_row("attachments", row);
    }
    form.renumber("attachments");
}

/// Brings errors to the fields that forms have. `list` is what the API calls the rows of attachments.
pub(super) fn land(mut problem: Problem, list: &str) -> Problem {
    for error in &mut problem.errors {
        let rest = error.field.strip_prefix(list).filter(|rest| rest.starts_with('['));
        if let Some(rest) = rest {
            error.field = format!("attachments{rest}");
        }
        let is_row = error.field.starts_with("attachments[") && error.field.ends_with(']');
        if is_row {
            error.field.push_str(".load_balancer");
        } else if error.field.starts_with("attachments[") && error.field.ends_with(".pool") {
            error.field = error.field.replace(".pool", ".load_balancer");
        }
        let below = |whole: &&&str| {
            let rest = error.field.strip_prefix(**whole);
            rest.is_some_and(|rest| rest.starts_with(['[', '.']))
        };
        if let Some(whole) = WHOLE.iter().find(below) {
            error.field = match *whole {
                "removal_policies" => "removal_policies[0]".to_owned(),
                whole => whole.to_owned(),
            };
        }
    }
    problem
}

/// A group that is there, as fields.
pub(super) fn fill(form: &mut Form, group: &ScalingGroup) {
    for (field, value) in [
        ("name", group.name.clone()),
        ("description", group.description.clone()),
        ("min", group.min.to_string()),
        ("max", group.max.to_string()),
        ("cooldown_s", group.cooldown_s.to_string()),
        ("drain_timeout_s", group.drain_timeout_s.to_string()),
        ("health_grace_s", group.health_grace_s.to_string()),
        ("warm_up_s", group.warm_up_s.to_string()),
        ("idle_timeout_s", group.idle_timeout_s.to_string()),
        ("wake_timeout_s", group.wake_timeout_s.to_string()),
        ("wake_queue_max", group.wake_queue_max.to_string()),
        ("health_check", group.health_check.clone()),
    ] {
        form.set(field, value);
    }
    for (row, policy) in group.removal_policies.iter().enumerate() {
        form.set(format!("removal_policies[{row}]"), policy.clone());
    }
    if group.deletion_protection {
        form.set("deletion_protection", "true");
    }
    if group.protect_new {
        form.set("protect_new", "true");
    }
    match &group.template {
        Some(template) => fill_template(form, template),
        None => form.set("template.driver", NO_DRIVER),
    }
}

fn fill_template(form: &mut Form, template: &Template) {
    let lines = |pairs: &std::collections::BTreeMap<String, String>| {
        let lines: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        lines.join("\n")
    };
    let words = template.command.iter().flatten().map(|word| quoted(word));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    for (field, value) in [
        ("driver", template.driver.clone()),
        ("command", words.collect::<Vec<_>>().join(" ")),
        ("port", template.port.map(|port| port.to_string()).unwrap_or_default()),
        ("image", text(&template.image)),
        ("url", text(&template.url)),
        ("working_dir", text(&template.working_dir)),
        ("env", lines(&template.env)),
        ("parameters", lines(&template.parameters)),
    ] {
        form.set(format!("template.{field}"), value);
    }
    for (name, limit) in &template.limits {
        form.set(format!("template.limits.{name}"), limit.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_holds_what_is_different_alone() {
        let before = json!({"name": "a", "min": 1, "description": "x",
            "template": {"driver": "PROCESS", "command": ["a"], "env": {"A": "1", "B": "2"}, "port": 1}});
        let after = json!({"name": "a", "min": 2,
            "template": {"driver": "PROCESS", "command": ["b"], "env": {"A": "1"}, "port": 1}});
        let expected = json!({"min": 2, "description": null,
            "template": {"command": ["b"], "env": {"B": null}}});
        assert_eq!(difference(&before, &after), expected);
        assert_eq!(difference(&before, &before), json!({}));
    }

    #[test]
    fn what_is_below_a_field_lands_at_it() {
        let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID", "x");
        for field in [
            "template.command[2]",
            "template.env.A B",
            "vserver_groups[1]",
            "vserver_groups[0].pool",
            "min",
        ] {
            problem.errors.push(FieldError { field: field.to_owned(), reason: String::new() });
        }
        let landed = land(problem, "vserver_groups");
        let fields: Vec<&str> = landed.errors.iter().map(|error| error.field.as_str()).collect();
        let expected = [
            "template.command",
            "template.env",
            "attachments[1].load_balancer",
            "attachments[0].load_balancer",
            "min",
        ];
        assert_eq!(fields, expected);
    }
}
