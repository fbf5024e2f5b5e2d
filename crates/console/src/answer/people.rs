//! Projects, users, memberships, API keys and the audit log, as the API shows them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Reference;

#[derive(Debug, Deserialize)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    /// The key itself: in the answer that made it alone.
    #[serde(default)]
    pub(crate) key: Option<String>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) role: String,
    pub(crate) access: String,
    pub(crate) status: String,
    pub(crate) expires_at: String,
    pub(crate) last_used_at: Option<String>,
    pub(crate) created_at: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) quota: BTreeMap<String, u32>,
    #[serde(default)]
    pub(crate) used: BTreeMap<String, u32>,
    #[serde(default)]
    pub(crate) drivers: Vec<String>,
    pub(crate) created_at: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) memberships: Vec<UserMembership>,
    pub(crate) created_at: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct UserMembership {
    pub(crate) project: Reference,
    pub(crate) role: String,
}

/// A user's membership of a project.
#[derive(Debug, Deserialize)]
pub(crate) struct Membership {
    pub(crate) user: Reference,
    pub(crate) role: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AuditEntry {
    pub(crate) number: u64,
    pub(crate) at: String,
    pub(crate) who: Actor,
    pub(crate) source: Option<String>,
    pub(crate) action: String,
    pub(crate) revision: Option<u64>,
    pub(crate) project: Option<Reference>,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) more: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Actor {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Deed {
    pub(crate) action: String,
    pub(crate) resource: Resource,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
}

/// A proxy that is connected.
#[derive(Debug, Deserialize)]
pub(crate) struct Proxy {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) connected_at: String,
    pub(crate) revision: u64,
    pub(crate) newest_revision: u64,
    pub(crate) in_force: usize,
    pub(crate) failed: Vec<NotInForce>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct NotInForce {
    pub(crate) load_balancer: String,
    pub(crate) reason: String,
}
