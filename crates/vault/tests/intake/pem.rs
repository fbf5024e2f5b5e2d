//! Claims about PEM uploads.

use base64ct::{Base64, Encoding};
use elbow_vault::intake::{MAX_PASSPHRASE_BYTES, MAX_UPLOAD_BYTES, Reason, read_ca, read_pem};
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519,
    PKCS_RSA_SHA256, RsaKeySize,
};

use crate::support::{
    NOW, Server, authority_params, authority_pem, bytes, code, codes, intermediate, pem, prove,
    reason, refused, root, server, server_params, server_with, take,
};

#[test]
fn every_kind_of_key_that_tls_serves_is_taken() {
    let root = root("Root");
    let kinds = [
        (&PKCS_ECDSA_P256_SHA256, "ECDSA_P256"),
        (&PKCS_ECDSA_P384_SHA384, "ECDSA_P384"),
        (&PKCS_ECDSA_P521_SHA512, "ECDSA_P521"),
        (&PKCS_ED25519, "ED25519"),
    ];
    let mut keys: Vec<(KeyPair, String)> = kinds
        .iter()
        .map(|(kind, name)| (KeyPair::generate_for(kind).unwrap(), (*name).to_owned()))
        .collect();
    for (size, bits) in
        [(RsaKeySize::_2048, 2_048), (RsaKeySize::_3072, 3_072), (RsaKeySize::_4096, 4_096)]
    {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size).unwrap();
        keys.push((key, format!("RSA_{bits}")));
    }
    for (key, name) in keys {
        let certificate = server_params(|_| {}).signed_by(&key, &root).unwrap();
        let server = Server { der: certificate.der().to_vec(), key };
        let intake = take(&server.pem(), &server.key_pem());
        assert_eq!(intake.facts.key_type.to_string(), name);
        prove(&intake, root.der(), "example.com");
    }
}

#[test]
fn text_around_line_ends_and_order_do_not_matter() {
    let root = root("Root");
    let middle = intermediate("Middle", &root);
    let server = server(&middle);
    let text = format!(
        "Bag Attributes\n    friendlyName: x\nissuer=Root\n{}\nsome words\n{}subject=y\n{}",
        authority_pem(&root),
        server.pem(),
        authority_pem(&middle),
    );
    for text in [text.clone(), text.replace('\n', "\r\n"), text.replace('\n', "\\n")] {
        let intake = take(&text, &server.key_pem());
        assert_eq!(bytes(&intake.chain), [server.der.as_slice(), middle.der()]);
        assert!(intake.warnings.is_empty(), "{:?}", intake.warnings);
        prove(&intake, root.der(), "example.com");
    }
}

#[test]
fn key_and_certificates_may_stand_in_one_text() {
    let root = root("Root");
    let server = server(&root);
    let both = format!("{}{}{}", server.key_pem(), server.pem(), authority_pem(&root));
    prove(&take(&both, &both), root.der(), "example.com");
}

#[test]
fn base64_of_der_is_taken_as_well() {
    let root = root("Root");
    let server = server(&root);
    let key = Base64::encode_string(&server.key.serialize_der());
    let intake = take(&Base64::encode_string(&server.der), &key);
    prove(&intake, root.der(), "example.com");
}

#[test]
fn openssls_trusted_certificates_are_read_without_what_they_are_trusted_for() {
    let root = root("Root");
    let server = server(&root);
    let trusted = [server.der.as_slice(), &[0x30, 0x02, 0x0c, 0x00]].concat();
    let intake = take(&pem("TRUSTED CERTIFICATE", &trusted), &server.key_pem());
    assert_eq!(bytes(&intake.chain), [server.der.as_slice()]);
}

#[test]
fn another_certificates_key_is_refused_with_the_names_of_the_certificates() {
    let root = root("Root");
    let (one, other) = (server(&root), server(&root));
    let refusal = refused(read_pem(&one.pem(), &other.key_pem(), None, NOW));
    assert_eq!((refusal.field.as_str(), refusal.reason.code()), ("private_key", "KEY_MISMATCH"));
    let words = refusal.to_string();
    assert!(words.contains("belongs to none of the certificates (`CN=example.com`)"), "{words}");
}

#[test]
fn what_is_no_certificate_or_no_key_is_refused_with_what_it_is() {
    let root = root("Root");
    let server = server(&root);
    let (certificate, key) = (server.pem(), server.key_pem());
    let request = pem("CERTIFICATE REQUEST", &[0x30, 0]);
    let broken = pem("CERTIFICATE", &server.der[..100]);
    let long = "x".repeat(MAX_UPLOAD_BYTES + 1);
    let pkcs12 = Base64::encode_string(&[0x30, 3, 2, 1, 3]);
    for (certificate, key, expected) in [
        ("", key.as_str(), ("certificate", "EMPTY")),
        (&certificate, "", ("private_key", "EMPTY")),
        ("hello", &key, ("certificate", "WRONG_FORMAT")),
        (&certificate, "hello!", ("private_key", "WRONG_FORMAT")),
        (&certificate, &certificate, ("private_key", "NO_PRIVATE_KEY")),
        (&key, &key, ("certificate", "NO_CERTIFICATE")),
        (&request, &key, ("certificate", "WRONG_FORMAT")),
        (&pkcs12, &key, ("certificate", "WRONG_FORMAT")),
        (&broken, &key, ("certificate", "DAMAGED")),
        (&certificate[..200], &key, ("certificate", "DAMAGED")),
        (&certificate, &pem("PRIVATE KEY", &[0x30, 3, 2, 1, 0]), ("private_key", "DAMAGED")),
        (&certificate, &pem("OPENSSH PRIVATE KEY", b"x"), ("private_key", "WRONG_FORMAT")),
        (&certificate, &pem("PUBLIC KEY", b"x"), ("private_key", "WRONG_FORMAT")),
        (&long, &key, ("certificate", "TOO_LARGE")),
        (&certificate, &long, ("private_key", "TOO_LARGE")),
    ] {
        assert_eq!(code(read_pem(certificate, key, None, NOW)), expected);
    }
}

