//! TCP sockets, never blocking: listen, accept, connect, receive, send. It must report "would
//! block" as a value, since it is the normal end of an edge-triggered turn.
#![expect(unsafe_code, reason = "accept4 and MSG flags have no safe interface in std")]

use std::io;
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// Connections that the kernel queues per listener.
const BACKLOG: i32 = 4096;

/// What an operation on a socket gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Io {
    Bytes(usize),
    Blocked,
}

/// A listening socket that accepted ones inherit `TCP_NODELAY` from.
///
/// # Errors
/// If the address can't be bound: not on this machine, in use, not permitted.
pub fn listen(address: SocketAddr) -> io::Result<OwnedFd> {
    let kind = Type::STREAM.nonblocking().cloexec();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_tcp_nodelay(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The address a socket is bound to.
///
/// # Errors
/// If it is no IP socket.
pub fn local_address(socket: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    socket2::SockRef::from(&socket)
        .local_addr()?
        .as_socket()
        .ok_or_else(|| io::Error::other("not an IP socket"))
}

/// Begins a connection; it is usable when the socket is writable.
///
/// # Errors
/// If it failed at once.
pub fn connect(address: SocketAddr) -> io::Result<OwnedFd> {
    let kind = Type::STREAM.nonblocking().cloexec();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
    socket.set_tcp_nodelay(true)?;
    match socket.connect(&SockAddr::from(address)) {
        Ok(()) => Ok(socket.into()),
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => Ok(socket.into()),
        Err(error) => Err(error),
    }
}

/// The error that a connection attempt ended with, if any.
///
/// # Errors
/// That error.
pub fn take_error(socket: BorrowedFd<'_>) -> io::Result<()> {
    match socket2::SockRef::from(&socket).take_error()? {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Accepts one connection, if one waits.
///
/// # Errors
/// Whatever is wrong with this process or machine (descriptors, memory); a peer that left
/// already is skipped.
pub fn accept(listener: BorrowedFd<'_>) -> io::Result<Option<(OwnedFd, SocketAddr)>> {
    loop {
        // SAFETY: all-zero bytes are a valid address storage.
        let mut storage: libc::sockaddr_storage = unsafe { std::mem::zeroed() };
        let mut length = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        // SAFETY: the kernel writes at most `length` bytes into the storage.
        let accepted = unsafe {
            libc::accept4(
                listener.as_raw_fd(),
                (&raw mut storage).cast(),
                &raw mut length,
                libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
            )
        };
        if accepted >= 0 {
            // SAFETY: the kernel has just given this descriptor to nobody else.
            let socket = unsafe { OwnedFd::from_raw_fd(accepted) };
            match address_of(&storage) {
                Some(peer) => return Ok(Some((socket, peer))),
                None => continue,
            }
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EAGAIN) => return Ok(None),
            Some(
                libc::EMFILE
                | libc::ENFILE
                | libc::ENOBUFS
                | libc::ENOMEM
                | libc::EINVAL
                | libc::EBADF,
            ) => return Err(error),
            // The peer left, or its network is down: the next one may be there (accept(2)).
            _ => {}
        }
    }
}

/// Whether it is this process or machine that lacks something, which says nothing of the member.
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::ENOBUFS | libc::EADDRNOTAVAIL)
    )
}

fn address_of(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match i32::from(storage.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that the storage holds this struct, which is smaller.
            let address = unsafe { &*std::ptr::from_ref(storage).cast::<libc::sockaddr_in>() };
            let ip = u32::from_be(address.sin_addr.s_addr).into();
            Some(SocketAddrV4::new(ip, u16::from_be(address.sin_port)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: the family says that the storage holds this struct, which is smaller.
            let address = unsafe { &*std::ptr::from_ref(storage).cast::<libc::sockaddr_in6>() };
            let ip = address.sin6_addr.s6_addr.into();
            Some(SocketAddrV6::new(ip, u16::from_be(address.sin6_port), 0, 0).into())
        }
        _ => None,
    }
}

/// Receives into `buffer`; 0 bytes are the peer's end.
///
/// # Errors
/// If the connection broke.
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Io> {
    // SAFETY: the kernel writes at most the buffer's length into it.
    let count =
        unsafe { libc::recv(socket.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), 0) };
    outcome(count)
}

/// Whether something was received that nobody has read; the peer's end is nothing.
pub fn has_unread(socket: BorrowedFd<'_>) -> bool {
    let mut one = [0_u8];
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    // SAFETY: the kernel writes at most one byte, for which there is room.
    unsafe { libc::recv(socket.as_raw_fd(), one.as_mut_ptr().cast(), one.len(), flags) > 0 }
}

/// Sends as much of `bytes` as the kernel takes.
///
/// # Errors
/// If the connection broke.
pub fn send(socket: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Io> {
    // SAFETY: the kernel reads at most the slice's length from it.
    let count = unsafe {
        libc::send(socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL)
    };
    outcome(count)
}

/// Sends as much of several pieces, one after the other, as the kernel takes.
///
/// # Errors
/// If the connection broke.
pub fn send_pieces(socket: BorrowedFd<'_>, pieces: [&[u8]; 3]) -> io::Result<Io> {
    let mut vectors = pieces.map(|piece| libc::iovec {
        iov_base: piece.as_ptr().cast_mut().cast(),
        iov_len: piece.len(),
    });
    // SAFETY: all-zero bytes are a valid, empty message header.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = vectors.as_mut_ptr();
    message.msg_iovlen = vectors.len();
    // SAFETY: the kernel only reads through the vectors, which point at borrowed slices.
    let count =
        unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL) };
    outcome(count)
}

/// Tells the peer that nothing more will come.
pub fn shutdown_write(socket: &OwnedFd) {
    // SAFETY: the call takes no pointer; an error means that the connection is gone already.
    unsafe { libc::shutdown(socket.as_fd().as_raw_fd(), libc::SHUT_WR) };
}

/// Makes the coming close a reset, so that the peer can't take what it has for the whole.
pub fn reset_on_close(socket: BorrowedFd<'_>) {
    // It may be broken already, which tells the peer the same.
    let _broken = socket2::SockRef::from(&socket).set_linger(Some(std::time::Duration::ZERO));
}

fn outcome(count: isize) -> io::Result<Io> {
    match usize::try_from(count) {
        Ok(count) => Ok(Io::Bytes(count)),
        Err(_) => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::WouldBlock => Ok(Io::Blocked),
            error if error.kind() == io::ErrorKind::Interrupted => Ok(Io::Blocked),
            error => Err(error),
        },
    }
}
