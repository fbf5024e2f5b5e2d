//! Requests that are none, or that mean something else in HTTP/1.1 (RFC 9113 §8.2, §8.3, §10.3).

use crate::http2_hostile::case::{
    Case, Field, GET, Outcome, PROTOCOL_ERROR, case, get_but, get_with, head,
};
use crate::http2_hostile::frames::{END_HEADERS, WHOLE};

const MALFORMED: Outcome = Outcome::Reset(1, &[PROTOCOL_ERROR]);
const REFUSED: Outcome = Outcome::ResetOrGoAway(1, &[PROTOCOL_ERROR]);
const SERVED: Outcome = Outcome::Status(1, 200);

pub(crate) fn cases() -> Vec<Case> {
    [pseudo(), authority(), paths(), names(), values(), connection(), methods(), passed()].concat()
}

fn row(name: &str, rfc: &'static str, outcome: Outcome, bytes: Vec<u8>) -> Case {
    case(&format!("head: {name}"), rfc, outcome, bytes)
}

fn get_of(fields: &[Field<'_>]) -> Vec<u8> {
    head(1, WHOLE, fields)
}

fn pseudo() -> Vec<Case> {
    const RFC: &str = "9113 8.3";
    let [method, scheme, authority, path] = GET;
    let twice = |name: &str, again: Field<'_>| {
        row(&format!("{name} twice"), RFC, MALFORMED, get_with_pseudo(again))
    };
    vec![
        row("no :method", RFC, MALFORMED, get_but(b":method", None)),
        row("no :scheme", RFC, MALFORMED, get_but(b":scheme", None)),
        row("no :path", RFC, MALFORMED, get_but(b":path", None)),
        row("no :authority and no Host", RFC, MALFORMED, get_but(b":authority", None)),
        row("nothing at all", RFC, MALFORMED, get_of(&[])),
        twice(":method", method),
        twice(":scheme", scheme),
        twice(":authority", authority),
        twice(":path", path),
        twice(":path, another,", (b":path", b"/y")),
        row(":path behind a field", RFC, MALFORMED, {
            get_of(&[method, scheme, authority, (b"x", b"y"), path])
        }),
        row(":authority behind a field", RFC, MALFORMED, {
            get_of(&[method, scheme, path, (b"host", b"b"), authority])
        }),
        row("an unknown one", RFC, REFUSED, get_with_pseudo((b":unknown", b"x"))),
        row("one of responses", RFC, MALFORMED, get_with_pseudo((b":status", b"200"))),
        row("an empty :method", RFC, REFUSED, get_but(b":method", Some(b""))),
        row("an empty :scheme", RFC, MALFORMED, get_but(b":scheme", Some(b""))),
        row("an empty :path", RFC, MALFORMED, get_but(b":path", Some(b""))),
        row("an empty :authority", RFC, MALFORMED, get_but(b":authority", Some(b""))),
        row("another :scheme", RFC, MALFORMED, get_but(b":scheme", Some(b"ftp"))),
        row(":scheme with more", RFC, MALFORMED, get_but(b":scheme", Some(b"http://b/x?"))),
        row(":protocol without CONNECT", "8441 4", MALFORMED, {
            get_with_pseudo((b":protocol", b"websocket"))
        }),
    ]
}

fn get_with_pseudo(more: Field<'_>) -> Vec<u8> {
    get_of(&[&GET, [more].as_slice()].concat())
}

fn authority() -> Vec<Case> {
    const RFC: &str = "9113 8.3.1";
    let but = |name: &str, value: &[u8]| {
        row(&format!(":authority {name}"), RFC, MALFORMED, get_but(b":authority", Some(value)))
    };
    let bad = |name: &str, value: &[u8], outcome: Outcome| {
        row(&format!(":authority {name}"), RFC, outcome, get_but(b":authority", Some(value)))
    };
    vec![
        but("with a user", b"user@a"),
        but("with a user and a password", b"user:secret@a"),
        but("with an empty user", b"@a"),
        but("with a space", b"a b"),
        but("with a path", b"a/b"),
        but("with a line end", b"a\r\nX-Smuggled: 1"),
        but("with a NUL", b"a\0b"),
        bad("with a port that is none", b"a:b", Outcome::Status(1, 400)),
        bad("with a port too large", b"a:70000", Outcome::Status(1, 400)),
        row("Host is another", RFC, MALFORMED, get_with(&[(b"host", b"b")])),
        row("Host has another port", RFC, MALFORMED, get_with(&[(b"host", b"a:81")])),
        row("Host has a user", RFC, MALFORMED, get_with(&[(b"host", b"user@a")])),
        row("Host is empty", RFC, MALFORMED, get_with(&[(b"host", b"")])),
        row("Host twice", RFC, MALFORMED, get_with(&[(b"host", b"a"), (b"host", b"a")])),
        row("Host twice, different", RFC, MALFORMED, get_with(&[(b"host", b"a"), (b"host", b"b")])),
    ]
}

