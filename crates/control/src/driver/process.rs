//! Instances as processes of this machine. Each has a keeper, a small process of this program (`elbow instance`) that
//! outlives control: so control may be killed and started again, and finds its instances by their directories.
//!
//! ```text
//!   control --starts--> keeper (holds the lock, a socket, the log) --starts--> program (own session, other user)
//!              ^            |                                                      |
//!              +--"end"-----+   dies with the keeper <-----------------------------+   and all that it starts
//! ```
//!
//! What lives is told by locks, never by process numbers; nothing is signalled by a number alone. The program and all
//! its descendants are the keeper's, which reaps them. If the keeper itself is killed, the kernel kills the program,
//! and the next look at the instance kills what else carries its mark.

pub mod keeper;
mod order;
mod place;
mod sweep;
mod tree;

use std::fs::DirBuilder;
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use elbow_model::launch_template::{Launch, ProcessLaunch};
use elbow_model::value::InstanceId;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::task;
use tokio::time::{self, Instant};

use self::place::{Lasts, Lock, Look, Place, Record, Refusal, State};
use self::tree::Processes;
use super::trouble::foreign;
use super::turns::Turns;
use super::{
    Driver, DriverTrouble, End, InstanceState, Launched, MAX_SEEN, Seen, Spec, Terminated, Which,
    Work,
};

/// How long a keeper may take to start its program.
const START_WITHIN: Duration = Duration::from_secs(10);
/// How long a keeper may take, beyond the instance's grace, to end everything.
const END_WITHIN: Duration = Duration::from_secs(10);
/// How long between two attempts to reach a keeper that does not listen, or no longer.
const LOOK: Duration = Duration::from_millis(10);
/// The most bytes that a keeper may say.
const MAX_WORD: u64 = 64 * 1024;
/// The program of a template that means Elbow itself.
const OWN_PROGRAM: &str = "{elbow}";

/// The group that owns nothing, on every Linux (`nogroup`, `nobody`).
const NO_GROUP: u32 = 65_534;

/// As whom programs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunAs {
    /// As the user that Elbow runs as: the only choice where that is not root.
    Elbow,
    /// As another user and group, without further groups.
    Other {
        /// The user's number.
        uid: u32,
        /// The group's number.
        gid: u32,
    },
}

impl RunAs {
    /// The user and group that own nothing.
    const NOBODY: Self = Self::Other { uid: 65_534, gid: NO_GROUP };

    /// What is safe for this process: never root unless the operator says so.
    pub fn safe_default() -> Self {
        if rustix::process::geteuid().is_root() { Self::NOBODY } else { Self::Elbow }
    }
}

/// How processes are run.
#[derive(Debug, Clone)]
pub struct ProcessConfig {
    /// Elbow's own program: run with `instance --directory DIR`, it must call [`keeper::run`].
    pub program: PathBuf,
    /// Where instances have their directories; made if it is not there.
    pub directory: PathBuf,
    /// Where programs are that templates name by a relative path with a slash.
    pub programs: PathBuf,
    /// As whom programs run.
    pub run_as: RunAs,
    /// The users among which a template may choose its own; [`NO_USERS`] as a rule, and where Elbow is not root.
    pub users: RangeInclusive<u32>,
}

/// No user at all.
#[expect(clippy::reversed_empty_ranges, reason = "it shall be empty")]
pub const NO_USERS: RangeInclusive<u32> = 1..=0;

/// Instances as processes of this machine.
#[derive(Debug)]
pub struct ProcessDriver {
    config: ProcessConfig,
    turns: Turns,
}

