//! The keeper's socket: how a driver tells a keeper to end its instance. Both sides go through a descriptor of the
//! directory, because a socket's whole path may be longer than the 107 bytes that an address has.
//!
//! ```text
//!   driver --"end\n"--> keeper    it ends its instance, then itself: the connection closes
//! ```

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// What a driver says.
pub(super) const END: &[u8] = b"end\n";

/// Listens in a directory, in place of any socket that is there.
pub(super) fn listen(directory: &Path) -> io::Result<UnixListener> {
    let folder = File::open(directory)?;
    let path = through(&folder);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => UnixListener::bind(&path),
    }
}

/// Tells the keeper of a directory to end its instance, and waits until the keeper is gone.
pub(super) async fn end(directory: &Path) -> io::Result<()> {
    let folder = File::open(directory)?;
    let mut keeper = UnixStream::connect(through(&folder)).await?;
    keeper.write_all(END).await?;
    // It says nothing; its end closes the connection.
    let mut nothing = [0; 1];
    match keeper.read(&mut nothing).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
        Err(error) => Err(error),
    }
}

fn through(folder: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/socket", folder.as_raw_fd()))
}
