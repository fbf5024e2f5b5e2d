//! Line ends, field lines and odd bytes in request heads.

use crate::framing::case::{Act, Case, End, case, forwarded, get, refused, refused_as_it_is};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = good();
    cases.extend(bad_fields());
    cases.extend(bad_line_ends());
    cases.extend(garbage());
    cases
}

fn good() -> Vec<Case> {
    vec![
        forwarded(
            "line: one empty line before",
            "9112 2.2",
            [b"\r\n".to_vec(), get("")].concat(),
            &["GET /x a"],
        ),
        forwarded(
            "line: empty line between requests",
            "9112 2.2",
            [get(""), b"\r\n".to_vec(), get("")].concat(),
            &["GET /x a", "GET /x a"],
        ),
        forwarded("line: the empty line alone in a write", "9112 2.2", "\r\n", &["GET /x a"])
            .send(get("")),
        forwarded("line: half of the empty line alone in a write", "9112 2.2", "\r", &["GET /x a"])
            .send([b"\n".to_vec(), get("")].concat()),
        forwarded("field: empty value", "9110 5.5", get("A:\r\n"), &["GET /x a"])
            .seen_with(&["A: "]),
        forwarded("field: only spaces", "9110 5.5", get("A:  \t \r\n"), &["GET /x a"])
            .seen_with(&["A: "]),
        forwarded(
            "field: inner spaces and tabs stay",
            "9110 5.5",
            get("A: b \t c\r\n"),
            &["GET /x a"],
        )
        .seen_with(&["A: b \t c"]),
        forwarded(
            "field: every token byte",
            "9110 5.6.2",
            get("!#$%&'*+-.^_`|~09aZ: b\r\n"),
            &["GET /x a"],
        )
        .seen_with(&["!#$%&'*+-.^_`|~09aZ: b"]),
        forwarded("field: obs-text stays", "9110 5.5", get("A: \u{e9}\r\n"), &["GET /x a"])
            .seen_with(&["A: \u{e9}"]),
        forwarded("field: colons in the value", "9110 5.5", get("A: b: c:: d\r\n"), &["GET /x a"])
            .seen_with(&["A: b: c:: d"]),
        forwarded("field: leading colon in the value", "9110 5.5", get("A:: b\r\n"), &["GET /x a"])
            .seen_with(&["A: : b"]),
        forwarded(
            "field: of one name twice stays twice",
            "9110 5.2",
            get("A: b\r\nA: c\r\n"),
            &["GET /x a"],
        ),
        forwarded(
            "method: unknown token",
            "9110 9.1",
            "BR-EW /x HTTP/1.1\r\nHost: a\r\n\r\n",
            &["BR-EW /x a"],
        ),
        forwarded(
            "method: lower case is another method",
            "9110 9.1",
            "get /x HTTP/1.1\r\nHost: a\r\n\r\n",
            &["get /x a"],
        ),
        forwarded(
            "method: head in lower case has a body",
            "9110 9.1",
            "head /x HTTP/1.1\r\nHost: a\r\n\r\n",
            &["head /x a"],
        ),
    ]
}

fn bad_fields() -> Vec<Case> {
    let refused_field = |(name, line): (&str, &str)| {
        refused(&format!("field: {name}"), "9112 5.1", 400, get(&format!("{line}\r\n")))
    };
    [
        ("space before the colon", "A : b"),
        ("tab before the colon", "A\t: b"),
        ("no colon", "A b"),
        ("no colon and no space", "Ab"),
        ("empty name", ": b"),
        ("only a colon", ":"),
        ("space in the name", "A B: c"),
        ("starts with a space", " A: b"),
        ("starts with a tab", "\tA: b"),
        ("obs-fold", "A: b\r\n c"),
        ("obs-fold with a tab", "A: b\r\n\tc"),
        ("obs-fold of nothing", "A: b\r\n "),
        ("obs-fold in the first line", "A:\r\n b"),
        ("NUL in the value", "A: b\0c"),
        ("NUL in the name", "A\0: b"),
        ("bare CR in the value", "A: b\rc"),
        ("bare CR at the end", "A: b\r"),
        ("CR before the colon", "A\r: b"),
        ("form feed in the value", "A: b\x0cc"),
        ("vertical tab in the value", "A: b\x0bc"),
        ("backspace in the value", "A: b\x08c"),
        ("escape in the value", "A: \x1b[2J"),
        ("DEL in the value", "A: b\x7f"),
        ("parentheses in the name", "A(b): c"),
        ("slash in the name", "A/b: c"),
        ("at sign in the name", "A@b: c"),
        ("brackets in the name", "[A]: c"),
        ("quotes in the name", "\"A\": c"),
        ("non-ASCII in the name", "\u{c4}: b"),
        ("BOM before the name", "\u{feff}A: b"),
        ("comma in the name", "A,B: c"),
        ("semicolon in the name", "A;B: c"),
        ("equals sign instead of a colon", "A=b"),
    ]
    .into_iter()
    .map(refused_field)
    .collect()
}

