//! `Expect` and interim responses: passed on to HTTP/1.1 clients only, counted, never mistaken
//! for the answer.

use crate::framing::case::{
    Act, Case, Deed, End, Upstream, When, answered, case, distrusted, forwarded, get, post,
    refused, say, say_and_close, script,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = expectations();
    cases.extend(waiting_clients());
    cases.extend(interim());
    cases
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn expectations() -> Vec<Case> {
    let expect = |value: &str| post(&format!("Expect: {value}\r\nContent-Length: 5\r\n"), "hello");
    vec![
        forwarded(
            "expect: 100-continue and the body at once",
            "9110 10.1.1",
            expect("100-continue"),
            &["POST /x a hello"],
        )
        .seen_with(&["Expect: 100-continue"]),
        forwarded("expect: odd case", "9110 10.1.1", expect("100-Continue"), &["POST /x a hello"]),
        forwarded(
            "expect: without a body",
            "9110 10.1.1",
            get("Expect: 100-continue\r\n"),
            &["GET /x a"],
        ),
        forwarded(
            "expect: body of chunks",
            "9110 10.1.1",
            post(
                "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n",
                "5\r\nhello\r\n0\r\n\r\n",
            ),
            &["POST /x a hello"],
        ),
        refused("expect: something else", "9110 10.1.1", 417, expect("200-ok")),
        refused("expect: empty", "9110 10.1.1", 417, expect("")),
        refused("expect: a list", "9110 10.1.1", 417, expect("100-continue, x")),
        refused("expect: with a parameter", "9110 10.1.1", 417, expect("100-continue;x=y")),
        refused("expect: a prefix", "9110 10.1.1", 417, expect("100-continued")),
        refused("expect: garbled", "9110 10.1.1", 417, expect("y 100-continue")),
        refused(
            "expect: second one is something else",
            "9110 10.1.1",
            417,
            expect("100-continue\r\nExpect: x"),
        ),
        refused(
            "expect: space before the colon",
            "9112 5.1",
            400,
            post("Expect : 100-continue\r\nContent-Length: 5\r\n", "hello"),
        ),
        refused(
            "expect: folded",
            "9112 5.2",
            400,
            post("Expect:\r\n 100-continue\r\nContent-Length: 5\r\n", "hello"),
        ),
    ]
}

/// Clients that send their body only once they are told to.
fn waiting_clients() -> Vec<Case> {
    let head = post("Expect: 100-continue\r\nContent-Length: 5\r\n", "");
    let chunks = post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "");
    let welcome = script(
        When::AfterHead,
        &[Deed::Say(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()), Deed::Rest, Deed::Say(OK.into())],
    );
    let refusal = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno";
    let refuse = script(When::AfterHead, &[Deed::Say(refusal.into())]);
    vec![
        case("expect: the origin says 100", "9110 10.1.1", &head)
            .origin(welcome.clone())
            .act(Act::Await)
            .act(Act::Send(b"hello".to_vec()))
            .seen(&["POST /x a hello"])
            .got(&["100", "200 ok"]),
        case("expect: the origin says 100 to chunks", "9110 10.1.1", chunks)
            .origin(welcome)
            .act(Act::Await)
            .act(Act::Send(b"5\r\nhello\r\n0\r\n\r\n".to_vec()))
            .seen(&["POST /x a hello"])
            .got(&["100", "200 ok"]),
        case("expect: the origin says no, the client sends nothing", "9110 10.1.1", &head)
            .origin(refuse.clone())
            .may_see_part()
            .got(&["417 no"])
            .end(End::Closed),
        case("expect: the origin says no, the client sends another request", "9110 10.1.1", &head)
            .origin(refuse.clone())
            .act(Act::Await)
            .act(Act::Send(get("")))
            .may_see_part()
            .got(&["417 no"])
            .end(End::Closed)
            .upstream(Upstream::Spent),
        case(
            "expect: the origin says no, the client sends the body all the same",
            "9110 10.1.1",
            &head,
        )
        .origin(refuse)
        .act(Act::Await)
        .act(Act::Send(b"hello".to_vec()))
        .may_see_part()
        .got(&["417 no"])
        .end(End::Closed)
        .upstream(Upstream::Spent),
        case("expect: the origin says 200 before the body", "9110 10.1.1", &head)
            .origin(script(When::AfterHead, &[Deed::Say(OK.into())]))
            .act(Act::Await)
            .act(Act::Send([b"hello".to_vec(), get("")].concat()))
            .may_see_part()
            .got(&["200 ok"])
            .end(End::Closed)
            .upstream(Upstream::Spent),
    ]
}

fn interim() -> Vec<Case> {
    let after = |name: &str, interim: &str, got: &[&str]| {
        answered(&format!("1xx: {name}"), "9110 15.2", interim.to_owned() + OK).got(got)
    };
    let continues = "HTTP/1.1 100 Continue\r\n\r\n";
    let old = "GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    vec![
        after("100 that nobody asked for", continues, &["100", "200 ok"]),
        after("102", "HTTP/1.1 102 Processing\r\n\r\n", &["102", "200 ok"]),
        after(
            "103 with fields",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
            &["103", "200 ok"],
        ),
        after("unknown", "HTTP/1.1 199 X\r\n\r\n", &["199", "200 ok"]),
        after("two", &continues.repeat(2), &["100", "100", "200 ok"]),
        after(
            "with hop-by-hop fields",
            "HTTP/1.1 103 X\r\nConnection: A\r\nA: b\r\nKeep-Alive: 5\r\n\r\n",
            &["103", "200 ok"],
        )
        .got_without(&["A", "Connection", "Keep-Alive"]),
        after(
            "with framing fields",
            "HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\n",
            &["103", "200 ok"],
        )
        .got_without(&["A"]),
        answered("1xx: a flood at once", "9110 15.2", continues.repeat(1000) + OK)
            .got(&["100*", "502"])
            .upstream(Upstream::Spent),
        distrusted("1xx: and then garbage", "9110 15.2", format!("{continues}garbage\r\n\r\n"))
            .got(&["100*", "502"]),
        distrusted(
            "1xx: with a body",
            "9110 15.2",
            format!("HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\nhello{OK}"),
        )
        .got(&["103*", "502"]),
        distrusted(
            "1xx: length and coding",
            "9112 6.3",
            format!(
                "HTTP/1.1 103 X\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{OK}"
            ),
        ),
        case("1xx: and then nothing", "9110 15.2", get(""))
            .origin(say_and_close(continues))
            .seen(&["GET /x a"])
            .got(&["100", "502"]),
        case("1xx: never to HTTP/1.0", "9110 15.2", old)
            .origin(say(continues.repeat(3) + OK))
            .seen(&["GET /x a"])
            .got(&["200 ok"]),
        case("1xx: 103 never to HTTP/1.0", "9110 15.2", old)
            .origin(say("HTTP/1.1 103 X\r\nLink: </a>\r\n\r\n".to_owned() + OK))
            .seen(&["GET /x a"])
            .got(&["200 ok"]),
        case("1xx: a flood to HTTP/1.0", "9110 15.2", old)
            .origin(say(continues.repeat(1000) + OK))
            .seen(&["GET /x a"])
            .got(&["502"]),
        case("1xx: to HEAD", "9110 15.2", "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n")
            .origin(say(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            ))
            .seen(&["HEAD /x a"])
            .got(&["HEAD 100", "HEAD 200 -"]),
    ]
}
