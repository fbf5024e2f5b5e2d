//! Rules about load balancers as a whole.

use std::sync::Arc;

use super::draft::{Draft, not_found, within};
use super::{authorize, invalid, listener, pool, rule, scaling, vip};
use crate::change::NewLoadBalancer;
use crate::load_balancer::{LoadBalancer, LoadBalancerSettings};
use crate::network::Network;
use crate::rejection::{Rejection, ResourceKind};
use crate::value::{LoadBalancerId, NetworkId, ProjectId, UserId};
use crate::world::Key;

pub(super) fn create(draft: &mut Draft, new: &NewLoadBalancer) -> Result<(), Rejection> {
    let NewLoadBalancer { id, project, network, vip, settings, pools, listeners } = new;
    draft.claim(ResourceKind::LoadBalancer, *id, "")?;
    if draft.world.project(*project).is_none() {
        return Err(no_such(ResourceKind::Project, project, "project"));
    }
    let network = visible_network(draft, *network, *project)?;
    check_name(draft, (*project, draft.stamp.owner), *id, settings)?;
    let quota = draft.quota(*project);
    let count = draft.world.load_balancer_count_of(*project).saturating_add(1);
    within(count as usize, quota.load_balancers, "load balancers")?;
    within(listeners.len(), quota.listeners_per_load_balancer, listener::QUOTA)?;
    within(pools.len(), quota.pools_per_load_balancer, pool::QUOTA)?;
    if pools.is_empty() {
        return Err(invalid("pools", "a load balancer has at least its default pool"));
    }
    let ports: Vec<_> = listeners.iter().map(|listener| listener.settings.port).collect();
    let mut balancer = LoadBalancer {
        id: *id,
        number: draft.next_number(|numbers| &mut numbers.load_balancers),
        owner: draft.stamp.owner,
        project: *project,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        network: network.id,
        vip: vip::choose(draft, &network, *vip, *project, &ports)?,
        settings: settings.clone(),
        listeners: Vec::with_capacity(listeners.len()),
        pools: Vec::with_capacity(pools.len()),
    };
    // Pools first, since listeners and rules refer to them; then what their members' addresses
    // have to do with the listeners.
    for (index, new) in pools.iter().enumerate() {
        pool::push(draft, &mut balancer, new, &pool_place(index))?;
    }
    for (index, new) in listeners.iter().enumerate() {
        listener::push(draft, &mut balancer, new, &format!("listeners[{index}]."))?;
    }
    rule::check_total(&balancer)?;
    listener::check_tls_total(draft, &balancer)?;
    pool::check_bytes(&balancer, |index| format!("listeners[{index}].pool"))?;
    for (index, pool) in balancer.pools.iter().enumerate() {
        pool::check_targets(draft, &balancer, pool, &pool_place(index))?;
    }
    draft.put(balancer);
    Ok(())
}

pub(super) fn edit(
    draft: &mut Draft,
    id: LoadBalancerId,
    settings: &LoadBalancerSettings,
) -> Result<(), Rejection> {
    let mut balancer = draft.balancer(id)?;
    check_name(draft, (balancer.project, balancer.owner), id, settings)?;
    let unfit = |protocol| !settings.kind.allows(protocol);
    if let Some(listener) = balancer.listeners.iter().find(|l| unfit(l.settings.protocol)) {
        return Err(Rejection::ProtocolOutsideKind {
            field: "type".to_owned(),
            protocol: listener.settings.protocol,
            kind: settings.kind,
        });
    }
    balancer.settings = settings.clone();
    draft.put(balancer);
    Ok(())
}

pub(super) fn delete(draft: &mut Draft, id: LoadBalancerId) -> Result<(), Rejection> {
    let found = draft.world.load_balancer(id).map(Arc::clone);
    let balancer = found.ok_or_else(|| not_found(ResourceKind::LoadBalancer, id))?;
    if balancer.settings.deletion_protection {
        let name = balancer.settings.name.clone();
        return Err(Rejection::Protected { kind: ResourceKind::LoadBalancer, name });
    }
    scaling::release(draft, &balancer)?;
    draft.world.load_balancers.remove(&id);
    draft.world.index.remove(&balancer);
    draft.touch(Key::LoadBalancer(id));
    vip::release(draft, &balancer);
    Ok(())
}

/// How the native API spells the way to a pool of a new load balancer: the default pool's fields
/// are at the top, `pools` lists the others.
fn pool_place(index: usize) -> String {
    match index.checked_sub(1) {
        None => String::new(),
        Some(index) => format!("pools[{index}]."),
    }
}

/// A name is taken if its owner, or who gives it, knows of another. Others' load balancers that a tenant user does not
/// see take no name from him.
fn check_name(
    draft: &Draft,
    (project, owner): (ProjectId, UserId),
    id: LoadBalancerId,
    settings: &LoadBalancerSettings,
) -> Result<(), Rejection> {
    let mut others = draft.world.load_balancers_named(project, settings.name.as_str());
    let is_taken = |other: &Arc<LoadBalancer>| {
        other.id != id && (other.owner == owner || authorize::sees(draft, &**other))
    };
    if others.any(is_taken) {
        return Err(Rejection::NameTaken {
            field: "name".to_owned(),
            kind: ResourceKind::LoadBalancer,
            name: settings.name.clone(),
        });
    }
    Ok(())
}

/// A network that the project may use; of others it may not even know.
pub(super) fn visible_network(
    draft: &Draft,
    id: NetworkId,
    project: ProjectId,
) -> Result<Arc<Network>, Rejection> {
    let network = draft.world.network(id);
    let visible = network.filter(|n| n.project.is_none_or(|owner| owner == project));
    visible.map(Arc::clone).ok_or_else(|| no_such(ResourceKind::Network, &id, "network"))
}

/// A reference in `field` leads nowhere.
pub(super) fn no_such(kind: ResourceKind, reference: &impl ToString, field: &str) -> Rejection {
    Rejection::NotFound {
        kind,
        reference: reference.to_string(),
        field: Some(field.to_owned()),
        known: Vec::new(),
    }
}
