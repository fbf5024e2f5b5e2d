//! The load balancer: one virtual IP with listeners, and the pools behind them. It is the unit that is stored, sent
//! to proxies and put in force as a whole.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::listener::{Listener, Protocol};
use crate::pool::Pool;
use crate::value::{
    Description, ListenerId, LoadBalancerId, MemberId, Name, NetworkId, Number, PoolId, ProjectId,
    Revision, Tags, Timestamp, UserId,
};

/// A load balancer with everything below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// What APIs call it.
    pub id: LoadBalancerId,
    /// What dialects with numeric ids call it.
    pub number: Number,
    /// Who created it.
    pub owner: UserId,
    /// Where it belongs.
    pub project: ProjectId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it or anything below it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it or anything below it.
    pub revision: Revision,
    /// The network that its virtual IP is from.
    pub network: NetworkId,
    /// Its virtual IP.
    pub vip: IpAddr,
    /// What users can edit.
    pub settings: LoadBalancerSettings,
    /// In the order of their creation.
    pub listeners: Vec<Arc<Listener>>,
    /// The default pool first, then in the order of their creation; never empty.
    pub pools: Vec<Arc<Pool>>,
}

/// What users can edit on a load balancer itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancerSettings {
    /// Unique in the project.
    pub name: Name,
    /// Free text.
    pub description: Description,
    /// Labels.
    pub tags: Tags,
    /// Which protocols its listeners may have.
    pub kind: Kind,
    /// Whether it listens at all.
    pub enabled: bool,
    /// Whether a delete is refused.
    pub deletion_protection: bool,
}

/// Which protocols a load balancer's listeners may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// HTTP and HTTPS.
    Application,
    /// TCP.
    Network,
    /// Any mix.
    Mixed,
}

impl Kind {
    /// Whether a listener of this `protocol` is allowed.
    pub fn allows(self, protocol: Protocol) -> bool {
        match (self, protocol) {
            (Self::Mixed, _) => true,
            (Self::Application, Protocol::Http | Protocol::Https) => true,
            (Self::Network, Protocol::Tcp) => true,
            (Self::Application, Protocol::Tcp)
            | (Self::Network, Protocol::Http | Protocol::Https) => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Application => "APPLICATION",
            Self::Network => "NETWORK",
            Self::Mixed => "MIXED",
        })
    }
}

impl LoadBalancer {
    /// The most rules over all listeners: with the quotas, it bounds what is stored and sent as one.
    pub const MAX_RULES: u32 = 2_048;
    /// The most bytes of fixed answers over all rules.
    pub const MAX_ANSWER_BYTES: u32 = 1024 * 1024;
    /// The most bytes of certificates, their keys and CA certificates over all listeners and pools.
    pub const MAX_TLS_BYTES: u32 = 8 * 1024 * 1024;

    /// The pool that serves listeners which name no other.
    pub fn default_pool(&self) -> &Arc<Pool> {
        self.pools.first().expect("a load balancer always has its default pool")
    }

    /// The pool with this id.
    pub fn pool(&self, id: PoolId) -> Option<&Arc<Pool>> {
        self.pools.iter().find(|pool| pool.id == id)
    }

    /// The listener with this id.
    pub fn listener(&self, id: ListenerId) -> Option<&Arc<Listener>> {
        self.listeners.iter().find(|listener| listener.id == id)
    }

    /// The pool that a member is in.
    pub fn pool_of(&self, member: MemberId) -> Option<&Arc<Pool>> {
        self.pools.iter().find(|pool| pool.member(member).is_some())
    }
}
