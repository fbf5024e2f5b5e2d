//! The login that `elbow login` keeps: one service and its token, readable by this user only.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// A service and the token that it gave.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedLogin {
    pub(crate) url: String,
    pub(crate) token: String,
    /// Who vouches for its certificate, if not whom this machine trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
}

impl SavedLogin {
    /// The saved login, if there is one.
    pub(crate) fn load() -> Result<Option<Self>, Failure> {
        let Some(path) = Self::path() else { return Ok(None) };
        match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(login) => Ok(Some(login)),
                Err(error) => Err(Failure::File { verb: "understand", path, source: error.into() }),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Failure::File { verb: "read", path, source }),
        }
    }

    /// Keeps it in place of the one before; says where.
    pub(crate) fn save(&self) -> Result<PathBuf, Failure> {
        let path = Self::path().ok_or_else(|| {
            Failure::Usage("neither XDG_CONFIG_HOME nor HOME is set; use ELBOW_TOKEN".to_owned())
        })?;
        let failed = |source| Failure::File { verb: "write", path: path.clone(), source };
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(failed)?;
        }
        let fresh = path.with_extension("new");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)
            .map_err(failed)?;
        serde_json::to_writer_pretty(&mut file, self).map_err(|error| failed(error.into()))?;
        file.flush().map_err(failed)?;
        fs::rename(&fresh, &path).map_err(failed)?;
        Ok(path)
    }

    /// Forgets the saved login.
    pub(crate) fn forget() -> Result<(), Failure> {
        let Some(path) = Self::path() else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::File { verb: "remove", path, source })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn path() -> Option<PathBuf> {
        let set =
            |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let base =
            set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
        Some(base.join("elbow").join("login.json"))
    }
}
