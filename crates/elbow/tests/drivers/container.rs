//! The container driver on a real Podman: an engine of its own per test, an image made of one static program.

use std::net::IpAddr;
use std::time::Duration;

use elbow_control::driver::container::{ContainerConfig, ContainerDriver, ContainerNetwork};
use elbow_control::driver::{Driver, DriverTrouble, End, InstanceState, Terminated, Which};
use elbow_model::launch_template::{
    ContainerLaunch, ContainerLimits, Environment, ImageReference, Launch,
};
use elbow_model::value::Bounded;
use uuid::Uuid;

use crate::harness::podman::Podman;
use crate::harness::static_program::Program;
use crate::harness::{Vips, eventually, process};
use crate::program::command_line;
use crate::suite::{Bench, Subject};

suite!(Containers::on(ContainerNetwork::Host));

const IMAGE: &str = "localhost/program:1";

/// An engine with an image, and a driver for it.
struct Containers {
    engine: Podman,
    vips: Vips,
    deployment: Uuid,
    network: ContainerNetwork,
}

impl Containers {
    fn on(network: ContainerNetwork) -> Self {
        let engine = Podman::start(IMAGE, &Program::build().path());
        Self { engine, vips: Vips::claim(), deployment: Uuid::now_v7(), network }
    }

    fn launch_of(&self, command: &[&str]) -> ContainerLaunch {
        ContainerLaunch {
            image: ImageReference::new(IMAGE).unwrap(),
            command: Some(command_line(command)),
            env: Environment::default(),
            limits: ContainerLimits::default(),
        }
    }
}

impl Subject for Containers {
    fn driver(&self) -> Box<dyn Driver> {
        Box::new(ContainerDriver::new(ContainerConfig {
            socket: self.engine.socket(),
            deployment: self.deployment,
            network: self.network.clone(),
        }))
    }

    fn program_with(&self, arguments: &[&str], env: Environment) -> Launch {
        let mut words = vec!["/program"];
        words.extend(arguments);
        Launch::Container(ContainerLaunch { env, ..self.launch_of(&words) })
    }

    fn missing(&self) -> Launch {
        Launch::Container(self.launch_of(&["/no-such-program"]))
    }

    fn address(&self, number: u8) -> Option<IpAddr> {
        match self.network {
            ContainerNetwork::Host => Some(self.vips.address(number).into()),
            ContainerNetwork::Named(_) => None,
        }
    }
}

#[test]
fn a_container_on_a_network_of_the_engine_says_where_it_is() {
    let subject = Containers::on(ContainerNetwork::Named("podman".to_owned()));
    let bench = Bench::new(&subject);
    let spec = bench.server(1);
    let launched = bench.launch(&spec).unwrap();
    assert!(launched.address.is_some(), "{launched:?}");
    assert_eq!(bench.who_serves(spec.instance), spec.instance.to_string());
    let seen = bench.only();
    assert_eq!(seen.address, launched.address);
    let usage = seen.usage.unwrap();
    assert!(usage.received_bytes.is_some() && usage.sent_bytes.is_some(), "{usage:?}");
}

