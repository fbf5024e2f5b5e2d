//! What an HTTPS listener does about TLS.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{Bounded, CertificateId, Der};

/// TLS of an HTTPS listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerTls {
    /// Shown to clients that name no server, or one that no other certificate is for.
    pub certificate: CertificateId,
    /// Further ones, chosen by the server name that the client asks for (RFC 6066 §3).
    #[serde(default)]
    pub certificates: Vec<CertificateId>,
    /// Which versions are spoken.
    #[serde(default)]
    pub policy: TlsPolicy,
    /// Whether clients show certificates.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// Which versions of HTTP are offered (RFC 7301), the preferred one first; never empty.
    #[serde(default = "AlpnProtocol::both")]
    pub alpn: Vec<AlpnProtocol>,
    /// Whether browsers are told to come by HTTPS only.
    #[serde(default)]
    pub hsts: Option<Hsts>,
}

impl ListenerTls {
    /// The most certificates of a listener, the default one counted.
    pub const MAX_CERTIFICATES: usize = 64;
    /// The most CA certificates that clients' ones are verified against; a pool has as many at most.
    pub const MAX_CA_CERTIFICATES: usize = 64;
    /// The most bytes of them.
    pub const MAX_CA_BYTES: usize = 128 * 1024;

    /// Default settings with this certificate.
    pub fn new(certificate: CertificateId) -> Self {
        Self {
            certificate,
            certificates: Vec::new(),
            policy: TlsPolicy::default(),
            client_auth: ClientAuth::None,
            alpn: AlpnProtocol::both(),
            hsts: None,
        }
    }

    /// All certificates, the default one first.
    pub fn all_certificates(&self) -> impl Iterator<Item = CertificateId> + '_ {
        std::iter::once(self.certificate).chain(self.certificates.iter().copied())
    }
}

/// Which versions of TLS are spoken; older ones are none (RFC 8996).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsPolicy {
    /// 1.2 alone.
    #[default]
    Tls12,
    /// 1.2 and 1.3.
    Tls12And13,
    /// 1.3 alone.
    Tls13,
}

impl fmt::Display for TlsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tls12 => "TLS_1_2",
            Self::Tls12And13 => "TLS_1_2_1_3",
            Self::Tls13 => "TLS_1_3",
        })
    }
}

/// Whether clients show certificates (mutual TLS).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum ClientAuth {
    /// They are not asked.
    #[default]
    None,
    /// They are asked; one that is shown must be signed by one of these.
    Optional { ca: Vec<Der> },
    /// They must show one that is signed by one of these.
    Required { ca: Vec<Der> },
}

impl ClientAuth {
    /// Who must have signed clients' certificates; none if nobody asks for them.
    pub fn ca(&self) -> Option<&[Der]> {
        match self {
            Self::None => None,
            Self::Optional { ca } | Self::Required { ca } => Some(ca),
        }
    }

    /// The mode as a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Optional { .. } => "OPTIONAL",
            Self::Required { .. } => "REQUIRED",
        }
    }
}

/// Versions of HTTP that a listener offers within TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlpnProtocol {
    /// `h2` (RFC 9113).
    H2,
    /// `http/1.1`.
    Http11,
}

impl AlpnProtocol {
    /// Both, HTTP/2 preferred: what a listener offers unless somebody says otherwise.
    pub fn both() -> Vec<Self> {
        vec![Self::H2, Self::Http11]
    }
}

impl fmt::Display for AlpnProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::H2 => "h2",
            Self::Http11 => "http/1.1",
        })
    }
}

/// `Strict-Transport-Security` (RFC 6797).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hsts {
    /// How long browsers remember it; 0 makes them forget.
    pub max_age_s: HstsSeconds,
    /// Whether it holds for names below, too.
    #[serde(default)]
    pub include_subdomains: bool,
    /// Whether the owner agrees to be in browsers' built-in lists.
    #[serde(default)]
    pub preload: bool,
}

/// How long browsers remember to use HTTPS, in seconds: up to ten years.
pub type HstsSeconds = Bounded<0, 315_360_000>;
