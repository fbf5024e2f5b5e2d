//! Servers that speak TLS, with certificates that nobody has reason to trust.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign;
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::origin::Origin;

/// One client's connection, its handshake done with the first byte.
pub type Secure = StreamOwned<ServerConnection, TcpStream>;

/// Shows its certificate without asking whether the key belongs to it.
#[derive(Debug)]
struct Shown(Arc<sign::CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<sign::CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// What a server with a certificate for a name nobody asks for needs.
pub fn server(versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let CertifiedKey { cert, signing_key } = certificate();
    showing(versions, &cert, &signing_key)
}

/// The same, with a key that is not its certificate's.
pub fn impostor(versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    showing(versions, &certificate().cert, &certificate().signing_key)
}

fn certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(vec!["somewhere.else".to_owned()]).unwrap()
}

fn showing(
    versions: &[&'static SupportedProtocolVersion],
    cert: &rcgen::Certificate,
    key: &KeyPair,
) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
    let shown = Shown(Arc::new(sign::CertifiedKey::new(vec![cert.der().clone()], key)));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    Arc::new(config)
}

/// Answers every request, one per connection, with what `answer` makes of its head.
pub fn origin(
    config: Arc<ServerConfig>,
    answer: impl Fn(&Secure, &str) -> String + Send + Sync + 'static,
) -> Origin {
    Origin::start(move |peer| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut secure = StreamOwned::new(connection, peer.stream);
        let Some(head) = read_head(&mut secure) else { return };
        let answer = answer(&secure, &head);
        // The client may have gone.
        let _gone = secure.write_all(answer.as_bytes()).and_then(|()| secure.flush());
        let _end = secure.read(&mut [0]);
    })
}

fn read_head(secure: &mut Secure) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if !secure.read(&mut byte).is_ok_and(|count| count == 1) {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}
