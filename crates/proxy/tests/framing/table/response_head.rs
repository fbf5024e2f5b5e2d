//! Heads of responses: what could be read in two ways is 502, and its connection is done with.

use crate::framing::case::{
    Case, Upstream, answered, case, distrusted, get, say, say_and_close, say_and_reset,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = good();
    cases.extend(status_lines());
    cases.extend(framing());
    cases.extend(lines());
    cases.extend(bombs());
    cases.extend(nothing());
    cases
}

fn good() -> Vec<Case> {
    let good = |name: &str, answer: &str, got: &str| {
        answered(&format!("response: {name}"), "9112 4", answer).got(&[got])
    };
    vec![
        good(
            "reason of several words",
            "HTTP/1.1 200 All is well\r\nContent-Length: 2\r\n\r\nok",
            "200 ok",
        )
        .upstream(Upstream::Reused),
        good("empty reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", "200 ok"),
        good("no reason and no space", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "200 ok"),
        good("unknown status", "HTTP/1.1 299 X\r\nContent-Length: 2\r\n\r\nok", "299 ok"),
        good("status 599", "HTTP/1.1 599 X\r\nContent-Length: 2\r\n\r\nok", "599 ok"),
        good(
            "odd spaces around values",
            "HTTP/1.1 200 OK\r\nContent-Length:\t2 \r\nA:b\r\n\r\nok",
            "200 ok",
        )
        .got_with(&["A: b"]),
        good("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok")
            .upstream(Upstream::Spent),
        good(
            "HTTP/1.0 kept alive",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            "200 ok",
        )
        .upstream(Upstream::Reused),
        good(
            "close",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
            "200 ok",
        )
        .upstream(Upstream::Spent),
        good(
            "obs-text in a value",
            "HTTP/1.1 200 OK\r\nA: \u{e9}\r\nContent-Length: 2\r\n\r\nok",
            "200 ok",
        )
        .got_with(&["A: \u{e9}"]),
        good(
            "two Set-Cookie lines stay two",
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nContent-Length: 2\r\n\r\nok",
            "200 ok",
        ),
        good(
            "redirect",
            "HTTP/1.1 302 Found\r\nLocation: http://b/\r\nContent-Length: 0\r\n\r\n",
            "302 -",
        )
        .got_with(&["Location: http://b/"]),
    ]
}

fn status_lines() -> Vec<Case> {
    [
        ("empty line first", "\r\nHTTP/1.1 200 OK"),
        ("LF first", "\nHTTP/1.1 200 OK"),
        ("space first", " HTTP/1.1 200 OK"),
        ("no version", "200 OK"),
        ("HTTP/0.9", "hello"),
        ("HTTP/2.0", "HTTP/2.0 200 OK"),
        ("HTTP/2", "HTTP/2 200"),
        ("HTTP/1.2", "HTTP/1.2 200 OK"),
        ("HTTP/1.10", "HTTP/1.10 200 OK"),
        ("lower case", "http/1.1 200 OK"),
        ("ICY", "ICY 200 OK"),
        ("two spaces before the status", "HTTP/1.1  200 OK"),
        ("tab before the status", "HTTP/1.1\t200 OK"),
        ("tab behind the status", "HTTP/1.1 200\tOK"),
        ("no status", "HTTP/1.1 OK"),
        ("only the version", "HTTP/1.1"),
        ("two digits", "HTTP/1.1 20 OK"),
        ("four digits", "HTTP/1.1 2000 OK"),
        ("status 000", "HTTP/1.1 000 OK"),
        ("status 099", "HTTP/1.1 099 OK"),
        ("status 600", "HTTP/1.1 600 OK"),
        ("status 999", "HTTP/1.1 999 OK"),
        ("negative status", "HTTP/1.1 -20 OK"),
        ("signed status", "HTTP/1.1 +20 OK"),
        ("hexadecimal status", "HTTP/1.1 2c8 OK"),
        ("letters behind the status", "HTTP/1.1 200OK"),
        ("bare CR in the reason", "HTTP/1.1 200 O\rK"),
        ("NUL in the reason", "HTTP/1.1 200 O\0K"),
        ("DEL in the reason", "HTTP/1.1 200 O\x7fK"),
        ("splitting in the reason", "HTTP/1.1 200 OK\nSet-Cookie: evil=1"),
        ("garbage", "\x16\x03\x01\x02\0\x01"),
        ("a request", "GET / HTTP/1.1"),
    ]
    .into_iter()
    .map(|(name, line)| {
        let answer = format!("{line}\r\nContent-Length: 2\r\n\r\nok");
        distrusted(&format!("status line: {name}"), "9112 4", answer)
    })
    .collect()
}

