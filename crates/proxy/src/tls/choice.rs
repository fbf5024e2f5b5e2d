//! Which certificate a client is shown: by the name it asks for and the kinds of signatures it
//! understands. It must always have an answer, the default certificate.

use std::cell::Cell;
use std::sync::Arc;

use elbow_traffic::tls::names::CertificateNames;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

thread_local! {
    /// The choice of the handshake that this thread is at: rustls' unbuffered connections do not
    /// tell the name that was asked for.
    static CHOICE: Cell<Option<Choice>> = const { Cell::new(None) };
}

/// What was chosen for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The certificate's place in its listener's list.
    pub certificate: u16,
    /// The name that the client asked for, in lower case.
    pub server_name: Option<Box<str>>,
}

/// The choice made on this thread since the last call, if any: a handshake that goes on later, in
/// another event, has none to make.
#[must_use]
pub fn take_choice() -> Option<Choice> {
    CHOICE.take()
}

/// A listener's certificates.
#[derive(Debug)]
pub(super) struct Resolver {
    /// The default one first.
    pub(super) keys: Vec<Arc<CertifiedKey>>,
    pub(super) names: Arc<CertificateNames>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let schemes = hello.signature_schemes();
        let is_understood = |place: &u16| {
            let known = self.keys.get(usize::from(*place));
            known.is_some_and(|known| known.key.choose_scheme(schemes).is_some())
        };
        let name = hello.server_name();
        let candidates =
            || name.into_iter().flat_map(|name| self.names.candidates(name.as_bytes()));
        // A client that understands none of them is told so by rustls.
        let certificate =
            candidates().find(is_understood).or_else(|| candidates().next()).unwrap_or_default();
        let server_name = name.map(|name| name.to_ascii_lowercase().into());
        CHOICE.set(Some(Choice { certificate, server_name }));
        self.keys.get(usize::from(certificate)).cloned()
    }
}
