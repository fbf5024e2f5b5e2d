//! Instances as containers of Docker or Podman, through the API socket that both have. A container is known by its
//! name, which is made of the instance's id, and by labels; nothing else is remembered anywhere.
//!
//! ```text
//!   launch:     inspect --none--> create --> start --> inspect
//!   list:       containers with our labels, each inspected and measured
//!   terminate:  stop (signal, grace, kill) --> remove
//! ```
//!
//! It never pulls images: what runs on the machine is for its operator to put there.

mod engine;
mod output;
mod wire;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use elbow_model::launch_template::{ContainerLaunch, ContainerLimits, Launch};
use elbow_model::value::InstanceId;
use hyper::StatusCode;
use rustix::process::{Resource, getrlimit};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use uuid::Uuid;

use self::engine::{Engine, Session, message};
use self::wire::{Create, HostConfig, Inspected, Listed, LogConfig, Stats, Ulimit};
use super::trouble::foreign;
use super::turns::Turns;
use super::{
    Driver, DriverTrouble, InstanceState, Launched, MAX_LOG_LINES, MAX_SEEN, Seen, Spec,
    Terminated, Usage, Which, Work,
};

/// How long a container may take to end beyond its grace: the engine kills it then.
const STOP_WITHIN: Duration = Duration::from_secs(15);
/// How many containers are looked at at the same time.
const AT_ONCE: usize = 8;
/// Descriptors of a container whose template does not say; less where this machine allows less.
const OPEN_FILES: u64 = 16_384;
/// Processes and threads of a container.
const PROCESSES: i64 = 4_096;

/// Labels that say whose a container is.
mod label {
    pub(super) const DEPLOYMENT: &str = "elbow.deployment";
    pub(super) const GROUP: &str = "elbow.group";
    pub(super) const INSTANCE: &str = "elbow.instance";
    pub(super) const PROJECT: &str = "elbow.project";
    /// How long it may take to end, in whole seconds.
    pub(super) const GRACE_S: &str = "elbow.grace_s";
    /// Where it was told to be, if it shares the machine's addresses.
    pub(super) const ADDRESS: &str = "elbow.address";
}

/// Where containers are in the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerNetwork {
    /// On the machine's own addresses: each is told which address to use.
    Host,
    /// On a network of the engine, by name (such as `bridge` or `podman`), which gives addresses.
    Named(String),
}

/// Which containers are run how.
#[derive(Debug, Clone)]
pub struct ContainerConfig {
    /// The API's socket: `/run/podman/podman.sock`, `/var/run/docker.sock`.
    pub socket: PathBuf,
    /// This deployment: others may use the same engine.
    pub deployment: Uuid,
    /// Where containers are in the network.
    pub network: ContainerNetwork,
}

/// Instances as containers.
#[derive(Debug)]
pub struct ContainerDriver {
    config: ContainerConfig,
    engine: Engine,
    turns: Turns,
}

impl ContainerDriver {
    /// A driver of this engine, which need not run yet.
    pub fn new(config: ContainerConfig) -> Self {
        let engine = Engine::at(config.socket.clone());
        Self { config, engine, turns: Turns::new() }
    }

    async fn launch_now(&self, spec: &Spec) -> Result<Launched, DriverTrouble> {
        let Launch::Container(launch) = &spec.launch else {
            let kind = spec.launch.driver();
            return Err(DriverTrouble::permanent(format!(
                "the container driver does not launch {kind} templates"
            )));
        };
        let create = self.create(spec, launch)?;
        let _turn = self.turns.wait(spec.instance).await;
        let session = self.engine.session().await?;
        let name = name(spec.instance);
        let found = match self.inspect(&session, &name).await? {
            Some(found) => found,
            None => self.make(&session, &name, &create).await?,
        };
        if found.is_new() {
            self.start(&session, &name).await?;
        }
        let found = self.inspect(&session, &name).await?;
        let found = found.ok_or_else(|| DriverTrouble::transient("the container vanished"))?;
        Ok(Launched { address: self.address(&found), state: found.state() })
    }

    /// What to create.
    fn create(&self, spec: &Spec, launch: &ContainerLaunch) -> Result<Create, DriverTrouble> {
        let address = match (&self.config.network, spec.address) {
            // The engine gives an address, and the program listens on whichever that is.
            (ContainerNetwork::Named(_), _) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            (ContainerNetwork::Host, Some(address)) => address,
            (ContainerNetwork::Host, None) => {
                return Err(DriverTrouble::permanent(
                    "a container on the machine's own network needs an address; none was chosen for it",
                ));
            }
        };
        let labels = [
            (label::DEPLOYMENT, self.config.deployment.to_string()),
            (label::GROUP, spec.group.to_string()),
            (label::INSTANCE, spec.instance.to_string()),
            (label::PROJECT, spec.project.to_string()),
            (label::GRACE_S, spec.grace.as_millis().div_ceil(1_000).to_string()),
            (label::ADDRESS, address.to_string()),
        ];
        let environment = spec.environment(&launch.env, address);
        let command = launch.command.as_ref();
        Ok(Create {
            image: launch.image.to_string(),
            cmd: command.map(|command| spec.arguments(command, address)).unwrap_or_default(),
            env: environment.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            labels: labels.map(|(name, value)| (name.to_owned(), value)).into(),
            host_config: self.host_config(&launch.limits),
        })
    }

