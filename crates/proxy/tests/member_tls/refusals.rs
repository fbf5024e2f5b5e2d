//! Members that are not who they should be, or do not get through a handshake.

use std::io::{Read as _, Write as _};

use elbow_model::listener::Protocol;
use elbow_model::pool::{PoolTls, Verify};
use elbow_model::value::{Der, HostName};
use elbow_proxy::worker::{MemberFailure, Report};
use rcgen::{BasicConstraints, CertificateParams, IsCa, date_time_ymd};
use rustls::version::TLS13;

use super::support::authority::{Authority, self_signed};
use super::support::client::Client;
use super::support::origin::Origin;
use super::support::{PATIENCE, Stage};
use super::{add_member, anybody, secure, stage, telling, verified, with};

/// What a worker tells of a member's failure.
fn evidence(stage: &Stage) -> (MemberFailure, String) {
    match stage.reports.recv_timeout(PATIENCE).unwrap() {
        Report::MemberFailed { failure, evidence, .. } => (failure, evidence.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_can_not_be_verified_gets_no_request_and_it_is_said_why() {
    let [ours, others] = [Authority::new("ours"), Authority::new("others")];
    let good = ["a.example"];
    for (config, expected) in [
        (
            ours.issue(&["b.example", "c.example"]),
            "certificate is for other names: b.example, c.example, not for a.example",
        ),
        (ours.issue(&[]), "certificate is for no name, not for a.example"),
        (others.issue(&good), "certificate is of an unknown issuer, not of the pool's CA"),
        (ours.issue_expired(&good), "certificate has expired"),
    ] {
        let origin = telling("one", config.server(&[&TLS13]));
        let tls = verified(&ours, Some("a.example"));
        for protocol in [Protocol::Http, Protocol::Tcp] {
            let stage = stage(protocol, &[origin.address], tls.clone());
            let mut client = Client::connect(stage.address);
            match protocol {
                Protocol::Tcp => assert!(client.is_closed()),
                Protocol::Http | Protocol::Https => {
                    let answer = client.get("/");
                    assert_eq!(answer.status, 502);
                    assert!(answer.body.contains("no secure connection"), "{}", answer.body);
                }
            }
            let expected = format!("TLS handshake failed: the member's {expected}");
            assert_eq!(evidence(&stage), (MemberFailure::TlsFailed, expected));
            stage.wait_in_flight(0, 0);
        }
    }
}

#[test]
fn a_certificate_trusted_by_itself_is_for_its_name_and_time_whatever_it_says_it_is() {
    let ca = |params: &mut CertificateParams| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    let over = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    };
    let plain = self_signed(&["a.example"], |_| {});
    let as_ca = self_signed(&["a.example"], ca);
    let old = self_signed(&["a.example"], over);
    let old_ca = self_signed(&["a.example"], |params| {
        ca(params);
        over(params);
    });
    let stranger = self_signed(&["a.example"], ca);
    let names = "certificate is for other names: a.example, not for b.example";
    for (shown, trusted, name, expected) in [
        (&plain, &plain, "a.example", None),
        (&as_ca, &as_ca, "a.example", None),
        (&plain, &plain, "b.example", Some(names)),
        (&as_ca, &as_ca, "b.example", Some(names)),
        (&old, &old, "a.example", Some("certificate has expired")),
        (&old_ca, &old_ca, "a.example", Some("certificate has expired")),
        (&stranger, &as_ca, "a.example", Some("(CA:TRUE) that is not the pool's CA")),
        (&stranger, &plain, "a.example", Some("(CA:TRUE) that is not the pool's CA")),
    ] {
        let origin = telling("one", shown.server(&[&TLS13]));
        let verify = Verify::Against(vec![Der::new(trusted.chain[0].to_vec())]);
        let server_name = Some(HostName::new(name).unwrap());
        let stage = stage(Protocol::Http, &[origin.address], Some(PoolTls { verify, server_name }));
        let status = Client::connect(stage.address).get("/").status;
        match expected {
            None => assert_eq!(status, 200),
            Some(expected) => {
                assert_eq!(status, 502);
                let (_, text) = evidence(&stage);
                assert!(text.contains(expected), "{text}");
            }
        }
    }
}

#[test]
fn a_certificate_for_another_address_is_for_another_member() {
    let authority = Authority::new("ca");
    let origin = telling("one", authority.issue(&["10.0.0.9", "a.example"]).server(&[&TLS13]));
    let stage = stage(Protocol::Http, &[origin.address], verified(&authority, None));
    assert_eq!(Client::connect(stage.address).get("/").status, 502);
    let (_, text) = evidence(&stage);
    assert!(text.contains("is for other names: ") && text.ends_with("not for 127.0.0.1"), "{text}");
}

#[test]
fn another_member_gets_the_whole_request() {
    let [ours, others] = [Authority::new("ours"), Authority::new("others")];
    let bad = telling("bad", others.issue(&["a.example"]).server(&[&TLS13]));
    let good = telling("good", ours.issue(&["a.example"]).server(&[&TLS13]));
    let tls = verified(&ours, Some("a.example"));
    let stage = stage(Protocol::Http, &[bad.address, good.address], tls);
    for _ in 0..4 {
        let mut client = Client::connect(stage.address);
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n");
        client.send(vec![b'x'; 40_000]);
        let response = client.response().unwrap();
        assert!(response.body.starts_with("good asked for a.example"), "{}", response.body);
        let length: usize = response.body.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(length > 40_000, "{length}");
    }
    stage.wait_in_flight(0, 0);
    stage.wait_in_flight(1, 0);
}

#[test]
fn a_request_that_is_still_coming_goes_on_on_a_connection_that_was_kept() {
    let [ours, others] = [Authority::new("ours"), Authority::new("others")];
    let bad = telling("bad", others.issue(&["a.example"]).server(&[&TLS13]));
    let good = telling("good", ours.issue(&["a.example"]).server(&[&TLS13]));
    let tls = verified(&ours, Some("a.example"));
    let stage = stage(Protocol::Http, &[bad.address, good.address], tls);
    for _ in 0..4 {
        let mut client = Client::connect(stage.address);
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n";
        // More than a first read takes, so that some of it waits for the other member.
        client.send([head.as_bytes(), &[b'x'; 300_000]].concat());
        let response = client.response().unwrap();
        assert!(response.body.starts_with("good asked for a.example"), "{}", response.body);
    }
}

#[test]
fn a_member_that_demands_a_certificate_of_us_is_told_from_one_that_closes() {
    let authority = Authority::new("ca");
    let identity = authority.issue(&["a.example"]);
    let demanding = telling("demanding", identity.demanding_server(&authority));
    for protocol in [Protocol::Http, Protocol::Tcp] {
        let stage = stage(protocol, &[demanding.address], anybody());
        let mut client = Client::connect(stage.address);
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        match protocol {
            Protocol::Tcp => assert!(client.is_closed()),
            Protocol::Http | Protocol::Https => {
                assert_eq!(client.response().unwrap().status, 502);
            }
        }
        let (failure, text) = evidence(&stage);
        let expected = "the member demands a client certificate, which a pool can't show";
        assert_eq!(failure, MemberFailure::TlsFailed);
        assert_eq!(text, format!("TLS handshake failed: {expected}"));
    }
    let mut stage = stage(Protocol::Http, &[demanding.address], anybody());
    let good = telling("good", identity.server(&[&TLS13]));
    stage.change(|entry| add_member(entry, good.address));
    let mut client = Client::connect(stage.address);
    for _ in 0..4 {
        let response = client.get("/");
        assert!(response.body.starts_with("good"), "{}", response.body);
    }
}

#[test]
fn a_member_that_does_not_speak_tls_or_leaves_is_told_so() {
    let plain = Origin::start(|mut peer| {
        peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        peer.read_to_end();
    });
    let leaving = Origin::start(|mut peer| {
        let record = peer.read_exactly(5).unwrap();
        peer.read_exactly(usize::from(record[3]) << 8 | usize::from(record[4])).unwrap();
    });
    for (origin, expected) in [
        (&plain, "the member does not speak TLS on this port"),
        (&leaving, "the connection was closed"),
    ] {
        let stage = stage(Protocol::Http, &[origin.address], anybody());
        assert_eq!(Client::connect(stage.address).get("/").status, 502);
        let expected = format!("TLS handshake failed: {expected}");
        assert_eq!(evidence(&stage), (MemberFailure::TlsFailed, expected));
    }
}

#[test]
fn the_handshake_counts_to_the_time_for_a_connection() {
    let silent = Origin::start(|mut peer| drop(peer.read_to_end()));
    for protocol in [Protocol::Http, Protocol::Tcp] {
        let stage = with(protocol, &[silent.address], anybody(), |entry| {
            entry.listeners[0].timeouts.member_connect_ms = 100.try_into().unwrap();
        });
        let mut client = Client::connect(stage.address);
        match protocol {
            Protocol::Tcp => assert!(client.is_closed()),
            Protocol::Http | Protocol::Https => assert_eq!(client.get("/").status, 504),
        }
        let expected = "TLS handshake failed: not done within 100 ms".to_owned();
        assert_eq!(evidence(&stage), (MemberFailure::ConnectTimeout, expected));
    }
}

#[test]
fn a_slow_handshake_loses_nothing_of_what_waits_for_it() {
    let config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
    let config = std::sync::Arc::new(config);
    let (go, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let origin = Origin::start(move |peer| {
        waits.lock().unwrap().recv().unwrap();
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        let mut secure = super::support::tls::Secure::new(connection, peer.stream);
        let mut all = vec![0; 200_000];
        secure.read_exact(&mut all).unwrap();
        secure.write_all(&all).unwrap();
        super::part(secure);
    });
    let stage = stage(Protocol::Tcp, &[origin.address], anybody());
    let mut client = Client::connect(stage.address);
    let sent: Vec<u8> = (0..200_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    client.send(&sent);
    client.end();
    stage.wait_in_flight(0, 1);
    go.send(()).unwrap();
    assert!(client.rest() == sent);
}

#[test]
fn a_client_that_leaves_during_the_handshake_is_forgotten() {
    let silent = Origin::start(|mut peer| drop(peer.read_to_end()));
    for protocol in [Protocol::Http, Protocol::Tcp] {
        let stage = stage(protocol, &[silent.address], anybody());
        let mut client = Client::connect(stage.address);
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        stage.wait_in_flight(0, 1);
        client.reset();
        stage.wait_in_flight(0, 0);
        stage.wait_connections(0);
    }
}

#[test]
fn a_member_that_breaks_the_protocol_later_breaks_the_answer() {
    let config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
    let (go, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let origin = secure(config, move |mut peer| {
        super::read_request(&mut peer).unwrap();
        peer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").unwrap();
        peer.flush().unwrap();
        waits.lock().unwrap().recv().unwrap();
        peer.sock.write_all(b"this is no record of TLS").unwrap();
        let _end = peer.sock.read(&mut [0]);
    });
    let stage = stage(Protocol::Http, &[origin.address], anybody());
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.head().unwrap().starts_with("HTTP/1.1 200 "));
    assert_eq!(client.exactly(4).unwrap(), b"half");
    go.send(()).unwrap();
    assert_eq!(client.rest(), b"");
    stage.wait_in_flight(0, 0);
}
