//! Adding and editing a rule.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::rules::rule_path;
use super::servers::{gone, save};
use super::{frame, path_of};
use crate::answer::load_balancer::{Listener, LoadBalancer, Rule};
use crate::command_line::Line;
use crate::components::equivalents::equivalents;
use crate::components::field::{Choice, Filled};
use crate::form::{Form, Posted, object};
use crate::language::fill;
use crate::layout::form_token;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// Conditions that are one text, and those with a name and a value.
const PLAIN: [&str; 5] = ["host", "path", "method", "source", "server_name"];
const NAMED: [&str; 3] = ["header", "query", "cookie"];
/// What is between the priorities of rules that are added one after the other.
const GAP: u32 = 10;

/// What a form is about: a new rule, or one that is there.
#[derive(Clone, Copy)]
struct About<'a> {
    balancer: &'a LoadBalancer,
    listener: &'a Listener,
    rule: Option<&'a Rule>,
}

/// A listener and a rule of a load balancer.
pub(super) fn find<'a>(
    balancer: &'a LoadBalancer,
    listener: &str,
    rule: &str,
) -> Result<(&'a Listener, &'a Rule), Problem> {
    let listener = find_listener(balancer, listener)?;
    let found = listener.rules.iter().find(|found| found.id == rule);
    Ok((listener, found.ok_or_else(|| gone("rule"))?))
}

fn find_listener<'a>(balancer: &'a LoadBalancer, id: &str) -> Result<&'a Listener, Problem> {
    balancer.listeners.iter().find(|found| found.id == id).ok_or_else(|| gone("listener"))
}

