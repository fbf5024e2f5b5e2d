//! Answers that come before the request has ended: the rest of the request is consumed or the
//! connection closed, so that it never becomes a request of its own.

use crate::framing::case::{
    Act, Case, Deed, End, Script, Upstream, When, case, chunked, get, post, script,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = rest_of_body();
    cases.extend(odd_answers());
    cases
}

fn early(answer: &str) -> Script {
    script(When::AfterHead, &[Deed::Say(answer.into())])
}

const NO: &str = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno";
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

fn rest_of_body() -> Vec<Case> {
    let then = |name: &str, head: Vec<u8>, rest: &str| {
        case(&format!("early: {name}"), "9112 9.3", head)
            .origin(early(NO))
            .act(Act::Await)
            .send(rest)
            .may_see_part()
            .got(&["413 no"])
            .end(End::Closed)
            .upstream(Upstream::Spent)
    };
    vec![
        then("the body follows", post("Content-Length: 9\r\n", "hello"), "four"),
        then(
            "the body follows, and a request",
            post("Content-Length: 9\r\n", "hello"),
            &format!("four{SMUGGLED}"),
        ),
        then("the body was to be a request (CL.0)", post("Content-Length: 35\r\n", ""), SMUGGLED),
        then("the body of a GET was to be a request", get("Content-Length: 35\r\n"), SMUGGLED),
        then(
            "chunks were to be a request (TE.0)",
            chunked("23\r\n"),
            &format!("{SMUGGLED}\r\n0\r\n\r\n"),
        ),
        then("the last chunk follows", chunked("5\r\nhello\r\n"), "0\r\n\r\n"),
        then("a request instead of chunks", chunked(""), SMUGGLED),
        then("nothing follows", post("Content-Length: 9\r\n", "hello"), ""),
        then(
            "the client says close",
            post("Connection: close\r\nContent-Length: 9\r\n", "hello"),
            "four",
        ),
        then(
            "the client says close, and sends on",
            post("Connection: close\r\nContent-Length: 900000\r\n", "hello"),
            &"x".repeat(800_000),
        ),
        then(
            "the client sends on",
            post("Content-Length: 900000\r\n", "hello"),
            &"x".repeat(800_000),
        ),
        then(
            "an HTTP/1.0 client sends on",
            b"POST /x HTTP/1.0\r\nHost: a\r\nContent-Length: 900000\r\n\r\nhello".to_vec(),
            &"x".repeat(800_000),
        ),
        then("the client ends", post("Content-Length: 9\r\n", "hello"), "").act(Act::End),
    ]
}

fn odd_answers() -> Vec<Case> {
    let given = |name: &str, answer: &str, got: &str| {
        case(&format!("early: {name}"), "9112 9.3", post("Content-Length: 9\r\n", "hello"))
            .origin(early(answer))
            .act(Act::Await)
            .send("four")
            .may_see_part()
            .got(&[got])
            .end(End::Closed)
            .upstream(Upstream::Spent)
    };
    vec![
        given("200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"),
        given("204", "HTTP/1.1 204 No Content\r\n\r\n", "204 -"),
        given("304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304 -"),
        given(
            "chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "200 ok",
        ),
        given(
            "keep-alive promised",
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            "200 ok",
        ),
        given("garbage", "garbage\r\n\r\n", "502"),
        given("two answers", &NO.repeat(2), "413 no"),
        case(
            "early: the origin ends without an answer",
            "9112 9.5",
            post("Content-Length: 9\r\n", "hello"),
        )
        .origin(script(When::AfterHead, &[Deed::Close]))
        .act(Act::Await)
        .send("four")
        .may_see_part()
        .got(&["502"])
        .end(End::Closed),
        case(
            "early: the origin resets without an answer",
            "9112 9.5",
            post("Content-Length: 9\r\n", "hello"),
        )
        .origin(script(When::AfterHead, &[Deed::Reset]))
        .act(Act::Await)
        .send("four")
        .may_see_part()
        .got(&["502"])
        .end(End::Closed),
        case(
            "early: half an answer, and the end",
            "9112 8",
            post("Content-Length: 9\r\n", "hello"),
        )
        .origin(script(
            When::AfterHead,
            &[Deed::Say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe".to_vec()), Deed::Close],
        ))
        .may_see_part()
        .end(End::Cut),
        case(
            "early: half an answer, then the rest after the body",
            "9110 7.5",
            post("Content-Length: 9\r\n", "hello"),
        )
        .origin(script(
            When::AfterHead,
            &[
                Deed::Say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no".to_vec()),
                Deed::Rest,
                Deed::Say(b"k".to_vec()),
            ],
        ))
        .act(Act::AwaitSome)
        .send("four")
        .seen(&["POST /x a hellofour"])
        .got(&["200 ok"])
        .end(End::Closed)
        .upstream(Upstream::Spent),
        case("early: a broken chunk after the answer began", "9112 7.1", chunked("5\r\nhello\r\n"))
            .origin(script(
                When::AfterHead,
                &[Deed::Say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no".to_vec())],
            ))
            .act(Act::AwaitSome)
            .send("z\r\n")
            .may_see_part()
            .end(End::Cut),
    ]
}
