//! The sweep for strays: instances that a driver lists and that have no record. A record is committed before its
//! instance is launched and goes after its driver said that it is gone, so there are none as a rule; a store that was
//! put back to an earlier state, or a driver that was wrong, leaves some. They are ended after a grace.
//!
//! It must never touch what is not this deployment's: drivers list their own alone, by directory or label, and of a hook
//! only what it lists for a group that exists here is believed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use elbow_model::activity::{ActivityResult, Cause};
use elbow_model::change::scaling::{NewActivity, ScalingEdit};
use elbow_model::launch_template::DriverKind;
use elbow_model::value::{InstanceId, Note, ScalingGroupId, Timestamp};
use elbow_model::world::World;
use elbow_store::ledger::Ledger;
use tokio::task::JoinHandle;
use tokio::time::{self, MissedTickBehavior};
use uuid::Uuid;

use super::calls::by_driver;
use super::cycle::commit;
use crate::clock::now;
use crate::driver::{Driver, Drivers, Seen, Which};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(20);
/// How long one must be without a record until it is ended: each look in between must have seen it.
const GRACE: Duration = Duration::from_secs(60);

/// Sweeps until it is dropped.
pub(super) struct Sweeper(JoinHandle<()>);

impl Sweeper {
    pub(super) fn start(ledger: Ledger, drivers: Arc<Drivers>) -> Self {
        Self(tokio::spawn(async move {
            let mut beat = time::interval(EVERY);
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut strays = Strays::default();
            loop {
                beat.tick().await;
                let sources = sources(&ledger.world(), &drivers);
                strays.sweep(&ledger, sources, now()).await;
            }
        }))
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Who lists instances, and of what it is believed.
struct Source {
    driver: Arc<dyn Driver>,
    which: Which,
}

impl Source {
    fn is_ours(&self, seen: &Seen) -> bool {
        match self.which {
            Which::All => true,
            Which::Group(group) => seen.group == group,
        }
    }
}

/// The drivers of this machine, and the hooks of every template that instances may still be of.
fn sources(world: &World, drivers: &Drivers) -> Vec<Source> {
    let own = drivers.of_this_machine().map(|driver| Source { driver, which: Which::All });
    let hooks = world.scaling_groups().flat_map(|group| {
        let versions = group.templates.iter().map(|template| template.version).collect();
        let launches = by_driver(group, &versions).into_iter().map(|(launch, _)| launch);
        let hooks = launches.filter(|launch| launch.driver() == DriverKind::Hook);
        let found = hooks.filter_map(|launch| drivers.of(launch).ok());
        let which = Which::Group(group.id);
        found.map(move |driver| Source { driver, which }).collect::<Vec<_>>()
    });
    own.chain(hooks).collect()
}

/// Strays that were seen, and since when.
#[derive(Debug, Default)]
struct Strays {
    since: HashMap<InstanceId, Timestamp>,
}

impl Strays {
    async fn sweep(&mut self, ledger: &Ledger, sources: Vec<Source>, now: Timestamp) {
        let mut found = HashMap::new();
        let mut is_all_known = true;
        for source in &sources {
            match source.driver.list(source.which).await {
                Ok(listing) => {
                    // After the listing: what has no record now has none since before it was listed.
                    let world = ledger.world();
                    let strays = listing.into_iter().filter(|seen| {
                        source.is_ours(seen) && world.instance(seen.instance).is_none()
                    });
                    found.extend(strays.map(|seen| (seen.instance, (seen.group, source))));
                }
                // The cycle says so where it matters.
                Err(_) => is_all_known = false,
            }
        }
        if is_all_known {
            self.since.retain(|id, _| found.contains_key(id));
        }
        for (instance, (group, source)) in found {
            let since = *self.since.entry(instance).or_insert(now);
            if now.since(since) >= GRACE && end(instance, source).await {
                self.since.remove(&instance);
                note(ledger, instance, group).await;
            }
        }
    }
}

/// Ends a stray; whether that is done.
async fn end(instance: InstanceId, source: &Source) -> bool {
    match source.driver.terminate(instance).await {
        Ok(_) => true,
        Err(trouble) => {
            tracing::warn!(instance.id = %instance, reason = %trouble, "an instance without a record does not end; it is tried again");
            false
        }
    }
}

/// Says what was done: in the log, and to its group, if that still exists.
async fn note(ledger: &Ledger, instance: InstanceId, group: ScalingGroupId) {
    tracing::warn!(instance.id = %instance, group.id = %group, "an instance without a record was ended");
    let Some(desired) = ledger.world().scaling_group(group).map(|group| group.desired) else {
        return;
    };
    let text = format!("instance {instance} ran without a record and was ended");
    let activity = NewActivity {
        id: Uuid::now_v7().into(),
        group,
        cause: Cause::Desired,
        after: desired,
        instance: None,
        evidence: Vec::new(),
        result: ActivityResult::Successful,
        text: Note::new(text),
    };
    commit(ledger, vec![ScalingEdit::RecordActivity(activity)]).await;
}

#[cfg(test)]
mod tests;
