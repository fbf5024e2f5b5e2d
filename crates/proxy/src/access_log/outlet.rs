//! A worker's end: lines are gathered in a batch and handed over when it is full or a moment old.
//! It must never wait and, once it runs, never allocate.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use elbow_traffic::access_log::MAX_RECORD;

use super::{BATCHES, Dropped};

/// A batch goes out when it holds this much.
const FULL: usize = 32 * 1024;
/// Its room: the last record always fits.
const ROOM: usize = FULL + MAX_RECORD;
/// How long a line stays with its worker at most, in microseconds.
const HOLD_US: u64 = 50_000;

/// Lines on their way to the writer.
#[derive(Debug)]
pub(super) struct Batch {
    pub lines: Vec<u8>,
    pub records: u64,
    /// Where the empty batch goes.
    pub home: SyncSender<Vec<u8>>,
}

/// A worker's end of the access log.
#[derive(Debug)]
pub struct Outlet {
    lines: Vec<u8>,
    records: u64,
    /// When the first of the lines came.
    since_us: u64,
    full: SyncSender<Batch>,
    empty: Receiver<Vec<u8>>,
    home: SyncSender<Vec<u8>>,
    dropped: Dropped,
}

impl Outlet {
    pub(super) fn new(full: SyncSender<Batch>, dropped: Dropped) -> Self {
        let (home, empty) = sync_channel(BATCHES);
        for _ in 1..BATCHES {
            // There is room for all of them.
            let _never = home.try_send(Vec::new());
        }
        Self { lines: Vec::new(), records: 0, since_us: 0, full, empty, home, dropped }
    }

    /// Adds one record: what was kept from its beginning, then what `finish` appends.
    pub fn record(&mut self, opening: &[u8], now_us: u64, finish: impl FnOnce(&mut Vec<u8>)) {
        if self.lines.len() >= FULL && !self.hand_over() {
            self.dropped.add(1);
            return;
        }
        if self.lines.is_empty() {
            self.lines.reserve_exact(ROOM);
            self.since_us = now_us;
        }
        self.lines.extend_from_slice(opening);
        finish(&mut self.lines);
        self.records += 1;
    }

    /// Whether lines wait for their time.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Hands over what has waited long enough. While the writer is behind, lines go on waiting.
    pub fn tick(&mut self, now_us: u64) {
        let is_due = now_us.saturating_sub(self.since_us) >= HOLD_US;
        if self.is_waiting() && (is_due || self.lines.len() >= FULL) {
            self.hand_over();
        }
    }

    /// False if the writer has every other batch still.
    fn hand_over(&mut self) -> bool {
        let Ok(next) = self.empty.try_recv() else { return false };
        let lines = std::mem::replace(&mut self.lines, next);
        let records = std::mem::take(&mut self.records);
        let batch = Batch { lines, records, home: self.home.clone() };
        // There is room for every batch that there is: only an ended writer takes none.
        if self.full.try_send(batch).is_err() {
            self.dropped.add(records);
        }
        true
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        if self.is_waiting() && !self.hand_over() {
            self.dropped.add(self.records);
        }
    }
}
