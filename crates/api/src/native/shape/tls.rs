//! TLS of listeners and pools as the native dialect shows it.

use elbow_model::listener::{self as model, AlpnProtocol};
use elbow_model::pool;
use elbow_model::value::Port;
use serde::Serialize;
use utoipa::ToSchema;

use crate::pem;

/// Which versions of TLS are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::native) enum TlsPolicy {
    #[serde(rename = "TLS_1_2")]
    Tls12,
    #[serde(rename = "TLS_1_2_1_3")]
    Tls12And13,
    #[serde(rename = "TLS_1_3")]
    Tls13,
}

impl From<model::TlsPolicy> for TlsPolicy {
    fn from(policy: model::TlsPolicy) -> Self {
        match policy {
            model::TlsPolicy::Tls12 => Self::Tls12,
            model::TlsPolicy::Tls12And13 => Self::Tls12And13,
            model::TlsPolicy::Tls13 => Self::Tls13,
        }
    }
}

/// Whether clients show certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum ClientAuth {
    None,
    Optional,
    Required,
}

impl From<&model::ClientAuth> for ClientAuth {
    fn from(auth: &model::ClientAuth) -> Self {
        match auth {
            model::ClientAuth::None => Self::None,
            model::ClientAuth::Optional { .. } => Self::Optional,
            model::ClientAuth::Required { .. } => Self::Required,
        }
    }
}

/// A version of HTTP that is offered within TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::native) enum Alpn {
    #[serde(rename = "h2")]
    H2,
    #[serde(rename = "http/1.1")]
    Http11,
}

impl From<AlpnProtocol> for Alpn {
    fn from(protocol: AlpnProtocol) -> Self {
        match protocol {
            AlpnProtocol::H2 => Self::H2,
            AlpnProtocol::Http11 => Self::Http11,
        }
    }
}

/// Tells browsers to come by HTTPS only (RFC 6797).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Hsts {
    /// How long browsers remember it, in seconds: 0 to 315360000; 0 makes them forget.
    max_age_s: u32,
    /// Whether it holds for names below, too.
    #[schema(required = false, default = false)]
    include_subdomains: bool,
    /// Whether browsers may have it built in.
    #[schema(required = false, default = false)]
    preload: bool,
}

impl From<model::Hsts> for Hsts {
    fn from(hsts: model::Hsts) -> Self {
        let model::Hsts { max_age_s, include_subdomains, preload } = hsts;
        Self { max_age_s: max_age_s.get(), include_subdomains, preload }
    }
}

/// Every request is answered 308 to `https` on a port. Requests may give the port alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct HttpsRedirect {
    /// 1 to 65535.
    port: u16,
}

impl From<Port> for HttpsRedirect {
    fn from(port: Port) -> Self {
        Self { port: port.get() }
    }
}

/// TLS to members.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct PoolTls {
    /// Whether members must prove who they are, to one of `ca`; true if `ca` is given.
    #[schema(required = false)]
    verify: bool,
    /// Certificates of authorities in PEM. Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<String>,
    /// The server name that is asked for and verified; without it the member's address is verified.
    server_name: Option<String>,
}

impl PoolTls {
    /// The same in a list, whose length certificates must not multiply.
    pub(in crate::native) fn without_ca(self) -> Self {
        Self { ca: None, ..self }
    }
}

impl From<&pool::PoolTls> for PoolTls {
    fn from(tls: &pool::PoolTls) -> Self {
        let pool::PoolTls { verify, server_name } = tls;
        let ca = match verify {
            pool::Verify::Nothing => None,
            pool::Verify::Against(ca) => Some(pem::certificates(ca)),
        };
        Self {
            verify: ca.is_some(),
            ca,
            server_name: server_name.as_ref().map(ToString::to_string),
        }
    }
}
