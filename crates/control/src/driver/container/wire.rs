//! Documents of the engine's API: the part of them that is used here. Names are the API's.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::driver::{End, InstanceState, Usage};

/// What a container shall be.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    pub(super) image: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cmd: Vec<String>,
    pub(super) env: Vec<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) host_config: HostConfig,
}

/// How it is tied to the machine.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HostConfig {
    pub(super) network_mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nano_cpus: Option<u64>,
    pub(super) pids_limit: i64,
    pub(super) ulimits: Vec<Ulimit>,
    pub(super) log_config: LogConfig,
    pub(super) security_opt: Vec<String>,
}

/// A resource limit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Ulimit {
    name: &'static str,
    soft: u64,
    hard: u64,
}

impl Ulimit {
    pub(super) fn both(name: &'static str, value: u64) -> Self {
        // The API's numbers are signed.
        let value = value.min(i64::MAX.unsigned_abs());
        Self { name, soft: value, hard: value }
    }
}

/// Where its output goes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LogConfig {
    r#type: &'static str,
    config: BTreeMap<&'static str, &'static str>,
}

impl LogConfig {
    /// Two files of a mebibyte; Podman keeps one.
    pub(super) fn bounded() -> Self {
        let config = BTreeMap::from([("max-size", "1m"), ("max-file", "2")]);
        Self { r#type: "json-file", config }
    }
}

/// `GET /version`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    pub(super) api_version: String,
}

/// An error.
#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    pub(super) message: String,
}

/// An entry of `GET /containers/json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    pub(super) id: String,
}

/// `GET /containers/{id}/json`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Inspected {
    state: ContainerState,
    pub(super) config: ContainerConfig,
    #[serde(default)]
    network_settings: NetworkSettings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerState {
    status: String,
    #[serde(default)]
    exit_code: i32,
    #[serde(default, rename = "OOMKilled")]
    oom_killed: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContainerConfig {
    #[serde(default, deserialize_with = "null_as_default")]
    pub(super) labels: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkSettings {
    #[serde(default, deserialize_with = "null_as_default")]
    networks: BTreeMap<String, Option<Network>>,
}

#[derive(Debug, Deserialize)]
struct Network {
    #[serde(default, rename = "IPAddress")]
    v4: String,
    #[serde(default, rename = "GlobalIPv6Address")]
    v6: String,
}

impl Inspected {
    /// Whether it was never started.
    pub(super) fn is_new(&self) -> bool {
        self.state() == InstanceState::Starting
    }

    /// Its state in our words (Docker Engine API, `ContainerState`; Podman has some more).
    pub(super) fn state(&self) -> InstanceState {
        match self.state.status.as_str() {
            "created" | "configured" | "initialized" => InstanceState::Starting,
            "exited" | "stopped" | "dead" | "removing" if self.state.oom_killed => {
                let what = "was killed because it used more memory than it may";
                InstanceState::Exited(End::Unseen(what.to_owned()))
            }
            "exited" | "stopped" | "dead" | "removing" => {
                InstanceState::Exited(End::Status(self.state.exit_code))
            }
            // Also while it is paused or about to end.
            _ => InstanceState::Running,
        }
    }

    /// Its first address in networks of the engine; IPv4 before IPv6.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let networks = self.network_settings.networks.values().flatten();
        networks.flat_map(|network| [&network.v4, &network.v6]).find_map(|text| text.parse().ok())
    }
}

/// `GET /containers/{id}/stats`
#[derive(Debug, Deserialize)]
pub(super) struct Stats {
    cpu_stats: CpuStats,
    #[serde(default)]
    memory_stats: MemoryStats,
    #[serde(default, deserialize_with = "null_as_default")]
    networks: BTreeMap<String, Traffic>,
}

#[derive(Debug, Deserialize)]
struct CpuStats {
    cpu_usage: CpuUsage,
}

#[derive(Debug, Deserialize)]
struct CpuUsage {
    /// Nanoseconds.
    total_usage: u64,
}

#[derive(Debug, Default, Deserialize)]
struct MemoryStats {
    #[serde(default)]
    usage: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    stats: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
struct Traffic {
    #[serde(default)]
    rx_bytes: u64,
    #[serde(default)]
    tx_bytes: u64,
}

impl Stats {
    pub(super) fn usage(&self) -> Usage {
        #[expect(clippy::cast_precision_loss, reason = "shown in seconds, never compared")]
        let cpu_s = self.cpu_stats.cpu_usage.total_usage as f64 / 1e9;
        // As `docker stats` counts: files that the kernel may drop are no need of the container.
        let droppable = ["total_inactive_file", "inactive_file"];
        let droppable =
            droppable.iter().find_map(|name| self.memory_stats.stats.get(*name)).copied();
        let sum = |count: fn(&Traffic) -> u64| self.networks.values().map(count).sum();
        Usage {
            cpu_s,
            memory_bytes: self.memory_stats.usage.saturating_sub(droppable.unwrap_or(0)),
            received_bytes: Some(sum(|traffic| traffic.rx_bytes)),
            sent_bytes: Some(sum(|traffic| traffic.tx_bytes)),
        }
    }
}

fn null_as_default<'de, D, T>(source: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(source).map(Option::unwrap_or_default)
}