fn framing() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        ("two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n"),
        ("two equal lengths", "Content-Length: 2\r\nContent-Length: 2\r\n"),
        ("list of lengths", "Content-Length: 2, 2\r\n"),
        ("list of other lengths", "Content-Length: 2, 3\r\n"),
        ("empty length", "Content-Length:\r\n"),
        ("signed length", "Content-Length: +2\r\n"),
        ("negative length", "Content-Length: -2\r\n"),
        ("hexadecimal length", "Content-Length: 0x2\r\n"),
        ("length with a unit", "Content-Length: 2 bytes\r\n"),
        ("length of 2^64", "Content-Length: 18446744073709551616\r\n"),
        ("length of 2^64 + 2", "Content-Length: 18446744073709551618\r\n"),
        ("length and coding", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"),
        ("coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"),
        (
            "length nominated away",
            "Connection: content-length\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        ),
        ("coding that is none", "Transfer-Encoding: identity\r\n"),
        ("unknown coding", "Transfer-Encoding: cow\r\n"),
        ("empty coding", "Transfer-Encoding:\r\n"),
        ("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n"),
        ("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n"),
        ("chunked twice", "Transfer-Encoding: chunked, chunked\r\n"),
        ("two coding lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        (
            "second coding is identity",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        ),
        ("prefixed coding", "Transfer-Encoding: xchunked\r\n"),
        ("space before the colon of a coding", "Transfer-Encoding : chunked\r\n"),
        ("vertical tab before the coding", "Transfer-Encoding: \x0bchunked\r\n"),
        ("folded coding", "Transfer-Encoding:\r\n chunked\r\n"),
        ("folded length", "Content-Length:\r\n 2\r\n"),
    ]
    .into_iter()
    .map(|(name, lines)| {
        let answer = format!("HTTP/1.1 200 OK\r\n{lines}\r\n2\r\nok\r\n0\r\n\r\n");
        distrusted(&format!("response framing: {name}"), "9112 6.3", answer)
    })
    .collect();
    cases.push(distrusted(
        "response framing: coding in HTTP/1.0",
        "9112 6.1",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ));
    cases.push(distrusted(
        "response framing: two lengths on 304",
        "9112 6.3",
        "HTTP/1.1 304 X\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
    ));
    cases.push(
        case(
            "response framing: two lengths on HEAD",
            "9112 6.3",
            "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .origin(say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n"))
        .seen(&["HEAD /x a"])
        .got(&["HEAD 502"])
        .upstream(Upstream::Spent),
    );
    cases
}

