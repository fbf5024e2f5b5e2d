//! How many descriptors this process may have.
#![expect(unsafe_code, reason = "getrlimit and setrlimit have no safe interface in std")]

use std::io;

/// Raises the soft limit to the hard one and says what it is then.
///
/// # Errors
/// If the kernel does not even tell the limit.
pub fn raise_limit() -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel writes one struct into a local.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } < 0 {
        return Err(io::Error::last_os_error());
    }
    let soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the kernel reads one struct from a local.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } < 0 {
        return Ok(soft);
    }
    Ok(limit.rlim_cur)
}
