//! The servers of a pool: their table, and adding, editing and removing one.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::Value;

use super::{body, frame, path_of};
use crate::answer::load_balancer::{LoadBalancer, Member, Pool};
use crate::command_line::Line;
use crate::command_line::balancing::member_notation;
use crate::components::badge;
use crate::components::confirm::Confirm;
use crate::components::equivalents::equivalents;
use crate::components::field::Filled;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::moment;
use crate::form::{Form, INTENT, Posted, object};
use crate::language::fill;
use crate::layout::form_token;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// The servers of a pool, with what their checks say.
pub(super) fn table(visitor: &Visitor, balancer: &LoadBalancer, pool: &Pool) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let add = format!("{}/servers/new", pool_path(balancer, pool));
    if pool.members.is_empty() {
        return html! {
            div class="nothing" {
                p { strong { (own.no_server_title) } " " span class="muted" { (own.no_server_text) } }
                @if visitor.may_edit() {
                    a class="button small" href=(add) { (icon(Icon::Add)) (own.add_server) }
                }
            }
        };
    }
    let columns = [
        column(own.address),
        column(own.health),
        column_of(own.weight, "num"),
        column_of(own.in_flight, "num optional"),
        column_of(own.evidence, "optional"),
        column_of(own.actions, "menu-head"),
    ];
    let rows = html! { @for member in &pool.members { (row(visitor, balancer, pool, member)) } };
    list::table(&fill(own.pool_named, &[&pool.name]), &columns, &rows)
}

fn row(visitor: &Visitor, balancer: &LoadBalancer, pool: &Pool, member: &Member) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let here = member_path(balancer, pool, &member.id);
    let items = html! {
        (list::menu_link(Icon::Edit, texts.frame.edit, &format!("{here}/edit")))
        a class="menu-item bad" href={ (here) "/delete" } { (icon(Icon::Delete)) (texts.frame.remove) }
    };
    html! {
        tr id={ "member-" (member.id) } {
            th scope="row" {
                code { (member.place()) }
                @if let Some(by) = &member.registered_by {
                    span class="sub" { (fill(own.of_group, &[&by.scaling_group.name])) }
                } @else if let Some(name) = &member.name { span class="sub" { (name) } }
            }
            td {
                (badge::state(&texts.words, &member.health))
                @if member.backup { " " span class="tag" { (own.backup_badge) } }
            }
            td class="num" { (member.weight) }
            td class="num optional" { (member.in_flight) }
            td class="optional evidence" {
                @if let Some(failure) = &member.last_failure {
                    span class="sub" lang="en" title=(failure.attempt) { (failure.outcome) }
                    span class="sub" { (moment(&failure.at)) }
                } @else { span class="muted" { "–" } }
            }
            td class="menu-cell" { @if visitor.may_edit() { (list::row_menu(texts, &member.place(), &items)) } }
        }
    }
}

fn pool_path(balancer: &LoadBalancer, pool: &Pool) -> String {
    format!("{}/pools/{}", path_of(&balancer.id), pool.id)
}

fn member_path(balancer: &LoadBalancer, pool: &Pool, member: &str) -> String {
    format!("{}/servers/{member}", pool_path(balancer, pool))
}

/// A pool of a load balancer.
pub(super) fn find_pool<'a>(balancer: &'a LoadBalancer, id: &str) -> Result<&'a Pool, Problem> {
    balancer.pools.iter().find(|pool| pool.id == id).ok_or_else(|| gone("pool"))
}

/// What the address of a page names is not there.
pub(super) fn gone(what: &str) -> Problem {
    let status = axum::http::StatusCode::NOT_FOUND;
    Problem::new(status, "NOT_FOUND", format!("the {what} is not there any more"))
}

