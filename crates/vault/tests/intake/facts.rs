//! Claims about what is said of a certificate.

use elbow_vault::intake::{Warning, read_pem};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};

use crate::support::{
    NOW, authority_pem, code, codes, intermediate, names, prove, root, server_with, take,
};

/// Warnings about a certificate altered in one way, its issuer being there.
fn warnings(alter: impl FnOnce(&mut CertificateParams)) -> Vec<Warning> {
    let root = root("Root");
    let server = server_with(&root, alter);
    take(&(server.pem() + &authority_pem(&root)), &server.key_pem()).warnings
}

#[test]
fn subject_issuer_names_serial_validity_and_fingerprint_are_read() {
    let root = root("Root, the first");
    let server = server_with(&root, |params| {
        params.distinguished_name.push(DnType::OrganizationName, "Example Ltd");
        params.distinguished_name.push(DnType::CountryName, "DE");
        params.subject_alt_names = names(&["example.com", "*.example.com", "EXAMPLE.com"]);
        params.subject_alt_names.push(SanType::IpAddress("192.0.2.7".parse().unwrap()));
        params.subject_alt_names.push(SanType::IpAddress("2001:db8::7".parse().unwrap()));
        params.subject_alt_names.push(SanType::Rfc822Name("a@example.com".try_into().unwrap()));
        params.serial_number = Some(SerialNumber::from_slice(&[0, 0xab, 0x01]));
        params.not_before = date_time_ymd(2029, 2, 3);
        params.not_after = date_time_ymd(2050, 4, 5);
    });
    let intake = take(&(server.pem() + &authority_pem(&root)), &server.key_pem());
    let facts = &intake.facts;
    assert_eq!(facts.subject, "C=DE, O=Example Ltd, CN=example.com");
    assert_eq!(facts.issuer, "CN=Root\\, the first");
    let shown: Vec<String> = facts.names.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["example.com", "*.example.com", "192.0.2.7", "2001:db8::7"]);
    assert_eq!(facts.serial, "ab01");
    assert_eq!(facts.not_before.to_string(), "2029-02-03T00:00:00.000Z");
    assert_eq!(facts.not_after.to_string(), "2050-04-05T00:00:00.000Z");
    assert_eq!(facts.fingerprint_sha256.len(), 64);
    assert!(intake.warnings.is_empty(), "{:?}", intake.warnings);
    prove(&intake, root.der(), "www.example.com");
    prove(&intake, root.der(), "192.0.2.7");
}

#[test]
fn a_certificate_without_names_is_warned_about_because_clients_ignore_its_common_name() {
    let found = warnings(|params| params.subject_alt_names.clear());
    assert_eq!(found, [Warning::NoNames { common_name: "example.com".to_owned() }]);
}

#[test]
fn names_that_no_client_matches_are_said_and_left_out() {
    for name in ["*", "f*.example.com", "*.*.example.com", "www.*.com", "192.0.2.1", "-.com:80"] {
        let found = warnings(|params| params.subject_alt_names.extend(names(&[name])));
        assert_eq!(codes(&found), ["NAME_IGNORED"], "{name}");
        assert!(found[0].to_string().contains(&format!("`{name}`")), "{}", found[0]);
    }
}

