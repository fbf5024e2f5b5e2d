//! The start of an instance's program. Between the keeper and the program is a copy of this process that makes itself
//! what the program shall be (its session, limits, user) and then becomes it: each step is an ordinary call, and one
//! that fails is told to the keeper through a pipe that closes by itself once the program runs.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{
    Gid, Pid, Resource, Rlimit, Signal, Uid, getppid, getrlimit, set_parent_process_death_signal,
    setrlimit, setsid,
};
use rustix::thread::{set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::super::RunAs;
use super::super::place::{Lasts, Place, Record, Refusal};
use super::{OWN_PROGRAM, Start};

/// Starts the copy; gives its number and what it complains of.
pub(super) fn begin(directory: &Path, output: PipeWriter) -> io::Result<(Pid, PipeReader)> {
    let (said, words) = io::pipe()?;
    let keeper = rustix::process::getpid().as_raw_nonzero().to_string();
    let child = Command::new(OWN_PROGRAM)
        .arg0("elbow")
        .args(["instance", "--start-for", &keeper, "--directory"])
        .arg(directory)
        // What is said goes the way of standard input, as nothing else is free.
        .stdin(words)
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // The keeper reaps all its children itself.
    drop(child);
    Ok((pid.ok_or_else(|| io::Error::other("a process without a number"))?, said))
}

/// Becomes the program of an instance. Returns only if that fails, after the keeper was told why. The process must have
/// one thread.
pub fn run(start: &Start) -> io::Result<()> {
    // A copy that is closed when the program starts; the program itself gets an empty standard input.
    let mut words = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let refusal = match prepare(start) {
        Ok(mut program) => {
            let error = program.exec();
            describe(&program.get_program().to_string_lossy(), &error)
        }
        Err(refusal) => refusal,
    };
    words.write_all(&serde_json::to_vec(&refusal)?)
}

fn prepare(start: &Start) -> Result<Command, Refusal> {
    let place =
        Place::at(&start.directory).ok_or_else(|| for_now("no instance's directory", ""))?;
    let record = place.record().map_err(|error| for_now("the instance's record", error))?;
    let record = record.ok_or_else(|| for_now("the instance's record", "it is gone"))?;
    setsid().map_err(|error| for_now("a session of its own", error))?;
    limit(&record)?;
    // Its own directory lies where only Elbow may go, so that it is entered first; any other only as far as the
    // program's user may.
    std::env::set_current_dir(place.work()).map_err(|error| for_now("its directory", error))?;
    become_user(record.run_as)?;
    if let Some(directory) = &record.working_dir {
        std::env::set_current_dir(directory).map_err(|error| {
            until_changed(format!("working directory {directory} cannot be entered: {error}"))
        })?;
    }
    set_no_new_privs(true).map_err(|error| for_now("no new privileges", error))?;
    // After the user: changing that clears it. If the keeper ended before, nobody would send the signal.
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| for_now("the tie to its keeper", error))?;
    if getppid().map(|parent| parent.as_raw_nonzero().get()) != Some(start.keeper) {
        return Err(for_now("its keeper", "it is gone"));
    }
    command(&record, &place.work())
}

fn command(record: &Record, home: &Path) -> Result<Command, Refusal> {
    let Some((program, arguments)) = record.arguments.split_first() else {
        return Err(until_changed("the template has no command".to_owned()));
    };
    let mut command = Command::new(program);
    if program == OWN_PROGRAM {
        command.arg0("elbow");
    }
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin")
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .envs(&record.environment)
        .stdin(Stdio::null());
    Ok(command)
}

fn limit(record: &Record) -> Result<(), Refusal> {
    // What a crashed program leaves behind would grow without bounds.
    set_limit("core files", Resource::Core, 0)?;
    if let Some(files) = record.limits.open_files {
        set_limit("open files", Resource::Nofile, u64::from(files.get()))?;
    }
    if let Some(memory) = record.limits.memory_mb {
        set_limit("bytes of memory", Resource::As, u64::from(memory.get()) << 20)?;
    }
    if let Some(processes) = record.limits.processes {
        set_limit("processes", Resource::Nproc, u64::from(processes.get()))?;
    }
    Ok(())
}

fn set_limit(what: &str, resource: Resource, value: u64) -> Result<(), Refusal> {
    let limit = Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(resource, limit).map_err(|error| {
        let most = getrlimit(resource).maximum;
        let most = most.map_or_else(|| "no limit".to_owned(), |most| most.to_string());
        until_changed(format!(
            "the limit of {value} {what} cannot be set: {error}; this machine's is {most}"
        ))
    })
}

/// Gives all privileges up for good. Only one thread is there, so that it speaks for the process.
fn become_user(run_as: RunAs) -> Result<(), Refusal> {
    let RunAs::Other { uid, gid } = run_as else { return Ok(()) };
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    let changed = set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid));
    changed.map_err(|error| {
        until_changed(format!("instances cannot run as user {uid}, group {gid}: {error}"))
    })
}

/// Why a program did not start, in words for its template's author.
fn describe(program: &str, error: &io::Error) -> Refusal {
    use io::ErrorKind::{
        ArgumentListTooLong, InvalidFilename, IsADirectory, NotADirectory, NotFound,
        PermissionDenied,
    };
    /// `ENOEXEC`: the file is no program; it has no kind of its own.
    const NO_PROGRAM: i32 = 8;
    let what = match error.kind() {
        NotFound => "is not there, or what it needs to run is not",
        PermissionDenied => {
            "may not be run by the user that instances run as; check the file's and its directories' permissions"
        }
        NotADirectory | InvalidFilename => "is no path of a program",
        IsADirectory => "is a directory",
        ArgumentListTooLong => "has more arguments and environment than the system takes",
        _ if error.raw_os_error() == Some(NO_PROGRAM) => "is no program that this machine can run",
        _ => return for_now(&format!("program `{program}`"), error),
    };
    until_changed(format!("program `{program}` {what}"))
}

fn for_now(what: &str, error: impl std::fmt::Display) -> Refusal {
    Refusal { lasts: Lasts::ForNow, reason: format!("{what}: {error}") }
}

fn until_changed(reason: String) -> Refusal {
    Refusal { lasts: Lasts::UntilChanged, reason }
}
