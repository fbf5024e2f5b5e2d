//! Adding and editing a pool.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::html;
use serde_json::{Value, json};

use super::servers::{find_pool, save};
use super::{body, fields, frame, path_of};
use crate::answer::load_balancer::{LoadBalancer, Pool};
use crate::command_line::Line;
use crate::command_line::balancing::{health_check, kebab};
use crate::components::equivalents::equivalents;
use crate::components::field::{Choice, Filled};
use crate::form::{Form, Posted, object};
use crate::language::fill;
use crate::layout::form_token;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /load-balancers/{id}/pools/new`.
pub(crate) async fn new(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let mut form = Form::of([("method", "ROUND_ROBIN"), ("health_monitor.type", "TCP")]);
    body::fill_usual_check(&mut form);
    form.set("key", uuid::Uuid::now_v7().to_string());
    Ok(page(&visitor, &balancer, None, &form, None))
}

/// `POST /load-balancers/{id}/pools/new`.
pub(crate) async fn create(
    Path(id): Path<String>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    submit(&visitor, &balancer, None, &form).await
}

/// `GET /load-balancers/{id}/pools/{pool}/edit`.
pub(crate) async fn edit(
    visitor: Visitor,
    Path((id, pool)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let pool = find_pool(&balancer, &pool)?;
    Ok(page(&visitor, &balancer, Some(pool), &filled(pool), None))
}

/// `POST /load-balancers/{id}/pools/{pool}/edit`.
pub(crate) async fn change(
    Path((id, pool)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let pool = find_pool(&balancer, &pool)?;
    submit(&visitor, &balancer, Some(pool), &form).await
}

fn filled(pool: &Pool) -> Form {
    let mut form = Form::of([("name", pool.name.clone()), ("method", pool.method.clone())]);
    let kind = pool.session_persistence.as_ref().and_then(|found| found["type"].as_str());
    form.set("persistence", kind.unwrap_or_default());
    body::fill_health_monitor(&mut form, pool.health_monitor.as_ref());
    form
}

async fn submit(
    visitor: &Visitor,
    balancer: &LoadBalancer,
    pool: Option<&Pool>,
    form: &Form,
) -> Result<Response, Problem> {
    if form.intent() != "save" {
        return Ok(page(visitor, balancer, pool, form, None));
    }
    match visitor.submit(&submission(balancer, pool, form), Mode::CarryOut).await {
        Ok(_) => {
            let event = if pool.is_some() { Event::Changed } else { Event::Created };
            let back = format!("{}/pools", path_of(&balancer.id));
            Ok(Notice::new(event, form.text("name")).then_go_to(&back))
        }
        Err(problem) => Ok(page(visitor, balancer, pool, form, Some(&problem))),
    }
}

fn submission(balancer: &LoadBalancer, pool: Option<&Pool>, form: &Form) -> Submission {
    let present = pool.and_then(|pool| pool.session_persistence.as_ref());
    let chosen = form.text("persistence");
    // One that is there keeps its cookie and its timeout.
    let persistence = match (chosen, present) {
        ("", None) => None,
        ("", Some(_)) => Some(Value::Null),
        (kind, Some(present)) if present["type"] == kind => None,
        (kind, _) => Some(json!({ "type": kind })),
    };
    let check = body::health_monitor(form).or(pool.is_some().then_some(Value::Null));
    let body = object([
        ("name", form.string("name").or(Some(json!("")))),
        ("method", form.string("method")),
        ("health_monitor", check),
        ("session_persistence", persistence),
    ]);
    match pool {
        Some(pool) => Submission::patch(format!("/v1/pools/{}", pool.id), body),
        None => Submission::post(format!("/v1/load-balancers/{}/pools", balancer.id), body)
            .with_key(form.text("key")),
    }
}

fn command(balancer: &LoadBalancer, pool: Option<&Pool>, body: &Value) -> String {
    let name = body["name"].as_str().unwrap_or_default();
    let mut line = match pool {
        Some(pool) => Line::new("pool edit")
            .word(&balancer.name)
            .word(&pool.name)
            .option_of("name", Some(name).filter(|name| *name != pool.name)),
        None => Line::new("pool create").word(&balancer.name).word(name),
    };
    line = line.option_of("method", body["method"].as_str().map(kebab).as_deref());
    if let Some(check) = body.get("health_monitor") {
        line = line.option("health-check", &health_check(check));
    }
    if let Some(persistence) = body.get("session_persistence") {
        let kind = persistence["type"].as_str().map_or_else(|| "none".to_owned(), kebab);
        line = line.option("session-persistence", &kind);
    }
    line.finish()
}

fn page(
    visitor: &Visitor,
    balancer: &LoadBalancer,
    pool: Option<&Pool>,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let filled = Filled { form, problem, texts };
    let submission = submission(balancer, pool, form);
    let body = submission.body.as_ref().unwrap_or(&Value::Null);
    let command = command(balancer, pool, body);
    let here = format!("{}/pools", path_of(&balancer.id));
    let (title, action) = match pool {
        Some(pool) => (fill(own.edit_pool, &[&pool.name]), format!("{here}/{}/edit", pool.id)),
        None => (own.add_pool.to_owned(), format!("{here}/new")),
    };
    let mut persistences = vec![
        Choice::new("", own.persistence_none),
        Choice::new("SOURCE_IP", own.persistence_source),
        Choice::new("HTTP_COOKIE", own.persistence_cookie),
    ];
    // The application's own cookie needs its name: it stays, or is set by others.
    if form.text("persistence") == "APP_COOKIE" {
        persistences.push(Choice::new("APP_COOKIE", "APP_COOKIE"));
    }
    let content = html! {
        div class="head" { div { h1 { (title) } p class="lead" { (balancer.name) } } }
        form class="form" novalidate id="pool" method="post" action=(action) data-follow {
            (form_token(visitor))
            input type="hidden" name="key" value=(form.text("key"));
            (filled.summary())
            section class="card" {
                div class="fields" {
                    (filled.text("name", own.name).help(own.name_help).show())
                    div class="row" {
                        (filled.select("method", own.method, fields::methods(own)).show())
                        (filled.select("persistence", own.persistence, persistences).show())
                    }
                }
            }
            (fields::health_check(filled))
            (save(visitor, &here))
        }
        (equivalents(texts, Some(&command), std::slice::from_ref(&submission)))
    };
    frame::page_below(visitor, balancer, &title).show(&content)
}
