//! Listening sockets: one per listener, opened once, kept while its address stays. It must never
//! share an address with another process (no SO_REUSEPORT: the kernel would divide the traffic
//! between both in silence), and say in words what keeps an address from being bound.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Weak};

use elbow_model::listener::Protocol;
use elbow_model::table::{TableEntry, TableListener};
use elbow_model::value::ListenerId;

use crate::live::Sockets;
use crate::sys::socket::listen;
use crate::tls::SecureListeners;

/// Descriptors that listeners never get: connections need them.
const RESERVE: u64 = 512;

/// The listening sockets of the whole process.
#[derive(Debug)]
pub(super) struct Sites {
    /// By address, as long as any worker holds one.
    by_address: HashMap<SocketAddr, Weak<OwnedFd>>,
    /// Listeners that may be open.
    most: u64,
    limit: u64,
}

/// What binding an entry's listeners gave.
#[derive(Debug, Default)]
pub(super) struct Bound {
    pub sockets: Sockets,
    /// Why the others have no socket.
    pub failures: Vec<(ListenerId, String)>,
}

/// A socket that is not listened on any more.
#[derive(Debug)]
pub(super) struct Leaving {
    pub address: SocketAddr,
    pub socket: Arc<OwnedFd>,
}

impl Bound {
    /// The sockets of `entry`, whose sockets these are, that `next` does not have.
    pub(super) fn leaving(&self, entry: &TableEntry, next: Option<&Self>) -> Vec<Leaving> {
        let has = |socket: &Arc<OwnedFd>| {
            next.is_some_and(|next| next.sockets.values().any(|kept| Arc::ptr_eq(kept, socket)))
        };
        let listeners = entry.listeners.iter();
        listeners
            .filter_map(|listener| Some((listener.address, self.sockets.get(&listener.id)?)))
            .filter(|(_, socket)| !has(socket))
            .map(|(address, socket)| Leaving { address, socket: socket.clone() })
            .collect()
    }
}

impl Sites {
    /// For a process that may have `limit` descriptors.
    pub(super) fn new(limit: u64) -> Self {
        let most = limit.saturating_sub(RESERVE.max(limit / 4)).max(1);
        Self { by_address: HashMap::new(), most, limit }
    }

    /// Gives every listener of an entry its socket: the one it has, if its address stays the same.
    /// HTTPS listeners without TLS get none.
    pub(super) fn bind(
        &mut self,
        entry: &TableEntry,
        secure: &SecureListeners,
        previous: Option<(&TableEntry, &Sockets)>,
    ) -> Bound {
        let mut bound = Bound::default();
        for listener in &entry.listeners {
            let kept = previous.and_then(|(old, sockets)| {
                let same = |known: &&TableListener| {
                    known.id == listener.id && known.address == listener.address
                };
                old.listeners.iter().find(same).and_then(|known| sockets.get(&known.id))
            });
            let opened = match (listener.protocol, kept) {
                // Nobody would serve its clients; why is known already.
                (Protocol::Https, _) if !secure.contains_key(&listener.id) => continue,
                (Protocol::Http | Protocol::Https | Protocol::Tcp, Some(socket)) => {
                    Ok(socket.clone())
                }
                (Protocol::Http | Protocol::Https | Protocol::Tcp, None) => {
                    self.open(listener.address)
                }
            };
            match opened {
                Ok(socket) => {
                    bound.sockets.insert(listener.id, socket);
                }
                Err(reason) => bound.failures.push((listener.id, reason)),
            }
        }
        bound
    }

    /// Stops listening, once no worker accepts from this socket any more. Closing it would not do:
    /// connections that were accepted from it may hold it for long, and the kernel would go on to
    /// queue new ones that nobody serves.
    pub(super) fn close(&mut self, Leaving { address, socket }: Leaving) {
        let newest = self.by_address.get(&address).and_then(Weak::upgrade);
        if newest.is_some_and(|newest| !Arc::ptr_eq(&newest, &socket)) {
            // Handed over: the queue is another listener's now.
            return;
        }
        self.by_address.remove(&address);
        if let Err(error) = socket2::SockRef::from(&*socket).shutdown(Shutdown::Read) {
            tracing::warn!(%address, %error, "a listener could not be closed");
        }
    }

