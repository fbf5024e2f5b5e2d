//! What all pages about one load balancer share: its heading, its tabs, and reading it.

use elbow_api::problem::Problem;
use maud::{Markup, html};

use super::{PATH, path_of};
use crate::answer::load_balancer::LoadBalancer;
use crate::components::badge;
use crate::components::icon::{Icon, icon};
use crate::components::list;
use crate::layout::{Page, Section};
use crate::path;
use crate::visitor::Visitor;

/// A part of a load balancer's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Monitoring,
    Rules,
    Pools,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Overview, Self::Monitoring, Self::Rules, Self::Pools];

    fn path(self, id: &str) -> String {
        let own = path_of(id);
        match self {
            Self::Overview => own,
            Self::Monitoring => own + "/monitoring",
            Self::Rules => own + "/rules",
            Self::Pools => own + "/pools",
        }
    }
}

/// Reads a load balancer by name or id.
pub(crate) async fn read(visitor: &Visitor, reference: &str) -> Result<LoadBalancer, Problem> {
    visitor.ask(&format!("/v1/load-balancers/{}", path::segment(reference))).await
}

/// The heading and the tabs; live.
pub(crate) fn head(visitor: &Visitor, balancer: &LoadBalancer, current: Tab) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let here = path_of(&balancer.id);
    let pool = balancer.default_pool().map(|pool| pool.id.as_str()).unwrap_or_default();
    let items = html! {
        a class="menu-item bad" href={ (here) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
    };
    html! {
        div class="head" {
            div {
                div class="head-title" id="lb-state" data-live {
                    h1 { (balancer.name) }
                    (badge::state(&texts.words, &balancer.status))
                    (badge::state(&texts.words, &balancer.health))
                }
                @if !balancer.description.is_empty() { p class="lead" { (balancer.description) } }
            }
            div class="head-actions" {
                (list::refresh(texts, &visitor.place))
                @if visitor.may_edit() {
                    a class="button" href={ (here) "/pools/" (pool) "/servers/new" } { (icon(Icon::Add)) (own.add_server) }
                    a class="button primary" href={ (here) "/edit" } { (icon(Icon::Edit)) (texts.frame.edit) }
                    (list::row_menu(texts, &balancer.name, &items))
                }
            }
        }
        nav class="tabs" aria-label=(own.tabs) {
            @for tab in Tab::ALL {
                a href=(tab.path(&balancer.id)) aria-current=[(tab == current).then_some("page")] { (name(visitor, tab)) }
            }
        }
    }
}

fn name(visitor: &Visitor, tab: Tab) -> &'static str {
    let own = &visitor.texts().load_balancers;
    match tab {
        Tab::Overview => own.tab_overview,
        Tab::Monitoring => own.tab_monitoring,
        Tab::Rules => own.tab_rules,
        Tab::Pools => own.tab_pools,
    }
}

/// What the API warns of.
pub(crate) fn warnings(balancer: &LoadBalancer) -> Markup {
    html! {
        div id="lb-warnings" data-live {
            @if let Some(reason) = &balancer.status_reason {
                div class="notice info" lang="en" { (icon(Icon::Info)) span { (reason) } }
            }
            @for warning in &balancer.warnings {
                div class="notice warning" lang="en" { (icon(Icon::Warning)) span { (warning) } }
            }
        }
    }
}

/// The page of a load balancer.
pub(crate) fn page<'a>(visitor: &'a Visitor, balancer: &LoadBalancer) -> Page<'a> {
    Page::new(visitor, balancer.name.clone())
        .section(Section::LoadBalancers)
        .below(visitor.texts().frame.load_balancers, PATH)
}

/// A page below that of a load balancer.
pub(crate) fn page_below<'a>(
    visitor: &'a Visitor,
    balancer: &LoadBalancer,
    title: &str,
) -> Page<'a> {
    Page::new(visitor, title)
        .section(Section::LoadBalancers)
        .below(visitor.texts().frame.load_balancers, PATH)
        .below(balancer.name.clone(), path_of(&balancer.id))
}