/// `GET /load-balancers/{id}/pools/{pool}/servers/new`.
pub(crate) async fn new(
    visitor: Visitor,
    Path((id, pool)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let pool = find_pool(&balancer, &pool)?;
    let mut form =
        Form::of([("members[0].address", ""), ("members[0].port", ""), ("members[0].weight", "1")]);
    form.set("key", uuid::Uuid::now_v7().to_string());
    Ok(new_page(&visitor, &balancer, pool, &form, None))
}

/// `POST /load-balancers/{id}/pools/{pool}/servers/new`.
pub(crate) async fn create(
    Path((id, pool)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let pool = find_pool(&balancer, &pool)?;
    if form.intent() != "save" {
        return Ok(new_page(&visitor, &balancer, pool, &form, None));
    }
    match visitor.submit(&new_submission(pool, &form), Mode::CarryOut).await {
        Ok(_) => {
            let name = form.text("members[0].address");
            Ok(Notice::new(Event::Created, name).then_go_to(&path_of(&balancer.id)))
        }
        Err(problem) => {
            let problem = placed(problem);
            Ok(new_page(&visitor, &balancer, pool, &form, Some(&problem)))
        }
    }
}

fn new_submission(pool: &Pool, form: &Form) -> Submission {
    Submission::post(format!("/v1/pools/{}/members", pool.id), body::member(form, 0))
        .with_key(form.text("key"))
}

/// The API speaks of `address`, the form has it as the first of a list.
fn placed(mut problem: Problem) -> Problem {
    for error in problem.errors.iter_mut().filter(|error| !error.field.is_empty()) {
        error.field = format!("members[0].{}", error.field);
    }
    problem
}

fn new_page(
    visitor: &Visitor,
    balancer: &LoadBalancer,
    pool: &Pool,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let filled = Filled { form, problem, texts };
    let title = fill(own.add_server_title, &[&balancer.name]);
    let submission = new_submission(pool, form);
    let member = submission.body.as_ref().unwrap_or(&Value::Null);
    let mut line = Line::new("member add").word(&balancer.name).word(&member_notation(member));
    if !pool.is_default {
        line = line.option("pool", &pool.name);
    }
    let content = html! {
        div class="head" {
            div { h1 { (title) } p class="lead" { (fill(own.pool_named, &[&pool.name])) } }
        }
        form class="form" novalidate id="server" method="post" action={ (pool_path(balancer, pool)) "/servers/new" } data-follow {
            (form_token(visitor))
            input type="hidden" name="key" value=(form.text("key"));
            (filled.summary())
            section class="card" {
                div class="row" {
                    (filled.text("members[0].address", own.private_ip).placeholder("10.0.0.5").show())
                    (filled.number("members[0].port", own.port, 1, 65535).width("narrow").show())
                    (filled.number("members[0].weight", own.weight, 0, 256).width("narrow").help(own.weight_help).show())
                }
            }
            (save(visitor, &path_of(&balancer.id)))
        }
        (equivalents(texts, Some(&line.finish()), std::slice::from_ref(&submission)))
    };
    frame::page_below(visitor, balancer, own.add_server).show(&content)
}

/// OK and Cancel.
pub(super) fn save(visitor: &Visitor, back: &str) -> Markup {
    let frame = &visitor.texts().frame;
    html! {
        div class="actions end" {
            a class="button quiet" href=(back) { (frame.cancel) }
            button class="button primary" name=(INTENT) value="save" { (frame.ok) }
        }
    }
}

/// Where a server is among its load balancer's.
type Place = Path<(String, String, String)>;

fn find<'a>(
    balancer: &'a LoadBalancer,
    pool: &str,
    member: &str,
) -> Result<(&'a Pool, &'a Member), Problem> {
    let pool = find_pool(balancer, pool)?;
    let found = pool.members.iter().find(|found| found.id == member);
    Ok((pool, found.ok_or_else(|| gone("server"))?))
}

/// `GET /load-balancers/{id}/pools/{pool}/servers/{server}/edit`.
pub(crate) async fn edit(
    visitor: Visitor,
    Path((id, pool, member)): Place,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let (pool, member) = find(&balancer, &pool, &member)?;
    let mut form = Form::of([("weight", member.weight.to_string())]);
    for (name, is_set) in [("enabled", member.enabled), ("backup", member.backup)] {
        if is_set {
            form.set(name, "true");
        }
    }
    Ok(edit_page(&visitor, (&balancer, pool, member), &form, None))
}

/// `POST /load-balancers/{id}/pools/{pool}/servers/{server}/edit`.
pub(crate) async fn change(
    Path((id, pool, member)): Place,
    Posted { visitor, form }: Posted,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let (pool, member) = find(&balancer, &pool, &member)?;
    if form.intent() != "save" {
        return Ok(edit_page(&visitor, (&balancer, pool, member), &form, None));
    }
    match visitor.submit(&change_submission(member, &form), Mode::CarryOut).await {
        Ok(_) => {
            Ok(Notice::new(Event::Changed, &member.place()).then_go_to(&path_of(&balancer.id)))
        }
        Err(problem) => Ok(edit_page(&visitor, (&balancer, pool, member), &form, Some(&problem))),
    }
}

fn change_submission(member: &Member, form: &Form) -> Submission {
    let body = object([
        ("weight", form.number("weight")),
        ("backup", Some(form.flag("backup"))),
        ("enabled", Some(form.flag("enabled"))),
    ]);
    Submission::patch(format!("/v1/members/{}", member.id), body)
}

fn edit_page(
    visitor: &Visitor,
    (balancer, pool, member): (&LoadBalancer, &Pool, &Member),
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let filled = Filled { form, problem, texts };
    let submission = change_submission(member, form);
    let mut line = Line::new("member edit").word(&balancer.name).word(&member.place());
    if !pool.is_default {
        line = line.option("pool", &pool.name);
    }
    line = line.option_of("weight", Some(form.text("weight")));
    line = line.flag(if form.has("backup") { "backup=true" } else { "backup=false" });
    line = line.flag(if form.has("enabled") { "enable" } else { "disable" });
    let action = format!("{}/edit", member_path(balancer, pool, &member.id));
    let content = html! {
        div class="head" { h1 { (fill(own.edit_server_title, &[&member.place()])) } }
        form class="form" novalidate id="server" method="post" action=(action) data-follow {
            (form_token(visitor))
            (filled.summary())
            section class="card" {
                div class="fields" {
                    (filled.number("weight", own.weight, 0, 256).width("narrow").help(own.weight_help).show())
                    (filled.tick("enabled", own.is_enabled, None))
                    (filled.tick("backup", own.backup, None))
                }
            }
            (save(visitor, &path_of(&balancer.id)))
        }
        (equivalents(texts, Some(&line.finish()), std::slice::from_ref(&submission)))
    };
    frame::page_below(visitor, balancer, &member.place()).show(&content)
}

/// `GET /load-balancers/{id}/pools/{pool}/servers/{server}/delete`.
pub(crate) async fn ask_delete(
    visitor: Visitor,
    Path((id, pool, member)): Place,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let (pool, member) = find(&balancer, &pool, &member)?;
    Ok(delete_page(&visitor, (&balancer, pool, member), None))
}

/// `POST /load-balancers/{id}/pools/{pool}/servers/{server}/delete`.
pub(crate) async fn delete(
    Path((id, pool, member)): Place,
    posted: Posted,
) -> Result<Response, Problem> {
    let visitor = posted.visitor;
    let balancer = frame::read(&visitor, &id).await?;
    let (pool, member) = find(&balancer, &pool, &member)?;
    let submission = Submission::delete(format!("/v1/members/{}", member.id));
    match visitor.submit(&submission, Mode::CarryOut).await {
        Ok(_) => {
            Ok(Notice::new(Event::Deleted, &member.place()).then_go_to(&path_of(&balancer.id)))
        }
        Err(problem) => Ok(delete_page(&visitor, (&balancer, pool, member), Some(&problem))),
    }
}

fn delete_page(
    visitor: &Visitor,
    (balancer, pool, member): (&LoadBalancer, &Pool, &Member),
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let submission = Submission::delete(format!("/v1/members/{}", member.id));
    let mut line = Line::new("member delete").word(&balancer.name).word(&member.place());
    if !pool.is_default {
        line = line.option("pool", &pool.name);
    }
    let confirm = Confirm {
        visitor,
        name: &member.place(),
        consequences: html! { p { (texts.load_balancers.delete_server_consequences) } },
        action: &format!("{}/delete", member_path(balancer, pool, &member.id)),
        back: &path_of(&balancer.id),
        submission: &submission,
        command: Some(&line.finish()),
        problem,
    };
    frame::page_below(visitor, balancer, texts.frame.remove).show(&confirm.show())
}
