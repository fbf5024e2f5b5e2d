//! The rules of each listener, in the order in which they are tried.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::Value;

use super::{frame, path_of, rule_form};
use crate::answer::load_balancer::{Listener, LoadBalancer, Rule};
use crate::command_line::Line;
use crate::components::badge;
use crate::components::confirm::Confirm;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::form::Posted;
use crate::language::fill;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /load-balancers/{id}/rules`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let own = &visitor.texts().load_balancers;
    let content = html! {
        (frame::head(&visitor, &balancer, frame::Tab::Rules))
        p class="help before-rows" { (own.rules_lead) }
        @if balancer.listeners.is_empty() { p class="muted" { (own.no_listener) } }
        div id="rules" data-live {
            @for found in &balancer.listeners { (listener(&visitor, &balancer, found)) }
        }
    };
    Ok(frame::page(&visitor, &balancer).show(&content))
}

fn listener(visitor: &Visitor, balancer: &LoadBalancer, listener: &Listener) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let pool = listener.pool.as_ref().map_or(own.default_pool, |pool| pool.name.as_str());
    let columns = [
        column(own.priority),
        column(own.condition),
        column(own.action),
        column_of(own.actions, "menu-head"),
    ];
    let rows = html! { @for rule in &listener.rules { (row(visitor, balancer, listener, rule)) } };
    let title = format!("{}:{}", listener.protocol, listener.port);
    html! {
        section class="card flush" aria-labelledby={ "rules-of-" (listener.id) } {
            div class="card-head" {
                h2 id={ "rules-of-" (listener.id) } { (title) " " span class="muted" { code { (listener.address) } } }
                @if visitor.may_edit() {
                    a class="button small" href={ (rule_path(balancer, listener)) "/new" } {
                        (icon(Icon::Add)) (own.add_rule) span class="unseen" { " " (title) }
                    }
                }
            }
            @if listener.rules.is_empty() {
                p class="nothing muted" { (fill(own.no_rules, &[pool])) }
            } @else {
                (list::table(&format!("{}: {title}", own.tab_rules), &columns, &rows))
                p class="nothing muted" { (own.map_otherwise) " → " (pool) }
            }
        }
    }
}

fn row(visitor: &Visitor, balancer: &LoadBalancer, listener: &Listener, rule: &Rule) -> Markup {
    let texts = visitor.texts();
    let here = format!("{}/{}", rule_path(balancer, listener), rule.id);
    let items = html! {
        (list::menu_link(Icon::Edit, texts.frame.edit, &format!("{here}/edit")))
        a class="menu-item bad" href={ (here) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
    };
    html! {
        tr id={ "rule-" (rule.id) } {
            td { (rule.priority) }
            th scope="row" {
                (conditions(visitor, &rule.conditions))
                @if let Some(name) = &rule.name { span class="sub" { (name) } }
            }
            td {
                (action(visitor, &rule.action))
                @if !rule.enabled { " " (badge::state(&texts.words, "DISABLED")) }
            }
            td class="menu-cell" { @if visitor.may_edit() { (list::row_menu(texts, &called(visitor, rule), &items)) } }
        }
    }
}

/// What a rule is called.
fn called(visitor: &Visitor, rule: &Rule) -> String {
    let number = rule.priority.to_string();
    fill(visitor.texts().load_balancers.rule, &[rule.name.as_deref().unwrap_or(&number)])
}

/// The path of a listener's rules.
pub(super) fn rule_path(balancer: &LoadBalancer, listener: &Listener) -> String {
    format!("{}/listeners/{}/rules", path_of(&balancer.id), listener.id)
}

/// The conditions of a rule in words.
pub(super) fn conditions(visitor: &Visitor, conditions: &Value) -> Markup {
    let own = &visitor.texts().load_balancers;
    let plain = [
        ("host", own.host),
        ("path", own.path),
        ("method", own.http_method),
        ("source", own.source),
        ("server_name", own.server_name),
    ];
    let named = [("header", own.header), ("query", own.query), ("cookie", own.cookie)];
    html! {
        span class="conditions" {
            @for (field, label) in plain {
                @if let Some(value) = conditions[field].as_str() {
                    span class="condition" { span class="muted" { (label) } " " code { (value) } }
                }
            }
            @for (field, label) in named {
                @if let Some(name) = conditions[field]["name"].as_str() {
                    span class="condition" {
                        span class="muted" { (label) } " "
                        code { (name) " = " (conditions[field]["value"].as_str().unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

/// What a rule does, in words.
pub(super) fn action(visitor: &Visitor, action: &Value) -> Markup {
    let own = &visitor.texts().load_balancers;
    if let Some(targets) = action["forward"].as_array() {
        let is_split = targets.len() > 1;
        return html! {
            span class="conditions" {
                @for target in targets {
                    span class="condition" {
                        (icon(Icon::Pool)) " " (target["pool"]["name"].as_str().unwrap_or_default())
                        @if is_split { span class="muted" { " ×" (target["weight"]) } }
                    }
                }
            }
        };
    }
    if let Some(redirect) = action.get("redirect") {
        let part = |field: &str| redirect[field].as_str().unwrap_or_default().to_owned();
        let scheme = if part("scheme").is_empty() { String::new() } else { part("scheme") + "://" };
        let host = part("host");
        let port = redirect["port"].as_u64().map(|port| format!(":{port}")).unwrap_or_default();
        let place = format!("{scheme}{host}{port}{}", part("path"));
        return html! { (fill(own.redirects_to, &[&place])) " (" (redirect["status"]) ")" };
    }
    html! { (fill(own.responds_with, &[&action["respond"]["status"].to_string()])) }
}

/// `GET /load-balancers/{id}/listeners/{listener}/rules/{rule}/delete`.
pub(crate) async fn ask_delete(
    visitor: Visitor,
    Path((id, listener, rule)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let (listener, rule) = rule_form::find(&balancer, &listener, &rule)?;
    Ok(delete_page(&visitor, (&balancer, listener, rule), None))
}

/// `POST /load-balancers/{id}/listeners/{listener}/rules/{rule}/delete`.
pub(crate) async fn delete(
    Path((id, listener, rule)): Path<(String, String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let visitor = posted.visitor;
    let balancer = frame::read(&visitor, &id).await?;
    let (listener, rule) = rule_form::find(&balancer, &listener, &rule)?;
    let submission = Submission::delete(format!("/v1/rules/{}", rule.id));
    match visitor.submit(&submission, Mode::CarryOut).await {
        Ok(_) => {
            let back = format!("{}/rules", path_of(&balancer.id));
            Ok(Notice::new(Event::Deleted, &called(&visitor, rule)).then_go_to(&back))
        }
        Err(problem) => Ok(delete_page(&visitor, (&balancer, listener, rule), Some(&problem))),
    }
}

fn delete_page(
    visitor: &Visitor,
    (balancer, listener, rule): (&LoadBalancer, &Listener, &Rule),
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let submission = Submission::delete(format!("/v1/rules/{}", rule.id));
    let line = Line::new("rule delete").word(&balancer.name).word(&listener.notation());
    let line = line.word(&rule.priority.to_string()).finish();
    let confirm = Confirm {
        visitor,
        name: &called(visitor, rule),
        consequences: html! {
            p { (conditions(visitor, &rule.conditions)) " → " (action(visitor, &rule.action)) }
            p { (texts.load_balancers.delete_rule_consequences) }
        },
        action: &format!("{}/{}/delete", rule_path(balancer, listener), rule.id),
        back: &format!("{}/rules", path_of(&balancer.id)),
        submission: &submission,
        command: Some(&line),
        problem,
    };
    frame::page_below(visitor, balancer, texts.frame.delete).show(&confirm.show())
}
