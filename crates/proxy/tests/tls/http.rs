//! HTTP over TLS: the same as in clear but for what members and browsers are told of it.

use elbow_model::listener::{Hsts, HstsSeconds, Protocol};
use elbow_model::value::Port;

use crate::support::client::Client;
use crate::support::origin::Origin;
use crate::support::secure::{certificate, tls};
use crate::support::{Stage, Tuning};
use crate::{client, stage, stage_with};

#[test]
fn members_are_told_that_the_request_came_over_tls() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut client = client(&stage, &[&made], "a");
    let port = stage.address.port();
    for _ in 0..3 {
        let head = client.get("/x").body.to_ascii_lowercase();
        assert!(head.starts_with("get /x http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nx-forwarded-proto: https\r\n"), "{head}");
        assert!(head.contains(&format!("\r\nx-forwarded-port: {port}\r\n")), "{head}");
    }
}

#[test]
fn bodies_of_every_size_arrive_whole_both_ways() {
    let origin = Origin::start(|mut peer| {
        while let Some(request) = peer.read_request() {
            let (_, body) = request.split_once("\r\n\r\n").unwrap();
            let length = body.len();
            peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"));
        }
    });
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut client = client(&stage, &[&made], "a");
    for size in [0, 1, 1_000, 16_384, 16_385, 70_000, 300_000, 2_000_000] {
        let body: String = (0..size).map(|at| char::from(b'a' + (at / 11 % 26) as u8)).collect();
        let length = body.len();
        client
            .send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}"));
        let response = client.response().unwrap();
        assert_eq!(response.status, 200);
        assert!(response.body == body, "{size} bytes changed on their way");
    }
}

#[test]
fn chunked_answers_and_pipelined_requests_work_over_tls() {
    let origin = Origin::start(|mut peer| {
        while peer.read_request().is_some() {
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for _ in 0..3 {
                peer.write(&format!("{:x}\r\n{}\r\n", 40_000, "y".repeat(40_000)));
            }
            peer.write("0\r\n\r\n");
        }
    });
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut client = client(&stage, &[&made], "a");
    client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(4));
    for _ in 0..4 {
        assert_eq!(client.response().unwrap().body.len(), 120_000);
    }
}

#[test]
fn an_answer_without_length_ends_with_an_orderly_end_of_tls() {
    let origin = Origin::start(|mut peer| {
        if peer.read_request().is_some() {
            peer.write("HTTP/1.0 200 OK\r\n\r\nall of it");
        }
    });
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut client = client(&stage, &[&made], "a");
    client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    // rustls reports a missing `close_notify` as an error, which fails the read.
    assert_eq!(client.response().unwrap().body, "all of it");
    assert!(client.is_closed());
}

#[test]
fn a_cut_answer_is_not_ended_as_if_it_were_whole() {
    let origin = Origin::start(|mut peer| {
        if peer.read_request().is_some() {
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome of it");
        }
    });
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut client = client(&stage, &[&made], "a");
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let tls = client.tls.as_mut().unwrap();
    let mut received = Vec::new();
    let read = std::io::Read::read_to_end(
        &mut rustls::Stream::new(&mut **tls, &mut client.stream),
        &mut received,
    );
    assert!(received.ends_with(b"some of it"));
    assert!(read.is_err(), "the client takes it for the whole");
}

#[test]
fn upgraded_connections_are_streams_over_tls_whose_ends_are_told_apart() {
    let origin = Origin::start(|mut peer| {
        if peer.read_request().is_some() {
            peer.write(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            );
            let said = peer.read_to_end();
            peer.write_bytes(&said);
            peer.write("|end");
        }
    });
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut client = client(&stage, &[&made], "a");
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    assert_eq!(client.response().unwrap().status, 101);
    let said = "z".repeat(500_000);
    client.send(&said);
    client.end();
    let heard = String::from_utf8(client.rest()).unwrap();
    assert!(heard == format!("{said}|end"), "{} bytes came back", heard.len());
    stage.wait_connections(0);
}

