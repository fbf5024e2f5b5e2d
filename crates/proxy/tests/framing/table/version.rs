//! Versions: 1.1 and 1.0 are spoken, all else is refused by name; 1.0 clients get 1.0 manners.

use crate::framing::case::{
    Act, Case, Deed, End, When, case, forwarded, refused, refused_as_it_is, say, say_and_close,
    script,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = tokens();
    cases.extend(other_protocols());
    cases.extend(old_clients());
    cases
}

fn tokens() -> Vec<Case> {
    [
        ("HTTP/1.2", 505),
        ("HTTP/1.9", 505),
        ("HTTP/2.0", 505),
        ("HTTP/3.0", 505),
        ("HTTP/0.9", 505),
        ("HTTP/9.9", 505),
        ("HTTP/1.10", 400),
        ("HTTP/1.1.1", 400),
        ("HTTP/11", 400),
        ("HTTP/1", 400),
        ("HTTP/1.", 400),
        ("HTTP/.1", 400),
        ("HTTP/01.1", 400),
        ("HTTP/1.01", 400),
        ("HTTP/+1.1", 400),
        ("HTTP/-1.1", 400),
        ("HTTP/1,1", 400),
        ("HTTP/ 1.1", 400),
        ("HTTP /1.1", 400),
        ("HTTP1.1", 400),
        ("http/1.1", 400),
        ("Http/1.1", 400),
        ("HTTPS/1.1", 400),
        ("HTCPCP/1.0", 400),
        ("HTTP/1.1x", 400),
        ("HTTP/x.y", 400),
        ("HTTP/1.\u{661}", 400),
        ("", 400),
    ]
    .into_iter()
    .map(|(token, status)| {
        let bytes = format!("GET /x {token}\r\nHost: a\r\n\r\n");
        refused(&format!("version: \"{token}\""), "9112 2.3", status, bytes)
    })
    .collect()
}

fn other_protocols() -> Vec<Case> {
    vec![
        refused_as_it_is("version: HTTP/0.9", "9112 2.3", 400, "GET /x\r\n"),
        refused_as_it_is("version: HTTP/0.9 with a space", "9112 2.3", 400, "GET /x \r\n"),
        refused("version: HTTP/0.9 and an empty line", "9112 2.3", 400, "GET /x\r\n\r\n"),
        refused("version: HTTP/0.9 with fields", "9112 2.3", 400, "GET /x\r\nHost: a\r\n\r\n"),
        refused_as_it_is(
            "version: HTTP/2 preface",
            "9113 3.4",
            505,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        ),
        refused("version: PRI in HTTP/1.1", "9113 3.4", 400, "PRI * HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(
            "version: none and a second line with one",
            "9112 3",
            400,
            "GET /x\r\n HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
    ]
}

fn old_clients() -> Vec<Case> {
    let old = |fields: &str| format!("GET /x HTTP/1.0\r\nHost: a\r\n{fields}\r\n");
    let chunks =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n";
    vec![
        forwarded("1.0: closes by itself", "9112 9.3", old(""), &["GET /x a"]).end(End::Closed),
        forwarded("1.0: nothing behind it is read", "9112 9.3", old("") + &old(""), &["GET /x a"]).end(End::Closed),
        forwarded("1.0: keep-alive", "9112 9.3", old("Connection: keep-alive\r\n"), &["GET /x a"]).got_with(&["Connection: keep-alive"]),
        forwarded("1.0: keep-alive in odd case", "9112 9.3", old("connection: Keep-ALIVE\r\n"), &["GET /x a"]).got_with(&["Connection: keep-alive"]),
        forwarded("1.0: keep-alive and close", "9112 9.3", old("Connection: keep-alive, close\r\n"), &["GET /x a"]).end(End::Closed),
        forwarded("1.0: two kept requests", "9112 9.3", old("Connection: keep-alive\r\n").repeat(2), &["GET /x a", "GET /x a"]),
        forwarded("1.0: Proxy-Connection does not count", "9112 C.2.2", old("Proxy-Connection: keep-alive\r\n"), &["GET /x a"]).end(End::Closed),
        forwarded("1.0: body of a known length", "9112 6.3", "POST /x HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", &["POST /x a hello"]).end(End::Closed),
        forwarded("1.0: a body's rest is no request", "9112 9.3", "POST /x HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", &["POST /x a hello"]).end(End::Closed),
        forwarded("1.0: Upgrade does not count", "9110 7.8", old("Connection: upgrade\r\nUpgrade: websocket\r\n"), &["GET /x a"]).seen_without(&["Upgrade"]).end(End::Closed),
        forwarded("1.0: Expect does not count", "9110 10.1.1", "POST /x HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", &["POST /x a hello"]).seen_without(&["Expect"]).end(End::Closed),
        case("1.0: chunks are taken out", "9112 6.1", old("")).seen(&["GET /x a"]).origin(say(chunks)).got(&["200 hello"]).got_without(&["Transfer-Encoding", "A"]).end(End::Closed),
        case("1.0: chunks are taken out, whatever it would keep", "9112 6.1", old("Connection: keep-alive\r\n")).seen(&["GET /x a"]).origin(say(chunks)).got(&["200 hello"]).got_without(&["Transfer-Encoding"]).end(End::Closed),
        case("1.0: a response that ends with its connection", "9112 6.3", old("Connection: keep-alive\r\n")).seen(&["GET /x a"]).origin(say_and_close("HTTP/1.1 200 OK\r\n\r\nhello")).got(&["200 hello"]).end(End::Closed),
        case("1.0: chunks cut off are visibly cut off", "9112 8", old("")).seen(&["GET /x a"]).origin(say_and_close("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")).end(End::Cut),
        case("1.0: bad chunks are visibly cut off", "9112 7.1", old("")).act(Act::AwaitSome).act(Act::Tell).seen(&["GET /x a"]).origin(script(When::AfterRequest, &[
            Deed::Say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".to_vec()),
            Deed::Listen,
            Deed::Say(b"zz\r\n".to_vec()),
        ])).end(End::Cut),
        case("1.0: a length cut off is visibly cut off", "9112 8", old("")).seen(&["GET /x a"]).origin(say_and_close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")).end(End::Cut),
    ]
}
