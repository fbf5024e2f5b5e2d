//! Which TLS a workload speaks: the same for every contender and for the client, so that nobody wins
//! by a weaker cipher. A choice, not its configuration: contenders put it in their own words.

/// The cipher suites, one for each version.
pub(crate) const SUITE_TLS13: &str = "TLS_AES_128_GCM_SHA256";
pub(crate) const SUITE_TLS12: &str = "ECDHE-ECDSA-AES128-GCM-SHA256";
/// The groups: the first is what all are held to for the key exchange. TLS 1.2 needs the second for the
/// certificate's key (RFC 8422 §5.1).
pub(crate) const GROUPS: [&str; 2] = ["X25519", "P-256"];

/// What a contender's front speaks in a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Front {
    Clear,
    Tls(Tls),
}

/// TLS with all that is chosen about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) version: Version,
    pub(crate) application: Application,
    pub(crate) handshakes: Handshakes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Tls12,
    Tls13,
}

impl Version {
    /// As HAProxy, nginx and OpenSSL name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }
}

/// What is carried, by ALPN (RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Application {
    Http1,
    Http2,
}

impl Application {
    pub(crate) fn alpn(self) -> &'static str {
        match self {
            Self::Http1 => "http/1.1",
            Self::Http2 => "h2",
        }
    }
}

/// How connections begin. With `Full`, contenders issue no tickets and the client offers none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handshakes {
    Full,
    Resumed,
}
