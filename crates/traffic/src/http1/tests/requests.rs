//! Requests that must be taken, and what is written to the member for them.

use proptest::prelude::*;

use super::verdict;
use crate::http1::forwarding::{ClientProtocol, Origin, RequestId, Trust};
use crate::http1::framing::{BodyLength, Version};
use crate::http1::refusal::Refusal;
use crate::http1::request::{Parsed, RequestHead, TargetForm, field_space};
use crate::http1::write_request::{Inserted, write_request};

fn with_head<T>(input: &str, look: impl FnOnce(&RequestHead<'_, '_>) -> T) -> T {
    let mut space = field_space();
    match RequestHead::parse(input.as_bytes(), &mut space) {
        Ok(Parsed::Head(head)) => look(&head),
        other => panic!("{input:?} is {other:?}"),
    }
}

fn origin(trust: Trust) -> Origin<'static> {
    Origin {
        client: "9.8.7.6".parse().expect("an address"),
        trust,
        protocol: ClientProtocol::Http1,
        scheme: "http",
        port: 80,
        via_name: "elbow-1",
        request_id: RequestId(0xab),
        client_certificate: b"",
    }
}

fn forwarded(input: &str, trust: Trust, inserted: &[Inserted]) -> Result<String, Refusal> {
    with_head(input, |head| {
        let mut out = Vec::new();
        write_request(head, &origin(trust), inserted, &mut out)?;
        Ok(String::from_utf8(out).expect("text"))
    })
}

const OWN: &str = "X-Forwarded-For: 9.8.7.6\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\n\
                   X-Forwarded-Host: a\r\nX-Request-Id: 000000000000000000000000000000ab\r\n\
                   Via: 1.1 elbow-1\r\n";

#[test]
fn heads_are_written_in_one_canonical_form() {
    for (input, expected) in [
        (
            "GET /x HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost: a\r\nB: c\r\n@\r\n",
        ),
        (
            "GET / HTTP/1.1\r\nB:c\r\nHost:a\r\nD:  e \r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\nD: e\r\n@\r\n",
        ),
        (
            "GET http://a/y?z HTTP/1.1\r\nHost: evil\r\n\r\n",
            "GET /y?z HTTP/1.1\r\nHost: a\r\n@\r\n",
        ),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n@\r\n"),
        ("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n@\r\n"),
        ("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n@\r\n"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n@\r\n",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:  CHUNKED\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\n@Transfer-Encoding: chunked\r\n\r\n",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nKeep-Alive: 3\r\nProxy: x\r\n\
             Proxy-Connection: close\r\nConnection: keep-alive, Foo, host, content-length\r\nFOO: 1\r\n\
             X-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\nX-Request-Id: spoofed\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n@\r\n",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n@Connection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
             HTTP2-Settings: AAAA\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n@\r\n",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n@\r\n",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n@\r\n",
        ),
    ] {
        let expected = expected.replace('@', OWN);
        assert_eq!(forwarded(input, Trust::Untrusted, &[]), Ok(expected), "{input:?}");
    }
}

#[test]
fn a_trusted_peer_is_believed_about_earlier_hops() {
    let input = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\n\
                 X-Forwarded-Port: 443\r\nX-Forwarded-Host: b\r\nX-Request-Id: id-7\r\n\
                 Forwarded: for=1.1.1.1\r\nVia: 1.0 up\r\n\r\n";
    let sent = forwarded(input, Trust::Trusted, &[]).expect("no loop");
    assert_eq!(
        sent,
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1, 9.8.7.6\r\nX-Forwarded-Proto: https\r\n\
         X-Forwarded-Port: 443\r\nX-Forwarded-Host: b\r\nForwarded: for=1.1.1.1\r\n\
         X-Request-Id: id-7\r\nVia: 1.0 up, 1.1 elbow-1\r\n\r\n"
    );
}

#[test]
fn inserted_fields_replace_the_clients_own() {
    let inserted = [Inserted { name: "x-team".into(), value: "blue".into() }];
    let sent =
        forwarded("GET / HTTP/1.1\r\nX-TEAM: red\r\nHost: a\r\n\r\n", Trust::Untrusted, &inserted);
    assert_eq!(sent, Ok(format!("GET / HTTP/1.1\r\nHost: a\r\n{OWN}x-team: blue\r\n\r\n")));
}

#[test]
fn a_loop_ends() {
    let via = ["1.1 elbow-1"; 8].join(", ");
    let looped = format!("GET / HTTP/1.1\r\nHost: a\r\nVia: {via}\r\n\r\n");
    assert_eq!(forwarded(&looped, Trust::Untrusted, &[]), Err(Refusal::Loop));
}

#[test]
fn framing_and_persistence_are_read_from_the_head() {
    for (input, body, keeps) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", BodyLength::Empty, true),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", BodyLength::Empty, false),
        ("GET / HTTP/1.0\r\n\r\n", BodyLength::Empty, false),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", BodyLength::Empty, true),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", BodyLength::Empty, true),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n", BodyLength::Fixed(7), true),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            BodyLength::Chunked,
            true,
        ),
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", BodyLength::Empty, true),
    ] {
        with_head(input, |head| {
            assert_eq!((head.body, head.wants_keep_alive()), (body, keeps), "{input:?}");
            assert_eq!(head.length, input.len());
        });
    }
}

#[test]
fn targets_are_taken_apart() {
    with_head("GET /a/b?c=d?e HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", |head| {
        assert_eq!((head.path(), head.query()), ("/a/b", Some("c=d?e")));
        assert_eq!((head.authority, head.form), ("[::1]:80", TargetForm::Origin));
        assert_eq!(head.version, Version::Http11);
    });
}

fn valid_request() -> impl Strategy<Value = String> {
    let field = ("[A-Za-z][A-Za-z0-9-]{0,12}", "[ -~]{0,20}");
    (
        prop::sample::select(vec!["GET", "POST", "DELETE", "QUERY"]),
        "/[a-z0-9/%?=&.]{0,30}",
        prop::collection::vec(field, 0..8),
    )
        .prop_map(|(method, target, fields)| {
            let mut text = format!("{method} {target} HTTP/1.1\r\nHost: example.com\r\n");
            for (name, value) in fields {
                text.push_str(&format!("X{name}: {value}\r\n"));
            }
            text + "\r\n"
        })
}

proptest! {
    #[test]
    fn every_cut_of_a_valid_request_is_partial(request in valid_request()) {
        for end in 0..request.len() {
            prop_assert_eq!(verdict(&request.as_bytes()[..end]), Ok(None));
        }
        prop_assert_eq!(verdict(request.as_bytes()), Ok(Some(request.len())));
    }

    #[test]
    fn what_is_written_is_a_valid_request_again(request in valid_request()) {
        let sent = forwarded(&request, Trust::Untrusted, &[]).expect("no loop");
        prop_assert_eq!(verdict(sent.as_bytes()), Ok(Some(sent.len())));
    }

    #[test]
    fn no_bytes_can_panic_the_parser(input in prop::collection::vec(any::<u8>(), 0..200)) {
        let _verdict = verdict(&input);
    }

    #[test]
    fn one_changed_byte_is_refused_or_harmless(
        request in valid_request(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = request.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut space = field_space();
        if let Ok(Parsed::Head(head)) = RequestHead::parse(&bytes, &mut space) {
            let mut out = Vec::new();
            write_request(&head, &origin(Trust::Untrusted), &[], &mut out).expect("no loop");
            prop_assert_eq!(verdict(&out), Ok(Some(out.len())));
            prop_assert!(!out.contains(&0));
        }
    }
}