fn lines() -> Vec<Case> {
    [
        ("LF everywhere", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
        ("LF after the status line", "HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok"),
        ("LF after a field", "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 2\r\n\r\nok"),
        ("LF as the empty line", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nok"),
        ("CR after a field", "HTTP/1.1 200 OK\r\nA: b\rContent-Length: 2\r\n\r\nok"),
        ("CR CR LF", "HTTP/1.1 200 OK\r\r\nContent-Length: 2\r\n\r\nok"),
        (
            "bare CR in a value",
            "HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: evil=1\r\nContent-Length: 2\r\n\r\nok",
        ),
        ("NUL in a value", "HTTP/1.1 200 OK\r\nA: b\0\r\nContent-Length: 2\r\n\r\nok"),
        ("escape in a value", "HTTP/1.1 200 OK\r\nA: \x1b\r\nContent-Length: 2\r\n\r\nok"),
        ("obs-fold", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 2\r\n\r\nok"),
        ("obs-fold with a tab", "HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\nContent-Length: 2\r\n\r\nok"),
        ("space before a name", "HTTP/1.1 200 OK\r\n A: b\r\nContent-Length: 2\r\n\r\nok"),
        ("space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 2\r\n\r\nok"),
        ("no colon", "HTTP/1.1 200 OK\r\nAb\r\nContent-Length: 2\r\n\r\nok"),
        ("empty name", "HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 2\r\n\r\nok"),
        ("NUL in a name", "HTTP/1.1 200 OK\r\nA\0b: c\r\nContent-Length: 2\r\n\r\nok"),
        ("non-ASCII in a name", "HTTP/1.1 200 OK\r\n\u{e9}: c\r\nContent-Length: 2\r\n\r\nok"),
        ("HTML instead of a head", "<html>\r\n<body>\r\n\r\n"),
    ]
    .into_iter()
    .map(|(name, answer)| distrusted(&format!("response line: {name}"), "9112 5", answer))
    .collect()
}

fn bombs() -> Vec<Case> {
    let bomb = |name: &str, answer: String| {
        distrusted(&format!("response bomb: {name}"), "9110 5.4", answer)
    };
    let fields =
        |count: usize| (0..count).map(|number| format!("A{number}: b\r\n")).collect::<String>();
    vec![
        answered(
            "response bomb: 99 fields are none",
            "9110 5.4",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{}\r\nok", fields(99)),
        )
        .got(&["200 ok"]),
        answered(
            "response bomb: a value of 60 kB is none",
            "9110 5.4",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: {}\r\n\r\nok", "b".repeat(60_000)),
        )
        .got(&["200 ok"]),
        bomb(
            "101 fields",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{}\r\nok", fields(100)),
        ),
        bomb(
            "5,000 fields",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{}\r\nok", fields(5000)),
        ),
        bomb(
            "a value of 70 kB",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: {}\r\n\r\nok", "b".repeat(70_000)),
        ),
        bomb(
            "a value of 1 MB",
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: {}\r\n\r\nok",
                "b".repeat(1_000_000)
            ),
        ),
        bomb("an endless value", format!("HTTP/1.1 200 OK\r\nA: {}", "b".repeat(300_000))),
        bomb("an endless name", format!("HTTP/1.1 200 OK\r\n{}", "A".repeat(300_000))),
        bomb("an endless reason", format!("HTTP/1.1 200 {}", "O".repeat(300_000))),
        bomb("endless fields", format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(50_000))),
        bomb("endless empty lines", "\r\n".repeat(50_000)),
        bomb("endless zeros", "\0".repeat(300_000)),
    ]
}

/// Responses that never become one.
fn nothing() -> Vec<Case> {
    let cut = |name: &str, answer: &str| {
        case(&format!("response cut: {name}"), "9112 8", get(""))
            .origin(say_and_close(answer))
            .seen(&["GET /x a"])
            .got(&["502"])
    };
    vec![
        cut("nothing", ""),
        cut("one byte", "H"),
        cut("half a status line", "HTTP/1.1 2"),
        cut("a status line", "HTTP/1.1 200 OK\r\n"),
        cut("half a field", "HTTP/1.1 200 OK\r\nContent-Le"),
        cut("a head without its empty line", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"),
        cut("half of the empty line", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r"),
        case("response cut: reset before anything", "9112 8", get(""))
            .origin(say_and_reset(""))
            .seen(&["GET /x a"])
            .got(&["502"]),
        case("response cut: reset inside of the head", "9112 8", get(""))
            .origin(say_and_reset("HTTP/1.1 200 OK\r\nContent-Le"))
            .seen(&["GET /x a"])
            .got(&["502"]),
        case("response cut: nothing to HEAD", "9112 8", "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n")
            .origin(say_and_close(""))
            .seen(&["HEAD /x a"])
            .got(&["HEAD 502"]),
    ]
}