#[test]
fn a_certificate_for_another_use_is_warned_about() {
    let client = |p: &mut CertificateParams| {
        p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    };
    assert_eq!(codes(&warnings(client)), ["NOT_FOR_SERVERS"]);
    let any = |p: &mut CertificateParams| {
        p.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    };
    assert!(warnings(any).is_empty());
    let enciphers =
        |p: &mut CertificateParams| p.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert_eq!(codes(&warnings(enciphers)), ["NOT_FOR_SERVERS"]);
    let signs = |p: &mut CertificateParams| {
        p.key_usages = vec![KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::DigitalSignature];
        p.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert!(warnings(signs).is_empty());
}

#[test]
fn an_authoritys_certificate_as_a_servers_is_warned_about() {
    let found = warnings(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(codes(&found), ["AUTHORITY"]);
}

#[test]
fn a_certificate_that_is_not_valid_now_is_taken_with_a_warning() {
    let expired = warnings(|params| params.not_after = date_time_ymd(2029, 12, 31));
    assert_eq!(codes(&expired), ["NOT_VALID_NOW"]);
    let words = expired[0].to_string();
    assert!(words.contains("until 2029-12-31T00:00:00.000Z, which is not now"), "{words}");
    let early = warnings(|params| params.not_before = date_time_ymd(2030, 1, 2));
    assert_eq!(codes(&early), ["NOT_VALID_NOW"]);
}

#[test]
fn an_expired_intermediate_is_warned_about_by_name() {
    let root = root("Root");
    let mut params = crate::support::authority_params("Middle");
    params.not_after = date_time_ymd(2029, 12, 31);
    let key = KeyPair::generate().unwrap();
    let middle = rcgen::CertifiedIssuer::signed_by(params, key, &root).unwrap();
    let server = server_with(&middle, |_| {});
    let intake = take(&(server.pem() + &authority_pem(&middle)), &server.key_pem());
    assert_eq!(codes(&intake.warnings), ["NOT_VALID_NOW"]);
    assert!(intake.warnings[0].to_string().starts_with("`CN=Middle`"));
}

#[test]
fn a_certificate_that_demands_stapling_is_warned_about_without_an_ocsp_answer() {
    // SEQUENCE { INTEGER 5 } (RFC 7633).
    let demand =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], vec![0x30, 3, 2, 1, 5]);
    let found = warnings(|params| params.custom_extensions.push(demand));
    assert_eq!(codes(&found), ["STAPLE_MISSING"]);
}

#[test]
fn an_extension_that_nobody_knows_and_everybody_must_is_refused() {
    let mut unknown = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    unknown.set_criticality(true);
    let root = root("Root");
    let server = server_with(&root, |params| params.custom_extensions.push(unknown));
    let result = read_pem(&server.pem(), &server.key_pem(), None, NOW);
    assert_eq!(code(result), ("certificate", "NOT_SERVABLE"));
}

#[test]
fn more_names_than_any_listener_needs_are_refused() {
    let root = root("Root");
    let many: Vec<String> = (0..257).map(|n| format!("host{n}.example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let server = server_with(&root, |params| params.subject_alt_names = names(&many));
    let result = read_pem(&server.pem(), &server.key_pem(), None, NOW);
    assert_eq!(code(result), ("certificate", "TOO_MANY_ENTRIES"));
}

#[test]
fn where_a_missing_intermediate_is_found_is_said_if_the_certificate_tells() {
    // AuthorityInfoAccess { caIssuers, URI } (RFC 5280 §4.2.2.1).
    let url = b"http://ca.example/middle.der";
    let mut content = vec![0x30, 12 + url.len() as u8, 0x30, 10 + url.len() as u8, 6, 8];
    content.extend([0x2b, 6, 1, 5, 5, 7, 48, 2, 0x86, url.len() as u8]);
    content.extend(url);
    content[1] += 2;
    content[3] += 2;
    let access = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content);
    let middle = intermediate("Middle", &root("Root"));
    let server = server_with(&middle, |params| params.custom_extensions.push(access));
    let intake = take(&server.pem(), &server.key_pem());
    let words = intake.warnings[0].to_string();
    assert!(
        words.contains("(the certificate says it is at http://ca.example/middle.der)"),
        "{words}"
    );
}

#[test]
fn a_server_is_called_by_its_first_name_if_its_subject_is_empty() {
    let root = root("Root");
    let server = server_with(&root, |params| {
        params.distinguished_name = Default::default();
        params.not_after = date_time_ymd(2029, 1, 1);
    });
    let intake = take(&(server.pem() + &authority_pem(&root)), &server.key_pem());
    assert_eq!(intake.facts.subject, "");
    assert!(intake.warnings[0].to_string().starts_with("`example.com` is valid"));
}
