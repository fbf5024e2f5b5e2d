//! The runtime values themselves. They must hold what a worker needs per request in the shape it
//! needs it, and nothing that only control needs.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use elbow_model::listener::Protocol;
use elbow_model::table::{TableEntry, TableListener, TablePool};
use elbow_model::value::{ListenerId, LoadBalancerId, MemberId, PoolId, Revision};
use elbow_traffic::http1::write_request::Inserted;
use elbow_traffic::route::Router;

use super::sessions::Sessions;
use super::state::{ListenerState, MemberState, PoolState};
use crate::member_tls::{MemberTls, PoolTls};
use crate::tls::ListenerTls;

/// A load balancer as workers run it.
#[derive(Debug)]
pub struct Balancer {
    pub id: LoadBalancerId,
    pub revision: Revision,
    /// What it was built from.
    pub entry: Arc<TableEntry>,
    pub listeners: Vec<Arc<Listener>>,
    /// In the order of the entry's pools.
    pub pools: Vec<Arc<Pool>>,
}

impl Balancer {
    /// The listener with this id.
    #[must_use]
    pub fn listener(&self, id: ListenerId) -> Option<&Arc<Listener>> {
        self.listeners.iter().find(|listener| listener.id == id)
    }

    /// The pool with this id.
    #[must_use]
    pub fn pool(&self, id: PoolId) -> Option<&Arc<Pool>> {
        self.pools.iter().find(|pool| pool.id == id)
    }
}

/// A listener as workers run it.
#[derive(Debug)]
pub struct Listener {
    pub id: ListenerId,
    pub table: TableListener,
    /// The one listening socket, in every worker's epoll.
    pub socket: Arc<OwnedFd>,
    pub router: Router,
    /// `targets[pool][member]`: where this listener reaches a member.
    pub targets: Vec<Vec<SocketAddr>>,
    /// Fields set on every request, in the writer's form.
    pub inserted: Vec<Inserted>,
    /// On HTTPS listeners, and only there.
    pub tls: Option<Arc<ListenerTls>>,
    pub state: Arc<ListenerState>,
}

impl Listener {
    /// Whether clients' first bytes are looked at before a member is chosen; where they are not,
    /// the member may speak first.
    #[must_use]
    pub fn routes_by_server_name(&self) -> bool {
        self.table.protocol == Protocol::Tcp && !self.table.rules.is_empty()
    }
}

/// A pool as workers run it.
#[derive(Debug)]
pub struct Pool {
    pub id: PoolId,
    pub table: TablePool,
    /// In the order of the table's members.
    pub members: Vec<Member>,
    pub state: Arc<PoolState>,
    /// How TLS is spoken with its members; none if they are spoken to in clear.
    pub tls: Option<Arc<PoolTls>>,
    /// The members of clients with the application's cookie, where the pool goes by one.
    pub sessions: Option<Arc<Sessions>>,
}

/// A member as workers run it.
#[derive(Debug)]
pub struct Member {
    pub id: MemberId,
    pub weight: u16,
    pub backup: bool,
    /// Where the pool speaks TLS, and only there.
    pub tls: Option<Arc<MemberTls>>,
    pub state: Arc<MemberState>,
}
