//! What must hold, whatever happens.

use std::collections::BTreeSet;

use elbow_model::change::Edit;
use elbow_model::change::scaling::{InstanceStep, ScalingEdit};
use elbow_model::instance::{Instance, Origin, Phase};
use elbow_model::scaling_group::{GroupStatus, ScalingGroup};
use elbow_model::value::InstanceId;
use elbow_model::world::World;

use super::run::Run;
use super::scene;

/// After every Change: never more than allowed, and never half a member.
pub(super) fn hold(world: &World) {
    let Some(group) = world.scaling_group(scene::group()) else {
        assert_eq!(world.instances().count(), 0, "instances without their group");
        return;
    };
    let settings = &group.settings;
    if group.status != GroupStatus::Deleting {
        let is_inside = settings.min <= group.desired && group.desired <= settings.max;
        assert!(is_inside, "{} is outside {} to {}", group.desired, settings.min, settings.max);
    }
    assert!(world.instance_count_of(group.id) <= ScalingGroup::MAX_INSTANCES);
    for instance in world.instances_of(group.id) {
        for member in &instance.members {
            let balancer = world.of_member(*member).expect("its members exist");
            let member = balancer.pool_of(*member).and_then(|pool| pool.member(*member));
            let by = member.and_then(|member| member.registered_by).expect("they name it");
            assert_eq!(by.instance, instance.id);
        }
    }
    let pools = world.load_balancers().flat_map(|balancer| &balancer.pools);
    for member in pools.flat_map(|pool| &pool.members) {
        let Some(by) = member.registered_by else { continue };
        let instance = world.instance(by.instance).expect("no member without its instance");
        assert!(instance.members.contains(&member.id), "its instance does not know a member");
    }
}

/// What control wants to commit.
pub(super) fn may_be_committed(run: &Run, edit: &Edit) {
    let Edit::Scaling(ScalingEdit::Step { instance, step: InstanceStep::Leave { .. } }) = edit
    else {
        return;
    };
    let Some(instance) = run.world.instance(*instance) else { return };
    let Phase::Removing { drain_until, .. } = instance.phase else { return };
    let in_flight = run.proxy.in_flight.get(&instance.id).map_or(0, |traffic| traffic.requests);
    let is_patient = in_flight == 0 || run.now >= drain_until || !run.machines.runs(instance.id);
    // Whose members a person took away at once has nothing to wait for.
    assert!(is_patient || instance.members.is_empty(), "{in_flight} requests are cut");
}

/// What a driver is asked to end.
pub(super) fn may_be_terminated(instance: &Instance) {
    assert!(matches!(instance.origin, Origin::Launched { .. }), "a person's own server");
    assert!(matches!(instance.phase, Phase::Terminating { .. }), "{:?} ends", instance.phase);
    assert!(instance.members.is_empty(), "it is still in a pool");
}

/// As many instances as desired, each in service.
pub(super) fn is_as_intended(run: &Run) -> bool {
    let Some(group) = run.world.scaling_group(scene::group()) else { return false };
    let mut instances = run.world.instances_of(group.id);
    let serving = run.world.instances_of(group.id).count();
    serving == group.desired.get() as usize
        && instances.all(|instance| instance.phase == Phase::InService)
}

/// How many instances there shall be.
pub(super) fn desired(run: &Run) -> u32 {
    run.world.scaling_group(scene::group()).map_or(0, |group| group.desired.get())
}

/// No machine without its instance, and no instance without its machine.
pub(super) fn nothing_is_left_over(run: &Run) {
    let launched = run.world.instances().filter(|one| one.origin.template().is_some());
    let intended: BTreeSet<InstanceId> = launched.map(|instance| instance.id).collect();
    let there: BTreeSet<InstanceId> = run.machines.there.keys().copied().collect();
    assert_eq!(there, intended, "machines that are there, and instances: {:#?}", picture(run));
}

/// What a failure shows.
pub(super) fn picture(run: &Run) -> Vec<String> {
    let group = run.world.scaling_group(scene::group());
    let of_group = group.map(|group| {
        format!("{} desired {} breaker {:?}", group.status, group.desired, group.breaker)
    });
    let instances = run.world.instances().map(|instance| {
        let machine = run.machines.there.get(&instance.id);
        format!(
            "{} {:?} since {} machine {machine:?}",
            instance.id, instance.phase, instance.phase_since
        )
    });
    let activities = run.world.activities_of(scene::group()).rev().take(5);
    let activities = activities.map(|one| format!("{:?} {:?} {}", one.cause, one.result, one.text));
    of_group
        .into_iter()
        .chain(instances)
        .chain(activities)
        .chain([format!("now {}, {} held, {:?}", run.now, run.proxy.held, run.proxy.load)])
        .collect()
}
