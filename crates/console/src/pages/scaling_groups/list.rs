//! The list of scaling groups: newest first, by keywords, kept up to date.

use axum::extract::Query;
use axum::response::Response;
use elbow_api::problem::Problem;
use elbow_model::rights::{Class, Verb};
use maud::{Markup, html};
use serde::Deserialize;

use super::{PATH, frame, path_of};
use crate::answer::Listed;
use crate::answer::scaling::{Attachment, ScalingGroup};
use crate::components::badge::{self, Tone};
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::size_bar::size_bar;
use crate::language::fill;
use crate::layout::{Page, Section};
use crate::path;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: &str = "25";
/// The most load balancers that a row names.
const MOST_NAMED: usize = 3;

/// What is searched for, and from where on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    cursor: String,
}

/// `GET /scaling-groups`.
pub(crate) async fn show(
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let query = [("limit", ROWS), ("q", wanted.q.as_str()), ("cursor", wanted.cursor.as_str())];
    let listed: Listed<ScalingGroup> =
        visitor.ask(&path::with_query("/v1/scaling-groups", &query)).await?;
    let texts = visitor.texts();
    let own = &texts.scaling;
    let is_all = wanted.q.is_empty() && wanted.cursor.is_empty();
    let create = html! {
        @if visitor.may(Verb::Create, Class::Resource) {
            a class="button primary" href={ (PATH) "/new" } { (icon(Icon::Add)) (texts.frame.create) }
        }
    };
    let content = html! {
        div class="head" {
            div {
                h1 { (own.title) }
                p class="lead" { (own.lead) }
            }
            div class="head-actions" { (list::refresh(texts, &visitor.place)) (create) }
        }
        @if !(is_all && listed.items.is_empty()) {
            div class="toolbar" { (list::search(texts, PATH, &wanted.q)) }
        }
        div id="list" data-live data-live-every="3" {
            @if listed.items.is_empty() && is_all {
                (list::empty(Icon::Group, own.empty_title, own.empty_text, &create))
            } @else if listed.items.is_empty() {
                (list::nothing_found(texts, PATH, &wanted.q))
            } @else {
                div class="card flush" { (rows(&visitor, &listed.items)) }
                (list::pages(texts, PATH, &wanted.q, &wanted.cursor, listed.next.as_deref()))
            }
        }
    };
    Ok(Page::new(&visitor, texts.frame.scaling_groups)
        .section(Section::ScalingGroups)
        .show(&content))
}

fn rows(visitor: &Visitor, groups: &[ScalingGroup]) -> Markup {
    let own = &visitor.texts().scaling;
    let columns = [
        column(own.name),
        column(own.status),
        column(own.size),
        column_of(own.bounds, "optional"),
        column_of(own.attached_to, "optional"),
        column_of(own.breaker, "optional"),
        column_of(own.actions, "menu-head"),
    ];
    let rows = html! { @for group in groups { (row(visitor, group)) } };
    list::table(own.title, &columns, &rows)
}

fn row(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let texts = visitor.texts();
    html! {
        tr id={ "group-" (group.id) } {
            th scope="row" {
                a href=(path_of(&group.id)) { (group.name) }
                @if !group.description.is_empty() { span class="sub" { (group.description) } }
            }
            td { (badge::state(&texts.words, &group.status)) }
            td { (size(visitor, group)) }
            td class="optional" { (group.min) " – " (group.max) }
            td class="optional" { (attached(visitor, &group.attachments)) }
            td class="optional" { (breaker(visitor, group)) }
            td class="menu-cell" { (menu(visitor, group)) }
        }
    }
}

/// How many there are of how many, as a bar and in words.
fn size(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let own = &visitor.texts().scaling;
    let (here, desired) = (group.instances.in_service.to_string(), group.desired.to_string());
    let moving = [
        (group.coming(), own.coming),
        (group.leaving(), own.leaving),
        (group.instances.standby, own.on_standby),
    ];
    html! {
        div class="size" {
            (size_bar(group.instances.in_service, group.coming(), group.desired.into(), group.max.into()))
            span { (fill(own.of_desired, &[&here, &desired])) }
        }
        @for (count, text) in moving {
            @if count > 0 { span class="sub" { (fill(text, &[&count.to_string()])) } }
        }
    }
}

fn attached(visitor: &Visitor, attachments: &[Attachment]) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        @if attachments.is_empty() { span class="muted" { (own.not_attached) } }
        span class="tags" {
            @for attachment in attachments.iter().take(MOST_NAMED) {
                span class="tag" { (attachment.load_balancer.name) }
            }
            @if attachments.len() > MOST_NAMED { span class="muted" { "+" (attachments.len() - MOST_NAMED) } }
        }
    }
}

fn breaker(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        @if group.breaker.open_until.is_some() {
            (frame::breaker(visitor, group))
        } @else if group.breaker.failures > 0 {
            (badge::badge(Tone::Warning, Icon::Warning, &fill(own.breaker_failing, &[&group.breaker.failures.to_string()])))
        } @else {
            span class="muted" { (own.breaker_closed) }
        }
    }
}

fn menu(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let texts = visitor.texts();
    let here = path_of(&group.id);
    let items = html! {
        (list::menu_link(Icon::Info, texts.frame.more, &here))
        @if visitor.may_edit() {
            (list::menu_link(Icon::Edit, texts.frame.edit, &format!("{here}/edit")))
            (list::menu_link(Icon::LoadBalancer, texts.scaling.attach_or_detach, &format!("{here}/attachments")))
            (list::menu_link(Icon::Group, texts.scaling.scale, &format!("{here}/scale")))
            a class="menu-item bad" href={ (here) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
        }
    };
    list::row_menu(texts, &group.name, &items)
}
