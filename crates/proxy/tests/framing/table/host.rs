//! Whom a request is for: exactly one valid `Host`, and the absolute form's authority before it.

use crate::framing::case::{Case, forwarded, refused};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = good();
    cases.extend(bad_hosts());
    cases.extend(counts());
    cases.extend(absolute_form());
    cases
}

fn with_host(host: &str) -> String {
    format!("GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

fn good() -> Vec<Case> {
    let names = [
        "a",
        "example.com",
        "EXAMPLE.com",
        "example.com.",
        "a:80",
        "a:65535",
        "127.0.0.1",
        "127.0.0.1:8080",
        "[::1]",
        "[::1]:80",
        "[2001:db8::ff00:42:8329]",
        "a-b_c~d",
        "a%20b",
        "xn--bcher-kva.example",
        "1.2.3.4.5",
        "0",
    ];
    let cases = names.into_iter().map(|host| {
        forwarded(
            &format!("host: {host}"),
            "9112 3.2",
            with_host(host),
            &[&format!("GET /x {host}")],
        )
    });
    let mut cases: Vec<Case> = cases.collect();
    cases.extend([
        forwarded("host: last of the fields", "9112 3.2", "GET /x HTTP/1.1\r\nA: b\r\nhOsT: a\r\n\r\n", &["GET /x a"]),
        forwarded("host: spaces around it", "9112 3.2", "GET /x HTTP/1.1\r\nHost: \t a \t\r\n\r\n", &["GET /x a"]),
        forwarded("host: nominated by Connection, but kept", "9110 7.6.1", "GET /x HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n", &["GET /x a"]),
        forwarded("host: other names that claim it don't matter", "9110 5.1", "GET /x HTTP/1.1\r\nHost: a\r\nX-Host: evil\r\nX-Forwarded-Host: evil\r\nX-HTTP-Host-Override: evil\r\nForwarded: host=evil\r\n\r\n", &["GET /x a"]).seen_with(&["X-Forwarded-Host: a"]).seen_without(&["Forwarded"]),
    ]);
    cases
}

fn bad_hosts() -> Vec<Case> {
    [
        ("empty", ""),
        ("only a port", ":80"),
        ("port that is no number", "a:b"),
        ("port with a sign", "a:+80"),
        ("port too large", "a:65536"),
        ("port far too large", "a:4294967376"),
        ("two ports", "a:80:80"),
        ("user", "user@a"),
        ("user and password", "user:secret@a"),
        ("user that looks like a host", "a:80@evil"),
        ("user and IPv6", "user@[::1]"),
        ("encoded at sign is fine, a bare one is not", "a%40b@c"),
        ("scheme", "http://a"),
        ("path", "a/b"),
        ("path only", "/"),
        ("query", "a?b"),
        ("fragment", "a#b"),
        ("backslash", "a\\b"),
        ("inner space", "a b"),
        ("inner tab", "a\tb"),
        ("two hosts in a list with a space", "a, b"),
        ("double quotes", "\"a\""),
        ("angle brackets", "<a>"),
        ("braces", "{a}"),
        ("pipe", "a|b"),
        ("caret", "a^b"),
        ("backtick", "`a`"),
        ("bad percent", "a%2"),
        ("bad percent digits", "a%zz"),
        ("raw UTF-8", "b\u{fc}cher.example"),
        ("IPv6 without brackets", "::1"),
        ("IPv6 unclosed", "[::1"),
        ("IPv6 unopened", "::1]"),
        ("IPv6 and more", "[::1]a"),
        ("IPv6 and a name", "[::1]a:80"),
        ("IPv6 in front of a name", "a[::1]"),
        ("brackets around a name", "[a]"),
        ("brackets around nothing", "[]"),
        ("IPv6 with a zone", "[fe80::1%eth0]"),
        ("IPv6 twice", "[::1][::1]"),
        ("NUL", "a\0b"),
        ("300 letters", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ]
    .into_iter()
    .map(|(name, host)| refused(&format!("host: {name}"), "9112 3.2", 400, with_host(host)))
    .collect()
}

fn counts() -> Vec<Case> {
    vec![
        refused("host: missing", "9112 3.2", 400, "GET /x HTTP/1.1\r\nA: b\r\n\r\n"),
        refused("host: no field at all", "9112 3.2", 400, "GET /x HTTP/1.1\r\n\r\n"),
        refused(
            "host: twice, different",
            "9112 3.2",
            400,
            "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        ),
        refused(
            "host: twice, equal",
            "9112 3.2",
            400,
            "GET /x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        ),
        refused(
            "host: twice, one empty",
            "9112 3.2",
            400,
            "GET /x HTTP/1.1\r\nHost: a\r\nHost:\r\n\r\n",
        ),
        refused(
            "host: twice, other case, far apart",
            "9112 3.2",
            400,
            "GET /x HTTP/1.1\r\nHost: a\r\nA: b\r\nHOST: b\r\n\r\n",
        ),
        refused(
            "host: second hidden by a space",
            "9112 5.1",
            400,
            "GET /x HTTP/1.1\r\nHost: a\r\nHost : b\r\n\r\n",
        ),
        refused(
            "host: second hidden by a fold",
            "9112 5.2",
            400,
            "GET /x HTTP/1.1\r\nHost: a\r\n Host: b\r\n\r\n",
        ),
        refused(
            "host: twice in HTTP/1.0",
            "9112 3.2",
            400,
            "GET /x HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
        ),
        refused(
            "host: invalid in HTTP/1.0",
            "9112 3.2",
            400,
            "GET /x HTTP/1.0\r\nHost: a b\r\n\r\n",
        ),
        refused(
            "host: missing with an absolute form",
            "9112 3.2",
            400,
            "GET http://a/x HTTP/1.1\r\n\r\n",
        ),
    ]
}

fn absolute_form() -> Vec<Case> {
    let wins = |name: &str, target: &str, seen: &str| {
        let bytes = format!("GET {target} HTTP/1.1\r\nHost: other\r\n\r\n");
        forwarded(&format!("absolute: {name}"), "9112 3.2.2", bytes, &[seen])
    };
    let bad = |name: &str, target: &str| {
        let bytes = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        refused(&format!("absolute: {name}"), "9112 3.2.2", 400, bytes)
    };
    vec![
        wins("its authority wins", "http://a/x", "GET /x a"),
        wins("with a port", "http://a:81/x?y", "GET /x?y a:81"),
        wins("with IPv6", "http://[::1]:81/x", "GET /x [::1]:81"),
        wins("odd case of the scheme", "hTTp://a/x", "GET /x a"),
        wins("https", "https://a/x", "GET /x a"),
        wins("no path", "http://a", "GET / a"),
        wins("a second one in the path", "http://a/http://evil/x", "GET /http://evil/x a"),
        wins("two slashes as the path", "http://a//evil/x", "GET //evil/x a"),
        forwarded(
            "absolute: OPTIONS without a path",
            "9112 3.2.4",
            "OPTIONS http://a HTTP/1.1\r\nHost: b\r\n\r\n",
            &["OPTIONS * a"],
        ),
        forwarded(
            "absolute: HTTP/1.0 without Host",
            "9112 3.2.2",
            "GET http://a/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            &["GET /x a"],
        ),
        bad("user", "http://user@a/x"),
        bad("user and password", "http://user:secret@a/x"),
        bad("no authority", "http:///x"),
        bad("nothing at all", "http://"),
        bad("one slash", "http:/a/x"),
        bad("no slash", "http:a"),
        bad("query without a path", "http://a?x"),
        bad("fragment", "http://a/x#y"),
        bad("bad port", "http://a:b/x"),
        bad("bad IPv6", "http://[::1/x"),
        bad("backslash in the authority", "http://a\\@evil/x"),
        bad("encoded slash in the authority", "http://a%2/x"),
        bad("other scheme", "ftp://a/x"),
        bad("file", "file:///etc/passwd"),
        bad("scheme without a colon", "http//a/x"),
        bad("space before it", " http://a/x"),
        refused(
            "absolute: invalid Host beside it",
            "9112 3.2",
            400,
            "GET http://a/x HTTP/1.1\r\nHost: b@c\r\n\r\n",
        ),
        refused(
            "absolute: two Hosts beside it",
            "9112 3.2",
            400,
            "GET http://a/x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        ),
    ]
}
