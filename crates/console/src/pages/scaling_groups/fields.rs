//! Groups of fields that the forms of scaling groups share: size, template, health and leaving.

use maud::{Markup, html};

use super::body::NO_DRIVER;
use crate::answer::network::Network;
use crate::components::field::{Choice, Filled, id_of};
use crate::language::scaling::Scaling;

/// The most rules of whom a scale-in takes.
const REMOVAL_POLICIES: [&str; 4] =
    ["CHEAPEST_TO_DRAIN", "OLDEST_INSTANCE", "NEWEST_INSTANCE", "OLDEST_TEMPLATE"];
/// The fewest of them that a form has fields for.
const REMOVAL_ROWS: usize = 2;
/// The most seconds of a setting.
const DAY_S: i64 = 86_400;
/// The most instances that a form suggests; the API decides.
const MOST: i64 = 10_000;

/// Name and description.
pub(super) fn names(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_form;
    let scaling = &filled.texts.scaling;
    html! {
        (filled.text("name", scaling.name).help(own.name_help).show())
        (filled.text("description", scaling.description).optional().show())
    }
}

/// The network of a group to create.
pub(super) fn network(filled: Filled<'_>, networks: &[Network]) -> Markup {
    let own = &filled.texts.scaling_form;
    let choices = networks.iter().map(|n| Choice::new(n.name.clone(), n.label())).collect();
    filled
        .select("network", filled.texts.scaling.network, choices)
        .help(own.network_help)
        .reshapes()
        .show()
}

/// Min, max, and desired of a group to create.
pub(super) fn size(filled: Filled<'_>, with_desired: bool) -> Markup {
    let own = &filled.texts.scaling_form;
    html! {
        section class="card" aria-labelledby="size-title" {
            h2 id="size-title" { (own.size) }
            div class="row" {
                (filled.number("min", own.min, 0, MOST).help(own.min_help).show())
                (filled.number("max", own.max, 0, MOST).help(own.max_help).show())
                @if with_desired {
                    (filled.number("desired", own.desired, 0, MOST).optional().help(own.desired_help).show())
                }
            }
            (zero(filled))
        }
    }
}

/// How a group rests and wakes.
fn zero(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_form;
    let fields = ["idle_timeout_s", "wake_timeout_s", "wake_queue_max"];
    let is_open = filled.form.text("min") == "0" || filled.has_errors_at(&fields);
    html! {
        details class="more-fields" open[is_open] {
            summary { (own.zero) }
            div class="fields" {
                p class="help" { (own.zero_lead) }
                div class="row" {
                    (filled.number("idle_timeout_s", own.idle_timeout, 0, DAY_S).optional().help(own.idle_help).show())
                    (filled.number("wake_timeout_s", own.wake_timeout, 0, DAY_S).optional().help(own.wake_help).show())
                    (filled.number("wake_queue_max", own.wake_queue, 0, 1_000_000).optional().help(own.wake_queue_help).show())
                }
            }
        }
    }
}

/// Driver and what it starts. Which fields belong to which driver is in their classes: styles hide the others.
pub(super) fn template(filled: Filled<'_>, may_be_none: bool) -> Markup {
    let own = &filled.texts.scaling_form;
    let name = |field: &str| format!("template.{field}");
    let mut drivers = vec![
        ("PROCESS", own.process, own.process_help),
        ("CONTAINER", own.container, own.container_help),
        ("HOOK", own.hook, own.hook_help),
    ];
    if may_be_none {
        drivers.push((NO_DRIVER, own.by_hand, own.by_hand_help));
    }
    html! {
        section class="card of-driver" aria-labelledby="template-title" {
            h2 id="template-title" { (own.template) }
            div class="fields" {
                p class="help" { (own.template_lead) }
                (choices(filled, "template.driver", own.driver, &drivers))
                div class="for-container" { (filled.text(name("image"), own.image).placeholder("docker.io/library/nginx:1").show()) }
                div class="for-hook" { (filled.text(name("url"), own.url).optional().help(own.url_help).placeholder("https://").show()) }
                div class="for-process for-container for-hook" {
                    (filled.text(name("command"), own.command).help(own.command_help).placeholder("./server --port {port} --bind {address}").show())
                }
                div class="row" {
                    (filled.number(name("port"), own.port, 1, 65535).optional().width("narrow").help(own.port_help).show())
                }
                (more_template(filled))
            }
        }
    }
}

