//! Responses that must be taken, what the client gets for them, and when a connection may be kept.

use elbow_model::listener::{Hsts, HstsSeconds};

use crate::http1::body::BodyWriter;
use crate::http1::framing::{Asked, BodyLength, Version};
use crate::http1::request::{Parsed, field_space};
use crate::http1::response::ResponseHead;
use crate::http1::write_response::{Delivery, Persistence, write_response};

fn with_head<T>(input: &str, asked: Asked, look: impl FnOnce(&ResponseHead<'_, '_>) -> T) -> T {
    let mut space = field_space();
    match ResponseHead::parse(input.as_bytes(), asked, &mut space) {
        Ok(Parsed::Head(head)) => look(&head),
        other => panic!("{input:?} is {other:?}"),
    }
}

#[test]
fn bodies_are_as_long_as_request_status_and_fields_say() {
    for (input, asked, body, reusable) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", Asked::Other, BodyLength::Fixed(3), true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", Asked::Head, BodyLength::Empty, true),
        (
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
            Asked::Other,
            BodyLength::Empty,
            true,
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", Asked::Other, BodyLength::Empty, true),
        (
            "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
            Asked::Other,
            BodyLength::Empty,
            false,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            Asked::Other,
            BodyLength::Chunked,
            true,
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", Asked::Other, BodyLength::UntilClose, false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", Asked::Other, BodyLength::Empty, false),
        (
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
            Asked::Other,
            BodyLength::Empty,
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            Asked::Other,
            BodyLength::Empty,
            false,
        ),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", Asked::Other, BodyLength::Empty, true),
    ] {
        with_head(input, asked, |head| {
            assert_eq!((head.body, head.allows_reuse()), (body, reusable), "{input:?}");
        });
    }
}

#[test]
fn heads_are_written_in_one_canonical_form() {
    let delivery = Delivery {
        client_version: Version::Http11,
        persistence: Persistence::KeepAlive,
        body: BodyWriter::Raw,
        set_cookie: None,
        via_name: "elbow-1",
        hsts: None,
    };
    let cases = [
        (
            "HTTP/1.1 200 OK\r\nA:b\r\nKeep-Alive: 5\r\nContent-Length: 3\r\nConnection: X\r\nX: y\r\n\r\n",
            delivery,
            "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\nVia: 1.1 elbow-1\r\n\r\n",
        ),
        (
            "HTTP/1.0 404 Not Found\r\n\r\n",
            Delivery { body: BodyWriter::Chunked, ..delivery },
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nVia: 1.1 elbow-1\r\n\r\n",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            Delivery {
                client_version: Version::Http10,
                persistence: Persistence::Close,
                ..delivery
            },
            "HTTP/1.1 200 OK\r\nVia: 1.1 elbow-1\r\nConnection: close\r\n\r\n",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            Delivery {
                client_version: Version::Http10,
                set_cookie: Some(b"m=1; Path=/"),
                ..delivery
            },
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: m=1; Path=/\r\nVia: 1.1 elbow-1\r\n\
             Connection: keep-alive\r\n\r\n",
        ),
        (
            "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n",
            Delivery { hsts: Some(hsts(63_072_000, true)), ..delivery },
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\
             Strict-Transport-Security: max-age=63072000; includeSubDomains; preload\r\n\
             Via: 1.1 elbow-1\r\n\r\n",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            Delivery { hsts: Some(hsts(0, false)), ..delivery },
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nStrict-Transport-Security: max-age=0\r\n\
             Via: 1.1 elbow-1\r\n\r\n",
        ),
        (
            "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n",
            delivery,
            "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\
             Via: 1.1 elbow-1\r\n\r\n",
        ),
    ];
    for (input, delivery, expected) in cases {
        with_head(input, Asked::Other, |head| {
            let mut out = Vec::new();
            write_response(head, &delivery, &mut out);
            assert_eq!(String::from_utf8(out).expect("text"), expected);
        });
    }
}

fn hsts(max_age_s: u32, is_wide: bool) -> Hsts {
    let max_age_s = HstsSeconds::new(max_age_s.into()).expect("below ten years");
    Hsts { max_age_s, include_subdomains: is_wide, preload: is_wide }
}
