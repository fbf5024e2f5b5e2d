//! What all pages about one scaling group share: its heading, its tabs, and reading it.

use elbow_api::problem::Problem;
use maud::{Markup, html};

use super::{PATH, path_of, switch, words};
use crate::answer::scaling::ScalingGroup;
use crate::components::badge::{self, Tone};
use crate::components::icon::{Icon, icon};
use crate::components::list;
use crate::components::moment::moment;
use crate::language::fill;
use crate::layout::{Page, Section};
use crate::path;
use crate::visitor::Visitor;

/// A part of a scaling group's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Monitoring,
    Instances,
    Rules,
    Activity,
}

impl Tab {
    const ALL: [Self; 5] =
        [Self::Overview, Self::Monitoring, Self::Instances, Self::Rules, Self::Activity];

    fn path(self, id: &str) -> String {
        let own = path_of(id);
        match self {
            Self::Overview => own,
            Self::Monitoring => own + "/monitoring",
            Self::Instances => own + "/instances",
            Self::Rules => own + "/rules",
            Self::Activity => own + "/activity",
        }
    }
}

/// Reads a group by name or id.
pub(crate) async fn read(visitor: &Visitor, reference: &str) -> Result<ScalingGroup, Problem> {
    visitor.ask(&format!("/v1/scaling-groups/{}", path::segment(reference))).await
}

/// The heading and the tabs; live.
pub(crate) fn head(visitor: &Visitor, group: &ScalingGroup, current: Tab) -> Markup {
    let texts = visitor.texts();
    html! {
        div class="head" {
            div {
                div class="head-title" id="group-state" data-live {
                    h1 { (group.name) }
                    (badge::state(&texts.words, &group.status))
                    (breaker(visitor, group))
                }
                @if !group.description.is_empty() { p class="lead" { (group.description) } }
            }
            div class="head-actions" {
                (list::refresh(texts, &visitor.place))
                @if visitor.may_edit() { (actions(visitor, group)) }
            }
        }
        nav class="tabs" aria-label=(texts.scaling.parts) {
            @for tab in Tab::ALL {
                a href=(tab.path(&group.id)) aria-current=[(tab == current).then_some("page")] { (name(visitor, tab)) }
            }
        }
    }
}

fn actions(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let texts = visitor.texts();
    let here = path_of(&group.id);
    let items = html! {
        (switch::menu(visitor, group))
        a class="menu-item bad" href={ (here) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
    };
    html! {
        a class="button" href={ (here) "/scale" } { (icon(Icon::Group)) (texts.scaling.scale) }
        a class="button primary" href={ (here) "/edit" } { (icon(Icon::Edit)) (texts.frame.edit) }
        (list::row_menu(texts, &group.name, &items))
    }
}

fn name(visitor: &Visitor, tab: Tab) -> &'static str {
    let own = &visitor.texts().scaling;
    match tab {
        Tab::Overview => own.tab_overview,
        Tab::Monitoring => own.tab_monitoring,
        Tab::Instances => own.tab_instances,
        Tab::Rules => own.tab_policies,
        Tab::Activity => own.tab_activity,
    }
}

/// The state of the launch breaker, if it is worth saying.
pub(crate) fn breaker(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        @if group.breaker.open_until.is_some() {
            (badge::badge(Tone::Bad, Icon::Warning, &format!("{}: {}", own.breaker, own.breaker_open)))
        }
    }
}

/// What a reader has to know before all else.
pub(crate) fn notices(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let own = &visitor.texts().scaling;
    let failures = group.breaker.failures.to_string();
    let suspended: Vec<&str> =
        group.suspended.iter().map(|process| words::process(own, process)).collect();
    html! {
        div id="group-notices" data-live {
            @if let Some(until) = &group.breaker.open_until {
                @let parts = fill(own.breaker_open_help, &[&failures, "\u{0}"]);
                @let (before, after) = parts.split_once('\u{0}').unwrap_or((&parts, ""));
                div class="notice warning" { (icon(Icon::Warning)) span { (before) (moment(until)) (after) } }
            }
            @if group.status == "DELETING" {
                div class="notice info" { (icon(Icon::Info)) span { (own.deleting_told) } }
            } @else if !group.enabled {
                div class="notice info" { (icon(Icon::Info)) span { (own.disabled_told) } }
            }
            @match group.wake.state.as_str() {
                "ASLEEP" => div class="notice info" { (icon(Icon::Info)) span { (own.asleep_told) } },
                "WAKING" => div class="notice info" { (icon(Icon::Pending)) span { (fill(own.waking_told, &[&group.wake.waiting.to_string()])) } },
                "HINDERED" => div class="notice warning" {
                    (icon(Icon::Warning))
                    span { (own.hindered_told) " " span lang="en" { (group.wake.reason.as_deref().unwrap_or_default()) } }
                },
                _ => {},
            }
            @if !suspended.is_empty() {
                div class="notice info" { (icon(Icon::Info)) span { (fill(own.suspended_some, &[&suspended.join(", ")])) } }
            }
        }
    }
}

/// The page of a group.
pub(crate) fn page<'a>(visitor: &'a Visitor, group: &ScalingGroup) -> Page<'a> {
    Page::new(visitor, group.name.clone())
        .section(Section::ScalingGroups)
        .below(visitor.texts().frame.scaling_groups, PATH)
}

/// A page below that of a group.
pub(crate) fn page_below<'a>(visitor: &'a Visitor, group: &ScalingGroup, title: &str) -> Page<'a> {
    Page::new(visitor, title)
        .section(Section::ScalingGroups)
        .below(visitor.texts().frame.scaling_groups, PATH)
        .below(group.name.clone(), path_of(&group.id))
}
