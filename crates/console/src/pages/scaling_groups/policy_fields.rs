//! The fields of a scaling policy: target tracking, step, simple. Which fields belong to which kind is in their classes:
//! styles hide the others.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::fields::choices;
use super::rule_form::Purpose;
use super::words;
use crate::answer::scaling_rules::{Adjustment, Behaviour, Policy};
use crate::command_line::Line;
use crate::command_line::scaling::{kebab, plain};
use crate::components::field::{Choice, Filled};
use crate::components::icon::{Icon, icon};
use crate::form::{Form, INTENT, object};
use crate::language::fill;

/// The most seconds of a setting that a form suggests; the API decides.
const DAY_S: i64 = 86_400;

pub(super) fn usual() -> Form {
    Form::of([
        ("enabled", "true"),
        ("type", "TARGET_TRACKING"),
        ("metric", "IN_FLIGHT_PER_INSTANCE"),
        ("alarm.metric", "QUEUE_LENGTH"),
        ("alarm.comparison", "ABOVE"),
        ("alarm.window_s", "10"),
        ("alarm.for_s", "0"),
        ("adjustment.type", "CHANGE"),
        ("adjustment.value", "1"),
        ("steps[0].from", "0"),
        ("steps[0].to", ""),
        ("steps[0].adjustment.type", "CHANGE"),
        ("steps[0].adjustment.value", "1"),
    ])
}

/// A policy that is there, as fields.
pub(super) fn filled(policy: &Policy) -> Form {
    let mut form = usual();
    form.remove_row("steps", 0);
    for name in ["enabled", "metric"] {
        form.set(name, "");
    }
    let mut put = |name: &str, value: Option<String>| form.set(name, value.unwrap_or_default());
    put("name", Some(policy.name.clone()));
    put("type", Some(policy.kind.clone()));
    put("metric", policy.metric.clone().or(Some("IN_FLIGHT_PER_INSTANCE".to_owned())));
    put("target", policy.target.map(|target| target.to_string()));
    put("tolerance_percent", policy.tolerance_percent.map(|percent| percent.to_string()));
    put("warm_up_s", policy.warm_up_s.map(|seconds| seconds.to_string()));
    put("alarm.metric", policy.alarm.as_ref().map(|alarm| alarm.metric.clone()));
    if let Some(alarm) = &policy.alarm {
        put("alarm.comparison", Some(alarm.comparison.clone()));
        put("alarm.threshold", Some(alarm.threshold.to_string()));
        put("alarm.window_s", Some(alarm.window_s.to_string()));
        put("alarm.for_s", Some(alarm.for_s.to_string()));
    }
    if let Some(adjustment) = &policy.adjustment {
        fill_adjustment(&mut put, "adjustment", adjustment);
    }
    for (row, step) in policy.steps.iter().flatten().enumerate() {
        put(&format!("steps[{row}].from"), step.from.map(|end| end.to_string()));
        put(&format!("steps[{row}].to"), step.to.map(|end| end.to_string()));
        fill_adjustment(&mut put, &format!("steps[{row}].adjustment"), &step.adjustment);
    }
    fill_behaviour(&mut put, "up", &policy.up);
    fill_behaviour(&mut put, "down", &policy.down);
    for (name, is_set) in
        [("enabled", policy.enabled), ("disable_scale_in", policy.disable_scale_in == Some(true))]
    {
        form.unset(name);
        if is_set {
            form.set(name, "true");
        }
    }
    form
}

fn fill_adjustment(
    put: &mut impl FnMut(&str, Option<String>),
    name: &str,
    adjustment: &Adjustment,
) {
    put(&format!("{name}.type"), Some(adjustment.kind.clone()));
    put(&format!("{name}.value"), Some(adjustment.value.to_string()));
    put(&format!("{name}.at_least"), adjustment.at_least.map(|least| least.to_string()));
}

fn fill_behaviour(put: &mut impl FnMut(&str, Option<String>), name: &str, behaviour: &Behaviour) {
    let text = |number: Option<u32>| number.map(|number| number.to_string());
    put(&format!("{name}.cooldown_s"), text(behaviour.cooldown_s));
    put(&format!("{name}.stabilization_s"), Some(behaviour.stabilization_s.to_string()));
    put(&format!("{name}.max_instances"), text(behaviour.max_instances));
    put(&format!("{name}.max_percent"), text(behaviour.max_percent));
}

/// What the buttons within the form do to it.
pub(super) fn reshape(form: &mut Form, intent: &str) {
    if intent == "add-step" {
        let row = form.rows("steps").last().map_or(0, |last| last + 1);
        form.set(format!("steps[{row}].from"), "");
        form.set(format!("steps[{row}].adjustment.type"), "CHANGE");
    } else if let Some(row) = intent.strip_prefix("remove-step-") {
        form.remove_row("steps", row.parse().unwrap_or(usize::MAX));
    }
}

