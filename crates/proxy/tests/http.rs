//! HTTP through a real worker: what the client got and what the origin saw.

mod support;

use elbow_model::listener::Protocol;
use elbow_model::pool::SessionPersistence;
use elbow_model::value::HttpToken;
use support::Stage;
use support::client::Client;
use support::origin::Origin;

fn stage(origin: &Origin) -> Stage {
    Stage::new(Protocol::Http, &[origin.address])
}

#[test]
fn requests_take_turns_on_kept_connections() {
    let (a, b) = (Origin::named("a"), Origin::named("b"));
    let stage = Stage::new(Protocol::Http, &[a.address, b.address]);
    let mut client = Client::connect(stage.address);
    let bodies: Vec<String> = (0..6).map(|_| client.get("/").body).collect();
    assert_eq!(bodies, ["a", "b", "a", "b", "a", "b"]);
    assert_eq!((a.connection_count(), b.connection_count()), (1, 1));
    stage.wait_in_flight(0, 0);
    stage.wait_in_flight(1, 0);
}

#[test]
fn a_request_is_told_where_it_came_from() {
    let origin = Origin::echo();
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    client.send(
        "GET /x?y HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 6.6.6.6\r\nAccept: */*\r\n\
         Connection: X-Gone\r\nX-Gone: 1\r\nX-Forwarded-Proto: https\r\n\r\n",
    );
    let seen = client.response().expect("a response").body;
    assert!(
        seen.starts_with("GET /x?y HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n"),
        "{seen}"
    );
    for line in [
        "X-Forwarded-For: 127.0.0.1\r\n",
        "X-Forwarded-Proto: http\r\n",
        "X-Forwarded-Host: shop.example\r\n",
        "Via: 1.1 elbow-t\r\n",
    ] {
        assert!(seen.contains(line), "{line} in {seen}");
    }
    assert!(!seen.contains("6.6.6.6") && !seen.contains("X-Gone"), "{seen}");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let origin = Origin::echo();
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    let requests: String =
        (0..50).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    client.send(requests);
    for n in 0..50 {
        let body = client.response().expect("a response").body;
        assert!(body.starts_with(&format!("GET /{n} ")), "{n}: {body}");
    }
}

#[test]
fn a_request_that_comes_byte_by_byte_is_served() {
    let origin = Origin::echo();
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    for byte in
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    {
        client.send([*byte]);
    }
    let body = client.response().expect("a response").body;
    assert!(
        body.contains("transfer-encoding: chunked") || body.contains("Transfer-Encoding: chunked")
    );
    let sent: String = body.split("\r\n\r\n").nth(1).expect("a body").replace("\r\n", "|");
    assert!(sent.contains('a') && sent.contains('c') && sent.ends_with("|0"), "{sent}");
}

#[test]
fn a_large_body_arrives_whole_both_ways() {
    let origin = Origin::start(|mut peer| {
        while let Some(head) = peer.read_head() {
            let length = if head.starts_with("POST") { 5_000_000 } else { 0 };
            let body = peer.read_exactly(length).expect("the body");
            assert!(body.iter().all(|byte| *byte == b'u'));
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 7000000\r\n\r\n");
            peer.write_bytes(&vec![b'd'; 7_000_000]);
        }
    });
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");
    client.send(vec![b'u'; 5_000_000]);
    for _ in 0..2 {
        let response = client.response().expect("a response");
        assert_eq!((response.status, response.body.len()), (200, 7_000_000));
        assert!(response.body.bytes().all(|byte| byte == b'd'));
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
}

#[test]
fn chunked_responses_and_trailers_pass() {
    let origin = Origin::start(|mut peer| {
        while peer.read_request().is_some() {
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n");
            peer.write("3;ext=1\r\nabc\r\n3\r\ndef\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n");
        }
    });
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    assert_eq!(client.get("/").body, "abcdef");
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let all = String::from_utf8(client.rest()).expect("text");
    assert!(all.ends_with("0\r\nX-Sum: 7\r\n\r\n") && !all.contains("evil"), "{all}");
    assert_eq!(origin.connection_count(), 1);
}

#[test]
fn a_body_that_ends_with_the_connection_is_chunked_for_the_client() {
    let origin = Origin::fixed(b"HTTP/1.0 200 OK\r\n\r\nuntil the end");
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    for _ in 0..3 {
        let response = client.get("/");
        assert_eq!(response.field("transfer-encoding"), Some("chunked"));
        assert_eq!(response.body, "until the end");
    }
}

#[test]
fn old_clients_get_what_they_understand() {
    let origin = Origin::start(|mut peer| {
        while peer.read_request().is_some() {
            peer.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
        }
    });
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.0\r\n\r\n");
    let all = String::from_utf8(client.rest()).expect("text");
    assert!(all.starts_with("HTTP/1.1 200 OK\r\n") && all.ends_with("\r\n\r\na"), "{all}");
    assert!(!all.contains("chunked") && all.contains("Connection: close"), "{all}");
}

#[test]
fn an_old_client_may_keep_its_connection() {
    let origin = Origin::named("a");
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    for _ in 0..2 {
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let response = client.response().expect("a response");
        assert_eq!(response.field("connection"), Some("keep-alive"));
    }
}

#[test]
fn responses_without_body_leave_the_connection_in_step() {
    let origin = Origin::start(|mut peer| {
        while let Some(request) = peer.read_request() {
            peer.write(match request.split('/').nth(1).unwrap_or_default().get(..3) {
                Some("304") => "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
                Some("204") => "HTTP/1.1 204 No Content\r\n\r\n",
                _ => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            });
        }
    });
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    assert_eq!(client.get("/304").status, 304);
    assert_eq!(client.get("/204").status, 204);
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.head().expect("a head").contains("Content-Length: 9"));
    assert_eq!(client.get("/204").status, 204);
    assert_eq!(origin.connection_count(), 1);
}

