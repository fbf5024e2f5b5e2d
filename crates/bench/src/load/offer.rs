//! What a round's clients offer in their handshakes, and insist on: one version, one cipher suite,
//! X25519, one application protocol, the bench's own certificate. A contender that answers with
//! anything else fails the round.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls12Resumption,
    Tls13ClientSessionValue, UnbufferedClientConnection,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, HandshakeKind, NamedGroup, ProtocolVersion,
    SignatureScheme, version,
};

use super::order::HandshakeCount;
use crate::failure::Failure;
use crate::identity::HOST;
use crate::tls::{Application, Handshakes, Tls, Version};

/// Tickets that are kept for later connections.
const TICKETS: usize = 1024;

/// An offer, ready for as many connections as wanted. Tickets live as long as it does.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) tls: Tls,
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Offer {
    /// Takes only servers with this certificate.
    pub(crate) fn new(tls: Tls, certificate: &[u8]) -> Result<Self, Failure> {
        let failed = |error: Error| Failure::new(format!("TLS of the generator: {error}"));
        let provider = Arc::new(provider(tls.version));
        let versions = match tls.version {
            Version::Tls12 => [&version::TLS12],
            Version::Tls13 => [&version::TLS13],
        };
        let pinned = Pinned { certificate: certificate.to_vec(), provider: provider.clone() };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(pinned))
            .with_no_client_auth();
        config.alpn_protocols = vec![tls.application.alpn().as_bytes().to_vec()];
        config.resumption = match tls.handshakes {
            Handshakes::Full => Resumption::disabled(),
            Handshakes::Resumed => Resumption::store(Arc::new(Sessions::default()))
                .tls12_resumption(Tls12Resumption::SessionIdOrTickets),
        };
        let name = ServerName::try_from(HOST).map_err(|error| Failure::new(error.to_string()))?;
        Ok(Self { tls, config: Arc::new(config), name })
    }

    /// The client's end of a new connection.
    pub(super) fn connect(&self) -> Result<UnbufferedClientConnection, String> {
        UnbufferedClientConnection::new(self.config.clone(), self.name.clone())
            .map_err(|error| error.to_string())
    }

    /// Judges a finished handshake by what was agreed.
    pub(super) fn judge(
        &self,
        connection: &UnbufferedClientConnection,
    ) -> Result<Handshakes, String> {
        let version = match self.tls.version {
            Version::Tls12 => ProtocolVersion::TLSv1_2,
            Version::Tls13 => ProtocolVersion::TLSv1_3,
        };
        if connection.protocol_version() != Some(version) {
            return Err(format!("agreed on {:?}", connection.protocol_version()));
        }
        let group = connection.negotiated_key_exchange_group().map(|group| group.name());
        if group != Some(NamedGroup::X25519) {
            return Err(format!("exchanged keys by {group:?}"));
        }
        let alpn = connection.alpn_protocol().unwrap_or_default();
        // RFC 7301 §3.2: a server without ALPN speaks what the port says, HTTP/1.1.
        let is_silent = alpn.is_empty() && self.tls.application == Application::Http1;
        if alpn != self.tls.application.alpn().as_bytes() && !is_silent {
            return Err(format!("agreed on protocol `{}`", String::from_utf8_lossy(alpn)));
        }
        match connection.handshake_kind() {
            Some(HandshakeKind::Full) => Ok(Handshakes::Full),
            Some(HandshakeKind::Resumed) => Ok(Handshakes::Resumed),
            other => Err(format!("a handshake of kind {other:?}")),
        }
    }
}

/// What is wrong with how connections began, if anything.
pub(super) fn fault(expected: Handshakes, count: &HandshakeCount) -> Option<String> {
    let HandshakeCount { full, resumed, .. } = *count;
    match expected {
        Handshakes::Full if resumed > 0 => Some(format!("{resumed} handshakes were resumed")),
        Handshakes::Resumed if full > 0 => {
            Some(format!("{full} handshakes were not resumed, {resumed} were"))
        }
        Handshakes::Full | Handshakes::Resumed => None,
    }
}

/// One suite and one group for the key exchange: every contender has to do the same work.
fn provider(version: Version) -> CryptoProvider {
    use aws_lc_rs::{cipher_suite, kx_group};
    let suite = match version {
        Version::Tls12 => cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Version::Tls13 => cipher_suite::TLS13_AES_128_GCM_SHA256,
    };
    CryptoProvider {
        cipher_suites: vec![suite],
        kx_groups: vec![kx_group::X25519, kx_group::SECP256R1],
        ..aws_lc_rs::default_provider()
    }
}

/// Knows one certificate by its bytes; the server must still prove that it has the key.
#[derive(Debug)]
struct Pinned {
    certificate: Vec<u8>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if end_entity.as_ref() == self.certificate {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::General("another certificate than the bench's".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// Sessions with the one server of a round. Unlike the usual store it keeps enough tickets for all
/// connections that are opened at once.
#[derive(Debug, Default)]
struct Sessions {
    tls12: Mutex<Option<Tls12ClientSessionValue>>,
    tls13: Mutex<VecDeque<Tls13ClientSessionValue>>,
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, _server_name: ServerName<'static>, _group: NamedGroup) {}

    fn kx_hint(&self, _server_name: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        *self.tls12.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    fn tls12_session(&self, _server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.tls12.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remove_tls12_session(&self, _server_name: &ServerName<'static>) {
        *self.tls12.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn insert_tls13_ticket(
        &self,
        _server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        let mut tickets = self.tls13.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() == TICKETS {
            tickets.pop_front();
        }
        tickets.push_back(value);
    }

    fn take_tls13_ticket(
        &self,
        _server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        self.tls13.lock().unwrap_or_else(PoisonError::into_inner).pop_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handshakes_of_the_wrong_kind_are_a_fault() {
        let count = |full, resumed| HandshakeCount { full, resumed, tickets: 0 };
        assert_eq!(fault(Handshakes::Full, &count(9, 0)), None);
        assert!(fault(Handshakes::Full, &count(9, 1)).is_some());
        assert_eq!(fault(Handshakes::Resumed, &count(0, 9)), None);
        assert!(fault(Handshakes::Resumed, &count(1, 9)).is_some());
    }
}