/// The policy of a form.
pub(super) fn body(form: &Form, purpose: Purpose) -> Value {
    let kind = form.text("type");
    let is_tracking = kind == "TARGET_TRACKING";
    let has_alarm = !is_tracking && !form.text("alarm.metric").is_empty();
    let steps = || {
        let rows = form.rows("steps").into_iter().map(|row| {
            let name = |field: &str| format!("steps[{row}].{field}");
            object([
                ("from", form.decimal(&name("from"))),
                ("to", form.decimal(&name("to"))),
                ("adjustment", Some(adjustment(form, &name("adjustment")))),
            ])
        });
        Value::from(rows.collect::<Vec<_>>())
    };
    object([
        ("name", form.string("name").or(Some(json!("")))),
        ("enabled", Some(form.flag("enabled"))),
        ("type", form.string("type")),
        ("metric", form.string("metric").filter(|_| is_tracking)),
        ("target", form.decimal("target").filter(|_| is_tracking)),
        ("tolerance_percent", form.number("tolerance_percent").filter(|_| is_tracking)),
        ("disable_scale_in", is_tracking.then(|| form.flag("disable_scale_in"))),
        ("alarm", has_alarm.then(|| alarm(form))),
        ("adjustment", (kind == "SIMPLE").then(|| adjustment(form, "adjustment"))),
        ("steps", (kind == "STEP").then(steps)),
        ("up", behaviour(form, "up", purpose)),
        ("down", behaviour(form, "down", purpose)),
        ("warm_up_s", purpose.or_null(form.number("warm_up_s"))),
    ])
}

fn alarm(form: &Form) -> Value {
    object([
        ("metric", form.string("alarm.metric")),
        ("comparison", form.string("alarm.comparison")),
        ("threshold", form.decimal("alarm.threshold")),
        ("window_s", form.number("alarm.window_s")),
        ("for_s", form.number("alarm.for_s")),
    ])
}

fn adjustment(form: &Form, name: &str) -> Value {
    let kind = form.text(&format!("{name}.type"));
    object([
        ("type", Some(json!(kind))),
        ("value", form.number(&format!("{name}.value"))),
        ("at_least", form.number(&format!("{name}.at_least")).filter(|_| kind == "PERCENT")),
    ])
}

fn behaviour(form: &Form, name: &str, purpose: Purpose) -> Option<Value> {
    let field = |field: &str| purpose.or_null(form.number(&format!("{name}.{field}")));
    let said = object([
        ("cooldown_s", field("cooldown_s")),
        ("stabilization_s", field("stabilization_s")),
        ("max_instances", field("max_instances")),
        ("max_percent", field("max_percent")),
    ]);
    said.as_object().is_some_and(|map| !map.is_empty()).then_some(said)
}

/// `elbow policy add`.
pub(super) fn command(group: &str, body: &Value) -> String {
    let line = Line::new("policy add").word(group);
    let line = line.word(&body["type"].as_str().map(kebab).unwrap_or_default());
    let alarm = &body["alarm"];
    let metric = body["metric"].as_str().or(alarm["metric"].as_str()).map(kebab);
    let mut line = line
        .option_of("name", body["name"].as_str())
        .option_of("metric", metric.as_deref())
        .option_of("target", plain(&body["target"]).as_deref())
        .option_of("tolerance", plain(&body["tolerance_percent"]).as_deref());
    if body["disable_scale_in"] == true {
        line = line.flag("disable-scale-in");
    }
    let side = match alarm["comparison"].as_str() {
        Some("BELOW" | "AT_MOST") => "below",
        _ => "above",
    };
    line = line.option_of(side, plain(&alarm["threshold"]).as_deref());
    for (field, option) in [("window_s", "window"), ("for_s", "for")] {
        let seconds = plain(&alarm[field]).map(|seconds| format!("{seconds}s"));
        line = line.option_of(option, seconds.as_deref());
    }
    if body["adjustment"].is_object() {
        line = line.option("change", &change(&body["adjustment"]));
    }
    for step in body["steps"].as_array().into_iter().flatten() {
        let end = |name: &str| plain(&step[name]).unwrap_or_default();
        let text = format!("{}:{}={}", end("from"), end("to"), change(&step["adjustment"]));
        line = line.option("step", &text);
    }
    for (field, option) in [("up", "up-cooldown"), ("down", "down-cooldown")] {
        let seconds = plain(&body[field]["cooldown_s"]).map(|seconds| format!("{seconds}s"));
        line = line.option_of(option, seconds.as_deref());
    }
    if body["enabled"] == false { line.flag("disabled") } else { line }.finish()
}

fn change(adjustment: &Value) -> String {
    let value = adjustment["value"].as_i64().unwrap_or_default();
    let kind = adjustment["type"].as_str().unwrap_or_default().to_owned();
    Adjustment { kind, value, at_least: None }.notation()
}

