//! Reads load balancers: whole trees to create, and patches of their own fields.

use std::collections::BTreeMap;

use elbow_model::change::{Edit, NewLoadBalancer, NewPool};
use elbow_model::load_balancer::{Kind, LoadBalancer, LoadBalancerSettings};
use elbow_model::pool::{Method, PoolSettings};
use elbow_model::rights::Asker;
use elbow_model::value::{
    Description, LoadBalancerId, Name, NetworkId, PoolId, ProjectId, Tags, Timestamp,
};
use elbow_model::world::World;
use serde_json::Value;
use uuid::Uuid;

use super::member::{self, Echo};
use super::reference::{self, Certificates, Pools};
use super::{READ_ONLY, address, description, listener, name, no_name, pool};
use crate::decode::{At, Fields};

/// Types by the words that the native dialect uses.
const KINDS: &[(&str, Kind)] =
    &[("APPLICATION", Kind::Application), ("NETWORK", Kind::Network), ("MIXED", Kind::Mixed)];

/// The name of the default pool unless somebody renames it.
const DEFAULT_POOL: &str = "default";

/// The network that load balancers are in unless they name another.
const DEFAULT_NETWORK: &str = "default";

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("number", READ_ONLY),
    ("status", READ_ONLY),
    ("status_reason", READ_ONLY),
    ("health", READ_ONLY),
    ("effective", READ_ONLY),
    ("warnings", READ_ONLY),
    ("revision", READ_ONLY),
    ("owner", READ_ONLY),
    ("project", "is the session's project; log in with another, or send Elbow-Project"),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
    ("listeners", "has its own paths: /v1/load-balancers/{id}/listeners and /v1/listeners/{id}"),
    ("pools", "has its own paths: /v1/load-balancers/{id}/pools and /v1/pools/{id}"),
    (
        "members",
        "has its own paths: /v1/pools/{id}/members (PUT replaces all) and /v1/members/{id}",
    ),
];

/// Reads a load balancer to create, with everything below it.
pub(in crate::native) fn new(
    fields: Fields<'_>,
    certificates: &Certificates<'_>,
    id: LoadBalancerId,
) -> NewLoadBalancer {
    let Certificates { world, asker: Asker { project, .. }, now } = *certificates;
    let mut settings = LoadBalancerSettings {
        name: fields.required("name", name).unwrap_or_else(no_name),
        description: Description::default(),
        tags: Tags::default(),
        kind: Kind::Mixed,
        enabled: true,
        deletion_protection: false,
    };
    read_rest(&fields, &mut settings);
    let pools = new_pools(&fields, now);
    let known = Pools(pools.iter().map(|pool| (pool.id, pool.settings.name.clone())).collect());
    let listeners = fields
        .present("listeners")
        .and_then(|at| listener::list(at, &known, certificates))
        .unwrap_or_default();
    let load_balancer = NewLoadBalancer {
        id,
        project,
        network: new_network(&fields, world, project),
        vip: fields.present("vip").and_then(address),
        settings,
        pools,
        listeners,
    };
    fields.finish(HINTS);
    load_balancer
}

/// Reads a patch of a load balancer: what changes on itself, and `method` and `health_monitor` of its default pool.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    world: &World,
    balancer: &LoadBalancer,
) -> Vec<Edit> {
    let mut settings = balancer.settings.clone();
    fields.set("name", &mut settings.name, name);
    read_rest(&fields, &mut settings);
    let pool = balancer.default_pool();
    let mut pool_settings = pool.settings.clone();
    pool::read_method(&fields, &mut pool_settings);
    pool::read_health_monitor(&fields, &mut pool_settings);
    refuse_moves(&fields, world, balancer);
    fields.finish(HINTS);
    let mut edits = Vec::new();
    // A patch that changes nothing on either is still an edit of the balancer itself.
    if pool_settings != pool.settings {
        edits.push(Edit::EditPool { id: pool.id, settings: pool_settings });
    }
    if settings != balancer.settings || edits.is_empty() {
        edits.push(Edit::EditLoadBalancer { id: balancer.id, settings });
    }
    edits
}

