//! Load balancers with everything below them, as the API shows them.

use serde::Deserialize;
use serde_json::Value;

use super::Reference;

/// A load balancer; in lists without members and warnings.
#[derive(Debug, Deserialize)]
pub(crate) struct LoadBalancer {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) network: Reference,
    pub(crate) vip: String,
    pub(crate) enabled: bool,
    pub(crate) deletion_protection: bool,
    pub(crate) status: String,
    pub(crate) status_reason: Option<String>,
    pub(crate) health: String,
    pub(crate) effective: Effective,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    pub(crate) method: String,
    pub(crate) listeners: Vec<Listener>,
    /// The default one first.
    pub(crate) pools: Vec<Pool>,
    pub(crate) owner: Reference,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

/// How far the present revision is in force.
#[derive(Debug, Deserialize)]
pub(crate) struct Effective {
    pub(crate) proxies: u32,
    pub(crate) of: u32,
    pub(crate) after_ms: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Listener {
    pub(crate) id: String,
    pub(crate) protocol: String,
    pub(crate) port: u16,
    pub(crate) address: String,
    pub(crate) enabled: bool,
    pub(crate) pool: Option<Reference>,
    pub(crate) certificate: Option<CertificateReference>,
    #[serde(default)]
    pub(crate) certificates: Vec<CertificateReference>,
    pub(crate) tls_policy: Option<String>,
    #[serde(default)]
    pub(crate) rules: Vec<Rule>,
}

/// A certificate that a listener shows; without name for who may not see it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CertificateReference {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) priority: u32,
    pub(crate) enabled: bool,
    #[serde(rename = "match")]
    pub(crate) conditions: Value,
    pub(crate) action: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Pool {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_default: bool,
    pub(crate) method: String,
    pub(crate) health_monitor: Option<HealthMonitor>,
    pub(crate) session_persistence: Option<Value>,
    pub(crate) member_count: u64,
    pub(crate) healthy_count: u64,
    #[serde(default)]
    pub(crate) members: Vec<Member>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct HealthMonitor {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) interval_ms: u32,
    pub(crate) timeout_ms: u32,
    pub(crate) rise: u32,
    pub(crate) fall: u32,
    pub(crate) path: Option<String>,
    pub(crate) expected_codes: Option<String>,
    pub(crate) enabled: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) address: String,
    pub(crate) port: Option<u16>,
    pub(crate) weight: u16,
    pub(crate) backup: bool,
    pub(crate) enabled: bool,
    pub(crate) health: String,
    pub(crate) last_failure: Option<LastFailure>,
    pub(crate) in_flight: u64,
    pub(crate) registered_by: Option<RegisteredBy>,
}

/// The last check that failed.
#[derive(Debug, Deserialize)]
pub(crate) struct LastFailure {
    pub(crate) at: String,
    pub(crate) attempt: String,
    pub(crate) outcome: String,
}

/// The group that a member is an instance of.
#[derive(Debug, Deserialize)]
pub(crate) struct RegisteredBy {
    pub(crate) scaling_group: Reference,
}

impl Member {
    /// Address and port, as people write them.
    pub(crate) fn place(&self) -> String {
        let is_v6 = self.address.contains(':');
        match self.port {
            Some(port) if is_v6 => format!("[{}]:{port}", self.address),
            Some(port) => format!("{}:{port}", self.address),
            None => self.address.clone(),
        }
    }
}

impl LoadBalancer {
    /// The pool that serves listeners that name no other.
    pub(crate) fn default_pool(&self) -> Option<&Pool> {
        self.pools.iter().find(|pool| pool.is_default)
    }
}

impl Listener {
    /// As the command line names it: `https:443`.
    pub(crate) fn notation(&self) -> String {
        format!("{}:{}", self.protocol.to_lowercase(), self.port)
    }
}
