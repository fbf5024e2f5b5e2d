//! A worker's own form of what is installed: the shared values, with this worker's places for
//! connections beside them. It must make the hot path a walk over indices.

use std::cell::RefCell;
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
    /// `endpoints[listener][pool][member]`.
    pub(crate) endpoints: Vec<Vec<Vec<Key>>>,
}

impl Runtime {
    /// The pool at this place of the table's entry.
    pub(crate) fn pool(&self, index: usize) -> Option<&Pool> {
        self.balancer.pools.get(index).map(Arc::as_ref)
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
    /// Counts one more in flight.
    pub(crate) fn new(runtime: Rc<Runtime>, pool: usize, member: usize) -> Self {
        let assignment = Self { runtime, pool, member };
        if let Some(member) = assignment.member() {
            member.state.in_flight.fetch_add(1, Ordering::Relaxed);
        }
        assignment
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