/// The fields.
pub(super) fn show(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_rules;
    let kinds = [
        ("TARGET_TRACKING", own.target_tracking, own.target_tracking_help),
        ("STEP", own.step, own.step_help),
        ("SIMPLE", own.simple, own.simple_help),
    ];
    html! {
        div class="of-policy fields" {
            section class="card" {
                div class="fields" {
                    (filled.text("name", filled.texts.scaling.name).show())
                    (choices(filled, "type", own.kind, &kinds))
                    div class="fields for-tracking" { (tracking(filled)) }
                    div class="fields for-alarm" { (alarm_fields(filled)) }
                    div class="for-simple" { (adjustment_fields(filled, "adjustment")) }
                    div class="for-step" { (steps(filled)) }
                    (filled.tick("enabled", own.enabled, None))
                }
            }
            (pace(filled))
        }
    }
}

fn metrics(filled: Filled<'_>, with_none: bool) -> Vec<Choice> {
    let own = &filled.texts.scaling_rules;
    let none = with_none.then(|| Choice::new("", own.no_metric));
    let all = words::METRICS.iter().map(|(word, text)| Choice::new(*word, text(own)));
    all.chain(none).collect()
}

fn tracking(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_rules;
    html! {
        div class="row" {
            (filled.select("metric", own.metric, metrics(filled, false)).width("wide").show())
            (filled.text("target", own.target).width("narrow").help(own.target_help).show())
            (filled.number("tolerance_percent", own.tolerance, 0, 100).optional().width("narrow").help(own.tolerance_help).show())
        }
        (filled.tick("disable_scale_in", own.disable_scale_in, None))
    }
}

fn alarm_fields(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_rules;
    let comparisons = vec![
        Choice::new("ABOVE", own.above),
        Choice::new("AT_LEAST", own.at_least),
        Choice::new("BELOW", own.below),
        Choice::new("AT_MOST", own.at_most),
    ];
    html! {
        div class="row" {
            (filled.select("alarm.metric", own.metric, metrics(filled, true)).width("wide").show())
            (filled.select("alarm.comparison", own.comparison, comparisons).width("narrow").show())
            (filled.text("alarm.threshold", own.threshold).width("narrow").show())
        }
        div class="row" {
            (filled.number("alarm.window_s", own.window, 1, DAY_S).width("narrow").show())
            (filled.number("alarm.for_s", own.hold, 0, DAY_S).width("narrow").show())
        }
    }
}

fn adjustment_fields(filled: Filled<'_>, name: &str) -> Markup {
    let own = &filled.texts.scaling_rules;
    let kinds = vec![
        Choice::new("CHANGE", own.change),
        Choice::new("PERCENT", own.percent),
        Choice::new("EXACT", own.exact),
    ];
    html! {
        div class="row" {
            (filled.select(format!("{name}.type"), own.adjustment, kinds).show())
            (filled.number(format!("{name}.value"), own.value, -10_000, 10_000).width("narrow").help(own.value_help).show())
        }
    }
}

fn steps(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_rules;
    html! {
        fieldset {
            legend { (own.steps) }
            p class="help before-rows" { (own.steps_help) }
            div class="rows" {
                @for row in filled.form.rows("steps") {
                    @let remove = fill(own.remove_step, &[&(row + 1).to_string()]);
                    div class="row" id={ "step-row-" (row) } {
                        (filled.text(format!("steps[{row}].from"), own.from).optional().width("narrow").show())
                        (filled.text(format!("steps[{row}].to"), own.to).optional().width("narrow").show())
                        (adjustment_fields(filled, &format!("steps[{row}].adjustment")))
                        button class="tool row-end" name=(INTENT) value={ "remove-step-" (row) } data-in-place
                            aria-label=(remove) title=(remove) { (icon(Icon::Delete)) }
                    }
                }
            }
            div class="rows-end" {
                button class="button" name=(INTENT) value="add-step" data-in-place { (icon(Icon::Add)) (own.add_step) }
            }
        }
    }
}

fn pace(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_rules;
    html! {
        section class="card" {
            details class="more-fields" open[filled.has_errors_below(&["up", "down"])] {
                summary { (own.behaviour) }
                div class="fields" {
                    @for (name, legend) in [("up", own.up), ("down", own.down)] {
                        fieldset {
                            legend { (legend) }
                            div class="row" {
                                (filled.number(format!("{name}.cooldown_s"), own.cooldown, 0, DAY_S).optional().help(own.cooldown_help).show())
                                (filled.number(format!("{name}.stabilization_s"), own.stabilization, 0, DAY_S).optional().show())
                                (filled.number(format!("{name}.max_instances"), own.max_instances, 1, 10_000).optional().show())
                                (filled.number(format!("{name}.max_percent"), own.max_percent, 1, 10_000).optional().show())
                            }
                        }
                    }
                    div class="row" { (filled.number("warm_up_s", filled.texts.scaling_form.warm_up_s, 0, DAY_S).optional().help(own.cooldown_help).show()) }
                }
            }
        }
    }
}
