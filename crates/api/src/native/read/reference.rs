//! References: names or ids of what exists already, resolved inside the caller's project.

use std::sync::Arc;

use elbow_model::listener::Listener;
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::member::Member;
use elbow_model::network::Network;
use elbow_model::pool::Pool;
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::{Asker, Owned};
use elbow_model::rule::Rule;
use elbow_model::value::{CertificateId, Name, NetworkId, PoolId, ProjectId, Timestamp};
use elbow_model::world::World;
use uuid::Uuid;

use crate::decode::At;

/// The most names that a refusal lists.
const MAX_KNOWN: usize = 10;

/// A member with what it is in.
type FoundMember<'a> = (&'a Arc<LoadBalancer>, &'a Arc<Pool>, &'a Arc<Member>);
/// A rule with what it is in.
type FoundRule<'a> = (&'a Arc<LoadBalancer>, &'a Arc<Listener>, &'a Arc<Rule>);

/// The pools that a load balancer has, or will have.
#[derive(Debug, Clone, Default)]
pub(in crate::native) struct Pools(pub Vec<(PoolId, Name)>);

impl Pools {
    /// The pools of a load balancer that is there.
    pub(in crate::native) fn of(balancer: &LoadBalancer) -> Self {
        Self(balancer.pools.iter().map(|pool| (pool.id, pool.settings.name.clone())).collect())
    }

    /// Reads a reference to one of them.
    pub(in crate::native) fn read(&self, at: At<'_>) -> Option<PoolId> {
        let reference = text(&at)?;
        let is_meant = |(id, name): &&(PoolId, Name)| {
            name.as_str() == reference || id.to_string() == reference
        };
        if let Some((id, _)) = self.0.iter().find(is_meant) {
            return Some(*id);
        }
        let known: Vec<&str> =
            self.0.iter().map(|(_, name)| name.as_str()).take(MAX_KNOWN).collect();
        let reference: String = reference.chars().take(80).collect();
        at.wrong(format!(
            "there is no pool `{}`; this load balancer has {}",
            reference.escape_debug(),
            known.join(", ")
        ))
    }
}

/// The certificates that a listener may refer to: the caller's own by name, any by id. Whether he may use one that he
/// names by id is the model's to say.
#[derive(Debug, Clone, Copy)]
pub(in crate::native) struct Certificates<'a> {
    pub(in crate::native) world: &'a World,
    /// Who asks.
    pub(in crate::native) asker: Asker,
    /// When it is asked for.
    pub(in crate::native) now: Timestamp,
}

impl Certificates<'_> {
    /// Reads a reference to one of them.
    pub(in crate::native) fn read(&self, at: &At<'_>) -> Option<CertificateId> {
        let reference = text(at)?;
        let Asker { project, user, role: _ } = self.asker;
        if let Some(found) = self.world.certificate_named(project, user, reference) {
            return Some(found.id);
        }
        if let Ok(id) = reference.parse() {
            return Some(id);
        }
        let own = self.world.certificates_of(project, user);
        let known: Vec<&str> =
            own.map(|found| found.settings.name.as_str()).take(MAX_KNOWN).collect();
        let known = match known.as_slice() {
            [] => "you have none yet: create one with POST /v1/certificates".to_owned(),
            known => format!("you have {}", known.join(", ")),
        };
        let reference: String = reference.chars().take(80).collect();
        at.wrong(format!("there is no certificate `{}`; {known}", reference.escape_debug()))
    }

    /// Stands in for one that is missing or wrong, until the fault is reported.
    pub(in crate::native) fn none(&self) -> CertificateId {
        CertificateId::from(Uuid::nil())
    }
}

/// The text of a reference: a name or id, or an object with `id` or `name` as answers have it.
pub(in crate::native) fn text<'a>(at: &At<'a>) -> Option<&'a str> {
    let Some(object) = at.value().as_object() else { return at.text() };
    let part = object.get("id").or_else(|| object.get("name"));
    match part.and_then(|part| part.as_str()) {
        Some(text) => Some(text),
        None => at.wrong("expected a name or id, or an object with `id` or `name`"),
    }
}

/// Reads a reference to a network that `project` may use.
pub(in crate::native) fn network(
    at: At<'_>,
    world: &World,
    project: ProjectId,
) -> Option<NetworkId> {
    let reference = text(&at)?;
    if let Some(network) = find_network(world, project, reference) {
        return Some(network.id);
    }
    let usable = world.networks().filter(|network| is_usable(network, project));
    let known: Vec<&str> =
        usable.map(|network| network.settings.name.as_str()).take(MAX_KNOWN).collect();
    let reference: String = reference.chars().take(80).collect();
    at.wrong(format!(
        "there is no network `{}`; there is {}",
        reference.escape_debug(),
        known.join(", ")
    ))
}

