//! Sessions taken up again: over any worker, after a rotation of certificates, and never past a
//! change of what a client must prove.

use std::sync::Arc;

use elbow_model::listener::{ClientAuth, Protocol, TlsPolicy};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind};

use crate::stage;
use crate::support::Stage;
use crate::support::client::Client;
use crate::support::origin::Origin;
use crate::support::secure::{Authority, BOTH, certificate, showing, tls, trusting};

/// Connects, has one request answered (tickets come with or before the answer), and leaves.
fn visit(stage: &Stage, config: &Arc<ClientConfig>, name: &str) -> HandshakeKind {
    let mut client = Client::secure(stage.address, config.clone(), name).unwrap();
    assert_eq!(client.get("/").status, 200);
    client.tls.as_ref().unwrap().handshake_kind().unwrap()
}

#[test]
fn sessions_are_taken_up_again_on_every_worker() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = Stage::with_workers(2, Protocol::Https, &[origin.address], |entry| {
        entry.listeners[0].tls = Some(tls(&[&made]));
    });
    for version in [&TLS12, &TLS13] {
        let config = Arc::new(trusting(&[&made], &[version]));
        assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Full, "{version:?}");
        for _ in 0..20 {
            assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Resumed, "{version:?}");
        }
    }
    let count = |read: fn(&elbow_proxy::live::ListenerCounters) -> u64| -> u64 {
        stage.balancer.listeners[0].state.per_worker.iter().map(|one| read(one)).sum()
    };
    assert_eq!(count(|one| one.handshakes.read()), 42);
    assert_eq!(count(|one| one.resumed.read()), 40);
    assert_eq!(count(|one| one.failed_handshakes.read()), 0);
}

#[test]
fn a_session_survives_a_rotation_of_certificates() {
    let origin = Origin::echo();
    let (old, new) = (certificate(&["a"]), certificate(&["a"]));
    let mut stage = stage(&[origin.address], tls(&[&old]));
    let config = Arc::new(trusting(&[&old, &new], BOTH));
    assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Full);
    stage.change(|entry| entry.listeners[0].tls = Some(tls(&[&new])));
    assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Resumed);
}

#[test]
fn no_session_leads_past_another_policy_listener_or_client_authority() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let authority = Authority::new();
    let ours = authority.sign("me");
    let mut stage = stage(&[origin.address], tls(&[&made]));
    let config = Arc::new(showing(&[&made], &ours));
    assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Full);
    assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Resumed);
    stage.change(|entry| {
        let table = entry.listeners[0].tls.as_mut().unwrap();
        table.client_auth = ClientAuth::Required { ca: vec![authority.der()] };
    });
    assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Full, "the client proves itself");
    assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Resumed);
    let other = Authority::new();
    stage.change(|entry| {
        let table = entry.listeners[0].tls.as_mut().unwrap();
        table.client_auth = ClientAuth::Required { ca: vec![other.der()] };
    });
    let refused = Client::secure(stage.address, config.clone(), "a")
        .map_or(true, |mut client| client.is_refused());
    assert!(refused, "an earlier session let it in");
    stage.change(|entry| {
        let table = entry.listeners[0].tls.as_mut().unwrap();
        table.client_auth = ClientAuth::None;
        table.policy = TlsPolicy::Tls13;
    });
    assert_eq!(visit(&stage, &config, "a"), HandshakeKind::Full);
    let neighbour = crate::stage(&[origin.address], stage.entry.listeners[0].tls.clone().unwrap());
    assert_eq!(visit(&neighbour, &config, "a"), HandshakeKind::Full);
}
