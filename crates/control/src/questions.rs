//! Answers to what request handlers ask of the running system: replays of recorded load, and logs of instances. It must
//! change nothing, and work on a few questions at a time only.

mod log;
mod replay;

use std::sync::Arc;

use elbow_model::questions::{
    Answer, InstanceLog, LogQuestion, Questions, Replay, ReplayQuestion, Unanswered,
};
use elbow_store::ledger::Ledger;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::now;
use crate::driver::Drivers;

/// Replays at a time; each takes a core for a part of a second.
const REPLAYS: usize = 1;
/// Replays that run or wait; more are sent away.
const REPLAY_QUEUE: usize = 8;
/// Logs that are read at a time.
const LOGS: usize = 4;
/// Logs that are read or wait.
const LOG_QUEUE: usize = 64;

/// Answers.
pub(crate) struct Answers {
    ledger: Ledger,
    drivers: Arc<Drivers>,
    replays: Desk,
    logs: Desk,
}

/// So many work at once, and a few more wait.
struct Desk {
    working: Arc<Semaphore>,
    present: Arc<Semaphore>,
}

impl Desk {
    fn new(working: usize, present: usize) -> Self {
        Self {
            working: Arc::new(Semaphore::new(working)),
            present: Arc::new(Semaphore::new(present)),
        }
    }

    /// A turn, once it comes; none if too many wait for one.
    fn turn(&self) -> impl Future<Output = Result<Turn, Unanswered>> + use<> {
        let present = Arc::clone(&self.present).try_acquire_owned();
        let working = Arc::clone(&self.working);
        async move {
            let present = present.map_err(|_| Unanswered::Busy)?;
            let working = working.acquire_owned().await.map_err(|_| Unanswered::Busy)?;
            Ok(Turn { _present: present, _working: working })
        }
    }
}

/// Held while a question is worked on.
struct Turn {
    _present: OwnedSemaphorePermit,
    _working: OwnedSemaphorePermit,
}

impl Answers {
    pub(crate) fn new(ledger: Ledger, drivers: Arc<Drivers>) -> Self {
        let (replays, logs) = (Desk::new(REPLAYS, REPLAY_QUEUE), Desk::new(LOGS, LOG_QUEUE));
        Self { ledger, drivers, replays, logs }
    }
}

impl Questions for Answers {
    fn replay(&self, question: ReplayQuestion) -> Answer<Replay> {
        let (ledger, turn) = (self.ledger.clone(), self.replays.turn());
        Box::pin(async move {
            let turn = turn.await?;
            let work = tokio::task::spawn_blocking(move || {
                let answer =
                    replay::replay(&ledger.world(), ledger.series().groups(), &question, now());
                drop(turn);
                answer
            });
            work.await.map_err(|error| Unanswered::Trouble { reason: error.to_string() })?
        })
    }

    fn log(&self, question: LogQuestion) -> Answer<InstanceLog> {
        let (ledger, drivers) = (self.ledger.clone(), Arc::clone(&self.drivers));
        let turn = self.logs.turn();
        Box::pin(async move {
            let _turn = turn.await?;
            log::log(&ledger.world(), &drivers, question).await
        })
    }
}

#[cfg(test)]
mod tests;
