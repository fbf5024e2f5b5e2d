//! The list of load balancers: newest first, by keywords, kept up to date.

use axum::extract::Query;
use axum::response::Response;
use elbow_api::problem::Problem;
use elbow_model::rights::{Class, Verb};
use maud::{Markup, html};
use serde::Deserialize;

use super::{PATH, path_of, traffic};
use crate::answer::Listed;
use crate::answer::load_balancer::{Listener, LoadBalancer, Pool};
use crate::components::badge;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, Column, column, column_of};
use crate::language::fill;
use crate::layout::{Page, Section};
use crate::path;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: &str = "25";
/// The most listeners that a row names.
const MOST_NAMED: usize = 3;

/// What is searched for, and from where on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    cursor: String,
}

/// `GET /load-balancers`.
pub(crate) async fn show(
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let query = [("limit", ROWS), ("q", wanted.q.as_str()), ("cursor", wanted.cursor.as_str())];
    let target = path::with_query("/v1/load-balancers", &query);
    let listed: Listed<LoadBalancer> = visitor.ask(&target).await?;
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let is_all = wanted.q.is_empty() && wanted.cursor.is_empty();
    let content = html! {
        div class="head" {
            div {
                h1 { (own.title) }
                p class="lead" { (own.lead) }
            }
            div class="head-actions" {
                (list::refresh(texts, &visitor.place))
                (create_button(&visitor))
            }
        }
        @if !(is_all && listed.items.is_empty()) {
            div class="toolbar" { (list::search(texts, PATH, &wanted.q)) }
        }
        div id="list" data-live {
            @if listed.items.is_empty() && is_all {
                (empty(&visitor))
            } @else if listed.items.is_empty() {
                (list::nothing_found(texts, PATH, &wanted.q))
            } @else {
                div class="card flush" { (rows(&visitor, &listed.items)) }
                (list::pages(texts, PATH, &wanted.q, &wanted.cursor, listed.next.as_deref()))
            }
        }
    };
    Ok(Page::new(&visitor, texts.frame.load_balancers)
        .section(Section::LoadBalancers)
        .show(&content))
}

/// No load balancer yet.
pub(crate) fn empty(visitor: &Visitor) -> Markup {
    let own = &visitor.texts().load_balancers;
    let action = html! {
        @if visitor.may(Verb::Create, Class::Resource) {
            a class="button primary" href={ (PATH) "/new" } { (icon(Icon::Add)) (own.create_first) }
        }
    };
    list::empty(Icon::LoadBalancer, own.empty_title, own.empty_text, &action)
}

fn create_button(visitor: &Visitor) -> Markup {
    html! {
        @if visitor.may(Verb::Create, Class::Resource) {
            a class="button primary" href={ (PATH) "/new" } { (icon(Icon::Add)) (visitor.texts().frame.create) }
        }
    }
}

/// The table, also on the first page.
pub(crate) fn rows(visitor: &Visitor, balancers: &[LoadBalancer]) -> Markup {
    let own = &visitor.texts().load_balancers;
    let columns: [Column<'_>; 8] = [
        column(own.name),
        column(own.status),
        column(own.health),
        column_of(own.vip, "optional"),
        column_of(own.listeners, "optional"),
        column_of(own.servers, "optional"),
        column_of(own.traffic, "optional"),
        column_of(own.actions, "menu-head"),
    ];
    let rows = html! { @for balancer in balancers { (row(visitor, balancer)) } };
    list::table(own.title, &columns, &rows)
}

fn row(visitor: &Visitor, balancer: &LoadBalancer) -> Markup {
    let texts = visitor.texts();
    let own_path = path_of(&balancer.id);
    let items = html! {
        (list::menu_link(Icon::Edit, texts.frame.edit, &format!("{own_path}/edit")))
        a class="menu-item bad" href={ (own_path) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
    };
    html! {
        tr id={ "lb-" (balancer.id) } {
            th scope="row" {
                a href=(own_path) { (balancer.name) }
                @if !balancer.description.is_empty() { span class="sub" { (balancer.description) } }
            }
            td { (badge::state(&texts.words, &balancer.status)) }
            td { (badge::state(&texts.words, &balancer.health)) }
            td class="optional" { code { (balancer.vip) } }
            td class="optional" { (listeners(&balancer.listeners)) }
            td class="optional nowrap" { (servers(visitor, &balancer.pools)) }
            td class="optional" { (traffic::cell(visitor, &balancer.id)) }
            td class="menu-cell" { @if visitor.may_edit() { (list::row_menu(texts, &balancer.name, &items)) } }
        }
    }
}

fn listeners(listeners: &[Listener]) -> Markup {
    html! {
        span class="tags" {
            @for listener in listeners.iter().take(MOST_NAMED) {
                span class="tag" { (listener.protocol) ":" (listener.port) }
            }
            @if listeners.len() > MOST_NAMED { span class="muted" { "+" (listeners.len() - MOST_NAMED) } }
        }
    }
}

fn servers(visitor: &Visitor, pools: &[Pool]) -> Markup {
    let own = &visitor.texts().load_balancers;
    let all: u64 = pools.iter().map(|pool| pool.member_count).sum();
    let healthy: u64 = pools.iter().map(|pool| pool.healthy_count).sum();
    html! {
        @if all == 0 { span class="muted" { (own.no_servers) } }
        @else { (fill(own.healthy_of, &[&healthy.to_string(), &all.to_string()])) }
    }
}
