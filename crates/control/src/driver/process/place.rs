//! An instance's directory: what is where in it, written so that every moment at which a process may be killed leaves
//! something that makes sense.
//!
//! ```text
//!   instances/<id>/lock          held by the keeper for as long as it lives: what says that it does
//!                 /spec.json     what to run; there from the first moment on
//!                 /state.json    what became of it; absent until its keeper tries to start it
//!                 /socket        where the keeper listens
//!                 /output.log    what the instance wrote last, and output.log.1 before
//!                 /work/         its working directory
//!   instances/.new-<id>          being made: never to be run
//!   instances/.gone-<id>         being taken away
//! ```

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use elbow_model::launch_template::ProcessLimits;
use elbow_model::value::{InstanceId, ProjectId, ScalingGroupId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::RunAs;
use crate::driver::End;

/// The most bytes that a record may have.
const MAX_RECORD: u64 = 1024 * 1024;

/// What is to be run, as the keeper reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) group: ScalingGroupId,
    pub(super) project: ProjectId,
    pub(super) instance: InstanceId,
    pub(super) address: IpAddr,
    pub(super) arguments: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) limits: ProcessLimits,
    /// Where it is run; in its own directory if none.
    pub(super) working_dir: Option<String>,
    pub(super) grace_ms: u64,
    pub(super) run_as: RunAs,
}

/// What became of it, as the keeper writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// The program may have been started, and this process keeps it; written before it is.
    Starting {
        /// The keeper's number, believed only while the lock is held.
        keeper: i32,
    },
    /// The program was started, and this process keeps it.
    Running {
        /// The keeper's number, believed only while the lock is held.
        keeper: i32,
    },
    /// The program could not be started.
    Refused(Refusal),
    /// The program has ended, and all processes that it left.
    Exited {
        /// How.
        end: End,
    },
}

/// Why a program could not be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    /// Whether trying again can help.
    pub(super) lasts: Lasts,
    /// What is wrong.
    pub(super) reason: String,
}

/// Whether something stays wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Lasts {
    /// The machine is short of something now.
    ForNow,
    /// Until somebody changes something.
    UntilChanged,
}

/// What a look into an instance's directory shows.
#[derive(Debug)]
pub(super) enum Look {
    /// There is none.
    Absent,
    /// It was made and never run; the lock is taken until this is dropped.
    Idle(Lock),
    /// Its keeper lives; the state is absent for its first moments.
    Kept(Option<State>),
    /// Its keeper has ended; the lock is taken until this is dropped.
    Left(State, Lock),
}

/// A lock that is held by this process until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// The directory of one instance.
#[derive(Debug, Clone)]
pub(super) struct Place {
    parent: PathBuf,
    id: String,
}

impl Place {
    /// The place of an instance, there or not.
    pub(super) fn of(parent: &Path, instance: InstanceId) -> Self {
        Self { parent: parent.to_owned(), id: instance.to_string() }
    }

    /// The same, from the path that [`path`](Self::path) gave.
    pub(super) fn at(path: &Path) -> Option<Self> {
        let id = path.file_name()?.to_str()?.to_owned();
        Some(Self { parent: path.parent()?.to_owned(), id })
    }

    /// The instance's id as text.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn path(&self) -> PathBuf {
        self.parent.join(&self.id)
    }

    pub(super) fn work(&self) -> PathBuf {
        self.path().join("work")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path().join("output.log")
    }

    /// Where the keeper's own complaints go; it has none as a rule.
    pub(super) fn keeper_log(&self) -> PathBuf {
        self.path().join("keeper.log")
    }

    /// Makes it, whole or not at all.
    pub(super) fn make(&self, record: &Record) -> io::Result<()> {
        let draft = self.parent.join(format!(".new-{}", self.id));
        remove_if_there(&draft)?;
        DirBuilder::new().mode(0o700).create(&draft)?;
        let work = draft.join("work");
        DirBuilder::new().mode(0o700).create(&work)?;
        if let RunAs::Other { uid, gid } = record.run_as {
            std::os::unix::fs::chown(&work, Some(uid), Some(gid))?;
        }
        private().create_new(true).open(draft.join("lock"))?;
        write(&draft, "spec.json", record)?;
        fs::rename(&draft, self.path())
    }

    /// What there is. A lock that nobody holds is held by the answer.
    pub(super) fn look(&self) -> io::Result<Look> {
        let file = match private().open(self.path().join("lock")) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Absent),
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) if !self.has(&file)? => Ok(Look::Absent),
            Ok(()) => {
                let lock = Lock { _file: file };
                Ok(match self.state()? {
                    Some(state) => Look::Left(state, lock),
                    None => Look::Idle(lock),
                })
            }
            Err(TryLockError::WouldBlock) => Ok(Look::Kept(self.state()?)),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Opens the lock's file, to be locked by the keeper.
    pub(super) fn lock_file(&self) -> io::Result<File> {
        private().open(self.path().join("lock"))
    }

    /// Whether an open lock file is still this place's, and not one that was taken away meanwhile.
    pub(super) fn has(&self, lock: &File) -> io::Result<bool> {
        match fs::metadata(self.path().join("lock")) {
            Ok(present) => Ok(present.ino() == lock.metadata()?.ino()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn record(&self) -> io::Result<Option<Record>> {
        read(&self.path().join("spec.json"))
    }

    pub(super) fn state(&self) -> io::Result<Option<State>> {
        read(&self.path().join("state.json"))
    }

    pub(super) fn set_state(&self, state: &State) -> io::Result<()> {
        write(&self.path(), "state.json", state)
    }

    /// Takes it away. From the first step on there is no such instance, even if the rest fails.
    pub(super) fn remove(&self) -> io::Result<()> {
        let gone = self.parent.join(format!(".gone-{}", self.id));
        remove_if_there(&gone)?;
        match fs::rename(self.path(), &gone) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        }
        if let Err(error) = fs::remove_dir_all(&gone) {
            let path = gone.display();
            tracing::warn!(%path, %error, "files of an ended instance are left; the next start tries again");
        }
        Ok(())
    }
}

/// Takes away what earlier drivers did not finish making or removing.
pub(super) fn tidy(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if (name.starts_with(".gone-") || name.starts_with(".new-"))
            && let Err(error) = fs::remove_dir_all(&path)
        {
            tracing::warn!(path = %path.display(), %error, "files of an ended instance are left");
        }
    }
    Ok(())
}

/// All instances that have a directory.
pub(super) fn all(parent: &Path) -> io::Result<Vec<InstanceId>> {
    let entries = fs::read_dir(parent)?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MAX_RECORD).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(serde_json::from_slice(&bytes)?))
}

/// Puts a record in place whole: whoever reads finds the old one or the new one.
fn write<T: Serialize>(directory: &Path, name: &str, value: &T) -> io::Result<()> {
    let bytes = serde_json::to_vec(value)?;
    let draft = directory.join(format!("{name}.new"));
    let mut file = private().create(true).truncate(true).open(&draft)?;
    file.write_all(&bytes)?;
    fs::rename(&draft, directory.join(name))
}
