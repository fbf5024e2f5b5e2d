//! What a worker can be told, and how it says that it is done. A command must take effect between
//! two events, and is acknowledged only when it is in force.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use elbow_model::value::{LoadBalancerId, PoolId};

use crate::live::{Balancer, PoolView};
use crate::sys::event::Wake;

/// An order to one worker.
#[derive(Debug)]
pub enum Command {
    /// Puts a load balancer in force, in place of any earlier value with its id. `views` has one
    /// per pool, in the order of its pools.
    Install { balancer: Arc<Balancer>, views: Vec<Arc<PoolView>>, done: Acknowledge },
    /// Stops a load balancer: what it has accepted is finished.
    Remove { balancer: LoadBalancerId, done: Acknowledge },
    /// A pool's eligible members changed.
    View { balancer: LoadBalancerId, pool: PoolId, view: Arc<PoolView>, done: Acknowledge },
    /// Accepts nothing more, finishes what is there, ends when all is done. A second one ends at
    /// once.
    Drain { done: Acknowledge },
    /// Ends at once.
    Stop,
}

/// A share in an acknowledgement. When the last share is dropped, by workers that did as told or
/// by one that ended, the given function runs, on the dropper's thread; it must be quick.
#[derive(Clone, Debug, Default)]
pub struct Acknowledge {
    _shared: Option<Arc<OnLastDrop>>,
}

struct OnLastDrop(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Acknowledge {
    /// Runs `when_done` once every clone is gone.
    #[must_use]
    pub fn new(when_done: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { _shared: Some(Arc::new(OnLastDrop(Some(Box::new(when_done))))) }
    }

    /// Nobody wants to know.
    #[must_use]
    pub fn ignored() -> Self {
        Self::default()
    }
}

impl Drop for OnLastDrop {
    fn drop(&mut self) {
        if let Some(when_done) = self.0.take() {
            when_done();
        }
    }
}

impl std::fmt::Debug for OnLastDrop {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("OnLastDrop")
    }
}

/// The sending end of a worker's commands; cheap to clone.
#[derive(Clone, Debug)]
pub struct WorkerHandle {
    shared: Arc<Shared>,
}

/// The worker's end.
#[derive(Debug)]
pub struct Inbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<VecDeque<Command>>,
    wake: Wake,
}

/// Makes both ends of a command queue.
///
/// # Errors
/// If the kernel gives no eventfd.
pub fn command_queue() -> io::Result<(WorkerHandle, Inbox)> {
    let shared = Arc::new(Shared { queue: Mutex::default(), wake: Wake::new()? });
    Ok((WorkerHandle { shared: shared.clone() }, Inbox { shared }))
}

impl WorkerHandle {
    /// Queues a command and wakes the worker.
    pub fn send(&self, command: Command) {
        let mut queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push_back(command);
        drop(queue);
        self.shared.wake.ring();
    }
}

impl Inbox {
    /// What has to be in the worker's epoll.
    #[must_use]
    pub fn wake(&self) -> &Wake {
        &self.shared.wake
    }

    /// The next command, if there is one.
    #[must_use]
    pub fn next(&self) -> Option<Command> {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
