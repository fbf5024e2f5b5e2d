//! The facts about load balancers that a Change relies on.

use std::time::Duration;

use elbow_model::attachment::{SeenBalancer, SeenStatus};
use elbow_model::status;
use elbow_model::value::LoadBalancerId;
use elbow_model::world::World;
use elbow_store::ledger::Ledger;

/// How long a request waits for load balancers that were only just changed: putting one in force takes milliseconds, and
/// a refusal that is wrong a moment later would help nobody.
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until none of these is pending, or for a while.
pub(super) async fn settle(ledger: &Ledger, balancers: Vec<LoadBalancerId>) {
    let mut news = ledger.watch();
    let settled = async {
        loop {
            let world = ledger.world();
            let seen = seen(ledger, &world, balancers.iter().copied());
            if seen.iter().all(|seen| seen.status != SeenStatus::Pending) {
                return;
            }
            // A watcher that fell behind looks again; one whose Ledger is closed waits in vain.
            if let Err(tokio::sync::broadcast::error::RecvError::Closed) = news.recv().await {
                return;
            }
        }
    };
    // In the end the model says what is wrong with one that is still pending.
    tokio::time::timeout(PATIENCE, settled).await.ok();
}

/// What is seen of these load balancers now.
pub(super) fn seen(
    ledger: &Ledger,
    world: &World,
    balancers: impl IntoIterator<Item = LoadBalancerId>,
) -> Vec<SeenBalancer> {
    let observed = ledger.observed();
    let see = |id| {
        let balancer = world.load_balancer(id)?;
        let status = status::of_load_balancer(balancer, &observed).seen();
        Some(SeenBalancer { load_balancer: id, status })
    };
    balancers.into_iter().filter_map(see).collect()
}
