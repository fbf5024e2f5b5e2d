//! Instances across a stop of Elbow: processes of this machine end with it and come back with their ids, as do
//! containers that a restart of the machine ended. What a hook launched is another cloud's and is not touched.

use std::sync::Arc;

use elbow_model::instance::{Instance, Phase};
use elbow_model::launch_template::DriverKind;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::world::World;
use elbow_store::ledger::Ledger;
use futures_util::future::join_all;

use super::book::Book;
use super::calls::{spec, template_of};
use crate::clock::now;
use crate::driver::Drivers;

/// Launches what should run and may have ended while nobody looked; drivers find what still runs.
pub(super) async fn revive(ledger: &Ledger, drivers: &Drivers, book: &mut Book) {
    let world = ledger.world();
    let launches = of_this_machine(&world).filter(|(_, instance, kind)| {
        is_in_use(instance) && matches!(kind, DriverKind::Process | DriverKind::Container)
    });
    let calls = launches.map(|(group, instance, _)| async move {
        let template = template_of(group, instance)?;
        let driver = drivers.of(&template.settings.launch).ok()?;
        Some((instance.id, driver.launch(&spec(group, instance, template)).await))
    });
    for (instance, answer) in join_all(calls).await.into_iter().flatten() {
        book.launched(instance, answer, now());
    }
}

/// Ends all processes that are instances.
pub(super) async fn rest(ledger: &Ledger, drivers: &Arc<Drivers>) {
    let world = ledger.world();
    let processes = of_this_machine(&world).filter(|(.., kind)| *kind == DriverKind::Process);
    let calls = processes.map(|(group, instance, _)| async move {
        let driver = drivers.of(&template_of(group, instance)?.settings.launch).ok()?;
        driver.terminate(instance.id).await.err().map(|trouble| (instance.id, trouble))
    });
    for (instance, trouble) in join_all(calls).await.into_iter().flatten() {
        tracing::warn!(instance.id = %instance, reason = %trouble, "an instance did not end");
    }
}

/// Instances that were launched, with their group and the kind of their driver.
fn of_this_machine(world: &World) -> impl Iterator<Item = (&ScalingGroup, &Instance, DriverKind)> {
    world.instances().filter_map(|instance| {
        let group = world.scaling_group(instance.group)?;
        let template = template_of(group, instance)?;
        Some((group.as_ref(), instance.as_ref(), template.settings.launch.driver()))
    })
}

/// Whether it ran, or was about to serve.
fn is_in_use(instance: &Instance) -> bool {
    match instance.phase {
        Phase::PendingWait { .. }
        | Phase::Launched
        | Phase::Joining
        | Phase::InService
        | Phase::Standby => true,
        // The planner asks for it anyway, or lets it go.
        Phase::Launching
        | Phase::Removing { .. }
        | Phase::RemovingWait { .. }
        | Phase::Terminating { .. } => false,
    }
}
