//! TLS and HTTP/2 on listeners and pools, each only where it makes sense.

use super::fixture::*;
use crate::change::Edit;
use crate::listener::{AlpnProtocol, ClientAuth, ListenerSettings, ListenerTls, Protocol};
use crate::load_balancer::LoadBalancer;
use crate::pool::{PoolSettings, PoolTls, Verify};
use crate::value::Der;
use crate::world::World;

/// With certificate 1 and HTTPS listener 10.
fn world() -> World {
    let world = with(&base(), Edit::CreateCertificate(certificate(1, "site")));
    with(&world, Edit::AddListener { load_balancer: id(1), listener: https(10, 443, &[1]) })
}

#[track_caller]
fn refused(edit: Edit, field: &str, text: &str) {
    let rejection = refusal(&world(), edit);
    assert_eq!(rejection.field(), Some(field), "{rejection}");
    assert!(rejection.to_string().contains(text), "`{rejection}` without `{text}`");
}

#[track_caller]
fn taken(edit: Edit) -> World {
    let next = with(&world(), edit);
    super::invariants::check_invariants(&next);
    next
}

fn on_https(alter: impl FnOnce(&mut ListenerTls)) -> Edit {
    let mut settings = https(10, 443, &[1]).settings;
    alter(settings.tls.as_mut().unwrap());
    Edit::EditListener { id: id(10), settings }
}

fn plain(protocol: Protocol, alter: impl FnOnce(&mut ListenerSettings)) -> Edit {
    let mut new = listener(11, protocol, 8443);
    alter(&mut new.settings);
    Edit::AddListener { load_balancer: id(1), listener: new }
}

fn pool_2(alter: impl FnOnce(&mut PoolSettings)) -> Edit {
    let mut settings = pool(2, "api").settings;
    alter(&mut settings);
    Edit::EditPool { id: id(2), settings }
}

fn to_members(verify: Verify) -> PoolTls {
    PoolTls { verify, server_name: None }
}

#[test]
fn https_listeners_have_a_certificate_and_others_none() {
    refused(plain(Protocol::Https, |_| {}), "certificate", "needs a certificate");
    let tls = || Some(ListenerTls::new(id(1)));
    refused(plain(Protocol::Http, |s| s.tls = tls()), "certificate", "HTTP has no TLS");
    refused(plain(Protocol::Tcp, |s| s.tls = tls()), "certificate", "TCP has no TLS");
    let without = Edit::EditListener {
        id: id(10),
        settings: ListenerSettings { tls: None, ..https(10, 443, &[1]).settings },
    };
    refused(without, "certificate", "needs a certificate");
}

#[test]
fn http2_in_clear_and_the_way_to_https_are_for_http_listeners() {
    refused(plain(Protocol::Tcp, |s| s.http2 = true), "http2", "speaks no HTTP/2");
    let mut settings = https(10, 443, &[1]).settings;
    settings.http2 = true;
    refused(Edit::EditListener { id: id(10), settings: settings.clone() }, "http2", "`alpn` says");
    (settings.http2, settings.https_redirect) = (false, Some(port(444)));
    refused(Edit::EditListener { id: id(10), settings }, "https_redirect", "HTTPS requests");
    let to = |number| move |s: &mut ListenerSettings| s.https_redirect = Some(port(number));
    refused(plain(Protocol::Tcp, to(443)), "https_redirect", "TCP requests");
    refused(plain(Protocol::Http, to(8443)), "https_redirect", "this listener's own");
    taken(plain(Protocol::Http, to(443)));
    taken(plain(Protocol::Http, |s| s.http2 = true));
}

#[test]
fn client_certificates_are_verified_against_some_but_not_endless_authorities() {
    let required = |count: usize, bytes: usize| {
        on_https(move |tls| {
            tls.client_auth = ClientAuth::Required { ca: vec![Der::new(vec![1; bytes]); count] };
        })
    };
    refused(required(0, 0), "client_ca", "no CA certificate");
    refused(required(65, 1), "client_ca", "65 CA certificates, at most 64");
    refused(required(2, 64 * 1024 + 1), "client_ca", "at most 131072");
    taken(required(64, 1));
    taken(required(2, 64 * 1024));
}

