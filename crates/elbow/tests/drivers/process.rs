//! The process driver: the suite, and what is left of instances when processes are killed.

use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use elbow_control::driver::process::{ProcessConfig, ProcessDriver, RunAs};
use elbow_control::driver::{Driver, DriverTrouble, End, InstanceState, Terminated, Which};
use elbow_model::launch_template::{
    AbsolutePath, Environment, Launch, ProcessLaunch, ProcessLimits,
};
use elbow_model::value::{Bounded, InstanceId};
use tempfile::TempDir;

use crate::harness::deployment::PROGRAM;
use crate::harness::static_program::Program;
use crate::harness::{Vips, eventually, process};
use crate::program;
use crate::suite::{Bench, PORT, Subject};

suite!(Processes::new());

/// A directory of instances.
pub(crate) struct Processes {
    pub(crate) directory: TempDir,
    program: Program,
    vips: Vips,
}

impl Processes {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("elbow-").tempdir().unwrap();
        Self { directory, program: Program::build(), vips: Vips::claim() }
    }

    pub(crate) fn config(&self) -> ProcessConfig {
        ProcessConfig {
            program: PathBuf::from(PROGRAM),
            directory: self.directory.path().join("instances"),
            programs: self.program.path().parent().unwrap().to_owned(),
            run_as: RunAs::safe_default(),
            users: 12_000..=13_000,
        }
    }

    pub(crate) fn program_path(&self) -> PathBuf {
        self.program.path()
    }

    /// What is in the directory of instances.
    pub(crate) fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path().join("instances")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The keeper of an instance, by its arguments.
    pub(crate) fn keeper(&self, instance: InstanceId) -> u32 {
        let directory = self.directory.path().join("instances").canonicalize().unwrap();
        let place = directory.join(instance.to_string());
        let found = process::find(&["instance", "--directory", place.to_str().unwrap()]);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0]
    }

    /// The program of a running instance.
    pub(crate) fn child(&self, instance: InstanceId) -> u32 {
        let program = self.program.path();
        let found = process::children(self.keeper(instance), program.to_str().unwrap());
        assert!(!found.is_empty());
        found[0]
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for pid in process::find(&[self.program.path().to_str().unwrap()]) {
            let _gone = process::signal(pid, "KILL");
        }
    }
}

impl Subject for Processes {
    fn driver(&self) -> Box<dyn Driver> {
        Box::new(ProcessDriver::open(self.config()).unwrap())
    }

    fn program_with(&self, arguments: &[&str], env: Environment) -> Launch {
        let program = self.program.path();
        let mut words = vec![program.to_str().unwrap()];
        words.extend(arguments);
        Launch::Process(ProcessLaunch { env, ..program::process(&words) })
    }

    fn missing(&self) -> Launch {
        Launch::Process(program::process(&["/no-such/program"]))
    }

    fn address(&self, number: u8) -> Option<IpAddr> {
        Some(self.vips.address(number).into())
    }
}

/// The processes that carry an instance's mark, zombies not counted.
pub(crate) fn marked(instance: InstanceId) -> Vec<u32> {
    let mark = format!("ELBOW_INSTANCE={instance}");
    let numbers = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let carries = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
    };
    numbers.filter(carries).collect()
}

#[test]
fn nothing_is_left_of_a_terminated_instance_that_hid_its_processes() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let mut spec = bench.spec(1, subject.program(&["strays", "{address}", "{port}"]));
    spec.grace = Duration::from_millis(300);
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    assert_eq!(marked(spec.instance).len(), 3);
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
    assert_eq!(marked(spec.instance), Vec::<u32>::new());
    assert_eq!(subject.entries(), Vec::<String>::new());
}

#[test]
fn a_program_that_ends_takes_with_it_what_it_left_running() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let mut spec = bench.spec(1, subject.program(&["exit-with-stray"]));
    spec.grace = Duration::from_millis(100);
    bench.launch(&spec).unwrap();
    assert_eq!(bench.exited(), End::Status(4));
    assert_eq!(marked(spec.instance), Vec::<u32>::new());
}

#[test]
fn a_killed_program_is_listed_with_its_signal() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let spec = bench.server(1);
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    process::signal(subject.child(spec.instance), "KILL").unwrap();
    assert_eq!(bench.exited(), End::Signal(9));
}

