//! One instance: where it is, what it waits for, which traffic it gets, and what can be done to it.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::instances::{origin, path_of_instance, possible, states};
use super::{api_path, frame, log, path_of};
use crate::answer::scaling::{Instance, ScalingGroup, Wait};
use crate::command_line::Line;
use crate::components::badge;
use crate::components::decision::{Decision, Weight};
use crate::components::equivalents::equivalents;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::moment;
use crate::form::{Form, INTENT, Posted, object};
use crate::language::fill;
use crate::layout::form_token;
use crate::notice::{Event, Notice};
use crate::pages::load_balancers;
use crate::path;
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// Group and instance.
type Place = Path<(String, String)>;

async fn read(visitor: &Visitor, id: &str) -> Result<Instance, Problem> {
    visitor.ask(&format!("/v1/instances/{}", path::segment(id))).await
}

/// `GET /scaling-groups/{id}/instances/{instance}`.
pub(crate) async fn show(visitor: Visitor, Path((group, id)): Place) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &group).await?;
    let instance = read(&visitor, &id).await?;
    let texts = visitor.texts();
    let log = log::section(&visitor, &instance).await;
    let content = html! {
        div class="head" {
            div class="head-title" id="instance-state" data-live data-live-every="2" {
                h1 { (instance.title()) }
                (states(&visitor, &instance))
            }
            div class="head-actions" { (list::refresh(texts, &visitor.place)) (buttons(&visitor, &instance)) }
        }
        div id="hooks" data-live {
            @for wait in &instance.hooks { (hook(&visitor, &instance, wait)) }
        }
        (traffic(&visitor, &instance))
        (facts(&visitor, &instance))
        (log)
        @if visitor.may_edit() { (others(&visitor, &group, &instance)) }
    };
    Ok(below(&visitor, &group, &instance.title()).show(&content))
}

fn below<'a>(visitor: &'a Visitor, group: &ScalingGroup, title: &str) -> crate::layout::Page<'a> {
    let own = &visitor.texts().scaling;
    frame::page_below(visitor, group, title)
        .below(own.instances, format!("{}/instances", path_of(&group.id)))
}

fn buttons(visitor: &Visitor, instance: &Instance) -> Markup {
    let own = &visitor.texts().scaling;
    let here = path_of_instance(instance);
    html! {
        @if visitor.may_edit() {
            @for (action, text) in possible(visitor, instance) {
                form method="post" action={ (here) "/" (action) } {
                    (form_token(visitor))
                    input type="hidden" name="next" value=(here);
                    button class="button" { (text) }
                }
            }
            @if !instance.status.starts_with("REMOVING") {
                a class="button" href={ (here) "/remove" } { (icon(Icon::Delete)) (own.remove_instance) }
            }
        }
    }
}

/// A wait, and how to end it.
fn hook(visitor: &Visitor, instance: &Instance, wait: &Wait) -> Markup {
    let own = &visitor.texts().scaling;
    let title = format!("hook-{}", wait.token);
    html! {
        section class="card" aria-labelledby=(title) {
            h2 id=(title) { (own.waits_for) ": " (wait.hook.name) }
            dl class="facts" {
                dt { (own.since) } dd { (moment(&wait.since)) }
                dt { (own.hook_deadline) } dd { (moment(&wait.deadline)) " · " code { (wait.default_result) } }
                dt { (own.hook_token) } dd { code { (wait.token) } (list::copy(visitor.texts(), &wait.token)) }
            }
            @if visitor.may_edit() {
                form class="actions spaced" method="post" action={ (path_of_instance(instance)) "/complete-hook" } {
                    (form_token(visitor))
                    input type="hidden" name="token" value=(wait.token);
                    button class="button primary" name=(INTENT) value="CONTINUE" { (own.hook_continue) }
                    button class="button" name=(INTENT) value="ABANDON" { (own.hook_abandon) }
                }
            }
        }
    }
}

