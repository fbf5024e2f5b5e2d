//! The pools of a load balancer with their servers.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};

use super::servers::find_pool;
use super::{frame, path_of, servers};
use crate::answer::load_balancer::{LoadBalancer, Pool};
use crate::command_line::Line;
use crate::components::confirm::Confirm;
use crate::components::icon::{Icon, icon};
use crate::components::list;
use crate::form::Posted;
use crate::language::fill;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /load-balancers/{id}/pools`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let own = &visitor.texts().load_balancers;
    let content = html! {
        (frame::head(&visitor, &balancer, frame::Tab::Pools))
        div class="toolbar spread" {
            p class="help" { (own.pools_lead) }
            @if visitor.may_edit() {
                a class="button" href={ (path_of(&balancer.id)) "/pools/new" } { (icon(Icon::Add)) (own.add_pool) }
            }
        }
        div id="pools" data-live data-live-every="3" {
            @for found in &balancer.pools { (pool(&visitor, &balancer, found)) }
        }
    };
    Ok(frame::page(&visitor, &balancer).show(&content))
}

fn pool(visitor: &Visitor, balancer: &LoadBalancer, pool: &Pool) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let here = format!("{}/pools/{}", path_of(&balancer.id), pool.id);
    let items = html! {
        (list::menu_link(Icon::Edit, texts.frame.edit, &format!("{here}/edit")))
        @if !pool.is_default {
            a class="menu-item bad" href={ (here) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
        }
    };
    html! {
        section class="card flush" id={ "pool-" (pool.id) } aria-labelledby={ "pool-title-" (pool.id) } {
            div class="card-head" {
                div {
                    h2 id={ "pool-title-" (pool.id) } { (pool.name) @if pool.is_default { " " span class="tag" { (own.default_pool) } } }
                    p class="sub" { (summary(visitor, pool)) }
                }
                @if visitor.may_edit() {
                    div class="head-actions" {
                        a class="button small" href={ (here) "/servers/new" } {
                            (icon(Icon::Add)) (own.add_server) span class="unseen" { " " (pool.name) }
                        }
                        (list::row_menu(texts, &fill(own.pool_named, &[&pool.name]), &items))
                    }
                }
            }
            (servers::table(visitor, balancer, pool))
        }
    }
}

/// Method, health check and persistence in a line.
fn summary(visitor: &Visitor, pool: &Pool) -> Markup {
    let own = &visitor.texts().load_balancers;
    html! {
        code { (pool.method) } " · " (own.health_check) ": "
        @match pool.health_monitor.as_ref().filter(|monitor| monitor.enabled) {
            Some(monitor) => { (monitor.kind) @if let Some(path) = &monitor.path { " " (path) } },
            None => (own.check_none),
        }
        @if let Some(kind) = pool.session_persistence.as_ref().and_then(|found| found["type"].as_str()) {
            " · " (own.persistence) ": " (kind)
        }
    }
}

/// `GET /load-balancers/{id}/pools/{pool}/delete`.
pub(crate) async fn ask_delete(
    visitor: Visitor,
    Path((id, pool)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let pool = find_pool(&balancer, &pool)?;
    Ok(delete_page(&visitor, &balancer, pool, None))
}

/// `POST /load-balancers/{id}/pools/{pool}/delete`.
pub(crate) async fn delete(
    Path((id, pool)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let visitor = posted.visitor;
    let balancer = frame::read(&visitor, &id).await?;
    let pool = find_pool(&balancer, &pool)?;
    let submission = Submission::delete(format!("/v1/pools/{}", pool.id));
    match visitor.submit(&submission, Mode::CarryOut).await {
        Ok(_) => {
            let back = format!("{}/pools", path_of(&balancer.id));
            Ok(Notice::new(Event::Deleted, &pool.name).then_go_to(&back))
        }
        Err(problem) => Ok(delete_page(&visitor, &balancer, pool, Some(&problem))),
    }
}

fn delete_page(
    visitor: &Visitor,
    balancer: &LoadBalancer,
    pool: &Pool,
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let submission = Submission::delete(format!("/v1/pools/{}", pool.id));
    let count = pool.member_count.to_string();
    let line = Line::new("pool delete").word(&balancer.name).word(&pool.name).finish();
    let confirm = Confirm {
        visitor,
        name: &pool.name,
        consequences: html! { p { (fill(texts.load_balancers.delete_pool_consequences, &[&count])) } },
        action: &format!("{}/pools/{}/delete", path_of(&balancer.id), pool.id),
        back: &format!("{}/pools", path_of(&balancer.id)),
        submission: &submission,
        command: Some(&line),
        problem,
    };
    frame::page_below(visitor, balancer, texts.frame.delete).show(&confirm.show())
}
