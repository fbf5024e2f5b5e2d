//! What works but may not be what was meant.

use std::net::IpAddr;

use elbow_model::certificate::Certificate;
use elbow_model::listener::Listener;
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::network::Addresses;
use elbow_model::pool::Pool;
use elbow_model::status;
use elbow_model::value::Weight;

use super::shape::View;

/// From this ratio on, a pool's weights look like a mistake: 1 by hand beside 50 from a scaling group.
const SUSPICIOUS_RATIO: u16 = 50;
/// The most members that one warning names.
const MAX_NAMED: usize = 3;

/// All warnings about a load balancer.
pub(super) fn of(balancer: &LoadBalancer, view: View<'_>) -> Vec<String> {
    let world = view.world;
    let mut warnings = Vec::new();
    for listener in &balancer.listeners {
        warnings.extend(certificates(listener, view));
    }
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

/// Certificates that clients refuse, or will soon, and those that none will ever see.
fn certificates(listener: &Listener, view: View<'_>) -> Vec<String> {
    let Some(tls) = &listener.settings.tls else { return Vec::new() };
    let shown = tls.all_certificates().filter_map(|id| view.world.certificate(id));
    let shown: Vec<&Certificate> = shown.map(|certificate| &**certificate).collect();
    let name = &listener.settings.name;
    let called = |certificate: &Certificate| match certificate.is_open_to(view.viewer) {
        true => format!("certificate `{}`", certificate.settings.name),
        false => format!("another user's certificate ({})", certificate.id),
    };
    let mut warnings = Vec::new();
    for (index, certificate) in shown.iter().enumerate() {
        if let Some(reason) = status::of_certificate(&certificate.facts, view.now).reason() {
            let what = called(certificate);
            warnings.push(format!("listener `{name}` shows {what}: {reason}"));
        }
        let covers = |earlier: &&&Certificate| {
            let (facts, others) = (&certificate.facts, &earlier.facts);
            facts.key_type.is_like(others.key_type)
                && !facts.names.is_empty()
                && facts.names.iter().all(|name| others.names.contains(name))
        };
        if let Some(earlier) = shown[..index].iter().find(covers) {
            let (what, earlier) = (called(certificate), called(earlier));
            warnings.push(format!(
                "listener `{name}` never shows {what}: {earlier} comes first and is for the same names with the same kind of key"
            ));
        }
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
