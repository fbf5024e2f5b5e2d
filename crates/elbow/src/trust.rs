//! TLS to services: whom their certificates must come from.

use std::io;
use std::path::Path;
use std::sync::Arc;

use elbow_vault::intake::read_ca;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::failure::Failure;
use crate::input::read_text;
use crate::up::now;

/// Whom certificates must come from; clones are the same.
#[derive(Clone)]
pub(crate) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// The certificates in this file alone, or the authorities that this machine trusts.
    pub(crate) fn new(ca_file: Option<&Path>) -> Result<Self, Failure> {
        let roots = match ca_file {
            Some(path) => of_file(path)?,
            None => of_this_machine(),
        };
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::Usage(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Speaks TLS on a connection to this host.
    pub(crate) async fn connect(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await
    }
}

fn of_file(path: &Path) -> Result<RootCertStore, Failure> {
    let wrong = |reason: String| Failure::Usage(format!("{}: {reason}", path.display()));
    let read =
        read_ca(&read_text(path)?, now()).map_err(|refusal| wrong(refusal.reason.to_string()))?;
    let mut roots = RootCertStore::empty();
    for authority in &read.certificates {
        let certificate = CertificateDer::from(authority.as_bytes().to_vec());
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(roots)
}

fn of_this_machine() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(%error, "a certificate authority of this machine cannot be read");
    }
    // Old machines have some that no longer parse.
    roots.add_parsable_certificates(found.certs);
    roots
}
