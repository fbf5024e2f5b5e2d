//! The drivers of scaling groups on this machine: processes always, containers where an engine is, hooks over HTTP.

use std::path::{Path, PathBuf};

use elbow_control::SigningKey;
use elbow_control::driver::DriversConfig;
use elbow_control::driver::container::{ContainerConfig, ContainerNetwork};
use elbow_control::driver::hook::{ANSWER_WITHIN, HookConfig, Permission, Trust};
use elbow_control::driver::process::{NO_USERS, ProcessConfig, RunAs};
use elbow_model::value::Id as _;
use elbow_model::world::World;
use elbow_vault::signing;
use uuid::Uuid;

use super::DataDir;
use crate::failure::Failure;

/// Where engines of containers listen, the first that is there is used.
const ENGINES: [&str; 2] = ["/run/podman/podman.sock", "/var/run/docker.sock"];

/// What this machine offers, with the engine of containers that was chosen, if one was.
pub(super) fn config(
    data_dir: &DataDir,
    program: &Path,
    world: &World,
    engine: Option<&Path>,
) -> Result<DriversConfig, Failure> {
    let deployment = deployment(world);
    let process = ProcessConfig {
        program: program.to_owned(),
        directory: data_dir.instances(),
        programs: std::env::current_dir().map_err(Failure::system("finding where this is"))?,
        run_as: RunAs::safe_default(),
        users: NO_USERS,
    };
    let usual = || ENGINES.into_iter().map(PathBuf::from).find(|socket| socket.exists());
    // One that was named is asked even while it is away: engines come back.
    let engine = engine.map(Path::to_owned).or_else(usual);
    let container = engine.map(|socket| ContainerConfig {
        socket,
        deployment,
        network: ContainerNetwork::Host,
    });
    let key = signing::open(&data_dir.signing_key())
        .map_err(|error| Failure::Start { what: error.to_string(), next: "elbow up".to_owned() })?;
    let hook = HookConfig {
        deployment,
        key: SigningKey::new(key.to_vec()),
        loopback: Permission::Allowed,
        commands: Permission::Allowed,
        trust: Trust::system().map_err(Failure::system("reading this machine's authorities"))?,
        run_as: RunAs::safe_default(),
        answer_within: ANSWER_WITHIN,
    };
    Ok(DriversConfig { process: Some(process), container, hook: Some(hook) })
}

/// What tells this deployment from others that use the same engine: the id of its first project.
fn deployment(world: &World) -> Uuid {
    world.projects().next().map(|project| project.id.uuid()).unwrap_or_default()
}
