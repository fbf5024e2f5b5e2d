//! Scaling groups with what belongs to them, as the API shows them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Reference;

/// A scaling group.
#[derive(Debug, Deserialize)]
pub(crate) struct ScalingGroup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) status: String,
    pub(crate) enabled: bool,
    pub(crate) network: Reference,
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) desired: u32,
    pub(crate) cooldown_s: u32,
    pub(crate) health_check: String,
    pub(crate) removal_policies: Vec<String>,
    pub(crate) drain_timeout_s: u32,
    pub(crate) health_grace_s: u32,
    pub(crate) warm_up_s: u32,
    pub(crate) idle_timeout_s: u32,
    pub(crate) wake_timeout_s: u32,
    pub(crate) wake_queue_max: u32,
    pub(crate) wake: Wake,
    pub(crate) deletion_protection: bool,
    pub(crate) protect_new: bool,
    pub(crate) template: Option<Template>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) suspended: Vec<String>,
    pub(crate) breaker: Breaker,
    pub(crate) instances: InstanceCounts,
    pub(crate) owner: Reference,
    pub(crate) revision: u64,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

/// What an instance is, by its driver.
#[derive(Debug, Deserialize)]
pub(crate) struct Template {
    pub(crate) driver: String,
    pub(crate) command: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) port: Option<u16>,
    pub(crate) working_dir: Option<String>,
    pub(crate) uid: Option<u32>,
    pub(crate) image: Option<String>,
    pub(crate) url: Option<String>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) limits: BTreeMap<String, u32>,
    pub(crate) version: u32,
}

/// That instances join a pool.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    pub(crate) load_balancer: Reference,
    pub(crate) pool: Reference,
    pub(crate) port: Option<u16>,
    pub(crate) weight: u16,
}

/// What stops a group whose launches keep failing.
#[derive(Debug, Deserialize)]
pub(crate) struct Breaker {
    pub(crate) failures: u32,
    pub(crate) open_until: Option<String>,
}

/// Whether a group sleeps, and what wakes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Wake {
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) waiting: u64,
}

/// How many instances there are, by status.
#[derive(Debug, Deserialize)]
pub(crate) struct InstanceCounts {
    pub(crate) total: u64,
    pub(crate) pending: u64,
    pub(crate) pending_wait: u64,
    pub(crate) in_service: u64,
    pub(crate) standby: u64,
    pub(crate) removing: u64,
    pub(crate) removing_wait: u64,
    pub(crate) protected: u64,
}

/// A server of a group.
#[derive(Debug, Deserialize)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) scaling_group: Reference,
    pub(crate) origin: String,
    pub(crate) name: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) reference: Option<String>,
    pub(crate) template_version: Option<u32>,
    pub(crate) status: String,
    pub(crate) status_since: String,
    pub(crate) protected: bool,
    pub(crate) removal_reason: Option<String>,
    pub(crate) drain_until: Option<String>,
    pub(crate) hooks: Vec<Wait>,
    pub(crate) members: Vec<Membership>,
    pub(crate) created_at: String,
}

/// An instance's wait for a lifecycle hook.
#[derive(Debug, Deserialize)]
pub(crate) struct Wait {
    pub(crate) hook: Reference,
    pub(crate) token: String,
    pub(crate) since: String,
    pub(crate) deadline: String,
    pub(crate) default_result: String,
}

/// What an instance is in a pool.
#[derive(Debug, Deserialize)]
pub(crate) struct Membership {
    pub(crate) id: String,
    pub(crate) load_balancer: Reference,
    pub(crate) pool: Reference,
    pub(crate) weight: u16,
    pub(crate) health: String,
}

/// What a group did or did not do.
#[derive(Debug, Deserialize)]
pub(crate) struct Activity {
    pub(crate) id: String,
    pub(crate) scaling_group: Reference,
    pub(crate) cause: Cause,
    pub(crate) before: u32,
    pub(crate) after: u32,
    pub(crate) instance: Option<String>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) result: String,
    pub(crate) code: Option<String>,
    pub(crate) text: String,
    pub(crate) started_at: String,
    pub(crate) ended_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Cause {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
}

/// A number that something was decided by.
#[derive(Debug, Deserialize)]
pub(crate) struct Evidence {
    pub(crate) metric: String,
    pub(crate) value: f64,
    pub(crate) compared_with: Option<f64>,
    pub(crate) window_s: u32,
}

/// Whether a group can be attached to a load balancer, and why not.
#[derive(Debug, Deserialize)]
pub(crate) struct Eligible {
    pub(crate) load_balancer: Reference,
    /// The default one first.
    pub(crate) pools: Vec<Reference>,
    pub(crate) eligible: bool,
    #[serde(default)]
    pub(crate) attached: bool,
    pub(crate) reasons: Vec<Ineligible>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Ineligible {
    pub(crate) code: String,
    pub(crate) reason: String,
}

impl ScalingGroup {
    /// What is on its way to service.
    pub(crate) fn coming(&self) -> u64 {
        self.instances.pending + self.instances.pending_wait
    }

    /// What is on its way out.
    pub(crate) fn leaving(&self) -> u64 {
        self.instances.removing + self.instances.removing_wait
    }
}

impl Instance {
    /// What people call it.
    pub(crate) fn title(&self) -> String {
        match (&self.name, self.place()) {
            (Some(name), _) => name.clone(),
            (None, Some(place)) => place,
            (None, None) => format!("#{}", self.number),
        }
    }

    /// Where it serves: `address:port`.
    pub(crate) fn place(&self) -> Option<String> {
        let address = self.address.as_deref()?;
        Some(match self.port {
            Some(port) if address.contains(':') => format!("[{address}]:{port}"),
            Some(port) => format!("{address}:{port}"),
            None => address.to_owned(),
        })
    }
}
