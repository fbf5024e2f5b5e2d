//! Key files: random bytes, made at the first start, their owner's alone.
//!
//! One home for what every such file needs: it is made whole or not at all, and refused when others may read it. What is
//! written in it is known to those who use it: [`crate::token`] and [`crate::seal`].

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::{NoRandomness, random_bytes};

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;

/// Bytes of the largest key file.
const MAX_FILE_BYTES: usize = 16 * 1_024;

/// What a key file is for: it says what is lost without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// Signs the tokens of sessions.
    Tokens,
    /// Seals the private keys of certificates.
    Sealing,
    /// Signs what is posted to others.
    Signing,
}

impl fmt::Display for KeyUse {
    /// What deleting the file costs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokens => "all users then log in again",
            Self::Sealing => "all certificates must then be uploaded again",
            Self::Signing => "whoever checks signatures must then be given the new one",
        })
    }
}

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
    /// It is not there, though what was protected with it is.
    #[error(
        "the key file {} is missing; restore it from a backup, or delete what it protects for a new one ({lost})",
        .path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// What it is for.
        lost: KeyUse,
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
         if anybody may have read it ({lost})",
        path = .path.display()
    )]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// What it is for.
        lost: KeyUse,
    },
    /// It holds something else.
    #[error(
        "the key file {} has {found} bytes, {KEY_BYTES} were expected; restore it from a backup, or delete it for a \
         new one ({lost})",
        .path.display()
    )]
    WrongLength {
        /// The file.
        path: PathBuf,
        /// How many bytes it has.
        found: u64,
        /// What it is for.
        lost: KeyUse,
    },
    /// It holds something else, and is made of lines.
    #[error(
        "the key file {} is not as it was written: {reason}; restore it from a backup, or delete it for a new one \
         ({lost})",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which line, and what was expected there.
        reason: String,
        /// What it is for.
        lost: KeyUse,
    },
    /// A later Elbow wrote it.
    #[error(
        "the key file {} is of version {found}, this Elbow reads version {known}; run the Elbow that wrote it, or a later one",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest known one.
        known: u32,
    },
    /// There are no random numbers for a new one.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Reads the key in `path`, or makes one if there is no such file.
pub(crate) fn open(path: &Path, lost: KeyUse) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyFileError> {
    let Some(bytes) = read(path, lost)? else {
        let key = Zeroizing::new(random_bytes()?);
        make(path, &*key)?;
        return Ok(key);
    };
    let found = bytes.len() as u64;
    let key: [u8; KEY_BYTES] = bytes
        .as_slice()
        .try_into()
        .map_err(|_| KeyFileError::WrongLength { path: path.to_owned(), found, lost })?;
    Ok(Zeroizing::new(key))
}

/// Puts a new key in the place of the one in `path`.
pub(crate) fn replace(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyFileError> {
    let key = Zeroizing::new(random_bytes()?);
    make(path, &*key)?;
    Ok(key)
}

/// What a key file holds, if it is there and its owner's alone.
pub(crate) fn read(path: &Path, lost: KeyUse) -> Result<Option<Zeroizing<Vec<u8>>>, KeyFileError> {
    let unreadable = |reason| KeyFileError::Unreadable { path: path.to_owned(), reason };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(reason) => return Err(unreadable(reason)),
    };
    let mode = file.metadata().map_err(unreadable)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::TooOpen { path: path.to_owned(), mode, lost });
    }
    // As large as it may get from the start: growing would leave copies of the key in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE_BYTES + 1));
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_FILE_BYTES {
        let reason = format!("it has more than {MAX_FILE_BYTES} bytes");
        return Err(KeyFileError::Damaged { path: path.to_owned(), reason, lost });
    }
    Ok(Some(bytes))
}

/// Makes the file under another name first: a crash never leaves half a key.
pub(crate) fn make(path: &Path, contents: &[u8]) -> Result<(), KeyFileError> {
    let draft = path.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        path.parent()
            .filter(|p| !p.as_os_str().is_empty())
            .map_or(Ok(()), |p| File::open(p)?.sync_all())
    };
    write().map_err(|reason| KeyFileError::NotMade { path: path.to_owned(), reason })
}
