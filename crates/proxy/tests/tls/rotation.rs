//! Certificates changed under load: no handshake fails, no connection ends, and once a change is in
//! force, every worker shows the new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use elbow_model::listener::Protocol;
use elbow_model::table::TableCertificate;

use crate::support::Stage;
use crate::support::client::Client;
use crate::support::origin::Origin;
use crate::support::secure::{BOTH, certificate, tls, trusting};
use crate::{client, shown};

/// Rotations; a hundred for every one that a careful operator makes in a century.
const ROTATIONS: usize = 1_000;

#[test]
fn a_thousand_rotations_under_load_fail_no_handshake_and_are_seen_at_once() {
    let origin = Origin::named("here");
    let made: Vec<TableCertificate> = (0..8).map(|_| certificate(&["a"])).collect();
    let all: Vec<&TableCertificate> = made.iter().collect();
    let mut stage = Stage::with_workers(2, Protocol::Https, &[origin.address], |entry| {
        entry.listeners[0].tls = Some(tls(&[&made[0]]));
    });
    let mut steady = client(&stage, &all, "a");
    let is_over = Arc::new(AtomicBool::new(false));
    let served = Arc::new(AtomicUsize::new(0));
    let load: Vec<_> = (0..2)
        .map(|_| {
            let (is_over, served, address) = (is_over.clone(), served.clone(), stage.address);
            let config = Arc::new(trusting(&all, BOTH));
            std::thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let mut client = Client::secure(address, config.clone(), "a").unwrap();
                    assert_eq!(client.get("/").status, 200);
                    served.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for round in 1..=ROTATIONS {
        let newest = &made[round % made.len()];
        stage.change(|entry| entry.listeners[0].tls = Some(tls(&[newest])));
        if round % 10 == 0 {
            let config = {
                let mut config = trusting(&all, BOTH);
                config.resumption = rustls::client::Resumption::disabled();
                Arc::new(config)
            };
            for _ in 0..4 {
                let client = Client::secure(stage.address, config.clone(), "a").unwrap();
                assert_eq!(shown(&client), newest.chain[0].as_bytes(), "round {round}");
            }
            assert_eq!(steady.get("/").status, 200, "round {round}");
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for thread in load {
        thread.join().unwrap();
    }
    let listener = &stage.balancer.listeners[0].state.per_worker;
    let failed: u64 = listener.iter().map(|one| one.failed_handshakes.read()).sum();
    assert_eq!(failed, 0);
    assert!(served.load(Ordering::Relaxed) > 0, "no client came meanwhile");
}

#[test]
fn every_worker_shows_the_new_certificate_from_the_acknowledgement_on() {
    let origin = Origin::named("here");
    let (old, new) = (certificate(&["a"]), certificate(&["a"]));
    let mut stage = Stage::with_workers(2, Protocol::Https, &[origin.address], |entry| {
        entry.listeners[0].tls = Some(tls(&[&old]));
    });
    let handshakes = |stage: &Stage| -> Vec<u64> {
        let workers = stage.balancer.listeners[0].state.per_worker.iter();
        workers.map(|one| one.handshakes.read()).collect()
    };
    stage.change(|entry| entry.listeners[0].tls = Some(tls(&[&new])));
    let before = handshakes(&stage);
    let mut config = trusting(&[&new], BOTH);
    config.resumption = rustls::client::Resumption::disabled();
    let config = Arc::new(config);
    let deadline = Instant::now() + crate::support::PATIENCE;
    while handshakes(&stage).iter().zip(&before).any(|(now, before)| now == before) {
        assert!(Instant::now() < deadline, "one worker gets no connections");
        // Only connections that come at once wake more than one worker; all trust the new one alone.
        let burst: Vec<_> = (0..16).map(|_| Client::connect(stage.address)).collect();
        for client in burst {
            let mut client = client.shake_hands(config.clone(), "a").unwrap();
            assert_eq!(client.get("/").status, 200);
        }
    }
}

#[test]
fn a_connection_that_has_not_begun_its_handshake_is_shown_the_newest() {
    let origin = Origin::named("here");
    let (old, new) = (certificate(&["a"]), certificate(&["a"]));
    let mut stage = crate::stage(&[origin.address], tls(&[&old]));
    let waiting = Client::connect(stage.address);
    stage.wait_connections(1);
    stage.change(|entry| entry.listeners[0].tls = Some(tls(&[&new])));
    let config = Arc::new(trusting(&[&new], BOTH));
    assert_eq!(waiting.shake_hands(config, "a").unwrap().get("/").status, 200);
}