impl ProcessDriver {
    /// Takes over the directory with whatever instances are in it. No other driver may use it.
    pub fn open(mut config: ProcessConfig) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&config.directory)?;
        // Keepers stay, whatever becomes of control's working directory.
        config.directory = config.directory.canonicalize()?;
        place::tidy(&config.directory)?;
        Ok(Self { config, turns: Turns::new() })
    }

    async fn launch_now(&self, spec: &Spec) -> Result<Launched, DriverTrouble> {
        let record = self.record(spec)?;
        let _turn = self.turns.wait(spec.instance).await;
        let place = self.place(spec.instance);
        let state = match look(&place).await? {
            Look::Kept(state) => Some(state_of(state)),
            Look::Left(
                state @ (State::Starting { .. } | State::Running { .. } | State::Exited { .. }),
                lock,
            ) => Some(settle(&place, state, lock).await?),
            // Control was killed before it could start it, or tell of it: once more. Whoever may still be about to
            // start it finds its directory gone.
            Look::Left(State::Refused(_), lock) | Look::Idle(lock) => {
                blocking(&place, Place::remove).await?;
                drop(lock);
                None
            }
            Look::Absent => None,
        };
        if let Some(state) = state {
            let record = blocking(&place, Place::record).await?;
            return Ok(Launched { address: record.map(|record| record.address), state });
        }
        let address = Some(record.address);
        blocking(&place, move |place| place.make(&record)).await?;
        let started = time::timeout(START_WITHIN, self.start(&place)).await;
        let state = started.unwrap_or_else(|_| {
            Err(DriverTrouble::transient(format!(
                "the instance did not start within {START_WITHIN:?}"
            )))
        })?;
        Ok(Launched { address, state })
    }

    fn record(&self, spec: &Spec) -> Result<Record, DriverTrouble> {
        let Launch::Process(launch) = &spec.launch else {
            let kind = spec.launch.driver();
            return Err(DriverTrouble::permanent(format!(
                "the process driver does not launch {kind} templates"
            )));
        };
        let Some(address) = spec.address else {
            return Err(DriverTrouble::permanent(
                "a process needs an address; none was chosen for it",
            ));
        };
        let mut arguments = spec.arguments(&launch.command, address);
        // A command is never empty, and the template's word counts, not what a placeholder became.
        if let (Some(program), Some(word)) =
            (arguments.first_mut(), launch.command.arguments().first())
        {
            *program = self.program(word, program)?;
        }
        Ok(Record {
            group: spec.group,
            project: spec.project,
            instance: spec.instance,
            address,
            arguments,
            environment: spec.environment(&launch.env, address),
            limits: launch.limits,
            working_dir: launch.working_dir.as_ref().map(ToString::to_string),
            grace_ms: u64::try_from(spec.grace.as_millis()).unwrap_or(u64::MAX),
            run_as: self.run_as(launch)?,
        })
    }

    /// Where a program is.
    fn program(&self, word: &str, program: &str) -> Result<String, DriverTrouble> {
        if word == OWN_PROGRAM {
            return Ok(keeper::OWN_PROGRAM.to_owned());
        }
        if !program.contains('/') || Path::new(program).is_absolute() {
            return Ok(program.to_owned());
        }
        let path = self.config.programs.join(program).into_os_string();
        path.into_string().map_err(|path| {
            DriverTrouble::permanent(format!("the path {} is not text", path.display()))
        })
    }

    fn run_as(&self, launch: &ProcessLaunch) -> Result<RunAs, DriverTrouble> {
        let Some(uid) = launch.uid.map(|uid| uid.get()) else {
            // The system counts a user's processes all together.
            if launch.limits.processes.is_some() {
                return Err(DriverTrouble::permanent(
                    "a limit of processes is counted per user; give the template a user of its own",
                ));
            }
            return Ok(self.config.run_as);
        };
        if !self.config.users.contains(&uid) {
            let users = &self.config.users;
            return Err(DriverTrouble::permanent(if users.is_empty() {
                format!("the operator allows no templates that choose their user; leave {uid} out")
            } else {
                let (first, last) = (users.start(), users.end());
                format!("user {uid} is not among those that the operator allows, {first} to {last}")
            }));
        }
        Ok(RunAs::Other { uid, gid: NO_GROUP })
    }

    /// Starts the keeper of a place that is ready and hears what becomes of the program.
    async fn start(&self, place: &Place) -> Result<InstanceState, DriverTrouble> {
        let mut keeper = self
            .spawn(place)
            .map_err(DriverTrouble::while_doing("cannot start another process of Elbow"))?;
        let mut word = Vec::new();
        if let Some(stdout) = keeper.stdout.take() {
            let heard = stdout.take(MAX_WORD).read_to_end(&mut word).await;
            heard.map_err(DriverTrouble::while_doing("cannot hear the instance's keeper"))?;
        }
        match serde_json::from_slice(&word) {
            Ok(State::Refused(Refusal { lasts, reason })) => {
                // It lets its lock go as it ends.
                keeper.wait().await.ok();
                blocking(place, Place::remove).await?;
                Err(match lasts {
                    Lasts::ForNow => DriverTrouble::Transient { reason },
                    Lasts::UntilChanged => DriverTrouble::Permanent { reason },
                })
            }
            Ok(state @ (State::Starting { .. } | State::Running { .. } | State::Exited { .. })) => {
                Ok(state_of(Some(state)))
            }
            // Another keeper was there first, or this one failed or was killed: the place tells.
            Err(_) => {
                keeper.wait().await.ok();
                self.unsaid(place).await
            }
        }
    }

    /// What became of a place whose keeper said nothing.
    async fn unsaid(&self, place: &Place) -> Result<InstanceState, DriverTrouble> {
        match look(place).await? {
            Look::Kept(state) => Ok(state_of(state)),
            Look::Left(state, lock) => settle(place, state, lock).await,
            Look::Idle(_) | Look::Absent => {
                let log = place.keeper_log();
                let words = blocking(place, move |_| super::tail::of(&log, 1)).await?;
                let words = foreign(words.last().map_or("", String::as_str));
                Err(DriverTrouble::transient(format!("the instance's keeper failed: {words}")))
            }
        }
    }

    fn spawn(&self, place: &Place) -> io::Result<Child> {
        let mut log = std::fs::OpenOptions::new();
        let log = log.create(true).append(true).open(place.keeper_log())?;
        Command::new(&self.config.program)
            .args(["instance".as_ref(), "--directory".as_ref(), place.path().as_os_str()])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(false)
            .spawn()
    }

    async fn list_now(&self, which: Which) -> Result<Vec<Seen>, DriverTrouble> {
        let directory = self.config.directory.clone();
        let seen = task::spawn_blocking(move || survey(&directory, which)).await;
        seen.map_err(DriverTrouble::while_doing("looking at the instances"))?
            .map_err(DriverTrouble::while_doing("looking at the instances"))
    }

    async fn terminate_now(&self, instance: InstanceId) -> Result<Terminated, DriverTrouble> {
        let place = self.place(instance);
        let grace = match blocking(&place, Place::record).await {
            Ok(record) => record.map_or(0, |record| record.grace_ms),
            // A record that cannot be read is taken away like any other.
            Err(_) => 0,
        };
        let until = Instant::now() + Duration::from_millis(grace) + END_WITHIN;
        let mut last_resort = false;
        loop {
            let keeper = {
                let _turn = self.turns.wait(instance).await;
                match look(&place).await? {
                    Look::Absent => return Ok(Terminated::Gone),
                    Look::Kept(state) => state,
                    Look::Idle(_lock) => {
                        blocking(&place, Place::remove).await?;
                        return Ok(Terminated::Gone);
                    }
                    Look::Left(state, lock) => {
                        settle(&place, state, lock).await?;
                        blocking(&place, Place::remove).await?;
                        return Ok(Terminated::Gone);
                    }
                }
            };
            if Instant::now() >= until {
                if last_resort {
                    return Ok(Terminated::Ending);
                }
                last_resort = true;
                kill_keeper(&place, keeper).await;
            }
            // Whatever came of it, the lock tells.
            time::timeout_at(until, order::end(&place.path())).await.ok();
            time::sleep(LOOK).await;
        }
    }

    fn place(&self, instance: InstanceId) -> Place {
        Place::of(&self.config.directory, instance)
    }
}

