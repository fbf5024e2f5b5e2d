//! What a worker knows of a TLS connection beyond rustls: which listener's certificate was shown, to
//! whom, and what members are told of that client. It must be small, and cost a request nothing.

use std::sync::Arc;

use elbow_traffic::access_log::Secured;
use rustls::pki_types::CertificateDer;
use rustls::{CommonState, HandshakeKind, ProtocolVersion};

use crate::tls::{Choice, ListenerTls, client_certificate_lines};

/// Facts of a client's connection; none of a member's.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The listener's TLS that the handshake was made with.
    pub(crate) listener: Option<Arc<ListenerTls>>,
    /// Which of its certificates was shown, and the name that was asked for.
    pub(crate) choice: Option<Choice>,
    /// What members are told of the client's certificate, as whole lines.
    pub(crate) client_certificate: Box<[u8]>,
}

impl Facts {
    pub(super) fn note_peer(&mut self, shown: Option<&[CertificateDer<'_>]>) {
        if let Some(listener) = &self.listener {
            let auth = &listener.table().client_auth;
            self.client_certificate = client_certificate_lines(auth, shown);
        }
    }

    /// Whether a request for `host` belongs on another connection.
    pub(crate) fn is_misdirected(&self, host: &[u8]) -> bool {
        match (&self.listener, &self.choice) {
            (Some(listener), Some(choice)) => listener.is_misdirected(host, choice.certificate),
            (Some(_) | None, _) => false,
        }
    }

    /// What the access log says.
    pub(crate) fn secured<'a>(&'a self, agreed: &'a CommonState) -> Secured<'a> {
        let cipher = agreed.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
        Secured {
            version: match agreed.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                Some(_) | None => "",
            },
            cipher: cipher.map_or("", registered),
            server_name: self.choice.as_ref().and_then(|choice| choice.server_name.as_deref()),
            alpn: agreed.alpn_protocol(),
            is_resumed: agreed.handshake_kind() == Some(HandshakeKind::Resumed),
        }
    }
}

/// The registered name of a cipher suite (RFC 8446 §B.4), which rustls has in its own way.
fn registered(cipher: &'static str) -> &'static str {
    match cipher {
        "TLS13_AES_128_GCM_SHA256" => "TLS_AES_128_GCM_SHA256",
        "TLS13_AES_256_GCM_SHA384" => "TLS_AES_256_GCM_SHA384",
        "TLS13_CHACHA20_POLY1305_SHA256" => "TLS_CHACHA20_POLY1305_SHA256",
        // Those of TLS 1.2 are as they should be.
        other => other,
    }
}
