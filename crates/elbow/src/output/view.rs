//! What the command line reads of the API's answers to show it to people. What it does not know it leaves alone, and
//! what is missing has a default: an older or newer service is shown as far as it is understood.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Failure;

/// Reads an answer as far as it is to be shown.
pub(crate) fn view<T: DeserializeOwned>(value: &Value) -> Result<T, Failure> {
    T::deserialize(value).map_err(|error| Failure::Garbled {
        place: "the service".to_owned(),
        reason: error.to_string(),
    })
}

/// Reads the items of a list.
pub(crate) fn items<T: DeserializeOwned>(value: &Value) -> Result<Vec<T>, Failure> {
    view(value.get("items").unwrap_or(value))
}

/// A reference to another resource: its name, or both name and id.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Reference {
    Name(String),
    Both { name: String },
}

impl Reference {
    /// What people call it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Both { name } => name,
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LoadBalancerView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) vip: String,
    pub(crate) network: Option<Reference>,
    pub(crate) project: Option<Reference>,
    pub(crate) owner: Option<Reference>,
    pub(crate) status: String,
    pub(crate) status_reason: Option<String>,
    pub(crate) health: String,
    pub(crate) revision: u64,
    pub(crate) effective: EffectiveView,
    pub(crate) warnings: Vec<String>,
    pub(crate) tags: std::collections::BTreeMap<String, String>,
    pub(crate) deletion_protection: bool,
    pub(crate) listeners: Vec<ListenerView>,
    pub(crate) pools: Vec<PoolView>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EffectiveView {
    pub(crate) proxies: u32,
    pub(crate) of: u32,
    pub(crate) after_ms: Option<u32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListenerView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) protocol: String,
    pub(crate) port: u16,
    pub(crate) enabled: Option<bool>,
    pub(crate) pool: Option<Reference>,
    pub(crate) connection_limit: Option<u32>,
    pub(crate) allowed_cidrs: Vec<String>,
    pub(crate) certificate: Option<ShownCertificate>,
    pub(crate) certificates: Vec<ShownCertificate>,
    pub(crate) tls_policy: Option<String>,
    pub(crate) https_redirect: Option<HttpsRedirectView>,
    pub(crate) rules: Vec<RuleView>,
}

/// A certificate that a listener refers to; without a name it is another user's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ShownCertificate {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HttpsRedirectView {
    pub(crate) port: u16,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RuleView {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) priority: u32,
    pub(crate) enabled: Option<bool>,
    #[serde(rename = "match")]
    pub(crate) condition: Value,
    pub(crate) action: Value,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PoolView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) health_monitor: Option<MonitorView>,
    pub(crate) session_persistence: Option<Value>,
    pub(crate) member_count: u64,
    pub(crate) healthy_count: u64,
    pub(crate) members: Vec<MemberView>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MonitorView {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) path: Option<String>,
    pub(crate) interval_ms: u32,
    pub(crate) enabled: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MemberView {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) address: String,
    pub(crate) port: Option<u16>,
    pub(crate) weight: u16,
    pub(crate) backup: bool,
    pub(crate) enabled: Option<bool>,
    pub(crate) health: String,
    pub(crate) in_flight: u64,
    pub(crate) last_failure: Option<FailureView>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FailureView {
    pub(crate) at: String,
    pub(crate) attempt: String,
    pub(crate) outcome: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkView {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) cidr: Option<String>,
    pub(crate) addresses: Vec<String>,
    pub(crate) region: Option<Reference>,
    pub(crate) project: Option<Reference>,
    pub(crate) description: Option<String>,
}
