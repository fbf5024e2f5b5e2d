//! The first page: what there is and how it does. The busiest load balancer's numbers are there at once.

use axum::response::Response;
use elbow_api::problem::Problem;
use elbow_model::rights::{Class, Verb};
use maud::{Markup, html};

use super::{certificates, load_balancers};
use crate::answer::Listed;
use crate::answer::certificate::Certificate;
use crate::answer::load_balancer::LoadBalancer;
use crate::components::badge;
use crate::components::icon::{Icon, icon};
use crate::language::fill;
use crate::layout::{Page, Section};
use crate::visitor::Visitor;

/// How many load balancers are looked at.
const NEWEST: &str = "/v1/load-balancers?limit=10";
/// How far back the chart goes.
const RANGE_S: u32 = 300;

/// `GET /`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let listed: Listed<LoadBalancer> = visitor.ask(NEWEST).await?;
    let owned: Listed<Certificate> = visitor.ask("/v1/certificates?limit=500").await?;
    let texts = visitor.texts();
    let own = &texts.overview;
    let content = if listed.items.is_empty() {
        welcome(&visitor)
    } else {
        html! {
            div class="head" { h1 { (own.title) } }
            div id="attention" data-live { (attention(&visitor, &listed.items, &owned.items)) }
            (busiest(&visitor, &listed.items).await?)
            section aria-labelledby="newest" {
                div class="section-head" {
                    h2 id="newest" { (own.newest) }
                    a href=(load_balancers::PATH) { (own.all) }
                }
                div id="list" class="card flush" data-live { (load_balancers::list::rows(&visitor, &listed.items)) }
            }
        }
    };
    let page = Page::new(&visitor, own.title).section(Section::Overview);
    Ok(page.with_charts().show(&content))
}

/// The numbers and the chart of the one with the most traffic; of the newest if there is none.
async fn busiest(visitor: &Visitor, balancers: &[LoadBalancer]) -> Result<Markup, Problem> {
    let own = &visitor.texts().overview;
    let totals =
        balancers.iter().map(|found| (load_balancers::traffic::total(visitor, &found.id), found));
    // The first of equals: the newest.
    let Some((_, balancer)) = totals.rev().max_by_key(|(total, _)| *total) else {
        return Ok(html! {});
    };
    let stats = load_balancers::monitoring::read(visitor, &balancer.id, RANGE_S).await?;
    let words = &visitor.texts().words;
    Ok(html! {
        section aria-labelledby="busiest" {
            div class="section-head" {
                h2 id="busiest" class="head-title" {
                    a href=(load_balancers::path_of(&balancer.id)) { (fill(own.busiest, &[&balancer.name])) }
                    (badge::state(words, &balancer.status)) (badge::state(words, &balancer.health))
                }
                code { (balancer.vip) }
            }
            (load_balancers::details::at_a_glance(visitor, balancer, &stats))
        }
    })
}

/// What somebody should look at.
fn attention(visitor: &Visitor, balancers: &[LoadBalancer], owned: &[Certificate]) -> Markup {
    let own = &visitor.texts().overview;
    let needs_a_look = |found: &&LoadBalancer| {
        found.status == "ERROR" || matches!(found.health.as_str(), "OFFLINE" | "DEGRADED")
    };
    let troubled = balancers.iter().filter(needs_a_look).count();
    let is_ending = |found: &&Certificate| matches!(found.status.as_str(), "EXPIRING" | "EXPIRED");
    let ending = owned.iter().filter(is_ending).count();
    let line = |text: &str, count: usize, target: &str| {
        html! {
            @if count > 0 {
                div class="notice warning" {
                    (icon(Icon::Warning))
                    span { (fill(text, &[&count.to_string()])) " " a href=(target) { (own.see) } }
                }
            }
        }
    };
    html! {
        (line(own.troubled, troubled, load_balancers::PATH))
        (line(own.expiring, ending, certificates::PATH))
    }
}

/// Nothing there yet: how it begins.
fn welcome(visitor: &Visitor) -> Markup {
    let texts = visitor.texts();
    let own = &texts.overview;
    html! {
        div class="head" { h1 { (own.welcome) } }
        div class="card welcome" {
            ol class="first-steps" {
                li { (own.step_create) }
                li { (own.step_servers) }
                li { (own.step_certificate) }
            }
            @if visitor.may(Verb::Create, Class::Resource) {
                a class="button primary" href={ (load_balancers::PATH) "/new" } {
                    (icon(Icon::Add)) (texts.load_balancers.create_first)
                }
            }
        }
    }
}
