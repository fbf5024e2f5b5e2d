//! What a launch is told: ids, place and template, with the placeholders that a template may use.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use elbow_model::value::{InstanceId, ProjectId, ScalingGroupId};

/// One instance that shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Its scaling group.
    pub group: ScalingGroupId,
    /// Its id: drivers know it by this alone.
    pub instance: InstanceId,
    /// The project that owns it.
    pub project: ProjectId,
    /// Where it shall be. The process driver and containers in the machine's own network need it; elsewhere the
    /// platform chooses.
    pub address: Option<IpAddr>,
    /// The port that it serves on.
    pub port: u16,
    /// What it is.
    pub template: Template,
}

/// What an instance is, apart from which one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The program and its arguments, never a shell line. Empty for images that have a command of their own.
    pub command: Vec<String>,
    /// The container's image.
    pub image: Option<String>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
    /// What it may use.
    pub limits: Limits,
    /// How long it may take to end before it is killed.
    pub grace: Duration,
}

/// What an instance may use; what is not set is the platform's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Open descriptors per process.
    pub open_files: Option<u64>,
    /// Bytes of memory: a container's memory, a process's address space.
    pub memory_bytes: Option<u64>,
    /// Thousandths of a core; containers only.
    pub cpu_millis: Option<u32>,
    /// Less urgent than others: 0 to 19, as `nice` counts; processes only.
    pub nice: Option<u8>,
}

impl Spec {
    /// Fills in `{port}`, `{address}`, `{instance}` and `{group}`; other braces stay as they are. Values are never
    /// looked through again, and nothing is split: one argument stays one.
    pub(super) fn fill(&self, text: &str, address: IpAddr) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            filled.push_str(&rest[..open]);
            rest = &rest[open..];
            let value = |name: &str| match name {
                "{port}" => Some(self.port.to_string()),
                "{address}" => Some(address.to_string()),
                "{instance}" => Some(self.instance.to_string()),
                "{group}" => Some(self.group.to_string()),
                _ => None,
            };
            let name = rest.find('}').map_or("", |close| &rest[..=close]);
            match value(name) {
                Some(value) => {
                    filled.push_str(&value);
                    rest = &rest[name.len()..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    /// The whole command, filled in.
    pub(super) fn arguments(&self, address: IpAddr) -> Vec<String> {
        self.template.command.iter().map(|argument| self.fill(argument, address)).collect()
    }

    /// The template's environment filled in, with what every instance is told besides.
    pub(super) fn environment(&self, address: IpAddr) -> BTreeMap<String, String> {
        let own = self.template.env.iter();
        let mut all: BTreeMap<String, String> =
            own.map(|(name, value)| (name.clone(), self.fill(value, address))).collect();
        all.insert(INSTANCE_VARIABLE.to_owned(), self.instance.to_string());
        all.insert("ELBOW_GROUP".to_owned(), self.group.to_string());
        all.insert("ELBOW_ADDRESS".to_owned(), address.to_string());
        all.insert("ELBOW_PORT".to_owned(), self.port.to_string());
        all
    }
}

/// The environment variable that names the instance; left-over processes are known by it.
pub(super) const INSTANCE_VARIABLE: &str = "ELBOW_INSTANCE";

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn spec() -> Spec {
        Spec {
            group: ScalingGroupId::from(Uuid::from_u128(1)),
            instance: InstanceId::from(Uuid::from_u128(2)),
            project: ProjectId::from(Uuid::from_u128(3)),
            address: None,
            port: 8080,
            template: Template {
                command: vec!["{address}".to_owned()],
                image: None,
                env: BTreeMap::from([
                    ("URL".to_owned(), "http://{address}:{port}/".to_owned()),
                    (INSTANCE_VARIABLE.to_owned(), "another".to_owned()),
                ]),
                limits: Limits::default(),
                grace: Duration::ZERO,
            },
        }
    }

    #[test]
    fn placeholders_are_filled_in_once_and_others_stay() {
        let address = "127.0.0.1".parse().unwrap();
        let fill = |text: &str| spec().fill(text, address);
        assert_eq!(fill("--bind={address}:{port}"), "--bind=127.0.0.1:8080");
        assert_eq!(fill("{instance}"), "00000000-0000-0000-0000-000000000002");
        assert_eq!(fill("{group}"), "00000000-0000-0000-0000-000000000001");
        for plain in ["", "{", "}", "{}", "{Port}", "{ port }", "a{b", "$(port) `port`"] {
            assert_eq!(fill(plain), plain);
        }
        assert_eq!(fill("{{port}}{port"), "{8080}{port");
    }

    #[test]
    fn a_template_cannot_forge_what_an_instance_is_told_of_itself() {
        let environment = spec().environment("::1".parse().unwrap());
        assert_eq!(environment["URL"], "http://::1:8080/");
        assert_eq!(environment[INSTANCE_VARIABLE], spec().instance.to_string());
    }
}
