//! What every driver must do, whatever it drives. A driver's tests give a [`Subject`] and call `suite!`.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use elbow_control::driver::{
    Driver, DriverTrouble, End, InstanceState, Launched, MAX_LOG_LINES, Seen, Spec, Terminated,
    Which,
};
use elbow_model::launch_template::{Environment, Launch};
use elbow_model::value::{InstanceId, Name, Port, ProjectId, ScalingGroupId};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::harness::{PATIENCE, eventually};
use crate::program::environment;

/// Where instances serve.
pub(crate) const PORT: u16 = 8080;

/// A driver with what it needs around it.
pub(crate) trait Subject {
    /// A driver of what this subject has; each call gives another one, as after a restart of control.
    fn driver(&self) -> Box<dyn Driver>;

    /// A template that runs the test's program with these arguments.
    fn program(&self, arguments: &[&str]) -> Launch {
        self.program_with(arguments, Environment::default())
    }

    /// The same with an environment.
    fn program_with(&self, arguments: &[&str], environment: Environment) -> Launch;

    /// A template whose program does not exist.
    fn missing(&self) -> Launch;

    /// The address for an instance, if this driver wants to be told.
    fn address(&self, number: u8) -> Option<IpAddr>;
}

/// A subject at work: calls wait for their answers.
pub(crate) struct Bench<'a> {
    pub(crate) subject: &'a dyn Subject,
    pub(crate) driver: Box<dyn Driver>,
    pub(crate) runtime: Runtime,
    pub(crate) group: ScalingGroupId,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(subject: &'a dyn Subject) -> Self {
        let runtime = Runtime::new().unwrap();
        let driver = runtime.block_on(async { subject.driver() });
        Self { subject, driver, runtime, group: ScalingGroupId::from(Uuid::now_v7()) }
    }

    pub(crate) fn spec(&self, number: u8, launch: Launch) -> Spec {
        Spec {
            group: self.group,
            group_name: Name::new("workers").unwrap(),
            instance: InstanceId::from(Uuid::now_v7()),
            project: ProjectId::from(Uuid::now_v7()),
            address: self.subject.address(number),
            port: Some(Port::new(PORT.into()).unwrap()),
            launch,
            grace: Duration::from_secs(10),
        }
    }

    /// One that serves.
    pub(crate) fn server(&self, number: u8) -> Spec {
        self.spec(number, self.subject.program(&["serve", "{address}", "{port}"]))
    }

    pub(crate) fn launch(&self, spec: &Spec) -> Result<Launched, DriverTrouble> {
        self.runtime.block_on(self.driver.launch(spec))
    }

    pub(crate) fn terminate(&self, instance: InstanceId) -> Terminated {
        self.runtime.block_on(self.driver.terminate(instance)).unwrap()
    }

    pub(crate) fn list(&self) -> Vec<Seen> {
        self.runtime.block_on(self.driver.list(Which::Group(self.group))).unwrap()
    }

    pub(crate) fn logs(&self, instance: InstanceId, lines: usize) -> Vec<String> {
        self.runtime.block_on(self.driver.logs(instance, lines)).unwrap()
    }

    /// The one instance there is.
    #[track_caller]
    pub(crate) fn only(&self) -> Seen {
        let mut seen = self.list();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }

    /// Waits until the one instance there is has ended.
    #[track_caller]
    pub(crate) fn exited(&self) -> End {
        eventually("the instance has ended", || match self.only().state {
            InstanceState::Exited(end) => Ok(end),
            other => Err(format!("{other:?}")),
        })
    }

    /// Waits for a line of its log.
    #[track_caller]
    pub(crate) fn until_logged(&self, instance: InstanceId, line: &str) -> Vec<String> {
        eventually(line, || {
            let lines = self.logs(instance, MAX_LOG_LINES);
            if lines.iter().any(|found| found == line) { Ok(lines) } else { Err(lines.join("\n")) }
        })
    }

    /// Waits until an instance serves; says who it says it is.
    #[track_caller]
    pub(crate) fn who_serves(&self, instance: InstanceId) -> String {
        eventually("it serves", || {
            let seen = self.list().into_iter().find(|seen| seen.instance == instance);
            let address = seen.ok_or("not listed")?.address.ok_or("no address")?;
            ask(SocketAddr::new(address, PORT)).map_err(|_| "not serving")
        })
    }
}

