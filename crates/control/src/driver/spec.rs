//! What a launch is told: ids, place and what to launch, with all placeholders filled in.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use elbow_model::launch_template::{CommandLine, Environment, Launch, Placeholders};
use elbow_model::value::{InstanceId, Name, Port, ProjectId, ScalingGroupId};

/// One instance that shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Its scaling group.
    pub group: ScalingGroupId,
    /// The group's name, which templates may use.
    pub group_name: Name,
    /// Its id: drivers know it by this alone.
    pub instance: InstanceId,
    /// The project that owns it.
    pub project: ProjectId,
    /// Where it shall be. The process driver and containers on the machine's own network need it; elsewhere the
    /// platform chooses.
    pub address: Option<IpAddr>,
    /// The port that it serves on, if the template says so.
    pub port: Option<Port>,
    /// What it is.
    pub launch: Launch,
    /// How long it may take to end before it is killed.
    pub grace: Duration,
}

/// The environment variable that names the instance; left-over processes are known by it.
pub(super) const INSTANCE_VARIABLE: &str = "ELBOW_INSTANCE";

impl Spec {
    fn placeholders(&self, address: IpAddr) -> Placeholders<'_> {
        Placeholders {
            instance: self.instance,
            group: &self.group_name,
            address: Some(address),
            port: self.port,
        }
    }

    /// A command filled in: one argument stays one, whatever is put into it.
    pub(super) fn arguments(&self, command: &CommandLine, address: IpAddr) -> Vec<String> {
        let known = self.placeholders(address);
        command.arguments().iter().map(|argument| known.fill(argument)).collect()
    }

    /// An environment filled in, with what every instance is told besides; that comes last, so that no template can
    /// forge it.
    pub(super) fn environment(
        &self,
        environment: &Environment,
        address: IpAddr,
    ) -> BTreeMap<String, String> {
        let known = self.placeholders(address);
        let own = environment.as_map().iter();
        let mut all: BTreeMap<String, String> =
            own.map(|(name, value)| (name.clone(), known.fill(value))).collect();
        all.insert(INSTANCE_VARIABLE.to_owned(), self.instance.to_string());
        all.insert("ELBOW_GROUP".to_owned(), self.group_name.to_string());
        all.insert("ELBOW_ADDRESS".to_owned(), address.to_string());
        if let Some(port) = self.port {
            all.insert("ELBOW_PORT".to_owned(), port.to_string());
        }
        all
    }
}
