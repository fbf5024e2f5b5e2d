//! Several requests on one connection: answered in order, each alone, nothing behind an error.

use crate::framing::case::{
    Act, Case, Deed, End, Script, Upstream, When, case, chunked, forwarded, get, post, say,
    say_and_close, say_and_reset, script,
};

const BAD: &str = "GET /x HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = in_order();
    cases.extend(errors());
    cases.extend(closed_by_origin());
    cases
}

fn numbered(count: usize) -> (Vec<u8>, Vec<String>) {
    let bytes =
        (0..count).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n")).collect::<String>();
    (bytes.into_bytes(), (0..count).map(|n| format!("GET /{n} a")).collect())
}

fn many(count: usize) -> Case {
    let (bytes, seen) = numbered(count);
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    forwarded(&format!("pipeline: {count}"), "9112 9.3.2", bytes, &seen)
}

fn in_order() -> Vec<Case> {
    let head = "HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n";
    let delete = "DELETE /d HTTP/1.1\r\nHost: a\r\n\r\n";
    let (some, seen) = numbered(3);
    let half = some.len() / 2;
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    vec![
        many(2),
        many(20),
        many(500),
        forwarded(
            "pipeline: mixed methods",
            "9112 9.3.2",
            [
                get(""),
                head.into(),
                post("Content-Length: 5\r\n", "hello"),
                delete.into(),
                chunked("2\r\nhi\r\n0\r\n\r\n"),
                head.into(),
                get(""),
            ]
            .concat(),
            &[
                "GET /x a",
                "HEAD /h a",
                "POST /x a hello",
                "DELETE /d a",
                "POST /x a hi",
                "HEAD /h a",
                "GET /x a",
            ],
        ),
        forwarded("pipeline: cut inside of the second", "9112 9.3.2", &some[..half], &seen)
            .send(&some[half..]),
        forwarded("pipeline: the client sends nothing more", "9112 9.6", some.clone(), &seen)
            .act(Act::End)
            .end(End::Closed),
        forwarded(
            "pipeline: close in the middle ends it",
            "9112 9.6",
            [get(""), get("Connection: close\r\n"), get("")].concat(),
            &["GET /x a", "GET /x a"],
        )
        .end(End::Closed),
        forwarded(
            "pipeline: HTTP/1.0 in the middle ends it",
            "9112 9.3",
            [get(""), b"GET /x HTTP/1.0\r\nHost: a\r\n\r\n".to_vec(), get("")].concat(),
            &["GET /x a", "GET /x a"],
        )
        .end(End::Closed),
        forwarded(
            "pipeline: bodies that look like requests",
            "9112 9.3",
            [post("Content-Length: 29\r\n", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n "), get("")]
                .concat(),
            &["POST /x a GET /a HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n ", "GET /x a"],
        ),
        forwarded(
            "pipeline: bytes behind GET begin the next method",
            "9112 9.3",
            [get(""), b"hello".to_vec(), get("")].concat(),
            &["GET /x a", "helloGET /x a"],
        ),
        forwarded(
            "pipeline: HEAD, then GET",
            "9110 9.3.2",
            [head.as_bytes().to_vec(), get("")].concat(),
            &["HEAD /h a", "GET /x a"],
        ),
        forwarded(
            "pipeline: two bodies, the second cut",
            "9112 9.3.2",
            [post("Content-Length: 5\r\n", "hello"), post("Content-Length: 5\r\n", "wo")].concat(),
            &["POST /x a hello", "POST /x a world"],
        )
        .send("rld"),
    ]
}

fn errors() -> Vec<Case> {
    let then = |name: &str, first: Vec<u8>, second: &[u8], status: &str| {
        case(&format!("pipeline: {name}"), "9112 9.3.2", [first, second.to_vec(), get("")].concat())
            .seen(&["GET /x a"])
            .got(&["200 /x", status])
            .end(End::Closed)
    };
    vec![
        then("a bad one in the middle", get(""), BAD.as_bytes(), "400"),
        then("garbage in the middle", get(""), b"\0\0\0\0\r\n\r\n", "400"),
        then("two empty lines too many in the middle", get(""), &b"\r\n".repeat(9), "400"),
        then("LF in the middle", get(""), b"\n", "400"),
        then(
            "two framings in the middle",
            get(""),
            &post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            "400",
        ),
        then("another version in the middle", get(""), b"GET /x HTTP/3.0\r\n\r\n", "505"),
        then("CONNECT in the middle", get(""), b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "501"),
        then("bytes behind GET are no body", get(""), b"{hello}", "400"),
        case(
            "pipeline: a body longer than said",
            "9112 9.3.2",
            post("Content-Length: 5\r\n", "hello world\r\n\r\n"),
        )
        .seen(&["POST /x a hello"])
        .got(&["200 /x", "400"])
        .end(End::Closed),
        case(
            "pipeline: a bad chunk in the middle",
            "9112 7.1",
            [get(""), chunked("z\r\n"), get("")].concat(),
        )
        .seen(&["GET /x a"])
        .may_see_part()
        .got(&["200 /x", "400"])
        .end(End::Closed),
        case(
            "pipeline: the client ends in the middle of one",
            "9112 8",
            [get(""), b"GET /x HT".to_vec()].concat(),
        )
        .act(Act::End)
        .seen(&["GET /x a"])
        .got(&["200 /x"])
        .end(End::Closed),
    ]
}

/// Whatever the origin does to one request must not be the next one's answer.
fn closed_by_origin() -> Vec<Case> {
    let two = || [get(""), b"GET /y HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()].concat();
    let twice = |name: &str, first: Script, got: &str| {
        case(&format!("pipeline: the first {name}"), "9112 9.3.2", two())
            .origin(first)
            .seen(&["GET /x a", "GET /y a"])
            .got(&[got, "200 /y"])
            .upstream(Upstream::Any)
    };
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    vec![
        twice("is answered twice", say(ok.repeat(2)), "200 ok"),
        twice(
            "is answered with too much",
            say(ok.to_owned() + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
            "200 ok",
        ),
        twice("is answered with garbage", say("garbage\r\n\r\n"), "502"),
        twice("gets no answer", say_and_close(""), "502"),
        twice("gets a reset", say_and_reset(""), "502"),
        twice(
            "ends its connection to end its body",
            say_and_close("HTTP/1.1 200 OK\r\n\r\nok"),
            "200 ok",
        ),
        case("pipeline: a body cut off is the last of it", "9112 8", two())
            .origin(say_and_close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"))
            .seen(&["GET /x a"])
            .end(End::Cut),
        case("pipeline: POST on a pooled connection that ends is sent once", "9110 9.2.2", get(""))
            .act(Act::Await)
            .send(post("Content-Length: 5\r\n", "hello"))
            .origin(say(ok))
            .origin(script(When::AfterRequest, &[Deed::Close]))
            .seen(&["GET /x a", "POST /x a hello"])
            .got(&["200 ok", "502"]),
        case("pipeline: GET on a pooled connection that ends is sent again", "9110 9.2.2", get(""))
            .act(Act::Await)
            .send("GET /y HTTP/1.1\r\nHost: a\r\n\r\n")
            .origin(say(ok))
            .origin(script(When::AfterRequest, &[Deed::Close]))
            .seen(&["GET /x a", "GET /y a", "GET /y a"])
            .got(&["200 ok", "200 /y"]),
        case(
            "pipeline: POST that gets half a head is sent once",
            "9110 9.2.2",
            post("Content-Length: 5\r\n", "hello"),
        )
        .origin(say_and_close("HTTP/1.1 200 OK\r\nContent-Le"))
        .seen(&["POST /x a hello"])
        .got(&["502"]),
        case(
            "pipeline: POST that gets a reset is sent once",
            "9110 9.2.2",
            post("Content-Length: 5\r\n", "hello"),
        )
        .origin(say_and_reset(""))
        .seen(&["POST /x a hello"])
        .got(&["502"]),
    ]
}
