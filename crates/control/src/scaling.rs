//! Scaling groups at work: looks at every group, asks the planner what is next, and does that. It must decide nothing:
//! what is intended is the World's, what is right is `plan`'s, what exists is the drivers'.
//!
//! ```text
//!   World + Observed + Book (what drivers said) --sight--> plan --> commits, driver calls
//!   counters, usage --meter--> load, second by second --policies--> desired counts
//! ```
//!
//! Nothing is remembered that a restart must not lose: a call whose answer was lost is made again, and drivers do
//! nothing twice.

mod book;
mod calls;
mod chronicle;
mod cycle;
mod meter;
mod policies;
mod revival;
mod sight;
#[cfg(test)]
mod simulation;
mod strays;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use elbow_store::ledger::Ledger;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time;

pub(crate) use self::calls::template_of;
use crate::driver::Drivers;

/// How long stopping waits for what is being done, and for all instances to end.
const END_WITHIN: Duration = Duration::from_secs(30);

/// Scaling groups at work. Dropped, it goes on to its next pause and ends; instances stay as they are.
#[must_use = "scaling ends when its handle is dropped"]
pub struct Scaling {
    ledger: Ledger,
    drivers: Arc<Drivers>,
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Scaling {
    /// Starts; must be called within a Tokio runtime.
    pub fn start(ledger: Ledger, drivers: Arc<Drivers>) -> Self {
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(cycle::run(ledger.clone(), Arc::clone(&drivers), ended));
        Self { ledger, drivers, end, task }
    }

    /// Ends, and lets instances run on.
    pub async fn leave(self) {
        drop(self.end);
        if time::timeout(END_WITHIN, self.task).await.is_err() {
            tracing::warn!(
                "a step of a scaling group is not done yet; it is done again after the next start"
            );
        }
    }

    /// Ends, and ends the processes of this machine that are instances: the next start brings them back.
    pub async fn stop(self) {
        let (ledger, drivers) = (self.ledger.clone(), Arc::clone(&self.drivers));
        self.leave().await;
        if time::timeout(END_WITHIN, revival::rest(&ledger, &drivers)).await.is_err() {
            tracing::warn!("some instances did not end in time");
        }
    }
}