fn bad_line_ends() -> Vec<Case> {
    [
        ("LF everywhere", "GET /x HTTP/1.1\nHost: a\n\n"),
        ("LF after the request line", "GET /x HTTP/1.1\nHost: a\r\n\r\n"),
        ("LF after a field", "GET /x HTTP/1.1\r\nHost: a\nA: b\r\n\r\n"),
        ("LF after the last field", "GET /x HTTP/1.1\r\nHost: a\n\r\n"),
        ("LF as the empty line", "GET /x HTTP/1.1\r\nHost: a\r\n\n"),
        ("CR everywhere", "GET /x HTTP/1.1\rHost: a\r\r"),
        ("CR after the request line", "GET /x HTTP/1.1\rHost: a\r\n\r\n"),
        ("CR CR LF", "GET /x HTTP/1.1\r\r\nHost: a\r\n\r\n"),
        ("LF CR", "GET /x HTTP/1.1\n\rHost: a\n\r\n\r"),
        ("LF before the request", "\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("CR before the request", "\rGET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        (
            "many empty lines before",
            "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        ("Unicode line separator", "GET /x HTTP/1.1\u{2028}Host: a\r\n\r\n"),
    ]
    .into_iter()
    .map(|(name, bytes)| refused(&format!("line: {name}"), "9112 2.2", 400, bytes))
    .collect()
}

fn garbage() -> Vec<Case> {
    const HELLO: &[u8] = b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x00\x20";
    const SSL2: &[u8] = b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10\x01\x00\x80";
    vec![
        refused_as_it_is("garbage: TLS on a clear port", "9110 4.2.2", 400, HELLO),
        refused_as_it_is("garbage: SSL 2 on a clear port", "9110 4.2.2", 400, SSL2),
        refused_as_it_is("garbage: zeros", "9112 2.2", 400, [0; 64]),
        refused_as_it_is("garbage: 0xff", "9112 2.2", 400, [0xff; 64]),
        refused_as_it_is("garbage: SSH", "9112 2.2", 400, "SSH-2.0-OpenSSH_9.2\r\n"),
        refused_as_it_is("garbage: SMTP", "9112 2.2", 400, "EHLO a\r\n"),
        refused_as_it_is("garbage: RTSP", "9112 3", 400, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
        refused_as_it_is(
            "garbage: SIP",
            "9112 3",
            400,
            "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n",
        ),
        refused_as_it_is("garbage: Redis", "9112 3", 400, "*1\r\n$4\r\nPING\r\n"),
        refused_as_it_is(
            "garbage: a response",
            "9112 3",
            400,
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ),
        refused_as_it_is(
            "garbage: PROXY v1 from nobody known",
            "PROXY 2",
            400,
            "PROXY TCP4 6.6.6.6 7.7.7.7 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        refused_as_it_is(
            "garbage: PROXY v2 from nobody known",
            "PROXY 2",
            400,
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\x06\x06\x06\x06\x07\x07\x07\x07\x00\x01\x00\x02",
        ),
        case("garbage: nothing at all", "9112 9.6", "").act(Act::End).end(End::Closed),
        case("garbage: only an empty line", "9112 2.2", "\r\n").act(Act::End).end(End::Closed),
    ]
}
