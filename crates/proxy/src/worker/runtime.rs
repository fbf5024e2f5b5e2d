//! A worker's own form of what is installed: the shared values, with this worker's places for
//! connections beside them. It must make the hot path a walk over indices.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use elbow_model::value::MemberId;

use super::arena::Key;
use crate::live::{Balancer, Listener, Member, MemberCounters, Pool, PoolView};

/// An installed load balancer. Requests keep the one they began with alive.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(crate) balancer: Arc<Balancer>,
    /// One per pool; replaced whenever health changes.
    pub(crate) views: RefCell<Vec<Arc<PoolView>>>,
    /// What each pool may still spend on second tries.
    pub(crate) retries: Vec<RetryBudget>,
    /// `endpoints[listener][pool][member]`.
    pub(crate) endpoints: Vec<Vec<Vec<Key>>>,
}

impl Runtime {
    /// The pool at this place of the table's entry.
    pub(crate) fn pool(&self, index: usize) -> Option<&Pool> {
        self.balancer.pools.get(index).map(Arc::as_ref)
    }
}

/// Second tries that a pool may have: one for ten requests, so that they never add much to the load
/// of members that fail because of it.
#[derive(Debug)]
pub(crate) struct RetryBudget(Cell<u32>);

impl RetryBudget {
    /// What a try costs, in requests.
    const COST: u32 = 10;
    /// The most that is saved, and the start: enough for a member that dies under load.
    const MOST: u32 = 100 * Self::COST;

    /// A request was made.
    pub(crate) fn earn(&self) {
        self.0.set((self.0.get() + 1).min(Self::MOST));
    }

    /// Whether another try may be made; if so, it is paid for.
    pub(crate) fn spend(&self) -> bool {
        match self.0.get().checked_sub(Self::COST) {
            Some(left) => {
                self.0.set(left);
                true
            }
            None => false,
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self(Cell::new(Self::MOST))
    }
}

/// A place where clients arrive; it outlives changes of its load balancer.
#[derive(Debug)]
pub(crate) struct Entrance {
    /// The newest value.
    pub(crate) runtime: Rc<Runtime>,
    /// The listener's place in it.
    pub(crate) position: usize,
    pub(crate) listener: Arc<Listener>,
    /// Whether it accepts; a removed one only waits for its last clients.
    pub(crate) is_open: bool,
    pub(crate) clients: u32,
}

/// One member as one listener reaches it: where unused connections wait.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) identity: (MemberId, SocketAddr),
    /// Last in, first out, so that the rest can age.
    pub(crate) idle: Vec<Key>,
    /// Those of HTTP/2, each with streams of many clients.
    pub(crate) carriers: Vec<Key>,
    /// How many places of installed values name it.
    pub(crate) references: u32,
}

/// A request or connection that a member has; counted as long as it lives.
#[derive(Debug)]
pub(crate) struct Assignment {
    runtime: Rc<Runtime>,
    pub(crate) pool: usize,
    pub(crate) member: usize,
}

impl Assignment {
    /// Counts one more in flight; none if the member has `limit` already.
    pub(crate) fn take(
        runtime: &Rc<Runtime>,
        pool: usize,
        member: usize,
        limit: u32,
    ) -> Option<Self> {
        let assignment = Self { runtime: runtime.clone(), pool, member };
        let before = assignment.member()?.state.in_flight.fetch_add(1, Ordering::Relaxed);
        // Dropping the assignment takes the count back.
        (before < limit).then_some(assignment)
    }

    /// The member.
    pub(crate) fn member(&self) -> Option<&Member> {
        self.runtime.pool(self.pool)?.members.get(self.member)
    }

    /// This worker's counters of the member.
    pub(crate) fn counters(&self, worker: usize) -> Option<&MemberCounters> {
        Some(&self.member()?.state.per_worker.get(worker)?.0)
    }

    /// The value that the request began with.
    pub(crate) fn runtime(&self) -> &Rc<Runtime> {
        &self.runtime
    }
}

impl Drop for Assignment {
    fn drop(&mut self) {
        if let Some(member) = self.member() {
            member.state.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
