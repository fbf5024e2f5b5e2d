//! Sets of table entries as messages: cut into parts, so that no frame grows with the number of load balancers.

use std::io::{self, Write};
use std::iter::Peekable;
use std::sync::Arc;

use elbow_model::table::{TableEntry, resolve};
use elbow_model::value::{LoadBalancerId, Revision};
use elbow_model::wire::{Digest, PART_BYTES, Tables};

use super::head::{Changed, Head};

/// The messages that bring a proxy to a revision; at least one. Entries are resolved as they are asked for.
pub(super) struct Parts {
    entries: Peekable<Box<dyn Iterator<Item = TableEntry> + Send>>,
    removed: Vec<LoadBalancerId>,
    revision: Revision,
    digest: Digest,
    full: bool,
    is_done: bool,
}

impl Parts {
    /// Everything.
    pub(super) fn full(head: &Head, all: Vec<Changed>) -> Self {
        Self::new(head, all, Vec::new(), true)
    }

    /// Only these.
    pub(super) fn changes(
        head: &Head,
        changed: Vec<Changed>,
        removed: Vec<LoadBalancerId>,
    ) -> Self {
        Self::new(head, changed, removed, false)
    }

    fn new(head: &Head, entries: Vec<Changed>, removed: Vec<LoadBalancerId>, full: bool) -> Self {
        let world = Arc::clone(&head.world);
        let entries = entries.into_iter().map(move |changed| resolve(&world, &changed.balancer));
        let entries: Box<dyn Iterator<Item = TableEntry> + Send> = Box::new(entries);
        Self {
            entries: entries.peekable(),
            removed,
            revision: head.revision(),
            digest: head.digest,
            full,
            is_done: false,
        }
    }
}

impl Iterator for Parts {
    type Item = Tables;

    fn next(&mut self) -> Option<Tables> {
        if self.is_done {
            return None;
        }
        let mut changed = Vec::new();
        let mut bytes = 0;
        while bytes < PART_BYTES
            && let Some(entry) = self.entries.next()
        {
            bytes += json_bytes(&entry);
            changed.push(entry);
        }
        let more = self.entries.peek().is_some();
        self.is_done = !more;
        Some(Tables {
            revision: self.revision,
            full: self.full,
            more,
            changed,
            removed: std::mem::take(&mut self.removed),
            digest: self.digest,
        })
    }
}

/// How long an entry is as JSON; one that can't be written counts as a whole part, and its frame will say why.
fn json_bytes(entry: &TableEntry) -> usize {
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, entry).map_or(PART_BYTES, |()| counted.0)
}

struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
