//! Who did what, from where: the audit log.

use axum::extract::Query;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde::Deserialize;

use crate::answer::Listed;
use crate::answer::people::{AuditEntry, Deed};
use crate::components::icon::Icon;
use crate::components::list::{self, column, column_of};
use crate::components::moment::moment;
use crate::language::fill;
use crate::layout::{Page, Section};
use crate::path;
use crate::visitor::Visitor;

/// Its path.
const PATH: &str = "/history";
/// Rows of a page.
const ROWS: &str = "50";

/// From where on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    cursor: String,
}

/// `GET /history`.
pub(crate) async fn show(
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let query = [("limit", ROWS), ("here", "true"), ("cursor", wanted.cursor.as_str())];
    let listed: Listed<AuditEntry> = visitor.ask(&path::with_query("/v1/audit", &query)).await?;
    let texts = visitor.texts();
    let own = &texts.places;
    let columns = [
        column(texts.scaling.when),
        column(own.who),
        column(texts.scaling.what),
        column_of(own.source, "optional"),
        column_of(own.revision, "num optional"),
    ];
    let rows = html! { @for entry in &listed.items { (row(&visitor, entry)) } };
    let content = html! {
        div class="head" {
            div { h1 { (own.history_title) } p class="lead" { (own.history_lead) } }
            div class="head-actions" { (list::refresh(texts, &visitor.place)) }
        }
        div id="list" data-live {
            @if listed.items.is_empty() {
                (list::empty(Icon::History, own.history_empty, own.history_empty_text, &html! {}))
            } @else {
                div class="card flush" { (list::table(own.history_title, &columns, &rows)) }
                (list::pages(texts, PATH, "", &wanted.cursor, listed.next.as_deref()))
            }
        }
    };
    Ok(Page::new(&visitor, own.history_title).section(Section::History).show(&content))
}

fn row(visitor: &Visitor, entry: &AuditEntry) -> Markup {
    let own = &visitor.texts().places;
    html! {
        tr id={ "entry-" (entry.number) } {
            td class="moment-cell" { (moment(&entry.at)) }
            td { (entry.who.name) @if entry.who.kind.to_lowercase() != entry.who.name && entry.who.kind != "USER" { span class="sub" { (entry.who.kind.to_lowercase()) } } }
            th scope="row" class="says" {
                @match entry.action.as_str() {
                    "LOGIN" => (own.login),
                    "FAILED_LOGIN" => span class="bad-text" { (own.failed_login) },
                    _ => @for deed in &entry.deeds { (one(visitor, deed)) },
                }
                @if entry.more > 0 { span class="sub" { (fill(own.and_more, &[&entry.more.to_string()])) } }
            }
            td class="optional" { @if let Some(source) = &entry.source { code { (source) } } }
            td class="num optional" { @if let Some(revision) = entry.revision { (revision) } }
        }
    }
}

fn one(visitor: &Visitor, deed: &Deed) -> Markup {
    let own = &visitor.texts().places;
    let name = match (&deed.resource.name, &deed.resource.id) {
        (Some(name), _) => name.as_str(),
        (None, Some(id)) => id.as_str(),
        (None, None) => own.anothers,
    };
    html! {
        div lang="en" {
            span class="deed" { (words(&deed.action)) } " " (words(&deed.resource.kind)) " " strong { (name) }
        }
    }
}

/// `SCALING_GROUP` as `scaling group`.
fn words(constant: &str) -> String {
    constant.to_lowercase().replace('_', " ")
}
