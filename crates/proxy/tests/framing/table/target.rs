//! Request lines and targets: which forms there are, and that paths go through untouched.

use crate::framing::case::{Case, case, forwarded, get, refused, target};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = paths();
    cases.extend(forms());
    cases.extend(bad_bytes());
    cases.extend(request_lines());
    cases.extend(policy());
    cases
}

/// Whatever the path means, its bytes are the origin's to judge.
fn paths() -> Vec<Case> {
    [
        "/",
        "//",
        "///x",
        "//evil/x",
        "/x//y",
        "/./x",
        "/x/../y",
        "/../../etc/passwd",
        "/x/..;/y",
        "/%2e%2e/x",
        "/x%2fy",
        "/x%2Fy",
        "/x%5cy",
        "/x\\y",
        "/x%00y",
        "/x%0d%0aHost:%20evil",
        "/x%0aGET%20/smuggled",
        "/x%23y",
        "/x%3fy",
        "/%",
        "/%z",
        "/x%",
        "/%c0%ae",
        "/x;a=b;c",
        "/x?y=/../z",
        "/x?",
        "/x??",
        "/x?a=b&c=%20+d",
        "/x?http://evil/",
        "/x|y",
        "/x\"y",
        "/x<y>",
        "/x{y}",
        "/x[y]",
        "/x^y`z",
        "/x:80",
        "/x@y",
        "/*",
        "/x,y",
        "/x'y",
        "/~x",
        "/x=y",
        "/http://evil/x",
    ]
    .into_iter()
    .map(|path| {
        forwarded(&format!("path: {path}"), "3986 6.2.2", target(path), &[&format!("GET {path} a")])
    })
    .collect()
}

