//! Edge-triggered epoll with plain 64-bit tokens. It must hold no registrations of its own: a
//! descriptor leaves the set when its last copy is closed.
#![expect(unsafe_code, reason = "epoll has no safe interface in std")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// An epoll set.
#[derive(Debug)]
pub struct Epoll {
    descriptor: OwnedFd,
}

/// One event as the kernel gives it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Event(libc::epoll_event);

impl std::fmt::Debug for Event {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Event({:#x}, {:#x})", self.token(), { self.0.events })
    }
}

impl Event {
    /// An event to be overwritten.
    pub const EMPTY: Self = Self(libc::epoll_event { events: 0, u64: 0 });

    /// What the descriptor was registered with.
    #[must_use]
    pub fn token(self) -> u64 {
        self.0.u64
    }

    /// Bytes, or the end, can be read.
    #[must_use]
    pub fn is_readable(self) -> bool {
        self.has(libc::EPOLLIN | libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR)
    }

    /// Bytes can be written, or writing will tell the error.
    #[must_use]
    pub fn is_writable(self) -> bool {
        self.has(libc::EPOLLOUT | libc::EPOLLHUP | libc::EPOLLERR)
    }

    /// The peer will send no more.
    #[must_use]
    pub fn is_read_closed(self) -> bool {
        self.has(libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR)
    }

    /// Nothing can be read or written any more: both sides ended, or an error.
    #[must_use]
    pub fn is_dead(self) -> bool {
        self.has(libc::EPOLLERR) || self.has(libc::EPOLLHUP)
    }

    fn has(self, bits: i32) -> bool {
        self.0.events & bits.cast_unsigned() != 0
    }
}

/// What a descriptor is watched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// A connection: everything, edge-triggered, registered once.
    Connection,
    /// A listening socket that several workers watch: level-triggered, one of them woken.
    Listener,
    /// Readability, level-triggered.
    Readable,
}

impl Epoll {
    /// A new, empty set.
    ///
    /// # Errors
    /// If the kernel gives no descriptor.
    pub fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointer; the result is checked before it is owned.
        let descriptor = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: the kernel has just given this descriptor to nobody else.
        Ok(Self { descriptor: unsafe { OwnedFd::from_raw_fd(descriptor) } })
    }

    /// Watches a descriptor.
    ///
    /// # Errors
    /// If the kernel has no room for another.
    pub fn add(&self, watched: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        let events = match interest {
            Interest::Connection => {
                libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLET
            }
            Interest::Listener => libc::EPOLLIN | libc::EPOLLEXCLUSIVE,
            Interest::Readable => libc::EPOLLIN,
        };
        let mut event = libc::epoll_event { events: events.cast_unsigned(), u64: token };
        // SAFETY: both descriptors are open while borrowed; `event` outlives the call.
        check(unsafe {
            libc::epoll_ctl(
                self.descriptor.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                watched.as_raw_fd(),
                &raw mut event,
            )
        })?;
        Ok(())
    }

    /// Stops watching a descriptor that stays open elsewhere.
    ///
    /// # Errors
    /// If it was not watched.
    pub fn remove(&self, watched: BorrowedFd<'_>) -> io::Result<()> {
        // SAFETY: both descriptors are open while borrowed; deleting takes no event.
        check(unsafe {
            libc::epoll_ctl(
                self.descriptor.as_raw_fd(),
                libc::EPOLL_CTL_DEL,
                watched.as_raw_fd(),
                std::ptr::null_mut(),
            )
        })?;
        Ok(())
    }

    /// Waits for events, at most `timeout_ms` (-1 for ever), and says how many came.
    ///
    /// # Errors
    /// Never for a signal; whatever else the kernel says.
    pub fn wait(&self, events: &mut [Event], timeout_ms: i32) -> io::Result<usize> {
        let room = i32::try_from(events.len()).unwrap_or(i32::MAX);
        // SAFETY: `Event` is a transparent stand-in for the kernel's struct and the kernel
        // writes at most `room` of them.
        let count = check(unsafe {
            libc::epoll_wait(
                self.descriptor.as_raw_fd(),
                events.as_mut_ptr().cast(),
                room,
                timeout_ms,
            )
        });
        match count {
            Ok(count) => Ok(usize::try_from(count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(error),
        }
    }
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
