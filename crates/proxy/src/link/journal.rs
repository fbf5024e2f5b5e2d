//! What control last said, on disk, so that a proxy that restarts without control serves at once.
//!
//! A file is a line that names its version, the number of records that make up the full set, and
//! records: a length, a checksum, JSON. Those behind the full set are changes. A record that is torn
//! or corrupt ends the file: what was before it is a state that once was true, and control sends what is missing. When
//! changes outweigh the rest, a new file is written beside and renamed; the one before is kept, and
//! read if the newer one is of no use at all.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use elbow_model::table::TableEntry;
use elbow_model::value::{LoadBalancerId, Revision};
use elbow_model::wire::MAX_FRAME_BYTES;
use serde::{Deserialize, Serialize};

use crate::trouble::Trouble;

const VERSION_LINE: &[u8] = b"elbow-table 1\n";
const NEWEST: &str = "table";
const PREVIOUS: &str = "table.previous";
const UNFINISHED: &str = "table.unfinished";
/// Bytes of changes below which no new file is written.
const LEAST_REWRITE_BYTES: u64 = 1024 * 1024;
/// A set or a change of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub revision: Revision,
    pub changed: Vec<Arc<TableEntry>>,
    pub removed: Vec<LoadBalancerId>,
}

/// What was read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    pub revision: Revision,
    pub entries: HashMap<LoadBalancerId, Arc<TableEntry>>,
}

impl Remembered {
    fn take(&mut self, record: Record) {
        self.revision = record.revision;
        for id in &record.removed {
            self.entries.remove(id);
        }
        self.entries.extend(record.changed.into_iter().map(|entry| (entry.id, entry)));
    }
}

/// Where changes are handed in. Dropping it lets the journal finish and end.
#[derive(Debug)]
pub struct Journal {
    records: Sender<Record>,
}

impl Journal {
    /// Hands a change in; writing happens elsewhere.
    pub fn note(&self, record: Record) {
        // The thread ends only after an error, which it has logged.
        drop(self.records.send(record));
    }
}

/// Reads what is remembered in `directory` and starts the thread that writes there.
///
/// # Errors
/// [`Trouble`] if the kernel gives no thread.
pub fn open(
    directory: &Path,
) -> Result<(Journal, Remembered, std::thread::JoinHandle<()>), Trouble> {
    let remembered = read_back(directory);
    let (records, receiver) = channel();
    let writer = Writer {
        directory: directory.to_owned(),
        state: remembered.clone(),
        file: None,
        base_bytes: 0,
        change_bytes: 0,
    };
    let thread = std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || writer.run(&receiver))
        .map_err(|error| Trouble::Kernel { what: "thread", error })?;
    Ok((Journal { records }, remembered, thread))
}

fn read_back(directory: &Path) -> Remembered {
    for name in [NEWEST, PREVIOUS] {
        let path = directory.join(name);
        match read_file(&path) {
            Ok(remembered) => return remembered,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::error!(
                file = %path.display(), %error,
                "the last table can't be read: trying the one before"
            ),
        }
    }
    Remembered::default()
}

/// Reads a file up to its first bad record.
fn read_file(path: &Path) -> io::Result<Remembered> {
    let mut source = BufReader::new(File::open(path)?);
    let mut version = [0; VERSION_LINE.len()];
    source.read_exact(&mut version)?;
    if version != VERSION_LINE {
        return Err(invalid("it is of another version or no table at all"));
    }
    let mut remembered = Remembered::default();
    let count = read_header(&mut source)?;
    for _ in 0..count {
        remembered.take(read_record(&mut source)?);
    }
    loop {
        match read_record(&mut source) {
            Ok(record) => remembered.take(record),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(remembered),
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "the last changes are unreadable");
                return Ok(remembered);
            }
        }
    }
}

/// How many records make up the full set.
fn read_header(source: &mut impl Read) -> io::Result<u64> {
    let mut count = [0; 8];
    source.read_exact(&mut count)?;
    Ok(u64::from_be_bytes(count))
}