fn traffic(visitor: &Visitor, instance: &Instance) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling;
    let columns = [
        column(own.load_balancer),
        column(own.server_group),
        column_of(own.weight, "num"),
        column(own.health),
    ];
    let rows = html! {
        @for member in &instance.members {
            tr {
                th scope="row" { a href=(load_balancers::path_of(&member.load_balancer.id)) { (member.load_balancer.name) } }
                td { (member.pool.name) }
                td class="num" { (member.weight) }
                td { (badge::state(&texts.words, &member.health)) }
            }
        }
    };
    html! {
        section class="card flush" aria-labelledby="traffic-title" {
            div class="card-head" {
                div { h2 id="traffic-title" { (own.traffic_from) } p class="help" { (own.weight_stays) } }
            }
            div id="members" data-live data-live-every="2" {
                @if instance.members.is_empty() { p class="card-note muted" { (own.no_traffic) } }
                @else { (list::table(own.traffic_from, &columns, &rows)) }
            }
        }
    }
}

fn facts(visitor: &Visitor, instance: &Instance) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling;
    html! {
        section class="card" aria-labelledby="basics-title" {
            h2 id="basics-title" { (own.basics) }
            dl class="facts" id="basics" data-live {
                @if let Some(place) = instance.place() { dt { (own.address) } dd { code { (place) } } }
                dt { (own.origin) } dd { (origin(visitor, instance)) }
                @if let Some(reference) = &instance.reference {
                    dt { (own.driver) } dd { code { (reference) } }
                }
                dt { (own.status) } dd { (badge::state(&texts.words, &instance.status)) " " (moment(&instance.status_since)) }
                @if let Some(until) = &instance.drain_until { dt { (own.drain_timeout) } dd { (moment(until)) } }
                dt { (own.created_at) } dd { (moment(&instance.created_at)) }
                dt { (own.id) } dd { code { (instance.id) } (list::copy(texts, &instance.id)) }
            }
        }
    }
}

/// What the buttons do, by command line and API.
fn others(visitor: &Visitor, group: &ScalingGroup, instance: &Instance) -> Markup {
    let possible = possible(visitor, instance);
    let line = |action: &str| {
        let verb = if action == "enter-standby" { "standby" } else { action };
        Line::new(&format!("group {verb}")).word(&group.name).word(&reference(instance)).finish()
    };
    let lines: Vec<String> = possible.iter().map(|(action, _)| line(action)).collect();
    let submissions: Vec<Submission> =
        possible.iter().map(|(action, _)| submission(instance, action, json!({}))).collect();
    equivalents(visitor.texts(), Some(&lines.join("\n")), &submissions)
}

/// What the command line calls it.
fn reference(instance: &Instance) -> String {
    instance.place().unwrap_or_else(|| instance.id.clone())
}

fn submission(instance: &Instance, action: &str, body: Value) -> Submission {
    Submission::post(format!("/v1/instances/{}/{action}", instance.id), body)
}

/// `POST /scaling-groups/{id}/instances/{instance}/{action}`.
pub(crate) async fn act(
    Path((_, id, action)): Path<(String, String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let instance = read(&visitor, &id).await?;
    let action = match action.as_str() {
        "protect" => "protect",
        "unprotect" => "unprotect",
        "enter-standby" => "enter-standby",
        "exit-standby" => "exit-standby",
        "complete-hook" => "complete-hook",
        _ => return Err(crate::guard::no_page(&visitor.place)),
    };
    let body = match action {
        "complete-hook" => json!({"token": form.text("token"), "result": form.intent()}),
        _ => json!({}),
    };
    visitor.submit(&submission(&instance, action, body), Mode::CarryOut).await?;
    let next = match form.text("next") {
        "" => path_of_instance(&instance),
        next => path::local(next).to_owned(),
    };
    Ok(Notice::new(Event::Changed, &instance.title()).then_go_to(&next))
}

/// `GET /scaling-groups/{id}/instances/{instance}/remove`.
pub(crate) async fn ask_remove(
    visitor: Visitor,
    Path((group, id)): Place,
) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &group).await?;
    let instance = read(&visitor, &id).await?;
    Ok(remove_page(&visitor, &group, &instance, &Form::default(), None))
}

