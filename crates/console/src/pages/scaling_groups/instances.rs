//! The instances of a group, in all their states, with what can be done to them.

use axum::extract::{Path, Query};
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde::Deserialize;

use super::{api_path, frame, path_of};
use crate::answer::Listed;
use crate::answer::scaling::{Instance, Membership, ScalingGroup};
use crate::components::badge::{self, Tone};
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::moment;
use crate::language::fill;
use crate::layout::form_token;
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

/// The path of an instance's page.
pub(crate) fn path_of_instance(instance: &Instance) -> String {
    format!("{}/instances/{}", path_of(&instance.scaling_group.id), instance.id)
}

/// `GET /scaling-groups/{id}/instances`.
pub(crate) async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    let target = format!("{}/instances", api_path(&group.id));
    let target = path::with_query(&target, &[("limit", ROWS), ("cursor", &wanted.cursor)]);
    let listed: Listed<Instance> = visitor.ask(&target).await?;
    let texts = visitor.texts();
    let own = &texts.scaling;
    let here = format!("{}/instances", path_of(&group.id));
    let add = html! {
        @if visitor.may_edit() {
            a class="button" href={ (here) "/new" } { (icon(Icon::Add)) (own.add_server) }
        }
    };
    let content = html! {
        (frame::head(&visitor, &group, frame::Tab::Instances))
        (frame::notices(&visitor, &group))
        @if !listed.items.is_empty() { div class="toolbar end" { (add) } }
        div id="instances" data-live data-live-every="2" {
            @if listed.items.is_empty() {
                (list::empty(Icon::Member, own.instances_empty, own.instances_empty_text, &add))
            } @else {
                div class="card flush" { (table(&visitor, &group, &listed.items)) }
                (list::pages(texts, &here, "", &wanted.cursor, listed.next.as_deref()))
            }
        }
    };
    Ok(frame::page_below(&visitor, &group, own.tab_instances).show(&content))
}

/// Instances, newest first.
pub(super) fn table(visitor: &Visitor, group: &ScalingGroup, found: &[Instance]) -> Markup {
    let own = &visitor.texts().scaling;
    let columns = [
        column(own.instance),
        column(own.status),
        column(own.health),
        column_of(own.traffic_from, "optional"),
        column_of(own.origin, "optional"),
        column_of(own.since, "optional"),
        column_of(own.actions, "menu-head"),
    ];
    let rows = html! { @for instance in found { (row(visitor, group, instance)) } };
    list::table(own.instances, &columns, &rows)
}

fn row(visitor: &Visitor, group: &ScalingGroup, instance: &Instance) -> Markup {
    let texts = visitor.texts();
    html! {
        tr id={ "instance-" (instance.id) } {
            th scope="row" {
                a href=(path_of_instance(instance)) { (instance.title()) }
                @if instance.name.is_some() {
                    @if let Some(place) = instance.place() { span class="sub" { code { (place) } } }
                }
            }
            td { (states(visitor, instance)) }
            td { (health(visitor, &instance.members)) }
            td class="optional" { (traffic(visitor, &instance.members)) }
            td class="optional" { (origin(visitor, instance)) }
            td class="optional moment-cell" { (moment(&instance.status_since)) }
            td class="menu-cell" {
                @let items = menu(visitor, instance);
                @if visitor.may_edit() { (list::row_menu(texts, &instance.title(), &items)) }
                @else { span class="unseen" { (group.name) } }
            }
        }
    }
}

/// Status, protection, and why it is on its way.
pub(super) fn states(visitor: &Visitor, instance: &Instance) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling;
    html! {
        span class="states" {
            (badge::state(&texts.words, &instance.status))
            @if instance.protected { (badge::badge(Tone::Neutral, Icon::Operator, own.protected)) }
        }
        @for wait in &instance.hooks { span class="sub" { (own.waits_for) ": " (wait.hook.name) } }
        @if let Some(reason) = &instance.removal_reason { span class="sub" lang="en" { (reason) } }
    }
}

/// The worst health of its members.
fn health(visitor: &Visitor, members: &[Membership]) -> Markup {
    let worst = ["UNHEALTHY", "DRAINING", "UNKNOWN", "HEALTHY", "UNMONITORED"];
    let rank = |member: &&Membership| worst.iter().position(|word| *word == member.health);
    html! {
        @match members.iter().min_by_key(rank) {
            Some(member) => (badge::state(&visitor.texts().words, &member.health)),
            None => span class="muted" { "–" },
        }
    }
}

fn traffic(visitor: &Visitor, members: &[Membership]) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        @if members.is_empty() { span class="muted" { (own.no_traffic) } }
        span class="tags" {
            @for member in members {
                span class="tag" { (member.load_balancer.name) "/" (member.pool.name) " · " (member.weight) }
            }
        }
    }
}

/// Where it comes from.
pub(super) fn origin(visitor: &Visitor, instance: &Instance) -> String {
    let own = &visitor.texts().scaling;
    match instance.template_version {
        Some(version) => fill(own.launched, &[&version.to_string()]),
        None => own.added_by_hand.to_owned(),
    }
}

/// What can be done to it now, as actions of the API: the last part of the path, and what a button says.
pub(super) fn possible(
    visitor: &Visitor,
    instance: &Instance,
) -> Vec<(&'static str, &'static str)> {
    let own = &visitor.texts().scaling;
    let mut actions = Vec::new();
    match instance.status.as_str() {
        "IN_SERVICE" => actions.push(("enter-standby", own.enter_standby)),
        "STANDBY" => actions.push(("exit-standby", own.exit_standby)),
        _ => {}
    }
    if !instance.status.starts_with("REMOVING") {
        actions.push(match instance.protected {
            true => ("unprotect", own.unprotect),
            false => ("protect", own.protect),
        });
    }
    actions
}

fn menu(visitor: &Visitor, instance: &Instance) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling;
    let here = path_of_instance(instance);
    html! {
        (list::menu_link(Icon::Info, texts.frame.more, &here))
        @for (action, text) in possible(visitor, instance) {
            form method="post" action={ (here) "/" (action) } {
                (form_token(visitor))
                input type="hidden" name="next" value=(visitor.place);
                button class="menu-item" { (icon(Icon::Arrow)) (text) }
            }
        }
        @if !instance.status.starts_with("REMOVING") {
            a class="menu-item bad" href={ (here) "/remove" } { (icon(Icon::Delete)) (own.remove_instance) }
        }
    }
}
