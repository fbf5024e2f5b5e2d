//! Replacing the keys of the data directory while the service runs. The sealing key is replaced in steps; the key file says
//! how far that is, so whoever is killed goes on at the next start:
//!
//! ```text
//!   [old] --rotate--> [new, old] --all certificates sealed again, all proxies have them--> [new]
//! ```

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use elbow_api::{KeyFile, KeyFiles, RotationRefused};
use elbow_model::change::{Author, Change, Edit, ResealedKey};
use elbow_model::rejection::Rejection;
use elbow_model::value::Id as _;
use elbow_model::world::World;
use elbow_store::ledger::{CommitError, Ledger};
use elbow_vault::seal::{CurrentSeal, Seal, SealTrouble};
use elbow_vault::token::Tokens;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::{DataDir, in_force, now};

/// Certificates that one Change seals again: the committer is held up for about a millisecond.
const AT_ONCE: usize = 64;
/// How long the old key is kept after every proxy has what the new one sealed: their copies on disk follow at once.
const KEPT_ON: Duration = Duration::from_secs(5);
/// How long after trouble it is tried again.
const AGAIN: Duration = Duration::from_secs(10);

/// The key files of a data directory.
pub(super) struct Keys {
    sealing: PathBuf,
    tokens: (PathBuf, Tokens),
    seal: Arc<CurrentSeal>,
    /// Held while a file is written.
    writing: Mutex<()>,
    has_more: Notify,
}

impl Keys {
    /// Of this directory, with what was read from it. A replacement that was begun goes on.
    pub(super) fn start(
        data_dir: &DataDir,
        ledger: &Ledger,
        tokens: &Tokens,
        seal: &Arc<CurrentSeal>,
    ) -> Arc<Self> {
        let keys = Arc::new(Self {
            sealing: data_dir.sealing_key(),
            tokens: (data_dir.token_key(), tokens.clone()),
            seal: Arc::clone(seal),
            writing: Mutex::new(()),
            has_more: Notify::new(),
        });
        tokio::spawn(Arc::clone(&keys).finish_for_ever(ledger.clone()));
        keys
    }

    async fn finish_for_ever(self: Arc<Self>, ledger: Ledger) {
        loop {
            if self.seal.get().key_count() > 1 {
                match self.finish(&ledger).await {
                    Ok(()) => tracing::info!("the sealing key was replaced; the old one is gone"),
                    Err(reason) => {
                        tracing::warn!(%reason, "the old sealing key is still needed");
                        sleep(AGAIN).await;
                        continue;
                    }
                }
            }
            self.has_more.notified().await;
        }
    }

    async fn finish(&self, ledger: &Ledger) -> Result<(), String> {
        while reseal(ledger, &self.seal).await? {}
        in_force(ledger).await;
        sleep(KEPT_ON).await;
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let seal = Seal::drop_old_keys(&self.sealing).map_err(|error| error.to_string())?;
        self.seal.replace(seal);
        Ok(())
    }

    fn rotate_sealing(&self) -> Result<(), RotationRefused> {
        if self.seal.get().key_count() > 1 {
            return Err(RotationRefused::UnderWay);
        }
        let trouble =
            |error: elbow_vault::KeyFileError| RotationRefused::Trouble(error.to_string());
        self.seal.replace(Seal::add_key(&self.sealing).map_err(trouble)?);
        self.has_more.notify_one();
        Ok(())
    }
}

impl KeyFiles for Keys {
    fn count(&self, file: KeyFile) -> usize {
        match file {
            KeyFile::Sealing => self.seal.get().key_count(),
            KeyFile::Tokens => 1,
        }
    }

    fn rotate(&self, file: KeyFile) -> Result<(), RotationRefused> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match file {
            KeyFile::Sealing => self.rotate_sealing(),
            KeyFile::Tokens => {
                let (path, tokens) = &self.tokens;
                tokens.replace_key(path).map_err(|e| RotationRefused::Trouble(e.to_string()))
            }
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.sealing.display())
    }
}

/// Seals some keys again that an old key sealed; whether there were any. It looks in the committer's turn, so that no
/// upload can come in between: each renews its seal in its own turn.
async fn reseal(ledger: &Ledger, seal: &Arc<CurrentSeal>) -> Result<bool, String> {
    let (seal, is_done) = (Arc::clone(seal), Arc::new(AtomicBool::new(false)));
    let done = Arc::clone(&is_done);
    let committed = ledger.commit(move |world| {
        let keys = outdated(world, &seal);
        if keys.is_empty() {
            done.store(true, Ordering::Release);
            // There is nothing to commit; the caller looks at the flag.
            let reason = "every key is sealed with the new one".to_owned();
            return Err(Rejection::Invalid { field: String::new(), reason });
        }
        Ok(Change::new(Author::System, now(), Edit::ResealKeys { keys }))
    });
    match committed.await {
        Ok(_) => Ok(true),
        Err(_) if is_done.load(Ordering::Acquire) => Ok(false),
        Err(CommitError::Rejected(rejection)) => Err(rejection.to_string()),
        Err(CommitError::Trouble(reason)) => Err(reason),
    }
}

/// Keys that the present seal did not seal, sealed by it. One that does not open is lost already, with any key.
fn outdated(world: &World, current: &CurrentSeal) -> Vec<ResealedKey> {
    let seal = current.get();
    let old = world.certificates().filter(|certificate| !seal.is_current(&certificate.key));
    let renewed = old.filter_map(|certificate| {
        match current.renew(certificate.id.uuid().as_bytes(), certificate.key.clone()) {
            Ok(key) => Some(ResealedKey { certificate: certificate.id, key }),
            Err(SealTrouble::Damaged | SealTrouble::OtherKey { .. } | SealTrouble::Newer(_)) => {
                None
            }
            Err(SealTrouble::TooLarge(_) | SealTrouble::NoRandomness(_)) => None,
        }
    });
    renewed.take(AT_ONCE).collect()
}