#[test]
fn versions_of_http_are_offered_once_each() {
    use AlpnProtocol::{H2, Http11};
    for alpn in [vec![], vec![H2, H2], vec![H2, Http11, H2]] {
        refused(on_https(|tls| tls.alpn = alpn), "alpn", "each once");
    }
    for alpn in [vec![H2], vec![Http11], vec![Http11, H2]] {
        taken(on_https(|tls| tls.alpn = alpn));
    }
}

#[test]
fn members_are_verified_against_some_but_not_endless_authorities() {
    // Pool 2 serves the TCP listener of the base World.
    let world = with(&world(), Edit::DeleteListener { id: id(2) });
    let against = |count| {
        pool_2(move |s| {
            s.tls = Some(to_members(Verify::Against(vec![Der::new(*b"ca"); count])));
        })
    };
    assert_eq!(refusal(&world, against(0)).field(), Some("tls.ca"));
    assert_eq!(refusal(&world, against(65)).field(), Some("tls.ca"));
    with(&world, against(64));
    let address = crate::value::HostName::new("10.0.0.1").unwrap();
    let named = pool_2(|s| {
        s.tls = Some(PoolTls { server_name: Some(address), ..PoolTls::default() });
    });
    assert_eq!(refusal(&world, named).field(), Some("tls.server_name"));
}

#[test]
fn tcp_listeners_make_no_http2_of_bytes_and_no_tls_of_tls() {
    let tls = |s: &mut PoolSettings| s.tls = Some(to_members(Verify::Nothing));
    refused(pool_2(|s| s.http2 = true), "http2", "passes on bytes as they come");
    // Bytes in clear may be TLS from here on, unless their clients' own passes through.
    let world = taken(pool_2(tls));
    let mut by_name = rule(9, 20, 2);
    by_name.settings.condition = crate::rule::Condition {
        server_name: Some("a.example".parse().unwrap()),
        ..crate::rule::Condition::default()
    };
    let edit = Edit::AddRule { listener: id(2), rule: by_name.clone() };
    assert_eq!(refusal(&world, edit.clone()).field(), Some("action.forward"));
    let passing = with(&self::world(), edit);
    let found = refusal(&passing, pool_2(tls));
    assert_eq!(found.field(), Some("tls"));
    assert!(found.to_string().contains("TCP listener `tcp-90` passes on its clients' own TLS"));
    let mut pool_3 = pool(30, "secure");
    tls(&mut pool_3.settings);
    let passing = with(&passing, Edit::AddPool { load_balancer: id(1), pool: pool_3 });
    let mut settings = listener(2, Protocol::Tcp, 90).settings;
    settings.pool = Some(id(30));
    let edit = Edit::EditListener { id: id(2), settings };
    assert_eq!(refusal(&passing, edit).field(), Some("pool"));
    let mut tree = balancer(5, "shop");
    tree.pools[0].settings.http2 = true;
    tree.listeners = vec![listener(50, Protocol::Http, 80), listener(51, Protocol::Tcp, 90)];
    let refusal = refusal(&world, Edit::CreateLoadBalancer(tree));
    assert_eq!(refusal.field(), Some("listeners[1].pool"));
}

#[test]
fn all_certificates_of_a_load_balancer_fit_into_one_message() {
    let mut world = world();
    let large = 64 * 1024;
    for number in 100..164 {
        let mut new = certificate(number, &format!("c{number}"));
        new.chain = vec![Der::new(vec![0; large])];
        world = with(&world, Edit::CreateCertificate(new));
    }
    let numbers: Vec<u128> = (100..163).collect();
    let fits = LoadBalancer::MAX_TLS_BYTES as usize / (numbers.len() * large);
    for index in 0..fits {
        let number = 20 + index as u128;
        let new = https(number, 1_000 + index as i64, &numbers);
        world = with(&world, Edit::AddListener { load_balancer: id(1), listener: new });
    }
    let one_more = https(90, 2_000, &numbers);
    let refusal = refusal(&world, Edit::AddListener { load_balancer: id(1), listener: one_more });
    assert!(refusal.to_string().contains("8388608 bytes of certificates"), "{refusal}");
}
