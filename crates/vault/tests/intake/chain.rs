//! Claims about the chain that is made of an upload's certificates.

use elbow_vault::intake::{Warning, read_pem};
use rcgen::{CertifiedIssuer, IsCa, KeyPair};

use crate::support::{
    NOW, authority_params, authority_pem, bytes, code, codes, intermediate, pem, prove, root,
    server, server_params, take,
};

#[test]
fn the_root_is_not_shown_to_clients() {
    let root = root("Root");
    let middle = intermediate("Middle", &root);
    let server = server(&middle);
    let text = server.pem() + &authority_pem(&middle) + &authority_pem(&root);
    let intake = take(&text, &server.key_pem());
    assert_eq!(bytes(&intake.chain), [server.der.as_slice(), middle.der()]);
    assert_eq!(intake.facts.issuers.len(), 1);
    assert_eq!(intake.facts.issuers[0].subject, "CN=Middle");
    assert_eq!(intake.facts.issuers[0].issuer, "CN=Root");
    prove(&intake, root.der(), "example.com");
}

#[test]
fn a_chain_that_ends_below_its_root_is_as_it_should_be() {
    let root = root("Root");
    let outer = intermediate("Outer", &root);
    let inner = intermediate("Inner", &outer);
    let server = server(&inner);
    let text = authority_pem(&outer) + &authority_pem(&inner) + &server.pem();
    let intake = take(&text, &server.key_pem());
    assert_eq!(bytes(&intake.chain), [server.der.as_slice(), inner.der(), outer.der()]);
    assert!(intake.warnings.is_empty(), "{:?}", intake.warnings);
    prove(&intake, root.der(), "example.com");
}

#[test]
fn a_certificate_without_its_issuer_is_warned_about_with_the_issuers_name() {
    let root = root("Root");
    let server = server(&intermediate("Middle", &root));
    let intake = take(&server.pem(), &server.key_pem());
    let [warning] = intake.warnings.as_slice() else { panic!("{:?}", intake.warnings) };
    assert!(warning.to_string().starts_with("intermediate `CN=Middle` seems missing"), "{warning}");
}

#[test]
fn a_certificate_signed_by_a_root_in_the_upload_lacks_nothing() {
    let root = root("Root");
    let server = server(&root);
    let intake = take(&(server.pem() + &authority_pem(&root)), &server.key_pem());
    assert_eq!(bytes(&intake.chain), [server.der.as_slice()]);
    assert!(intake.warnings.is_empty(), "{:?}", intake.warnings);
}

#[test]
fn a_self_signed_certificate_is_kept_with_a_warning() {
    let key = KeyPair::generate().unwrap();
    let certificate = server_params(|_| {}).self_signed(&key).unwrap();
    let intake =
        take(&pem("CERTIFICATE", certificate.der()), &pem("PRIVATE KEY", &key.serialize_der()));
    assert_eq!(intake.chain.len(), 1);
    assert_eq!(codes(&intake.warnings), ["SELF_SIGNED"]);
    prove(&intake, certificate.der(), "example.com");
}

#[test]
fn what_does_not_belong_to_the_chain_is_left_out_with_a_warning() {
    let root = root("Root");
    let middle = intermediate("Middle", &root);
    let stranger = intermediate("Stranger", &root);
    let server = server(&middle);
    let text = authority_pem(&stranger) + &server.pem() + &authority_pem(&middle);
    let intake = take(&text, &server.key_pem());
    assert_eq!(bytes(&intake.chain), [server.der.as_slice(), middle.der()]);
    assert_eq!(intake.warnings, [Warning::Unrelated { subject: "CN=Stranger".to_owned() }]);
}

#[test]
fn an_authority_with_the_right_name_and_another_key_is_not_the_issuer() {
    let root = root("Root");
    let (middle, namesake) = (intermediate("Middle", &root), intermediate("Middle", &root));
    let server = server(&middle);
    let intake = take(&(server.pem() + &authority_pem(&namesake)), &server.key_pem());
    assert_eq!(codes(&intake.warnings), ["MISSING_INTERMEDIATE", "UNRELATED_CERTIFICATE"]);
    let both = server.pem() + &authority_pem(&namesake) + &authority_pem(&middle);
    let intake = take(&both, &server.key_pem());
    assert_eq!(bytes(&intake.chain), [server.der.as_slice(), middle.der()]);
}

#[test]
fn a_cross_signed_authority_is_shown_beside_its_own_root() {
    let old_root = root("Old root");
    let new_key = KeyPair::generate().unwrap();
    let new_root = authority_params("New root").self_signed(&new_key).unwrap();
    let crossed =
        CertifiedIssuer::signed_by(authority_params("New root"), new_key, &old_root).unwrap();
    let server = server(&crossed);
    let new_root = new_root.der().to_vec();
    let text = server.pem() + &pem("CERTIFICATE", &new_root) + &authority_pem(&crossed);
    let intake = take(&text, &server.key_pem());
    assert_eq!(bytes(&intake.chain), [server.der.as_slice(), crossed.der()]);
    assert!(intake.warnings.is_empty(), "{:?}", intake.warnings);
    prove(&intake, old_root.der(), "example.com");
    prove(&intake, &new_root, "example.com");
}

#[test]
fn of_certificates_with_the_same_key_the_one_that_is_valid_longest_is_served() {
    let root = root("Root");
    let key = KeyPair::generate().unwrap();
    let until = |year| server_params(|p| p.not_after = rcgen::date_time_ymd(year, 1, 1));
    let [old, new] =
        [2031, 2035].map(|year| until(year).signed_by(&key, &root).unwrap().der().to_vec());
    let text = pem("CERTIFICATE", &old) + &pem("CERTIFICATE", &new);
    let intake = take(&text, &pem("PRIVATE KEY", &key.serialize_der()));
    assert_eq!(bytes(&intake.chain), [new.as_slice()]);
}

#[test]
fn two_authorities_that_sign_each_other_are_no_endless_chain() {
    let (one_key, other_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let one_root = CertifiedIssuer::self_signed(authority_params("One"), one_key).unwrap();
    let other =
        CertifiedIssuer::signed_by(authority_params("Other"), other_key, &one_root).unwrap();
    let one = authority_params("One").signed_by(one_root.key(), &other).unwrap();
    let server = server(&other);
    let text = server.pem() + &authority_pem(&other) + &pem("CERTIFICATE", one.der());
    let intake = take(&text, &server.key_pem());
    assert_eq!(intake.chain.len(), 3);
}

#[test]
fn a_chain_longer_than_any_real_one_is_refused() {
    let root = root("Root");
    let mut authorities = vec![intermediate("0", &root)];
    for level in 1..11 {
        let next = intermediate(&level.to_string(), authorities.last().unwrap());
        authorities.push(next);
    }
    let server = server(authorities.last().unwrap());
    let text: String = authorities.iter().map(authority_pem).collect();
    let result = read_pem(&(server.pem() + &text), &server.key_pem(), None, NOW);
    assert_eq!(code(result), ("certificate", "TOO_MANY_ENTRIES"));
}

#[test]
fn an_issuer_that_is_no_authority_is_warned_about() {
    let root = root("Root");
    let mut params = authority_params("Middle");
    params.is_ca = IsCa::ExplicitNoCa;
    let middle = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &root).unwrap();
    let server = server(&middle);
    let intake = take(&(server.pem() + &authority_pem(&middle)), &server.key_pem());
    assert_eq!(codes(&intake.warnings), ["ISSUER_NOT_AUTHORITY"]);
}
