//! SIGTERM and SIGINT as something to wait for, rather than a handler that interrupts.
#![expect(unsafe_code, reason = "signal masks and sigwait have no safe interface in std")]

use std::io;

/// The signals that ask for an end, held back in this thread and all that it starts later.
#[derive(Clone, Copy)]
pub struct EndSignals(libc::sigset_t);

impl std::fmt::Debug for EndSignals {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EndSignals")
    }
}

impl EndSignals {
    /// Holds the signals back. To be called before any thread is started.
    ///
    /// # Errors
    /// If the kernel refuses the mask.
    pub fn hold() -> io::Result<Self> {
        // SAFETY: all-zero bytes are a valid set, which is then made empty properly.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: the calls write to, or read from, a local set.
        let error = unsafe {
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGTERM);
            libc::sigaddset(&raw mut set, libc::SIGINT);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut())
        };
        if error == 0 { Ok(Self(set)) } else { Err(io::Error::from_raw_os_error(error)) }
    }

    /// Waits for one of them.
    ///
    /// # Errors
    /// If there is nothing to wait for.
    pub fn wait(&self) -> io::Result<()> {
        let mut signal = 0;
        // SAFETY: the set is read and the local written.
        let error = unsafe { libc::sigwait(&raw const self.0, &raw mut signal) };
        if error == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(error)) }
    }
}
