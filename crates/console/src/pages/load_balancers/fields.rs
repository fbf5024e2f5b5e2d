//! Groups of fields that the forms of load balancers share: listeners, servers, the health check.

use maud::{Markup, html};

use crate::answer::certificate::Certificate;
use crate::answer::load_balancer::{CertificateReference, Listener, Member};
use crate::components::field::{Choice, Filled, id_of};
use crate::components::icon::{Icon, icon};
use crate::form::INTENT;
use crate::language::fill;
use crate::language::load_balancers::LoadBalancers;

/// Which protocols the listeners of a type may have.
pub(super) fn protocols(texts: &LoadBalancers, kind: &str) -> Vec<Choice> {
    let http = Choice::new("HTTP", "HTTP");
    let https = Choice::new("HTTPS", texts.https_with_ssl);
    let tcp = Choice::new("TCP", "TCP");
    match kind {
        "NETWORK" => vec![tcp],
        "APPLICATION" => vec![http, https],
        _ => vec![http, https, tcp],
    }
}

/// The methods.
pub(super) fn methods(texts: &LoadBalancers) -> Vec<Choice> {
    vec![
        Choice::new("ROUND_ROBIN", texts.round_robin),
        Choice::new("LEAST_CONNECTIONS", texts.least_connections),
        Choice::new("SOURCE_IP", texts.source_ip),
    ]
}

/// What a listener can be given of certificates: the visitor's own, and the one that is there.
fn certificates(
    texts: &LoadBalancers,
    own: &[Certificate],
    present: Option<&CertificateReference>,
) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", texts.choose_certificate)];
    if let Some(present) = present.filter(|present| present.name.is_none()) {
        choices.push(Choice::new(present.id.clone(), texts.others_certificate));
    }
    let named = |found: &Certificate| {
        let until = found.not_after.split('T').next().unwrap_or_default();
        Choice::new(found.id.clone(), format!("{} (–{until})", found.name))
    };
    choices.extend(own.iter().map(named));
    choices
}

/// The listeners of a form; those that are there keep protocol and port.
pub(super) fn listeners(
    filled: Filled<'_>,
    kind: &str,
    own: &[Certificate],
    present: &[Listener],
) -> Markup {
    let texts = &filled.texts.load_balancers;
    html! {
        section class="card" aria-labelledby="listeners-title" {
            h2 id="listeners-title" { (texts.listeners) }
            p class="help before-rows" { (texts.listeners_lead) }
            div class="rows" {
                @for row in filled.form.rows("listeners") {
                    (listener_row(filled, kind, own, present, row))
                }
            }
            div class="rows-end" {
                button class="button" name=(INTENT) value="add-listener" data-in-place { (icon(Icon::Add)) (texts.add_listener) }
            }
        }
    }
}

fn listener_row(
    filled: Filled<'_>,
    kind: &str,
    own: &[Certificate],
    present: &[Listener],
    row: usize,
) -> Markup {
    let texts = &filled.texts.load_balancers;
    let name = |field: &str| format!("listeners[{row}].{field}");
    let there = present.iter().find(|listener| listener.id == filled.form.text(&name("id")));
    let shown = there.and_then(|listener| listener.certificate.as_ref());
    let is_tls_possible = there.map_or(kind != "NETWORK", |listener| listener.protocol == "HTTPS");
    let policies = vec![
        Choice::new("TLS_1_2", texts.tls_1_2),
        Choice::new("TLS_1_2_1_3", texts.tls_1_2_1_3),
        Choice::new("TLS_1_3", texts.tls_1_3),
    ];
    let mut certificate =
        filled.select(name("certificate"), texts.certificate, certificates(texts, own, shown));
    if own.is_empty() {
        certificate = certificate.help(texts.no_certificate);
    }
    let place = match there {
        Some(listener) => format!("{}:{}", listener.protocol, listener.port),
        None => (row + 1).to_string(),
    };
    let remove = fill(texts.remove_listener, &[&place]);
    html! {
        div class="row listener-row" id={ "listener-row-" (row) } {
            @if let Some(listener) = there {
                input type="hidden" name=(name("id")) value=(listener.id);
                input type="hidden" name=(name("protocol")) value=(listener.protocol);
                input type="hidden" name=(name("port")) value=(listener.port);
                div class="field narrow" { span class="label" { (texts.protocol) } span class="fixed" { (listener.protocol) } }
                div class="field narrow" { span class="label" { (texts.port) } span class="fixed" { (listener.port) } }
            } @else {
                (filled.select(name("protocol"), texts.protocol, protocols(texts, kind)).width("narrow").show())
                (filled.number(name("port"), texts.port, 1, 65535).width("narrow").show())
            }
            @if is_tls_possible {
                div class="row grow https-only" {
                    (certificate.width("wide").show())
                    (filled.select(name("tls_policy"), texts.tls_policy, policies).width("narrow").show())
                }
            }
            button class="tool row-end" name=(INTENT) value={ "remove-listener-" (row) } data-in-place
                aria-label=(remove) title=(remove) { (icon(Icon::Delete)) }
        }
    }
}