    fn host_config(&self, limits: &ContainerLimits) -> HostConfig {
        let network_mode = match &self.config.network {
            ContainerNetwork::Host => "host".to_owned(),
            ContainerNetwork::Named(name) => name.clone(),
        };
        let processes = limits.processes.map_or(PROCESSES, |processes| processes.get().into());
        HostConfig {
            network_mode,
            memory: limits.memory_mb.map(|memory| u64::from(memory.get()) << 20),
            nano_cpus: limits.cpu_percent.map(|percent| u64::from(percent.get()) * 10_000_000),
            pids_limit: processes,
            ulimits: ulimits(limits.open_files.map(|files| files.get().into())),
            log_config: LogConfig::bounded(),
            security_opt: vec!["no-new-privileges".to_owned()],
        }
    }

    /// Creates a container, or finds the one that somebody else created meanwhile.
    async fn make(
        &self,
        session: &Session,
        name: &str,
        create: &Create,
    ) -> Result<Inspected, DriverTrouble> {
        let answer = session.post(&format!("/containers/create?name={name}"), create).await?;
        // Whatever it answered: Podman says of several things that they are its own fault.
        match self.inspect(session, name).await? {
            Some(found) => Ok(found),
            None if answer.status == StatusCode::NOT_FOUND => {
                Err(DriverTrouble::permanent(format!(
                    "image {} is not on this machine; pull it there first: {}",
                    create.image,
                    message(&answer)
                )))
            }
            None if answer.status == StatusCode::BAD_REQUEST => Err(DriverTrouble::permanent(
                format!("the container is refused: {}", message(&answer)),
            )),
            None => Err(DriverTrouble::transient(format!(
                "the container was not created: {}",
                message(&answer)
            ))),
        }
    }

    async fn start(&self, session: &Session, name: &str) -> Result<(), DriverTrouble> {
        let answer = session.act(&format!("/containers/{name}/start")).await?;
        if answer.status.is_success() || answer.status == StatusCode::NOT_MODIFIED {
            return Ok(());
        }
        let reason = format!("the container was not started: {}", message(&answer));
        // One that never ran is of no use, and its successor needs the name.
        session.delete(&format!("/containers/{name}?force=true&v=true")).await?;
        Err(if is_lasting(&reason) {
            DriverTrouble::Permanent { reason }
        } else {
            DriverTrouble::Transient { reason }
        })
    }

    /// A container of this deployment, if there is one of this name.
    async fn inspect(
        &self,
        session: &Session,
        name: &str,
    ) -> Result<Option<Inspected>, DriverTrouble> {
        let Some(found) = session.read::<Inspected>(&format!("/containers/{name}/json")).await?
        else {
            return Ok(None);
        };
        let deployment = found.config.labels.get(label::DEPLOYMENT);
        if deployment.is_none_or(|deployment| *deployment != self.config.deployment.to_string()) {
            return Err(DriverTrouble::permanent(format!(
                "container {name} was made by somebody else and is left alone"
            )));
        }
        Ok(Some(found))
    }

    /// Where a container is, if that is known.
    fn address(&self, found: &Inspected) -> Option<IpAddr> {
        match &self.config.network {
            ContainerNetwork::Host => found.config.labels.get(label::ADDRESS)?.parse().ok(),
            ContainerNetwork::Named(_) => found.address(),
        }
    }

    async fn list_now(&self, which: Which) -> Result<Vec<Seen>, DriverTrouble> {
        let session = self.engine.session().await?;
        let mut labels = vec![format!("{}={}", label::DEPLOYMENT, self.config.deployment)];
        if let Which::Group(group) = which {
            labels.push(format!("{}={group}", label::GROUP));
        }
        let filters = serde_json::json!({ "label": labels }).to_string();
        let path = format!("/containers/json?all=true&filters={}", engine::escape(&filters));
        let listed: Vec<Listed> = session.read(&path).await?.unwrap_or_default();
        if listed.len() > MAX_SEEN {
            return Err(DriverTrouble::transient(format!(
                "the engine lists {} containers, at most {MAX_SEEN} are believed",
                listed.len()
            )));
        }
        let slots = Arc::new(Semaphore::new(AT_ONCE));
        let mut looks = JoinSet::new();
        for one in listed {
            let (session, slots) = (session.clone(), Arc::clone(&slots));
            looks.spawn(async move {
                let _slot = slots.acquire().await;
                measure(&session, &one).await
            });
        }
        let mut seen = Vec::new();
        while let Some(look) = looks.join_next().await {
            let look = look.map_err(DriverTrouble::while_doing("looking at a container"))??;
            // One that vanished meanwhile is not there.
            seen.extend(look.and_then(|(found, stats)| self.seen(&found, stats)));
        }
        Ok(seen)
    }

