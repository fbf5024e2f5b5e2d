//! The list of the visitor's certificates.

use axum::extract::Query;
use axum::response::Response;
use elbow_api::problem::Problem;
use elbow_model::rights::{Class, Verb};
use maud::{Markup, html};
use serde::Deserialize;

use super::{PATH, facts, path_of};
use crate::answer::Listed;
use crate::answer::certificate::Certificate;
use crate::components::badge;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::layout::{Page, Section};
use crate::path;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: &str = "25";
/// The most names that a row shows.
const MOST_NAMES: usize = 3;

/// What is searched for, and from where on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    cursor: String,
}

/// `GET /certificates`.
pub(crate) async fn show(
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let query = [("limit", ROWS), ("q", wanted.q.as_str()), ("cursor", wanted.cursor.as_str())];
    let listed: Listed<Certificate> =
        visitor.ask(&path::with_query("/v1/certificates", &query)).await?;
    let texts = visitor.texts();
    let own = &texts.certificates;
    let is_all = wanted.q.is_empty() && wanted.cursor.is_empty();
    let may_create = visitor.may(Verb::Create, Class::Certificate);
    let create = html! {
        @if may_create {
            a class="button primary" href={ (PATH) "/new" } { (icon(Icon::Add)) (own.create_first) }
        }
    };
    let content = html! {
        div class="head" {
            div { h1 { (own.title) } p class="lead" { (own.lead) } }
            div class="head-actions" {
                (list::refresh(texts, &visitor.place))
                @if may_create {
                    a class="button primary" href={ (PATH) "/new" } { (icon(Icon::Add)) (texts.frame.create) }
                }
            }
        }
        @if !(is_all && listed.items.is_empty()) {
            div class="toolbar" { (list::search(texts, PATH, &wanted.q)) }
        }
        div id="list" data-live {
            @if listed.items.is_empty() && is_all {
                (list::empty(Icon::Certificate, own.empty_title, own.empty_text, &create))
            } @else if listed.items.is_empty() {
                (list::nothing_found(texts, PATH, &wanted.q))
            } @else {
                div class="card flush" { (rows(&visitor, &listed.items)) }
                (list::pages(texts, PATH, &wanted.q, &wanted.cursor, listed.next.as_deref()))
            }
        }
    };
    let page = Page::new(&visitor, texts.frame.certificates).section(Section::Certificates);
    Ok(page.show(&content))
}

fn rows(visitor: &Visitor, certificates: &[Certificate]) -> Markup {
    let texts = visitor.texts();
    let own = &texts.certificates;
    let columns = [
        column(own.name),
        column(own.status),
        column_of(own.names, "optional"),
        column(own.valid_until),
        column_of(own.used_by, "optional"),
        column_of(texts.load_balancers.actions, "menu-head"),
    ];
    let rows = html! { @for certificate in certificates { (row(visitor, certificate)) } };
    list::table(own.title, &columns, &rows)
}

fn row(visitor: &Visitor, certificate: &Certificate) -> Markup {
    let texts = visitor.texts();
    let here = path_of(&certificate.id);
    let items = html! {
        a class="menu-item bad" href={ (here) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
    };
    let names = certificate.names.iter();
    html! {
        tr id={ "certificate-" (certificate.id) } {
            th scope="row" {
                a href=(here) { (certificate.name) }
                @if !certificate.description.is_empty() { span class="sub" { (certificate.description) } }
            }
            td {
                (badge::state(&texts.words, &certificate.status))
                @if let Some(reason) = &certificate.status_reason { span class="sub" lang="en" { (reason) } }
            }
            td class="optional" {
                span class="tags" {
                    @for name in names.clone().take(MOST_NAMES) { span class="tag" { (name) } }
                    @if names.len() > MOST_NAMES { span class="muted" { "+" (names.len() - MOST_NAMES) } }
                }
            }
            td { (facts::until(visitor, certificate)) }
            td class="optional" { (used_by(visitor, certificate)) }
            td class="menu-cell" { (list::row_menu(texts, &certificate.name, &items)) }
        }
    }
}

/// The listeners that show it.
pub(super) fn used_by(visitor: &Visitor, certificate: &Certificate) -> Markup {
    let own = &visitor.texts().certificates;
    html! {
        @if certificate.used_by.is_empty() { span class="muted" { (own.unused) } }
        @else {
            ul class="uses" {
                @for found in &certificate.used_by {
                    li {
                        a href=(super::super::load_balancers::path_of(&found.load_balancer.id)) { (found.load_balancer.name) }
                        " " span class="tag" { (found.listener.name) }
                    }
                }
            }
        }
    }
}
