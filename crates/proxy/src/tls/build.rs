//! Builds what handshakes need from a Table's value, keeping what has not changed: opening and
//! checking a key costs more than all the rest.

use std::sync::Arc;

use elbow_model::listener::{ClientAuth, TlsPolicy};
use elbow_model::rule::HostPattern;
use elbow_model::table::{TableCertificate, TableTls};
use elbow_model::value::Der;
use elbow_traffic::tls::names::CertificateNames;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, NoServerSessionStorage, ProducesTickets, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SignatureAlgorithm, SupportedProtocolVersion};

use super::choice::Resolver;
use super::{ListenerTls, OpenKey, offered_protocols};

/// Tickets that a client gets with a TLS 1.3 handshake: each is for one more connection, and browsers
/// open several at once.
const TICKETS: usize = 2;

/// Builds a listener's TLS; whatever `previous` has in common with it is kept.
///
/// # Errors
/// What is wrong, with the certificate it is about.
pub fn build(
    table: &TableTls,
    previous: Option<&ListenerTls>,
    keys: &dyn OpenKey,
) -> Result<ListenerTls, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let certified: Result<Vec<Arc<CertifiedKey>>, String> = table
        .certificates
        .iter()
        .map(|certificate| match known(certificate, previous) {
            Some(known) => Ok(known),
            None => certify(certificate, &provider, keys).map_err(|reason| {
                format!("certificate {} can't be used: {reason}", certificate.id)
            }),
        })
        .collect();
    let certified = certified?;
    if certified.is_empty() {
        return Err("it has no certificate".to_owned());
    }
    let names = Arc::new(names(table, &certified));
    let tickets = tickets(table, previous)?;
    let resolver = Resolver { keys: certified.clone(), names: names.clone() };
    let verifier = verifier(&table.client_auth, &provider)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions(table.policy))
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = offered_protocols(table);
    config.ticketer = tickets.clone();
    config.send_tls13_tickets = TICKETS;
    // Tickets alone: what a client brings needs no memory here.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    // A request in early data could be played again by anybody (RFC 8470 §2).
    config.max_early_data_size = 0;
    Ok(ListenerTls {
        table: table.clone(),
        config: Arc::new(config),
        keys: certified,
        names,
        tickets,
    })
}

static ONLY_12: [&SupportedProtocolVersion; 1] = [&TLS12];
static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
static ONLY_13: [&SupportedProtocolVersion; 1] = [&TLS13];

/// What is spoken. Of the cipher suites, rustls knows only those with authenticated encryption and
/// ephemeral keys; clients choose among them, as they know which their hardware is good at.
fn versions(policy: TlsPolicy) -> &'static [&'static SupportedProtocolVersion] {
    match policy {
        TlsPolicy::Tls12 => &ONLY_12,
        TlsPolicy::Tls12And13 => &BOTH,
        TlsPolicy::Tls13 => &ONLY_13,
    }
}

fn known(
    certificate: &TableCertificate,
    previous: Option<&ListenerTls>,
) -> Option<Arc<CertifiedKey>> {
    let previous = previous?;
    let place = previous.table.certificates.iter().position(|known| **known == *certificate)?;
    previous.keys.get(place).cloned()
}

fn certify(
    certificate: &TableCertificate,
    provider: &CryptoProvider,
    keys: &dyn OpenKey,
) -> Result<Arc<CertifiedKey>, String> {
    let opened = keys.open(certificate.id, &certificate.key)?;
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(opened.as_slice()));
    // What the parser copies is its own; ours is wiped when `opened` is dropped.
    let key = provider
        .key_provider
        .load_private_key(der.clone_key())
        .map_err(|error| format!("its key is of no known kind: {error}"))?;
    let chain = certificate.chain.iter().map(der_of).collect();
    let mut certified = CertifiedKey::new(chain, key);
    certified.keys_match().map_err(|error| format!("its key is another's: {error}"))?;
    certified.ocsp = certificate.ocsp.as_ref().map(|answer| answer.as_bytes().to_vec());
    Ok(Arc::new(certified))
}

/// Where several certificates are for one name, RSA goes last: its signatures cost most.
fn names(table: &TableTls, keys: &[Arc<CertifiedKey>]) -> CertificateNames {
    let mut places: Vec<(u16, &[HostPattern])> = (0_u16..)
        .zip(&table.certificates)
        .map(|(place, certificate)| (place, certificate.names.as_slice()))
        .collect();
    let is_rsa = |place: u16| {
        let key = keys.get(usize::from(place)).map(|certified| certified.key.algorithm());
        key == Some(SignatureAlgorithm::RSA)
    };
    places.sort_by_key(|(place, _)| is_rsa(*place));
    CertificateNames::new(places)
}

/// Keys of tickets (RFC 5077), shared by all workers: made at random per listener, changed every six
/// hours, accepted for as long again. They are made anew with the policy or the client
/// authentication, so that no ticket leads past either; a ticket made before a rotation of
/// certificates still resumes, since its client has seen that listener prove itself.
fn tickets(
    table: &TableTls,
    previous: Option<&ListenerTls>,
) -> Result<Arc<dyn ProducesTickets>, String> {
    let kept = previous.filter(|previous| {
        previous.table.policy == table.policy && previous.table.client_auth == table.client_auth
    });
    match kept {
        Some(previous) => Ok(previous.tickets.clone()),
        None => aws_lc_rs::Ticketer::new().map_err(|error| error.to_string()),
    }
}

fn verifier(
    auth: &ClientAuth,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let builder = |ca: &[Der]| {
        let mut roots = RootCertStore::empty();
        for certificate in ca {
            roots.add(der_of(certificate)).map_err(|error| {
                format!("a certificate that clients are verified against can't be used: {error}")
            })?;
        }
        Ok::<_, String>(WebPkiClientVerifier::builder_with_provider(
            Arc::new(roots),
            provider.clone(),
        ))
    };
    let built = match auth {
        ClientAuth::None => return Ok(Arc::new(NoClientAuth)),
        ClientAuth::Optional { ca } => builder(ca)?.allow_unauthenticated().build(),
        ClientAuth::Required { ca } => builder(ca)?.build(),
    };
    built.map_err(|error| format!("clients can't be verified: {error}"))
}

fn der_of(der: &Der) -> CertificateDer<'static> {
    CertificateDer::from(der.as_bytes().to_vec())
}
