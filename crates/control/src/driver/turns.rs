//! Turns: calls about the same instance come one after the other, calls about different ones mostly beside each other.

use elbow_model::value::{Id, InstanceId};
use tokio::sync::{Mutex, MutexGuard};

/// Locks that all instances share; two instances have the same one now and then, and wait for each other.
const TURNS: usize = 64;

/// Whose turn it is.
#[derive(Debug)]
pub(super) struct Turns([Mutex<()>; TURNS]);

impl Turns {
    /// Nobody's yet.
    pub(super) fn new() -> Self {
        Self([const { Mutex::const_new(()) }; TURNS])
    }

    /// Waits for the instance's turn, which lasts until the answer is dropped.
    pub(super) async fn wait(&self, instance: InstanceId) -> MutexGuard<'_, ()> {
        // The last bits of an id are random.
        let index = usize::from(instance.uuid().as_bytes()[15]) % TURNS;
        self.0[index].lock().await
    }
}
