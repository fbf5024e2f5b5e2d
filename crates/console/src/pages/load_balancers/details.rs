//! A load balancer at a glance: numbers, basic information, networks and connections, the resource map.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};

use super::{frame, map, monitoring, review, servers};
use crate::answer::load_balancer::{Effective, Listener, LoadBalancer};
use crate::answer::stats::Stats;
use crate::components::icon::{Icon, icon};
use crate::components::list;
use crate::components::moment::moment;
use crate::language::fill;
use crate::visitor::Visitor;

/// What the chart shows: the last minutes, by the second.
const RANGE_S: u32 = 300;

/// `GET /load-balancers/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let stats = monitoring::read(&visitor, &balancer.id, RANGE_S).await?;
    let content = html! {
        (frame::head(&visitor, &balancer, frame::Tab::Overview))
        (frame::warnings(&balancer))
        (at_a_glance(&visitor, &balancer, &stats))
        div class="columns halves" {
            (basics(&visitor, &balancer))
            (connections(&visitor, &balancer))
        }
        (all_servers(&visitor, &balancer))
        (map::section(&visitor, &balancer))
    };
    Ok(frame::page(&visitor, &balancer).with_charts().show(&content))
}

/// Numbers and the chart of requests.
pub(crate) fn at_a_glance(visitor: &Visitor, balancer: &LoadBalancer, stats: &Stats) -> Markup {
    let own = &visitor.texts().load_balancers;
    let source = monitoring::source(&balancer.id, RANGE_S);
    let steps = monitoring::Steps::new(&stats.series, &source);
    html! {
        (monitoring::tiles(visitor, &stats.last))
        (monitoring::requests(own, &steps).show(visitor.texts()))
    }
}

fn basics(visitor: &Visitor, balancer: &LoadBalancer) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let check = balancer.default_pool().and_then(|pool| pool.health_monitor.as_ref());
    html! {
        section class="card" aria-labelledby="basics-title" {
            h2 id="basics-title" { (own.basics) }
            dl class="facts" id="basics" data-live {
                dt { (own.kind) } dd { (review::kind(texts, &balancer.kind)) }
                dt { (own.method) } dd { code { (balancer.method) } }
                dt { (own.health_check) }
                dd {
                    @match check.filter(|check| check.enabled) {
                        Some(check) => { code { (check.kind) @if let Some(path) = &check.path { " " (path) } } span class="muted" { " · " (check.interval_ms) " ms" } },
                        None => span class="muted" { (own.check_none) },
                    }
                }
                dt { (own.in_force) } dd { (in_force(visitor, &balancer.effective)) }
                dt { (own.created_at) } dd { (moment(&balancer.created_at)) }
                dt { (own.updated_at) } dd { (moment(&balancer.updated_at)) }
                dt { (own.owner) } dd { (balancer.owner.name) }
                @if balancer.deletion_protection { dt { (own.deletion_protection) } dd { (texts.frame.yes) } }
                dt { (own.id) } dd { code class="small" { (balancer.id) } (list::copy(texts, &balancer.id)) }
            }
        }
    }
}

fn in_force(visitor: &Visitor, effective: &Effective) -> String {
    let own = &visitor.texts().load_balancers;
    let (proxies, of) = (effective.proxies.to_string(), effective.of.to_string());
    match effective.after_ms {
        Some(after) => fill(own.in_force_on, &[&proxies, &of, &after.to_string()]),
        None => fill(own.in_force_pending, &[&proxies, &of]),
    }
}

fn connections(visitor: &Visitor, balancer: &LoadBalancer) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    html! {
        section class="card" aria-labelledby="connections-title" {
            h2 id="connections-title" { (own.connections_block) }
            div id="connections" data-live {
                dl class="facts" {
                    dt { (own.vip) } dd { code class="large" { (balancer.vip) } (list::copy(texts, &balancer.vip)) }
                    dt { (own.network) } dd { (balancer.network.name) }
                }
                h3 class="spaced" { (own.listeners) }
                @if balancer.listeners.is_empty() { p class="muted" { (own.no_listener) } }
                ul class="listeners" {
                    @for found in &balancer.listeners { li { (listener(visitor, found)) } }
                }
            }
        }
    }
}

fn listener(visitor: &Visitor, listener: &Listener) -> Markup {
    let texts = visitor.texts();
    let own = &texts.load_balancers;
    let pool = listener.pool.as_ref().map_or(own.default_pool, |pool| pool.name.as_str());
    let scheme = match listener.protocol.as_str() {
        "HTTP" => Some("http"),
        "HTTPS" => Some("https"),
        _ => None,
    };
    let url = scheme.map(|scheme| format!("{scheme}://{}/", listener.address));
    html! {
        div class="listener-line" {
            span class="tag" { (listener.protocol) ":" (listener.port) }
            code { (listener.address) }
            (list::copy(texts, url.as_deref().unwrap_or(&listener.address)))
            @if !listener.enabled { span class="muted" { (own.switched_off) } }
        }
        p class="sub" {
            (own.goes_to) " " (pool)
            @if let Some(certificate) = &listener.certificate {
                " · " (icon(Icon::Certificate)) " "
                @match &certificate.name {
                    Some(name) => (name),
                    None => (own.others_certificate),
                }
                @if !listener.certificates.is_empty() { " +" (listener.certificates.len()) }
                ", " (review::policy(texts, listener.tls_policy.as_deref()))
            }
        }
    }
}

fn all_servers(visitor: &Visitor, balancer: &LoadBalancer) -> Markup {
    let own = &visitor.texts().load_balancers;
    let many = balancer.pools.len() > 1;
    html! {
        section class="card flush" aria-labelledby="servers-title" {
            div class="card-head" { h2 id="servers-title" { (own.servers) } }
            div id="servers" data-live {
                @for pool in &balancer.pools {
                    @if many { h3 class="pool-name" { (fill(own.pool_named, &[&pool.name])) } }
                    (servers::table(visitor, balancer, pool))
                }
            }
        }
    }
}
