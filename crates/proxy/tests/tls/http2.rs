//! HTTP/2 over TLS, agreed on by ALPN: frames by hand, for what is beneath them is what is tried.

use elbow_model::listener::AlpnProtocol;

use crate::support::client::Client;
use crate::support::origin::Origin;
use crate::support::secure::{BOTH, certificate, tls, trusting};
use crate::{connect, stage};

/// Preface, SETTINGS, and `GET /` of `a` on stream 1, its header block in literals.
const BEGINNING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
    \0\0\0\x04\0\0\0\0\0\
    \0\0\x0b\x01\x05\0\0\0\x01\x82\x87\x84\x41\x01a\x00\x01y\x01z";

/// Frames up to the end of stream 1: whether its head said 200, and its data.
fn answer(client: &mut Client) -> (bool, Vec<u8>) {
    let (mut is_good, mut body) = (false, Vec::new());
    loop {
        let head = client.exactly(9).expect("a frame");
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        let payload = client.exactly(length).expect("its payload");
        match (head[3], head[8]) {
            (0, 1) => body.extend_from_slice(&payload),
            // `:status: 200` of the static table.
            (1, 1) => is_good = payload[0] == 0x88,
            _ => continue,
        }
        if head[4] & 1 != 0 {
            return (is_good, body);
        }
    }
}

#[test]
fn a_client_that_asks_for_it_gets_it_and_its_member_learns_of_tls() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = stage(&[origin.address], tls(&[&made]));
    for protocols in [&[&b"h2"[..]][..], &[b"http/1.1", b"h2"]] {
        let mut config = trusting(&[&made], BOTH);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let mut client = connect(&stage, config, "a");
        client.send(&BEGINNING[..BEGINNING.len() - 1]);
        client.send(&BEGINNING[BEGINNING.len() - 1..]);
        let (is_good, seen) = answer(&mut client);
        let seen = String::from_utf8_lossy(&seen).into_owned();
        assert!(is_good && seen.starts_with("GET / HTTP/1.1\r\nHost: a\r\ny: z\r\n"), "{seen}");
        assert!(seen.contains("\r\nX-Forwarded-Proto: https\r\n"), "{seen}");
        assert!(seen.contains("\r\nVia: 2.0 elbow-t\r\n"), "{seen}");
    }
}

#[test]
fn a_listener_may_offer_one_of_both_alone() {
    let origin = Origin::named("one");
    let made = certificate(&["a"]);
    let mut only = tls(&[&made]);
    only.alpn = vec![AlpnProtocol::Http11];
    let stage = stage(&[origin.address], only);
    let mut config = trusting(&[&made], BOTH);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut client = connect(&stage, config, "a");
    assert_eq!(client.get("/").body, "one");
}
