//! Rules about listeners.

mod tls;

use std::sync::Arc;

use super::draft::{Draft, within};
use super::{authorize, invalid, member, pool, rule};

pub(super) use tls::{check_ca, check_total as check_tls_total, is_server_name};

use crate::change::NewListener;
use crate::listener::{InsertedHeader, Listener, ListenerSettings, Protocol};
use crate::load_balancer::LoadBalancer;
use crate::rejection::{Rejection, ResourceKind};
use crate::value::{ListenerId, LoadBalancerId, PoolId};

/// What the quota of listeners is about.
pub(super) const QUOTA: &str = "listeners in one load balancer";

/// Fields that Elbow itself writes or that hold a message together (RFC 9112 §6, RFC 9110 §7.6.1):
/// setting them would break requests or let them lie about their origin.
const RESERVED_FIELDS: [&str; 22] = [
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];

pub(super) fn add(
    draft: &mut Draft,
    load_balancer: LoadBalancerId,
    new: &NewListener,
) -> Result<(), Rejection> {
    let mut balancer = draft.balancer(load_balancer)?;
    let quota = draft.quota(balancer.project).listeners_per_load_balancer;
    within(balancer.listeners.len().saturating_add(1), quota, QUOTA)?;
    push(draft, &mut balancer, new, "")?;
    rule::check_total(&balancer)?;
    check_tls_total(draft, &balancer)?;
    pool::check_bytes(&balancer, |_| "pool".to_owned())?;
    check_own_members(&balancer, "port")?;
    draft.put(balancer);
    Ok(())
}

pub(super) fn edit(
    draft: &mut Draft,
    id: ListenerId,
    settings: &ListenerSettings,
) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_listener(id)?;
    let stamp = draft.stamp;
    let Some(place) = balancer.listeners.iter().position(|listener| listener.id == id) else {
        return Err(super::draft::not_found(ResourceKind::Listener, id));
    };
    let before = &balancer.listeners[place].settings;
    if before.protocol != settings.protocol {
        let instead = "add a listener with the other protocol, then delete this one";
        return Err(Rejection::Immutable { field: "protocol".to_owned(), instead });
    }
    if before.port != settings.port {
        let instead = "add a listener on the other port, then delete this one";
        return Err(Rejection::Immutable { field: "port".to_owned(), instead });
    }
    check_name(&balancer, id, settings, "")?;
    check(&balancer, settings, "")?;
    tls::check(draft, &balancer, before.tls.as_ref(), settings, "")?;
    let listener = Arc::make_mut(&mut balancer.listeners[place]);
    listener.settings = settings.clone();
    listener.revision = stamp.revision;
    listener.updated_at = stamp.at;
    check_tls_total(draft, &balancer)?;
    pool::check_bytes(&balancer, |_| "pool".to_owned())?;
    check_own_members(&balancer, "member_port")?;
    draft.put(balancer);
    Ok(())
}

pub(super) fn delete(draft: &mut Draft, id: ListenerId) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_listener(id)?;
    balancer.listeners.retain(|listener| listener.id != id);
    draft.put(balancer);
    Ok(())
}

/// Adds a listener with its rules to a load balancer in the making. What its members' addresses
/// have to do with it is the caller's to check.
pub(super) fn push(
    draft: &mut Draft,
    balancer: &mut LoadBalancer,
    new: &NewListener,
    place: &str,
) -> Result<(), Rejection> {
    let NewListener { id, settings, rules } = new;
    draft.claim(ResourceKind::Listener, *id, place)?;
    // The port first: a taken one is what is wrong when a name made of it is taken, too.
    check_port(draft, balancer, settings, place)?;
    check_name(balancer, *id, settings, place)?;
    check(balancer, settings, place)?;
    tls::check(draft, balancer, None, settings, place)?;
    let limit = draft.quota(balancer.project).rules_per_listener;
    within(rules.len(), limit, rule::QUOTA)?;
    let mut listener = Listener {
        id: *id,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        settings: settings.clone(),
        rules: Vec::with_capacity(rules.len()),
    };
    for (index, new) in rules.iter().enumerate() {
        let place = format!("{place}rules[{index}].");
        rule::insert(draft, balancer, &mut listener, new, &place)?;
    }
    balancer.listeners.push(Arc::new(listener));
    Ok(())
}

fn check_name(
    balancer: &LoadBalancer,
    id: ListenerId,
    settings: &ListenerSettings,
    place: &str,
) -> Result<(), Rejection> {
    let taken = |other: &Arc<Listener>| other.id != id && other.settings.name == settings.name;
    if balancer.listeners.iter().any(taken) {
        return Err(Rejection::NameTaken {
            field: format!("{place}name"),
            kind: ResourceKind::Listener,
            name: settings.name.clone(),
        });
    }
    Ok(())
}

