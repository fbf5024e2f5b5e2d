//! From the World to the Table: references become indices, what is disabled falls away.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{
    PoolIndex, TableAction, TableCertificate, TableEntry, TableForward, TableListener, TableMember,
    TablePool, TableRule, TableTls,
};
use crate::listener::{Listener, ListenerSettings, ListenerTls};
use crate::load_balancer::LoadBalancer;
use crate::member::{Member, MemberSettings};
use crate::pool::{Pool, PoolSettings};
use crate::rule::{Rule, RuleAction, RuleSettings};
use crate::value::{CertificateId, PoolId, Weight};
use crate::world::World;

/// The whole Table, in the order of creation.
pub fn resolve_all(world: &World) -> impl Iterator<Item = TableEntry> + '_ {
    world.load_balancers().map(|balancer| resolve(world, balancer))
}

/// The Table's entry for one load balancer of `world`.
pub fn resolve(world: &World, balancer: &LoadBalancer) -> TableEntry {
    let listeners =
        balancer.listeners.iter().filter(|l| balancer.settings.enabled && l.settings.enabled);
    TableEntry {
        id: balancer.id,
        name: balancer.settings.name.clone(),
        project: balancer.project,
        revision: balancer.revision,
        listeners: listeners.map(|listener| resolve_listener(world, balancer, listener)).collect(),
        pools: balancer.pools.iter().map(|pool| resolve_pool(world, pool)).collect(),
    }
}

fn resolve_listener(world: &World, balancer: &LoadBalancer, listener: &Listener) -> TableListener {
    let ListenerSettings {
        name,
        protocol,
        port,
        enabled: _,
        pool,
        member_port,
        insert_headers,
        trusted_proxies,
        proxy_protocol,
        timeouts,
        connection_limit,
        connection_limit_per_source,
        allowed_cidrs,
        tls,
        http2,
        https_redirect,
    } = listener.settings.clone();
    let rules = listener.rules.iter().filter(|rule| rule.settings.enabled);
    TableListener {
        id: listener.id,
        name,
        protocol,
        address: SocketAddr::new(balancer.vip, port.get()),
        rules: rules.map(|rule| resolve_rule(balancer, rule)).collect(),
        pool: pool.map_or(PoolIndex(0), |pool| index_of(balancer, pool)),
        member_port,
        insert_headers,
        trusted_proxies,
        proxy_protocol,
        timeouts,
        connection_limit,
        connection_limit_per_source,
        allowed_cidrs,
        tls: tls.map(|tls| resolve_tls(world, tls)),
        http2,
        https_redirect,
    }
}

fn resolve_tls(world: &World, tls: ListenerTls) -> TableTls {
    let certificates =
        tls.all_certificates().map(|id| Arc::new(resolve_certificate(world, id))).collect();
    let ListenerTls { certificate: _, certificates: _, policy, client_auth, alpn, hsts } = tls;
    TableTls { certificates, policy, client_auth, alpn, hsts }
}

fn resolve_certificate(world: &World, id: CertificateId) -> TableCertificate {
    let certificate =
        world.certificate(id).expect("references to certificates are checked by apply");
    TableCertificate {
        id,
        names: certificate.facts.names.clone(),
        chain: certificate.chain.clone(),
        key: certificate.key.clone(),
        ocsp: certificate.ocsp.clone(),
    }
}

fn resolve_rule(balancer: &LoadBalancer, rule: &Rule) -> TableRule {
    let RuleSettings { name: _, priority: _, enabled: _, condition, action } =
        rule.settings.clone();
    let action = match action {
        RuleAction::Forward(targets) => TableAction::Forward(
            targets
                .iter()
                .filter(|target| target.weight != Weight::DRAIN)
                .map(|target| TableForward {
                    pool: index_of(balancer, target.pool),
                    weight: target.weight,
                })
                .collect(),
        ),
        RuleAction::Redirect(redirect) => TableAction::Redirect(redirect),
        RuleAction::Respond(respond) => TableAction::Respond(respond),
    };
    TableRule { id: rule.id, condition, action }
}

fn resolve_pool(world: &World, pool: &Pool) -> TablePool {
    let PoolSettings {
        name,
        method,
        health_monitor: _,
        session_persistence,
        on_no_healthy,
        max_connections_per_member,
        queue,
        slow_start_ms,
        retries,
        proxy_protocol,
        outlier_ejection,
        tls,
        http2,
    } = pool.settings.clone();
    TablePool {
        id: pool.id,
        name,
        method,
        members: pool.members.iter().map(|member| resolve_member(member)).collect(),
        health_monitor: pool.active_monitor().cloned(),
        session_persistence,
        on_no_healthy,
        max_connections_per_member,
        queue,
        slow_start_ms,
        retries,
        proxy_protocol,
        outlier_ejection,
        tls,
        http2,
        wake: world.wake_of(pool.id),
    }
}

fn resolve_member(member: &Member) -> TableMember {
    let MemberSettings { name: _, address, port, weight: _, backup, enabled: _ } =
        member.settings.clone();
    TableMember {
        id: member.id,
        address: address.get(),
        port,
        weight: member.effective_weight(),
        backup,
        only_when_healthy: member.registered_by.is_some(),
    }
}

/// The place of a pool in its load balancer; the World has no reference that leads nowhere.
fn index_of(balancer: &LoadBalancer, pool: PoolId) -> PoolIndex {
    let index = balancer
        .pools
        .iter()
        .position(|p| p.id == pool)
        .expect("references to pools are checked by apply");
    PoolIndex(u32::try_from(index).expect("a quota bounds the pools of a load balancer"))
}