/// `POST /scaling-groups/{id}/instances/{instance}/remove`.
pub(crate) async fn remove(Path((group, id)): Place, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let group = frame::read(&visitor, &group).await?;
    let instance = read(&visitor, &id).await?;
    if form.intent() != "do" {
        return Ok(remove_page(&visitor, &group, &instance, &form, None));
    }
    match visitor.submit(&removal(&instance, &form), Mode::CarryOut).await {
        Ok(_) => {
            let target = format!("{}/instances", path_of(&group.id));
            Ok(Notice::new(Event::Changed, &group.name).then_go_to(&target))
        }
        Err(problem) => Ok(remove_page(&visitor, &group, &instance, &form, Some(&problem))),
    }
}

fn removal(instance: &Instance, form: &Form) -> Submission {
    let delete = Submission::delete(format!("/v1/instances/{}", instance.id));
    if form.has("replace") { delete.with_flag("replace") } else { delete }
}

fn remove_page(
    visitor: &Visitor,
    group: &ScalingGroup,
    instance: &Instance,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let own = &visitor.texts().scaling;
    let line = Line::new("group remove-instance").word(&group.name).word(&reference(instance));
    let line = if form.has("replace") { line.flag("replace") } else { line };
    let here = path_of_instance(instance);
    let decision = Decision {
        visitor,
        title: &fill(own.remove_title, &[&instance.title()]),
        consequences: html! { p { (fill(own.remove_consequences, &[&group.drain_timeout_s.to_string()])) } },
        form,
        fields: &|filled| filled.tick("replace", own.replace, Some(own.replace_help)),
        action: &format!("{here}/remove"),
        back: &here,
        button: (own.remove_instance, Weight::Heavy),
        submission: &removal(instance, form),
        command: Some(&line.finish()),
        problem,
    };
    below(visitor, group, own.remove_instance).show(&decision.show())
}

/// `GET /scaling-groups/{id}/instances/new`.
pub(crate) async fn ask_add(
    visitor: Visitor,
    Path(group): Path<String>,
) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &group).await?;
    Ok(add_page(&visitor, &group, &Form::default(), None))
}

/// `POST /scaling-groups/{id}/instances/new`.
pub(crate) async fn add(Path(group): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let group = frame::read(&visitor, &group).await?;
    if form.intent() != "do" {
        return Ok(add_page(&visitor, &group, &form, None));
    }
    match visitor.submit(&addition(&group, &form), Mode::CarryOut).await {
        Ok(_) => {
            let target = format!("{}/instances", path_of(&group.id));
            Ok(Notice::new(Event::Changed, &group.name).then_go_to(&target))
        }
        Err(problem) => Ok(add_page(&visitor, &group, &form, Some(&problem))),
    }
}

fn addition(group: &ScalingGroup, form: &Form) -> Submission {
    let body = object([
        ("address", form.string("address").or(Some(json!("")))),
        ("port", form.number("port")),
        ("name", form.string("name")),
    ]);
    Submission::post(format!("{}/instances", api_path(&group.id)), body)
}

fn add_page(
    visitor: &Visitor,
    group: &ScalingGroup,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let own = &visitor.texts().scaling;
    let (address, port) = (form.text("address"), form.text("port"));
    let place = if port.is_empty() { address.to_owned() } else { format!("{address}:{port}") };
    let line = Line::new("group add-instance").word(&group.name).word(&place);
    let line = line.option_of("name", Some(form.text("name")));
    let here = format!("{}/instances", path_of(&group.id));
    let decision = Decision {
        visitor,
        title: &fill(own.add_server_title, &[&group.name]),
        consequences: html! { p class="muted" { (own.add_server_lead) } },
        form,
        fields: &|filled| {
            html! {
                div class="row" {
                    (filled.text("address", own.address).placeholder("10.0.0.9").show())
                    (filled.number("port", own.port, 1, 65535).optional().width("narrow").help(own.template_port_help).show())
                }
                (filled.text("name", own.name).optional().show())
            }
        },
        action: &format!("{here}/new"),
        back: &here,
        button: (own.add_server, Weight::Light),
        submission: &addition(group, form),
        command: Some(&line.finish()),
        problem,
    };
    below(visitor, group, own.add_server).show(&decision.show())
}
