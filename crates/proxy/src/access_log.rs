//! The access log's way from the workers to a file. Traffic never waits for it: what can't be
//! written fast enough is dropped and counted. Off, it costs a look at an empty option.
//!
//! ```text
//! worker: Outlet -- batches of lines, bounded --> writer thread --> file or standard output
//!            ^------------ empty batches -----------------+
//! ```

mod file;
mod outlet;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::thread;
use std::time::Duration;

pub use outlet::Outlet;

use crate::trouble::Trouble;

/// Batches of each worker: one that is being filled, the rest on their way.
const BATCHES: usize = 16;
/// How long the end of the process waits for what is still to be written.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// Where records go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Target {
    #[default]
    Off,
    StandardOutput,
    File {
        path: PathBuf,
        /// A file longer than this is moved aside; five are kept in all.
        max_bytes: u64,
    },
}

/// Records that were dropped since the process started.
#[derive(Clone, Debug, Default)]
pub struct Dropped(Arc<AtomicU64>);

impl Dropped {
    fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How many.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A running access log.
#[derive(Debug)]
pub struct AccessLog {
    /// One for each worker; none if the log is off.
    outlets: Vec<Outlet>,
    dropped: Dropped,
    ended: Option<Receiver<()>>,
}

impl AccessLog {
    /// Opens the target and starts the writer, for so many workers.
    ///
    /// # Errors
    /// [`Trouble`] if the file can't be opened or there is no thread.
    pub fn start(target: &Target, workers: usize) -> Result<Self, Trouble> {
        let sink: Box<dyn writer::Sink> = match target {
            Target::Off => {
                let dropped = Dropped::default();
                return Ok(Self { outlets: Vec::new(), dropped, ended: None });
            }
            Target::StandardOutput => Box::new(io::stdout()),
            Target::File { path, max_bytes } => {
                let opened = file::RotatedFile::open(path.clone(), *max_bytes);
                Box::new(opened.map_err(|error| Trouble::File { path: path.clone(), error })?)
            }
        };
        Self::write_to(sink, workers).map_err(|error| Trouble::Kernel { what: "thread", error })
    }

    fn write_to(sink: Box<dyn writer::Sink>, workers: usize) -> io::Result<Self> {
        let dropped = Dropped::default();
        let (full, batches) = sync_channel(workers.max(1) * BATCHES);
        let outlets = (0..workers).map(|_| Outlet::new(full.clone(), dropped.clone())).collect();
        let (end, ended) = channel();
        let count = dropped.clone();
        thread::Builder::new().name("access-log".to_owned()).spawn(move || {
            writer::run(sink, &batches, &count);
            // Nobody may wait for it.
            let _unheard = end.send(());
        })?;
        Ok(Self { outlets, dropped, ended: Some(ended) })
    }

    /// The next worker's outlet.
    pub fn outlet(&mut self) -> Option<Outlet> {
        self.outlets.pop()
    }

    /// How many records were dropped.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.dropped.clone()
    }

    /// Waits until everything is written, but not for long. The workers must be ending.
    pub fn finish(self) {
        let Self { outlets, dropped, ended } = self;
        drop(outlets);
        if let Some(ended) = ended
            && ended.recv_timeout(LAST_WRITES) == Err(RecvTimeoutError::Timeout)
        {
            tracing::warn!(
                dropped = dropped.read(),
                "the access log's target takes nothing: its last records are lost"
            );
        }
    }
}

#[cfg(test)]
mod tests;
