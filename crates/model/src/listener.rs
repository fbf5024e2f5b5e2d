//! Listeners: where a load balancer accepts traffic, and what it does with it first.

mod tls;

use std::fmt;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::rule::Rule;
use crate::value::{
    Bounded, HeaderName, HeaderText, ListenerId, Name, PoolId, Port, Revision, Timestamp,
};

pub use tls::{AlpnProtocol, ClientAuth, Hsts, HstsSeconds, ListenerTls, TlsPolicy};

/// A port of a load balancer's virtual IP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// What APIs call it.
    pub id: ListenerId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it or its rules last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it or its rules.
    pub revision: Revision,
    /// What users can edit.
    pub settings: ListenerSettings,
    /// By priority, lowest first.
    pub rules: Vec<Arc<Rule>>,
}

/// What users can edit on a listener; protocol and port are fixed at creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerSettings {
    /// Unique in the load balancer; `http-80` and the like if the user gave none.
    pub name: Name,
    /// What is spoken on it.
    pub protocol: Protocol,
    /// Where it listens.
    pub port: Port,
    /// Whether it listens.
    pub enabled: bool,
    /// Where requests go that no rule takes; the default pool if none.
    pub pool: Option<PoolId>,
    /// The port of every member as seen from this listener, in place of the members' own.
    pub member_port: Option<Port>,
    /// Fields set on every request to a member, after the client's own of that name were removed.
    pub insert_headers: Vec<InsertedHeader>,
    /// Peers whose `X-Forwarded-*`, `Forwarded` and PROXY protocol headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether connections from trusted proxies start with a PROXY protocol header (v1 or v2).
    pub proxy_protocol: bool,
    /// How long to wait for whom.
    pub timeouts: Timeouts,
    /// The most connections at once. Over HTTP, further ones are answered 503 with `Retry-After`
    /// and closed; byte streams are closed.
    pub connection_limit: Option<ConnectionLimit>,
    /// The most connections at once from one source address; further ones as above.
    pub connection_limit_per_source: Option<ConnectionLimit>,
    /// Who may connect; everybody if empty.
    pub allowed_cidrs: Vec<IpNet>,
    /// On HTTPS listeners, and only there.
    #[serde(default)]
    pub tls: Option<ListenerTls>,
    /// Whether HTTP/2 is spoken in clear with clients that begin with it (RFC 9113 §3.3); on HTTP listeners only.
    #[serde(default)]
    pub http2: bool,
    /// Whether every request is answered 308 to `https` on this port, before any rule; on HTTP listeners only.
    #[serde(default)]
    pub https_redirect: Option<Port>,
}

/// A number of connections.
pub type ConnectionLimit = Bounded<1, 1_000_000>;
/// A timeout in milliseconds, up to a day.
pub type TrafficTimeoutMs = Bounded<10, 86_400_000>;

/// How long a listener waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// For the next request of a kept-alive client, or for any byte on an idle TCP connection.
    pub client_idle_ms: TrafficTimeoutMs,
    /// For a connection to a member.
    pub member_connect_ms: TrafficTimeoutMs,
    /// For the head of a member's response, and between two parts of its body.
    pub member_response_ms: TrafficTimeoutMs,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            client_idle_ms: TrafficTimeoutMs::constant::<60_000>(),
            member_connect_ms: TrafficTimeoutMs::constant::<3_000>(),
            member_response_ms: TrafficTimeoutMs::constant::<60_000>(),
        }
    }
}

/// A field that a listener sets on requests to members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsertedHeader {
    /// Field name; never a framing or hop-by-hop field.
    pub name: HeaderName,
    /// Field value.
    pub value: HeaderText,
}

impl ListenerSettings {
    /// The most inserted fields.
    pub const MAX_INSERTED_HEADERS: usize = 32;
    /// The most networks in each list of networks.
    pub const MAX_CIDRS: usize = 256;

    /// A listener with default settings.
    pub fn new(name: Name, protocol: Protocol, port: Port) -> Self {
        Self {
            name,
            protocol,
            port,
            enabled: true,
            pool: None,
            member_port: None,
            insert_headers: Vec::new(),
            trusted_proxies: Vec::new(),
            proxy_protocol: false,
            timeouts: Timeouts::default(),
            connection_limit: None,
            connection_limit_per_source: None,
            allowed_cidrs: Vec::new(),
            tls: None,
            http2: false,
            https_redirect: None,
        }
    }
}

/// What is spoken on a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// HTTP/1.1 in clear.
    Http,
    /// HTTP over TLS that ends at the balancer.
    Https,
    /// A byte stream.
    Tcp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
            Self::Tcp => "TCP",
        })
    }
}
