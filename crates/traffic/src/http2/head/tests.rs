//! Heads that are forwarded, and heads that must not be.

use super::*;
use crate::http1::request::{Parsed, RequestHead, field_space};

/// A request in lines: pseudo-header fields first.
fn converted(lines: &[(&str, &str)], ending: Ending) -> Result<(String, Framing), MalformedHead> {
    let pseudo =
        |name| lines.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_bytes());
    let parts = RequestParts {
        method: pseudo(":method").unwrap_or_default(),
        scheme: pseudo(":scheme"),
        authority: pseudo(":authority"),
        path: pseudo(":path"),
        protocol: pseudo(":protocol"),
    };
    let fields = lines
        .iter()
        .filter(|(name, _)| !name.starts_with(':'))
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let mut out = Vec::new();
    let framing = write_request_head(&parts, fields, ending, 7, &mut out)?;
    Ok((String::from_utf8_lossy(&out).into_owned(), framing))
}

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let start =
        [(":method", "GET"), (":scheme", "https"), (":authority", "a:8443"), (":path", "/x?y")];
    start.iter().chain(more).copied().collect()
}

/// The start of [`with`] with one pseudo-header field changed, or left out if that is "-".
fn but<'a>(name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut lines = with(&[]);
    for line in &mut lines {
        if line.0 == name {
            line.1 = value;
        }
    }
    lines.retain(|(_, value)| *value != "-");
    lines
}

#[test]
fn ordinary_requests_become_what_the_strict_parser_reads() {
    let (head, framing) = converted(
        &with(&[
            ("accept", "*/*"),
            ("cookie", "a=b"),
            ("te", "trailers"),
            ("cookie", "c=d; e=f"),
            ("x-y", ""),
        ]),
        Ending::HeadOnly,
    )
    .expect("a request");
    let expected = "GET /x?y HTTP/1.1\r\nhost: a:8443\r\naccept: */*\r\nx-y: \r\n\
                    cookie: a=b; c=d; e=f\r\nte: trailers\r\n\r\n";
    assert_eq!((head.as_str(), framing), (expected, Framing::Nothing));
    let mut space = field_space();
    assert!(matches!(RequestHead::parse(head.as_bytes(), &mut space), Ok(Parsed::Head(_))));
}

#[test]
fn bodies_are_framed_by_what_the_head_says() {
    let rows = [
        (Ending::HeadOnly, "0", Framing::Nothing, "content-length: 0\r\n\r\n"),
        (Ending::BodyFollows, "0", Framing::Nothing, "content-length: 0\r\n\r\n"),
        (Ending::BodyFollows, "5", Framing::Fixed, "content-length: 5\r\n\r\n"),
    ];
    for (ending, length, framing, end) in rows {
        let (head, found) = converted(&with(&[("content-length", length)]), ending).expect("fine");
        assert_eq!(found, framing, "{length}");
        assert!(head.ends_with(end), "{head}");
    }
    let (head, framing) = converted(&with(&[]), Ending::BodyFollows).expect("fine");
    assert_eq!(framing, Framing::Chunked);
    assert!(head.ends_with("transfer-encoding: chunked\r\n\r\n"), "{head}");
}

#[test]
fn a_websocket_becomes_an_upgrade_with_a_key_of_our_own() {
    let mut lines = but(":method", "CONNECT");
    lines.extend([(":protocol", "websocket"), ("sec-websocket-key", "theirs")]);
    let (head, framing) = converted(&lines, Ending::BodyFollows).expect("a request");
    let expected = "GET /x?y HTTP/1.1\r\nhost: a:8443\r\nconnection: upgrade\r\n\
                    upgrade: websocket\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAABw==\r\n\r\n";
    assert_eq!((head.as_str(), framing), (expected, Framing::Tunnel));
    assert!(converted(&lines, Ending::HeadOnly).is_err());
    lines.push(("content-length", "4"));
    assert!(converted(&lines, Ending::BodyFollows).is_err());
}

#[test]
fn connect_is_left_for_the_parser_to_answer() {
    let plain = [(":method", "CONNECT"), (":authority", "a:443")];
    let mut other = but(":method", "CONNECT");
    other.push((":protocol", "connect-udp"));
    for lines in [plain.as_slice(), &other] {
        let (head, framing) = converted(lines, Ending::BodyFollows).expect("a head");
        assert!(head.starts_with("CONNECT a:"), "{head}");
        assert_eq!(framing, Framing::Nothing);
        let mut space = field_space();
        let refused = RequestHead::parse(head.as_bytes(), &mut space).expect_err("501");
        assert_eq!(refused.status(), 501);
    }
}