#[test]
fn a_killed_keeper_takes_all_of_its_instance_with_it() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let spec = bench.spec(1, subject.program(&["strays", "{address}", "{port}"]));
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    let program = subject.child(spec.instance);
    process::signal(subject.keeper(spec.instance), "KILL").unwrap();
    eventually("the program is killed by the kernel", || match process::is_alive(program) {
        true => Err("alive"),
        false => Ok(()),
    });
    assert!(matches!(bench.exited(), End::Unseen(why) if why.contains("keeper")));
    assert_eq!(marked(spec.instance), Vec::<u32>::new());
    // It is not started again, and goes without a trace.
    assert!(matches!(bench.launch(&spec).unwrap().state, InstanceState::Exited(_)));
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
    assert_eq!(subject.entries(), Vec::<String>::new());
}

#[test]
fn programs_do_not_run_as_root() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let spec = bench.spec(1, subject.program(&["show"]));
    bench.launch(&spec).unwrap();
    let shown = bench.until_logged(spec.instance, "shown");
    let expected = match RunAs::safe_default() {
        RunAs::Other { uid, gid } => {
            assert_ne!(uid, 0);
            format!("user {uid} group {gid} session 1")
        }
        RunAs::Elbow => return assert!(!shown.iter().any(|line| line.starts_with("user 0 "))),
    };
    assert!(shown.contains(&expected), "{shown:?}");
    let variables: Vec<&String> =
        shown.iter().filter(|line| line.starts_with("variable ")).collect();
    assert_eq!(variables.len(), 7, "the environment is Elbow's own: {variables:?}");
}

/// The launch of the test's program as a process, changed.
fn changed(
    subject: &Processes,
    arguments: &[&str],
    change: impl FnOnce(&mut ProcessLaunch),
) -> Launch {
    let Launch::Process(mut launch) = subject.program(arguments) else { panic!("no process") };
    change(&mut launch);
    Launch::Process(launch)
}

#[track_caller]
fn refused(bench: &Bench<'_>, launch: Launch, word: &str) {
    match bench.launch(&bench.spec(9, launch)) {
        Err(DriverTrouble::Permanent { reason }) => assert!(reason.contains(word), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.list(), []);
}

#[test]
fn programs_keep_their_limits() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let memory =
        ProcessLimits { memory_mb: Some(Bounded::constant::<16>()), ..ProcessLimits::default() };
    let spec = bench.spec(1, changed(&subject, &["work"], |launch| launch.limits = memory));
    bench.launch(&spec).unwrap();
    // It does not look at what `malloc` answers.
    assert_eq!(bench.exited(), End::Signal(11));
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);

    let files =
        ProcessLimits { open_files: Some(Bounded::constant::<16>()), ..ProcessLimits::default() };
    let spec = bench.spec(1, changed(&subject, &["show"], |launch| launch.limits = files));
    bench.launch(&spec).unwrap();
    let shown = bench.until_logged(spec.instance, "shown");
    assert!(shown.contains(&"files 16".to_owned()), "{shown:?}");
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);

    let processes =
        ProcessLimits { processes: Some(Bounded::constant::<5>()), ..ProcessLimits::default() };
    refused(&bench, changed(&subject, &["show"], |launch| launch.limits = processes), "per user");
}

#[test]
fn a_template_chooses_directory_and_user_within_what_it_may() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let in_root = |launch: &mut ProcessLaunch| {
        launch.working_dir = Some(AbsolutePath::new("/usr").unwrap());
        if RunAs::safe_default() != RunAs::Elbow {
            launch.uid = Some(Bounded::constant::<12_345>());
        }
    };
    let spec = bench.spec(1, changed(&subject, &["show"], in_root));
    bench.launch(&spec).unwrap();
    let shown = bench.until_logged(spec.instance, "shown");
    assert!(shown.contains(&"directory /usr".to_owned()), "{shown:?}");
    let other = "user 12345 group 65534 session 1".to_owned();
    assert_eq!(shown.contains(&other), RunAs::safe_default() != RunAs::Elbow, "{shown:?}");
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);

    let another = |launch: &mut ProcessLaunch| launch.uid = Some(Bounded::constant::<33>());
    refused(&bench, changed(&subject, &["show"], another), "12000 to 13000");
    let nowhere = |launch: &mut ProcessLaunch| {
        launch.working_dir = Some(AbsolutePath::new("/no/such/directory").unwrap());
    };
    refused(&bench, changed(&subject, &["show"], nowhere), "/no/such/directory");
}

#[test]
fn a_relative_program_is_looked_for_where_elbow_was_started() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let spec = bench
        .spec(1, Launch::Process(program::process(&["./program", "serve", "{address}", "{port}"])));
    bench.launch(&spec).unwrap();
    assert_eq!(bench.who_serves(spec.instance), spec.instance.to_string());
}

