//! Requests over TLS.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use elbow_model::listener::Protocol;
use elbow_model::pool::ProxyProtocol;
use elbow_model::value::HostName;
use rustls::version::{TLS12, TLS13};

use super::support::authority::Authority;
use super::support::client::Client;
use super::support::origin::Origin;
use super::{answer, anybody, part, read_request, secure, stage, telling, verified, with};

#[test]
fn a_verified_member_is_asked_for_its_name() {
    let authority = Authority::new("ca");
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let mut config = authority.issue(&["backend.example"]).server(versions);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let origin = telling("one", config);
        let tls = verified(&authority, Some("backend.example"));
        let stage = stage(Protocol::Http, &[origin.address], tls);
        let body = Client::connect(stage.address).get("/").body;
        assert!(body.starts_with("one asked for backend.example, http/1.1, Full"), "{body}");
    }
}

#[test]
fn without_a_name_the_members_address_is_verified_and_none_is_asked_for() {
    let authority = Authority::new("ca");
    let origin = telling("one", authority.issue(&["127.0.0.1"]).server(&[&TLS13]));
    let stage = stage(Protocol::Http, &[origin.address], verified(&authority, None));
    let response = Client::connect(stage.address).get("/");
    assert!(response.body.starts_with("one asked for nothing"), "{}", response.body);
}

#[test]
fn where_nothing_is_verified_any_certificate_will_do() {
    let config = Authority::new("ca").issue_expired(&["else.where"]).server(&[&TLS13]);
    let origin = telling("one", config);
    let stage = stage(Protocol::Http, &[origin.address], anybody());
    assert_eq!(Client::connect(stage.address).get("/").status, 200);
}

#[test]
fn connections_are_kept_for_the_next_request() {
    let config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
    let origin = telling("one", config);
    let stage = stage(Protocol::Http, &[origin.address], anybody());
    for _ in 0..3 {
        let mut client = Client::connect(stage.address);
        for _ in 0..3 {
            assert_eq!(client.get("/").status, 200);
        }
    }
    assert_eq!(origin.connection_count(), 1);
}

#[test]
fn a_new_connection_takes_up_an_earlier_session() {
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let config = Authority::new("ca").issue(&["a"]).server(versions);
        // One request a connection.
        let origin = secure(config, |mut peer| {
            while read_request(&mut peer).is_some() {
                let kind = peer.conn.handshake_kind().unwrap();
                let text = format!("{kind:?}");
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
                let length = text.len();
                let _gone = peer
                    .write_all(format!("{head}Content-Length: {length}\r\n\r\n{text}").as_bytes());
            }
            part(peer);
        });
        let mut stage = stage(Protocol::Http, &[origin.address], anybody());
        let mut client = Client::connect(stage.address);
        assert!(client.get("/").body.starts_with("Full"));
        assert_eq!(client.get("/").body, "Resumed");
        // A change of something else keeps it.
        stage.change(|entry| entry.listeners[0].trusted_proxies.clear());
        assert_eq!(client.get("/").body, "Resumed");
        // Other settings begin anew.
        stage.change(|entry| {
            let tls = entry.pools[0].tls.as_mut().unwrap();
            tls.server_name = Some(HostName::new("a.example").unwrap());
        });
        assert!(client.get("/").body.starts_with("Full"), "{versions:?}");
        assert_eq!(origin.connection_count(), 4);
    }
}

#[test]
fn connections_made_under_other_settings_are_not_used() {
    let authority = Authority::new("ca");
    let origin = telling("one", authority.issue(&["a.example"]).server(&[&TLS13]));
    let mut stage = stage(Protocol::Http, &[origin.address], anybody());
    let mut client = Client::connect(stage.address);
    assert_eq!(client.get("/").status, 200);
    stage.change(|entry| entry.pools[0].tls = verified(&authority, Some("b.example")));
    let refused = client.get("/");
    assert_eq!(refused.status, 502, "{}", refused.body);
    assert!(refused.body.contains("no secure connection"), "{}", refused.body);
    stage.change(|entry| entry.pools[0].tls = verified(&authority, Some("a.example")));
    assert_eq!(client.get("/").status, 200);
}

