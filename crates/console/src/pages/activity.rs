//! What all scaling groups of the project did or did not do.

use axum::extract::Query;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde::Deserialize;

use super::scaling_groups::activity::{Scope, table};
use super::scaling_groups::words;
use crate::answer::Listed;
use crate::answer::scaling::Activity;
use crate::components::icon::{Icon, icon};
use crate::components::list;
use crate::language::words::Words;
use crate::layout::{Page, Section};
use crate::path;
use crate::visitor::Visitor;

/// Its path.
const PATH: &str = "/activity";
/// Rows of a page.
const ROWS: &str = "50";
/// What can be chosen.
const CAUSES: [&str; 8] =
    ["USER", "POLICY", "SCHEDULE", "DESIRED", "HEALTH", "HOOK", "WAITING_REQUEST", "IDLE"];
const RESULTS: [&str; 6] =
    ["SUCCESSFUL", "IN_PROGRESS", "FAILED", "REJECTED", "NOT_SCALED", "CANCELLED"];

/// What is wanted of it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    cause: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    cursor: String,
}

/// `GET /activity`.
pub(crate) async fn show(
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let Wanted { cause, result, cursor } = &wanted;
    let query = [("limit", ROWS), ("cause", cause), ("result", result), ("cursor", cursor)];
    let listed: Listed<Activity> = visitor.ask(&path::with_query("/v1/activities", &query)).await?;
    let texts = visitor.texts();
    let own = &texts.places;
    let is_all = cause.is_empty() && result.is_empty();
    let content = html! {
        div class="head" {
            div { h1 { (own.activity_title) } p class="lead" { (own.activity_lead) } }
            div class="head-actions" { (list::refresh(texts, &visitor.place)) }
        }
        @if !(is_all && listed.items.is_empty()) { (filters(&visitor, &wanted)) }
        div id="list" data-live {
            @if listed.items.is_empty() && is_all {
                (list::empty(Icon::Activity, texts.scaling.activity_empty, texts.scaling.activity_empty_text, &html! {}))
            } @else if listed.items.is_empty() {
                (list::empty(Icon::Search, own.nothing_here, "", &html! { a class="button quiet" href=(PATH) { (texts.frame.clear_search) } }))
            } @else {
                div class="card flush" { (table(&visitor, &listed.items, Scope::AllGroups)) }
                (more(&visitor, &wanted, listed.next.as_deref()))
            }
        }
    };
    Ok(Page::new(&visitor, own.activity_title).section(Section::Activity).show(&content))
}

fn filters(visitor: &Visitor, wanted: &Wanted) -> Markup {
    let texts = visitor.texts();
    let own = &texts.places;
    html! {
        form class="toolbar filters" method="get" action=(PATH) {
            div class="field" {
                label for="cause" { (own.cause) }
                select id="cause" name="cause" {
                    option value="" { (own.any) }
                    @for word in CAUSES { option value=(word) selected[word == wanted.cause] { (words::cause(&texts.scaling, word)) } }
                }
            }
            div class="field" {
                label for="result" { (own.result) }
                select id="result" name="result" {
                    option value="" { (own.any) }
                    @for word in RESULTS { option value=(word) selected[word == wanted.result] { (result(&texts.words, word)) } }
                }
            }
            button class="button" { (own.filter) }
        }
    }
}

fn result<'a>(words: &'a Words, constant: &'a str) -> &'a str {
    match constant {
        "SUCCESSFUL" => words.successful,
        "IN_PROGRESS" => words.running,
        "FAILED" => words.failed,
        "REJECTED" => words.rejected,
        "NOT_SCALED" => words.not_scaled,
        "CANCELLED" => words.cancelled,
        other => other,
    }
}

fn more(visitor: &Visitor, wanted: &Wanted, next: Option<&str>) -> Markup {
    let frame = &visitor.texts().frame;
    html! {
        @if let Some(next) = next {
            nav class="pages" aria-label=(frame.pages) {
                a class="button quiet" href=(path::with_query(PATH, &[("cause", &wanted.cause), ("result", &wanted.result), ("cursor", next)])) {
                    (frame.next_page) (icon(Icon::Arrow))
                }
            }
        }
    }
}
