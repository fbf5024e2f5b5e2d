//! Processes as the operating system shows them.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

/// The processes whose arguments contain all of these words, by number.
pub(crate) fn find(words: &[&str]) -> Vec<u32> {
    let fits = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let arguments: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        words.iter().all(|word| arguments.contains(&word.as_bytes()))
    };
    all().filter(fits).filter(|pid| is_alive(*pid)).collect()
}

/// The children of a process that have this word among their arguments, by number.
pub(crate) fn children(parent: u32, word: &str) -> Vec<u32> {
    let is_child = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default();
        fields.split_whitespace().nth(1) == Some(parent.to_string().as_str())
    };
    find(&[word]).into_iter().filter(is_child).collect()
}

/// The processes that have a path in this directory, or the directory itself, among their arguments, by number.
pub(crate) fn below(directory: &Path) -> Vec<u32> {
    let is_below = |argument: &[u8]| Path::new(OsStr::from_bytes(argument)).starts_with(directory);
    let fits = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(is_below)
    };
    all().filter(fits).filter(|pid| is_alive(*pid)).collect()
}

/// The processes that were started with this variable, with the value of another one.
pub(crate) fn marked(variable: &str, other: &str) -> Vec<(u32, String)> {
    let start = format!("{other}=");
    let found = all().filter_map(|pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment);
        if !environment.split('\0').any(|one| one == variable) || !is_alive(pid) {
            return None;
        }
        let value = environment.split('\0').find_map(|one| one.strip_prefix(&start));
        Some((pid, value.unwrap_or_default().to_owned()))
    });
    found.collect()
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Whether a process runs; one that has ended and was not waited for does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    stat.is_ok_and(|stat| {
        !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with(['Z', 'X'])
    })
}

/// Sends a signal such as `KILL`.
pub(crate) fn signal(pid: u32, name: &str) -> io::Result<()> {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("kill -s {name} {pid}: {status}")))
    }
}
