//! The keeper: the small process that starts an instance's program, keeps its log within bounds, ends it when told and
//! leaves nothing of it behind. It knows nothing of scaling groups and never starts a program a second time.
//!
//! ```text
//!   lock --> start --+--> Refused: told, ends
//!                    +--> keep <--log, socket, signals, children--> end --> Exited: told, ends
//! ```

mod family;
mod log;
mod start;

use std::fs::File;
use std::fs::TryLockError;
use std::io::{self, PipeReader, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{self, Instant};

use self::family::Family;
use self::log::Log;
pub use self::start::run as start;
use super::order;
use super::place::{Place, Record, Refusal, State};
use crate::driver::End;

/// How long is tried to get the lock: those who look whether it is held hold it for moments.
const LOCK_WITHIN: Duration = Duration::from_secs(2);
/// How long between two attempts.
const LOCK_AGAIN: Duration = Duration::from_millis(5);
/// How long the program's start may take, from this process's copy to the program itself.
const START_WITHIN: Duration = Duration::from_secs(8);
/// How often is looked whether the directory is still there: with it gone, nobody can end the instance any more.
const DIRECTORY_LOOK: Duration = Duration::from_secs(5);
/// How often those are killed who do not end or start others meanwhile.
const KILL_AGAIN: Duration = Duration::from_millis(50);
/// How many drivers may wait for the end at the same time.
const MAX_WAITING: usize = 16;
/// How much of the log is moved at once.
const LOG_CHUNK: usize = 16 * 1024;
/// How much is taken from the log's pipe after the end: what fits into a pipe, and no more.
const LOG_REST: usize = 1024 * 1024;

/// How a record names Elbow's own program: the one that runs, wherever it lies and whoever may reach that place.
pub(super) const OWN_PROGRAM: &str = "/proc/self/exe";

/// Keeps the instance of a directory until it has ended. Must be called on a thread that lives as long as the process,
/// before any other is started.
pub fn run(directory: &Path) -> io::Result<()> {
    // A session of its own: no terminal's signal reaches it. It leads one already if it was started so by hand.
    rustix::process::setsid().ok();
    let Some(place) = Place::at(directory) else {
        return Err(io::Error::other(format!(
            "{} is no instance's directory",
            directory.display()
        )));
    };
    let Some(lock) = lock(&place)? else { return Ok(()) };
    // Its program ran once, which is all it may.
    if place.state()?.is_some() {
        return Ok(());
    }
    let Some(record) = place.record()? else { return Ok(()) };
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let state = runtime.block_on(keep(&place, &record, &lock))?;
    // A directory that was taken away needs no last word.
    place.set_state(&state).ok();
    tell(&state);
    drop(lock);
    Ok(())
}

/// Takes the lock; none if another keeper has it or the instance was taken away.
fn lock(place: &Place) -> io::Result<Option<File>> {
    let file = match place.lock_file() {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let until = std::time::Instant::now() + LOCK_WITHIN;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(place.has(&file)?.then_some(file)),
            Err(TryLockError::WouldBlock) if std::time::Instant::now() < until => {
                std::thread::sleep(LOCK_AGAIN);
            }
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Tells whoever started this process, if he still listens, and lets go of the pipe to him.
fn tell(state: &State) {
    let mut stdout = io::stdout();
    let told =
        serde_json::to_vec(state).map(|word| stdout.write_all(&word).and_then(|()| stdout.flush()));
    // He may have been killed: the state's file tells as well.
    drop(told);
    if let Ok(null) = File::options().write(true).open("/dev/null") {
        rustix::stdio::dup2_stdout(null).ok();
    }
}

/// What the keeper listens to.
struct Ears {
    drivers: UnixListener,
    waiting: Vec<UnixStream>,
    output: Option<Receiver>,
    log: Log,
    children: Signal,
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What happened.
enum Event {
    /// A process below ended.
    Child,
    /// Somebody wants the instance to end.
    End,
    /// It is time to look whether the directory is there, or to kill those who do not end.
    Tick,
    /// Something that is dealt with.
    Nothing,
}

/// Starts the program and keeps it to its end.
async fn keep(place: &Place, record: &Record, lock: &File) -> io::Result<State> {
    let keeper = rustix::process::getpid().as_raw_nonzero().get();
    place.set_state(&State::Starting { keeper })?;
    let (output, input) = io::pipe()?;
    let mut ears = Ears::open(place, output)?;
    let (child, said) = start::begin(&place.path(), input)?;
    let mut family = Family::of(child);
    match time::timeout(START_WITHIN, refusal(said)).await {
        Ok(None) => {}
        Ok(Some(refusal)) => return Ok(State::Refused(refusal)),
        Err(_) => {
            family.kill()?;
            let reason = format!("the program did not start within {START_WITHIN:?}");
            return Ok(State::Refused(Refusal { lasts: super::Lasts::ForNow, reason }));
        }
    }
    let running = State::Running { keeper };
    place.set_state(&running)?;
    tell(&running);

    let grace = Duration::from_millis(record.grace_ms);
    let mut kill_from: Option<Instant> = None;
    let mut next_look = Instant::now() + DIRECTORY_LOOK;
    loop {
        let wake = match kill_from {
            None => next_look,
            Some(moment) => moment.max(Instant::now() + KILL_AGAIN),
        };
        let event = ears.hear(wake).await;
        let wants_end = match event {
            Event::Child => family.reap()?,
            Event::End => true,
            Event::Tick => {
                next_look = Instant::now() + DIRECTORY_LOOK;
                !place.has(lock).unwrap_or(true)
            }
            Event::Nothing => false,
        };
        if family.is_gone() {
            break;
        }
        if wants_end && kill_from.is_none() {
            kill_from = Some(Instant::now() + grace);
            family.ask_to_end()?;
        }
        if kill_from.is_some_and(|moment| moment <= Instant::now()) {
            family.kill()?;
        }
    }
    ears.take_rest();
    Ok(State::Exited { end: family.end() })
}

/// Reads what the program's start complains of; nothing if it started.
async fn refusal(said: PipeReader) -> Option<Refusal> {
    let mut words = Vec::new();
    let said = Receiver::from_owned_fd(OwnedFd::from(said)).ok()?;
    said.take(super::MAX_WORD).read_to_end(&mut words).await.ok()?;
    serde_json::from_slice(&words).ok()
}

impl Ears {
    fn open(place: &Place, output: PipeReader) -> io::Result<Self> {
        Ok(Self {
            drivers: order::listen(&place.path())?,
            waiting: Vec::new(),
            output: Some(Receiver::from_owned_fd(OwnedFd::from(output))?),
            log: Log::open(place.log()),
            children: signal(SignalKind::child())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            // Heard so that it does not kill; it means nothing here.
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next event, at most until `wake`.
    async fn hear(&mut self, wake: Instant) -> Event {
        let mut chunk = [0; LOG_CHUNK];
        tokio::select! {
            _ = self.children.recv() => Event::Child,
            _ = self.terminate.recv() => Event::End,
            _ = self.interrupt.recv() => Event::End,
            _ = self.hang_up.recv() => Event::Nothing,
            Ok((driver, _)) = self.drivers.accept() => self.listen_to(driver).await,
            length = next_output(self.output.as_mut(), &mut chunk) => {
                match length {
                    0 => self.output = None,
                    length => self.log.write(&chunk[..length]),
                }
                Event::Nothing
            }
            () = time::sleep_until(wake) => Event::Tick,
        }
    }

    /// A driver says one thing, at once; its connection stays open to the end.
    async fn listen_to(&mut self, mut driver: UnixStream) -> Event {
        let mut word = [0; order::END.len()];
        let heard = time::timeout(Duration::from_secs(1), driver.read_exact(&mut word)).await;
        if !matches!(heard, Ok(Ok(_))) || word != *order::END {
            return Event::Nothing;
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push(driver);
        }
        Event::End
    }

    /// Takes what the ended program wrote last and is still in the pipe.
    fn take_rest(&mut self) {
        let mut chunk = [0; LOG_CHUNK];
        let mut taken = 0;
        while let Some(output) = &self.output
            && taken < LOG_REST
        {
            match output.try_read(&mut chunk) {
                Ok(length) if length > 0 => {
                    self.log.write(&chunk[..length]);
                    taken += length;
                }
                Ok(_) | Err(_) => return,
            }
        }
    }
}

/// The next piece of output; 0 at its end, and never if that was reached.
async fn next_output(output: Option<&mut Receiver>, chunk: &mut [u8]) -> usize {
    match output {
        Some(output) => output.read(chunk).await.unwrap_or(0),
        None => std::future::pending().await,
    }
}

/// The program of a keeper's directory is about to be started: see [`start`].
#[derive(Debug, Clone)]
pub struct Start {
    /// The instance's directory.
    pub directory: PathBuf,
    /// The keeper, which must still be the parent when all is ready.
    pub keeper: i32,
}

/// How a program ended, of a wait's status.
fn end_of(status: rustix::process::WaitStatus) -> End {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(status), _) => End::Status(status),
        (None, Some(signal)) => End::Signal(signal),
        (None, None) => End::Unseen("ended in an unknown way".to_owned()),
    }
}
