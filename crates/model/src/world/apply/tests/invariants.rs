//! What holds in every World that came of Changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::certificate::Certificate;
use crate::listener::{Listener, ListenerSettings, ListenerTls, Protocol};
use crate::load_balancer::LoadBalancer;
use crate::pool::Pool;
use crate::rule::RuleAction;
use crate::table::{PoolIndex, TableAction, resolve_all};
use crate::user::Standing;
use crate::value::{Id, Weight};
use crate::world::{Record, Requests, World};

/// Fails with words if any invariant of the World is broken.
#[track_caller]
pub(in crate::world) fn check_invariants(world: &World) {
    check_numbers(world);
    check_networks(world);
    for balancer in world.load_balancers() {
        check_balancer(world, balancer);
    }
    check_uniqueness(world);
    super::scaling::invariants::check_scaling(world);
    check_table(world);
    let called = |c: &Arc<Certificate>| (c.project, c.owner, c.settings.name.clone());
    all_different(world.certificates().map(called), "a creator's names for certificates");
    for user in world.users() {
        let is_nowhere = user.standing == Standing::Tenant && user.memberships.is_empty();
        let knows = |project| world.project(project).is_some();
        assert!(is_nowhere || knows(user.project), "project of user {}", user.name);
        assert!(user.memberships.keys().all(|project| knows(*project)), "of {}", user.name);
        assert!(user.revision <= world.revision());
    }
    for record in world.keys().filter_map(|key| world.record(&key)) {
        let Record::Identity(identity) = record else { continue };
        assert!(world.user(identity.user).is_some(), "user of identity {}", identity.subject);
    }
    for key in world.api_keys() {
        assert!(world.user(key.user).is_some(), "user of API key {}", key.name);
        assert!(world.project(key.project).is_some(), "project of API key {}", key.name);
        assert!(key.revision <= world.revision());
    }
    all_different(world.api_keys().map(|k| (k.user, &k.name)), "a user's names for keys");
    assert!(world.requests.keys().count() <= Requests::MAX);
    let records = world.keys().map(|key| {
        let record = world.record(&key).expect("every key has its record");
        assert_eq!(record.key(), key);
        record
    });
    let rebuilt = World::from_records(world.revision(), records);
    assert!(rebuilt == *world, "indexes differ from a rebuild");
}

fn check_numbers(world: &World) {
    let numbers = &world.numbers;
    let all = [
        (world.load_balancers().map(|b| b.number).collect::<Vec<_>>(), numbers.load_balancers),
        (world.certificates().map(|c| c.number).collect(), numbers.certificates),
        (world.networks().map(|n| n.number).collect(), numbers.networks),
        (world.projects().map(|p| p.number).collect(), numbers.projects),
        (world.users().map(|u| u.number).collect(), numbers.users),
        (world.scaling_groups().map(|g| g.number).collect(), numbers.scaling_groups),
        (world.instances().map(|i| i.number).collect(), numbers.instances),
    ];
    for (given, last) in all {
        assert!(given.iter().all(|number| number.0 > 0 && *number <= last));
        all_different(given.iter().copied(), "numbers");
    }
}

fn check_networks(world: &World) {
    for project in world.projects().map(|project| project.id) {
        let usable = world.networks().filter(|n| n.project.is_none_or(|owner| owner == project));
        all_different(usable.map(|n| &n.settings.name), "network names of a project");
    }
    all_different(world.projects().map(|p| &p.name), "project names");
    all_different(world.users().map(|u| &u.name), "user names");
    for network in world.networks() {
        assert!(network.revision <= world.revision());
        assert!(network.project.is_none_or(|project| world.project(project).is_some()));
        for other in world.networks().filter(|other| other.id != network.id) {
            assert!(!network.addresses.overlap(&other.addresses), "networks overlap");
        }
    }
}

fn check_uniqueness(world: &World) {
    let balancers = || world.load_balancers();
    let called = |b: &Arc<LoadBalancer>| (b.project, b.owner, b.settings.name.clone());
    all_different(balancers().map(called), "an owner's names in a project");
    let listeners = || balancers().flat_map(|b| b.listeners.iter().map(move |l| (b, l)));
    all_different(listeners().map(|(b, l)| (b.vip, l.settings.port)), "address and port");
    let own_vips = balancers().filter(|balancer| {
        world.network(balancer.network).is_some_and(|n| !n.addresses.are_shared())
    });
    all_different(own_vips.map(|b| b.vip), "virtual IPs");
    let pools = || balancers().flat_map(|b| &b.pools);
    all_different(listeners().map(|(_, l)| l.id), "listener ids");
    all_different(listeners().flat_map(|(_, l)| l.rules.iter().map(|r| r.id)), "rule ids");
    all_different(pools().map(|p| p.id), "pool ids");
    all_different(pools().flat_map(|p| p.members.iter().map(|m| m.id)), "member ids");
}