/// The servers of a form; those that are there keep address and port.
pub(super) fn members(filled: Filled<'_>, present: &[Member]) -> Markup {
    let texts = &filled.texts.load_balancers;
    html! {
        section class="card" aria-labelledby="servers-title" {
            h2 id="servers-title" { (texts.servers) }
            p class="help before-rows" { (texts.servers_lead) }
            div class="rows" {
                @for row in filled.form.rows("members") { (member_row(filled, present, row)) }
            }
            div class="rows-end" {
                button class="button" name=(INTENT) value="add-member" data-in-place { (icon(Icon::Add)) (texts.add_server) }
                span class="help" { (texts.weight) ": " (texts.weight_help) }
            }
        }
    }
}

fn member_row(filled: Filled<'_>, present: &[Member], row: usize) -> Markup {
    let texts = &filled.texts.load_balancers;
    let name = |field: &str| format!("members[{row}].{field}");
    let there = present.iter().find(|member| member.id == filled.form.text(&name("id")));
    let group = there.and_then(|member| member.registered_by.as_ref());
    let place = match there {
        Some(member) => member.place(),
        None => (row + 1).to_string(),
    };
    let remove = fill(texts.remove_server, &[&place]);
    html! {
        div class="row" id={ "member-row-" (row) } {
            @if let Some(member) = there {
                input type="hidden" name=(name("id")) value=(member.id);
                input type="hidden" name=(name("address")) value=(member.address);
                @if let Some(port) = member.port { input type="hidden" name=(name("port")) value=(port); }
                div class="field" {
                    span class="label" { (texts.private_ip) ":" (texts.port) }
                    span class="fixed" { code { (member.place()) }
                        @if let Some(by) = group { span class="sub" { (fill(texts.of_group, &[&by.scaling_group.name])) } }
                    }
                }
            } @else {
                (filled.text(name("address"), texts.private_ip).placeholder("10.0.0.5").show())
                (filled.number(name("port"), texts.port, 1, 65535).width("narrow").show())
            }
            (filled.number(name("weight"), texts.weight, 0, 256).width("narrow").show())
            @if group.is_none() {
                button class="tool row-end" name=(INTENT) value={ "remove-member-" (row) } data-in-place
                    aria-label=(remove) title=(remove) { (icon(Icon::Delete)) }
            } @else { span class="tool row-end" aria-hidden="true" {} }
        }
    }
}

/// The health check of a form.
pub(super) fn health_check(filled: Filled<'_>) -> Markup {
    let texts = &filled.texts.load_balancers;
    let checks = vec![
        Choice::new("TCP", texts.check_tcp),
        Choice::new("HTTP", texts.check_http),
        Choice::new("HTTPS", texts.check_https),
        Choice::new("NONE", texts.check_none),
    ];
    let name = |field: &str| format!("health_monitor.{field}");
    html! {
        section class="card check" aria-labelledby="check-title" {
            h2 id="check-title" { (texts.health_check) }
            p class="help before-rows" { (texts.health_check_lead) }
            div class="fields" {
                div class="row" {
                    (filled.select(name("type"), texts.check, checks).width("wide").show())
                    div class="row grow http-check" {
                        (filled.text(name("path"), texts.check_path).show())
                        (filled.text(name("expected_codes"), texts.check_codes).show())
                    }
                }
                div class="row any-check" {
                    (filled.number(name("interval_ms"), texts.interval_ms, 100, 3_600_000).width("narrow").show())
                    (filled.number(name("timeout_ms"), texts.timeout_ms, 10, 600_000).width("narrow").show())
                    (filled.number(name("rise"), texts.rise, 1, 10).width("narrow").show())
                    (filled.number(name("fall"), texts.fall, 1, 10).width("narrow").show())
                }
            }
        }
    }
}

/// A choice among few that is explained: radio buttons as cards.
pub(super) fn kinds(filled: Filled<'_>) -> Markup {
    let texts = &filled.texts.load_balancers;
    let chosen = filled.form.text("type");
    let choices = [
        ("APPLICATION", texts.application, texts.application_help),
        ("NETWORK", texts.network_kind, texts.network_help),
    ];
    html! {
        fieldset {
            legend { (texts.kind) }
            div class="choices" {
                @for (value, label, help) in choices {
                    label class="choice" for={ (id_of("type")) "-" (value) } {
                        input type="radio" id={ (id_of("type")) "-" (value) } name="type" value=(value)
                            checked[chosen == value] data-reshape;
                        strong { (label) } span { (help) }
                    }
                }
            }
            // Pressed by a script when the type changes, for the protocols that belong to it.
            button class="unseen" name=(INTENT) value="reshape" data-in-place data-with-scripts tabindex="-1" aria-hidden="true" hidden {}
        }
    }
}