    fn open(&mut self, address: SocketAddr) -> Result<Arc<OwnedFd>, String> {
        if self.by_address.len() as u64 >= self.most {
            self.by_address.retain(|_, socket| socket.strong_count() > 0);
        }
        if self.by_address.len() as u64 >= self.most {
            return Err(format!(
                "{address} can't be opened: {} listeners are all that a limit of {} descriptors \
                 leaves room for; raise it (ulimit -n, LimitNOFILE=)",
                self.most, self.limit
            ));
        }
        // An address that another listener of ours is just leaving: its queue goes on with us.
        let leaving = self.by_address.get(&address).and_then(Weak::upgrade);
        let opened = match leaving {
            Some(socket) => socket.try_clone(),
            None => listen(address),
        };
        let socket = Arc::new(opened.map_err(|error| self.explain(address, &error))?);
        self.by_address.insert(address, Arc::downgrade(&socket));
        Ok(socket)
    }

    fn explain(&self, address: SocketAddr, error: &io::Error) -> String {
        let (ip, port) = (address.ip(), address.port());
        match error.raw_os_error() {
            Some(libc::EADDRINUSE) => format!(
                "{address} is in use by another program; stop that (`ss -ltnp 'sport = :{port}'` \
                 names it) or choose another port"
            ),
            Some(libc::EADDRNOTAVAIL) => format!(
                "{ip} is not an address of this machine; add it to an interface \
                 (`ip address add {ip} dev ...`) or choose an address that is"
            ),
            Some(libc::EACCES) => format!(
                "port {port} of {ip} needs a privilege that this user does not have; grant it \
                 (`sysctl net.ipv4.ip_unprivileged_port_start={port}` or CAP_NET_BIND_SERVICE) or \
                 choose a port from 1024 on"
            ),
            Some(libc::EMFILE | libc::ENFILE) => format!(
                "{address} can't be opened: no descriptor is left of {}; raise the limit \
                 (ulimit -n, LimitNOFILE=)",
                self.limit
            ),
            Some(libc::EAFNOSUPPORT) => {
                format!(
                    "{address} can't be opened: this machine has no IPv6; enable it or use IPv4"
                )
            }
            _ => format!("{address} can't be opened: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_another_program_holds_is_said_in_words_and_bound_once_it_is_free() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        let mut sites = Sites::new(10_000);
        let reason = sites.open(address).unwrap_err();
        assert!(reason.contains("in use by another program"), "{reason}");
        drop(other);
        sites.open(address).unwrap();
    }

    #[test]
    fn an_address_that_is_not_ours_is_said_in_words() {
        let mut sites = Sites::new(10_000);
        let reason = sites.open("192.0.2.1:80".parse().unwrap()).unwrap_err();
        assert!(reason.contains("not an address of this machine"), "{reason}");
    }

    #[test]
    fn two_sockets_never_share_an_address_by_accident_but_one_is_handed_over() {
        let mut sites = Sites::new(10_000);
        let first = sites.open("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = crate::sys::socket::local_address(std::os::fd::AsFd::as_fd(&*first)).unwrap();
        assert!(Sites::new(10_000).open(address).is_err());
        sites.by_address.insert(address, Arc::downgrade(&first));
        let second = sites.open(address).unwrap();
        drop(first);
        assert!(Sites::new(10_000).open(address).is_err());
        drop(second);
        assert!(Sites::new(10_000).open(address).is_ok());
    }

    #[test]
    fn the_budget_of_descriptors_is_kept() {
        let mut sites = Sites::new(514);
        let _first = sites.open("127.0.0.1:0".parse().unwrap()).unwrap();
        let _second = sites.open("127.0.0.2:0".parse().unwrap()).unwrap();
        let reason = sites.open("127.0.0.3:0".parse().unwrap()).unwrap_err();
        assert!(reason.contains("raise it"), "{reason}");
    }
}