/// A network by name or id, if `project` may use it.
pub(in crate::native) fn find_network<'a>(
    world: &'a World,
    project: ProjectId,
    reference: &str,
) -> Option<&'a Arc<Network>> {
    let by_id = || world.network(reference.parse().ok()?);
    world
        .network_named(project, reference)
        .or_else(by_id)
        .filter(|network| is_usable(network, project))
}

/// Whether `project` may use the network.
pub(in crate::native) fn is_usable(network: &Network, project: ProjectId) -> bool {
    network.project.is_none_or(|owner| owner == project)
}

/// 404 for the object that a request is about.
pub(in crate::native) fn not_found(kind: ResourceKind, reference: &str) -> Rejection {
    let reference: String = reference.chars().take(80).collect();
    Rejection::NotFound { kind, reference, field: None, known: Vec::new() }
}

/// Which of several things of a name is meant: one's own, or else the only one that one sees.
pub(in crate::native) fn the_one<'a, T: Owned>(
    named: impl Iterator<Item = &'a Arc<T>>,
    asker: Asker,
    kind: ResourceKind,
    reference: &str,
) -> Result<Option<&'a Arc<T>>, Rejection> {
    let seen: Vec<&Arc<T>> = named.filter(|thing| asker.finds(&***thing)).collect();
    let own = seen.iter().find(|thing| thing.owner() == asker.user);
    match (own, seen.as_slice()) {
        (Some(own), _) => Ok(Some(*own)),
        (None, []) => Ok(None),
        (None, [one]) => Ok(Some(*one)),
        (None, [_, _, ..]) => match Name::new(reference) {
            Ok(name) => Err(Rejection::Ambiguous { field: None, kind, name }),
            Err(_) => Ok(None),
        },
    }
}

/// A load balancer by name or id.
pub(in crate::native) fn load_balancer<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<&'a Arc<LoadBalancer>, Rejection> {
    let by_id = || world.load_balancer(reference.parse().ok()?);
    let kind = ResourceKind::LoadBalancer;
    let named = world.load_balancers_named(asker.project, reference);
    let found = the_one(named, asker, kind, reference)?;
    let found = found.or_else(by_id).filter(|balancer| asker.finds(&***balancer));
    found.ok_or_else(|| not_found(kind, reference))
}

/// A listener by id, with its load balancer.
pub(in crate::native) fn listener<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<(&'a Arc<LoadBalancer>, &'a Arc<Listener>), Rejection> {
    let find = || {
        let id = reference.parse().ok()?;
        let balancer = world.of_listener(id).filter(|balancer| asker.finds(&***balancer))?;
        Some((balancer, balancer.listener(id)?))
    };
    find().ok_or_else(|| not_found(ResourceKind::Listener, reference))
}

/// A pool by id, with its load balancer.
pub(in crate::native) fn pool<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<(&'a Arc<LoadBalancer>, &'a Arc<Pool>), Rejection> {
    let find = || {
        let id = reference.parse().ok()?;
        let balancer = world.of_pool(id).filter(|balancer| asker.finds(&***balancer))?;
        Some((balancer, balancer.pool(id)?))
    };
    find().ok_or_else(|| not_found(ResourceKind::Pool, reference))
}

/// A member by id, with its pool and load balancer.
pub(in crate::native) fn member<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<FoundMember<'a>, Rejection> {
    let find = || {
        let id = reference.parse().ok()?;
        let balancer = world.of_member(id).filter(|balancer| asker.finds(&***balancer))?;
        let pool = balancer.pool_of(id)?;
        Some((balancer, pool, pool.member(id)?))
    };
    find().ok_or_else(|| not_found(ResourceKind::Member, reference))
}

/// A rule by id, with its listener and load balancer.
pub(in crate::native) fn rule<'a>(
    world: &'a World,
    asker: Asker,
    reference: &str,
) -> Result<FoundRule<'a>, Rejection> {
    let find = || {
        let id = reference.parse().ok()?;
        let balancer = world.of_rule(id).filter(|balancer| asker.finds(&***balancer))?;
        let mut rules =
            balancer.listeners.iter().flat_map(|l| l.rules.iter().map(move |rule| (l, rule)));
        let (listener, rule) = rules.find(|(_, rule)| rule.id == id)?;
        Some((balancer, listener, rule))
    };
    find().ok_or_else(|| not_found(ResourceKind::Rule, reference))
}
