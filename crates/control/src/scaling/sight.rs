//! What is known of a group, put together for the planner.

use elbow_model::attachment::SeenBalancer;
use elbow_model::instance::Instance;
use elbow_model::observed::{Observed, ProbedHealth};
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::status;
use elbow_model::value::{MemberId, Timestamp};
use elbow_model::world::World;
use elbow_plan::instances::{Checks, DriverRight, Seen, Sight};

use super::book::Book;

/// A group as it is now.
pub(super) fn of<'w>(
    group: &'w ScalingGroup,
    world: &'w World,
    observed: &Observed,
    book: &Book,
    now: Timestamp,
) -> Sight<'w> {
    let instances = world.instances_of(group.id).map(|instance| Seen {
        instance,
        driver: book.sight_of(instance),
        checks: checks(instance, world, observed),
        is_drained: is_drained(instance, observed),
        in_flight: in_flight(instance, world, observed),
    });
    Sight {
        now,
        group,
        instances: instances.collect(),
        obstacle: world.joining_fault(group, &statuses(group, world, observed)),
        waiting: world.waiting_for(group, observed),
        driver: driver_right(group, world),
        activities: world.activities_of(group.id).rev().map(AsRef::as_ref).collect(),
    }
}

/// Whether the operator still lets the group's project use the template's driver.
fn driver_right(group: &ScalingGroup, world: &World) -> DriverRight {
    let (template, project) = (group.template(), world.project(group.project));
    let Some((template, project)) = template.zip(project) else { return DriverRight::Enabled };
    match project.drivers.contains(&template.settings.launch.driver()) {
        true => DriverRight::Enabled,
        false => DriverRight::NotEnabled,
    }
}

/// The statuses of the load balancers that a group is attached to.
pub(super) fn statuses(
    group: &ScalingGroup,
    world: &World,
    observed: &Observed,
) -> Vec<SeenBalancer> {
    let mut seen: Vec<SeenBalancer> = Vec::new();
    for attachment in &group.attachments {
        let load_balancer = attachment.load_balancer;
        let is_known = seen.iter().any(|known| known.load_balancer == load_balancer);
        if let Some(balancer) = world.load_balancer(load_balancer).filter(|_| !is_known) {
            let status = status::of_load_balancer(balancer, observed).seen();
            seen.push(SeenBalancer { load_balancer, status });
        }
    }
    seen
}

fn checks(instance: &Instance, world: &World, observed: &Observed) -> Checks {
    if instance.members.is_empty() {
        return Checks::NoPool;
    }
    let each = instance.members.iter().map(|member| check(*member, world, observed));
    each.reduce(|all, one| match (all, one) {
        (sick @ Checks::Unhealthy { .. }, _) | (_, sick @ Checks::Unhealthy { .. }) => sick,
        (Checks::Unknown, _) | (_, Checks::Unknown) => Checks::Unknown,
        (Checks::Healthy | Checks::NoPool, Checks::Healthy | Checks::NoPool) => Checks::Healthy,
    })
    .unwrap_or(Checks::NoPool)
}

fn check(member: MemberId, world: &World, observed: &Observed) -> Checks {
    let pool = world
        .of_member(member)
        .and_then(|balancer| balancer.pools.iter().find(|pool| pool.member(member).is_some()));
    // Nobody checks it: nothing speaks against it.
    if pool.is_some_and(|pool| pool.active_monitor().is_none()) {
        return Checks::Healthy;
    }
    let Some(seen) = observed.members.get(&member) else { return Checks::Unknown };
    match seen.health {
        ProbedHealth::Unknown => Checks::Unknown,
        ProbedHealth::Healthy => Checks::Healthy,
        ProbedHealth::Unhealthy => {
            let failure = seen.last_failure.as_ref();
            let why = failure.map(|check| format!("{}: {}", check.attempt, check.outcome));
            Checks::Unhealthy { why: why.unwrap_or_else(|| "its checks fail".to_owned()) }
        }
    }
}

/// Whether every live proxy has said, since the instance's last step, that nothing is in flight on its members. Without
/// a proxy nobody can tell.
fn is_drained(instance: &Instance, observed: &Observed) -> bool {
    let proxies = &observed.proxies;
    let has_none_at = |proxy: &elbow_model::observed::ProxyView| {
        let since = |member| proxy.drained.get(member).copied();
        instance.members.iter().all(|member| since(member) >= Some(instance.revision))
    };
    !proxies.is_empty() && proxies.values().all(has_none_at)
}

fn in_flight(instance: &Instance, world: &World, observed: &Observed) -> u64 {
    let of = |member: &MemberId| {
        let counters = observed.counters.get(&world.of_member(*member)?.id)?;
        let (_, counted) = counters.members.iter().find(|(id, _)| id == member)?;
        Some(counted.in_flight)
    };
    instance.members.iter().filter_map(of).sum()
}
