//! SIGTERM and SIGINT as something to wait for. The handler only rings a bell, whichever thread
//! the kernel chooses for it; it must do nothing else.
#![expect(unsafe_code, reason = "signal handlers have no safe interface in std")]

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// The descriptor that the handler writes to. Signals are the process's, so this is, too.
static BELL: AtomicI32 = AtomicI32::new(-1);

/// The signals that ask for an end; they no longer end the process by themselves.
#[derive(Debug)]
pub struct EndSignals {
    bell: OwnedFd,
}

impl EndSignals {
    /// Catches the signals from now on, and as long as the process lives.
    ///
    /// # Errors
    /// If the kernel gives no eventfd or refuses a handler.
    pub fn catch() -> io::Result<Self> {
        // SAFETY: the call takes no pointer; the result is checked before it is owned.
        let bell = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC) };
        if bell < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given this descriptor to nobody else.
        let bell = unsafe { OwnedFd::from_raw_fd(bell) };
        BELL.store(bell.as_raw_fd(), Ordering::SeqCst);
        for signal in [libc::SIGTERM, libc::SIGINT] {
            // SAFETY: all-zero bytes are a valid action with an empty mask.
            let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
            action.sa_sigaction = ring as extern "C" fn(libc::c_int) as libc::sighandler_t;
            action.sa_flags = libc::SA_RESTART;
            // SAFETY: the kernel reads the local action; `ring` is safe in a handler.
            if unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) } < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(Self { bell })
    }

    /// Waits for one of them.
    ///
    /// # Errors
    /// If there is nothing to wait for.
    pub fn wait(&self) -> io::Result<()> {
        let mut count = 0_u64;
        loop {
            // SAFETY: eight bytes are written to a local that outlives the call.
            let read = unsafe { libc::read(self.bell.as_raw_fd(), (&raw mut count).cast(), 8) };
            if read == 8 {
                return Ok(());
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }
}

impl Drop for EndSignals {
    fn drop(&mut self) {
        BELL.store(-1, Ordering::SeqCst);
    }
}

/// Only what signal-safety(7) allows; the interrupted code's errno stays.
extern "C" fn ring(_signal: libc::c_int) {
    let one = 1_u64;
    // SAFETY: errno is the calling thread's own; eight bytes are read from a local. A bell that is
    // gone makes the write fail, which is no harm.
    unsafe {
        let errno = *libc::__errno_location();
        libc::write(BELL.load(Ordering::SeqCst), (&raw const one).cast(), 8);
        *libc::__errno_location() = errno;
    }
}
