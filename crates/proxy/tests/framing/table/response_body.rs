//! Bodies of responses: passed on whole or visibly cut; connections with anything left over are
//! never used again.

use crate::framing::case::{
    Act, Case, Deed, End, Script, Upstream, When, answered, case, get, say, say_and_close,
    say_and_reset, script,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = whole();
    cases.extend(without_body());
    cases.extend(left_over());
    cases.extend(cut());
    cases.extend(broken_chunks());
    cases
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const EVIL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn whole() -> Vec<Case> {
    let long = "y".repeat(300_000);
    vec![
        answered("body: known length", "9112 6.3", OK).got(&["200 ok"]).upstream(Upstream::Reused),
        answered("body: empty", "9112 6.3", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").got(&["200 -"]).upstream(Upstream::Reused),
        answered("body: chunks", "9112 7.1", format!("{CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).got(&["200 abcde"]).upstream(Upstream::Reused),
        answered("body: chunks with extensions", "9112 7.1.1", format!("{CHUNKED}3;a=b\r\nabc\r\n0;c\r\n\r\n")).got(&["200 abc"]),
        answered("body: chunks with a trailer", "9110 6.5", format!("{CHUNKED}3\r\nabc\r\n0\r\nA: b\r\n\r\n")).got(&["200 abc +A: b"]).upstream(Upstream::Reused),
        answered("body: a trailer that frames is dropped", "9110 6.5.1", format!("{CHUNKED}3\r\nabc\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nSet-Cookie: evil=1\r\nConnection: close\r\n\r\n")).got(&["200 abc"]),
        answered("body: chunks of none", "9112 7.1", format!("{CHUNKED}0\r\n\r\n")).got(&["200 -"]).upstream(Upstream::Reused),
        answered("body: 300 kB of known length", "9112 6.3", format!("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{long}")).got(&[&format!("200 {long}")]),
        answered("body: a chunk of 300 kB", "9112 7.1", format!("{CHUNKED}493e0\r\n{long}\r\n0\r\n\r\n")).got(&[&format!("200 {long}")]),
        case("body: ends with the connection", "9112 6.3", get("")).origin(say_and_close("HTTP/1.1 200 OK\r\n\r\nhello")).seen(&["GET /x a"]).got(&["200 hello"]).got_with(&["Transfer-Encoding: chunked"]),
        case("body: of none, ends with the connection", "9112 6.3", get("")).origin(say_and_close("HTTP/1.1 200 OK\r\n\r\n")).seen(&["GET /x a"]).got(&["200 -"]),
        case("body: of an HTTP/1.0 origin ends with the connection", "9112 6.3", get("")).origin(say_and_close("HTTP/1.0 200 OK\r\n\r\nhello")).seen(&["GET /x a"]).got(&["200 hello"]),
        case("body: 300 kB that end with the connection", "9112 6.3", get("")).origin(say_and_close(format!("HTTP/1.1 200 OK\r\n\r\n{long}"))).seen(&["GET /x a"]).got(&[&format!("200 {long}")]),
        case("body: what looks like a response in one that ends with the connection", "9112 6.3", get("")).origin(say_and_close(format!("HTTP/1.1 200 OK\r\n\r\n{EVIL}"))).seen(&["GET /x a"]).got(&["200 HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\nevil"]),
        answered("body: of a 404", "9112 6.3", "HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\nno").got(&["404 no"]),
        answered("body: of a 205 by its length", "9110 15.3.6", "HTTP/1.1 205 X\r\nContent-Length: 0\r\n\r\n").got(&["205 -"]),
    ]
}

fn without_body() -> Vec<Case> {
    let head = |name: &str, answer: &str| {
        case(&format!("no body: HEAD, {name}"), "9110 9.3.2", "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n")
            .origin(say(answer))
            .seen(&["HEAD /x a"])
            .got(&["HEAD 200 -"])
    };
    let bare = |name: &str, answer: &str, got: &str| {
        answered(&format!("no body: {name}"), "9112 6.3", answer).got(&[got])
    };
    vec![
        head("a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            .got_with(&["Content-Length: 5"])
            .upstream(Upstream::Reused),
        head("a coding", CHUNKED),
        head("nothing", "HTTP/1.1 200 OK\r\n\r\n"),
        head("a body all the same", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            .upstream(Upstream::Spent),
        head("chunks all the same", &format!("{CHUNKED}2\r\nok\r\n0\r\n\r\n"))
            .upstream(Upstream::Spent),
        head(
            "a response instead of a body",
            &format!("HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n{EVIL}"),
        )
        .upstream(Upstream::Spent),
        head("a huge length", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n"),
        bare("204", "HTTP/1.1 204 No Content\r\n\r\n", "204 -").upstream(Upstream::Reused),
        bare(
            "204 with a length of zero",
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            "204 -",
        ),
        bare("204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 -")
            .upstream(Upstream::Spent),
        bare(
            "204 with a length and a body",
            "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
            "204 -",
        )
        .upstream(Upstream::Spent),
        bare(
            "204 with a coding",
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
            "204 -",
        )
        .upstream(Upstream::Spent),
        bare(
            "204 with chunks",
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "204 -",
        )
        .upstream(Upstream::Spent),
        bare(
            "204 with a response behind it",
            &format!("HTTP/1.1 204 No Content\r\n\r\n{EVIL}"),
            "204 -",
        )
        .upstream(Upstream::Spent),
        bare("304", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", "304 -")
            .got_with(&["ETag: \"a\""])
            .upstream(Upstream::Reused),
        bare(
            "304 with the length of what it stands for",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
            "304 -",
        )
        .upstream(Upstream::Reused),
        bare(
            "304 with a body",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
            "304 -",
        )
        .upstream(Upstream::Spent),
        bare(
            "304 with chunks",
            "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "304 -",
        )
        .upstream(Upstream::Spent),
        bare(
            "304 with a response behind it",
            &format!("HTTP/1.1 304 Not Modified\r\n\r\n{EVIL}"),
            "304 -",
        )
        .upstream(Upstream::Spent),
    ]
}

/// Bytes that nobody asked for must not be the next request's answer.
fn left_over() -> Vec<Case> {
    let more = |name: &str, answer: String| {
        answered(&format!("left over: {name}"), "9112 9.2", answer)
            .got(&["200 ok"])
            .upstream(Upstream::Spent)
    };
    let later = |name: &str, bytes: &[u8]| {
        let deeds = [Deed::Say(OK.into()), Deed::Listen, Deed::Say(bytes.to_vec()), Deed::Tell];
        case(&format!("left over: {name}"), "9112 9.2", get(""))
            .origin(script(When::AfterRequest, &deeds))
            .act(Act::Await)
            .act(Act::Tell)
            .act(Act::Listen)
            .seen(&["GET /x a"])
            .got(&["200 ok"])
            .upstream(Upstream::Spent)
    };
    vec![
        more("a byte", format!("{OK}!")),
        more("an empty line", format!("{OK}\r\n")),
        more("a response", format!("{OK}{EVIL}")),
        more("a hundred responses", format!("{OK}{}", EVIL.repeat(100))),
        more("half a response", format!("{OK}HTTP/1.1 200 OK\r\nContent-Le")),
        more("an interim response", format!("{OK}HTTP/1.1 100 Continue\r\n\r\n")),
        more("a megabyte", format!("{OK}{}", "z".repeat(1_000_000))),
        more("behind chunks", format!("{CHUNKED}2\r\nok\r\n0\r\n\r\n{EVIL}")),
        more("a byte behind chunks", format!("{CHUNKED}2\r\nok\r\n0\r\n\r\n!")),
        more("an empty line behind chunks", format!("{CHUNKED}2\r\nok\r\n0\r\n\r\n\r\n")),
        answered(
            "left over: behind an empty body",
            "9112 9.2",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n{EVIL}"),
        )
        .got(&["200 -"])
        .upstream(Upstream::Spent),
        later("a response on the pooled connection", EVIL.as_bytes()),
        later("a byte on the pooled connection", b"!"),
        later(
            "408 on the pooled connection",
            b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        ),
        case("left over: the end of the pooled connection", "9112 9.5", get(""))
            .origin(script(
                When::AfterRequest,
                &[Deed::Say(OK.into()), Deed::Listen, Deed::Close, Deed::Tell],
            ))
            .act(Act::Await)
            .act(Act::Tell)
            .act(Act::Listen)
            .seen(&["GET /x a"])
            .got(&["200 ok"])
            .upstream(Upstream::Spent),
        case("left over: a reset of the pooled connection", "9112 9.5", get(""))
            .origin(script(
                When::AfterRequest,
                &[Deed::Say(OK.into()), Deed::Listen, Deed::Tell, Deed::Reset],
            ))
            .act(Act::Await)
            .act(Act::Tell)
            .act(Act::Listen)
            .seen(&["GET /x a"])
            .got(&["200 ok"])
            .upstream(Upstream::Spent),
    ]
}

fn cut() -> Vec<Case> {
    let cut = |name: &str, answer: String| {
        case(&format!("cut: {name}"), "9112 8", get(""))
            .origin(say_and_close(answer))
            .seen(&["GET /x a"])
            .end(End::Cut)
    };
    let reset = |name: &str, answer: String| {
        case(&format!("cut: {name}"), "9112 8", get(""))
            .origin(say_then_reset(&answer))
            .act(Act::AwaitSome)
            .act(Act::Tell)
            .seen(&["GET /x a"])
            .end(End::Cut)
    };
    vec![
        cut("a length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello".into()),
        cut("a length, no byte of it", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".into()),
        cut("a length, the last byte", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello".into()),
        cut(
            "the largest length",
            "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nhello".into(),
        ),
        cut("inside of a chunk", format!("{CHUNKED}9\r\nhello")),
        cut("behind a chunk", format!("{CHUNKED}5\r\nhello\r\n")),
        cut("before the first chunk", CHUNKED.into()),
        cut("behind the last chunk's size", format!("{CHUNKED}5\r\nhello\r\n0\r\n")),
        cut("inside of a trailer", format!("{CHUNKED}5\r\nhello\r\n0\r\nA: b\r\n")),
        cut("inside of the last line end", format!("{CHUNKED}5\r\nhello\r\n0\r\n\r")),
        reset("a length, by a reset", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello".into()),
        reset("chunks, by a reset", format!("{CHUNKED}5\r\nhello\r\n")),
        reset("what ends with the connection, by a reset", "HTTP/1.1 200 OK\r\n\r\nhello".into()),
        case(
            "cut: what ends with the connection, by a reset, to HTTP/1.0",
            "9112 8",
            "GET /x HTTP/1.0\r\nHost: a\r\n\r\n",
        )
        .origin(say_then_reset("HTTP/1.1 200 OK\r\n\r\nhello"))
        .act(Act::AwaitSome)
        .act(Act::Tell)
        .seen(&["GET /x a"])
        .end(End::Cut),
        case("cut: a whole response, then a reset", "9112 9.6", get(""))
            .origin(say_and_reset(OK))
            .seen(&["GET /x a"])
            .got(&["200 ok"])
            .upstream(Upstream::Spent),
    ]
}

/// Breaks the connection once the client has seen some of the answer.
fn say_then_reset(answer: &str) -> Script {
    script(When::AfterRequest, &[Deed::Say(answer.into()), Deed::Listen, Deed::Reset])
}

/// A response whose framing breaks after some of it was passed on.
fn broken_chunks() -> Vec<Case> {
    [
        ("no digit", "zz\r\n"),
        ("sign", "+5\r\nhello\r\n"),
        ("prefix", "0x5\r\nhello\r\n"),
        ("space", "5 \r\nhello\r\n"),
        ("2^64", "10000000000000000\r\n"),
        ("LF", "5\nhello\r\n"),
        ("empty", "\r\n"),
        ("no end of data", "5\r\nhelloX"),
        ("LF at the end of data", "5\r\nhello\n"),
        ("extension with LF", "5;a\nb\r\nhello\r\n"),
        ("extension of 10 kB", "5;"),
        ("last chunk with LF", "0\n\r\n"),
        ("bad trailer", "0\r\nA : b\r\n\r\n"),
        ("folded trailer", "0\r\nA: b\r\n c\r\n\r\n"),
        ("trailer of 10 kB", "0\r\nA: "),
    ]
    .into_iter()
    .map(|(name, broken)| {
        let broken = if name.ends_with("10 kB") {
            broken.to_owned() + &"e".repeat(10_000)
        } else {
            broken.to_owned()
        };
        let deeds = [
            Deed::Say(format!("{CHUNKED}5\r\nhello\r\n").into_bytes()),
            Deed::Listen,
            Deed::Say(broken.into_bytes()),
        ];
        case(&format!("response chunk: {name}"), "9112 7.1", get(""))
            .origin(script(When::AfterRequest, &deeds))
            .act(Act::AwaitSome)
            .act(Act::Tell)
            .seen(&["GET /x a"])
            .end(End::Cut)
            .upstream(Upstream::Spent)
    })
    .collect()
}