impl Drop for Bench<'_> {
    /// Leaves nothing behind, also after a failure.
    fn drop(&mut self) {
        let Ok(seen) = self.runtime.block_on(self.driver.list(Which::Group(self.group))) else {
            return;
        };
        for one in seen {
            self.runtime.block_on(self.driver.terminate(one.instance)).ok();
        }
    }
}

/// What a server says to whoever connects.
pub(crate) fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    Ok(said)
}

pub(crate) fn launching_twice_makes_one_instance(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let spec = bench.server(1);
    let (one, two) = bench
        .runtime
        .block_on(async { tokio::join!(bench.driver.launch(&spec), bench.driver.launch(&spec)) });
    assert_eq!(one.unwrap().address, two.unwrap().address);
    bench.launch(&spec).unwrap();
    assert_eq!(bench.who_serves(spec.instance), spec.instance.to_string());
    bench.launch(&spec).unwrap();
    let only = bench.only();
    assert_eq!((only.instance, only.group), (spec.instance, spec.group));
    assert_eq!(only.state, InstanceState::Running);
    assert_eq!(bench.until_logged(spec.instance, "serving"), ["serving"]);
}

pub(crate) fn a_listing_is_of_one_group_or_of_all(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let spec = bench.server(1);
    bench.launch(&spec).unwrap();
    let other = ScalingGroupId::from(Uuid::now_v7());
    let listed = |which| bench.runtime.block_on(bench.driver.list(which)).unwrap().len();
    assert_eq!(listed(Which::Group(bench.group)), 1);
    assert_eq!(listed(Which::Group(other)), 0);
    assert_eq!(listed(Which::All), 1);
}

pub(crate) fn terminating_ends_one_instance_and_may_be_repeated(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let (stays, goes) = (bench.server(1), bench.server(2));
    bench.launch(&stays).unwrap();
    bench.launch(&goes).unwrap();
    bench.who_serves(stays.instance);
    bench.who_serves(goes.instance);
    let address =
        bench.list().into_iter().find(|seen| seen.instance == goes.instance).unwrap().address;

    assert_eq!(bench.terminate(goes.instance), Terminated::Gone);
    assert_eq!(bench.only().instance, stays.instance);
    assert!(ask(SocketAddr::new(address.unwrap(), PORT)).is_err());
    assert_eq!(bench.terminate(goes.instance), Terminated::Gone);
    assert_eq!(bench.terminate(InstanceId::from(Uuid::now_v7())), Terminated::Gone);
    assert_eq!(bench.who_serves(stays.instance), stays.instance.to_string());
}

pub(crate) fn a_launch_after_termination_starts_afresh(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let spec = bench.server(1);
    for _ in 0..2 {
        bench.launch(&spec).unwrap();
        bench.who_serves(spec.instance);
        assert_eq!(bench.until_logged(spec.instance, "serving"), ["serving"]);
        assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
        assert_eq!(bench.list(), []);
        assert_eq!(bench.logs(spec.instance, 10), Vec::<String>::new());
    }
}

