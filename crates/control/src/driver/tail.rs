//! The end of a log that is written in two files, the older one moved aside.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::{MAX_LOG_BYTES, MAX_LOG_LINES};

/// The last lines of a log and of the part before it, oldest first.
pub(super) fn of(log: &Path, lines: usize) -> io::Result<Vec<String>> {
    let mut bytes = end_of(log, MAX_LOG_BYTES)?;
    if bytes.len() < MAX_LOG_BYTES {
        let mut before = end_of(&log.with_extension("log.1"), MAX_LOG_BYTES - bytes.len())?;
        before.append(&mut bytes);
        bytes = before;
    }
    Ok(last_lines(&bytes, lines))
}

/// The last of these lines; bytes that are no text are shown as such.
pub(super) fn last_lines(bytes: &[u8], lines: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut last: Vec<String> =
        text.lines().rev().take(lines.min(MAX_LOG_LINES)).map(str::to_owned).collect();
    last.reverse();
    last
}

fn end_of(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(most as u64)))?;
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