#[test]
fn large_bodies_pass_both_ways() {
    let config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
    let origin = secure(config, |mut peer| {
        while let Some(request) = read_request(&mut peer) {
            let body = &request[request.len() - 3_000_000..];
            let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
            answer(&mut peer, &format!("{sum:>7}{}", "x".repeat(5_000_000)));
        }
    });
    let stage = stage(Protocol::Http, &[origin.address], anybody());
    let mut client = Client::connect(stage.address);
    for _ in 0..2 {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
        client.send(vec![1; 3_000_000]);
        let response = client.response().unwrap();
        assert!(response.body.starts_with("3000000xx"), "{:.20}", response.body);
        assert_eq!(response.body.len(), 5_000_007);
    }
}

#[test]
fn a_body_until_the_end_is_whole_only_if_tls_says_so() {
    let config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
    let rounds = Arc::new(AtomicUsize::new(0));
    let origin = secure(config, move |mut peer| {
        let Some(_) = read_request(&mut peer) else { return };
        peer.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of it").unwrap();
        peer.flush().unwrap();
        if rounds.fetch_add(1, Ordering::SeqCst) == 0 {
            part(peer);
        }
    });
    let stage = stage(Protocol::Http, &[origin.address], anybody());
    let whole = Client::connect(stage.address).get("/");
    assert_eq!(whole.body, "half of it");
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.head().unwrap();
    assert!(head.contains("chunked"), "{head}");
    // Cut off: the last chunk never comes.
    let rest = String::from_utf8(client.rest()).unwrap();
    assert!(rest.contains("half of it") && !rest.contains("\r\n0\r\n"), "{rest}");
}

#[test]
fn an_upgraded_connection_is_a_stream_over_tls() {
    let config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
    let origin = secure(config, |mut peer| {
        let request = String::from_utf8(read_request(&mut peer).unwrap()).unwrap();
        assert!(request.to_ascii_lowercase().contains("upgrade: websocket\r\n"), "{request}");
        let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n";
        peer.write_all(format!("{head}Upgrade: websocket\r\n\r\nfirst").as_bytes()).unwrap();
        let mut said = [0; 4];
        while peer.read_exact(&mut said).is_ok() {
            peer.write_all(&said).unwrap();
        }
    });
    let stage = stage(Protocol::Http, &[origin.address], anybody());
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    assert!(client.head().unwrap().starts_with("HTTP/1.1 101 "));
    assert_eq!(client.exactly(5).unwrap(), b"first");
    for text in ["ping", "pong"] {
        client.send(text);
        assert_eq!(client.exactly(4).unwrap(), text.as_bytes());
    }
}

#[test]
fn the_source_is_told_in_clear_before_the_handshake() {
    let config = Arc::new(Authority::new("ca").issue(&["a"]).server(&[&TLS13]));
    let origin = Origin::start(move |mut peer| {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            peer.stream.read_exact(&mut byte).unwrap();
            line.push(byte[0]);
        }
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        let mut secure = super::support::tls::Secure::new(connection, peer.stream);
        if read_request(&mut secure).is_some() {
            answer(&mut secure, &String::from_utf8(line).unwrap());
        }
    });
    let stage = with(Protocol::Http, &[origin.address], anybody(), |entry| {
        entry.pools[0].proxy_protocol = Some(ProxyProtocol::V1);
    });
    let mut client = Client::connect(stage.address);
    let (from, to) = (client.stream.local_addr().unwrap().port(), stage.address.port());
    let expected = format!("PROXY TCP4 127.0.0.1 127.0.0.1 {from} {to}\r\n");
    assert_eq!(client.get("/").body, expected);
}