#[test]
fn several_keys_are_refused_unless_they_are_the_same() {
    let root = root("Root");
    let (server, other) = (server(&root), server(&root));
    let twice = server.key_pem() + &server.key_pem();
    prove(&take(&server.pem(), &twice), root.der(), "example.com");
    let two = server.key_pem() + &other.key_pem();
    let several = reason(read_pem(&server.pem(), &two, None, NOW));
    assert_eq!(several, Reason::SeveralKeys { count: 2 });
}

#[test]
fn a_key_whose_parts_do_not_belong_together_is_refused() {
    let root = root("Root");
    let one = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let certificate = server_params(|_| {}).signed_by(&one, &root).unwrap();
    let mut der = one.serialize_der();
    let end = der.len() - 1;
    der[end] ^= 1;
    let key = pem("PRIVATE KEY", &der);
    let result = read_pem(&pem("CERTIFICATE", certificate.der()), &key, None, NOW);
    assert_eq!(code(result), ("private_key", "INVALID_PRIVATE_KEY"));
}

#[test]
fn an_overlong_passphrase_is_refused() {
    let root = root("Root");
    let server = server(&root);
    let passphrase = "x".repeat(MAX_PASSPHRASE_BYTES + 1);
    let result = read_pem(&server.pem(), &server.key_pem(), Some(&passphrase), NOW);
    assert_eq!(code(result), ("passphrase", "PASSPHRASE_TOO_LONG"));
}

#[test]
fn a_passphrase_that_is_not_needed_does_no_harm() {
    let root = root("Root");
    let server = server(&root);
    assert!(read_pem(&server.pem(), &server.key_pem(), Some("unused"), NOW).is_ok());
}

#[test]
fn authorities_are_read_without_doubles_and_in_their_order() {
    let root = root("Root");
    let middle = intermediate("Middle", &root);
    let text = authority_pem(&middle) + &authority_pem(&root) + &authority_pem(&middle);
    let authorities = read_ca(&text, NOW).unwrap();
    assert_eq!(bytes(&authorities.certificates), [&middle.der()[..], root.der()]);
    assert!(authorities.warnings.is_empty());
}

#[test]
fn what_is_no_authority_is_refused_and_an_old_one_warned_about() {
    let root = root("Root");
    let refusal = read_ca(&server(&root).pem(), NOW).unwrap_err();
    assert_eq!((refusal.field.as_str(), refusal.reason.code()), ("ca", "NOT_AN_AUTHORITY"));
    assert!(refusal.to_string().contains("`CN=example.com`"), "{refusal}");
    assert_eq!(read_ca("", NOW).unwrap_err().reason.code(), "EMPTY");
    assert_eq!(read_ca("hello", NOW).unwrap_err().reason.code(), "WRONG_FORMAT");
    let key_alone = server(&root).key_pem();
    assert_eq!(read_ca(&key_alone, NOW).unwrap_err().reason.code(), "NO_CERTIFICATE");

    let mut params = authority_params("Old");
    params.not_after = rcgen::date_time_ymd(2029, 1, 1);
    let old = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let authorities = read_ca(&pem("CERTIFICATE", old.der()), NOW).unwrap();
    assert_eq!(codes(&authorities.warnings), ["NOT_VALID_NOW"]);
}

#[test]
fn more_certificates_than_any_chain_has_are_refused() {
    let root = root("Root");
    let first = server(&root);
    let many: String = (0..33).map(|_| server_with(&root, |_| {}).pem()).collect();
    let result = read_pem(&many, &first.key_pem(), None, NOW);
    assert_eq!(code(result), ("certificate", "TOO_MANY_ENTRIES"));
    assert_eq!(read_ca(&many, NOW).unwrap_err().reason.code(), "TOO_MANY_ENTRIES");
}

#[test]
fn a_servers_own_certificate_can_be_trusted_by_itself() {
    let certificate = server_params(|_| {}).self_signed(&KeyPair::generate().unwrap()).unwrap();
    let authorities = read_ca(&pem("CERTIFICATE", certificate.der()), NOW).unwrap();
    assert_eq!(bytes(&authorities.certificates), [&certificate.der()[..]]);
}

#[test]
fn more_keys_than_anybody_mixes_up_are_refused() {
    let server = server(&root("Root"));
    let many = server.key_pem().repeat(9);
    let result = read_pem(&server.pem(), &many, None, NOW);
    assert_eq!(code(result), ("private_key", "TOO_MANY_ENTRIES"));
}
