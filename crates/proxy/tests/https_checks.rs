//! Checks over TLS: the prober, real servers, and what it says of them.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use elbow_model::health_monitor::{Check, HttpCheck};
use elbow_model::value::{HostName, HttpPath, HttpToken};
use elbow_proxy::clock::Clock;
use elbow_proxy::probe::{Order, ProbeId, ProbeSpec, Probed, ProberConfig, ProberHandle, start};
use elbow_traffic::health::Outcome;
use rustls::version::{TLS12, TLS13};

use support::origin::Origin;
use support::{PATIENCE, tls};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A prober that checks one target until its end.
struct Stage {
    prober: ProberHandle,
    results: Receiver<Probed>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.prober.send(Order::End);
    }
}

impl Stage {
    fn check(target: SocketAddr, host: Option<&str>, timeout_ms: u32) -> Self {
        let config = ProberConfig { clock: Clock::start(), most_under_way: 4, seed: 1 };
        let (sender, results) = channel();
        let take =
            move |batch: Vec<Probed>| batch.into_iter().all(|probed| sender.send(probed).is_ok());
        let prober = start(config, Box::new(take)).unwrap();
        let check = Arc::new(Check::Https(HttpCheck {
            method: HttpToken::new("GET").unwrap(),
            path: HttpPath::new("/healthz").unwrap(),
            host: host.map(|host| HostName::new(host).unwrap()),
            expected_codes: "200".parse().unwrap(),
        }));
        let spec = ProbeSpec { target, check, tls: None, interval_ms: 100, timeout_ms };
        prober.send(Order::Start(ProbeId(1), spec));
        Self { prober, results }
    }

    fn outcome(&self) -> Outcome {
        self.results.recv_timeout(PATIENCE).unwrap().outcome
    }
}

/// What the first check of `origin` says, with time enough for slow machines.
fn outcome(origin: &Origin) -> Outcome {
    Stage::check(origin.address, None, 5_000).outcome()
}

fn failure(origin: &Origin) -> String {
    outcome(origin).unwrap_err()
}

#[test]
fn a_member_is_healthy_over_either_version_whatever_its_certificate() {
    for versions in [&[&TLS13][..], &[&TLS12], &[&TLS12, &TLS13]] {
        let origin = tls::origin(tls::server(versions), |_, head| {
            assert!(head.starts_with("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:"), "{head}");
            OK.to_owned()
        });
        let stage = Stage::check(origin.address, None, 5_000);
        assert_eq!((stage.outcome(), stage.outcome()), (Ok(()), Ok(())), "{versions:?}");
    }
}

#[test]
fn the_hosts_name_is_asked_for_and_an_address_is_not() {
    for (host, expected) in [
        (Some("a.example"), Ok(())),
        (Some("127.0.0.9"), Err("status 421, expected 200".to_owned())),
        (None, Err("status 421, expected 200".to_owned())),
    ] {
        let origin =
            tls::origin(tls::server(&[&TLS13]), |secure, _| match secure.conn.server_name() {
                Some("a.example") => OK.to_owned(),
                _ => "HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n".to_owned(),
            });
        let found = Stage::check(origin.address, host, 5_000).outcome();
        assert_eq!(found, expected, "{host:?}");
    }
}

#[test]
fn answers_are_judged_as_in_clear() {
    for (answer, expected) in [
        ("HTTP/1.1 503 Down\r\n\r\n", "status 503, expected 200"),
        ("SSH-2.0-OpenSSH\r\n\r\n", "no valid answer: "),
        (&format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(200_000)), "larger than 64 KiB"),
    ] {
        let answer = answer.to_owned();
        let origin = tls::origin(tls::server(&[&TLS13]), move |_, _| answer.clone());
        let found = failure(&origin);
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn who_does_not_have_the_certificates_key_fails() {
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let found = failure(&tls::origin(tls::impostor(versions), |_, _| OK.to_owned()));
        let expected = "TLS handshake failed: the member does not have its certificate's key";
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn servers_without_tls_are_told_so() {
    let http = Origin::start(|mut peer| {
        // As servers do with what is no request: they answer and leave.
        peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        peer.read_to_end();
    });
    assert_eq!(
        failure(&http),
        "TLS handshake failed: the member answers in plain HTTP on this port"
    );
    let other = Origin::start(|mut peer| {
        peer.write("SSH-2.0-OpenSSH\r\n");
        peer.read_to_end();
    });
    assert_eq!(failure(&other), "TLS handshake failed: the member does not speak TLS on this port");
}

#[test]
fn a_member_that_closes_during_the_handshake_fails() {
    let at_end = Origin::start(|mut peer| {
        // The whole hello is taken, so that the close is no reset.
        let record = peer.read_exactly(5).unwrap();
        peer.read_exactly(usize::from(record[3]) << 8 | usize::from(record[4])).unwrap();
    });
    assert_eq!(failure(&at_end), "TLS handshake failed: the member closed the connection");
    let alert = Origin::start(|mut peer| {
        peer.read_exactly(5).unwrap();
        peer.write_bytes(&[21, 3, 3, 0, 2, 2, 40]);
        peer.read_to_end();
    });
    let found = failure(&alert);
    assert_eq!(found, "TLS handshake failed: the member ended it with the alert HandshakeFailure");
}

#[test]
fn a_member_that_hangs_fails_in_time_and_it_is_said_where() {
    let silent = Origin::start(|mut peer| drop(peer.read_to_end()));
    let found = Stage::check(silent.address, None, 100).outcome().unwrap_err();
    assert_eq!(found, "TLS handshake failed: not done within 100 ms");
    let (hang, hung) = channel::<()>();
    let hung = std::sync::Mutex::new(hung);
    let slow = tls::origin(tls::server(&[&TLS13]), move |_, _| {
        let _test_ended = hung.lock().unwrap().recv();
        String::new()
    });
    let found = Stage::check(slow.address, None, 1_000).outcome().unwrap_err();
    assert_eq!(found, "no answer within 1000 ms");
    drop(hang);
}

#[test]
fn records_without_an_answer_have_an_end() {
    let flood = Origin::start(|mut peer| {
        use std::io::Write as _;
        // Handshake records of a hello that never ends; the client may leave at any byte.
        let record = [&[22, 3, 3, 0x3f, 0xff, 2, 0xff, 0xff, 0xff][..], &[0; 0x3ffb]].concat();
        while peer.stream.write_all(&record).is_ok() {}
    });
    let found = failure(&flood);
    assert!(found.starts_with("TLS handshake failed: "), "{found}");
}
