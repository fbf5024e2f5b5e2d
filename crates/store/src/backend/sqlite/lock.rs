//! The lock on a data directory: one control process at a time. The kernel lets it go when the process ends, however.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::trouble::Trouble;

/// Held while the store is open.
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock, or says who has it.
    pub(super) fn take(directory: &Path) -> Result<Self, Trouble> {
        let path = directory.join("store.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|e| Trouble::io("open", &path, &e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Trouble::InUse { path: directory.to_owned(), pid: holder(&mut file) });
            }
            Err(TryLockError::Error(e)) => return Err(Trouble::io("lock", &path, &e)),
        }
        // The number only helps people; without it (a full disk) the lock holds as well.
        if let Err(error) = leave_pid(&mut file) {
            tracing::debug!(%error, "cannot write the process id into the lock file");
        }
        Ok(Self { _file: file })
    }
}

fn leave_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
