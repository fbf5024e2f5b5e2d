//! Ends what an instance left behind when its keeper was killed: processes that carry the instance's id in their
//! environment. A process is signalled only through a descriptor that was opened before its identity was checked, so
//! that a number that is used again is never hit.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::tree;
use crate::driver::spec::INSTANCE_VARIABLE;

/// How often is looked; between two looks there is a pause.
const ROUNDS: u32 = 200;
/// The pause.
const PAUSE: Duration = Duration::from_millis(5);

/// Kills all processes of an instance and returns when none is left. Blocks.
pub(super) fn sweep(instance: &str) -> io::Result<()> {
    let marker = format!("{INSTANCE_VARIABLE}={instance}").into_bytes();
    for _ in 0..ROUNDS {
        let mut found = 0_u32;
        for number in tree::numbers()? {
            if let Some(process) =
                identified(number, "environ", |entries| entries.contains(&&marker[..]))
            {
                found += 1;
                // It may have ended by itself.
                pidfd_send_signal(&process, Signal::KILL).ok();
            }
        }
        if found == 0 {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    Err(io::Error::other(format!("processes of instance {instance} do not end")))
}

/// Kills the keeper of this number if it is the one of this directory; used when it does not answer.
pub(super) fn kill_keeper(number: i32, directory: &str) {
    let is_it = |words: &[&[u8]]| {
        words.contains(&b"instance".as_slice()) && words.contains(&directory.as_bytes())
    };
    if let Some(process) = identified(number, "cmdline", is_it) {
        pidfd_send_signal(&process, Signal::KILL).ok();
    }
}

/// A process whose entries in a file of `/proc` fit. The file was read while the process lived, else its answer would
/// be about another one with the same number: the caller's signal then goes to a process that has ended, which is harmless.
fn identified(number: i32, file: &str, fits: impl Fn(&[&[u8]]) -> bool) -> Option<OwnedFd> {
    // Most processes are somebody else's: look first, as it costs less.
    let read = || fs::read(format!("/proc/{number}/{file}")).ok();
    let is_it = |bytes: Vec<u8>| fits(&bytes.split(|byte| *byte == 0).collect::<Vec<_>>());
    if !is_it(read()?) {
        return None;
    }
    let process = pidfd_open(Pid::from_raw(number)?, PidfdFlags::empty()).ok()?;
    // The descriptor may be another process's that took the number meanwhile; that one is asked again.
    is_it(read()?).then_some(process)
}
