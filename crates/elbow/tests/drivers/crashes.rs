//! `kill -9` at random moments of an instance's life: of control, of keepers, of programs. Whatever is killed, and
//! when, nothing runs twice, nothing is left, and no stranger is hit. Seeds are printed; `ELBOW_SEED` sets one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use elbow_control::driver::process::ProcessDriver;
use elbow_control::driver::{Driver, Spec, Terminated, Which};
use elbow_model::launch_template::Launch;
use elbow_model::value::InstanceId;

use crate::harness::{eventually, process};
use crate::process::{Processes, marked};
use crate::suite::{Bench, Subject};

/// How many instances a run has at the same time.
const INSTANCES: u8 = 3;
/// How many steps a run takes.
const STEPS: u32 = 40;

/// A small random number generator (splitmix64): the same seed makes the same run.
pub(crate) struct Random {
    pub(crate) seed: u64,
    state: u64,
}

impl Random {
    /// From the environment's seed or another one, which the test prints.
    pub(crate) fn seeded() -> Self {
        let given = std::env::var("ELBOW_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()) * 0x9E37_79B9);
        Self { seed, state: seed }
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// The keepers of an instance that live; there must never be two.
fn keepers(subject: &Processes, instance: InstanceId) -> Vec<u32> {
    let place = subject.config().directory.canonicalize().unwrap().join(instance.to_string());
    process::find(&["instance", "--directory", place.to_str().unwrap()])
        .into_iter()
        .filter(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            !line.split(|byte| *byte == 0).any(|word| word == b"--start-for")
        })
        .collect()
}

#[test]
fn whatever_is_killed_nothing_runs_twice_and_nothing_is_left() {
    let mut random = Random::seeded();
    println!("ELBOW_SEED={}", random.seed);
    let subject = Processes::new();
    let mut bench = Bench::new(&subject);
    let mut specs: BTreeMap<u8, Spec> = BTreeMap::new();
    for step in 0..STEPS {
        let number = 1 + u8::try_from(random.below(u64::from(INSTANCES))).unwrap();
        let spec = specs.entry(number).or_insert_with(|| {
            let mut spec = bench.spec(number, subject.program(&["strays", "{address}", "{port}"]));
            spec.grace = Duration::from_millis(50);
            spec
        });
        let id = spec.instance;
        match random.below(5) {
            0 | 1 => drop(bench.launch(spec).unwrap()),
            2 => keepers(&subject, id)
                .iter()
                .for_each(|pid| process::signal(*pid, "KILL").unwrap_or(())),
            3 => marked(id)
                .iter()
                .take(1)
                .for_each(|pid| process::signal(*pid, "KILL").unwrap_or(())),
            _ => {
                assert_eq!(bench.terminate(id), Terminated::Gone, "step {step}");
                assert_eq!(marked(id), Vec::<u32>::new(), "step {step}");
                specs.remove(&number);
            }
        }
        if random.below(4) == 0 {
            bench.driver = bench.runtime.block_on(async { subject.driver() });
        }
        for seen in bench.list() {
            assert!(
                specs.values().any(|spec| spec.instance == seen.instance),
                "step {step}: {seen:?}"
            );
            let living = keepers(&subject, seen.instance).len();
            assert!(living <= 1, "step {step}: {living} keepers of {}", seen.instance);
        }
    }
    for spec in specs.values() {
        assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
        assert_eq!(marked(spec.instance), Vec::<u32>::new());
    }
    assert_eq!(subject.entries(), Vec::<String>::new());
}

/// The name of the environment variable that makes the test below a stand-in for control.
const STAND_IN: &str = "ELBOW_TEST_CONTROL";

/// A stand-in for control: launches and terminates what it is told over and over, until it is killed.
#[test]
fn a_stand_in_for_control_works_until_it_is_killed() {
    let Ok(told) = std::env::var(STAND_IN) else { return };
    let lines: Vec<&str> = told.lines().collect();
    let [directory, program, address, group, instance, turns] = lines[..] else { panic!("{told}") };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = elbow_control::driver::process::ProcessConfig {
        program: crate::harness::deployment::PROGRAM.into(),
        directory: directory.into(),
        programs: "/".into(),
        run_as: elbow_control::driver::process::RunAs::safe_default(),
        users: elbow_control::driver::process::NO_USERS,
    };
    let launch = crate::program::process(&[program, "serve", "{address}", "{port}"]);
    let spec = Spec {
        group: group.parse().unwrap(),
        group_name: elbow_model::value::Name::new("workers").unwrap(),
        instance: instance.parse().unwrap(),
        project: uuid::Uuid::now_v7().into(),
        address: Some(address.parse().unwrap()),
        port: Some(elbow_model::value::Port::new(crate::suite::PORT.into()).unwrap()),
        launch: Launch::Process(launch),
        grace: Duration::from_millis(50),
    };
    println!("ready");
    std::io::stdout().flush().unwrap();
    runtime.block_on(async {
        let driver = ProcessDriver::open(config).unwrap();
        for turn in 0..u64::MAX {
            driver.launch(&spec).await.unwrap();
            if turns == "launch" && turn > 0 {
                // It is there; another launch starts nothing.
                assert_eq!(driver.list(Which::All).await.unwrap().len(), 1);
            } else if turns == "both" {
                driver.terminate(spec.instance).await.unwrap();
            }
        }
    });
}

#[test]
fn control_killed_at_any_moment_leaves_one_instance_or_none() {
    let mut random = Random::seeded();
    println!("ELBOW_SEED={}", random.seed);
    let subject = Processes::new();
    let bench = Bench::new(&subject);
    let directory = subject.config().directory;
    let program = subject.program_path();
    for round in 0..12 {
        let spec = bench.server(1);
        let turns = if round % 2 == 0 { "launch" } else { "both" };
        let told = [
            directory.to_str().unwrap(),
            program.to_str().unwrap(),
            &spec.address.unwrap().to_string(),
            &spec.group.to_string(),
            &spec.instance.to_string(),
            turns,
        ];
        let mut control = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "crashes::a_stand_in_for_control_works_until_it_is_killed",
                "--nocapture",
            ])
            .env(STAND_IN, told.join("\n"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(control.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ready"));
        let moment = Instant::now() + Duration::from_micros(random.below(60_000));
        while Instant::now() < moment {
            std::thread::yield_now();
        }
        control.kill().unwrap();
        control.wait().unwrap();

        // What it began goes on to its end; then the next control makes of it what shall be.
        eventually("one keeper at most", || match keepers(&subject, spec.instance).len() {
            0 | 1 => Ok(()),
            more => Err(more),
        });
        let driver = bench.runtime.block_on(async { subject.driver() });
        bench.runtime.block_on(driver.launch(&spec)).unwrap();
        // A keeper that comes late finds that it is not wanted, and starts nothing.
        assert!(marked(spec.instance).len() <= 1, "round {round}");
        // One whose end was ordered before goes on ending.
        if turns == "launch" {
            assert_eq!(bench.who_serves(spec.instance), spec.instance.to_string());
        }
        let terminated = bench.runtime.block_on(driver.terminate(spec.instance)).unwrap();
        assert_eq!(terminated, Terminated::Gone, "round {round}");
        eventually("nothing is left", || match marked(spec.instance).as_slice() {
            [] if keepers(&subject, spec.instance).is_empty() => Ok(()),
            some => Err(format!("round {round}: {some:?}")),
        });
        assert_eq!(subject.entries(), Vec::<String>::new(), "round {round}");
    }
}
