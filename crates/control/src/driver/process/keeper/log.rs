//! The instance's log: what it writes, in two files of bounded size. It never fails: a full disk costs lines, not the
//! instance.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// How long one file gets before it is moved aside; the one before it is kept.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A log that is written.
pub(super) struct Log {
    path: PathBuf,
    file: Option<(File, u64)>,
    most: u64,
}

impl Log {
    /// A log at this place; made with its first bytes.
    pub(super) fn open(path: PathBuf) -> Self {
        Self { path, file: None, most: MAX_FILE_BYTES }
    }

    /// Adds bytes, or drops them if there is no room.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.try_write(bytes).is_err() {
            self.file = None;
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.file.as_ref().is_some_and(|(_, length)| *length >= self.most) {
            self.file = None;
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
        }
        if self.file.is_none() {
            let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
            let length = file.metadata()?.len();
            self.file = Some((file, length));
        }
        if let Some((file, length)) = &mut self.file {
            *length += bytes.len() as u64;
            file.write_all(bytes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::tail;

    #[test]
    fn a_log_keeps_its_last_lines_in_two_files_of_bounded_size() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("output.log");
        let mut log = Log { most: 100, ..Log::open(path.clone()) };
        for number in 0..1_000 {
            log.write(format!("line {number}\n").as_bytes());
        }
        let sizes = ["output.log", "output.log.1"]
            .map(|name| fs::metadata(place.path().join(name)).unwrap().len());
        assert!(sizes.iter().all(|size| *size < 120), "{sizes:?}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
        assert_eq!(tail::of(&path, 3).unwrap(), ["line 997", "line 998", "line 999"]);
        assert!(tail::of(&path, usize::MAX).unwrap().len() > 10);
    }

    #[test]
    fn a_log_without_a_place_costs_lines_only() {
        let mut log = Log::open("/proc/nowhere/output.log".into());
        log.write(b"lost");
    }
}
