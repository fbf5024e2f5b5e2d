//! The fields of a lifecycle hook.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::rule_form::Purpose;
use crate::answer::scaling_rules::Hook;
use crate::command_line::Line;
use crate::command_line::scaling::{kebab, plain};
use crate::components::field::{Choice, Filled};
use crate::form::{Form, object};

/// The most seconds of a wait that a form suggests; the API decides.
const MOST_S: i64 = 172_800;

pub(super) fn usual() -> Form {
    Form::of([
        ("transition", "LAUNCH"),
        ("heartbeat_timeout_s", "600"),
        ("default_result", "ABANDON"),
    ])
}

pub(super) fn filled(hook: &Hook) -> Form {
    Form::of([
        ("name", hook.name.clone()),
        ("transition", hook.transition.clone()),
        ("heartbeat_timeout_s", hook.heartbeat_timeout_s.to_string()),
        ("default_result", hook.default_result.clone()),
        ("webhook", hook.webhook.clone().unwrap_or_default()),
    ])
}

pub(super) fn body(form: &Form, purpose: Purpose) -> Value {
    object([
        ("name", form.string("name").or(Some(json!("")))),
        ("transition", form.string("transition")),
        ("heartbeat_timeout_s", form.number("heartbeat_timeout_s")),
        ("default_result", form.string("default_result")),
        ("webhook", purpose.or_null(form.string("webhook"))),
    ])
}

pub(super) fn command(group: &str, body: &Value) -> String {
    let timeout = plain(&body["heartbeat_timeout_s"]).map(|seconds| format!("{seconds}s"));
    Line::new("hook add")
        .word(group)
        .option_of("name", body["name"].as_str())
        .option_of("on", body["transition"].as_str().map(kebab).as_deref())
        .option_of("timeout", timeout.as_deref())
        .option_of("default-result", body["default_result"].as_str().map(kebab).as_deref())
        .option_of("webhook", body["webhook"].as_str())
        .finish()
}

pub(super) fn show(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_rules;
    let transitions =
        vec![Choice::new("LAUNCH", own.on_launch), Choice::new("TERMINATE", own.on_terminate)];
    let results =
        vec![Choice::new("ABANDON", own.abandon_word), Choice::new("CONTINUE", own.continue_word)];
    html! {
        section class="card" {
            div class="fields" {
                (filled.text("name", filled.texts.scaling.name).show())
                (filled.select("transition", own.transition, transitions).show())
                div class="row" {
                    (filled.number("heartbeat_timeout_s", own.heartbeat, 1, MOST_S).show())
                    (filled.select("default_result", own.default_result, results).show())
                }
                (filled.text("webhook", own.webhook).optional().help(own.webhook_help).placeholder("https://").show())
            }
        }
    }
}
