//! One proxy's connection: greets it, keeps it at the newest revision at its own pace, and passes on what it reports.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use elbow_model::observed::ProxyView;
use elbow_model::value::{LoadBalancerId, ProxyId, Revision};
use elbow_model::wire::{Digest, Down, Up, VERSION};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time;

use super::accept::Phase;
use super::flight::{Flight, NeverSent};
use super::frame::{self, FrameError};
use super::head::Head;
use super::observer::Seen;
use crate::clock::now;

/// A process that connects says who it is within this time.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// A proxy takes a frame within this time, or is given up.
const WRITE_WITHIN: Duration = Duration::from_secs(30);

/// The first and the longest wait between full sets that a proxy asks for again and again.
const RESYNC_WAIT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Peers {
    pub(super) heads: watch::Receiver<Head>,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) seen: mpsc::Sender<Seen>,
}

/// Why a connection ended before the proxy closed it.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("it did not say who it is within {} s", HELLO_WITHIN.as_secs())]
    Silent,
    #[error("its first message is no hello")]
    Unannounced,
    #[error("it says hello a second time")]
    SecondHello,
    #[error(
        "it speaks version {0} of the link, this program {VERSION}; at most one version may lie between"
    )]
    Version(u32),
    #[error(transparent)]
    NeverSent(#[from] NeverSent),
    #[error("it took no data for {} s", WRITE_WITHIN.as_secs())]
    Stuck,
    #[error("the same proxy connected again")]
    Replaced,
    #[error("control is stopping")]
    Stopping,
}

/// What a proxy said of itself.
struct Hello {
    proxy: ProxyId,
    program: String,
    pid: u32,
    revision: Revision,
    digest: Digest,
}

/// A connected proxy.
struct Connection {
    proxy: ProxyId,
    /// Tells this connection from an earlier one of the same proxy.
    number: u64,
    peers: Peers,
    flight: Mutex<Flight>,
    /// Something came up that may let more be sent.
    nudge: Notify,
}

/// Serves a connection until it ends.
pub(super) async fn serve(stream: UnixStream, number: u64, peers: Peers) {
    let (mut reader, writer) = stream.into_split();
    let mut buffer = Vec::new();
    let hello = match time::timeout(HELLO_WITHIN, greet(&mut reader, &mut buffer)).await {
        Ok(Ok(Some(hello))) => hello,
        Ok(Ok(None)) => return,
        Ok(Err(reason)) => return tracing::warn!(%reason, "a process on the link was dropped"),
        Err(_) => {
            return tracing::warn!(reason = %Broken::Silent, "a process on the link was dropped");
        }
    };
    let Hello { proxy, program, pid, revision, digest } = hello;
    tracing::info!(proxy.id = %proxy, proxy.pid = pid, %revision, version = %program, "a proxy connected");
    let replaced = Arc::new(Notify::new());
    let connection = Connection {
        proxy,
        number,
        peers,
        flight: Mutex::new(Flight::new(revision, digest, Instant::now())),
        nudge: Notify::new(),
    };
    let view = ProxyView {
        version: program,
        pid,
        connected_at: now(),
        revision: Revision(0),
        failed: Default::default(),
        in_force: Default::default(),
        drained: Default::default(),
        waiting: Default::default(),
    };
    let ran_before = revision != Revision(0);
    let connected =
        Seen::Connected { proxy, number, view, ran_before, replaced: Arc::clone(&replaced) };
    if connection.report(connected).await.is_err() {
        return;
    }
    let ended = tokio::select! {
        ended = connection.listen(reader, buffer) => ended,
        ended = connection.speak(writer) => ended,
        () = replaced.notified() => Err(Broken::Replaced),
    };
    connection.report(Seen::Disconnected { proxy, number }).await.ok();
    match ended {
        Ok(()) => tracing::info!(proxy.id = %proxy, "a proxy disconnected"),
        Err(reason) => tracing::warn!(proxy.id = %proxy, %reason, "a proxy was dropped"),
    }
}

