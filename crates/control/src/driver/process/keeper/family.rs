//! The program and everything that it started. As the reaper of all descendants, the keeper has each of them as a
//! child sooner or later; and only it reaps them, so that the number of a child it has not reaped is that child's.

use std::io;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process, kill_process_group,
    wait, waitid,
};

use super::super::tree::Processes;
use super::end_of;
use crate::driver::End;

/// The program and what it started.
pub(super) struct Family {
    program: Program,
    is_gone: bool,
}

enum Program {
    /// It leads a process group of its own.
    Alive(Pid),
    /// It ended.
    Ended(End),
}

impl Family {
    /// Of a program that was just started.
    pub(super) fn of(program: Pid) -> Self {
        Self { program: Program::Alive(program), is_gone: false }
    }

    /// Whether nobody is left.
    pub(super) fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// How the program ended.
    pub(super) fn end(&self) -> End {
        match &self.program {
            Program::Ended(end) => end.clone(),
            Program::Alive(_) => End::Unseen("ended unseen".to_owned()),
        }
    }

    /// Takes note of all that ended; says whether the program is among the dead, so that the rest must follow.
    pub(super) fn reap(&mut self) -> io::Result<bool> {
        if let Program::Alive(program) = self.program {
            // Its group is asked to end while the dead program still holds the group's number.
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            if let Ok(Some(_)) = waitid(WaitId::Pid(program), look) {
                kill_process_group(program, Signal::TERM).ok();
            }
        }
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((process, status))) => {
                    if matches!(self.program, Program::Alive(program) if program == process) {
                        self.program = Program::Ended(end_of(status));
                    }
                }
                Ok(None) => break,
                Err(Errno::CHILD) => {
                    self.is_gone = true;
                    break;
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(matches!(self.program, Program::Ended(_)))
    }

    /// Asks all to end.
    pub(super) fn ask_to_end(&self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Ends all that are there now; who was started meanwhile is met the next time.
    pub(super) fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)
    }

    /// Signals the program's group and every child. Who ended meanwhile is no failure.
    fn signal(&self, signal: Signal) -> io::Result<()> {
        let leader = match self.program {
            Program::Alive(program) => {
                kill_process_group(program, signal).ok();
                Some(program)
            }
            Program::Ended(_) => None,
        };
        let processes = Processes::look()?;
        let own = getpid().as_raw_nonzero().get();
        for child in processes.children(own).iter().filter_map(|number| Pid::from_raw(*number)) {
            // Twice would end a program at once that takes a second signal as impatience.
            if Some(child) != leader || signal == Signal::KILL {
                kill_process(child, signal).ok();
            }
        }
        Ok(())
    }
}
