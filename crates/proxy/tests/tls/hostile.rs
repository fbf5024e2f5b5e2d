//! What is no TLS, or too much of it, or too little: it costs its own connection and nothing else.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use elbow_proxy::worker::{Deadlines, Trap};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};

use crate::support::client::Client;
use crate::support::origin::Origin;
use crate::support::secure::{BOTH, certificate, tls, trusting};
use crate::support::{Stage, Tuning};
use crate::{client, stage, stage_with};

/// The bytes of a client's first flight.
fn hello(config: rustls::ClientConfig) -> Vec<u8> {
    let name = ServerName::try_from("a").unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut bytes).unwrap();
    }
    bytes
}

fn failed(stage: &Stage) -> u64 {
    stage.balancer.listeners[0].state.per_worker[0].failed_handshakes.read()
}

/// The description of the fatal alert in clear that ends what the balancer says.
fn alert(said: &[u8]) -> Option<u8> {
    let at = said.len().checked_sub(7)?;
    match said[at..] {
        [21, 3, _, 0, 2, 2, description] => Some(description),
        _ => None,
    }
}

#[test]
fn a_request_in_clear_is_told_in_clear_that_this_is_https() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut clear = Client::connect(stage.address);
    clear.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = clear.response().unwrap();
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("this port speaks HTTPS"), "{}", answer.body);
    assert!(clear.is_closed());
    assert_eq!((failed(&stage), origin.connection_count()), (0, 0));
}

#[test]
fn what_is_no_handshake_is_refused_with_an_alert_and_harms_nobody() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut neighbour = client(&stage, &[&made], "a");
    let oversized = [&[22, 3, 1, 0xff, 0xff][..], &[1; 70_000]].concat();
    let heartbeat = [24, 3, 3, 0, 3, 1, 0x40, 0];
    let endless = [&[22, 3, 1, 0x40, 0][..], &[1, 0xff, 0xff, 0xff], &[0; 0x3ffc]].concat();
    let data = [&[23, 3, 3, 0, 16][..], &[0; 16]].concat();
    let ssl2 = [&[0x80, 0x2e, 1, 3, 1][..], &[0; 43]].concat();
    let mut count = 0;
    for (bytes, is_alerted) in [
        (&oversized[..], true),
        (&heartbeat, true),
        (&endless, false),
        (&data, true),
        (&ssl2, true),
        (&[0; 64], true),
        (b"\x16\x03\x01\0\0", true),
    ] {
        count += 1;
        let mut hostile = Client::connect(stage.address);
        hostile.send(bytes);
        let said = hostile.rest();
        assert_eq!(alert(&said).is_some(), is_alerted, "{said:?} for {:?}", &bytes[..5]);
        assert!(said.len() <= 7, "{said:?} for {:?}", &bytes[..5]);
        assert_eq!(failed(&stage), count, "{:?}", &bytes[..5]);
        assert_eq!(neighbour.get("/").status, 200);
    }
}

#[test]
fn older_versions_are_refused() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    for minor in [0, 1, 2] {
        // A hello as those versions have it: no extension names others (RFC 2246 §7.4.1.2).
        let message = [&[3, minor][..], &[7; 32], &[0, 0, 2, 0xc0, 0x2f, 1, 0]].concat();
        let length = message.len() as u8;
        let header = [22, 3, 1, 0, length + 4, 1, 0, 0, length];
        let old = [&header[..], &message].concat();
        let mut client = Client::connect(stage.address);
        client.send(&old);
        // `handshake_failure` or `protocol_version`, whichever is noticed first.
        assert!(matches!(alert(&client.rest()), Some(40 | 70)), "3.{minor}");
    }
    assert_eq!(failed(&stage), 3);
}

#[test]
fn every_cut_and_every_changed_byte_of_a_hello_leaves_the_worker_alive() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let whole = hello(trusting(&[&made], &[&TLS12]));
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        let mut client = Client::connect(stage.address);
        client.send(&changed);
        client.end();
        client.rest();
        let mut cut = Client::connect(stage.address);
        cut.send(&whole[..at]);
        cut.end();
        cut.rest();
    }
    assert_eq!(client(&stage, &[&made], "a").get("/").status, 200);
    stage.wait_connections(0);
}

