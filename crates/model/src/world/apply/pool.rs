//! Rules about pools.

use std::sync::Arc;

use super::draft::{Draft, not_found, shortened, within};
use super::{invalid, listener, member, scaling};
use crate::change::NewPool;
use crate::listener::Protocol;
use crate::load_balancer::LoadBalancer;
use crate::pool::{Pool, PoolSettings, Verify};
use crate::rejection::{Rejection, ResourceKind};
use crate::rule::RuleAction;
use crate::value::{LoadBalancerId, PoolId};

/// What the quota of pools is about.
pub(super) const QUOTA: &str = "pools in one load balancer";

pub(super) fn add(
    draft: &mut Draft,
    load_balancer: LoadBalancerId,
    new: &NewPool,
) -> Result<(), Rejection> {
    let mut balancer = draft.balancer(load_balancer)?;
    let limit = draft.quota(balancer.project).pools_per_load_balancer;
    within(balancer.pools.len().saturating_add(1), limit, QUOTA)?;
    push(draft, &mut balancer, new, "")?;
    if let Some(pool) = balancer.pools.last() {
        check_targets(draft, &balancer, pool, "")?;
    }
    listener::check_tls_total(draft, &balancer)?;
    draft.put(balancer);
    Ok(())
}

pub(super) fn edit(
    draft: &mut Draft,
    id: PoolId,
    settings: &PoolSettings,
) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_pool(id)?;
    check(&balancer, id, settings, "")?;
    let mut pool = take(&balancer, id)?;
    pool.settings = settings.clone();
    let field = if pool.settings.http2 { "http2" } else { "tls" };
    put(draft, &mut balancer, pool);
    listener::check_tls_total(draft, &balancer)?;
    check_bytes(&balancer, |_| field.to_owned())?;
    draft.put(balancer);
    Ok(())
}

pub(super) fn delete(draft: &mut Draft, id: PoolId) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_pool(id)?;
    let pool = take(&balancer, id)?;
    let in_use = |by, instead| {
        let (kind, name) = (ResourceKind::Pool, pool.settings.name.clone());
        Err(Rejection::InUse { kind, name, by, instead })
    };
    if balancer.default_pool().id == id {
        let by = format!("load balancer `{}` as its default pool", balancer.settings.name);
        return in_use(vec![by], "delete its members, or the load balancer, instead");
    }
    let groups = scaling::attached_to(draft, id);
    for (by, instead) in [
        (users(&balancer, id), "let them forward to another pool first"),
        (groups, "detach the pool from them first"),
    ] {
        let count = by.len();
        if count > 0 {
            return in_use(shortened(by.into_iter(), count), instead);
        }
    }
    scaling::release_pool(draft, &pool)?;
    balancer.pools.retain(|pool| pool.id != id);
    draft.put(balancer);
    Ok(())
}

/// Adds a pool with its members to a load balancer in the making. Where its members lead is the
/// caller's to check, by [`check_targets`].
pub(super) fn push(
    draft: &mut Draft,
    balancer: &mut LoadBalancer,
    new: &NewPool,
    place: &str,
) -> Result<(), Rejection> {
    let NewPool { id, settings, members } = new;
    draft.claim(ResourceKind::Pool, *id, place)?;
    check(balancer, *id, settings, place)?;
    let limit = draft.quota(balancer.project).members_per_pool;
    within(members.len(), limit, member::QUOTA)?;
    let mut pool = Pool {
        id: *id,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        settings: settings.clone(),
        members: Vec::with_capacity(members.len()),
    };
    member::push_all(draft, &mut pool, members, |index| format!("{place}members[{index}]."))?;
    balancer.pools.push(Arc::new(pool));
    Ok(())
}

/// No member of a pool may be one of Elbow's own listeners.
pub(super) fn check_targets(
    draft: &Draft,
    balancer: &LoadBalancer,
    pool: &Pool,
    place: &str,
) -> Result<(), Rejection> {
    for (index, member) in pool.members.iter().enumerate() {
        let place = || format!("{place}members[{index}].");
        member::check_target(draft, balancer, &member.settings, place)?;
    }
    Ok(())
}

