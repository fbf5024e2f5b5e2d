//! What is agreed on: versions, certificates by name and kind of key, protocols.

use std::sync::Arc;

use elbow_model::listener::TlsPolicy;
use elbow_model::value::Der;
use rustls::version::{TLS12, TLS13};
use rustls::{ProtocolVersion, SignatureScheme, SupportedProtocolVersion};

use crate::support::client::Client;
use crate::support::origin::Origin;
use crate::support::secure::{BOTH, certificate, rsa_certificate, tls, trusting};
use crate::{client, connect, shown, stage};

#[test]
fn policies_speak_what_they_say_and_nothing_older() {
    let origin = Origin::echo();
    let made = certificate(&["a.example"]);
    for (policy, with_12, with_both, with_13) in [
        (TlsPolicy::Tls12, true, Some(ProtocolVersion::TLSv1_2), false),
        (TlsPolicy::Tls12And13, true, Some(ProtocolVersion::TLSv1_3), true),
        (TlsPolicy::Tls13, false, Some(ProtocolVersion::TLSv1_3), true),
    ] {
        let mut table = tls(&[&made]);
        table.policy = policy;
        let stage = stage(&[origin.address], table);
        let reach = |versions: &[&'static SupportedProtocolVersion]| {
            let config = Arc::new(trusting(&[&made], versions));
            let client = Client::secure(stage.address, config, "a.example");
            client.map(|mut client| {
                assert_eq!(client.get("/").status, 200);
                client.tls.as_ref().unwrap().protocol_version().unwrap()
            })
        };
        assert_eq!(reach(&[&TLS12]).is_ok(), with_12, "{policy}");
        assert_eq!(reach(BOTH).ok(), with_both, "{policy}");
        assert_eq!(reach(&[&TLS13]).is_ok(), with_13, "{policy}");
    }
}

#[test]
fn every_offered_suite_has_ephemeral_keys_and_authenticated_encryption() {
    let origin = Origin::echo();
    let made = certificate(&["a.example"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    for suite in rustls::crypto::aws_lc_rs::ALL_CIPHER_SUITES {
        let provider = rustls::crypto::CryptoProvider {
            cipher_suites: vec![*suite],
            ..rustls::crypto::aws_lc_rs::default_provider()
        };
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.chain[0].as_bytes().to_vec().into()).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[suite.version()])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let is_rsa = format!("{suite:?}").contains("_RSA_");
        match Client::secure(stage.address, Arc::new(config), "a.example") {
            Ok(mut client) => assert_eq!(client.get("/").status, 200, "{suite:?}"),
            // The listener has a key of another kind alone.
            Err(error) => assert!(is_rsa, "{suite:?}: {error}"),
        }
    }
}

#[test]
fn the_certificate_is_chosen_by_name_and_the_default_one_serves_the_rest() {
    let origin = Origin::echo();
    let (default, exact) = (certificate(&["a.example"]), certificate(&["x.b.example"]));
    let wildcard = certificate(&["*.b.example"]);
    let stage = stage(&[origin.address], tls(&[&default, &exact, &wildcard]));
    let trusted = [&default, &exact, &wildcard];
    for (name, expected) in
        [("a.example", &default), ("x.b.example", &exact), ("Y.b.example", &wildcard)]
    {
        let mut client = client(&stage, &trusted, name);
        assert_eq!(shown(&client), expected.chain[0].as_bytes(), "{name}");
        assert_eq!(client.get("/").status, 200);
    }
    // Nobody trusts the default one for these: the client leaves, having seen it.
    for name in ["z.y.b.example", "c.example", "127.0.0.1"] {
        let config = Arc::new(trusting(&trusted, BOTH));
        let error = Client::secure(stage.address, config, name).err().unwrap().to_string();
        assert!(error.contains("not valid for name"), "{name}: {error}");
    }
}

#[test]
fn the_kind_of_key_is_the_clients_to_choose() {
    let origin = Origin::echo();
    let (rsa, ecdsa) = (rsa_certificate(&["a.example"]), certificate(&["a.example"]));
    let stage = stage(&[origin.address], tls(&[&rsa, &ecdsa]));
    let any = client(&stage, &[&rsa, &ecdsa], "a.example");
    assert_eq!(shown(&any), ecdsa.chain[0].as_bytes(), "the cheaper one");
    for version in BOTH {
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.signature_verification_algorithms.mapping = provider
            .signature_verification_algorithms
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == SignatureScheme::RSA_PSS_SHA256)
            .copied()
            .collect::<Vec<_>>()
            .leak();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(rsa.chain[0].as_bytes().to_vec().into()).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let old = connect(&stage, config, "a.example");
        assert_eq!(shown(&old), rsa.chain[0].as_bytes(), "{version:?}");
    }
}

#[test]
fn the_protocol_is_agreed_on_and_without_any_in_common_nothing_is_said() {
    let origin = Origin::echo();
    let made = certificate(&["a.example"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let offering = |protocols: &[&[u8]]| {
        let mut config = trusting(&[&made], BOTH);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Client::secure(stage.address, Arc::new(config), "a.example").map(|mut client| {
            let agreed = client.tls.as_ref().unwrap().alpn_protocol().map(<[u8]>::to_vec);
            (agreed, client.get("/").status)
        })
    };
    assert_eq!(offering(&[b"http/1.1"]).unwrap(), (Some(b"http/1.1".to_vec()), 200));
    assert_eq!(offering(&[]).unwrap(), (None, 200));
    let error = offering(&[b"imap"]).unwrap_err().to_string();
    assert!(error.contains("NoApplicationProtocol"), "{error}");
}

#[test]
fn the_ocsp_answer_goes_with_the_certificate() {
    let origin = Origin::echo();
    let mut made = certificate(&["a.example"]);
    made.ocsp = Some(Der::new(*b"as the issuer has it"));
    let stage = stage(&[origin.address], tls(&[&made]));
    for version in BOTH {
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut config = trusting(&[&made], &[version]);
        config.dangerous().set_certificate_verifier(Arc::new(Seeing(seen.clone())));
        let mut client = connect(&stage, config, "a.example");
        assert_eq!(client.get("/").status, 200);
        assert_eq!(*seen.lock().unwrap(), b"as the issuer has it", "{version:?}");
    }
}

/// Takes any certificate and keeps the OCSP answer that came with it.
#[derive(Debug)]
struct Seeing(Arc<std::sync::Mutex<Vec<u8>>>);

mod seeing {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};

    impl ServerCertVerifier for super::Seeing {
        fn verify_server_cert(
            &self,
            _end_entity: &CertificateDer<'_>,
            _intermediates: &[CertificateDer<'_>],
            _server_name: &ServerName<'_>,
            ocsp_response: &[u8],
            _now: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            *self.0.lock().unwrap() = ocsp_response.to_vec();
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _cert: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _message: &[u8],
            _cert: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ECDSA_NISTP256_SHA256]
        }
    }
}
