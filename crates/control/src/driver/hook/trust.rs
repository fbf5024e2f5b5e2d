//! The TLS of hooks: whom a service's certificate must come from.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use elbow_model::value::{Der, HostName};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Whom certificates must come from.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// The authorities that this machine trusts.
    pub fn system() -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in found.errors {
            tracing::warn!(%error, "a certificate authority of this machine cannot be read");
        }
        // Old machines have some that no longer parse.
        roots.add_parsable_certificates(found.certs);
        Self::of(roots)
    }

    /// These authorities alone.
    pub fn only(authorities: &[Der]) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            let certificate = CertificateDer::from(authority.as_bytes().to_vec());
            roots.add(certificate).map_err(io::Error::other)?;
        }
        Self::of(roots)
    }

    fn of(roots: RootCertStore) -> io::Result<Self> {
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Speaks TLS on a connection to this host.
    pub(super) async fn connect(
        &self,
        stream: TcpStream,
        host: &HostName,
        address: IpAddr,
    ) -> io::Result<TlsStream<TcpStream>> {
        // A host that is an address is checked as one.
        let name = match host.as_str().parse::<IpAddr>() {
            Ok(_) => ServerName::from(address),
            Err(_) => ServerName::try_from(host.to_string()).map_err(io::Error::other)?,
        };
        TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust(..)")
    }
}
