//! The resource map: listener, rule, pool, member, as requests go. A nested list to every reader; styles draw the
//! lines between.

use maud::{Markup, html};
use serde_json::Value;

use super::rules;
use crate::answer::load_balancer::{Listener, LoadBalancer, Pool, Rule};
use crate::components::badge;
use crate::components::icon::{Icon, icon};
use crate::language::fill;
use crate::visitor::Visitor;

/// The most members that are drawn of a pool.
const MOST_MEMBERS: usize = 8;

/// The map's section of the page.
pub(super) fn section(visitor: &Visitor, balancer: &LoadBalancer) -> Markup {
    let own = &visitor.texts().load_balancers;
    html! {
        section class="card" aria-labelledby="map-title" {
            h2 id="map-title" { (own.map) }
            p class="help before-rows" { (own.map_lead) }
            div class="scroll" role="region" aria-label=(own.map_lead) tabindex="0" {
                div id="map" data-live {
                    @if balancer.listeners.is_empty() { p class="muted" { (own.no_listener) } }
                    ul class="map" {
                        @for found in &balancer.listeners { (listener(visitor, balancer, found)) }
                    }
                }
            }
        }
    }
}

fn listener(visitor: &Visitor, balancer: &LoadBalancer, listener: &Listener) -> Markup {
    let own = &visitor.texts().load_balancers;
    let otherwise = match (listener.protocol.as_str(), listener.rules.is_empty()) {
        ("TCP", true) => own.map_connections,
        (_, true) => own.map_all,
        (_, false) => own.map_otherwise,
    };
    let pool = match &listener.pool {
        Some(named) => balancer.pools.iter().find(|pool| pool.id == named.id),
        None => balancer.default_pool(),
    };
    html! {
        li class="map-listener" {
            div class="node" { (icon(Icon::Listener)) strong { (listener.protocol) ":" (listener.port) } }
            ul {
                @for found in &listener.rules { (rule(visitor, balancer, found)) }
                li {
                    div class="node plain" { (icon(Icon::Rule)) span { (otherwise) } }
                    ul { @if let Some(pool) = pool { (pool_node(visitor, pool, None)) } }
                }
            }
        }
    }
}

fn rule(visitor: &Visitor, balancer: &LoadBalancer, rule: &Rule) -> Markup {
    let own = &visitor.texts().load_balancers;
    let targets = rule.action["forward"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_split = targets.len() > 1;
    html! {
        li {
            div class="node plain" {
                (icon(Icon::Rule))
                span { (rule.priority) ". " (rules::conditions(visitor, &rule.conditions)) }
                @if !rule.enabled { span class="sub" { (own.switched_off) } }
            }
            ul {
                @if targets.is_empty() {
                    li { div class="node" { (icon(Icon::Arrow)) span { (rules::action(visitor, &rule.action)) } } }
                }
                @for target in targets {
                    @if let Some(pool) = balancer.pools.iter().find(|pool| target["pool"]["id"] == *pool.id) {
                        (pool_node(visitor, pool, is_split.then_some(&target["weight"])))
                    }
                }
            }
        }
    }
}

fn pool_node(visitor: &Visitor, pool: &Pool, weight: Option<&Value>) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    html! {
        li {
            div class="node" {
                (icon(Icon::Pool)) strong { (pool.name) }
                span class="sub" {
                    @if let Some(weight) = weight { (own.weight) " " (weight) " · " }
                    (fill(own.healthy_of, &[&pool.healthy_count.to_string(), &pool.member_count.to_string()]))
                }
            }
            ul {
                @for member in pool.members.iter().take(MOST_MEMBERS) {
                    li {
                        div class="node" {
                            (icon(Icon::Member)) code { (member.place()) }
                            (badge::state(&texts.words, &member.health))
                        }
                    }
                }
                @if pool.members.len() > MOST_MEMBERS {
                    li { div class="node plain" { "+" (pool.members.len() - MOST_MEMBERS) } }
                }
                @if pool.members.is_empty() { li { div class="node plain" { (own.no_server_title) } } }
            }
        }
    }
}
