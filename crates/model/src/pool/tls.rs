//! TLS to a pool's members.

use serde::{Deserialize, Serialize};

use crate::value::{Der, HostName};

/// TLS to members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolTls {
    /// Whether members must prove who they are.
    pub verify: Verify,
    /// The server name that is asked for (SNI) and, if members are verified, must be in their certificate. Without it
    /// none is asked for, and the certificate must be for the member's address.
    pub server_name: Option<HostName>,
}

/// Whether members must prove who they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// Any certificate will do: the traffic is hidden from those who only listen.
    #[default]
    Nothing,
    /// Their certificate must be signed by one of these, for the right name and valid now.
    Against(Vec<Der>),
}
