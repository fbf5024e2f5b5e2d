//! Responses that must not be passed on.

use crate::http1::framing::Asked;
use crate::http1::request::{Parsed, field_space};
use crate::http1::response::ResponseHead;

const CASES: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 4, 4\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0x4\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: b\r\n\r\n",
    "HTTP/1.1 200 OK\nX: a\n\n",
    "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX y: a\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: a\r\n\r\n",
    "HTTP/1.1 099 No\r\n\r\n",
    "HTTP/1.1 600 No\r\n\r\n",
    "HTTP/1.1 999 No\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 2x0 OK\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 -20 OK\r\n\r\n",
    "HTTP/2.0 200 OK\r\n\r\n",
    "HTTP/1.2 200 OK\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n",
    "ICY 200 OK\r\n\r\n",
    "\r\nHTTP/1.1 200 OK\r\n\r\n",
    "\nHTTP/1.1 200 OK\r\n\r\n",
    " HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 O\x00K\r\n\r\n",
    "<html>it works</html>\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
];

#[test]
fn what_is_ambiguous_or_malformed_is_not_passed_on() {
    for response in CASES {
        for asked in [Asked::Head, Asked::Other] {
            let mut space = field_space();
            let parsed = ResponseHead::parse(response.as_bytes(), asked, &mut space);
            assert!(parsed.is_err(), "{response:?} became {parsed:?}");
        }
    }
}

#[test]
fn a_head_without_end_is_refused_at_the_limit() {
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(66_000));
    assert!(ResponseHead::parse(endless.as_bytes(), Asked::Other, &mut field_space()).is_err());
    let short = "HTTP/1.1 200 OK\r\nX: a";
    let mut space = field_space();
    let parsed = ResponseHead::parse(short.as_bytes(), Asked::Other, &mut space);
    assert!(matches!(parsed, Ok(Parsed::Partial)));
}
