//! Authorities and servers made for a test, and a TLS handshake in memory that proves a key and its chain.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use elbow_model::value::{Der, Timestamp};
use elbow_vault::intake::{Intake, Reason, Refusal, Warning, read_pem};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType,
    date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, ServerConfig,
    ServerConnection, SignatureScheme, SupportedProtocolVersion,
};

/// 2030-01-01: the time at which everything here is looked at. What live tools make is valid from today on for a century.
pub(crate) const NOW: Timestamp = Timestamp(1_893_456_000_000);

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

/// A server's certificate and key.
pub(crate) struct Server {
    pub(crate) der: Vec<u8>,
    pub(crate) key: KeyPair,
}

impl Server {
    pub(crate) fn pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    pub(crate) fn key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key.serialize_der())
    }
}

/// A root.
pub(crate) fn root(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority_params(name), KeyPair::generate().unwrap()).unwrap()
}

/// An authority that another one signed.
pub(crate) fn intermediate(name: &str, issuer: &Authority) -> Authority {
    let key = KeyPair::generate().unwrap();
    CertifiedIssuer::signed_by(authority_params(name), key, issuer).unwrap()
}

pub(crate) fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = Default::default();
    params.distinguished_name.push(DnType::CommonName, name);
    lasting(&mut params);
    params
}

fn lasting(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
}

/// A server's certificate for `example.com`.
pub(crate) fn server(issuer: &Authority) -> Server {
    server_with(issuer, |_| {})
}

/// The same, altered.
pub(crate) fn server_with(
    issuer: &Authority,
    alter: impl FnOnce(&mut CertificateParams),
) -> Server {
    let (params, key) = (server_params(alter), KeyPair::generate().unwrap());
    let certificate = params.signed_by(&key, issuer).unwrap();
    Server { der: certificate.der().to_vec(), key }
}

pub(crate) fn server_params(alter: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names(&["example.com"]);
    params.distinguished_name = Default::default();
    params.distinguished_name.push(DnType::CommonName, "example.com");
    lasting(&mut params);
    alter(&mut params);
    params
}

pub(crate) fn names(names: &[&str]) -> Vec<SanType> {
    names.iter().map(|name| SanType::DnsName((*name).try_into().unwrap())).collect()
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Runs `openssl` with words separated by blanks in the folder `place`; says whether it could do that.
pub(crate) fn openssl(place: &Path, arguments: &str) -> bool {
    let words = arguments.split(' ').filter(|word| !word.is_empty());
    let ran = Command::new("openssl").current_dir(place).args(words).output();
    ran.expect("these tests need the `openssl` command; `make tools` installs it").status.success()
}

/// The contents of the only block of a text, or of its last one.
pub(crate) fn unpem(text: &str) -> Vec<u8> {
    let body = text.rsplit("-----").nth(2).unwrap();
    Base64::decode_vec(&body.split_whitespace().collect::<String>()).unwrap()
}

pub(crate) fn authority_pem(authority: &Authority) -> String {
    pem("CERTIFICATE", authority.der())
}

/// Reads what must be taken.
pub(crate) fn take(certificate: &str, key: &str) -> Intake {
    taken(read_pem(certificate, key, None, NOW))
}

pub(crate) fn taken(result: Result<Intake, Refusal>) -> Intake {
    result.unwrap_or_else(|refusal| panic!("{}: {refusal}", refusal.field))
}

/// The refusal of what must not be taken.
pub(crate) fn refused(result: Result<Intake, Refusal>) -> Refusal {
    match result {
        Err(refusal) => refusal,
        Ok(intake) => panic!("was taken: {:?}", intake.facts),
    }
}

/// Field and code of a refusal.
pub(crate) fn code(result: Result<Intake, Refusal>) -> (&'static str, &'static str) {
    let Refusal { field, reason } = refused(result);
    (field.as_str(), reason.code())
}

pub(crate) fn reason(result: Result<Intake, Refusal>) -> Reason {
    refused(result).reason
}

pub(crate) fn codes(warnings: &[Warning]) -> Vec<&'static str> {
    warnings.iter().map(Warning::code).collect()
}

pub(crate) fn bytes(chain: &[Der]) -> Vec<&[u8]> {
    chain.iter().map(Der::as_bytes).collect()
}

/// Proves that a client that trusts `root` finishes a handshake for `name` with what was taken, in TLS 1.2 and 1.3.
pub(crate) fn prove(intake: &Intake, root: &[u8], name: &'static str) {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        if let Err(error) = handshake(intake, root, name, version) {
            panic!("{:?}: {error}", version.version);
        }
    }
}

fn handshake(
    intake: &Intake,
    root: &[u8],
    name: &'static str,
    version: &'static SupportedProtocolVersion,
) -> Result<(), rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let chain = intake.chain.iter().map(|der| CertificateDer::from(der.as_bytes().to_vec()));
    let key = PrivateKeyDer::Pkcs8(intake.key.to_vec().into());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])?
        .with_no_client_auth()
        .with_single_cert(chain.collect(), key)?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec()))?;
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(InThatYear(verifier.unwrap())))
        .with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(client), ServerName::try_from(name).unwrap())?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        wire.clear();
        server.write_tls(&mut wire).unwrap();
        while !wire.is_empty() {
            let read = client.read_tls(&mut wire.as_slice()).unwrap();
            wire.drain(..read);
            client.process_new_packets()?;
        }
    }
    Ok(())
}

/// Verifies as clients do, at [`NOW`].
#[derive(Debug)]
struct InThatYear(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for InThatYear {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let now = UnixTime::since_unix_epoch(Duration::from_millis(NOW.0));
        self.0.verify_server_cert(end_entity, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
