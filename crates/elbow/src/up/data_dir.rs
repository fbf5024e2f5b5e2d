//! The data directory: what is where in it. Its owner's alone.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use elbow_store::ledger::Storage;

use crate::client::SOCKET;
use crate::failure::Failure;

/// The longest path of a Unix socket (`sockaddr_un`, with its final zero).
const MAX_SOCKET_PATH: usize = 107;
/// The longest name of a socket in the directory.
const MAX_SOCKET_NAME: usize = 16;

/// A data directory that is there and can be used.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// Makes it if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |verb| move |source| Failure::File { verb, path: path.to_owned(), source };
        if !path.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(failed("create"))?;
        }
        // Relative paths stay short, which sockets need, as long as nobody changes the working directory.
        let directory = Self { path: path.to_owned() };
        let length = directory.path.as_os_str().len() + 1 + MAX_SOCKET_NAME;
        if length > MAX_SOCKET_PATH {
            let what = format!(
                "the path of data directory {} is too long for a Unix socket in it; use at most {} characters",
                path.display(),
                MAX_SOCKET_PATH - 1 - MAX_SOCKET_NAME
            );
            return Err(Failure::Start { what, next: "elbow up --data-dir SHORTER".to_owned() });
        }
        let metadata = fs::metadata(path).map_err(failed("read"))?;
        if !metadata.is_dir() {
            return Err(failed("use")(io::ErrorKind::NotADirectory.into()));
        }
        Ok(directory)
    }

    /// The directory itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses to begin anew where a store was: proxies would take down all that they serve, as the empty one says.
    pub(super) fn refuse_lost_store(&self, storage: &Storage) -> Result<(), Failure> {
        // The key is made after the store.
        let lost = storage.file().filter(|file| !file.exists() && self.token_key().exists());
        let Some(file) = lost else { return Ok(()) };
        let what = format!(
            "{} is gone, though this data directory was in use; put it back, or choose another directory",
            file.display()
        );
        Err(Failure::Start { what, next: "elbow up --data-dir OTHER".to_owned() })
    }

    /// The API's socket: who can open it is the operator.
    pub(crate) fn api_socket(&self) -> PathBuf {
        self.path.join(SOCKET)
    }

    /// The socket that proxies dial.
    pub(crate) fn link_socket(&self) -> PathBuf {
        self.path.join("link.sock")
    }

    /// What the proxy process keeps.
    pub(crate) fn proxy_state(&self) -> PathBuf {
        self.path.join("proxy")
    }

    /// The key that signs tokens.
    pub(crate) fn token_key(&self) -> PathBuf {
        self.path.join("token.key")
    }

    /// The key that seals certificates' private keys.
    pub(crate) fn sealing_key(&self) -> PathBuf {
        self.path.join("sealing.key")
    }

    /// The key that signs what hooks of scaling groups are asked.
    pub(crate) fn signing_key(&self) -> PathBuf {
        self.path.join("signing.key")
    }

    /// Where instances of scaling groups that are processes have their directories.
    pub(crate) fn instances(&self) -> PathBuf {
        self.path.join("instances")
    }
}

/// Takes away a socket that an earlier process left, so that its path can be bound again.
pub(super) fn remove_stale(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Failure::File { verb: "remove", path: path.to_owned(), source }),
    }
}

/// Makes a socket its owner's alone.
pub(super) fn restrict(path: &Path) -> Result<(), Failure> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|source| Failure::File {
        verb: "restrict",
        path: path.to_owned(),
        source,
    })
}
