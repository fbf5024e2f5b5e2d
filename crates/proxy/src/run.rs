//! A proxy process from start to end: claims its directory, starts its threads, waits for the end.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use elbow_model::value::ProxyId;
use uuid::Uuid;

use crate::access_log::{self, AccessLog};
use crate::clock::Clock;
use crate::intake::{Event, Events, Steward, StewardConfig};
use crate::link::{self, ClientConfig, journal};
use crate::probe::{self, ProberConfig, ProberHandle};
use crate::sys::descriptors::raise_limit;
use crate::sys::signal::EndSignals;
use crate::tls::{NoKeys, OpenKey};
use crate::trouble::Trouble;
use crate::worker::{self, Deadlines, WorkerConfig, WorkerHandle};

/// The file in the state directory that one proxy at a time holds locked.
pub const LOCK_FILE: &str = "proxy.lock";
/// How long requests in flight may take to finish after SIGTERM.
pub const GRACE: Duration = Duration::from_secs(30);
/// Descriptors if the kernel does not tell how many there may be.
const FEWEST_DESCRIPTORS: u64 = 1024;
/// Checks under way at most.
const MOST_CHECKS: u64 = 1024;

/// What a proxy process is told.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// The Unix socket of control.
    pub link: PathBuf,
    /// Where the last table is kept; of this proxy alone.
    pub state_dir: PathBuf,
    /// Threads that carry traffic; one per core if none.
    pub workers: Option<usize>,
    /// Elbow's version.
    pub program: String,
    /// How long requests in flight may take to finish after a signal.
    pub grace: Duration,
    /// Where requests are logged.
    pub access_log: access_log::Target,
    /// Opens the keys of HTTPS listeners.
    pub keys: Arc<dyn OpenKey>,
}

impl ProxyConfig {
    /// A proxy with defaults.
    #[must_use]
    pub fn new(link: PathBuf, state_dir: PathBuf) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let access_log = access_log::Target::Off;
        let keys = Arc::new(NoKeys);
        Self { link, state_dir, workers: None, program, grace: GRACE, access_log, keys }
    }
}

/// Runs a proxy until SIGTERM, SIGINT or control ends it; a second signal ends it at once.
///
/// # Errors
/// [`Trouble`] if it can't start.
pub fn run(config: ProxyConfig) -> Result<(), Trouble> {
    let signals = EndSignals::catch().map_err(|error| kernel("signal handler", error))?;
    let (events, queue) = channel();
    let end = events.clone();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || while signals.wait().is_ok() && end.send(Event::End).is_ok() {})
        .map_err(|error| kernel("thread", error))?;
    serve(config, events, &queue)
}

/// Runs a proxy until an [`Event::End`] or control ends it; for processes that have signals of
/// their own, and tests.
///
/// # Errors
/// [`Trouble`] if it can't start.
pub fn serve(config: ProxyConfig, events: Events, queue: &Receiver<Event>) -> Result<(), Trouble> {
    let _lock = claim(&config.state_dir)?;
    let descriptors = raise_limit().unwrap_or(FEWEST_DESCRIPTORS);
    let (journal, remembered, journal_thread) = journal::open(&config.state_dir)?;
    let clock = Clock::start();
    let proxy = ProxyId::from(Uuid::now_v7());
    let (workers, access_log) = start_workers(&config, proxy, &events)?;
    let prober = start_prober(clock, descriptors, &events)?;
    let link_events = events.clone();
    let steward = Steward::new(StewardConfig {
        proxy,
        program: config.program,
        clock,
        workers,
        prober,
        journal,
        descriptors,
        grace: config.grace,
        keys: config.keys,
        unlogged: access_log.dropped(),
        events,
    });
    let serving = Arc::new(());
    let is_serving = Arc::downgrade(&serving);
    link::start(ClientConfig { path: config.link }, move |event| {
        is_serving.strong_count() > 0 && link_events.send(Event::Link(event)).is_ok()
    })
    .map_err(|error| kernel("thread", error))?;
    tracing::info!(proxy.id = %proxy, descriptors, "proxy started");
    steward.run(queue, remembered);
    // However long the last writes take: control is not to be dialled again.
    drop(serving);
    access_log.finish();
    // The steward's end closed the journal's queue: what is in it is written now.
    if journal_thread.join().is_err() {
        tracing::error!("the journal ended in a panic");
    }
    Ok(())
}

/// Claims the state directory for this process; the lock goes with the process, however it ends.
fn claim(directory: &Path) -> Result<File, Trouble> {
    let trouble = |path: &Path| {
        let path = path.to_owned();
        move |error| Trouble::File { path, error }
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(trouble(directory))?;
    let path = directory.join(LOCK_FILE);
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(trouble(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Trouble::AlreadyRunning { lock: path }),
        Err(TryLockError::Error(error)) => Err(Trouble::File { path, error }),
    }
}

fn start_workers(
    config: &ProxyConfig,
    proxy: ProxyId,
    events: &Events,
) -> Result<(Vec<WorkerHandle>, AccessLog), Trouble> {
    let cores = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let count = config.workers.unwrap_or_else(cores).max(1);
    let mut access_log = AccessLog::start(&config.access_log, count)?;
    let (reports, received) = channel();
    let to_steward = events.clone();
    thread::Builder::new()
        .name("reports".to_owned())
        .spawn(move || {
            for report in received {
                if to_steward.send(Event::Worker(report)).is_err() {
                    return;
                }
            }
        })
        .map_err(|error| kernel("thread", error))?;
    let via_name: Arc<str> = format!("elbow-{}", short(proxy)).into();
    let workers: Result<Vec<WorkerHandle>, Trouble> = (0..count)
        .map(|index| {
            let seed = Uuid::now_v7().as_u128() ^ u128::from(Uuid::now_v7().as_u64_pair().1) << 32;
            let (via_name, reports) = (via_name.clone(), reports.clone());
            let access_log = access_log.outlet();
            worker::start(WorkerConfig {
                index,
                via_name,
                seed,
                reports,
                access_log,
                deadlines: Deadlines::default(),
                trap: None,
            })
            .map_err(|error| kernel("worker", error))
        })
        .collect();
    Ok((workers?, access_log))
}

fn start_prober(clock: Clock, descriptors: u64, events: &Events) -> Result<ProberHandle, Trouble> {
    let most = MOST_CHECKS.min(descriptors / 16).max(1);
    let config = ProberConfig {
        clock,
        most_under_way: usize::try_from(most).unwrap_or(usize::MAX),
        seed: Uuid::now_v7().as_u64_pair().1,
    };
    let events = events.clone();
    let results = Box::new(move |found| events.send(Event::Probed(found)).is_ok());
    probe::start(config, results).map_err(|error| kernel("prober", error))
}

/// The random end of an id, as a token.
fn short(proxy: ProxyId) -> String {
    let text = proxy.to_string();
    text.rsplit('-').next().unwrap_or(&text).to_owned()
}

fn kernel(what: &'static str, error: std::io::Error) -> Trouble {
    Trouble::Kernel { what, error }
}
