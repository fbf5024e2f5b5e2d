//! The socket: takes proxies in, and lets all of them know when control stops.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use elbow_store::ledger::Ledger;
use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time;

use super::connection::{self, Peers};
use super::{feed, observer};

/// Proxies that may be connected.
const MAX_CONNECTIONS: usize = 256;

/// What proxies reported and is not yet observed; then their connections wait.
const MAX_SEEN: usize = 256;

/// How long to wait when no connection can be taken (descriptors run short).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The longest path of a Unix socket on Linux (`sun_path` less its final zero).
const MAX_PATH_BYTES: usize = 107;

/// What proxies are told about control itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Work as ever.
    Serving,
    /// Finish within the grace period, then end.
    Stopping {
        /// The grace period.
        grace_ms: u32,
    },
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The path does not fit into a socket address.
    #[error(
        "the path of the socket {} has {found} bytes, at most {MAX_PATH_BYTES} are possible; choose a data directory \
         with a shorter path",
        .path.display()
    )]
    PathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length.
        found: usize,
    },
    /// The socket cannot be made.
    #[error("cannot listen on {}: {reason}", .path.display())]
    NotBound {
        /// The path.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
}

/// The running link. Ends when dropped.
pub(crate) struct Link {
    path: PathBuf,
    phase: watch::Sender<Phase>,
    connections: watch::Receiver<usize>,
    tasks: Vec<JoinHandle<()>>,
}

impl Link {
    /// Listens on `path`, for processes of this user alone. A socket that is there already is replaced: the store's lock
    /// has shown that no other control process lives.
    pub(crate) fn start(ledger: &Ledger, path: &Path) -> Result<Self, LinkError> {
        let listener = bind(path)?;
        let (heads, commits) = feed::start(ledger);
        let (seen, seen_by) = mpsc::channel(MAX_SEEN);
        let phase = watch::Sender::new(Phase::Serving);
        let count = watch::Sender::new(0);
        let peers = Peers { heads: heads.subscribe(), phase: phase.subscribe(), seen };
        let observer = observer::Observer::new(ledger.clone());
        let connections = count.subscribe();
        let tasks = vec![
            tokio::spawn(feed::run(ledger.clone(), heads, commits)),
            tokio::spawn(observer.run(seen_by)),
            tokio::spawn(accept(listener, peers, count)),
        ];
        Ok(Self { path: path.to_owned(), phase, connections, tasks })
    }

    /// Tells all proxies, those that dial in later too, to stop within `grace`.
    pub(crate) fn stop_proxies(&self, grace: Duration) {
        let grace_ms = u32::try_from(grace.as_millis()).unwrap_or(u32::MAX);
        self.phase.send_replace(Phase::Stopping { grace_ms });
    }

    /// Waits until no proxy is connected.
    pub(crate) async fn all_gone(&self) {
        let mut connections = self.connections.clone();
        // An error means that the task is gone, and the connections with it.
        connections.wait_for(|count| *count == 0).await.map(drop).unwrap_or_default();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        fs::remove_file(&self.path).ok();
    }
}

/// Binds under another name and moves it: at no moment can other users connect.
fn bind(path: &Path) -> Result<UnixListener, LinkError> {
    let draft = path.with_extension("new");
    let found = draft.as_os_str().len();
    if found > MAX_PATH_BYTES {
        return Err(LinkError::PathTooLong { path: path.to_owned(), found });
    }
    let bind = || {
        fs::remove_file(&draft)
            .or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
        let listener = UnixListener::bind(&draft)?;
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o600))?;
        fs::rename(&draft, path)?;
        Ok(listener)
    };
    bind().map_err(|reason| LinkError::NotBound { path: path.to_owned(), reason })
}

async fn accept(listener: UnixListener, peers: Peers, count: watch::Sender<usize>) {
    let mut connections = JoinSet::new();
    let mut number = 0_u64;
    loop {
        tokio::select! {
            stream = listener.accept(), if connections.len() < MAX_CONNECTIONS => match stream {
                Ok((stream, _)) => {
                    number += 1;
                    connections.spawn(connection::serve(stream, number, peers.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot take a proxy's connection");
                    time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
        count.send_replace(connections.len());
    }
}
