//! Sockets as the generator wants them: non-blocking, without delay, in an epoll. Nothing here
//! reads or writes.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

/// Connections that may wait for `accept`: more than any workload opens at once.
const BACKLOG: i32 = 4096;
const FLAGS: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);

/// A listening socket on a free loopback port, with its address.
pub(super) fn listener() -> Result<(OwnedFd, SocketAddr), Errno> {
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, FLAGS, None)?;
    net::sockopt::set_tcp_nodelay(&socket, true)?;
    net::bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    net::listen(&socket, BACKLOG)?;
    let address = SocketAddr::try_from(net::getsockname(&socket)?)?;
    Ok((socket, address))
}

/// A connection that is being opened; it is open once it can be written.
pub(super) fn connecting(target: SocketAddr) -> Result<OwnedFd, Errno> {
    let family = if target.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket_with(family, SocketType::STREAM, FLAGS, None)?;
    net::sockopt::set_tcp_nodelay(&socket, true)?;
    match net::connect(&socket, &target) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(error) => Err(error),
    }
}

/// The next connection that waits, if one does.
pub(super) fn accept(listener: impl AsFd) -> Option<OwnedFd> {
    net::accept_with(listener, FLAGS).ok()
}

/// Reports everything about the socket once per change.
pub(super) fn watch_edges(epoll: impl AsFd, socket: impl AsFd, key: u64) -> Result<(), Errno> {
    let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
    epoll::add(epoll, socket, EventData::new_u64(key), flags)
}

/// Reports readiness for as long as it lasts.
pub(super) fn watch_level(
    epoll: impl AsFd,
    socket: impl AsFd,
    key: u64,
    flags: EventFlags,
) -> Result<(), Errno> {
    epoll::add(epoll, socket, EventData::new_u64(key), flags)
}

/// Changes a watched socket to being reported for as long as it is ready.
pub(super) fn change_to_level(
    epoll: impl AsFd,
    socket: impl AsFd,
    key: u64,
    flags: EventFlags,
) -> Result<(), Errno> {
    epoll::modify(epoll, socket, EventData::new_u64(key), flags)
}
