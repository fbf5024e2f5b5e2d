//! Byte streams through a real worker, and the PROXY protocol on both sides.

mod support;

use elbow_model::listener::Protocol;
use elbow_model::pool::ProxyProtocol;
use support::Stage;
use support::client::Client;
use support::origin::Origin;

#[test]
fn bytes_pass_both_ways_and_each_end_on_its_own() {
    let origin = Origin::start(|mut peer| {
        peer.write("hello");
        let said = peer.read_to_end();
        peer.write_bytes(&said);
    });
    let stage = Stage::new(Protocol::Tcp, &[origin.address]);
    let mut client = Client::connect(stage.address);
    assert_eq!(client.exactly(5).as_deref(), Some(b"hello".as_slice()));
    client.send("and back");
    client.end();
    assert_eq!(client.rest(), b"and back");
}

#[test]
fn bulk_arrives_whole_and_in_order_both_ways() {
    let pattern = |length: usize| -> Vec<u8> {
        (0..length).map(|at| (at as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
    };
    let origin = Origin::start(move |mut peer| {
        let received = peer.read_to_end();
        assert_eq!(received.len(), 3_000_000);
        peer.write_bytes(&received);
        peer.write_bytes(&pattern(9_000_000));
    });
    let stage = Stage::new(Protocol::Tcp, &[origin.address]);
    let mut client = Client::connect(stage.address);
    client.send(pattern(3_000_000));
    client.end();
    let all = client.rest();
    assert!(all == [pattern(3_000_000), pattern(9_000_000)].concat(), "{} bytes", all.len());
}

#[test]
fn bulk_and_small_talk_take_turns_and_lose_nothing() {
    let origin = Origin::start(|mut peer| {
        while let Some(length) = peer.read_exactly(8) {
            let length: usize = String::from_utf8_lossy(&length).trim().parse().expect("a length");
            let Some(data) = peer.read_exactly(length) else { return };
            peer.write_bytes(&data);
        }
    });
    let stage = Stage::new(Protocol::Tcp, &[origin.address]);
    let mut client = Client::connect(stage.address);
    for round in 0..60_usize {
        let length = if round % 20 < 2 { 2_000_000 } else { round + 1 };
        let data: Vec<u8> = (0..length).map(|at| (at % 251 + round) as u8).collect();
        client.send(format!("{length:>8}"));
        client.send(&data);
        assert!(client.exactly(length).as_ref() == Some(&data), "round {round}");
    }
}

#[test]
fn a_member_that_refuses_is_passed_over() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("an address");
    let origin = Origin::start(|mut peer| peer.write("hi"));
    let stage = Stage::new(Protocol::Tcp, &[nobody, origin.address]);
    for _ in 0..3 {
        assert_eq!(Client::connect(stage.address).rest(), b"hi");
    }
    stage.view(&[]);
    assert!(Client::connect(stage.address).is_closed());
}

#[test]
fn members_are_told_the_source_where_the_pool_asks_for_it() {
    let origin = Origin::start(|mut peer| {
        let end = peer.read_to_end();
        peer.write_bytes(&end);
    });
    let stage = Stage::with(Protocol::Tcp, &[origin.address], |entry| {
        entry.pools[0].proxy_protocol = Some(ProxyProtocol::V1);
    });
    let mut client = Client::connect(stage.address);
    let source = client.stream.local_addr().expect("an address");
    client.send("x");
    client.end();
    let seen = String::from_utf8(client.rest()).expect("text");
    let (from, to) = (source.port(), stage.address.port());
    assert_eq!(seen, format!("PROXY TCP4 127.0.0.1 127.0.0.1 {from} {to}\r\nx"));
}

#[test]
fn a_trusted_sender_names_the_source() {
    let origin = Origin::echo();
    let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
        entry.listeners[0].proxy_protocol = true;
        entry.listeners[0].trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    });
    let mut client = Client::connect(stage.address);
    client.send("PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\n");
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let seen = client.response().expect("a response").body;
    assert!(seen.contains("X-Forwarded-For: 1.2.3.4\r\n"), "{seen}");
    let mut liar = Client::connect(stage.address);
    liar.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(liar.is_closed());
}

#[test]
fn an_untrusted_header_is_refused_as_the_request_it_is_not() {
    let origin = Origin::echo();
    let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
        entry.listeners[0].proxy_protocol = true;
    });
    let mut client = Client::connect(stage.address);
    client.send("PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.response().expect("an answer").status, 400);
}

#[test]
fn another_try_names_the_source_once() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("an address");
    let origin = Origin::start(|mut peer| {
        let line = peer.read_exactly(6).expect("the header");
        assert_eq!(line, b"PROXY ");
        let rest = peer.read_head().expect("header and head");
        let is_once = !rest.contains("PROXY") && rest.contains("\r\nGET / HTTP/1.1\r\n");
        peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{is_once:>5}"));
    });
    let stage = Stage::with(Protocol::Http, &[nobody, origin.address], |entry| {
        entry.pools[0].proxy_protocol = Some(ProxyProtocol::V1);
    });
    for _ in 0..2 {
        assert_eq!(Client::connect(stage.address).get("/").body, " true");
    }
}
