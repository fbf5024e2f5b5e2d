//! What works but may not be what was meant.

use std::net::IpAddr;

use elbow_model::load_balancer::LoadBalancer;
use elbow_model::network::Addresses;
use elbow_model::pool::Pool;
use elbow_model::value::Weight;
use elbow_model::world::World;

/// From this ratio on, a pool's weights look like a mistake: 1 by hand beside 50 from a scaling group.
const SUSPICIOUS_RATIO: u16 = 50;
/// The most members that one warning names.
const MAX_NAMED: usize = 3;

/// All warnings about a load balancer.
pub(super) fn of(balancer: &LoadBalancer, world: &World) -> Vec<String> {
    let mut warnings = Vec::new();
    for pool in &balancer.pools {
        warnings.extend(lopsided_weights(pool));
        warnings.extend(nothing_serves(pool, balancer));
    }
    if let Some(network) = world.network(balancer.network) {
        warnings.extend(members_outside(
            balancer,
            network.settings.name.as_str(),
            &network.addresses,
        ));
    }
    warnings
}

fn lopsided_weights(pool: &Pool) -> Option<String> {
    let weights = || pool.members.iter().map(|m| m.settings.weight).filter(|w| *w != Weight::DRAIN);
    let (least, most) = (weights().min()?.get(), weights().max()?.get());
    (most / least >= SUSPICIOUS_RATIO).then(|| {
        format!(
            "pool `{}` has members of weight {least} beside members of weight {most}: one of the former gets a {least}:{most} share",
            pool.settings.name
        )
    })
}

/// A pool that is used and that has nobody to serve.
fn nothing_serves(pool: &Pool, balancer: &LoadBalancer) -> Option<String> {
    let default = balancer.default_pool().id;
    let is_used = balancer
        .listeners
        .iter()
        .any(|listener| listener.settings.pool.unwrap_or(default) == pool.id);
    let serves = |weight: Weight, enabled: bool| enabled && weight != Weight::DRAIN;
    let somebody =
        pool.members.iter().any(|member| serves(member.settings.weight, member.settings.enabled));
    if !is_used || somebody {
        return None;
    }
    let what = if pool.members.is_empty() { "no member" } else { "only members that drain" };
    Some(format!("pool `{}` has {what}; what listeners send there is refused", pool.settings.name))
}

/// Members beyond the network's range are reached only where routing allows.
fn members_outside(
    balancer: &LoadBalancer,
    network: &str,
    addresses: &Addresses,
) -> Option<String> {
    let range = match addresses {
        Addresses::Vpc { cidr } | Addresses::Classic { cidr } => *cidr,
        Addresses::Host { .. } => return None,
    };
    // All loopback addresses are this machine, whatever the range.
    let is_near = |address: IpAddr| {
        range.contains(&address) || (range.addr().is_loopback() && address.is_loopback())
    };
    let members = balancer.pools.iter().flat_map(|pool| &pool.members);
    let mut outside =
        members.map(|member| member.settings.address.get()).filter(|address| !is_near(*address));
    let named: Vec<String> =
        outside.by_ref().take(MAX_NAMED).map(|address| address.to_string()).collect();
    if named.is_empty() {
        return None;
    }
    let more = match outside.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{}{more}: outside network `{network}` ({range}), reached only where this machine's routing allows",
        named.join(", ")
    ))
}
