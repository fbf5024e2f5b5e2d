//! Hop-by-hop fields: what `Connection` names ends here, both ways, but never what frames,
//! addresses or describes the message on this hop.

use crate::framing::case::{
    Case, End, Upstream, answered, distrusted, forwarded, get, post, refused,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = requests();
    cases.extend(nominations());
    cases.extend(responses());
    cases
}

fn requests() -> Vec<Case> {
    let gone = |name: &str, lines: &str, fields: &[&str]| {
        forwarded(&format!("hop: {name}"), "9110 7.6.1", get(lines), &["GET /x a"])
            .seen_without(fields)
    };
    vec![
        gone("keep-alive", "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", &["Keep-Alive"]),
        gone("one that it names", "Connection: A\r\nA: b\r\n", &["A"]),
        gone("in odd case", "Connection: x-ODD\r\nX-Odd: b\r\n", &["X-Odd"]),
        gone("one of several", "Connection: keep-alive, A , C\r\nA: b\r\nC: d\r\n", &["A", "C"]),
        gone("in two lines", "Connection: A\r\nConnection: C\r\nA: b\r\nC: d\r\n", &["A", "C"]),
        gone("named after it came", "A: b\r\nConnection: A\r\n", &["A"]),
        gone("every copy of it", "A: b\r\nConnection: A\r\nA: c\r\na: d\r\n", &["A"]),
        gone("empty members", "Connection: ,, A,,\r\nA: b\r\n", &["A"]),
        gone("itself", "Connection: connection\r\n", &["Connection"]),
        gone(
            "what never goes on",
            "TE: trailers\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nProxy-Authorization: Basic x\r\nProxy: http://evil\r\nUpgrade: websocket\r\n",
            &["Upgrade"],
        ),
        gone("an empty Connection", "Connection:\r\n", &["Connection"]),
        gone("a named one that is not there", "Connection: A\r\n", &["A"]),
        gone("HTTP2-Settings alone", "HTTP2-Settings: AAMAAABk\r\n", &["HTTP2-Settings"]),
        forwarded("hop: close is obeyed", "9112 9.6", get("Connection: close\r\n"), &["GET /x a"])
            .got_with(&["Connection: close"])
            .end(End::Closed),
        forwarded(
            "hop: close in odd case among others",
            "9112 9.6",
            get("Connection: A, CLOSE\r\nA: b\r\n"),
            &["GET /x a"],
        )
        .seen_without(&["A"])
        .end(End::Closed),
        forwarded(
            "hop: close in a second line",
            "9112 9.6",
            get("Connection: keep-alive\r\nConnection: close\r\n"),
            &["GET /x a"],
        )
        .end(End::Closed),
        forwarded(
            "hop: nothing is read behind close",
            "9112 9.6",
            [get("Connection: close\r\n"), get("")].concat(),
            &["GET /x a"],
        )
        .end(End::Closed),
        forwarded(
            "hop: Proxy-Connection: close is not obeyed",
            "9112 C.2.2",
            get("Proxy-Connection: close\r\n"),
            &["GET /x a"],
        ),
        refused("hop: no field name", "9110 7.6.1", 400, get("Connection: a b\r\n")),
        refused("hop: quoted", "9110 7.6.1", 400, get("Connection: \"close\"\r\n")),
        refused("hop: semicolon", "9110 7.6.1", 400, get("Connection: close; x\r\n")),
        refused("hop: NUL", "9110 7.6.1", 400, get("Connection: clo\0se\r\n")),
    ]
}