#[test]
fn malformed_requests_are_not_forwarded() {
    let rows: Vec<Vec<(&str, &str)>> = vec![
        but(":method", "-"),
        but(":method", ""),
        but(":method", "GE T"),
        but(":method", "GET\r\nx: y"),
        but(":scheme", "-"),
        but(":scheme", "ftp"),
        but(":scheme", ""),
        but(":path", "-"),
        but(":path", ""),
        but(":path", "x"),
        but(":path", "*"),
        but(":path", "http://b/"),
        but(":path", "/ HTTP/1.1\r\nx: y"),
        but(":path", "/a b"),
        but(":path", "/a\tb"),
        but(":path", "/\u{e9}"),
        but(":path", "/\0"),
        but(":authority", "-"),
        but(":authority", ""),
        but(":authority", "user@a"),
        but(":authority", "user:secret@a"),
        but(":authority", "a\r\nx: y"),
        but(":authority", "a b"),
        with(&[(":protocol", "websocket")]),
        [but(":method", "CONNECT"), vec![]].concat(),
        with(&[("host", "b")]),
        with(&[("host", "a")]),
        with(&[("host", "a:8443"), ("host", "a:8443")]),
        with(&[("connection", "close")]),
        with(&[("connection", "")]),
        with(&[("proxy-connection", "keep-alive")]),
        with(&[("keep-alive", "timeout=5")]),
        with(&[("transfer-encoding", "chunked")]),
        with(&[("transfer-encoding", "identity")]),
        with(&[("upgrade", "h2c")]),
        with(&[("te", "gzip")]),
        with(&[("te", "trailers, gzip")]),
        with(&[("te", "Trailers")]),
        with(&[("X", "y")]),
        with(&[("x-Y", "y")]),
        with(&[("", "y")]),
        with(&[("x y", "y")]),
        with(&[("x:y", "y")]),
        with(&[("x\r\ny", "y")]),
        with(&[("x\0", "y")]),
        with(&[("x\u{e9}", "y")]),
        with(&[("x", "y\r\nz: w")]),
        with(&[("x", "y\nz: w")]),
        with(&[("x", "y\rz")]),
        with(&[("x", "y\0z")]),
        with(&[("x", "y\x7fz")]),
        with(&[("x", " y")]),
        with(&[("x", "y ")]),
        with(&[("x", "\ty")]),
        with(&[("content-length", "5")]),
        with(&[("content-length", "+0")]),
        with(&[("content-length", "00")]),
        with(&[("content-length", "")]),
        with(&[("content-length", "0"), ("content-length", "0")]),
        with(&[("content-length", "0"), ("content-length", "5")]),
        with(&[("content-length", "0, 5")]),
    ];
    for lines in rows {
        assert!(converted(&lines, Ending::HeadOnly).is_err(), "{lines:?}");
    }
}

#[test]
fn lengths_that_are_none_do_not_get_past_the_parser_with_a_body() {
    for length in ["", "+5", "-5", "5, 5", "0x5", "5 5", "99999999999999999999"] {
        let verdict = converted(&with(&[("content-length", length)]), Ending::BodyFollows);
        let is_refused = verdict.is_err()
            || verdict.is_ok_and(|(head, _)| {
                let mut space = field_space();
                RequestHead::parse(head.as_bytes(), &mut space).is_err()
            });
        assert!(is_refused, "{length}");
    }
}

#[test]
fn trailers_lose_what_frames_routes_or_authenticates() {
    let fields = [
        ("grpc-status", "0"),
        ("grpc-message", ""),
        ("content-length", "5"),
        ("authorization", "x"),
        ("host", "b"),
        ("cookie", "a=b"),
        ("set-cookie", "a=b"),
        ("x-checksum", "1"),
    ];
    let mut out = Vec::new();
    let bytes = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    write_trailers(bytes, &mut out).expect("trailers");
    let text = String::from_utf8(out).expect("text");
    assert_eq!(text, "grpc-status: 0\r\ngrpc-message: \r\nx-checksum: 1\r\n");
    for bad in [("transfer-encoding", "chunked"), (":path", "/"), ("X", "y"), ("x", "y\r\nz: w")] {
        let field = std::iter::once((bad.0.as_bytes(), bad.1.as_bytes()));
        assert!(write_trailers(field, &mut Vec::new()).is_err(), "{bad:?}");
    }
    let long = "y".repeat(1_000);
    let many = std::iter::repeat_n((b"x".as_slice(), long.as_bytes()), 20);
    assert!(write_trailers(many, &mut Vec::new()).is_err());
}