/// TCP listeners pass bytes on as they are: no HTTP/2 is made of them, and no TLS around them where they are TLS
/// already, which is what rules by server name are for. `field` gets the place of the listener that would have to.
pub(super) fn check_bytes(
    balancer: &LoadBalancer,
    field: impl FnOnce(usize) -> String,
) -> Result<(), Rejection> {
    let listeners = balancer.listeners.iter().enumerate();
    for (index, listener) in listeners.filter(|(_, l)| l.settings.protocol == Protocol::Tcp) {
        let targets = listener.rules.iter().flat_map(|rule| match &rule.settings.action {
            RuleAction::Forward(targets) => targets.as_slice(),
            RuleAction::Redirect(_) | RuleAction::Respond(_) => &[],
        });
        let own = match listener.settings.pool {
            Some(pool) => balancer.pool(pool),
            None => Some(balancer.default_pool()),
        };
        let pools = own.into_iter().chain(targets.filter_map(|target| balancer.pool(target.pool)));
        let is_secure_already = !listener.rules.is_empty();
        for pool in pools {
            let (what, why) = match &pool.settings {
                PoolSettings { http2: true, .. } => ("HTTP/2", "passes on bytes as they come"),
                PoolSettings { tls: Some(_), .. } if is_secure_already => {
                    ("TLS", "passes on its clients' own TLS")
                }
                PoolSettings { .. } => continue,
            };
            let reason = format!(
                "pool `{}` speaks {what} to its members, and TCP listener `{}` {why}; give that listener another pool",
                pool.settings.name, listener.settings.name
            );
            return Err(invalid(field(index), reason));
        }
    }
    Ok(())
}

/// A copy of a pool, to be altered and [put](put) back.
pub(super) fn take(balancer: &LoadBalancer, id: PoolId) -> Result<Pool, Rejection> {
    let pool = balancer.pool(id).map(|pool| Pool::clone(pool));
    pool.ok_or_else(|| not_found(ResourceKind::Pool, id))
}

/// Puts an altered pool back into its load balancer, stamped.
pub(super) fn put(draft: &Draft, balancer: &mut LoadBalancer, mut pool: Pool) {
    pool.revision = draft.stamp.revision;
    pool.updated_at = draft.stamp.at;
    if let Some(place) = balancer.pools.iter_mut().find(|other| other.id == pool.id) {
        *place = Arc::new(pool);
    }
}

/// The rules about a pool's settings.
fn check(
    balancer: &LoadBalancer,
    id: PoolId,
    settings: &PoolSettings,
    place: &str,
) -> Result<(), Rejection> {
    let taken = |other: &Arc<Pool>| other.id != id && other.settings.name == settings.name;
    if balancer.pools.iter().any(taken) {
        return Err(Rejection::NameTaken {
            field: format!("{place}name"),
            kind: ResourceKind::Pool,
            name: settings.name.clone(),
        });
    }
    if let Some(monitor) = &settings.health_monitor {
        let checked = monitor.clone().with_times(monitor.interval_ms, monitor.timeout_ms);
        let field = || format!("{place}health_monitor.timeout_ms");
        checked.map_err(|wrong| invalid(field(), wrong.0))?;
    }
    let Some(tls) = &settings.tls else { return Ok(()) };
    if let Some(name) = &tls.server_name
        && !listener::is_server_name(name.as_str())
    {
        let reason = format!("{name} is an address; without `server_name` it is verified already");
        return Err(invalid(format!("{place}tls.server_name"), reason));
    }
    match &tls.verify {
        Verify::Nothing => Ok(()),
        Verify::Against(ca) => listener::check_ca(ca, || format!("{place}tls.ca")),
    }
}

/// What forwards to a pool, in words.
fn users(balancer: &LoadBalancer, pool: PoolId) -> Vec<String> {
    let mut users = Vec::new();
    for listener in &balancer.listeners {
        let name = &listener.settings.name;
        if listener.settings.pool == Some(pool) {
            users.push(format!("listener `{name}`"));
        }
        for rule in &listener.rules {
            let RuleAction::Forward(targets) = &rule.settings.action else { continue };
            if targets.iter().any(|target| target.pool == pool) {
                users.push(format!("rule {} of listener `{name}`", rule.settings.priority));
            }
        }
    }
    users
}
