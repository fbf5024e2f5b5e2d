//! A log file of bounded size: grown too long, it is moved aside (`access.log` to `access.log.1`,
//! that to `.2` and so on) and a new one begun; the oldest goes.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::writer::Sink;

/// Files kept, with the one that is being written.
const FILES: u32 = 5;

/// The file that is being written.
#[derive(Debug)]
pub(super) struct RotatedFile {
    path: PathBuf,
    max_bytes: u64,
    file: File,
    size: u64,
}

impl RotatedFile {
    /// Opens, or makes, the file; readable by its owner alone, since it names clients.
    pub(super) fn open(path: PathBuf, max_bytes: u64) -> io::Result<Self> {
        let file = append(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { path, max_bytes, file, size })
    }

    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..FILES - 1).rev() {
            match fs::rename(self.aside(number), self.aside(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        fs::rename(&self.path, self.aside(1))?;
        self.file = append(&self.path)?;
        self.size = 0;
        Ok(())
    }

    fn aside(&self, number: u32) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

impl Sink for RotatedFile {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        let length = lines.len() as u64;
        if self.size > 0 && self.size + length > self.max_bytes {
            self.rotate()?;
        }
        if let Err(error) = self.file.write_all(lines) {
            // Half a line would spoil the next one.
            self.file.set_len(self.size)?;
            return Err(error);
        }
        self.size += length;
        Ok(())
    }
}

fn append(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}
