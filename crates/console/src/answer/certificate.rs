//! Certificates as the API shows them; never a key.

use serde::Deserialize;

use super::Reference;

#[derive(Debug, Deserialize)]
pub(crate) struct Certificate {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) status: String,
    pub(crate) status_reason: Option<String>,
    pub(crate) subject: String,
    pub(crate) names: Vec<String>,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) not_before: String,
    pub(crate) not_after: String,
    pub(crate) key_type: String,
    pub(crate) fingerprint_sha256: String,
    pub(crate) chain: Vec<ChainLink>,
    pub(crate) used_by: Vec<Use>,
    pub(crate) warnings: Vec<String>,
    #[serde(default)]
    pub(crate) created_at: String,
}

/// One certificate of a chain.
#[derive(Debug, Deserialize)]
pub(crate) struct ChainLink {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) not_after: String,
}

/// A listener that shows it.
#[derive(Debug, Deserialize)]
pub(crate) struct Use {
    pub(crate) load_balancer: Reference,
    pub(crate) listener: Reference,
}
