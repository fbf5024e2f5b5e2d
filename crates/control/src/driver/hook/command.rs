//! A hook that is a command of this machine: run once per question, in a process group of its own that ends with the
//! answer or the deadline, whichever comes first.

use std::process::Stdio;

use elbow_model::launch_template::CommandLine;
use hyper::body::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::wire;
use crate::driver::DriverTrouble;
use crate::driver::process::RunAs;
use crate::driver::trouble::foreign;

/// The most bytes of complaints that are looked at.
const MAX_COMPLAINT: usize = 4 * 1024;

/// A command that answers questions.
pub(super) struct HookProgram<'a> {
    command: &'a CommandLine,
    run_as: RunAs,
}

/// A running one; dropped, its group is killed.
struct Running {
    child: Child,
    group: Option<Pid>,
}

impl<'a> HookProgram<'a> {
    pub(super) fn new(command: &'a CommandLine, run_as: RunAs) -> Self {
        Self { command, run_as }
    }

    /// Runs it on one question.
    pub(super) async fn ask(&self, question: Bytes, most: usize) -> Result<Bytes, DriverTrouble> {
        let mut running = self.spawn()?;
        let (stdin, stdout, stderr) =
            (running.child.stdin.take(), running.child.stdout.take(), running.child.stderr.take());
        let tell = async {
            if let Some(mut stdin) = stdin {
                // One that does not want to hear may answer all the same.
                stdin.write_all(&question).await.ok();
            }
        };
        let ((), answer, complaint) =
            tokio::join!(tell, read(stdout, most), read(stderr, MAX_COMPLAINT));
        let (answer, is_whole) = answer;
        if !is_whole {
            let reason = format!("the hook's answer is longer than {most} bytes");
            return Err(DriverTrouble::transient(reason));
        }
        let status = running.wait().await?;
        if status.success() {
            return Ok(answer.into());
        }
        if let Some(trouble) = wire::trouble(&answer) {
            return Err(trouble);
        }
        let complaint = String::from_utf8_lossy(&complaint.0);
        let last = complaint.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        Err(DriverTrouble::transient(format!(
            "the hook's command failed, {status}: {}",
            foreign(last)
        )))
    }

    fn spawn(&self) -> Result<Running, DriverTrouble> {
        let Some((program, arguments)) = self.command.arguments().split_first() else {
            return Err(DriverTrouble::permanent("the hook has no command"));
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin")
            .env("LANG", "C.UTF-8")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let RunAs::Other { uid, gid } = self.run_as {
            command.uid(uid).gid(gid);
        }
        let child = command.spawn().map_err(|error| {
            let reason = format!("the hook's command `{program}` cannot be run: {error}");
            match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                    DriverTrouble::Permanent { reason }
                }
                _ => DriverTrouble::Transient { reason },
            }
        })?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Running { child, group })
    }
}

impl Running {
    async fn wait(&mut self) -> Result<std::process::ExitStatus, DriverTrouble> {
        let status = self.child.wait().await;
        // Its number may be another's from now on.
        self.group = None;
        status.map_err(DriverTrouble::while_doing("waiting for the hook's command"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Not waited for yet, so the number is still its own.
        if let Some(group) = self.group {
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}

/// Reads to the end, or to one byte more than `most`; says whether that was all.
async fn read(source: Option<impl AsyncRead + Unpin>, most: usize) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    if let Some(source) = source {
        source.take(most as u64 + 1).read_to_end(&mut bytes).await.ok();
    }
    let is_whole = bytes.len() <= most;
    (bytes, is_whole)
}
