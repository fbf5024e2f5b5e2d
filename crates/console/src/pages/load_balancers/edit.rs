//! Editing a load balancer as a whole: its own settings, listeners with their certificates, the servers of its default
//! pool. One form is several requests to the API, which are all rehearsed before the first is carried out.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::{FieldError, Problem};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::{body, fields, frame, path_of};
use crate::answer::Listed;
use crate::answer::certificate::Certificate;
use crate::answer::load_balancer::{Listener, LoadBalancer, Member};
use crate::command_line::Line;
use crate::command_line::balancing::{health_check, kebab, listener_notation, member_notation};
use crate::components::equivalents::equivalents;
use crate::components::field::Filled;
use crate::form::{Form, INTENT, Posted};
use crate::language::fill;
use crate::layout::form_token;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// A request, the line that does the same, and where the form has its fields.
struct Step {
    submission: Submission,
    line: String,
    prefix: String,
}

/// `GET /load-balancers/{id}/edit`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    page(&visitor, &balancer, &filled(&balancer), None).await
}

/// `POST /load-balancers/{id}/edit`.
pub(crate) async fn submit(
    Path(id): Path<String>,
    Posted { visitor, mut form }: Posted,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    if form.intent() != "save" {
        let intent = form.intent().to_owned();
        reshape(&mut form, &balancer, &intent);
        return page(&visitor, &balancer, &form, None).await;
    }
    body::tidy(&mut form);
    if let Some(problem) = ports_given_twice(&form) {
        return page(&visitor, &balancer, &form, Some(&problem)).await;
    }
    let steps = steps(&balancer, &form);
    for mode in [Mode::Rehearse, Mode::CarryOut] {
        for step in &steps {
            if let Err(problem) = visitor.submit(&step.submission, mode).await {
                let problem = placed(problem, &step.prefix);
                return page(&visitor, &balancer, &form, Some(&problem)).await;
            }
        }
    }
    let name = form.text("name");
    Ok(Notice::new(Event::Changed, name).then_go_to(&path_of(&balancer.id)))
}

/// The one conflict between requests of a form, which no rehearsal of a single one finds.
fn ports_given_twice(form: &Form) -> Option<Problem> {
    let port = |row: usize| form.text(&format!("listeners[{row}].port")).to_owned();
    let rows = form.rows("listeners");
    let is_twice =
        |row: &&usize| rows.iter().any(|other| other < row && port(*other) == port(**row));
    let row = rows.iter().find(is_twice)?;
    let reason = format!("port {} is given to two listeners; each needs its own", port(*row));
    Some(Problem::invalid(vec![FieldError { field: format!("listeners[{row}].port"), reason }]))
}

fn filled(balancer: &LoadBalancer) -> Form {
    let mut form = Form::of([
        ("name", balancer.name.clone()),
        ("description", balancer.description.clone()),
        ("method", balancer.method.clone()),
    ]);
    for (name, is_set) in
        [("enabled", balancer.enabled), ("deletion_protection", balancer.deletion_protection)]
    {
        if is_set {
            form.set(name, "true");
        }
    }
    for (row, listener) in balancer.listeners.iter().enumerate() {
        body::fill_listener(&mut form, row, listener);
    }
    if let Some(pool) = balancer.default_pool() {
        for (row, member) in pool.members.iter().enumerate() {
            body::fill_member(&mut form, row, member);
        }
        body::fill_health_monitor(&mut form, pool.health_monitor.as_ref());
    }
    form
}

fn reshape(form: &mut Form, balancer: &LoadBalancer, intent: &str) {
    if intent == "add-listener" {
        let row = form.rows("listeners").last().map_or(0, |last| last + 1);
        let first = if balancer.kind == "NETWORK" { "TCP" } else { "HTTP" };
        form.set(format!("listeners[{row}].protocol"), first);
    } else if intent == "add-member" {
        let row = form.rows("members").last().map_or(0, |last| last + 1);
        form.set(format!("members[{row}].address"), "");
        form.set(format!("members[{row}].weight"), "1");
    } else if let Some(row) = intent.strip_prefix("remove-listener-") {
        form.remove_row("listeners", row.parse().unwrap_or(usize::MAX));
    } else if let Some(row) = intent.strip_prefix("remove-member-") {
        form.remove_row("members", row.parse().unwrap_or(usize::MAX));
    }
}