#[test]
fn a_client_that_expects_100_gets_it_from_the_member() {
    let origin = Origin::start(|mut peer| {
        while let Some(head) = peer.read_head() {
            assert!(head.contains("Expect: 100-continue"));
            peer.write("HTTP/1.1 100 Continue\r\n\r\n");
            let body = peer.read_exactly(3).expect("a body");
            assert_eq!(body, b"abc");
            peer.write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    for _ in 0..2 {
        client
            .send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        assert_eq!(client.response().expect("an interim response").status, 100);
        client.send("abc");
        assert_eq!(client.response().expect("a response").status, 201);
    }
}

#[test]
fn an_early_answer_ends_the_connection_after_it() {
    let origin = Origin::start(|mut peer| {
        if peer.read_head().is_some() {
            peer.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
            peer.read_to_end();
        }
    });
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\npart");
    let response = client.response().expect("a response");
    assert_eq!((response.status, response.body.as_str()), (413, "no"));
    assert_eq!(response.field("connection"), Some("close"));
    assert!(client.is_closed());
}

#[test]
fn an_upgraded_connection_is_a_tunnel() {
    let origin = Origin::start(|mut peer| {
        let head = peer.read_head().expect("a head");
        assert!(head.contains("Connection: upgrade\r\nUpgrade: websocket\r\n"), "{head}");
        peer.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi");
        let said = peer.read_exactly(4).expect("four bytes");
        peer.write_bytes(&said);
        peer.read_to_end();
        peer.write("bye");
    });
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let head = client.head().expect("a head");
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert_eq!(client.exactly(2).as_deref(), Some(b"hi".as_slice()));
    client.send("ping");
    assert_eq!(client.exactly(4).as_deref(), Some(b"ping".as_slice()));
    client.end();
    assert_eq!(client.rest(), b"bye");
}

#[test]
fn nobody_switches_protocols_unasked() {
    let origin = Origin::fixed(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    let stage = stage(&origin);
    assert_eq!(Client::connect(stage.address).get("/").status, 502);
}

#[test]
fn a_half_closed_client_still_gets_its_answer() {
    let origin = Origin::named("a");
    let stage = stage(&origin);
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.end();
    assert_eq!(client.response().expect("a response").body, "a");
    assert!(client.is_closed());
}

#[test]
fn a_cookie_keeps_a_client_at_its_member() {
    let (a, b) = (Origin::named("a"), Origin::named("b"));
    let stage = Stage::with(Protocol::Http, &[a.address, b.address], |entry| {
        let cookie_name = HttpToken::new("lb").expect("a token");
        entry.pools[0].session_persistence =
            Some(SessionPersistence::HttpCookie { cookie_name, timeout_s: None });
    });
    let mut client = Client::connect(stage.address);
    let first = client.get("/");
    let cookie = first.field("set-cookie").and_then(|c| c.split(';').next()).expect("a cookie");
    for _ in 0..5 {
        client.send(format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: x=y; {cookie}\r\n\r\n"));
        let next = client.response().expect("a response");
        assert_eq!((next.body.as_str(), next.field("set-cookie")), (first.body.as_str(), None));
    }
}