fn paths() -> Vec<Case> {
    const RFC: &str = "9113 8.3.1";
    let bad = |name: &str, value: &[u8]| {
        row(&format!(":path {name}"), RFC, MALFORMED, get_but(b":path", Some(value)))
    };
    vec![
        bad("without a slash", b"x"),
        bad("of a query", b"?x"),
        bad("of an asterisk", b"*"),
        bad("with a scheme and a host", b"http://b/x"),
        bad("with a space", b"/x HTTP/1.1"),
        bad("with a line end", b"/x HTTP/1.1\r\nX-Smuggled: 1"),
        bad("with a whole request", b"/ HTTP/1.1\r\nHost: a\r\n\r\nGET /smuggled"),
        bad("with a bare LF", b"/x\nX-Smuggled: 1"),
        bad("with a bare CR", b"/x\rX-Smuggled: 1"),
        bad("with a NUL", b"/x\0"),
        bad("with a tab", b"/x\ty"),
        bad("with a DEL", b"/x\x7f"),
        row(":path of 17,000 bytes", "9110 15.5.15", Outcome::Status(1, 414), {
            let path = [b"/".as_slice(), &[b'x'; 17_000]].concat();
            let fields =
                crate::http2_hostile::frames::block(&[GET[0], GET[1], GET[2], (b":path", &path)]);
            crate::http2_hostile::case::in_frames(1, &fields)
        }),
    ]
}

fn names() -> Vec<Case> {
    const RFC: &str = "9113 8.2.1";
    let bad = |title: &str, name: &[u8]| {
        row(&format!("a name {title}"), RFC, REFUSED, get_with(&[(name, b"y")]))
    };
    vec![
        bad("in upper case", b"X-Y"),
        bad("with one letter in upper case", b"x-Y"),
        bad("in upper case that frames", b"Content-Length"),
        bad("in upper case that frames, too", b"Transfer-Encoding"),
        bad("without a byte", b""),
        bad("of a colon", b":"),
        bad("with a colon", b"x:y"),
        bad("with a space", b"x y"),
        bad("with a space at its end", b"transfer-encoding "),
        bad("with a tab", b"x\ty"),
        bad("with a NUL", b"x\0"),
        bad("with a bare LF", b"x\ny"),
        bad("with a bare CR", b"x\ry"),
        bad("with a line end", b"x: y\r\nx-smuggled"),
        bad("with a whole request", b"x: y\r\n\r\nGET /smuggled HTTP/1.1\r\nhost"),
        bad("beyond ASCII", b"x\xc3\xa9"),
        bad("with a DEL", b"x\x7f"),
        bad("with a bracket", b"x(y)"),
    ]
}

fn values() -> Vec<Case> {
    const RFC: &str = "9113 8.2.1";
    let bad = |title: &str, value: &[u8]| {
        row(&format!("a value {title}"), RFC, REFUSED, get_with(&[(b"x", value)]))
    };
    vec![
        bad("with a line end", b"y\r\nX-Smuggled: 1"),
        bad("with a whole request", b"y\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a"),
        bad("with a bare LF", b"y\nX-Smuggled: 1"),
        bad("with a bare CR", b"y\rz"),
        bad("with a NUL", b"y\0z"),
        bad("with a DEL", b"y\x7f"),
        bad("with an escape", b"y\x1bz"),
        bad("with a space ahead", b" y"),
        bad("with a space behind", b"y "),
        bad("with a tab ahead", b"\ty"),
        bad("with a tab behind", b"y\t"),
        row("a crumb with a line end", RFC, REFUSED, {
            get_with(&[(b"cookie", b"a=b"), (b"cookie", b"c=d\r\nX-Smuggled: 1")])
        }),
    ]
}

fn connection() -> Vec<Case> {
    const RFC: &str = "9113 8.2.2";
    let bad = |name: &str, field: Field<'_>| row(name, RFC, MALFORMED, get_with(&[field]));
    vec![
        bad("Connection", (b"connection", b"close")),
        bad("Connection that nominates", (b"connection", b"x-forwarded-for")),
        bad("Proxy-Connection", (b"proxy-connection", b"keep-alive")),
        bad("Keep-Alive", (b"keep-alive", b"timeout=5")),
        bad("Transfer-Encoding", (b"transfer-encoding", b"chunked")),
        bad("Transfer-Encoding of nothing", (b"transfer-encoding", b"identity")),
        bad("Upgrade", (b"upgrade", b"h2c")),
        bad("Upgrade to a WebSocket", (b"upgrade", b"websocket")),
        bad("TE of gzip", (b"te", b"gzip")),
        bad("TE of trailers and more", (b"te", b"trailers, chunked")),
        bad("TE of nothing", (b"te", b"")),
    ]
}

