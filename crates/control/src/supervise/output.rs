//! Where the proxy's messages go. Never into a pipe of control: it would break when control dies.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A log longer than this is moved aside; with the one before, at most about twice as much is kept.
const MAX_LOG_BYTES: u64 = 16 * 1024 * 1024;

/// Where the proxy's messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyOutput {
    /// Where control's own go: for service managers, whose end of it outlives control.
    Inherit,
    /// To the bounded file `proxy.log` in the proxy's directory.
    File,
}

impl ProxyOutput {
    /// The child's end.
    pub(super) fn open(self, directory: &Path) -> io::Result<Stdio> {
        match self {
            Self::Inherit => Ok(Stdio::inherit()),
            Self::File => {
                let mut options = OpenOptions::new();
                options.append(true).create(true).mode(0o600).open(log(directory)).map(Stdio::from)
            }
        }
    }

    /// Where to look, in words.
    pub(super) fn place(self, directory: &Path) -> String {
        match self {
            Self::Inherit => "above".to_owned(),
            Self::File => log(directory).display().to_string(),
        }
    }

    /// Moves a log that grew too long aside, under the eyes of the proxy: it appends, so it goes on at the new end.
    pub(super) fn bound(self, directory: &Path) {
        if self == Self::File
            && let Err(error) = bound(&log(directory), MAX_LOG_BYTES)
        {
            tracing::warn!(%error, "the proxy's log could not be cut");
        }
    }
}

fn log(directory: &Path) -> PathBuf {
    directory.join("proxy.log")
}

fn bound(log: &Path, most: u64) -> io::Result<()> {
    match fs::metadata(log) {
        Ok(metadata) if metadata.len() > most => {
            // What is written between the two steps is lost: a few lines at most, once in many megabytes.
            fs::copy(log, log.with_extension("log.1"))?;
            File::options().write(true).open(log)?.set_len(0)
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_long_log_is_moved_aside_while_it_is_written() {
        let place = tempfile::tempdir().unwrap();
        let path = log(place.path());
        let mut writer = OpenOptions::new().append(true).create(true).open(&path).unwrap();
        writer.write_all(b"first words\n").unwrap();
        bound(&path, 5).unwrap();
        writer.write_all(b"more\n").unwrap();
        bound(&path, 5).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"more\n");
        assert_eq!(fs::read(place.path().join("proxy.log.1")).unwrap(), b"first words\n");
    }

    #[test]
    fn a_log_that_is_not_there_needs_no_bounds() {
        bound(Path::new("/nowhere/proxy.log"), 5).unwrap();
    }
}
