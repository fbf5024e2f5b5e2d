//! From the World to the Table: references become indices, what is disabled falls away.

use std::net::SocketAddr;

use super::{
    PoolIndex, TableAction, TableEntry, TableForward, TableListener, TableMember, TablePool,
    TableRule,
};
use crate::listener::{Listener, ListenerSettings};
use crate::load_balancer::LoadBalancer;
use crate::member::{Member, MemberSettings};
use crate::pool::{Pool, PoolSettings};
use crate::rule::{Rule, RuleAction, RuleSettings};
use crate::value::{PoolId, Weight};
use crate::world::World;

/// The whole Table, in the order of creation.
pub fn resolve_all(world: &World) -> impl Iterator<Item = TableEntry> + '_ {
    world.load_balancers().map(|balancer| resolve(balancer))
}

/// The Table's entry for one load balancer.
pub fn resolve(balancer: &LoadBalancer) -> TableEntry {
    let listeners =
        balancer.listeners.iter().filter(|l| balancer.settings.enabled && l.settings.enabled);
    TableEntry {
        id: balancer.id,
        name: balancer.settings.name.clone(),
        project: balancer.project,
        revision: balancer.revision,
        listeners: listeners.map(|listener| resolve_listener(balancer, listener)).collect(),
        pools: balancer.pools.iter().map(|pool| resolve_pool(pool)).collect(),
    }
}

fn resolve_listener(balancer: &LoadBalancer, listener: &Listener) -> TableListener {
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

fn resolve_pool(pool: &Pool) -> TablePool {
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
    }
}

fn resolve_member(member: &Member) -> TableMember {
    let MemberSettings { name: _, address, port, weight, backup, enabled } =
        member.settings.clone();
    TableMember {
        id: member.id,
        address: address.get(),
        port,
        weight: if enabled { weight } else { Weight::DRAIN },
        backup,
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