fn read_record(source: &mut impl Read) -> io::Result<Record> {
    let mut head = [0; 12];
    source.read_exact(&mut head)?;
    let (length, checksum) = head.split_at(4);
    let length = u32::from_be_bytes(length.try_into().unwrap_or_default());
    if length > MAX_FRAME_BYTES {
        return Err(invalid("a record is longer than any could be"));
    }
    let mut bytes = Vec::new();
    source.take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() != length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if checksum_of(&bytes).to_be_bytes() != checksum {
        return Err(invalid("a checksum is wrong"));
    }
    Ok(serde_json::from_slice(&bytes)?)
}

fn write_record(target: &mut impl Write, record: &Record) -> io::Result<u64> {
    let mut bytes = vec![0; 12];
    serde_json::to_writer(&mut bytes, record)?;
    let (head, body) = bytes.split_at_mut(12);
    let length = u32::try_from(body.len()).map_err(|_| invalid("a record is too long"))?;
    let (first, second) = head.split_at_mut(4);
    first.copy_from_slice(&length.to_be_bytes());
    second.copy_from_slice(&checksum_of(body).to_be_bytes());
    target.write_all(&bytes)?;
    Ok(bytes.len() as u64)
}

/// FNV-1a over words: against accidents, not attacks.
fn checksum_of(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_be_bytes(*word));
    words
        .chain(rest.iter().map(|byte| u64::from(*byte)))
        .fold(0xcbf2_9ce4_8422_2325 ^ bytes.len() as u64, |hash, word| {
            (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
        })
}

fn invalid(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

struct Writer {
    directory: PathBuf,
    state: Remembered,
    file: Option<File>,
    base_bytes: u64,
    change_bytes: u64,
}

impl Writer {
    fn run(mut self, records: &Receiver<Record>) {
        let mut is_said = false;
        while let Ok(record) = records.recv() {
            let mut batch = vec![record];
            batch.extend(records.try_iter());
            match self.write(batch) {
                Ok(()) => is_said = false,
                Err(error) => {
                    // The next change tries again, with everything.
                    self.file = None;
                    if !is_said {
                        tracing::error!(
                            directory = %self.directory.display(), %error,
                            "the table can't be kept: a restart without control would be out of date"
                        );
                    }
                    is_said = true;
                }
            }
        }
    }

    fn write(&mut self, batch: Vec<Record>) -> io::Result<()> {
        let before = self.state.revision;
        for record in &batch {
            self.state.take(record.clone());
        }
        let outweighed = self.change_bytes > LEAST_REWRITE_BYTES.max(self.base_bytes);
        let Some(file) = self.file.as_mut().filter(|_| !outweighed) else { return self.rewrite() };
        let mut target = BufWriter::new(file);
        let mut revision = before;
        for record in batch {
            // An entry each, so that none is longer than a record may be; the revision is claimed
            // once they are all there.
            for entry in record.changed {
                let part = Record { revision, changed: vec![entry], removed: Vec::new() };
                self.change_bytes += write_record(&mut target, &part)?;
            }
            revision = record.revision;
            let end = Record { revision, changed: Vec::new(), removed: record.removed };
            self.change_bytes += write_record(&mut target, &end)?;
        }
        target.flush()
    }

    fn rewrite(&mut self) -> io::Result<()> {
        let unfinished = self.directory.join(UNFINISHED);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        let mut target = BufWriter::new(file);
        target.write_all(VERSION_LINE)?;
        let Remembered { revision, entries } = &self.state;
        target.write_all(&(entries.len() as u64 + 1).to_be_bytes())?;
        let mut written = 0;
        for entry in entries.values() {
            let changed = vec![entry.clone()];
            let record = Record { revision: *revision, changed, removed: Vec::new() };
            written += write_record(&mut target, &record)?;
        }
        let end = Record { revision: *revision, ..Record::default() };
        written += write_record(&mut target, &end)?;
        let file = target.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let newest = self.directory.join(NEWEST);
        if newest.exists() {
            fs::rename(&newest, self.directory.join(PREVIOUS))?;
        }
        fs::rename(&unfinished, &newest)?;
        File::open(&self.directory)?.sync_all()?;
        (self.file, self.base_bytes, self.change_bytes) = (Some(file), written, 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
