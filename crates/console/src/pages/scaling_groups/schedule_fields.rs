//! The fields of a schedule: once, or again and again.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::fields::choices;
use super::rule_form::Purpose;
use crate::answer::scaling_rules::Schedule;
use crate::command_line::Line;
use crate::command_line::scaling::plain;
use crate::components::field::Filled;
use crate::form::{Form, object};

/// The most instances that a form suggests; the API decides.
const MOST: i64 = 10_000;
/// Says which times count: a field of the form alone.
const TIMING: &str = "timing";

pub(super) fn usual() -> Form {
    Form::of([(TIMING, "CRON"), ("time_zone", "UTC"), ("enabled", "true")])
}

pub(super) fn filled(schedule: &Schedule) -> Form {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
    let timing = if schedule.at.is_some() { "ONCE" } else { "CRON" };
    let mut form = Form::of([
        ("name", schedule.name.clone()),
        (TIMING, timing.to_owned()),
        ("at", text(&schedule.at)),
        ("cron", text(&schedule.cron)),
        ("time_zone", text(&schedule.time_zone)),
        ("starts_at", text(&schedule.starts_at)),
        ("ends_at", text(&schedule.ends_at)),
        ("min", number(schedule.min)),
        ("max", number(schedule.max)),
        ("desired", number(schedule.desired)),
    ]);
    if schedule.enabled {
        form.set("enabled", "true");
    }
    form
}

pub(super) fn body(form: &Form, purpose: Purpose) -> Value {
    let is_once = form.text(TIMING) == "ONCE";
    let of_cron = |name: &str| form.string(name).filter(|_| !is_once);
    object([
        ("name", form.string("name").or(Some(json!("")))),
        ("enabled", Some(form.flag("enabled"))),
        ("at", form.string("at").filter(|_| is_once)),
        ("cron", of_cron("cron")),
        ("time_zone", of_cron("time_zone")),
        ("starts_at", of_cron("starts_at")),
        ("ends_at", of_cron("ends_at")),
        ("min", purpose.or_null(form.number("min"))),
        ("max", purpose.or_null(form.number("max"))),
        ("desired", purpose.or_null(form.number("desired"))),
    ])
}

pub(super) fn command(group: &str, body: &Value) -> String {
    let line = Line::new("schedule add").word(group).option_of("name", body["name"].as_str());
    [("cron", "cron"), ("time_zone", "time-zone"), ("at", "at"), ("min", "min"), ("max", "max")]
        .into_iter()
        .chain([("desired", "desired")])
        .fold(line, |line, (field, option)| line.option_of(option, plain(&body[field]).as_deref()))
        .finish()
}

pub(super) fn show(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_rules;
    let form = &filled.texts.scaling_form;
    let kinds = [("CRON", own.again, own.again_help), ("ONCE", own.once, own.once_help)];
    html! {
        section class="card of-timing" {
            div class="fields" {
                (filled.text("name", filled.texts.scaling.name).show())
                (choices(filled, TIMING, own.timing, &kinds))
                div class="for-once" { (filled.text("at", own.at).help(own.at_help).placeholder("2027-01-31T08:00:00Z").show()) }
                div class="fields for-cron" {
                    div class="row" {
                        (filled.text("cron", own.cron).help(own.cron_help).placeholder("0 8 * * mon-fri").show())
                        (filled.text("time_zone", own.time_zone).optional().help(own.time_zone_help).show())
                    }
                    div class="row" {
                        (filled.text("starts_at", own.starts_at).optional().help(own.at_help).show())
                        (filled.text("ends_at", own.ends_at).optional().show())
                    }
                }
            }
        }
        section class="card" aria-labelledby="effect-title" {
            h2 id="effect-title" { (own.effect) }
            div class="fields" {
                p class="help" { (own.effect_help) }
                div class="row" {
                    (filled.number("min", form.min, 0, MOST).optional().show())
                    (filled.number("max", form.max, 0, MOST).optional().show())
                    (filled.number("desired", form.desired, 0, MOST).optional().show())
                }
                (filled.tick("enabled", own.enabled, None))
            }
        }
    }
}
