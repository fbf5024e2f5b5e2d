//! Supervision of the proxy process beside control: started, restarted when it dies, adopted if it survived an earlier
//! control, stopped in order. Whatever becomes of control, the proxy goes on: it has a process group of its own, and no
//! pipe leads to control.
//!
//! ```text
//!            +-- lock held: adopted --> wait until the lock is free --+
//!   start? --+                                                        +--> wait by `plan::supervision` --> start?
//!            +-- lock free: start the process --> wait for its end ---+
//! ```

mod output;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use elbow_plan::supervision::Restarts;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time;

pub use self::output::ProxyOutput;

/// How often is looked whether an adopted proxy still holds its lock.
const LOCK_LOOK: Duration = Duration::from_millis(250);

/// How often is looked whether the proxy's log grew too long.
const LOG_LOOK: Duration = Duration::from_secs(30);

/// How the proxy process is started.
#[derive(Debug, Clone)]
pub struct ProxyCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, which say where the link and the data directory are.
    pub args: Vec<OsString>,
    /// Where its messages go.
    pub output: ProxyOutput,
    /// Where its standard output goes: the access log, if it is wanted there.
    pub stdout: ProxyOutput,
}

/// What the supervisor is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Keep the proxy running.
    Keep,
    /// It was told to stop: wait for its end, and end it after this moment.
    AwaitEnd {
        /// The moment.
        until: time::Instant,
    },
    /// Leave the proxy alone and end.
    Leave,
}

/// Supervises until ordered otherwise. `directory` is the proxy's, with its lock.
pub(crate) async fn run(
    command: ProxyCommand,
    directory: PathBuf,
    mut orders: watch::Receiver<Order>,
) {
    let lock = directory.join("proxy.lock");
    let mut restarts = Restarts::default();
    while present(&orders) == Order::Keep {
        let lived = match is_held(&lock) {
            Ok(true) => adopt(&lock, &mut orders).await,
            Ok(false) => start_and_wait(&command, &directory, &mut orders).await,
            Err(error) => {
                tracing::error!(path = %lock.display(), %error, "cannot look at the proxy's lock");
                Duration::ZERO
            }
        };
        if present(&orders) == Order::Keep {
            let wait = restarts.wait_after(lived);
            tracing::warn!(
                lived_ms = lived.as_millis(),
                wait_ms = wait.as_millis(),
                "the proxy is started again"
            );
            // Another order ends the wait.
            time::timeout(wait, orders.changed()).await.ok();
        }
    }
    if let Order::AwaitEnd { until } = present(&orders) {
        await_lock(&lock, until).await;
    }
}

/// The order at present; where nobody gives orders any more, the proxy is left alone.
fn present(orders: &watch::Receiver<Order>) -> Order {
    if orders.has_changed().is_err() { Order::Leave } else { *orders.borrow() }
}

/// Makes the proxy's directory, for its owner alone.
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Whether a living proxy holds the lock.
fn is_held(lock: &Path) -> io::Result<bool> {
    let file: File = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(lock)?;
    match file.try_lock() {
        // Closing the file lets it go at once.
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Waits until the proxy that survived an earlier control ends, or the order changes; says for how long.
async fn adopt(lock: &Path, orders: &mut watch::Receiver<Order>) -> Duration {
    let start = Instant::now();
    tracing::info!("a proxy is running already and is kept");
    loop {
        tokio::select! {
            _ = orders.changed() => return start.elapsed(),
            () = time::sleep(LOCK_LOOK) => {}
        }
        if !matches!(is_held(lock), Ok(true)) {
            tracing::warn!("the proxy that was kept ended");
            return start.elapsed();
        }
    }
}

/// Starts the proxy and waits for its end or another order; says how long it lived.
async fn start_and_wait(
    command: &ProxyCommand,
    directory: &Path,
    orders: &mut watch::Receiver<Order>,
) -> Duration {
    let start = Instant::now();
    let mut child = match spawn(command, directory) {
        Ok(child) => child,
        Err(error) => {
            let program = command.program.display();
            tracing::error!(%program, %error, "the proxy cannot be started");
            return Duration::ZERO;
        }
    };
    tracing::info!(proxy.pid = child.id(), "the proxy was started");
    loop {
        let order = present(orders);
        let until = match order {
            Order::Keep => None,
            Order::AwaitEnd { until } => Some(until),
            Order::Leave => return start.elapsed(),
        };
        tokio::select! {
            status = child.wait() => {
                tell_end(status, order, start.elapsed(), command, directory);
                return start.elapsed();
            }
            // A closed channel is seen as an order above.
            _ = orders.changed() => {}
            () = sleep_until(until) => {
                tracing::warn!("the proxy did not stop within its grace period and is killed");
                child.start_kill().ok();
                child.wait().await.ok();
                return start.elapsed();
            }
            () = time::sleep(LOG_LOOK) => command.output.bound(directory),
        }
    }
}

fn tell_end(
    status: io::Result<std::process::ExitStatus>,
    order: Order,
    lived: Duration,
    command: &ProxyCommand,
    directory: &Path,
) {
    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    let words = command.output.place(directory);
    if order == Order::Keep {
        tracing::error!(%status, lived_ms = lived.as_millis(), its_messages = %words, "the proxy ended by itself");
    } else {
        tracing::info!(%status, "the proxy stopped");
    }
}

fn spawn(command: &ProxyCommand, directory: &Path) -> io::Result<Child> {
    command.output.bound(directory);
    Command::new(&command.program)
        .args(&command.args)
        .stdin(Stdio::null())
        .stdout(command.stdout.open(directory)?)
        .stderr(command.output.open(directory)?)
        .process_group(0)
        .kill_on_drop(false)
        .spawn()
}

/// Waits for a proxy that this process did not start; it was told to stop by the link.
async fn await_lock(lock: &Path, until: time::Instant) {
    while matches!(is_held(lock), Ok(true)) {
        if time::Instant::now() >= until {
            return tracing::warn!(
                "the proxy did not stop within its grace period; it is left running"
            );
        }
        time::sleep(LOCK_LOOK).await;
    }
}

async fn sleep_until(moment: Option<time::Instant>) {
    match moment {
        Some(moment) => time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