impl Driver for ProcessDriver {
    fn launch<'a>(&'a self, spec: &'a Spec) -> Work<'a, Launched> {
        Box::pin(self.launch_now(spec))
    }

    fn list(&self, which: Which) -> Work<'_, Vec<Seen>> {
        Box::pin(self.list_now(which))
    }

    fn terminate(&self, instance: InstanceId) -> Work<'_, Terminated> {
        Box::pin(self.terminate_now(instance))
    }

    fn logs(&self, instance: InstanceId, lines: usize) -> Work<'_, Vec<String>> {
        let log = self.place(instance).log();
        Box::pin(async move {
            let read = task::spawn_blocking(move || super::tail::of(&log, lines)).await;
            read.map_err(DriverTrouble::while_doing("reading the instance's log"))?
                .map_err(DriverTrouble::while_doing("reading the instance's log"))
        })
    }
}

/// A keeper that does not do what it is told is killed; its program dies with it.
async fn kill_keeper(place: &Place, state: Option<State>) {
    tracing::warn!(path = %place.path().display(), "an instance's keeper does not answer and is killed");
    if let Some(State::Starting { keeper } | State::Running { keeper }) = state {
        let directory = place.path().display().to_string();
        task::spawn_blocking(move || sweep::kill_keeper(keeper, &directory)).await.ok();
    }
}