/// A port of an address has one listener, also where load balancers share the address.
fn check_port(
    draft: &Draft,
    balancer: &LoadBalancer,
    settings: &ListenerSettings,
    place: &str,
) -> Result<(), Rejection> {
    let own = balancer.listeners.iter().find(|other| other.settings.port == settings.port);
    let (listener, owner) = match (own, draft.world.at_endpoint(balancer.vip, settings.port)) {
        (Some(own), _) => (&own.settings.name, balancer),
        (None, Some((owner, id))) => match owner.listener(id) {
            Some(listener) => (&listener.settings.name, &**owner),
            None => return Ok(()),
        },
        (None, None) => return Ok(()),
    };
    let field = format!("{place}port");
    // On an address that projects share it may be anybody's.
    if !authorize::sees(draft, owner) {
        return Err(Rejection::PortInUse { field, vip: balancer.vip, port: settings.port });
    }
    Err(Rejection::PortTaken {
        field,
        vip: balancer.vip,
        port: settings.port,
        listener: listener.clone(),
        load_balancer: owner.settings.name.clone(),
    })
}

/// The rules about a listener's settings, name and port aside.
fn check(
    balancer: &LoadBalancer,
    settings: &ListenerSettings,
    place: &str,
) -> Result<(), Rejection> {
    let (protocol, kind) = (settings.protocol, balancer.settings.kind);
    if !kind.allows(protocol) {
        let field = format!("{place}protocol");
        return Err(Rejection::ProtocolOutsideKind { field, protocol, kind });
    }
    if let Some(pool) = settings.pool {
        check_pool(balancer, pool, || format!("{place}pool"))?;
    }
    check_inserted(settings, place)?;
    let lists = [
        ("trusted_proxies", &settings.trusted_proxies),
        ("allowed_cidrs", &settings.allowed_cidrs),
    ];
    for (field, list) in lists {
        let (count, most) = (list.len(), ListenerSettings::MAX_CIDRS);
        if count > most {
            let reason = format!("{field} has at most {most} networks, this one has {count}");
            return Err(invalid(format!("{place}{field}"), reason));
        }
    }
    if settings.proxy_protocol && settings.trusted_proxies.is_empty() {
        return Err(invalid(
            format!("{place}proxy_protocol"),
            "only trusted proxies may send a PROXY protocol header; name them in `trusted_proxies`",
        ));
    }
    Ok(())
}

fn check_inserted(settings: &ListenerSettings, place: &str) -> Result<(), Rejection> {
    let field = || format!("{place}insert_headers");
    let fields = &settings.insert_headers;
    let most = ListenerSettings::MAX_INSERTED_HEADERS;
    if fields.len() > most {
        let reason = format!("a listener inserts at most {most} fields, not {}", fields.len());
        return Err(invalid(field(), reason));
    }
    if !fields.is_empty() && settings.protocol == Protocol::Tcp {
        return Err(invalid(field(), "a TCP listener carries bytes and has no fields to insert"));
    }
    for (index, InsertedHeader { name, value: _ }) in fields.iter().enumerate() {
        let wrong = |reason| Err(invalid(format!("{place}insert_headers[{index}].name"), reason));
        if RESERVED_FIELDS.contains(&name.as_str()) {
            return wrong(format!("field `{name}` is Elbow's own to write; insert another"));
        }
        if fields[..index].iter().any(|earlier| earlier.name == *name) {
            return wrong(format!("field `{name}` is inserted twice; give it once"));
        }
    }
    Ok(())
}

/// A pool that is referred to is one of the load balancer.
pub(super) fn check_pool(
    balancer: &LoadBalancer,
    pool: PoolId,
    field: impl FnOnce() -> String,
) -> Result<(), Rejection> {
    if balancer.pool(pool).is_some() {
        return Ok(());
    }
    Err(Rejection::NotFound {
        kind: ResourceKind::Pool,
        reference: pool.to_string(),
        field: Some(field()),
        known: balancer.pools.iter().map(|pool| pool.settings.name.clone()).collect(),
    })
}

/// No member may lead back to a listener of its own load balancer.
fn check_own_members(balancer: &LoadBalancer, field: &str) -> Result<(), Rejection> {
    let mut members = balancer.pools.iter().flat_map(|pool| &pool.members);
    match members.find(|member| member::leads_back(balancer, &member.settings)) {
        None => Ok(()),
        Some(member) => {
            let target = member::target(&member.settings);
            let reason = format!(
                "member {target} would lead back to this load balancer; delete that member first"
            );
            Err(invalid(field, reason))
        }
    }
}