fn forms() -> Vec<Case> {
    vec![
        forwarded(
            "form: asterisk for OPTIONS",
            "9112 3.2.4",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            &["OPTIONS * a"],
        ),
        refused("form: asterisk for GET", "9112 3.2.4", 400, target("*")),
        refused(
            "form: asterisk for POST",
            "9112 3.2.4",
            400,
            "POST * HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        ),
        refused(
            "form: asterisk with a path",
            "9112 3.2.4",
            400,
            "OPTIONS */x HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        refused(
            "form: asterisk with a query",
            "9112 3.2.4",
            400,
            "OPTIONS *?x HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        refused("form: two asterisks", "9112 3.2.4", 400, "OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused("form: authority for GET", "9112 3.2.3", 400, target("a:80")),
        refused(
            "form: authority for OPTIONS",
            "9112 3.2.3",
            400,
            "OPTIONS a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        refused("form: relative path", "9112 3.2", 400, target("x")),
        refused("form: relative path with dots", "9112 3.2", 400, target("../x")),
        refused("form: only a query", "9112 3.2", 400, target("?x")),
        refused("form: only a dot", "9112 3.2", 400, target(".")),
        refused("form: backslash first", "9112 3.2", 400, target("\\x")),
        refused("form: encoded slash first", "9112 3.2", 400, target("%2Fx")),
        refused("form: semicolon first", "9112 3.2", 400, target(";/x")),
        refused("form: at sign first", "9112 3.2", 400, target("@evil/x")),
        refused("form: mailto", "9112 3.2", 400, target("mailto:a@b")),
        refused("form: CONNECT", "9110 9.3.6", 501, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
        refused(
            "form: CONNECT with a path",
            "9110 9.3.6",
            501,
            "CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        refused(
            "form: CONNECT with a body",
            "9110 9.3.6",
            501,
            "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\nhello",
        ),
        refused("form: CONNECT in HTTP/1.0", "9110 9.3.6", 501, "CONNECT a:80 HTTP/1.0\r\n\r\n"),
    ]
}

fn bad_bytes() -> Vec<Case> {
    let cases: [(&str, &[u8]); 14] = [
        ("fragment", b"/x#y"),
        ("only a fragment", b"/#"),
        ("raw UTF-8", b"/\xc3\xa9"),
        ("Latin-1", b"/\xe9"),
        ("overlong dot", b"/\xc0\xae"),
        ("NUL", b"/x\0y"),
        ("tab", b"/x\ty"),
        ("bare CR", b"/x\ry"),
        ("bare LF", b"/x\ny"),
        ("CRLF", b"/x\r\ny"),
        ("DEL", b"/x\x7fy"),
        ("escape", b"/\x1b"),
        ("space", b"/x y"),
        ("space and a version", b"/x HTTP/1.1"),
    ];
    cases
        .into_iter()
        .map(|(name, bytes)| refused(&format!("target: {name}"), "9112 3.2", 400, target(bytes)))
        .collect()
}

fn request_lines() -> Vec<Case> {
    [
        ("two spaces first", "GET  /x HTTP/1.1"),
        ("two spaces second", "GET /x  HTTP/1.1"),
        ("a space before", " GET /x HTTP/1.1"),
        ("a space behind", "GET /x HTTP/1.1 "),
        ("a tab first", "GET\t/x HTTP/1.1"),
        ("a tab second", "GET /x\tHTTP/1.1"),
        ("a tab behind", "GET /x HTTP/1.1\t"),
        ("a no-break space", "GET\u{a0}/x HTTP/1.1"),
        ("no method", " /x HTTP/1.1"),
        ("no target", "GET HTTP/1.1"),
        ("no target, two spaces", "GET  HTTP/1.1"),
        ("method with a colon", "GET: /x HTTP/1.1"),
        ("method with a slash", "GE/T /x HTTP/1.1"),
        ("method with a brace", "{GET} /x HTTP/1.1"),
        ("method with NUL", "GET\0 /x HTTP/1.1"),
        ("method in UTF-8", "G\u{c9}T /x HTTP/1.1"),
        ("method with a BOM", "\u{feff}GET /x HTTP/1.1"),
        ("four words", "GET /x y HTTP/1.1"),
    ]
    .into_iter()
    .map(|(name, line)| {
        let bytes = format!("{line}\r\nHost: a\r\n\r\n");
        refused(&format!("request line: {name}"), "9112 3", 400, bytes)
    })
    .collect()
}

/// Methods that intermediaries have duties for.
fn policy() -> Vec<Case> {
    let options =
        |value: &str| format!("OPTIONS /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: {value}\r\n\r\n");
    vec![
        forwarded("max-forwards: counted down", "9110 7.6.2", options("10"), &["OPTIONS /x a"])
            .seen_with(&["Max-Forwards: 9"]),
        forwarded("max-forwards: the last hop", "9110 7.6.2", options("1"), &["OPTIONS /x a"])
            .seen_with(&["Max-Forwards: 0"]),
        case("max-forwards: zero ends here", "9110 7.6.2", options("0")).got(&["200"]),
        case(
            "max-forwards: zero ends here for the asterisk",
            "9110 7.6.2",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
        )
        .got(&["200"]),
        refused("max-forwards: no number", "9110 7.6.2", 400, options("x")),
        refused("max-forwards: signed", "9110 7.6.2", 400, options("-1")),
        forwarded(
            "max-forwards: more than can be counted",
            "9110 7.6.2",
            options("18446744073709551616"),
            &["OPTIONS /x a"],
        )
        .seen_with(&["Max-Forwards: 18446744073709551614"]),
        refused("max-forwards: twice", "9110 7.6.2", 400, options("1\r\nMax-Forwards: 2")),
        forwarded(
            "max-forwards: of no matter for GET",
            "9110 7.6.2",
            get("Max-Forwards: 0\r\n"),
            &["GET /x a"],
        )
        .seen_with(&["Max-Forwards: 0"]),
        refused(
            "request line: method of 300 letters",
            "9112 3",
            501,
            format!("{} /x HTTP/1.1\r\nHost: a\r\n\r\n", "G".repeat(300)),
        ),
        refused(
            "trace: never echoes what a browser may not read",
            "9110 9.3.8",
            501,
            "TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        refused(
            "trace: with a body",
            "9110 9.3.8",
            501,
            "TRACE /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        ),
        refused(
            "trace: Max-Forwards 0",
            "9110 7.6.2",
            501,
            "TRACE /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
        ),
    ]
}
