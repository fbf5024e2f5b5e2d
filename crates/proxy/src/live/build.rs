//! Builds runtime values from a Table entry and carries over, by id, what outlives the change.
//! It must not touch a socket: listening sockets are given.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use elbow_model::listener::Protocol;
use elbow_model::pool::SessionPersistence;
use elbow_model::table::{TableEntry, TableListener, TablePool};
use elbow_model::value::ListenerId;
use elbow_traffic::http1::write_request::Inserted;
use elbow_traffic::route::Router;

use super::balancer::{Balancer, Listener, Member, Pool};
use super::sessions::Sessions;
use super::state::{ListenerState, MemberState};
use super::view::hash_key;
use crate::member_tls::{PoolTls, same_tls};
use crate::tls::{ListenerTls, SecureListeners};

/// The bound listening sockets of one load balancer.
pub type Sockets = HashMap<ListenerId, Arc<OwnedFd>>;

/// The runtime value of `entry` for so many workers. A listener that lacks what it needs, a socket or
/// TLS, is left out: whoever made those of the others has reported why.
#[must_use]
pub fn build(
    entry: Arc<TableEntry>,
    previous: Option<&Balancer>,
    (sockets, secure): (&Sockets, &SecureListeners),
    workers: usize,
) -> Balancer {
    let pools = entry
        .pools
        .iter()
        .map(|pool| {
            let old = previous.and_then(|previous| previous.pool(pool.id));
            Arc::new(build_pool(pool, old.map(Arc::as_ref), workers))
        })
        .collect();
    let listeners = entry
        .listeners
        .iter()
        .filter_map(|listener| {
            let old = previous.and_then(|previous| previous.listener(listener.id));
            let state =
                old.map_or_else(|| Arc::new(ListenerState::new(workers)), |old| old.state.clone());
            let socket = sockets.get(&listener.id)?.clone();
            let tls = match listener.protocol {
                Protocol::Https => Some(secure.get(&listener.id)?.clone()),
                Protocol::Http | Protocol::Tcp => None,
            };
            Some(Arc::new(build_listener(&entry, listener, (socket, tls), state)))
        })
        .collect();
    Balancer { id: entry.id, revision: entry.revision, entry, listeners, pools }
}

fn build_pool(table: &TablePool, old: Option<&Pool>, workers: usize) -> Pool {
    let tls = build_tls(table, old);
    // What a member gave to take up sessions by is worth nothing under other settings.
    let is_same_tls = old.is_some_and(|old| same_tls(old.tls.as_ref(), tls.as_ref()));
    let members = table
        .members
        .iter()
        .map(|member| {
            let old = old.and_then(|old| old.members.iter().find(|old| old.id == member.id));
            let kept_tls = old.filter(|_| is_same_tls).and_then(|old| old.tls.clone());
            Member {
                id: member.id,
                weight: member.weight.get(),
                backup: member.backup,
                tls: kept_tls.or_else(|| Some(Arc::new(tls.as_ref()?.member()))),
                state: old
                    .map_or_else(|| Arc::new(MemberState::new(workers)), |old| old.state.clone()),
            }
        })
        .collect();
    let state = old.map_or_else(Arc::default, |old| old.state.clone());
    let sessions = build_sessions(table, old);
    Pool { id: table.id, table: table.clone(), members, state, tls, sessions }
}

/// TLS with the members, the same value as long as its settings are the same.
fn build_tls(table: &TablePool, old: Option<&Pool>) -> Option<Arc<PoolTls>> {
    let settings = table.tls.as_ref()?;
    let same = old.and_then(|old| old.tls.clone()).filter(|old| old.is_of(settings));
    Some(same.unwrap_or_else(|| Arc::new(PoolTls::build(settings))))
}

/// Sessions outlive a change unless they are of another cookie or last for another time.
fn build_sessions(table: &TablePool, old: Option<&Pool>) -> Option<Arc<Sessions>> {
    let Some(SessionPersistence::AppCookie { timeout_s, .. }) = &table.session_persistence else {
        return None;
    };
    let same = old.filter(|old| old.table.session_persistence == table.session_persistence);
    same.and_then(|old| old.sessions.clone()).or_else(|| {
        let timeout_ms = u64::from(timeout_s.get()) * 1_000;
        Some(Arc::new(Sessions::new(hash_key(table.id), timeout_ms)))
    })
}

fn build_listener(
    entry: &TableEntry,
    table: &TableListener,
    (socket, tls): (Arc<OwnedFd>, Option<Arc<ListenerTls>>),
    state: Arc<ListenerState>,
) -> Listener {
    let targets = entry
        .pools
        .iter()
        .map(|pool| pool.members.iter().map(|member| member.target(table)).collect())
        .collect();
    let inserted = table
        .insert_headers
        .iter()
        .map(|header| Inserted {
            name: header.name.as_str().to_owned(),
            value: header.value.as_str().to_owned(),
        })
        .collect();
    Listener {
        id: table.id,
        table: table.clone(),
        socket,
        router: Router::new(table),
        targets,
        inserted,
        tls,
        state,
    }
}
