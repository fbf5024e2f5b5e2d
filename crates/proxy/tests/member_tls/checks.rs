//! Checks of members that are spoken to over TLS: what traffic would find, they find first.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::channel;

use elbow_model::health_monitor::{Check, HttpCheck};
use elbow_model::pool::PoolTls;
use elbow_model::value::{HttpPath, HttpToken};
use elbow_proxy::clock::Clock;
use elbow_proxy::member_tls::CheckTls;
use elbow_proxy::probe::{Order, ProbeId, ProbeSpec, Probed, ProberConfig, start};
use elbow_traffic::health::Outcome;
use rustls::version::TLS13;

use super::support::PATIENCE;
use super::support::authority::Authority;
use super::{anybody, telling, verified};

fn outcome(target: SocketAddr, check: fn(HttpCheck) -> Check, tls: Option<&PoolTls>) -> Outcome {
    let config = ProberConfig { clock: Clock::start(), most_under_way: 4, seed: 1 };
    let (sender, results) = channel();
    let take =
        move |batch: Vec<Probed>| batch.into_iter().all(|probed| sender.send(probed).is_ok());
    let prober = start(config, Box::new(take)).unwrap();
    let check = check(HttpCheck {
        method: HttpToken::new("GET").unwrap(),
        path: HttpPath::new("/healthz").unwrap(),
        host: None,
        expected_codes: "200".parse().unwrap(),
    });
    let tls = tls.map(|settings| Arc::new(CheckTls::build(Some(settings))));
    let (check, interval_ms, timeout_ms) = (Arc::new(check), 100, 5_000);
    prober
        .send(Order::Start(ProbeId(1), ProbeSpec { target, check, tls, interval_ms, timeout_ms }));
    let found = results.recv_timeout(PATIENCE).unwrap().outcome;
    prober.send(Order::End);
    found
}

#[test]
fn http_checks_of_such_a_pool_are_made_over_tls_and_verified() {
    let [ours, others] = [Authority::new("ours"), Authority::new("others")];
    let origin = telling("one", ours.issue(&["a.example"]).server(&[&TLS13]));
    let right = verified(&ours, Some("a.example"));
    for check in [Check::Http, Check::Https] {
        assert_eq!(outcome(origin.address, check, right.as_ref()), Ok(()));
        assert_eq!(outcome(origin.address, check, anybody().as_ref()), Ok(()));
        for (tls, expected) in [
            (verified(&ours, Some("b.example")), "is for other names: a.example"),
            (verified(&others, Some("a.example")), "is of an unknown issuer"),
        ] {
            let found = outcome(origin.address, check, tls.as_ref()).unwrap_err();
            assert!(found.starts_with("TLS handshake failed: the member's certificate"), "{found}");
            assert!(found.contains(expected), "{found}");
        }
    }
    // Without TLS settings of the pool, only HTTPS checks speak it, and verify nothing.
    assert!(outcome(origin.address, Check::Http, None).is_err());
    assert_eq!(outcome(origin.address, Check::Https, None), Ok(()));
}