fn more_template(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_form;
    let name = |field: &str| format!("template.{field}");
    let is_open = ["env", "parameters", "working_dir", "limits.memory_mb", "limits.cpu_percent"]
        .iter()
        .any(|field| !filled.form.text(&name(field)).is_empty());
    html! {
        details class="more-fields for-process for-container for-hook" open[is_open] {
            summary { (own.more_template) }
            div class="fields" {
                div class="for-process for-container" {
                    (filled.area(name("env"), own.env, 3).optional().help(own.env_help).show())
                }
                div class="for-hook" { (filled.area(name("parameters"), own.parameters, 3).optional().help(own.env_help).show()) }
                div class="for-process" { (filled.text(name("working_dir"), own.working_dir).optional().show()) }
                div class="row for-process for-container" {
                    (filled.number(name("limits.memory_mb"), own.memory_mb, 1, 1_048_576).optional().width("narrow").show())
                    div class="field for-container" {
                        (filled.number(name("limits.cpu_percent"), own.cpu_percent, 1, 102_400).optional().show())
                    }
                }
            }
        }
    }
}

/// What replaces an instance, and how one leaves.
pub(super) fn health(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_form;
    let checks = vec![
        Choice::new("INSTANCE", own.by_instance),
        Choice::new("LOAD_BALANCER", own.by_load_balancer),
    ];
    let seconds = |name: &'static str, label, help| {
        filled.number(name, label, 0, DAY_S).optional().help(help).show()
    };
    html! {
        section class="card" aria-labelledby="health-title" {
            h2 id="health-title" { (own.health) }
            div class="fields" {
                (filled.select("health_check", own.health_check, checks).show())
                div class="row" {
                    (seconds("health_grace_s", own.health_grace_s, own.health_grace_help))
                    (seconds("warm_up_s", own.warm_up_s, own.warm_up_help))
                }
                div class="row" {
                    (seconds("drain_timeout_s", own.drain_timeout_s, own.drain_help))
                    (seconds("cooldown_s", own.cooldown_s, own.cooldown_help))
                }
                div class="row" { (removal(filled)) }
                (filled.tick("protect_new", own.protect_new, None))
                (filled.tick("deletion_protection", own.deletion_protection, None))
            }
        }
    }
}

fn removal(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.scaling_form;
    let rows =
        filled.form.rows("removal_policies").len().clamp(REMOVAL_ROWS, REMOVAL_POLICIES.len());
    html! {
        @for row in 0..rows {
            @let label = if row == 0 { own.removal_first } else { own.removal_then };
            (filled.select(format!("removal_policies[{row}]"), label, removal_choices(filled, row)).show())
        }
    }
}

fn removal_choices(filled: Filled<'_>, row: usize) -> Vec<Choice> {
    let own: &Scaling = &filled.texts.scaling;
    let none = Choice::new("", filled.texts.scaling_form.removal_none);
    let policies = REMOVAL_POLICIES
        .iter()
        .map(|policy| Choice::new(*policy, super::words::removal_policy(own, policy)));
    (row > 0).then_some(none).into_iter().chain(policies).collect()
}

/// One of a few, as cards.
pub(super) fn choices(
    filled: Filled<'_>,
    name: &str,
    legend: &str,
    choices: &[(&str, &str, &str)],
) -> Markup {
    let id = id_of(name);
    html! {
        fieldset {
            legend { (legend) }
            div class="choices" id=(id) tabindex="-1" {
                @for (value, title, help) in choices {
                    label class="choice" {
                        input type="radio" name=(name) value=(value) checked[filled.form.text(name) == *value];
                        strong { (title) } span { (help) }
                    }
                }
            }
            (filled.errors_below(name))
        }
    }
}