/// Runs work on files on a thread that may block.
async fn blocking<T: Send + 'static>(
    place: &Place,
    work: impl FnOnce(&Place) -> io::Result<T> + Send + 'static,
) -> Result<T, DriverTrouble> {
    let own = place.clone();
    let done = task::spawn_blocking(move || work(&own)).await;
    done.map_err(io::Error::other)
        .flatten()
        .map_err(DriverTrouble::while_doing(format!("directory {}", place.path().display())))
}

async fn look(place: &Place) -> Result<Look, DriverTrouble> {
    blocking(place, Place::look).await
}

/// The state of an instance whose keeper has ended; ends first what a killed keeper left behind.
async fn settle(place: &Place, state: State, lock: Lock) -> Result<InstanceState, DriverTrouble> {
    blocking(place, move |place| settle_now(place, state, &lock)).await
}

fn settle_now(place: &Place, state: State, _held: &Lock) -> io::Result<InstanceState> {
    let end = match state {
        State::Exited { end } => end,
        State::Refused(refusal) => End::Unseen(refusal.reason),
        State::Starting { .. } | State::Running { .. } => {
            sweep::sweep(place.id())?;
            let end = End::Unseen("was killed together with its keeper process".to_owned());
            // On a full disk it is found out anew each time.
            place.set_state(&State::Exited { end: end.clone() }).ok();
            end
        }
    };
    Ok(InstanceState::Exited(end))
}

/// The state of an instance whose keeper lives.
fn state_of(state: Option<State>) -> InstanceState {
    match state {
        None | Some(State::Starting { .. }) => InstanceState::Starting,
        Some(State::Running { .. }) => InstanceState::Running,
        // Its keeper is about to end.
        Some(State::Exited { end }) => InstanceState::Exited(end),
        Some(State::Refused(refusal)) => InstanceState::Exited(End::Unseen(refusal.reason)),
    }
}

/// Looks at all instances of a directory.
fn survey(directory: &Path, which: Which) -> io::Result<Vec<Seen>> {
    let processes = Processes::look()?;
    let mut seen = Vec::new();
    for instance in place::all(directory)? {
        match inspect(&Place::of(directory, instance), instance, which, &processes) {
            Ok(Some(one)) => seen.push(one),
            Ok(None) => {}
            // Damage of one does not hide the others.
            Err(error) => {
                tracing::error!(%instance, %error, "an instance's directory cannot be read")
            }
        }
        if seen.len() > MAX_SEEN {
            return Err(io::Error::other(format!("there are more than {MAX_SEEN} instances")));
        }
    }
    Ok(seen)
}

fn inspect(
    place: &Place,
    instance: InstanceId,
    which: Which,
    processes: &Processes,
) -> io::Result<Option<Seen>> {
    let Some(record) = place.record()? else { return Ok(None) };
    if !matches!(which, Which::All) && which != Which::Group(record.group) {
        return Ok(None);
    }
    let (state, usage) = match place.look()? {
        // Not launched yet, as far as anybody can tell; a launch goes on from there.
        Look::Absent | Look::Idle(_) => return Ok(None),
        Look::Left(state, lock) => (settle_now(place, state, &lock)?, None),
        Look::Kept(state) => {
            let usage = match state {
                Some(State::Running { keeper }) => processes.usage_below(keeper),
                Some(State::Starting { .. } | State::Refused(_) | State::Exited { .. }) | None => {
                    None
                }
            };
            (state_of(state), usage)
        }
    };
    let address = Some(record.address);
    Ok(Some(Seen { instance, group: record.group, address, state, usage }))
}