#[test]
fn a_slow_handshake_ends_at_its_deadline_however_much_is_sent() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let deadlines = Deadlines { handshake: Duration::from_millis(200), ..Deadlines::default() };
    let tuning = Tuning { deadlines, ..Tuning::default() };
    let stage = stage_with(tuning, &[origin.address], tls(&[&made]), |_| {});
    let whole = hello(trusting(&[&made], BOTH));
    let mut silent = Client::connect(stage.address);
    let mut half = Client::connect(stage.address);
    half.send(&whole[..whole.len() / 2]);
    let mut lazy = Client::connect(stage.address);
    lazy.send(&whole);
    assert!(silent.is_closed());
    assert!(half.rest().is_empty());
    // The server's flight came, and the client never answered it.
    assert!(!lazy.rest().is_empty());
    stage.wait_connections(0);
    assert_eq!(failed(&stage), 2, "saying nothing at all is no handshake");
    let mut dripping = Client::connect(stage.address);
    let begun = Instant::now();
    while dripping.stream.write_all(&[whole[0]]).is_ok() && !dripping.has_something() {
        assert!(begun.elapsed() < Duration::from_secs(5), "the deadline moves with every byte");
        std::thread::yield_now();
    }
}

#[test]
fn renegotiation_is_refused() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut client =
        Client::secure(stage.address, Arc::new(trusting(&[&made], &[&TLS12])), "a").unwrap();
    assert_eq!(client.get("/").status, 200);
    // A second hello in the clear, where only protected records may come.
    let again = hello(trusting(&[&made], &[&TLS12]));
    client.stream.write_all(&again).unwrap();
    client.tls = None;
    let mut said = Vec::new();
    let _reset = client.stream.read_to_end(&mut said);
    // One protected alert, and the end.
    assert_eq!(said.first(), Some(&21), "{said:?}");
}

#[test]
fn a_cut_in_the_middle_of_a_request_is_no_request() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    for version in [&TLS12, &TLS13] {
        let config = Arc::new(trusting(&[&made], &[version]));
        let mut client = Client::secure(stage.address, config, "a").unwrap();
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        stage.wait_in_flight(0, 1);
        client.stream.shutdown(std::net::Shutdown::Write).unwrap();
        stage.wait_in_flight(0, 0);
        stage.wait_connections(0);
    }
}

#[test]
fn a_client_over_a_limit_is_closed_without_a_handshake() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage_with(Tuning::default(), &[origin.address], tls(&[&made]), |entry| {
        let limit = elbow_model::listener::ConnectionLimit::constant::<1>();
        entry.listeners[0].connection_limit = Some(limit);
    });
    let mut first = client(&stage, &[&made], "a");
    assert_eq!(first.get("/").status, 200);
    assert!(Client::connect(stage.address).is_closed());
    assert_eq!(first.get("/").status, 200);
}

#[test]
fn the_proxy_protocol_goes_before_the_handshake() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage_with(Tuning::default(), &[origin.address], tls(&[&made]), |entry| {
        entry.listeners[0].proxy_protocol = true;
        entry.listeners[0].trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let mut client = Client::connect(stage.address);
    client.send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n");
    let config = Arc::new(trusting(&[&made], BOTH));
    let mut client = client.shake_hands(config, "a").unwrap();
    let seen = client.get("/").body;
    assert!(seen.contains("X-Forwarded-For: 192.0.2.7\r\n"), "{seen}");
}

#[test]
fn a_panic_costs_one_connection_over_tls_too() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let tuning = Tuning { trap: Some(Trap { mark: b"trap-mark" }), ..Tuning::default() };
    let stage = stage_with(tuning, &[origin.address], tls(&[&made]), |_| {});
    let mut neighbour = client(&stage, &[&made], "a");
    assert_eq!(neighbour.get("/").status, 200);
    let mut unlucky = client(&stage, &[&made], "a");
    unlucky.send("GET /trap-mark HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(unlucky.is_closed());
    assert_eq!(neighbour.get("/").status, 200);
    assert_eq!(client(&stage, &[&made], "a").get("/").status, 200);
}

/// Far below the time after which idle clients are sent away.
const PROMPT: Duration = Duration::from_secs(10);

#[test]
fn endless_requests_to_renew_keys_end_the_connection() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut flood = client(&stage, &[&made], "a");
    let tls = flood.tls.as_mut().unwrap();
    for _ in 0..200 {
        tls.refresh_traffic_keys().unwrap();
    }
    let start = Instant::now();
    while tls.wants_write() && tls.write_tls(&mut flood.stream).is_ok() {}
    let mut said = Vec::new();
    let end = std::io::Read::read_to_end(
        &mut rustls::Stream::new(&mut **tls, &mut flood.stream),
        &mut said,
    );
    // An alert, a reset that overtook it, or an orderly end: one of them at once and with no answer, not by idleness.
    assert!(said.is_empty() && start.elapsed() < PROMPT, "{end:?} after {:?}", start.elapsed());
    stage.wait_connections(0);
}
