//! Obeys commands: puts new values in force and takes old ones out of it, between two events.
//! It must leave alone whatever a change does not touch: sockets, connections, counters.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::Arc;

use elbow_model::value::{ListenerId, LoadBalancerId, MemberId, PoolId};

use super::arena::{Key, Kind};
use super::channel::Channel;
use super::command::Command;
use super::connection::Work;
use super::engine::{Desk, Mode, Worker};
use super::runtime::{Endpoint, Entrance, RetryBudget, Runtime};
use crate::live::{Balancer, PoolView};
use crate::sys::epoll::Interest;

/// What a closing listener's queue may hold and is still served.
const LAST_ACCEPTS: usize = 4096;

impl Worker {
    pub(crate) fn obey(&mut self, desk: &mut Desk) {
        self.inbox.wake().silence();
        while let Some(command) = self.inbox.next() {
            match command {
                Command::Install { balancer, views, done } => {
                    self.install(balancer, views, desk);
                    drop(done);
                }
                Command::Remove { balancer, done } => {
                    self.uninstall(balancer, desk);
                    drop(done);
                }
                Command::View { balancer, pool, view, done } => {
                    self.replace_view(balancer, pool, view);
                    drop(done);
                }
                Command::Drain { done } => self.drain(done, desk),
                Command::Stop => self.mode = Mode::Stopped,
            }
        }
    }

    fn install(&mut self, balancer: Arc<Balancer>, views: Vec<Arc<PoolView>>, desk: &mut Desk) {
        let endpoints = self.reference_endpoints(&balancer);
        let retries = balancer.pools.iter().map(|_| RetryBudget::default()).collect();
        let views = RefCell::new(views);
        let runtime = Rc::new(Runtime { balancer, views, retries, endpoints });
        let previous = self.balancers.insert(runtime.balancer.id, runtime.clone());
        for (position, listener) in runtime.balancer.listeners.iter().enumerate() {
            let known = self.entrance_of.get(&listener.id).copied();
            let same_socket = known
                .and_then(|key| self.entrances.get_mut(key))
                .filter(|known| Arc::ptr_eq(&known.listener.socket, &listener.socket));
            if let Some(entrance) = same_socket {
                entrance.runtime = runtime.clone();
                entrance.position = position;
                entrance.listener = listener.clone();
            } else {
                if known.is_some() {
                    self.close_entrance(listener.id, desk);
                }
                self.open_entrance(&runtime, position);
            }
        }
        if let Some(previous) = previous {
            self.retire(&previous, Some(&runtime), desk);
        }
        self.waiting.stir();
    }

    fn uninstall(&mut self, balancer: LoadBalancerId, desk: &mut Desk) {
        if let Some(previous) = self.balancers.remove(&balancer) {
            self.retire(&previous, None, desk);
        }
        self.waiting.stir();
    }

    /// Closes what `previous` had and its successor has not.
    fn retire(&mut self, previous: &Runtime, next: Option<&Runtime>, desk: &mut Desk) {
        for listener in &previous.balancer.listeners {
            if next.is_none_or(|next| next.balancer.listener(listener.id).is_none()) {
                self.close_entrance(listener.id, desk);
            }
        }
        for key in previous.endpoints.iter().flatten().flatten() {
            self.release_endpoint(*key);
        }
    }

    fn replace_view(&mut self, balancer: LoadBalancerId, pool: PoolId, view: Arc<PoolView>) {
        self.waiting.stir();
        let Some(runtime) = self.balancers.get(&balancer) else { return };
        let place = runtime.balancer.pools.iter().position(|known| known.id == pool);
        let mut views = runtime.views.borrow_mut();
        if let Some(place) = place.and_then(|place| views.get_mut(place)) {
            *place = view;
        }
    }

    fn drain(&mut self, done: super::command::Acknowledge, desk: &mut Desk) {
        if matches!(self.mode, Mode::Draining { .. }) {
            self.mode = Mode::Stopped;
            return;
        }
        self.mode = Mode::Draining { _done: done };
        let listeners: Vec<ListenerId> = self.entrance_of.keys().copied().collect();
        for listener in listeners {
            self.close_entrance(listener, desk);
        }
    }

