//! The one thread that writes. A target that fails costs records, which are counted, and one line
//! of the process's own log a minute.

use std::io::{self, Stdout, Write as _};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::Dropped;
use super::outlet::Batch;

/// Between two complaints.
const COMPLAINT: Duration = Duration::from_secs(60);

/// Where lines end up.
pub(super) trait Sink: Send + std::fmt::Debug {
    /// Writes whole lines, all or none of them as far as that is possible.
    ///
    /// # Errors
    /// If they could not be written.
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()>;
}

impl Sink for Stdout {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut locked = self.lock();
        locked.write_all(lines)?;
        locked.flush()
    }
}

/// Writes until every outlet is gone.
pub(super) fn run(mut sink: Box<dyn Sink>, batches: &Receiver<Batch>, dropped: &Dropped) {
    let mut complained: Option<Instant> = None;
    while let Ok(Batch { mut lines, records, home }) = batches.recv() {
        if let Err(error) = sink.write_lines(&lines) {
            dropped.add(records);
            if complained.is_none_or(|at| at.elapsed() >= COMPLAINT) {
                complained = Some(Instant::now());
                tracing::warn!(%error, records, "the access log can't be written");
            }
        }
        lines.clear();
        // Its worker may have ended.
        let _gone = home.try_send(lines);
    }
}