#[test]
fn an_image_that_is_not_there_is_permanent_trouble() {
    let subject = Containers::on(ContainerNetwork::Host);
    let bench = Bench::new(&subject);
    let image = ImageReference::new("localhost/no-such-image:1").unwrap();
    let launch = ContainerLaunch { image, ..subject.launch_of(&["/program"]) };
    match bench.launch(&bench.spec(1, Launch::Container(launch))) {
        Err(DriverTrouble::Permanent { reason }) => {
            assert!(reason.contains("no-such-image") && reason.contains("pull"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.list(), []);
}

#[test]
fn a_container_that_needs_more_memory_than_it_may_have_is_killed() {
    let subject = Containers::on(ContainerNetwork::Host);
    let bench = Bench::new(&subject);
    let limits = ContainerLimits {
        memory_mb: Some(Bounded::constant::<16>()),
        cpu_percent: Some(Bounded::constant::<50>()),
        ..ContainerLimits::default()
    };
    let launch = ContainerLaunch { limits, ..subject.launch_of(&["/program", "work"]) };
    bench.launch(&bench.spec(1, Launch::Container(launch))).unwrap();
    match bench.exited() {
        End::Unseen(what) => assert!(what.contains("memory"), "{what}"),
        // Where the engine does not tell why.
        End::Status(status) => assert_eq!(status, 137),
        End::Signal(signal) => panic!("signal {signal}"),
    }
}

#[test]
fn a_killed_container_is_listed_with_its_status() {
    let subject = Containers::on(ContainerNetwork::Host);
    let bench = Bench::new(&subject);
    let spec = bench.server(1);
    bench.launch(&spec).unwrap();
    bench.who_serves(spec.instance);
    let place = format!("{}", spec.address.unwrap());
    let program = process::find(&["/program", "serve", &place]);
    process::signal(program[0], "KILL").unwrap();
    // 128 and the signal's number, as engines tell it.
    assert_eq!(bench.exited(), End::Status(137));
}

#[test]
fn containers_of_others_are_neither_listed_nor_touched() {
    let subject = Containers::on(ContainerNetwork::Host);
    let bench = Bench::new(&subject);
    let spec = bench.server(1);
    bench.launch(&spec).unwrap();
    let stranger = ContainerDriver::new(ContainerConfig {
        socket: subject.engine.socket(),
        deployment: Uuid::now_v7(),
        network: ContainerNetwork::Host,
    });
    let all = Which::All;
    assert_eq!(bench.runtime.block_on(stranger.list(all)).unwrap(), []);
    for trouble in [
        bench.runtime.block_on(stranger.terminate(spec.instance)).unwrap_err(),
        bench.runtime.block_on(stranger.launch(&spec)).unwrap_err(),
    ] {
        assert!(trouble.to_string().contains("somebody else"), "{trouble}");
    }
    assert_eq!(bench.only().state, InstanceState::Running);
}

#[test]
fn an_engine_that_was_away_comes_back_with_all_containers() {
    let mut subject = Containers::on(ContainerNetwork::Host);
    let driver = subject.driver();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let spec = Bench::new(&subject).server(1);
    runtime.block_on(driver.launch(&spec)).unwrap();
    subject.engine.stop_service();
    for trouble in [
        runtime.block_on(driver.launch(&spec)).unwrap_err(),
        runtime.block_on(driver.terminate(spec.instance)).unwrap_err(),
    ] {
        assert!(matches!(trouble, DriverTrouble::Transient { .. }), "{trouble:?}");
    }
    subject.engine.serve();
    let launched = runtime.block_on(driver.launch(&spec)).unwrap();
    assert_eq!(launched.state, InstanceState::Running);
    assert_eq!(runtime.block_on(driver.terminate(spec.instance)).unwrap(), Terminated::Gone);
}

#[test]
fn control_killed_at_any_moment_leaves_a_container_or_none() {
    let mut random = crate::crashes::Random::seeded();
    println!("ELBOW_SEED={}", random.seed);
    let subject = Containers::on(ContainerNetwork::Host);
    let bench = Bench::new(&subject);
    for round in 0..5 {
        let spec = bench.server(1);
        // A call that is given up in the middle is what is left of a killed process.
        let patience = Duration::from_millis(random.below(150));
        bench.runtime.block_on(async {
            let _cut = tokio::time::timeout(patience, bench.driver.launch(&spec)).await;
        });
        assert!(bench.list().len() <= 1, "round {round}");
        bench.launch(&spec).unwrap();
        assert_eq!(bench.who_serves(spec.instance), spec.instance.to_string(), "round {round}");
        let patience = Duration::from_millis(random.below(150));
        bench.runtime.block_on(async {
            let _cut = tokio::time::timeout(patience, bench.driver.terminate(spec.instance)).await;
        });
        eventually("it is gone", || match bench.terminate(spec.instance) {
            Terminated::Gone => Ok(()),
            Terminated::Ending => Err("ending"),
        });
        assert_eq!(bench.list(), [], "round {round}");
    }
}