    fn open_entrance(&mut self, runtime: &Rc<Runtime>, position: usize) {
        let Some(listener) = runtime.balancer.listeners.get(position).cloned() else { return };
        let id = listener.id;
        let socket = listener.socket.clone();
        let key = self.entrances.insert(Entrance {
            runtime: runtime.clone(),
            position,
            listener,
            is_open: true,
            clients: 0,
        });
        self.entrance_of.insert(id, key);
        let token = key.token(Kind::Listener);
        if let Err(error) = self.epoll.add(socket.as_fd(), token, Interest::Listener) {
            tracing::error!(listener.id = %id, %error, "a listener can't be watched");
        }
    }

    /// Serves what the listener's queue holds, then accepts no more and lets idle clients go.
    fn close_entrance(&mut self, listener: ListenerId, desk: &mut Desk) {
        let Some(key) = self.entrance_of.remove(&listener) else { return };
        self.accept_up_to(key, LAST_ACCEPTS, desk);
        let Some(entrance) = self.entrances.get_mut(key) else { return };
        entrance.is_open = false;
        if let Err(error) = self.epoll.remove(entrance.listener.socket.as_fd()) {
            tracing::warn!(listener.id = %listener, %error, "a listener was not watched");
        }
        let idle: Vec<Key> = self
            .clients
            .iter()
            .filter(|(_, client)| {
                let is_silent = match client.work {
                    Work::Idle | Work::Hello(_) => true,
                    // Not begun: it has sent nothing.
                    Work::Handshake => matches!(client.channel, Channel::Plain(_)),
                    _ => false,
                };
                client.listener == key
                    && is_silent
                    && client.input.is_empty()
                    && client.output.is_empty()
            })
            .map(|(key, _)| key)
            .collect();
        for client in idle {
            match self.clients.get(client).map(|client| &client.work) {
                // Ended as what it was about to become.
                Some(Work::Hello(_)) => self.abort_client(client),
                Some(_) | None => self.close_client(client),
            }
        }
        self.leave_http2(key, desk);
        self.forget_entrance_if_done(key);
    }

    pub(crate) fn forget_entrance_if_done(&mut self, key: Key) {
        if self.entrances.get(key).is_some_and(|place| !place.is_open && place.clients == 0) {
            self.entrances.remove(key);
        }
    }

    fn reference_endpoints(&mut self, balancer: &Balancer) -> Vec<Vec<Vec<Key>>> {
        let mut all = Vec::with_capacity(balancer.listeners.len());
        for listener in &balancer.listeners {
            let mut of_listener = Vec::with_capacity(balancer.pools.len());
            for (pool, targets) in balancer.pools.iter().zip(&listener.targets) {
                let members = pool.members.iter().zip(targets);
                of_listener.push(
                    members.map(|(member, at)| self.reference_endpoint(member.id, *at)).collect(),
                );
            }
            all.push(of_listener);
        }
        all
    }

    fn reference_endpoint(&mut self, member: MemberId, address: SocketAddr) -> Key {
        let identity = (member, address);
        let known = self.endpoint_of.get(&identity).copied();
        if let Some(key) = known
            && let Some(endpoint) = self.endpoints.get_mut(key)
        {
            endpoint.references += 1;
            return key;
        }
        let endpoint = Endpoint { identity, idle: Vec::new(), carriers: Vec::new(), references: 1 };
        let key = self.endpoints.insert(endpoint);
        self.endpoint_of.insert(identity, key);
        key
    }

    fn release_endpoint(&mut self, key: Key) {
        let Some(endpoint) = self.endpoints.get_mut(key) else { return };
        endpoint.references -= 1;
        if endpoint.references > 0 {
            return;
        }
        if let Some(endpoint) = self.endpoints.remove(key) {
            self.endpoint_of.remove(&endpoint.identity);
            for idle in endpoint.idle {
                self.upstreams.remove(idle);
            }
            // They find that nobody names their endpoint any more.
            for carrier in endpoint.carriers {
                self.ring_carrier(carrier);
            }
        }
    }
}
