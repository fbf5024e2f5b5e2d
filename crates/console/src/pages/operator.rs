//! How the deployment is run: what serves traffic, projects, users.

use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use super::project::role;
use crate::answer::Listed;
use crate::answer::people::{Project, Proxy, User};
use crate::command_line::Line;
use crate::components::badge::{self, Tone};
use crate::components::decision::{Decision, Weight};
use crate::components::field::Filled;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::{day, moment};
use crate::form::{Form, Posted, object};
use crate::language::fill;
use crate::layout::{Page, Section};
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// Its path.
const PATH: &str = "/operator";

#[derive(Debug, Deserialize)]
struct Version {
    version: String,
}

/// `GET /operator`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let proxies: Listed<Proxy> = visitor.ask("/v1/proxies").await?;
    let projects: Listed<Project> = visitor.ask("/v1/projects?limit=500").await?;
    let users: Listed<User> = visitor.ask("/v1/users?limit=500").await?;
    let version: Version = visitor.ask("/version").await?;
    let own = &visitor.texts().places;
    let content = html! {
        div class="head" {
            div {
                div class="head-title" id="deployment" data-live data-live-every="3" {
                    h1 { (own.operator_title) }
                    (readiness(&visitor, &proxies.items))
                }
                p class="lead" { (own.operator_lead) " Elbow " (version.version) }
            }
        }
        (serving(&visitor, &proxies.items))
        (tenants(&visitor, &projects.items))
        (people(&visitor, &users.items))
    };
    Ok(Page::new(&visitor, own.operator_title).section(Section::Operator).show(&content))
}

/// Traffic is served by the newest revision.
fn readiness(visitor: &Visitor, proxies: &[Proxy]) -> Markup {
    let own = &visitor.texts().places;
    let is_ready = proxies.iter().any(|proxy| proxy.revision >= proxy.newest_revision);
    match is_ready {
        true => badge::badge(Tone::Good, Icon::Check, own.ready),
        false => badge::badge(Tone::Bad, Icon::Warning, own.not_ready),
    }
}

fn serving(visitor: &Visitor, proxies: &[Proxy]) -> Markup {
    let own = &visitor.texts().places;
    let columns = [
        column(own.proxy),
        column(own.revision),
        column_of(own.version, "optional"),
        column_of(own.connected_since, "optional"),
        column_of(own.in_force, "num"),
    ];
    let rows = html! { @for proxy in proxies { (proxy_row(visitor, proxy)) } };
    html! {
        section class="card flush" aria-labelledby="proxies-title" {
            div class="card-head" { div { h2 id="proxies-title" { (own.proxies) } p class="help" { (own.proxies_lead) } } }
            div id="proxies" data-live data-live-every="3" {
                @if proxies.is_empty() { p class="card-note muted" { (own.proxies_none) } }
                @else { (list::table(own.proxies, &columns, &rows)) }
            }
        }
    }
}

fn proxy_row(visitor: &Visitor, proxy: &Proxy) -> Markup {
    let own = &visitor.texts().places;
    let (here, newest) = (proxy.revision.to_string(), proxy.newest_revision.to_string());
    html! {
        tr {
            th scope="row" {
                span class="strong" { (proxy.id) } span class="sub" { "PID " (proxy.pid) }
                @for failed in &proxy.failed {
                    span class="sub bad-text" lang="en" { (failed.load_balancer) ": " (failed.reason) }
                }
            }
            td {
                @if proxy.revision >= proxy.newest_revision { (badge::badge(Tone::Good, Icon::Check, own.runs_newest)) span class="sub" { (here) } }
                @else { (badge::badge(Tone::Busy, Icon::Pending, &fill(own.runs_older, &[&here, &newest]))) }
            }
            td class="optional" { (proxy.version) }
            td class="optional moment-cell" { (moment(&proxy.connected_at)) }
            td class="num" { (proxy.in_force) }
        }
    }
}

