//! Key files: random bytes, made at the first start, their owner's alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::{NoRandomness, random_bytes};

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("cannot read the key file {}: {reason}; make it readable for the user that runs Elbow", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// The file cannot be made.
    #[error("cannot make the key file {}: {reason}", .path.display())]
    NotMade {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// Others may read or write it.
    #[error(
        "the key file {path} is open to other users (mode {mode:04o}); run `chmod 600 {path}`, and delete it instead \
         if anybody may have read it (all users then log in again)",
        path = .path.display()
    )]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds something else.
    #[error(
        "the key file {} has {found} bytes, {KEY_BYTES} were expected; restore it from a backup, or delete it for a \
         new one (all users then log in again)",
        .path.display()
    )]
    WrongLength {
        /// The file.
        path: PathBuf,
        /// How many bytes it has.
        found: u64,
    },
    /// There are no random numbers for a new one.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Reads the key in `path`, or makes one if there is no such file.
pub(crate) fn open(path: &Path) -> Result<[u8; KEY_BYTES], KeyFileError> {
    match File::open(path) {
        Ok(file) => read(path, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        Err(reason) => Err(KeyFileError::Unreadable { path: path.to_owned(), reason }),
    }
}

fn read(path: &Path, mut file: File) -> Result<[u8; KEY_BYTES], KeyFileError> {
    let unreadable = |reason| KeyFileError::Unreadable { path: path.to_owned(), reason };
    let metadata = file.metadata().map_err(unreadable)?;
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::TooOpen { path: path.to_owned(), mode });
    }
    if metadata.len() != KEY_BYTES as u64 {
        return Err(KeyFileError::WrongLength { path: path.to_owned(), found: metadata.len() });
    }
    let mut key = [0; KEY_BYTES];
    file.read_exact(&mut key).map_err(unreadable)?;
    Ok(key)
}

/// Makes the file under another name first: a crash never leaves half a key.
fn make(path: &Path) -> Result<[u8; KEY_BYTES], KeyFileError> {
    let key = random_bytes()?;
    let draft = path.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        path.parent()
            .filter(|p| !p.as_os_str().is_empty())
            .map_or(Ok(()), |p| File::open(p)?.sync_all())
    };
    write().map_err(|reason| KeyFileError::NotMade { path: path.to_owned(), reason })?;
    Ok(key)
}
