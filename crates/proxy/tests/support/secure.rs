//! HTTPS listeners: certificates made on the spot, keys "sealed" by nothing, clients that trust them.

use std::sync::Arc;

use elbow_model::listener::{AlpnProtocol, ClientAuth, TlsPolicy};
use elbow_model::table::{TableCertificate, TableEntry, TableTls};
use elbow_model::value::{CertificateId, Der, SealedKey};
use elbow_proxy::tls::{OpenKey, SecureListeners, build};
use rcgen::{
    CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
    RsaKeySize, SignatureAlgorithm,
};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use uuid::Uuid;
use zeroize::Zeroizing;

pub const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// Opens keys that are not sealed.
#[derive(Debug)]
pub struct ClearKeys;

impl OpenKey for ClearKeys {
    fn open(&self, _of: CertificateId, sealed: &SealedKey) -> Result<Zeroizing<Vec<u8>>, String> {
        match sealed.as_bytes() {
            [] => Err("the key can't be opened".to_owned()),
            bytes => Ok(Zeroizing::new(bytes.to_vec())),
        }
    }
}

/// TLS of an entry's HTTPS listeners, taken over from `previous` where it is the same.
pub fn listeners(entry: &TableEntry, previous: &SecureListeners) -> SecureListeners {
    let secured = entry.listeners.iter().filter_map(|listener| {
        let (table, known) = (listener.tls.as_ref()?, previous.get(&listener.id));
        let built = match known {
            Some(known) if known.table() == table => known.clone(),
            _ => Arc::new(build(table, known.map(|known| &**known), &ClearKeys).unwrap()),
        };
        Some((listener.id, built))
    });
    secured.collect()
}

/// TLS 1.2 and 1.3 with these certificates, the default one first.
pub fn tls(certificates: &[&TableCertificate]) -> TableTls {
    TableTls {
        certificates: certificates.iter().map(|one| Arc::new((*one).clone())).collect(),
        policy: TlsPolicy::Tls12And13,
        client_auth: ClientAuth::None,
        alpn: AlpnProtocol::both(),
        hsts: None,
    }
}

/// A self-signed certificate for these names.
pub fn certificate(names: &[&str]) -> TableCertificate {
    with_key(names, &KeyPair::generate().unwrap())
}

/// The same with a key of another kind.
pub fn rsa_certificate(names: &[&str]) -> TableCertificate {
    with_key(names, &KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap())
}

fn with_key(names: &[&str], key: &KeyPair) -> TableCertificate {
    let params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let made = params.unwrap().self_signed(key).unwrap();
    TableCertificate {
        id: Uuid::now_v7().into(),
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
        chain: vec![Der::new(made.der().to_vec())],
        key: SealedKey::new(key.serialize_der()),
        ocsp: None,
    }
}

/// A client that trusts these certificates.
pub fn trusting(
    certificates: &[&TableCertificate],
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    client_builder(certificates, versions).with_no_client_auth()
}

/// A client that trusts these certificates and shows its own.
pub fn showing(certificates: &[&TableCertificate], shown: &Shown) -> ClientConfig {
    let key = PrivateKeyDer::Pkcs8(shown.key.clone().into());
    client_builder(certificates, BOTH)
        .with_client_auth_cert(vec![shown.certificate.clone()], key)
        .unwrap()
}

fn client_builder(
    certificates: &[&TableCertificate],
    versions: &[&'static SupportedProtocolVersion],
) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(CertificateDer::from(certificate.chain[0].as_bytes().to_vec())).unwrap();
    }
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
}

/// Who signs clients' certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
}

/// What a client shows.
#[derive(Clone)]
pub struct Shown {
    pub certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    pub fn new() -> Self {
        let key = generate(&PKCS_ECDSA_P256_SHA256);
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, Uuid::now_v7().to_string());
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key), der }
    }

    pub fn der(&self) -> Der {
        Der::new(self.der.clone())
    }

    /// A certificate for a client of this name.
    pub fn sign(&self, name: &str) -> Shown {
        let key = generate(&PKCS_ECDSA_P256_SHA256);
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages.push(rcgen::ExtendedKeyUsagePurpose::ClientAuth);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Shown { certificate, key: key.serialize_der() }
    }
}

fn generate(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}
