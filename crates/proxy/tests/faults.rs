//! What fails: hostile clients, members that die, stall or lie, and limits. Whatever happens, the
//! answer is honest and the next client is served.

mod support;

use elbow_model::listener::{Protocol, TrafficTimeoutMs};
use elbow_model::pool::Retries;
use elbow_model::table::TableEntry;
use elbow_proxy::worker::{MemberFailure, Report};
use std::net::{SocketAddr, TcpListener};
use support::client::Client;
use support::origin::Origin;
use support::{PATIENCE, Stage};

/// An address where nobody listens.
fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").expect("a socket").local_addr().expect("its address")
}

fn with_timeout(ms: i64) -> impl FnOnce(&mut TableEntry) {
    move |entry| {
        entry.listeners[0].timeouts.member_response_ms =
            TrafficTimeoutMs::new(ms).expect("a timeout");
    }
}

#[test]
fn hostile_requests_are_answered_and_never_forwarded() {
    let origin = Origin::named("a");
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    for (status, request) in [
        (400, "GET / HTTP/1.1\r\n\r\n"),
        (400, "GET / HTTP/1.1\nHost: a\n\n"),
        (
            400,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
        (501, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"),
    ] {
        let mut client = Client::connect(stage.address);
        client.send(format!("{request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
        let response = client.response().expect("an answer");
        assert_eq!((response.status, response.field("connection")), (status, Some("close")));
        assert!(response.body.starts_with(&format!("{status} ")), "{}", response.body);
        assert!(client.is_closed(), "{request}");
    }
    assert_eq!(origin.connection_count(), 0);
    assert_eq!(Client::connect(stage.address).get("/").body, "a");
}

#[test]
fn a_broken_chunk_never_completes_a_request() {
    let origin = Origin::start(|mut peer| {
        assert_eq!(peer.read_request(), None, "the body must not look whole");
    });
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let mut client = Client::connect(stage.address);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.send("zz\r\n0\r\n\r\n");
    assert_eq!(client.response().expect("an answer").status, 400);
    assert!(client.is_closed());
}

#[test]
fn no_healthy_member_is_said_at_once() {
    let origin = Origin::named("a");
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    stage.view(&[]);
    let mut client = Client::connect(stage.address);
    let response = client.get("/");
    assert_eq!((response.status, response.field("retry-after")), (503, Some("1")));
    assert!(response.body.contains("no healthy server"), "{}", response.body);
    stage.view(&[0]);
    assert_eq!(client.get("/").body, "a");
}

#[test]
fn a_member_that_refuses_is_passed_over_and_reported() {
    let origin = Origin::named("a");
    let stage = Stage::new(Protocol::Http, &[nobody(), origin.address]);
    let mut client = Client::connect(stage.address);
    for _ in 0..4 {
        assert_eq!(client.get("/").body, "a");
    }
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(client.response().expect("a response").body, "a");
    let report = stage.reports.recv_timeout(PATIENCE).expect("a report");
    assert!(
        matches!(report, Report::MemberFailed { failure: MemberFailure::ConnectFailed, .. }),
        "{report:?}"
    );
    stage.wait_in_flight(0, 0);
    stage.wait_in_flight(1, 0);
}

#[test]
fn only_members_that_refuse_give_502() {
    let stage = Stage::new(Protocol::Http, &[nobody(), nobody()]);
    assert_eq!(Client::connect(stage.address).get("/").status, 502);
}

#[test]
fn a_read_is_tried_again_and_a_write_is_not() {
    let dying = Origin::start(|mut peer| {
        let _request = peer.read_head();
    });
    let origin = Origin::named("a");
    let stage = Stage::new(Protocol::Http, &[dying.address, origin.address]);
    let mut client = Client::connect(stage.address);
    for _ in 0..4 {
        assert_eq!(client.get("/").body, "a");
    }
    let mut statuses = [0; 2];
    for status in &mut statuses {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        *status = client.response().expect("an answer").status;
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 502]);
}

#[test]
fn a_pooled_connection_that_died_costs_no_request() {
    let origin = Origin::start(|mut peer| {
        if peer.read_request().is_some() {
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
        }
    });
    let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
        entry.pools[0].retries = Retries::new(1).expect("retries");
    });
    let mut client = Client::connect(stage.address);
    for _ in 0..50 {
        assert_eq!(client.get("/").body, "a");
    }
}

#[test]
fn responses_that_lie_give_502_and_a_fresh_connection() {
    for answer in [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n".as_slice(),
        b"HTTP/1.1 200 OK\nX: y\n\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"SSH-2.0-x\r\n\r\n",
        b"",
    ] {
        let origin = Origin::start(move |mut peer| {
            if peer.read_request().is_some() {
                peer.write_bytes(answer);
            }
        });
        let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
            entry.pools[0].retries = Retries::new(0).expect("retries");
        });
        let mut client = Client::connect(stage.address);
        let response = client.get("/");
        assert_eq!(response.status, 502, "{}", answer.escape_ascii());
        stage.wait_in_flight(0, 0);
    }
}

#[test]
fn a_response_cut_off_never_looks_whole() {
    for answer in [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".as_slice(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let origin = Origin::start(move |mut peer| {
            if peer.read_request().is_some() {
                peer.write_bytes(answer);
            }
        });
        let stage = Stage::new(Protocol::Http, &[origin.address]);
        let mut client = Client::connect(stage.address);
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.response(), None, "{}", answer.escape_ascii());
    }
}

#[test]
fn bytes_behind_a_response_never_reach_another_client() {
    let origin = Origin::start(|mut peer| {
        let number = peer.number;
        if peer.read_request().is_some() {
            peer.write(&format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}HTTP/1.1 200 OK\r\n\
                 Content-Length: 4\r\n\r\nevil"
            ));
            peer.read_to_end();
        }
    });
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let mut client = Client::connect(stage.address);
    assert_eq!((0..3).map(|_| client.get("/").body).collect::<String>(), "012");
}

#[test]
fn a_member_that_does_not_answer_gives_504() {
    let origin = Origin::start(|mut peer| {
        peer.read_to_end();
    });
    let stage = Stage::with(Protocol::Http, &[origin.address], with_timeout(60));
    let mut client = Client::connect(stage.address);
    let response = client.get("/");
    assert_eq!(response.status, 504);
    assert!(response.body.contains("did not answer in time"), "{}", response.body);
    stage.wait_in_flight(0, 0);
}

#[test]
fn an_idle_client_is_let_go() {
    let origin = Origin::named("a");
    let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
        entry.listeners[0].timeouts.client_idle_ms = TrafficTimeoutMs::new(50).expect("a timeout");
    });
    let mut client = Client::connect(stage.address);
    client.get("/");
    assert!(client.is_closed());
}

#[test]
fn limits_of_connections_and_sources_hold() {
    let origin = Origin::named("a");
    let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
        entry.listeners[0].connection_limit_per_source =
            Some(elbow_model::listener::ConnectionLimit::new(2).expect("a limit"));
    });
    let mut kept = [Client::connect(stage.address), Client::connect(stage.address)];
    for client in &mut kept {
        assert_eq!(client.get("/").body, "a");
    }
    assert_eq!(Client::connect(stage.address).get("/").status, 503);
    let closed = Stage::with(Protocol::Http, &[origin.address], |entry| {
        entry.listeners[0].allowed_cidrs = vec!["10.0.0.0/8".parse().expect("a network")];
    });
    assert!(Client::connect(closed.address).is_closed());
}