pub(crate) fn a_program_that_does_not_exist_is_permanent_trouble(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let spec = bench.spec(1, subject.missing());
    for _ in 0..2 {
        match bench.launch(&spec) {
            Err(DriverTrouble::Permanent { reason }) => {
                assert!(reason.contains("no-such"), "{reason}")
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(bench.list(), []);
    }
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
}

pub(crate) fn a_program_that_ends_at_once_is_listed_with_its_status_and_last_words(
    subject: &dyn Subject,
) {
    let bench = Bench::new(subject);
    let spec = bench.spec(1, subject.program(&["exit", "3", "no disk, no work"]));
    bench.launch(&spec).unwrap();
    assert_eq!(bench.exited(), End::Status(3));
    assert_eq!(bench.logs(spec.instance, 5), ["no disk, no work"]);
    // It is not started again.
    assert_eq!(bench.launch(&spec).unwrap().state, InstanceState::Exited(End::Status(3)));
    assert_eq!(bench.logs(spec.instance, 5), ["no disk, no work"]);
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
    assert_eq!(bench.list(), []);
}

pub(crate) fn a_program_that_does_not_end_is_killed_after_its_grace(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let mut spec = bench.spec(1, subject.program(&["stubborn", "{address}", "{port}"]));
    spec.grace = Duration::from_secs(1);
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    let start = Instant::now();
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
    assert!(start.elapsed() >= Duration::from_secs(1), "it had no grace");
    assert_eq!(bench.list(), []);
}

pub(crate) fn a_program_is_told_its_place_and_gets_its_arguments_unchanged(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let words = ["show", "{port}-{instance}", "$(id) `id` ; | && 'x", "", "{group}"];
    let variables = [("GREETING", "hello from {port}"), ("ELBOW_INSTANCE", "forged")];
    let spec = bench.spec(1, subject.program_with(&words, environment(&variables)));
    bench.launch(&spec).unwrap();
    let shown: BTreeSet<String> = bench.until_logged(spec.instance, "shown").into_iter().collect();
    let expected = [
        format!("argument {PORT}-{}", spec.instance),
        "argument $(id) `id` ; | && 'x".to_owned(),
        "argument ".to_owned(),
        "argument workers".to_owned(),
        format!("variable GREETING=hello from {PORT}"),
        format!("variable ELBOW_INSTANCE={}", spec.instance),
        "variable ELBOW_GROUP=workers".to_owned(),
        format!("variable ELBOW_PORT={PORT}"),
    ];
    for line in expected {
        assert!(shown.contains(&line), "`{line}` is not in {shown:?}");
    }
}

pub(crate) fn a_long_log_is_cut_to_its_last_lines(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let spec = bench.spec(1, subject.program(&["spew", "100000"]));
    bench.launch(&spec).unwrap();
    bench.until_logged(spec.instance, "spewed");
    let last = bench.logs(spec.instance, 2);
    assert_eq!(last, ["line 99999 of what nobody reads at once", "spewed"]);
    assert!(bench.logs(spec.instance, usize::MAX).len() <= MAX_LOG_LINES);
}

pub(crate) fn usage_is_measured(subject: &dyn Subject) {
    let bench = Bench::new(subject);
    let spec = bench.spec(1, subject.program(&["work"]));
    bench.launch(&spec).unwrap();
    bench.until_logged(spec.instance, "worked");
    let usage = bench.only().usage.unwrap();
    assert!(usage.cpu_s >= 0.05, "{usage:?}");
    assert!(usage.memory_bytes >= 32 << 20 && usage.memory_bytes < 256 << 20, "{usage:?}");
}

pub(crate) fn another_driver_finds_and_ends_what_an_earlier_one_started(subject: &dyn Subject) {
    let mut bench = Bench::new(subject);
    let spec = bench.server(1);
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    bench.driver = bench.runtime.block_on(async { subject.driver() });
    assert_eq!(bench.only().state, InstanceState::Running);
    assert_eq!(bench.launch(&spec).unwrap().state, InstanceState::Running);
    assert_eq!(bench.until_logged(spec.instance, "serving"), ["serving"]);
    assert_eq!(bench.terminate(spec.instance), Terminated::Gone);
    assert_eq!(bench.list(), []);
}

/// Declares the suite's tests for one driver.
macro_rules! suite {
    ($subject:expr) => {
        suite!(@each $subject,
            launching_twice_makes_one_instance,
            a_listing_is_of_one_group_or_of_all,
            terminating_ends_one_instance_and_may_be_repeated,
            a_launch_after_termination_starts_afresh,
            a_program_that_does_not_exist_is_permanent_trouble,
            a_program_that_ends_at_once_is_listed_with_its_status_and_last_words,
            a_program_that_does_not_end_is_killed_after_its_grace,
            a_program_is_told_its_place_and_gets_its_arguments_unchanged,
            a_long_log_is_cut_to_its_last_lines,
            usage_is_measured,
            another_driver_finds_and_ends_what_an_earlier_one_started,
        );
    };
    (@each $subject:expr, $($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            crate::suite::$name(&$subject);
        }
    )*};
}
