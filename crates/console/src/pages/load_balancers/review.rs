//! The review step: what the API says that would be, in the words of the form.

use maud::{Markup, html};
use serde_json::Value;

use crate::components::icon::{Icon, icon};
use crate::language::{Texts, fill};

/// Where in the wizard a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Configure,
    Review,
}

/// The steps of a wizard.
pub(crate) fn steps(texts: &Texts, current: Step) -> Markup {
    let own = &texts.load_balancers;
    let steps = [(Step::Configure, own.step_configure), (Step::Review, own.step_review)];
    html! {
        ol class="steps" {
            @for (step, name) in steps {
                li aria-current=[(step == current).then_some("step")] { (name) }
            }
        }
    }
}

/// A load balancer that would be.
pub(super) fn load_balancer(texts: &Texts, answer: &Value) -> Markup {
    let own = &texts.load_balancers;
    let text = |field: &str| answer[field].as_str().unwrap_or_default();
    html! {
        (warnings(answer))
        div class="columns" {
            section class="card" aria-labelledby="review-basics" {
                h2 id="review-basics" { (own.basics) }
                dl class="facts" {
                    dt { (own.name) } dd class="strong" { (text("name")) }
                    dt { (own.description) } dd { (or_none(texts, text("description"))) }
                    dt { (own.kind) } dd { (kind(texts, text("type"))) }
                    dt { (own.method) } dd { (text("method")) }
                    dt { (own.network) } dd { (answer["network"]["name"].as_str().unwrap_or_default()) }
                    dt { (own.vip) } dd { (fill(own.next_free, &[text("vip")])) }
                }
            }
            section class="card" aria-labelledby="review-listeners" {
                h2 id="review-listeners" { (own.listeners) }
                (listeners(texts, answer))
            }
            section class="card" aria-labelledby="review-servers" {
                h2 id="review-servers" { (own.servers) }
                (servers(texts, answer))
            }
            section class="card" aria-labelledby="review-check" {
                h2 id="review-check" { (own.health_check) }
                (health_check(texts, &answer["health_monitor"]))
            }
        }
    }
}

fn warnings(answer: &Value) -> Markup {
    let warnings = answer["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        @for warning in warnings.iter().filter_map(Value::as_str) {
            div class="notice warning" lang="en" { (icon(Icon::Warning)) span { (warning) } }
        }
    }
}

/// A type in words.
pub(super) fn kind(texts: &Texts, constant: &str) -> &'static str {
    let own = &texts.load_balancers;
    match constant {
        "APPLICATION" => own.application,
        "NETWORK" => own.network_kind,
        _ => own.mixed,
    }
}

/// A text, or that there is none.
pub(super) fn or_none(texts: &Texts, text: &str) -> Markup {
    html! { @if text.is_empty() { span class="muted" { (texts.frame.none) } } @else { (text) } }
}

fn listeners(texts: &Texts, answer: &Value) -> Markup {
    let own = &texts.load_balancers;
    let listeners = answer["listeners"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        @if listeners.is_empty() { p class="muted" { (own.no_listener) } }
        ul class="plain" {
            @for listener in listeners {
                li {
                    span class="tag" { (listener["protocol"].as_str().unwrap_or_default()) ":" (listener["port"]) }
                    @if let Some(name) = listener["certificate"]["name"].as_str() {
                        " " (own.certificate) ": " strong { (name) }
                        ", " (policy(texts, listener["tls_policy"].as_str()))
                    }
                }
            }
        }
    }
}

/// Versions of TLS in words.
pub(super) fn policy(texts: &Texts, constant: Option<&str>) -> &'static str {
    let own = &texts.load_balancers;
    match constant {
        Some("TLS_1_2_1_3") => own.tls_1_2_1_3,
        Some("TLS_1_3") => own.tls_1_3,
        _ => own.tls_1_2,
    }
}

fn servers(texts: &Texts, answer: &Value) -> Markup {
    let own = &texts.load_balancers;
    let members = answer["pools"][0]["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        @if members.is_empty() { p class="muted" { (own.no_server_text) } }
        ul class="plain" {
            @for member in members {
                li {
                    code { (member["address"].as_str().unwrap_or_default()) @if !member["port"].is_null() { ":" (member["port"]) } }
                    span class="muted" { " " (own.weight) " " (member["weight"]) }
                }
            }
        }
    }
}

/// A health monitor in words.
pub(super) fn health_check(texts: &Texts, monitor: &Value) -> Markup {
    let own = &texts.load_balancers;
    if monitor.is_null() {
        return html! { p class="muted" { (own.check_none) } };
    }
    let times = |field: &str| fill(own.times, &[&monitor[field].to_string()]);
    html! {
        dl class="facts" {
            dt { (own.check) }
            dd {
                (monitor["type"].as_str().unwrap_or_default())
                @if let Some(path) = monitor["path"].as_str() { " " code { (path) } }
                @if let Some(codes) = monitor["expected_codes"].as_str() { " → " (codes) }
            }
            dt { (own.interval_ms) } dd { (monitor["interval_ms"]) }
            dt { (own.timeout_ms) } dd { (monitor["timeout_ms"]) }
            dt { (own.rise) } dd { (times("rise")) }
            dt { (own.fall) } dd { (times("fall")) }
        }
    }
}
