//! Pipes that bytes pass through between two sockets without being copied: `splice`. It must
//! always know how many bytes a pipe holds, since they belong to one connection.
#![expect(unsafe_code, reason = "pipe2 and splice have no safe interface in std")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Room of a pipe in bytes; 1 MiB was not faster.
pub const PIPE_BYTES: usize = 256 * 1024;

/// A pipe and the bytes in it.
#[derive(Debug)]
pub struct Pipe {
    reader: OwnedFd,
    writer: OwnedFd,
    held: usize,
}

/// What moving bytes gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    Bytes(usize),
    /// Nothing can move now.
    Blocked,
    /// The source has ended.
    End,
}

impl Pipe {
    /// A new, empty pipe.
    ///
    /// # Errors
    /// If the kernel gives none, for example for want of descriptors.
    pub fn new() -> io::Result<Self> {
        let mut ends = [0; 2];
        // SAFETY: the kernel writes two descriptors into the array of two.
        if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK) } < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given these descriptors to nobody else.
        let (reader, writer) =
            unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) };
        let room = i32::try_from(PIPE_BYTES).unwrap_or(i32::MAX);
        // SAFETY: the call takes no pointer. A smaller pipe (a limit of the system) works too.
        unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, room) };
        Ok(Self { reader, writer, held: 0 })
    }

    /// Bytes in the pipe.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    /// Moves up to `limit` bytes from a socket into the pipe.
    ///
    /// # Errors
    /// Whatever reading the socket gives, except that it would block.
    pub fn fill(&mut self, source: BorrowedFd<'_>, limit: usize) -> io::Result<Moved> {
        let moved = splice(source.as_raw_fd(), self.writer.as_raw_fd(), limit)?;
        if let Moved::Bytes(count) = moved {
            self.held += count;
        }
        Ok(moved)
    }

    /// Moves what the pipe holds into a socket, as far as it takes it.
    ///
    /// # Errors
    /// Whatever writing the socket gives, except that it would block.
    pub fn drain(&mut self, target: BorrowedFd<'_>) -> io::Result<Moved> {
        let moved = splice(self.reader.as_raw_fd(), target.as_raw_fd(), self.held)?;
        if let Moved::Bytes(count) = moved {
            self.held -= count;
        }
        Ok(moved)
    }
}

fn splice(from: i32, to: i32, limit: usize) -> io::Result<Moved> {
    let flags = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;
    // SAFETY: null offsets are what sockets and pipes ask for; both descriptors are open.
    let count =
        unsafe { libc::splice(from, std::ptr::null_mut(), to, std::ptr::null_mut(), limit, flags) };
    match usize::try_from(count) {
        Ok(0) => Ok(Moved::End),
        Ok(count) => Ok(Moved::Bytes(count)),
        Err(_) => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::WouldBlock => Ok(Moved::Blocked),
            error if error.kind() == io::ErrorKind::Interrupted => Ok(Moved::Blocked),
            error => Err(error),
        },
    }
}