/// Reads who the proxy is; none if it left without a word.
async fn greet(reader: &mut OwnedReadHalf, buffer: &mut Vec<u8>) -> Result<Option<Hello>, Broken> {
    match frame::read(reader, buffer).await? {
        None => Ok(None),
        Some(Up::Hello { version, proxy, program, pid, revision, digest }) => {
            if version.abs_diff(VERSION) > 1 {
                return Err(Broken::Version(version));
            }
            Ok(Some(Hello { proxy, program, pid, revision, digest }))
        }
        Some(
            Up::Ack { .. }
            | Up::Resync
            | Up::Health { .. }
            | Up::Drained { .. }
            | Up::Waiting { .. }
            | Up::Counters { .. },
        ) => Err(Broken::Unannounced),
    }
}

impl Connection {
    /// Reads until the proxy closes the connection.
    async fn listen(&self, mut reader: OwnedReadHalf, mut buffer: Vec<u8>) -> Result<(), Broken> {
        let mut resync_wait = Duration::ZERO;
        while let Some(message) = frame::read(&mut reader, &mut buffer).await? {
            let (proxy, number) = (self.proxy, self.number);
            match message {
                Up::Hello { .. } => return Err(Broken::SecondHello),
                Up::Ack { revision, failed } => self.acknowledged(revision, failed).await?,
                Up::Resync => {
                    tracing::warn!(proxy.id = %proxy, "a proxy asks for the full set");
                    time::sleep(resync_wait).await;
                    resync_wait = (resync_wait * 2).clamp(RESYNC_WAIT.0, RESYNC_WAIT.1);
                    self.flight().resync();
                    self.nudge.notify_one();
                }
                Up::Health { changed } => self.report(Seen::Health { changed }).await?,
                Up::Drained { members } => {
                    self.report(Seen::Drained { proxy, number, members }).await?;
                }
                Up::Waiting { pools } => {
                    self.report(Seen::Waiting { proxy, number, pools }).await?;
                }
                Up::Counters { balancers } => {
                    self.report(Seen::Counters { proxy, number, at: now(), balancers }).await?;
                }
            }
        }
        Ok(())
    }

    async fn acknowledged(
        &self,
        revision: Revision,
        failed: Vec<(LoadBalancerId, String)>,
    ) -> Result<(), Broken> {
        let failing: HashSet<LoadBalancerId> = failed.iter().map(|(id, _)| *id).collect();
        let landed = self.flight().land(revision, &failing, Instant::now())?;
        self.nudge.notify_one();
        let (proxy, number) = (self.proxy, self.number);
        self.report(Seen::Acknowledged { proxy, number, revision, failed, landed }).await
    }

    /// Sends until the connection breaks.
    async fn speak(&self, mut writer: OwnedWriteHalf) -> Result<(), Broken> {
        let mut heads = self.peers.heads.clone();
        let mut phase = self.peers.phase.clone();
        let mut is_told = false;
        loop {
            let head = heads.borrow_and_update().clone();
            let parts = self.flight().next(&head);
            for tables in parts.into_iter().flatten() {
                send(&mut writer, &Down::Tables(tables)).await?;
            }
            let present = *phase.borrow_and_update();
            if let (Phase::Stopping { grace_ms }, false) = (present, is_told) {
                send(&mut writer, &Down::Stop { grace_ms }).await?;
                is_told = true;
            }
            tokio::select! {
                changed = heads.changed() => changed.map_err(|_| Broken::Stopping)?,
                changed = phase.changed() => changed.map_err(|_| Broken::Stopping)?,
                () = self.nudge.notified() => {}
            }
        }
    }

    async fn report(&self, seen: Seen) -> Result<(), Broken> {
        self.peers.seen.send(seen).await.map_err(|_| Broken::Stopping)
    }

    fn flight(&self) -> std::sync::MutexGuard<'_, Flight> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(writer: &mut OwnedWriteHalf, message: &Down) -> Result<(), Broken> {
    match time::timeout(WRITE_WITHIN, frame::write(writer, message)).await {
        Ok(written) => Ok(written?),
        Err(_) => Err(Broken::Stuck),
    }
}
