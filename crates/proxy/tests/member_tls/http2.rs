//! HTTP/2 over TLS with members, agreed on by ALPN; their frames are written by hand.

use std::io::{Read as _, Write as _};

use elbow_model::listener::Protocol;
use rustls::version::{TLS12, TLS13};

use super::support::authority::Authority;
use super::support::client::Client;
use super::support::tls::Secure;
use super::{anybody, secure, telling, with};

/// Answers every HEADERS with 200 and nothing else, until the connection ends.
fn serve_frames(mut peer: Secure) -> Option<()> {
    let mut preface = [0; 24];
    peer.read_exact(&mut preface).ok()?;
    assert_eq!(peer.conn.alpn_protocol(), Some(b"h2".as_slice()));
    assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    peer.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).ok()?;
    loop {
        let mut head = [0; 9];
        peer.read_exact(&mut head).ok()?;
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        peer.read_exact(&mut payload).ok()?;
        if head[3] == 1 {
            // `:status: 200` of the static table, and the end of the stream.
            let answer = [&[0, 0, 1, 1, 5], &head[5..], &[0x88]].concat();
            peer.write_all(&answer).ok()?;
        }
        peer.flush().ok()?;
    }
}

#[test]
fn requests_share_a_connection_on_which_http_2_was_agreed() {
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let mut config = Authority::new("ca").issue(&["a"]).server(versions);
        config.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
        let origin = secure(config, |peer| {
            serve_frames(peer);
        });
        let stage = with(Protocol::Http, &[origin.address], anybody(), |entry| {
            entry.pools[0].http2 = true;
        });
        for _ in 0..3 {
            let mut client = Client::connect(stage.address);
            for _ in 0..3 {
                assert_eq!(client.get("/").status, 200, "{versions:?}");
            }
        }
        assert_eq!(origin.connection_count(), 1, "{versions:?}");
    }
}

#[test]
fn a_member_that_does_not_agree_to_http_2_gets_no_request() {
    for protocols in [vec![], vec![b"http/1.1".to_vec()]] {
        let mut config = Authority::new("ca").issue(&["a"]).server(&[&TLS13]);
        config.alpn_protocols = protocols;
        let origin = telling("one", config);
        let stage = with(Protocol::Http, &[origin.address], anybody(), |entry| {
            entry.pools[0].http2 = true;
        });
        let answer = Client::connect(stage.address).get("/");
        assert_eq!(answer.status, 502, "{}", answer.body);
    }
}
