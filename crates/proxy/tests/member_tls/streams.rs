//! Byte streams of TCP listeners over TLS.

use std::io::{Read as _, Write as _};

use elbow_model::listener::Protocol;
use rustls::version::{TLS12, TLS13};

use super::support::authority::Authority;
use super::support::client::Client;
use super::{anybody, part, secure, stage, verified};

#[test]
fn bytes_pass_both_ways_and_each_end_on_its_own() {
    let authority = Authority::new("ca");
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let config = authority.issue(&["db.example"]).server(versions);
        let origin = secure(config, |mut peer| {
            // It speaks first, and offers nothing by ALPN.
            peer.write_all(b"hello").unwrap();
            let mut said = Vec::new();
            peer.read_to_end(&mut said).unwrap();
            assert_eq!(peer.conn.alpn_protocol(), None);
            peer.write_all(&said).unwrap();
            part(peer);
        });
        let tls = verified(&authority, Some("db.example"));
        let stage = stage(Protocol::Tcp, &[origin.address], tls);
        let mut client = Client::connect(stage.address);
        assert_eq!(client.exactly(5).unwrap(), b"hello");
        client.send("and back");
        client.end();
        assert_eq!(client.rest(), b"and back", "{versions:?}");
        stage.wait_in_flight(0, 0);
    }
}

#[test]
fn bulk_arrives_whole_and_in_order_both_ways() {
    let pattern = |length: usize| -> Vec<u8> {
        (0..length).map(|at| (at as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
    };
    let config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
    let origin = secure(config, move |mut peer| {
        let mut received = Vec::new();
        peer.read_to_end(&mut received).unwrap();
        peer.write_all(&received).unwrap();
        peer.write_all(&pattern(9_000_000)).unwrap();
        part(peer);
    });
    let stage = stage(Protocol::Tcp, &[origin.address], anybody());
    let mut client = Client::connect(stage.address);
    client.send(pattern(3_000_000));
    client.end();
    let all = client.rest();
    assert!(all == [pattern(3_000_000), pattern(9_000_000)].concat(), "{} bytes", all.len());
}

#[test]
fn a_member_is_told_the_end_by_a_client_that_ends_and_not_by_one_that_breaks() {
    let config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
    let (sender, ends) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let origin = secure(config, move |mut peer| {
        let mut said = Vec::new();
        let ended = peer.read_to_end(&mut said).map_err(|error| error.kind());
        sender.lock().unwrap().send(ended).unwrap();
    });
    let stage = stage(Protocol::Tcp, &[origin.address], anybody());
    let mut client = Client::connect(stage.address);
    client.send("all");
    client.end();
    assert_eq!(ends.recv_timeout(super::support::PATIENCE).unwrap(), Ok(3));
    let mut client = Client::connect(stage.address);
    client.send("some");
    stage.wait_in_flight(0, 1);
    client.reset();
    let cut = ends.recv_timeout(super::support::PATIENCE).unwrap();
    assert_eq!(cut, Err(std::io::ErrorKind::UnexpectedEof));
}
