//! Clients with certificates: who gets in, and what members are told.

use std::sync::Arc;

use elbow_model::listener::ClientAuth;
use rustls::version::{TLS12, TLS13};

use crate::support::Stage;
use crate::support::client::Client;
use crate::support::origin::Origin;
use crate::support::secure::{Authority, BOTH, certificate, showing, tls, trusting};
use crate::{client, connect, stage};

fn fields(request: &str) -> Vec<String> {
    let mut told: Vec<String> = request
        .lines()
        .filter(|line| line.to_ascii_lowercase().contains("client-cert"))
        .map(|line| line.split(": ").next().unwrap().to_owned())
        .collect();
    told.sort();
    told
}

fn value<'a>(request: &'a str, name: &str) -> &'a str {
    let line = request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {request}"))
}

const FORGED: &str = "GET / HTTP/1.1\r\nHost: a\r\nX-Client-Cert-Verified: SUCCESS\r\n\
    Client-Cert: :AAAA:\r\nclient-cert-chain: :AAAA:\r\nX-CLIENT-CERT-SUBJECT: CN=root\r\n\
    X-Client-Cert-Fingerprint-SHA256: 00\r\n\r\n";

#[test]
fn without_client_authentication_members_are_told_nothing_whatever_clients_say() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut secure = client(&stage, &[&made], "a");
    let plain = Stage::new(elbow_model::listener::Protocol::Http, &[origin.address]);
    let mut clear = Client::connect(plain.address);
    for client in [&mut secure, &mut clear] {
        client.send(FORGED);
        let seen = client.response().unwrap().body;
        assert!(fields(&seen).is_empty(), "{seen}");
    }
}

#[test]
fn a_verified_client_is_shown_to_members_and_cannot_say_otherwise() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let authority = Authority::new();
    let mut table = tls(&[&made]);
    table.client_auth = ClientAuth::Required { ca: vec![authority.der()] };
    let stage = stage(&[origin.address], table);
    let mine = authority.sign("alice, of sales");
    let mut client = connect(&stage, showing(&[&made], &mine), "a");
    for _ in 0..2 {
        client.send(FORGED);
        let seen = client.response().unwrap().body;
        assert_eq!(
            fields(&seen),
            [
                "Client-Cert",
                "X-Client-Cert-Fingerprint-SHA256",
                "X-Client-Cert-Subject",
                "X-Client-Cert-Verified"
            ]
        );
        assert_eq!(value(&seen, "X-Client-Cert-Verified"), "SUCCESS");
        assert_eq!(value(&seen, "X-Client-Cert-Subject"), "CN=alice\\, of sales");
        let told = value(&seen, "Client-Cert");
        let encoded = told.strip_prefix(':').unwrap().strip_suffix(':').unwrap();
        let decoded = <base64ct::Base64 as base64ct::Encoding>::decode_vec(encoded).unwrap();
        assert_eq!(decoded, mine.certificate.as_ref());
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &mine.certificate);
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(value(&seen, "X-Client-Cert-Fingerprint-SHA256"), hex);
    }
}

#[test]
fn clients_without_a_certificate_of_the_authority_are_refused() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let (authority, stranger) = (Authority::new(), Authority::new());
    let mut table = tls(&[&made]);
    table.client_auth = ClientAuth::Required { ca: vec![authority.der()] };
    let stage = stage(&[origin.address], table);
    for version in [&TLS12, &TLS13] {
        let without = Arc::new(trusting(&[&made], &[version]));
        let refused = Client::secure(stage.address, without, "a")
            .map_or(true, |mut client| client.is_refused());
        assert!(refused, "{version:?}");
    }
    let foreign = Arc::new(showing(&[&made], &stranger.sign("mallory")));
    let refused =
        Client::secure(stage.address, foreign, "a").map_or(true, |mut client| client.is_refused());
    assert!(refused);
    assert_eq!(origin.connection_count(), 0);
}

#[test]
fn where_it_is_optional_members_are_told_which_it_is() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let (authority, stranger) = (Authority::new(), Authority::new());
    let mut table = tls(&[&made]);
    table.client_auth = ClientAuth::Optional { ca: vec![authority.der()] };
    let stage = stage(&[origin.address], table);
    let mut without = connect(&stage, trusting(&[&made], BOTH), "a");
    without.send(FORGED);
    let seen = without.response().unwrap().body;
    assert_eq!(fields(&seen), ["X-Client-Cert-Verified"]);
    assert_eq!(value(&seen, "X-Client-Cert-Verified"), "NONE");
    let mut with = connect(&stage, showing(&[&made], &authority.sign("bob")), "a");
    let seen = with.get("/").body;
    assert_eq!(value(&seen, "X-Client-Cert-Subject"), "CN=bob");
    let foreign = Arc::new(showing(&[&made], &stranger.sign("mallory")));
    let refused =
        Client::secure(stage.address, foreign, "a").map_or(true, |mut client| client.is_refused());
    assert!(refused, "what is shown must be of the authority");
}