fn tenants(visitor: &Visitor, projects: &[Project]) -> Markup {
    let texts = visitor.texts();
    let (own, project) = (&texts.places, &texts.project);
    let columns = [
        column(own.project),
        column_of(project.load_balancers, "num"),
        column_of(project.scaling_groups, "num"),
        column_of(project.instances, "num optional"),
        column_of(project.drivers, "optional"),
        column_of(project.created_at, "optional"),
    ];
    let used = |project: &Project, what: &str| {
        let count = |map: &std::collections::BTreeMap<String, u32>| map.get(what).copied();
        let (used, limit) = (count(&project.used), count(&project.quota));
        format!("{} / {}", used.unwrap_or_default(), limit.unwrap_or_default())
    };
    let rows = html! {
        @for found in projects {
            tr {
                th scope="row" { span class="strong" { (found.name) } @if !found.description.is_empty() { span class="sub" { (found.description) } } }
                td class="num nowrap" { (used(found, "load_balancers")) }
                td class="num nowrap" { (used(found, "scaling_groups")) }
                td class="num nowrap optional" { (used(found, "instances")) }
                td class="optional" { span class="tags" { @for driver in &found.drivers { span class="tag" { (driver) } } } }
                td class="optional moment-cell" { (day(&found.created_at)) }
            }
        }
    };
    html! {
        section class="card flush" aria-labelledby="projects-title" {
            div class="card-head" {
                h2 id="projects-title" { (own.projects) }
                a class="button" href={ (PATH) "/projects/new" } { (icon(Icon::Add)) (own.new_project) }
            }
            (list::table(own.projects, &columns, &rows))
        }
    }
}

fn people(visitor: &Visitor, users: &[User]) -> Markup {
    let texts = visitor.texts();
    let (own, project) = (&texts.places, &texts.project);
    let columns = [
        column(project.user),
        column(project.role),
        column_of(own.projects, "optional"),
        column_of(project.created_at, "optional"),
    ];
    let rows = html! {
        @for user in users {
            tr {
                th scope="row" { span class="strong" { (user.name) } @if !user.enabled { span class="sub bad-text" { (project.disabled) } } }
                td {
                    @match &user.role {
                        Some(word) => (role(project, word)),
                        None => span class="muted" { (project.no_role) },
                    }
                }
                td class="optional" {
                    span class="tags" {
                        @for membership in &user.memberships {
                            span class="tag" { (membership.project.name) ": " (role(project, &membership.role)) }
                        }
                    }
                }
                td class="optional moment-cell" { (day(&user.created_at)) }
            }
        }
    };
    html! {
        section class="card flush" aria-labelledby="users-title" {
            div class="card-head" { h2 id="users-title" { (own.users) } }
            (list::table(own.users, &columns, &rows))
        }
    }
}

/// `GET /operator/projects/new`.
pub(crate) async fn ask_project(visitor: Visitor) -> Result<Response, Problem> {
    visitor.caller.require_operator()?;
    Ok(project_page(&visitor, &Form::default(), None))
}

/// `POST /operator/projects/new`.
pub(crate) async fn create_project(posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    if form.intent() != "do" {
        return Ok(project_page(&visitor, &form, None));
    }
    match visitor.submit(&creation(&form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Created, form.text("name")).then_go_to(PATH)),
        Err(problem) => Ok(project_page(&visitor, &form, Some(&problem))),
    }
}

fn creation(form: &Form) -> Submission {
    let body = object([
        ("name", form.string("name").or(Some(json!("")))),
        ("description", form.string("description")),
    ]);
    Submission::post("/v1/projects", body)
}

fn project_page(visitor: &Visitor, form: &Form, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let fields = |filled: Filled<'_>| {
        html! {
            (filled.text("name", texts.project.name).show())
            (filled.text("description", texts.project.description).optional().show())
        }
    };
    let line = Line::new("project create").word(form.text("name"));
    let decision = Decision {
        visitor,
        title: texts.places.new_project,
        consequences: html! {},
        form,
        fields: &fields,
        action: &format!("{PATH}/projects/new"),
        back: PATH,
        button: (texts.frame.create, Weight::Light),
        submission: &creation(form),
        command: Some(&line.option_of("description", Some(form.text("description"))).finish()),
        problem,
    };
    Page::new(visitor, texts.places.new_project)
        .section(Section::Operator)
        .below(texts.frame.operator, PATH)
        .show(&decision.show())
}
