//! Cleans up whatever happens. A second process, out of reach of Ctrl-C, is told what was started
//! and where; when the first one ends, even killed, it stops what is left and removes the
//! directories. It touches nothing that it was not told of.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::failure::{Failure, While};
use crate::process;

/// The argument that makes this program a janitor.
pub(crate) const ARGUMENT: &str = "--janitor";
const GRACE: Duration = Duration::from_millis(1500);

/// The link to the second process.
pub(crate) struct Janitor {
    line: Mutex<Option<ChildStdin>>,
    child: Mutex<Child>,
}

impl Janitor {
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(ARGUMENT)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .while_doing("starting the janitor")?;
        let line = child.stdin.take();
        Ok(Self { line: Mutex::new(line), child: Mutex::new(child) })
    }

    /// A process group was started; what belongs to it may also have left the group, but has this
    /// directory among its arguments.
    pub(crate) fn watch(&self, group: u32, directory: &Path) {
        self.tell(&format!("watch {group} {}", directory.display()));
    }

    /// It was stopped and its directory removed.
    pub(crate) fn forget(&self, group: u32, directory: &Path) {
        self.tell(&format!("forget {group} {}", directory.display()));
    }

    fn tell(&self, text: &str) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = line.as_mut() {
            // Without a janitor the drop of each contender still cleans up.
            let _ = writeln!(pipe, "{text}");
        }
    }
}

impl Drop for Janitor {
    fn drop(&mut self) {
        drop(self.line.lock().unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }
}

/// What the second process does.
pub(crate) fn work(input: impl BufRead) {
    let mut left = BTreeSet::new();
    for line in input.lines() {
        let Ok(line) = line else { break };
        let mut words = line.splitn(3, ' ');
        let (Some(verb), Some(group), Some(directory)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Ok(group) = group.parse::<u32>() else { continue };
        let entry = (group, directory.to_owned());
        if verb == "watch" {
            left.insert(entry);
        } else {
            left.remove(&entry);
        }
    }
    for (group, directory) in &left {
        stop(*group, Path::new(directory));
        let _ = std::fs::remove_dir_all(directory);
    }
}

/// Stops a process group and what names the directory: first politely, then for good.
pub(crate) fn stop(group: u32, directory: &Path) {
    signal(group, directory, Signal::TERM);
    let deadline = std::time::Instant::now() + GRACE;
    while std::time::Instant::now() < deadline {
        if process::group_members(group).is_empty() && strays(directory).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    signal(group, directory, Signal::KILL);
}

fn signal(group: u32, directory: &Path, signal: Signal) {
    // What ended by itself in the meantime needs no signal.
    if let Some(group) = pid(group) {
        let _ = kill_process_group(group, signal);
    }
    for stray in strays(directory).into_iter().filter_map(pid) {
        let _ = kill_process(stray, signal);
    }
}

/// Processes that left their group and have the directory among their arguments.
fn strays(directory: &Path) -> Vec<u32> {
    let Some(directory) = directory.to_str() else { return Vec::new() };
    process::with_argument(|argument| argument.contains(directory))
}

fn pid(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?)
}
