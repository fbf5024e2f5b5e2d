//! TLS of listeners: from a Table's certificates to what workers shake hands with. Built off the
//! workers, shared by all of them, never changed: a new certificate is a new value, taken by the
//! next handshake.
//!
//! ```text
//! TableTls --build (opens sealed keys)--> ListenerTls --session--> worker/channel
//!                                            \-> resolver: SNI, kinds of keys
//! ```
//!
//! No key may leave this module, and no opened key outlives its parsing.

mod build;
mod choice;
mod client_certificate;

use std::collections::HashMap;
use std::sync::Arc;

use elbow_model::listener::AlpnProtocol;
use elbow_model::table::TableTls;
use elbow_model::value::{CertificateId, ListenerId, SealedKey};
use elbow_traffic::tls::names::CertificateNames;
use rustls::server::{ProducesTickets, UnbufferedServerConnection};
use rustls::{ServerConfig, sign::CertifiedKey};
use zeroize::Zeroizing;

pub use build::build;
pub use choice::{Choice, take_choice};
pub use client_certificate::client_certificate_lines;

/// Opens sealed keys. The proxy knows no secret by itself: whoever runs it gives it this.
pub trait OpenKey: std::fmt::Debug + Send + Sync {
    /// The private key of a certificate in PKCS#8 DER (RFC 5958).
    ///
    /// # Errors
    /// Why it can't be opened, for whoever operates the balancer.
    fn open(&self, of: CertificateId, sealed: &SealedKey) -> Result<Zeroizing<Vec<u8>>, String>;
}

/// Opens none: for processes that were given no way to.
#[derive(Clone, Copy, Debug)]
pub struct NoKeys;

impl OpenKey for NoKeys {
    fn open(&self, _of: CertificateId, _sealed: &SealedKey) -> Result<Zeroizing<Vec<u8>>, String> {
        Err("this proxy was given no way to open sealed keys".to_owned())
    }
}

/// TLS of a listener as workers speak it.
pub struct ListenerTls {
    table: TableTls,
    config: Arc<ServerConfig>,
    keys: Vec<Arc<CertifiedKey>>,
    names: Arc<CertificateNames>,
    tickets: Arc<dyn ProducesTickets>,
}

/// What a load balancer's HTTPS listeners have.
pub type SecureListeners = HashMap<ListenerId, Arc<ListenerTls>>;

impl ListenerTls {
    /// What it was built from.
    #[must_use]
    pub fn table(&self) -> &TableTls {
        &self.table
    }

    /// The server's side of a connection that begins.
    ///
    /// # Errors
    /// For want of randomness.
    pub(crate) fn session(&self) -> Result<UnbufferedServerConnection, rustls::Error> {
        UnbufferedServerConnection::new(self.config.clone())
    }

    /// Whether a request for `host` came over a connection that showed the certificate at place
    /// `shown`, while only others of this listener are for that host.
    #[must_use]
    pub fn is_misdirected(&self, host: &[u8], shown: u16) -> bool {
        self.keys.len() > 1 && self.names.is_misdirected(host, shown)
    }
}

impl std::fmt::Debug for ListenerTls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ListenerTls({} certificates)", self.keys.len())
    }
}

/// What HTTP/2 over TLS is called (RFC 9113 §3.2).
pub(crate) const HTTP2_PROTOCOL: &[u8] = b"h2";

/// What is offered by ALPN (RFC 7301), the preferred one first.
fn offered_protocols(table: &TableTls) -> Vec<Vec<u8>> {
    let spoken = table.alpn.iter().map(|protocol| match protocol {
        AlpnProtocol::H2 => HTTP2_PROTOCOL.to_vec(),
        AlpnProtocol::Http11 => b"http/1.1".to_vec(),
    });
    match table.alpn.is_empty() {
        true => vec![b"http/1.1".to_vec()],
        false => spoken.collect(),
    }
}