/// `GET /load-balancers/{id}/listeners/{listener}/rules/new`.
pub(crate) async fn new(
    visitor: Visitor,
    Path((id, listener)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let listener = find_listener(&balancer, &listener)?;
    let last = listener.rules.iter().map(|rule| rule.priority).max().unwrap_or(0);
    let mut form = Form::of([
        ("priority", (last + GAP).to_string()),
        ("action", "forward".to_owned()),
        ("enabled", "true".to_owned()),
        ("redirect.status", "302".to_owned()),
        ("respond.status", "404".to_owned()),
    ]);
    form.set("key", uuid::Uuid::now_v7().to_string());
    let about = About { balancer: &balancer, listener, rule: None };
    Ok(page(&visitor, about, &form, None))
}

/// `POST /load-balancers/{id}/listeners/{listener}/rules/new`.
pub(crate) async fn create(
    Path((id, listener)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let listener = find_listener(&balancer, &listener)?;
    submit(&visitor, About { balancer: &balancer, listener, rule: None }, &form).await
}

/// `GET /load-balancers/{id}/listeners/{listener}/rules/{rule}/edit`.
pub(crate) async fn edit(
    visitor: Visitor,
    Path((id, listener, rule)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let (listener, rule) = find(&balancer, &listener, &rule)?;
    let about = About { balancer: &balancer, listener, rule: Some(rule) };
    Ok(page(&visitor, about, &filled(rule), None))
}

/// `POST /load-balancers/{id}/listeners/{listener}/rules/{rule}/edit`.
pub(crate) async fn change(
    Path((id, listener, rule)): Path<(String, String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let (listener, rule) = find(&balancer, &listener, &rule)?;
    submit(&visitor, About { balancer: &balancer, listener, rule: Some(rule) }, &form).await
}

async fn submit(visitor: &Visitor, about: About<'_>, form: &Form) -> Result<Response, Problem> {
    if form.intent() != "save" {
        return Ok(page(visitor, about, form, None));
    }
    match visitor.submit(&submission(about, form), Mode::CarryOut).await {
        Ok(_) => {
            let event = if about.rule.is_some() { Event::Changed } else { Event::Created };
            let name = fill(visitor.texts().load_balancers.rule, &[form.text("priority")]);
            let back = format!("{}/rules", path_of(&about.balancer.id));
            Ok(Notice::new(event, &name).then_go_to(&back))
        }
        Err(problem) => Ok(page(visitor, about, form, Some(&placed(problem)))),
    }
}

/// The API's `action.redirect.status` is the form's `redirect.status`.
fn placed(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        if error.field.starts_with("action.forward") {
            error.field = "pool".to_owned();
        } else if let Some(rest) = error.field.strip_prefix("action.") {
            error.field = rest.to_owned();
        }
    }
    problem
}

fn filled(rule: &Rule) -> Form {
    let mut form = Form::of([
        ("priority", rule.priority.to_string()),
        ("name", rule.name.clone().unwrap_or_default()),
    ]);
    if rule.enabled {
        form.set("enabled", "true");
    }
    for field in PLAIN {
        form.set(format!("match.{field}"), rule.conditions[field].as_str().unwrap_or_default());
    }
    for field in NAMED {
        for part in ["name", "value"] {
            let value = rule.conditions[field][part].as_str().unwrap_or_default();
            form.set(format!("match.{field}.{part}"), value);
        }
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (mut kind, mut status) = ("forward", ["302".to_owned(), "404".to_owned()]);
    if let Some(targets) = rule.action["forward"].as_array() {
        match targets.as_slice() {
            [one] => form.set("pool", text(&one["pool"]["id"])),
            _ => kind = "keep",
        }
    }
    if let Some(redirect) = rule.action.get("redirect") {
        kind = "redirect";
        status[0] = text(&redirect["status"]);
        for field in ["scheme", "host", "port", "path"] {
            if let Some(value) = redirect.get(field).filter(|value| !value.is_null()) {
                form.set(format!("redirect.{field}"), text(value));
            }
        }
    }
    if let Some(respond) = rule.action.get("respond") {
        kind = "respond";
        status[1] = text(&respond["status"]);
        form.set("respond.body", respond["body"].as_str().unwrap_or_default());
    }
    let [redirect, respond] = status;
    form.set("redirect.status", redirect);
    form.set("respond.status", respond);
    form.set("action", kind);
    form
}

fn submission(about: About<'_>, form: &Form) -> Submission {
    let is_change = about.rule.is_some();
    let name = form.string("name").or(is_change.then_some(Value::Null));
    let mut body = object([
        ("priority", form.number("priority")),
        ("name", name),
        ("enabled", Some(form.flag("enabled"))),
        ("match", Some(conditions(form, is_change))),
    ]);
    if let Some(action) = action(form, is_change) {
        body["action"] = action;
    }
    match about.rule {
        Some(rule) => Submission::patch(format!("/v1/rules/{}", rule.id), body),
        None => Submission::post(format!("/v1/listeners/{}/rules", about.listener.id), body)
            .with_key(form.text("key")),
    }
}

/// In a change, what is left empty goes (JSON merge patch).
fn conditions(form: &Form, is_change: bool) -> Value {
    let mut conditions = Map::new();
    for field in PLAIN {
        let value = form.string(&format!("match.{field}"));
        if let Some(value) = value.or(is_change.then_some(Value::Null)) {
            conditions.insert(field.to_owned(), value);
        }
    }
    for field in NAMED {
        let name = form.string(&format!("match.{field}.name"));
        let value = form.text(&format!("match.{field}.value"));
        if name.is_some() || !value.is_empty() {
            let name = name.unwrap_or_else(|| json!(""));
            conditions.insert(field.to_owned(), json!({"name": name, "value": value}));
        } else if is_change {
            conditions.insert(field.to_owned(), Value::Null);
        }
    }
    Value::Object(conditions)
}

/// None if it stays as it is.
fn action(form: &Form, is_change: bool) -> Option<Value> {
    let empty = is_change.then_some(Value::Null);
    match form.text("action") {
        "keep" => None,
        "redirect" => {
            let part =
                |field: &str| form.string(&format!("redirect.{field}")).or_else(|| empty.clone());
            let redirect = object([
                ("status", form.number("redirect.status")),
                ("scheme", part("scheme")),
                ("host", part("host")),
                ("port", form.number("redirect.port").or_else(|| empty.clone())),
                ("path", part("path")),
            ]);
            Some(json!({ "redirect": redirect }))
        }
        "respond" => {
            let respond = object([
                ("status", form.number("respond.status")),
                ("body", Some(json!(form.raw("respond.body")))),
            ]);
            Some(json!({ "respond": respond }))
        }
        _ => Some(json!({ "forward": [{ "pool": form.text("pool") }] })),
    }
}

fn command(about: About<'_>, form: &Form) -> String {
    let verb = if about.rule.is_some() { "rule edit" } else { "rule add" };
    let mut line = Line::new(verb).word(&about.balancer.name).word(&about.listener.notation());
    if let Some(rule) = about.rule {
        line = line.word(&rule.priority.to_string());
    }
    line = line.option_of("priority", Some(form.text("priority")));
    line = line.option_of("name", Some(form.text("name")));
    for field in PLAIN {
        let option = field.replace('_', "-");
        line = line.option_of(&option, Some(form.text(&format!("match.{field}"))));
    }
    for field in NAMED {
        let part = |part: &str| form.text(&format!("match.{field}.{part}")).to_owned();
        if !part("name").is_empty() {
            line = line.option(field, &format!("{}={}", part("name"), part("value")));
        }
    }
    let text = |name: &str| form.text(name).to_owned();
    line = match form.text("action") {
        "keep" => line,
        "redirect" => line.option("redirect", &redirect_notation(form)),
        "respond" => {
            line.option("respond", &format!("{}:{}", text("respond.status"), text("respond.body")))
        }
        _ => {
            let id = form.text("pool");
            let pool = about.balancer.pools.iter().find(|pool| pool.id == id);
            let pool = pool.or_else(|| about.balancer.default_pool());
            line.option_of("pool", pool.map(|pool| pool.name.as_str()))
        }
    };
    line.finish()
}

/// `301:https://example.com/new`, `https:`.
fn redirect_notation(form: &Form) -> String {
    let part = |field: &str| form.text(&format!("redirect.{field}")).to_owned();
    let (scheme, host, path) = (part("scheme"), part("host"), part("path"));
    let port = if part("port").is_empty() { String::new() } else { format!(":{}", part("port")) };
    let place = match (scheme.as_str(), host.as_str()) {
        ("", "") => path,
        (scheme, "") => format!("{scheme}:{path}"),
        (scheme, host) => format!("{scheme}://{host}{port}{path}"),
    };
    format!("{}:{place}", part("status"))
}

fn page(visitor: &Visitor, about: About<'_>, form: &Form, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let filled = Filled { form, problem, texts };
    let submission = submission(about, form);
    let (title, action) = match about.rule {
        Some(rule) => (
            fill(own.edit_rule, &[&rule.priority.to_string()]),
            format!("{}/{}/edit", rule_path(about.balancer, about.listener), rule.id),
        ),
        None => {
            (own.add_rule.to_owned(), format!("{}/new", rule_path(about.balancer, about.listener)))
        }
    };
    let back = format!("{}/rules", path_of(&about.balancer.id));
    let place = format!("{}:{}", about.listener.protocol, about.listener.port);
    let content = html! {
        div class="head" { div { h1 { (title) } p class="lead" { (about.balancer.name) " · " (place) } } }
        form class="form" novalidate id="rule" method="post" action=(action) data-follow {
            (form_token(visitor))
            input type="hidden" name="key" value=(form.text("key"));
            (filled.summary())
            (condition_fields(filled, about.listener))
            (action_fields(filled, about))
            section class="card" {
                div class="fields" {
                    div class="row" {
                        (filled.number("priority", own.priority, 1, 50_000).width("narrow").show())
                        (filled.text("name", own.name).optional().show())
                    }
                    (filled.tick("enabled", own.is_enabled, None))
                }
            }
            (save(visitor, &back))
        }
        (equivalents(texts, Some(&command(about, form)), std::slice::from_ref(&submission)))
    };
    frame::page_below(visitor, about.balancer, &title).show(&content)
}

fn condition_fields(filled: Filled<'_>, listener: &Listener) -> Markup {
    let own = &filled.texts.load_balancers;
    let named = [("header", own.header), ("query", own.query), ("cookie", own.cookie)];
    html! {
        section class="card" aria-labelledby="if-title" {
            h2 id="if-title" { (own.condition) }
            p class="help before-rows" { (own.conditions_lead) }
            div class="fields" {
                @if listener.protocol == "TCP" {
                    (filled.text("match.server_name", own.server_name).help(own.host_help).show())
                } @else {
                    div class="row" {
                        (filled.text("match.host", own.host).optional().help(own.host_help).show())
                        (filled.text("match.path", own.path).optional().help(own.path_help).show())
                    }
                    div class="row" {
                        (filled.text("match.method", own.http_method).optional().placeholder("POST").show())
                        (filled.text("match.source", own.source).optional().placeholder("198.51.100.0/24").show())
                    }
                    @for (field, label) in named {
                        div class="row" {
                            (filled.text(format!("match.{field}.name"), label).optional().show())
                            (filled.text(format!("match.{field}.value"), own.value).optional().show())
                        }
                    }
                }
            }
        }
    }
}

fn action_fields(filled: Filled<'_>, about: About<'_>) -> Markup {
    let own = &filled.texts.load_balancers;
    let pools = about.balancer.pools.iter().map(|pool| Choice::new(&pool.id, &pool.name)).collect();
    let mut kinds = vec![Choice::new("forward", own.forward)];
    if about.listener.protocol != "TCP" {
        kinds.push(Choice::new("redirect", own.redirect));
        kinds.push(Choice::new("respond", own.respond));
    }
    let is_split = |rule: &Rule| rule.action["forward"].as_array().is_some_and(|t| t.len() > 1);
    if about.rule.is_some_and(is_split) {
        kinds.push(Choice::new("keep", own.keep_split));
    }
    let statuses = |codes: &[&str]| codes.iter().map(|code| Choice::new(*code, *code)).collect();
    let schemes = vec![
        Choice::new("", own.as_requested),
        Choice::new("https", "https"),
        Choice::new("http", "http"),
    ];
    html! {
        section class="card action" aria-labelledby="then-title" {
            h2 id="then-title" { (own.action) }
            div class="fields" {
                (filled.select("action", own.action, kinds).show())
                div class="action-forward" { (filled.select("pool", own.pool, pools).show()) }
                div class="fields action-redirect" {
                    div class="row" {
                        (filled.select("redirect.scheme", own.redirect_scheme, schemes).width("narrow").show())
                        (filled.text("redirect.host", own.host).optional().show())
                        (filled.number("redirect.port", own.port, 1, 65_535).optional().width("narrow").show())
                    }
                    div class="row" {
                        (filled.text("redirect.path", own.path).optional().show())
                        (filled.select("redirect.status", own.status_code, statuses(&["301", "302", "303", "307", "308"])).width("narrow").show())
                    }
                }
                div class="row action-respond" {
                    (filled.number("respond.status", own.status_code, 200, 599).width("narrow").show())
                    (filled.text("respond.body", own.text).optional().show())
                }
            }
        }
    }
}