/// What must be asked of the API so that the load balancer is as the form says.
fn steps(balancer: &LoadBalancer, form: &Form) -> Vec<Step> {
    let mut steps = Vec::new();
    steps.extend(own_settings(balancer, form));
    steps.extend(removed_listeners(balancer, form));
    for row in form.rows("listeners") {
        steps.extend(listener_step(balancer, form, row));
    }
    steps.extend(members_step(balancer, form));
    steps
}

fn own_settings(balancer: &LoadBalancer, form: &Form) -> Option<Step> {
    let before = filled(balancer);
    let mut body = Map::new();
    let mut line = Line::new("lb edit").word(&balancer.name);
    for field in ["name", "description", "method"] {
        let now = form.text(field);
        if now != before.text(field) {
            body.insert(field.to_owned(), json!(now));
            let word = if field == "method" { kebab(now) } else { now.to_owned() };
            line = line.option(field, &word);
        }
    }
    if form.has("enabled") != balancer.enabled {
        body.insert("enabled".to_owned(), form.flag("enabled"));
        line = line.flag(if form.has("enabled") { "enable" } else { "disable" });
    }
    if form.has("deletion_protection") != balancer.deletion_protection {
        let value = form.flag("deletion_protection");
        line = line.option("deletion-protection", &value.to_string());
        body.insert("deletion_protection".to_owned(), value);
    }
    let (check, check_before) = (body::health_monitor(form), body::health_monitor(&before));
    if check != check_before {
        let check = check.unwrap_or(Value::Null);
        line = line.option("health-check", &health_check(&check));
        body.insert("health_monitor".to_owned(), check);
    }
    let path = format!("/v1/load-balancers/{}", balancer.id);
    let step = Step {
        submission: Submission::patch(path, Value::Object(body.clone())),
        line: line.finish(),
        prefix: String::new(),
    };
    (!body.is_empty()).then_some(step)
}

fn listener_of<'a>(balancer: &'a LoadBalancer, form: &Form, row: usize) -> Option<&'a Listener> {
    let id = form.text(&format!("listeners[{row}].id"));
    balancer.listeners.iter().find(|listener| listener.id == id)
}

fn removed_listeners(balancer: &LoadBalancer, form: &Form) -> Vec<Step> {
    let kept: Vec<&str> = form
        .rows("listeners")
        .into_iter()
        .filter_map(|row| listener_of(balancer, form, row))
        .map(|listener| listener.id.as_str())
        .collect();
    let gone = balancer.listeners.iter().filter(|listener| !kept.contains(&listener.id.as_str()));
    let step = |listener: &Listener| Step {
        submission: Submission::delete(format!("/v1/listeners/{}", listener.id)),
        line: Line::new("listener delete").word(&balancer.name).word(&listener.notation()).finish(),
        prefix: String::new(),
    };
    gone.map(step).collect()
}

fn listener_step(balancer: &LoadBalancer, form: &Form, row: usize) -> Option<Step> {
    let prefix = format!("listeners[{row}].");
    let mut wanted = body::listener(form, row);
    let Some(listener) = listener_of(balancer, form, row) else {
        let notation = listener_notation(&wanted);
        let mut line = Line::new("listener add").word(&balancer.name).word(&notation);
        line = line.option_of("tls-policy", wanted["tls_policy"].as_str());
        let path = format!("/v1/load-balancers/{}/listeners", balancer.id);
        return Some(Step {
            submission: Submission::post(path, wanted),
            line: line.finish(),
            prefix,
        });
    };
    if listener.protocol != "HTTPS" {
        return None;
    }
    wanted["tls_policy"] = json!(form.text(&format!("{prefix}tls_policy")));
    let shown = listener.certificate.as_ref().map(|certificate| certificate.id.as_str());
    let mut change = Map::new();
    if wanted["certificate"].as_str() != shown {
        change.insert("certificate".to_owned(), wanted["certificate"].clone());
    }
    if wanted["tls_policy"].as_str() != listener.tls_policy.as_deref() {
        change.insert("tls_policy".to_owned(), wanted["tls_policy"].clone());
    }
    if change.is_empty() {
        return None;
    }
    let mut line = Line::new("listener edit").word(&balancer.name).word(&listener.notation());
    let said = |field: &str| change.get(field).and_then(Value::as_str);
    line = line.option_of("certificate", said("certificate"));
    line = line.option_of("tls-policy", said("tls_policy"));
    let path = format!("/v1/listeners/{}", listener.id);
    Some(Step {
        line: line.finish(),
        submission: Submission::patch(path, Value::Object(change)),
        prefix,
    })
}