#[test]
fn elbows_own_program_runs_wherever_it_lies() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let words =
        ["{elbow}", "sample-server", "--listen", "{address}:{port}", "--name", "{instance}"];
    let spec = bench.spec(1, Launch::Process(program::process(&words)));
    bench.launch(&spec).unwrap();
    let line = format!("{}:{PORT}", spec.address.unwrap());
    bench.until_logged(spec.instance, &line);
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
}

#[test]
fn a_keeper_whose_directory_is_gone_ends_its_instance() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let spec = bench.server(1);
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    fs::remove_dir_all(subject.directory.path().join("instances")).unwrap();
    eventually("nothing is left", || match marked(spec.instance).as_slice() {
        [] => Ok(()),
        some => Err(format!("{some:?}")),
    });
    fs::create_dir(subject.directory.path().join("instances")).unwrap();
    assert_eq!(bench.runtime.block_on(bench.driver.list(Which::All)).unwrap(), []);
}

#[test]
fn a_keeper_that_does_not_answer_is_killed_with_its_instance() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let mut spec = bench.server(1);
    spec.grace = Duration::ZERO;
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    process::signal(subject.keeper(spec.instance), "STOP").unwrap();
    eventually("it is gone", || match bench.terminate(spec.instance) {
        Terminated::Gone => Ok(()),
        Terminated::Ending => Err("ending"),
    });
    assert_eq!(marked(spec.instance), Vec::<u32>::new());
    assert_eq!(subject.entries(), Vec::<String>::new());
}

#[test]
fn a_long_path_of_the_data_directory_is_no_obstacle() {
    let subject = Processes::new();
    let mut bench = Bench::new(&subject);
    // Longer than a socket's address.
    let directory = subject.directory.path().join("d".repeat(200));
    let config = ProcessConfig { directory, ..subject.config() };
    bench.driver = Box::new(ProcessDriver::open(config).unwrap());
    let spec = bench.server(1);
    bench.launch(&spec).unwrap();
    assert_eq!(bench.who_serves(spec.instance), spec.instance.to_string());
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
}

#[test]
fn keepers_that_ended_are_reaped() {
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    for number in 1..=3 {
        let spec = bench.server(number);
        bench.launch(&spec).unwrap();
        assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
    }
    let own = std::process::id().to_string();
    eventually("no zombie is left", || {
        // A zombie has no command line: it is looked for among all children.
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
        let all: Vec<String> = fs::read_dir(format!("/proc/{own}/task"))
            .unwrap()
            .filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok())
            .filter(|children| !children.trim().is_empty())
            .collect();
        match (children, all.as_slice()) {
            (Ok(_), []) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn a_keeper_that_fails_says_why() {
    let subject = Processes::new();
    let mut bench = Bench::new(&subject);
    let script = subject.directory.path().join("keeper");
    fs::write(&script, "#!/bin/sh\necho 'out of luck' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let config = ProcessConfig { program: script, ..subject.config() };
    bench.driver = Box::new(ProcessDriver::open(config).unwrap());
    let spec = bench.server(1);
    match bench.launch(&spec) {
        Err(DriverTrouble::Transient { reason }) => {
            assert!(reason.contains("out of luck"), "{reason}")
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.list(), []);
    // With a keeper that works, the same launch succeeds.
    bench.driver = bench.runtime.block_on(async { subject.driver() });
    bench.launch(&spec).unwrap();
    assert_eq!(bench.who_serves(spec.instance), spec.instance.to_string());
}

#[test]
fn a_full_disk_refuses_launches_and_hinders_no_termination() {
    let subject = Processes::new();
    let mut bench = Bench::new(&subject);
    let disk = Disk::mount(&subject.directory.path().join("disk"));
    let config = ProcessConfig { directory: disk.place.join("instances"), ..subject.config() };
    bench.driver = Box::new(ProcessDriver::open(config).unwrap());
    let spec = bench.server(1);
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    disk.fill();
    for _ in 0..2 {
        match bench.launch(&bench.server(2)) {
            Err(DriverTrouble::Transient { reason }) => {
                assert!(reason.contains("space"), "{reason}")
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(bench.only().instance, spec.instance);
    process::signal(marked(spec.instance)[0], "KILL").unwrap();
    bench.exited();
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
    assert_eq!(bench.list(), []);
}

/// A small disk of its own; gone with the test.
struct Disk {
    place: PathBuf,
}

impl Disk {
    fn mount(place: &std::path::Path) -> Self {
        fs::create_dir(place).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs"])
            .arg(place)
            .status()
            .unwrap();
        assert!(mounted.success(), "this test mounts a small disk, which needs root");
        Self { place: place.to_owned() }
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.place.join("filler")).unwrap();
        while std::io::Write::write_all(&mut file, &[0; 512]).is_ok() {}
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = std::process::Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}