    fn seen(&self, found: &Inspected, stats: Option<Stats>) -> Option<Seen> {
        let labels = &found.config.labels;
        let state = found.state();
        let usage = match state {
            InstanceState::Running => stats.map(|stats| self.usage(&stats)),
            InstanceState::Starting | InstanceState::Exited(_) => None,
        };
        Some(Seen {
            instance: labels.get(label::INSTANCE)?.parse().ok()?,
            group: labels.get(label::GROUP)?.parse().ok()?,
            address: self.address(found),
            state,
            usage,
        })
    }

    fn usage(&self, stats: &Stats) -> Usage {
        let mut usage = stats.usage();
        if self.config.network == ContainerNetwork::Host {
            // The machine's counters, if any at all.
            (usage.received_bytes, usage.sent_bytes) = (None, None);
        }
        usage
    }

    async fn terminate_now(&self, instance: InstanceId) -> Result<Terminated, DriverTrouble> {
        let session = self.engine.session().await?;
        let name = name(instance);
        let Some(found) = self.inspect(&session, &name).await? else {
            return Ok(Terminated::Gone);
        };
        if found.state() == InstanceState::Running {
            let grace = found.config.labels.get(label::GRACE_S);
            let grace_s: u64 = grace.and_then(|grace| grace.parse().ok()).unwrap_or(0);
            let within = Duration::from_secs(grace_s) + STOP_WITHIN;
            // Whatever comes of it: the removal kills what still runs.
            let path = format!("/containers/{name}/stop?t={grace_s}");
            session.act_within(&path, within).await.ok();
        }
        let answer = session.delete(&format!("/containers/{name}?force=true&v=true")).await?;
        match answer.status {
            status if status.is_success() => Ok(Terminated::Gone),
            StatusCode::NOT_FOUND => Ok(Terminated::Gone),
            // Somebody removes it already.
            StatusCode::CONFLICT => Ok(Terminated::Ending),
            _ => Err(DriverTrouble::transient(format!(
                "the container was not removed: {}",
                message(&answer)
            ))),
        }
    }

    async fn logs_now(
        &self,
        instance: InstanceId,
        lines: usize,
    ) -> Result<Vec<String>, DriverTrouble> {
        let session = self.engine.session().await?;
        let name = name(instance);
        if self.inspect(&session, &name).await?.is_none() {
            return Ok(Vec::new());
        }
        let lines = lines.min(MAX_LOG_LINES);
        let path = format!("/containers/{name}/logs?stdout=true&stderr=true&tail={lines}");
        let answer = session.fetch(&path).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(Vec::new());
        }
        if !answer.status.is_success() {
            let reason = format!("the container's log cannot be read: {}", message(&answer));
            return Err(DriverTrouble::transient(reason));
        }
        Ok(super::tail::last_lines(&output::merge(&answer.body), lines))
    }
}

impl Driver for ContainerDriver {
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
        Box::pin(self.logs_now(instance, lines))
    }
}

fn name(instance: InstanceId) -> String {
    format!("elbow-{instance}")
}

/// Looks at one container of a listing.
async fn measure(
    session: &Session,
    one: &Listed,
) -> Result<Option<(Inspected, Option<Stats>)>, DriverTrouble> {
    let id = engine::escape(&one.id);
    let Some(found) = session.read::<Inspected>(&format!("/containers/{id}/json")).await? else {
        return Ok(None);
    };
    let stats = if found.state() == InstanceState::Running {
        // Without the second look that Docker takes a second for. What cannot be measured is still there.
        let path = format!("/containers/{id}/stats?stream=false&one-shot=true");
        session.read::<Stats>(&path).await.ok().flatten()
    } else {
        None
    };
    Ok(Some((found, stats)))
}

/// Limits are said, as engines' own may lie above what this machine allows them to give.
fn ulimits(open_files: Option<u64>) -> Vec<Ulimit> {
    let most = |resource| getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let files = open_files.unwrap_or_else(|| OPEN_FILES.min(most(Resource::Nofile)));
    let processes = PROCESSES.unsigned_abs().min(most(Resource::Nproc));
    vec![Ulimit::both("nofile", files), Ulimit::both("nproc", processes)]
}

/// Whether what an engine says of a failed start will stay so. Engines have no codes for it; a wrong guess costs a few
/// vain attempts.
fn is_lasting(words: &str) -> bool {
    let words = words.to_lowercase();
    [
        "not found",
        "no such file",
        "permission denied",
        "exec format error",
        "is a directory",
        "not permitted",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}
