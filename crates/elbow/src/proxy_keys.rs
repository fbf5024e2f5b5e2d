//! How a proxy opens the private keys of its HTTPS listeners: with the data directory's sealing key,
//! read when the first one is needed. It must hand keys to nobody else and never write them.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use elbow_model::value::{CertificateId, Id as _, SealedKey};
use elbow_proxy::tls::OpenKey;
use elbow_vault::seal::{IfMissing, Seal, SealTrouble};
use zeroize::Zeroizing;

/// Opens keys with the sealing key in a file.
pub(crate) struct SealedKeys {
    path: PathBuf,
    /// As it was read last: the file may have got another key since.
    seal: Mutex<Option<Seal>>,
}

impl SealedKeys {
    /// With the file at `path`, which need not be there before the first HTTPS listener is.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, seal: Mutex::default() }
    }
}

impl OpenKey for SealedKeys {
    fn open(&self, of: CertificateId, sealed: &SealedKey) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut known = self.seal.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |seal: &Seal| seal.open(of.uuid().as_bytes(), sealed);
        match known.as_ref().map(open) {
            Some(Ok(key)) => return Ok(key),
            Some(Err(SealTrouble::OtherKey { .. })) | None => {}
            Some(Err(trouble)) => return Err(trouble.to_string()),
        }
        let read = Seal::from_file(&self.path, IfMissing::Refuse);
        let seal = known.insert(read.map_err(|error| error.to_string())?);
        open(seal).map_err(|trouble| trouble.to_string())
    }
}

impl fmt::Debug for SealedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedKeys({})", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn sealed(path: &std::path::Path, of: CertificateId) -> SealedKey {
        let seal = Seal::from_file(path, IfMissing::Make).unwrap();
        seal.seal(of.uuid().as_bytes(), b"the key").unwrap()
    }

    #[test]
    fn keys_open_for_their_certificate_alone_and_with_the_newest_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sealing.key");
        let (mine, other) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        let keys = SealedKeys::new(path.clone());
        assert!(keys.open(mine, &SealedKey::new(*b"x")).is_err(), "there is no file yet");
        let first = sealed(&path, mine);
        assert_eq!(keys.open(mine, &first).unwrap().as_slice(), b"the key");
        assert!(keys.open(other, &first).is_err());
        std::fs::remove_file(&path).unwrap();
        let second = sealed(&path, mine);
        assert_eq!(keys.open(mine, &second).unwrap().as_slice(), b"the key");
        assert!(keys.open(mine, &first).is_err(), "its key is gone");
    }
}
