//! The World: everything that is intended, as one value.
//!
//! It is structurally shared: a clone is a snapshot and costs nothing, and each revision shares with the one before
//! what did not change.

mod apply;
mod record;

use std::net::IpAddr;
use std::sync::Arc;

use crate::change::{Author, Change};
use crate::load_balancer::LoadBalancer;
use crate::network::Network;
use crate::project::Project;
use crate::rejection::Rejection;
use crate::user::User;
use crate::value::{
    ListenerId, LoadBalancerId, MemberId, NetworkId, PoolId, ProjectId, Revision, RuleId,
    Timestamp, UserId,
};

pub use record::{Key, Record};

/// Everything that is intended.
#[derive(Debug, Clone, Default)]
pub struct World {
    revision: Revision,
    load_balancers: imbl::OrdMap<LoadBalancerId, Arc<LoadBalancer>>,
}

/// What came of a Change.
#[derive(Debug, Clone)]
pub enum Applied {
    /// The next World.
    Next {
        /// The World with the Change in it.
        world: World,
        /// The records that are new, different or gone, each once.
        touched: Vec<Key>,
    },
    /// The request was carried out earlier ([`RequestMark`](crate::change::RequestMark)); nothing is different.
    Repeated {
        /// What the earlier one created.
        creates: uuid::Uuid,
    },
}

impl World {
    /// How long a released virtual IP is kept from other projects.
    pub const VIP_HOLD: std::time::Duration = std::time::Duration::from_secs(600);

    /// Makes the next World, or says why not. The one place for every rule about what may be intended.
    pub fn apply(&self, change: &Change) -> Result<Applied, Rejection> {
        apply::apply(self, change)
    }

    /// The revision of the last Change in it.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// All load balancers, oldest first; reversible for newest first.
    pub fn load_balancers(&self) -> impl DoubleEndedIterator<Item = &Arc<LoadBalancer>> {
        self.load_balancers.values()
    }

    /// How many load balancers there are.
    pub fn load_balancer_count(&self) -> usize {
        self.load_balancers.len()
    }

    /// Load balancers of `project` older than `before` (all if none), newest first, whose texts (name, description,
    /// id, virtual IP, tags, listeners, pools, members' names and addresses) contain every word of `keywords`, whatever
    /// their case.
    pub fn search(
        &self,
        _project: ProjectId,
        _keywords: &str,
        _before: Option<LoadBalancerId>,
    ) -> impl Iterator<Item = &Arc<LoadBalancer>> {
        self.load_balancers.values().rev()
    }

    /// A load balancer by id.
    pub fn load_balancer(&self, id: LoadBalancerId) -> Option<&Arc<LoadBalancer>> {
        self.load_balancers.get(&id)
    }

    /// A load balancer by name.
    pub fn load_balancer_named(
        &self,
        _project: ProjectId,
        _name: &str,
    ) -> Option<&Arc<LoadBalancer>> {
        todo!()
    }

    /// The load balancer that a listener is of.
    pub fn of_listener(&self, _id: ListenerId) -> Option<&Arc<LoadBalancer>> {
        todo!()
    }

    /// The load balancer that a pool is of.
    pub fn of_pool(&self, _id: PoolId) -> Option<&Arc<LoadBalancer>> {
        todo!()
    }

    /// The load balancer that a member is of.
    pub fn of_member(&self, _id: MemberId) -> Option<&Arc<LoadBalancer>> {
        todo!()
    }

    /// The load balancer that a rule is of.
    pub fn of_rule(&self, _id: RuleId) -> Option<&Arc<LoadBalancer>> {
        todo!()
    }

    /// The load balancer that has a virtual IP for itself, or the first of those that share it.
    pub fn of_vip(&self, _vip: IpAddr) -> Option<&Arc<LoadBalancer>> {
        todo!()
    }

    /// All networks, oldest first.
    pub fn networks(&self) -> impl DoubleEndedIterator<Item = &Arc<Network>> {
        std::iter::empty()
    }

    /// A network by id.
    pub fn network(&self, _id: NetworkId) -> Option<&Arc<Network>> {
        todo!()
    }

    /// A network by name.
    pub fn network_named(&self, _name: &str) -> Option<&Arc<Network>> {
        todo!()
    }

    /// All projects, oldest first.
    pub fn projects(&self) -> impl DoubleEndedIterator<Item = &Arc<Project>> {
        std::iter::empty()
    }

    /// A project by id.
    pub fn project(&self, _id: ProjectId) -> Option<&Arc<Project>> {
        todo!()
    }

    /// A project by name.
    pub fn project_named(&self, _name: &str) -> Option<&Arc<Project>> {
        todo!()
    }

    /// All users, oldest first.
    pub fn users(&self) -> impl DoubleEndedIterator<Item = &Arc<User>> {
        std::iter::empty()
    }

    /// A user by id.
    pub fn user(&self, _id: UserId) -> Option<&Arc<User>> {
        todo!()
    }

    /// A user by name.
    pub fn user_named(&self, _name: &str) -> Option<&Arc<User>> {
        todo!()
    }

    /// The record behind `key` as it is stored; none if it is gone.
    pub fn record(&self, _key: &Key) -> Option<Record> {
        todo!()
    }

    /// The World that consists of these records, at this revision.
    pub fn from_records(_revision: Revision, _records: impl IntoIterator<Item = Record>) -> Self {
        todo!()
    }

    /// What an earlier request of `author` with this key created, if it is still remembered.
    pub fn earlier_request(
        &self,
        _author: &Author,
        _key: &str,
        _now: Timestamp,
    ) -> Option<uuid::Uuid> {
        todo!()
    }
}
