//! A proxy that is measured: started on its CPU in its own process group and directory, known by the
//! addresses that it serves on and the processes that count, stopped when dropped.

mod elbow;
mod envoy;
mod haproxy;
mod nginx;

pub(crate) use elbow::{Service, text};

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::failure::{Failure, While};
use crate::http_client::HttpClient;
use crate::identity::Identity;
use crate::janitor::{self, Janitor};
use crate::load::Origins;
use crate::process;
use crate::tls::{Front, Tls};

/// Time for a contender until it serves.
const START_LIMIT: Duration = Duration::from_secs(20);
/// Rules of which none matches a request: what a real configuration has to look through.
const RULES: usize = 10;

/// Who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Elbow,
    Haproxy,
    /// A second HAProxy, built with AWS-LC; only for workloads with TLS, and only if there is one.
    HaproxyAwsLc,
    Nginx,
    Envoy,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Elbow, Self::Haproxy, Self::HaproxyAwsLc, Self::Nginx, Self::Envoy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Elbow => "Elbow",
            Self::Haproxy => "HAProxy",
            Self::HaproxyAwsLc => "HAProxy/AWS-LC",
            Self::Nginx => "nginx",
            Self::Envoy => "Envoy",
        }
    }

    /// Whether it takes part in workloads with this front.
    pub(crate) fn takes_part(self, front: Front) -> bool {
        self != Self::HaproxyAwsLc || front != Front::Clear
    }
}

/// A program that can be started, with what it says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) kind: Kind,
    pub(crate) path: PathBuf,
    pub(crate) version: String,
    /// The library that does its TLS, with its version.
    pub(crate) tls: String,
}

impl Program {
    /// Its name with its versions.
    pub(crate) fn line(&self) -> String {
        format!("{} {} ({})", self.kind.name(), self.version, self.tls)
    }
}

/// What every contender is set up with.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) janitor: Arc<Janitor>,
    pub(crate) origins: Origins,
    /// One worker on each.
    pub(crate) cpus: Vec<usize>,
    /// For all that is not measured.
    pub(crate) other_cpu: usize,
    /// What is spoken in front; the clear ones are always served as well.
    pub(crate) front: Front,
    /// What TLS is served with.
    pub(crate) identity: Arc<Identity>,
}

/// A running contender.
pub(crate) struct Contender {
    pub(crate) kind: Kind,
    pub(crate) http: SocketAddr,
    /// With a front of TLS.
    pub(crate) https: Option<SocketAddr>,
    pub(crate) tcp: SocketAddr,
    /// Processes whose CPU time and memory count.
    pub(crate) measured: Vec<u32>,
    group: Group,
}

impl Contender {
    /// Starts it and waits until it serves.
    pub(crate) fn start(program: &Program, setup: &Setup) -> Result<Self, Failure> {
        let doing = || format!("starting {}", program.kind.name());
        let started = match program.kind {
            Kind::Elbow => elbow::start(program, setup),
            Kind::Haproxy | Kind::HaproxyAwsLc => haproxy::start(program, setup),
            Kind::Nginx => nginx::start(program, setup),
            Kind::Envoy => envoy::start(program, setup),
        };
        let contender = started.while_doing(doing())?;
        wait_until_serving(contender.http).map_err(|failure| {
            let output = contender.group.output();
            Failure::new(format!("{}: {failure}\n{output}", doing()))
        })?;
        Ok(contender)
    }
}

/// A process group with its directory. Both end when it is dropped.
pub(crate) struct Group {
    pub(crate) child: Child,
    pub(crate) directory: PathBuf,
    is_kept: bool,
    janitor: Arc<Janitor>,
}

impl Group {
    /// Starts a command in a group and on CPUs of its own; its output goes to a file in `directory`.
    pub(crate) fn start(
        mut command: Command,
        directory: PathBuf,
        setup: &Setup,
    ) -> Result<Self, Failure> {
        let log = File::create(directory.join("output.log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        let own = process::own_cpus();
        // A child inherits what its parent's thread is restricted to.
        process::pin_own_thread(&setup.cpus);
        let child = command.spawn();
        process::pin_own_thread(&own);
        let child = child.while_doing(command.get_program().display())?;
        setup.janitor.watch(child.id(), &directory);
        Ok(Self { child, directory, is_kept: false, janitor: setup.janitor.clone() })
    }

    /// Stops it and gives its directory, with all that it left there.
    pub(crate) fn stop_and_keep(mut self) -> PathBuf {
        self.is_kept = true;
        self.directory.clone()
    }

    /// What it printed.
    pub(crate) fn output(&self) -> String {
        std::fs::read_to_string(self.directory.join("output.log")).unwrap_or_default()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.child.id();
        janitor::stop(group, &self.directory);
        // It was killed: what is left is to collect it.
        let _ = self.child.wait();
        if !self.is_kept {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
        self.janitor.forget(group, &self.directory);
    }
}

/// A new directory for a contender, removed by its group.
pub(crate) fn directory(kind: Kind) -> Result<PathBuf, Failure> {
    let name = kind.name().to_ascii_lowercase().replace('/', "-");
    let prefix = format!("elbow-bench-{name}-");
    Ok(tempfile::Builder::new().prefix(&prefix).tempdir()?.keep())
}

/// A loopback port that was free a moment ago.
pub(crate) fn free_address() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The choice of TLS with an address to serve it on, with a front of TLS.
fn secure_address(setup: &Setup) -> Result<Option<(Tls, SocketAddr)>, Failure> {
    match setup.front {
        Front::Clear => Ok(None),
        Front::Tls(tls) => Ok(Some((tls, free_address()?))),
    }
}

/// Writes a configuration and gives its path.
fn configuration(directory: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = directory.join(name);
    std::fs::write(&path, text).while_doing(path.display())?;
    Ok(path)
}

fn wait_until_serving(address: SocketAddr) -> Result<(), Failure> {
    let deadline = Instant::now() + START_LIMIT;
    let path = "/shop/items/1024/0000000000000000";
    loop {
        let answer = HttpClient::new(address).send("GET", path, None);
        match answer {
            Ok(answer) if answer.status == 200 => return Ok(()),
            Ok(answer) if Instant::now() > deadline => {
                return Err(Failure::new(format!("answers with status {}", answer.status)));
            }
            Err(error) if Instant::now() > deadline => return Err(error),
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
