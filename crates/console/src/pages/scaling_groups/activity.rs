//! What a group did or did not do: cause, numbers, result.

use axum::extract::{Path, Query};
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde::Deserialize;

use super::{api_path, frame, path_of, words};
use crate::answer::Listed;
use crate::answer::scaling::{Activity, Evidence};
use crate::components::badge;
use crate::components::chart::number;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::moment;
use crate::language::fill;
use crate::path;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: &str = "50";

/// From where on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    cursor: String,
}

/// Whether rows say which group they are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    OneGroup,
    AllGroups,
}

/// `GET /scaling-groups/{id}/activity`.
pub(crate) async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    let target = format!("{}/activities", api_path(&group.id));
    let target = path::with_query(&target, &[("limit", ROWS), ("cursor", &wanted.cursor)]);
    let listed: Listed<Activity> = visitor.ask(&target).await?;
    let texts = visitor.texts();
    let here = format!("{}/activity", path_of(&group.id));
    let content = html! {
        (frame::head(&visitor, &group, frame::Tab::Activity))
        (frame::notices(&visitor, &group))
        div id="activities" data-live {
            @if listed.items.is_empty() {
                (list::empty(Icon::Activity, texts.scaling.activity_empty, texts.scaling.activity_empty_text, &html! {}))
            } @else {
                div class="card flush" { (table(&visitor, &listed.items, Scope::OneGroup)) }
                (list::pages(texts, &here, "", &wanted.cursor, listed.next.as_deref()))
            }
        }
    };
    Ok(frame::page_below(&visitor, &group, texts.scaling.tab_activity).show(&content))
}

/// Activities, newest first.
pub(crate) fn table(visitor: &Visitor, activities: &[Activity], scope: Scope) -> Markup {
    let own = &visitor.texts().scaling;
    let mut columns = vec![column(own.when)];
    if scope == Scope::AllGroups {
        columns.push(column(own.group));
    }
    columns.extend([
        column(own.what),
        column_of(own.change, "optional"),
        column_of(own.cause, "optional"),
        column_of(own.numbers, "optional"),
        column(own.result),
    ]);
    let rows = html! { @for activity in activities { (row(visitor, activity, scope)) } };
    list::table(own.activity, &columns, &rows)
}

fn row(visitor: &Visitor, activity: &Activity, scope: Scope) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling;
    html! {
        tr id={ "activity-" (activity.id) } {
            td class="moment-cell" { (moment(&activity.started_at)) }
            @if scope == Scope::AllGroups {
                td { a href=(path_of(&activity.scaling_group.id)) { (activity.scaling_group.name) } }
            }
            th scope="row" class="says" lang="en" { (activity.text) }
            td class="optional nowrap" { (count(activity)) }
            td class="optional" {
                (words::cause(own, &activity.cause.kind))
                @if let Some(name) = &activity.cause.name { span class="sub" { (name) } }
            }
            td class="optional" { (evidence(visitor, &activity.evidence)) }
            td {
                (badge::state(&texts.words, &activity.result))
                @if let Some(code) = &activity.code { span class="sub" { code { (code) } } }
            }
        }
    }
}

fn count(activity: &Activity) -> Markup {
    html! {
        @if activity.before == activity.after { span class="muted" { (activity.after) } }
        @else { (activity.before) " " (icon(Icon::Arrow)) " " span class="strong" { (activity.after) } }
    }
}

/// The numbers that something was decided by.
pub(crate) fn evidence(visitor: &Visitor, evidence: &[Evidence]) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        @for found in evidence {
            div class="evidence" {
                code { (found.metric.to_lowercase().replace('_', "-")) } " " strong { (number(found.value)) }
                @if let Some(other) = found.compared_with { " " (fill(own.against, &[&number(other)])) }
                span class="muted" { " " (fill(own.over_seconds, &[&found.window_s.to_string()])) }
            }
        }
    }
}