/// What a client names to get rid of what it must not get rid of.
fn nominations() -> Vec<Case> {
    let kept = |name: &str, lines: &str, line: &str| {
        forwarded(&format!("nominated: {name}"), "9110 7.6.1", get(lines), &["GET /x a"])
            .seen_with(&[line])
    };
    vec![
        kept("Host", "Connection: host\r\n", "Host: a"),
        kept("Host and close to it", "Connection: keep-alive, Host\r\n", "Host: a"),
        kept(
            "X-Forwarded-For",
            "Connection: X-Forwarded-For\r\nX-Forwarded-For: 6.6.6.6\r\n",
            "X-Forwarded-For: 127.0.0.1",
        ),
        kept(
            "X-Forwarded-Proto",
            "Connection: x-forwarded-proto\r\nX-Forwarded-Proto: https\r\n",
            "X-Forwarded-Proto: http",
        ),
        kept("X-Forwarded-Host", "Connection: x-forwarded-host\r\n", "X-Forwarded-Host: a"),
        kept(
            "X-Forwarded-* at once",
            "Connection: x-forwarded-for, x-forwarded-proto, x-forwarded-port, x-forwarded-host, x-request-id, via\r\n",
            "X-Forwarded-For: 127.0.0.1",
        ),
        kept("Via", "Connection: via\r\nVia: 1.1 b\r\n", "Via: 1.1 b, 1.1 elbow-t"),
        kept(
            "X-Forwarded-For of a stranger",
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\n",
            "X-Forwarded-For: 127.0.0.1",
        ),
        kept(
            "Via of others stays",
            "Via: 1.0 b, 1.1 c\r\nVia: 1.1 d\r\n",
            "Via: 1.0 b, 1.1 c, 1.1 d, 1.1 elbow-t",
        ),
        forwarded(
            "nominated: Content-Length",
            "9110 7.6.1",
            post("Connection: content-length\r\nContent-Length: 5\r\n", "hello"),
            &["POST /x a hello"],
        ),
        forwarded(
            "nominated: Content-Length in odd case, in a list",
            "9110 7.6.1",
            post("Connection: keep-alive,CONTENT-length\r\nContent-Length: 5\r\n", "hello"),
            &["POST /x a hello"],
        ),
        forwarded(
            "nominated: Transfer-Encoding",
            "9110 7.6.1",
            post(
                "Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n",
                "5\r\nhello\r\n0\r\n\r\n",
            ),
            &["POST /x a hello"],
        ),
        forwarded(
            "nominated: Connection and Upgrade without an Upgrade",
            "9110 7.6.1",
            get("Connection: connection, upgrade\r\n"),
            &["GET /x a"],
        ),
        forwarded(
            "nominated: what is not there yet is not made",
            "9110 7.6.1",
            get("Connection: X-Forwarded-Forx\r\n"),
            &["GET /x a"],
        )
        .seen_without(&["X-Forwarded-Forx"]),
        refused(
            "nominated: a loop is a loop",
            "9110 7.6.3",
            508,
            get(
                "Connection: via\r\nVia: 1.1 elbow-t, 1.1 elbow-t, 1.1 elbow-t, 1.1 elbow-t, 1.1 elbow-t, 1.1 elbow-t, 1.1 elbow-t, 1.1 elbow-t\r\n",
            ),
        ),
    ]
}

fn responses() -> Vec<Case> {
    let gone = |name: &str, lines: &str, fields: &[&str]| {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n{lines}\r\nhello");
        answered(&format!("response hop: {name}"), "9110 7.6.1", answer)
            .got(&["200 hello"])
            .got_without(fields)
    };
    vec![
        gone("one that it names", "Connection: A\r\nA: b\r\n", &["A", "Connection"]),
        gone("in odd case, in a list", "Connection: keep-alive, x-ODD\r\nX-Odd: b\r\n", &["X-Odd", "Connection"]),
        gone("every copy of it", "A: b\r\nConnection: a\r\nA: c\r\n", &["A"]),
        gone("Keep-Alive", "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", &["Keep-Alive", "Connection"]),
        gone("Upgrade in a 200", "Connection: upgrade\r\nUpgrade: h2c\r\n", &["Upgrade", "Connection"]),
        gone("Proxy-Connection", "Proxy-Connection: keep-alive\r\n", &["Proxy-Connection"]),
        gone("close is not the client's", "Connection: close\r\n", &["Connection"]).upstream(Upstream::Spent),
        gone("Content-Length stays", "Connection: content-length\r\n", &["Connection"]).got_with(&["Content-Length: 5"]),
        answered("response hop: Transfer-Encoding stays", "9110 7.6.1", "HTTP/1.1 200 OK\r\nConnection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").got(&["200 hello"]).got_with(&["Transfer-Encoding: chunked"]),
        distrusted("response hop: no field name", "9110 7.6.1", "HTTP/1.1 200 OK\r\nConnection: a b\r\nContent-Length: 0\r\n\r\n"),
    ]
}
