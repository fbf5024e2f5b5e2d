//! A bell between threads: an eventfd. It must carry no data, only "look at your queue".
#![expect(unsafe_code, reason = "eventfd has no safe interface in std")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Wakes the thread whose epoll watches it.
#[derive(Debug)]
pub struct Wake {
    descriptor: OwnedFd,
}

impl Wake {
    /// A new bell.
    ///
    /// # Errors
    /// If the kernel gives no descriptor.
    pub fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointer; the result is checked before it is owned.
        let descriptor = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given this descriptor to nobody else.
        Ok(Self { descriptor: unsafe { OwnedFd::from_raw_fd(descriptor) } })
    }

    /// Rings; a full counter means that it is ringing already.
    pub fn ring(&self) {
        let one = 1_u64;
        // SAFETY: eight bytes are read from a local that outlives the call.
        unsafe { libc::write(self.descriptor.as_raw_fd(), (&raw const one).cast(), 8) };
    }

    /// Stops ringing.
    pub fn silence(&self) {
        let mut count = 0_u64;
        // SAFETY: eight bytes are written to a local that outlives the call.
        unsafe { libc::read(self.descriptor.as_raw_fd(), (&raw mut count).cast(), 8) };
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