fn check_balancer(world: &World, balancer: &LoadBalancer) {
    let project = world.project(balancer.project).expect("its project exists");
    let network = world.network(balancer.network).expect("its network exists");
    assert!(network.project.is_none_or(|owner| owner == project.id), "network is not visible");
    assert!(network.addresses.contain(balancer.vip), "virtual IP is outside");
    assert!(balancer.owner.uuid() == Uuid::nil() || world.user(balancer.owner).is_some());
    assert!(balancer.revision <= world.revision());
    assert!(!balancer.pools.is_empty(), "no default pool");
    let quota = project.quota;
    assert!(world.load_balancer_count_of(project.id) <= quota.load_balancers);
    assert!(balancer.listeners.len() <= quota.listeners_per_load_balancer as usize);
    assert!(balancer.pools.len() <= quota.pools_per_load_balancer as usize);
    all_different(balancer.listeners.iter().map(|l| &l.settings.name), "listener names");
    all_different(balancer.pools.iter().map(|p| &p.settings.name), "pool names");
    for listener in &balancer.listeners {
        assert!(listener.rules.len() <= quota.rules_per_listener as usize);
        check_listener(balancer, listener);
        check_certificates(world, balancer, listener);
    }
    for pool in &balancer.pools {
        assert!(pool.members.len() <= quota.members_per_pool as usize);
        check_pool(balancer, pool);
    }
}

fn check_listener(balancer: &LoadBalancer, listener: &Listener) {
    let settings = &listener.settings;
    assert!(listener.revision <= balancer.revision);
    assert!(balancer.settings.kind.allows(settings.protocol));
    assert_eq!(settings.tls.is_some(), settings.protocol == Protocol::Https, "TLS is for HTTPS");
    assert!(settings.pool.is_none_or(|pool| balancer.pool(pool).is_some()), "dangling pool");
    assert!(settings.insert_headers.len() <= ListenerSettings::MAX_INSERTED_HEADERS);
    let priorities: Vec<_> = listener.rules.iter().map(|r| r.settings.priority).collect();
    assert!(priorities.is_sorted_by(|a, b| a < b), "priorities {priorities:?}");
    all_different(listener.rules.iter().filter_map(|r| r.settings.name.as_ref()), "rule names");
    for rule in &listener.rules {
        assert!(rule.revision <= listener.revision);
        let RuleAction::Forward(targets) = &rule.settings.action else { continue };
        assert!(!targets.is_empty() && targets.len() <= RuleAction::MAX_TARGETS);
        assert!(targets.iter().any(|target| target.weight != Weight::DRAIN));
        assert!(targets.iter().all(|target| balancer.pool(target.pool).is_some()), "dangling");
    }
}

fn check_certificates(world: &World, balancer: &LoadBalancer, listener: &Listener) {
    let shown: Vec<_> =
        listener.settings.tls.iter().flat_map(|tls| tls.all_certificates()).collect();
    assert!(shown.len() <= ListenerTls::MAX_CERTIFICATES);
    all_different(shown.iter(), "certificates of a listener");
    for id in shown {
        let certificate = world.certificate(id).expect("references to certificates lead somewhere");
        assert_eq!(certificate.project, balancer.project, "a certificate of another project");
        let mut users = world.users_of_certificate(id);
        assert!(users.any(|(b, l)| (b.id, l) == (balancer.id, listener.id)), "not known as used");
    }
}

fn check_pool(balancer: &LoadBalancer, pool: &Pool) {
    assert!(pool.revision <= balancer.revision);
    let targets = pool.members.iter().map(|m| (m.settings.address, m.settings.port));
    all_different(targets, "address and port in a pool");
    if let Some(monitor) = &pool.settings.health_monitor {
        assert!(monitor.timeout_ms.get() <= monitor.interval_ms.get());
    }
    for member in &pool.members {
        assert!(member.revision <= pool.revision);
        let is_own = member.settings.address.get() == balancer.vip;
        let port = member.settings.port;
        let listens = |port| balancer.listeners.iter().any(|l| l.settings.port == port);
        assert!(!is_own || !port.is_none_or(listens), "a member leads back");
    }
}

fn check_table(world: &World) {
    for entry in resolve_all(world) {
        let pools = u32::try_from(entry.pools.len()).expect("few pools");
        let exists = |index: PoolIndex| assert!(index.0 < pools, "dangling index");
        for listener in &entry.listeners {
            exists(listener.pool);
            for rule in &listener.rules {
                let TableAction::Forward(targets) = &rule.action else { continue };
                assert!(targets.iter().all(|target| target.weight != Weight::DRAIN));
                targets.iter().for_each(|target| exists(target.pool));
            }
        }
    }
}

#[track_caller]
pub(super) fn all_different<T: Ord + std::fmt::Debug>(items: impl Iterator<Item = T>, what: &str) {
    let mut seen = BTreeSet::new();
    for item in items {
        let text = format!("{item:?}");
        assert!(seen.insert(item), "{what}: {text} is there twice");
    }
}