fn methods() -> Vec<Case> {
    let of = |name: &str, rfc: &'static str, outcome: Outcome, method: &[u8]| {
        row(&format!(":method {name}"), rfc, outcome, get_but(b":method", Some(method)))
    };
    const UNSUPPORTED: Outcome = Outcome::Status(1, 501);
    vec![
        of("TRACE", "9110 9.3.8", UNSUPPORTED, b"TRACE"),
        of("CONNECT with a path", "9113 8.5", MALFORMED, b"CONNECT"),
        of("of 40 bytes", "9110 15.6.2", UNSUPPORTED, &[b'A'; 40]),
        of("with a space", "9113 8.3.1", REFUSED, b"GET /smuggled"),
        of("with a line end", "9113 8.3.1", REFUSED, b"GET / HTTP/1.1\r\nx:"),
        of("with a NUL", "9113 8.3.1", REFUSED, b"GET\0"),
        row("CONNECT", "9113 8.5", UNSUPPORTED, {
            head(1, WHOLE, &[(b":method", b"CONNECT"), (b":authority", b"a:443")])
        }),
        row("CONNECT that goes on", "9113 8.5", UNSUPPORTED, {
            head(1, END_HEADERS, &[(b":method", b"CONNECT"), (b":authority", b"a:443")])
        }),
        row("CONNECT for something else", "8441 4", UNSUPPORTED, {
            let [_, scheme, authority, path] = GET;
            let fields = [(b":method".as_slice(), b"CONNECT".as_slice()), scheme, authority, path];
            head(
                1,
                END_HEADERS,
                &[&fields, [(b":protocol".as_slice(), b"connect-udp".as_slice())].as_slice()]
                    .concat(),
            )
        }),
        row("a WebSocket that ends at once", "8441 5", MALFORMED, {
            let [_, scheme, authority, path] = GET;
            let fields = [(b":method".as_slice(), b"CONNECT".as_slice()), scheme, authority, path];
            head(
                1,
                WHOLE,
                &[&fields, [(b":protocol".as_slice(), b"websocket".as_slice())].as_slice()]
                    .concat(),
            )
        }),
    ]
}

fn passed() -> Vec<Case> {
    let good = |name: &str, rfc: &'static str, bytes: Vec<u8>, seen: &str| {
        row(name, rfc, SERVED, bytes).seen(&[seen])
    };
    let [method, scheme, _, path] = GET;
    vec![
        good(
            "Host instead of :authority",
            "9113 8.3.1",
            get_of(&[method, scheme, path, (b"host", b"b")]),
            "GET /x b",
        ),
        good("Host that is :authority", "9113 8.3.1", get_with(&[(b"host", b"A")]), "GET /x a"),
        good(
            "a scheme of the other kind",
            "9113 8.3.1",
            get_but(b":scheme", Some(b"https")),
            "GET /x a",
        ),
        good(
            "an asterisk",
            "9113 8.3.1",
            get_of(&[(b":method", b"OPTIONS"), GET[1], GET[2], (b":path", b"*")]),
            "OPTIONS * a",
        ),
        good("a method of nobody", "9110 9.1", get_but(b":method", Some(b"PURGE")), "PURGE /x a"),
        good("TE of trailers", "9110 10.1.4", get_with(&[(b"te", b"trailers")]), "GET /x a"),
        row("fields that end here", "9110 7.6.1", SERVED, {
            get_with(&[
                (b"proxy", b"x"),
                (b"proxy-authorization", b"x"),
                (b"http2-settings", b"AAMAAABk"),
                (b"x-real-ip", b"6.6.6.6"),
            ])
        })
        .seen(&["GET /x a"])
        .seen_without(&["Proxy", "Proxy-Authorization", "HTTP2-Settings", "X-Real-Ip"]),
        row("a path with odd bytes as they are", "3986 2.2", SERVED, {
            get_but(b":path", Some(b"/%2e%2e/a%0d%0a%00b?x=%23|y"))
        })
        .seen(&["GET /%2e%2e/a%0d%0a%00b?x=%23|y a"]),
        row("a fragment is not for members", "9110 7.1", SERVED, get_but(b":path", Some(b"/x#y")))
            .seen(&["GET /x a"]),
    ]
}