/// All servers at once, if anything about them is different. Those of scaling groups stay by themselves.
fn members_step(balancer: &LoadBalancer, form: &Form) -> Option<Step> {
    let pool = balancer.default_pool()?;
    let rows = form.rows("members");
    let of_row = |row: usize| {
        let id = form.text(&format!("members[{row}].id"));
        pool.members.iter().find(|member| member.id == id)
    };
    let is_same = |row: usize| {
        let weight = form.text(&format!("members[{row}].weight"));
        of_row(row).is_some_and(|member| member.weight.to_string() == weight)
    };
    if rows.len() == pool.members.len() && rows.iter().all(|row| is_same(*row)) {
        return None;
    }
    let members: Vec<Value> = rows.iter().map(|row| member(form, of_row(*row), *row)).collect();
    let mut lines = Vec::new();
    for row in &rows {
        match of_row(*row) {
            None => {
                let notation = member_notation(&body::member(form, *row));
                lines.push(Line::new("member add").word(&balancer.name).word(&notation).finish());
            }
            Some(_) if is_same(*row) => {}
            Some(member) => {
                let weight = form.text(&format!("members[{row}].weight"));
                let line = Line::new("member edit").word(&balancer.name).word(&member.place());
                lines.push(line.option("weight", weight).finish());
            }
        }
    }
    let kept = |member: &Member| {
        rows.iter().any(|row| of_row(*row).is_some_and(|kept| kept.id == member.id))
    };
    for member in pool.members.iter().filter(|member| !kept(member)) {
        let line = Line::new("member delete").word(&balancer.name).word(&member.place());
        lines.push(line.finish());
    }
    let path = format!("/v1/pools/{}/members", pool.id);
    Some(Step {
        submission: Submission::put(path, json!({ "members": members })),
        line: lines.join("\n"),
        prefix: String::new(),
    })
}

/// A server of the whole list: what the form does not show of one that is there stays as it is.
fn member(form: &Form, present: Option<&Member>, row: usize) -> Value {
    let mut value = body::member(form, row);
    if let Some(present) = present {
        value["backup"] = json!(present.backup);
        value["enabled"] = json!(present.enabled);
        if let Some(name) = &present.name {
            value["name"] = json!(name);
        }
    }
    value
}

/// The API speaks of its request's fields, the form has all of them.
fn placed(mut problem: Problem, prefix: &str) -> Problem {
    for error in problem.errors.iter_mut().filter(|error| !error.field.is_empty()) {
        error.field = format!("{prefix}{}", error.field);
    }
    problem
}

async fn page(
    visitor: &Visitor,
    balancer: &LoadBalancer,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let own_certificates: Listed<Certificate> = visitor.ask("/v1/certificates?limit=500").await?;
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let filled = Filled { form, problem, texts };
    let mut tidied = form.clone();
    body::tidy(&mut tidied);
    let (lines, submissions): (Vec<String>, Vec<Submission>) =
        steps(balancer, &tidied).into_iter().map(|step| (step.line, step.submission)).unzip();
    let lines = (!lines.is_empty()).then(|| lines.join("\n"));
    let members = balancer.default_pool().map(|pool| pool.members.as_slice()).unwrap_or_default();
    let here = path_of(&balancer.id);
    let content = html! {
        div class="head" {
            div { h1 { (fill(own.edit_title, &[&balancer.name])) } p class="lead" { (own.edit_review) } }
        }
        form class="form" novalidate id="edit" method="post" action={ (here) "/edit" } data-follow {
            (form_token(visitor))
            button class="unseen" name=(INTENT) value="save" tabindex="-1" aria-hidden="true" {}
            (filled.summary())
            (basics(filled))
            (fields::listeners(filled, &balancer.kind, &own_certificates.items, &balancer.listeners))
            (fields::members(filled, members))
            (fields::health_check(filled))
            (super::servers::save(visitor, &here))
        }
        (equivalents(texts, lines.as_deref(), &submissions))
    };
    Ok(frame::page_below(visitor, balancer, texts.frame.edit).show(&content))
}

fn basics(filled: Filled<'_>) -> Markup {
    let own = &filled.texts.load_balancers;
    html! {
        section class="card" aria-labelledby="basics-title" {
            h2 id="basics-title" { (own.basics) }
            div class="fields" {
                (filled.text("name", own.name).help(own.name_help).show())
                (filled.text("description", own.description).optional().show())
                (filled.select("method", own.method, fields::methods(own)).show())
                (filled.tick("enabled", own.enabled, None))
                (filled.tick("deletion_protection", own.deletion_protection, None))
            }
        }
    }
}