fn read_rest(fields: &Fields<'_>, settings: &mut LoadBalancerSettings) {
    fields.set_or("description", &mut settings.description, Description::default(), description);
    let base = settings.tags.as_map().clone();
    fields.set_or("tags", &mut settings.tags, Tags::default(), |at| tags(at, base));
    fields.set_or("type", &mut settings.kind, Kind::Mixed, |at| at.choice("type", KINDS));
    fields.set_or("enabled", &mut settings.enabled, true, |at| at.boolean());
    fields
        .set_or("deletion_protection", &mut settings.deletion_protection, false, |at| at.boolean());
}

fn tags(at: At<'_>, mut tags: BTreeMap<String, String>) -> Option<Tags> {
    for (key, at) in at.entries()? {
        if at.is_null() {
            tags.remove(key);
        } else {
            tags.insert(key.to_owned(), at.text()?.to_owned());
        }
    }
    at.taken(Tags::new(tags))
}

/// The default pool, made of `method`, `members` and `health_monitor` at the top, and `pools`. An item of `pools` that
/// is named `default` is the default pool itself, as in answers.
fn new_pools(fields: &Fields<'_>, now: Timestamp) -> Vec<NewPool> {
    let mut others = fields.present("pools").and_then(|at| pool::list(at, now)).unwrap_or_default();
    let listed = others.iter().position(|pool| pool.settings.name.as_str() == DEFAULT_POOL);
    if let Some(place) = listed {
        for name in ["method", "members", "health_monitor"] {
            if fields.present(name).is_some() {
                fields.note(
                    name,
                    format!(
                        "is given twice: here and in pools[{place}], which is the default pool"
                    ),
                );
            }
        }
        let default = others.remove(place);
        others.insert(0, default);
        return others;
    }
    let default = Name::new(DEFAULT_POOL).expect("`default` is a name");
    let mut settings = PoolSettings::new(default, Method::RoundRobin);
    pool::read_method(fields, &mut settings);
    pool::read_health_monitor(fields, &mut settings);
    let members = fields
        .present("members")
        .and_then(|at| member::list(at, Echo::Refused))
        .unwrap_or_default();
    others.insert(0, NewPool { id: PoolId::from(Uuid::now_v7()), settings, members });
    others
}

/// Where the body has the default pool among `pools`, if it has it there.
pub(in crate::native) fn listed_default(body: &Value) -> Option<usize> {
    body["pools"].as_array()?.iter().position(|pool| pool["name"] == DEFAULT_POOL)
}

/// The model places the default pool's faults at the top and counts the other pools without it: this gives the place
/// in a body that has it as `pools[listed]`.
pub(in crate::native) fn place_in_body(field: &str, listed: usize) -> String {
    if field.starts_with("members") {
        return format!("pools[{listed}].{field}");
    }
    let split = field.strip_prefix("pools[").and_then(|rest| rest.split_once(']'));
    match split.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest))) {
        Some((index, rest)) if index >= listed => format!("pools[{}]{rest}", index + 1),
        _ => field.to_owned(),
    }
}

fn new_network(fields: &Fields<'_>, world: &World, project: ProjectId) -> NetworkId {
    let nowhere = NetworkId::from(Uuid::nil());
    if let Some(at) = fields.present("network") {
        return reference::network(at, world, project).unwrap_or(nowhere);
    }
    match reference::find_network(world, project, DEFAULT_NETWORK) {
        Some(network) => network.id,
        None => {
            fields.note("network", "is missing, and there is no network `default`; name one");
            nowhere
        }
    }
}

/// Network and virtual IP are fixed at creation; repeating them as they are is fine.
fn refuse_moves(fields: &Fields<'_>, world: &World, balancer: &LoadBalancer) {
    const INSTEAD: &str =
        "is fixed at creation; create another load balancer there and delete this one";
    if let Some(at) = fields.given("network") {
        let named = reference::network(at.clone(), world, balancer.project);
        if named.is_some_and(|id| id != balancer.network) {
            fields.note("network", INSTEAD);
        }
    }
    if let Some(at) = fields.given("vip") {
        let named = address(at.clone());
        if named.is_some_and(|vip| vip != balancer.vip) {
            fields.note("vip", INSTEAD);
        }
    }
}