#[test]
fn every_answer_promises_tls_where_the_listener_does() {
    let origin = Origin::start(|mut peer| {
        while peer.read_request().is_some() {
            peer.write(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nStrict-Transport-Security: max-age=1\r\n\r\n",
            );
        }
    });
    let made = certificate(&["a"]);
    let mut table = tls(&[&made]);
    table.hsts = Some(Hsts {
        max_age_s: HstsSeconds::constant::<600>(),
        include_subdomains: true,
        preload: false,
    });
    let promise = Some("max-age=600; includeSubDomains");
    let stage = stage(&[origin.address], table);
    let mut client = client(&stage, &[&made], "a");
    let answer = client.get("/");
    assert_eq!(answer.field("strict-transport-security"), promise);
    assert_eq!(answer.head.matches("Strict-Transport-Security").count(), 1);
    stage.view(&[]);
    let own = client.get("/");
    assert_eq!((own.status, own.field("strict-transport-security")), (503, promise));
    client.send("nonsense\r\n\r\n");
    let refused = client.response().unwrap();
    assert_eq!((refused.status, refused.field("strict-transport-security")), (400, promise));
}

#[test]
fn who_comes_in_clear_is_sent_to_https_with_the_same_method() {
    let origin = Origin::echo();
    for (port, host, expected) in [
        (443, "shop.example", "https://shop.example/x?y=1"),
        (443, "shop.example:8080", "https://shop.example/x?y=1"),
        (8443, "[::1]:80", "https://[::1]:8443/x?y=1"),
    ] {
        let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
            entry.listeners[0].https_redirect = Some(Port::new(port).unwrap());
        });
        let mut client = Client::connect(stage.address);
        for method in ["GET", "POST"] {
            let length = if method == "POST" { "Content-Length: 0\r\n" } else { "" };
            client.send(format!("{method} /x?y=1 HTTP/1.1\r\nHost: {host}\r\n{length}\r\n"));
            let answer = client.response().unwrap();
            assert_eq!((answer.status, answer.field("location")), (308, Some(expected)));
            assert_eq!(answer.field("strict-transport-security"), None);
        }
        client.send("GET / HTTP/1.0\r\n\r\n");
        assert_eq!(client.response().unwrap().status, 400, "it would lead back here");
    }
    assert_eq!(origin.connection_count(), 0);
}

#[test]
fn redirects_of_rules_stay_on_https() {
    use elbow_model::rule::{Condition, Redirect, RedirectStatus};
    use elbow_model::table::{TableAction, TableRule};
    use elbow_model::value::HttpPath;
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage_with(Tuning::default(), &[origin.address], tls(&[&made]), |entry| {
        entry.listeners[0].rules = vec![TableRule {
            id: uuid::Uuid::from_u128(9).into(),
            condition: Condition::default(),
            action: TableAction::Redirect(Redirect {
                status: RedirectStatus::new(302).unwrap(),
                scheme: None,
                host: None,
                port: None,
                path: Some(HttpPath::new("/new").unwrap()),
            }),
        }];
    });
    let answer = client(&stage, &[&made], "a").get("/old");
    assert_eq!((answer.status, answer.field("location")), (302, Some("https://a/new")));
}

#[test]
fn a_request_for_a_host_of_another_certificate_is_misdirected() {
    let origin = Origin::echo();
    let (one, other) =
        (certificate(&["one.example", "also.example"]), certificate(&["other.example"]));
    let stage = stage(&[origin.address], tls(&[&one, &other]));
    for (host, status) in [
        ("one.example", 200),
        ("ONE.example:443", 200),
        ("also.example", 200),
        ("other.example", 421),
        ("unknown.example", 200),
    ] {
        let mut client = client(&stage, &[&one, &other], "one.example");
        client.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(client.response().unwrap().status, status, "{host}");
    }
}

#[test]
fn idle_clients_get_an_orderly_end_when_the_listener_goes() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let mut stage = stage(&[origin.address], tls(&[&made]));
    let mut client = client(&stage, &[&made], "a");
    assert_eq!(client.get("/").status, 200);
    stage.change(|entry| entry.listeners.clear());
    assert!(client.is_closed(), "rustls reports an end without `close_notify` as an error");
}

#[test]
fn keys_are_renewed_in_the_middle_of_a_connection() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    let mut client = client(&stage, &[&made], "a");
    for _ in 0..5 {
        assert_eq!(client.get("/").status, 200);
        // Asks the balancer to renew its own, too (RFC 8446 §4.6.3).
        client.tls.as_mut().unwrap().refresh_traffic_keys().unwrap();
    }
}
