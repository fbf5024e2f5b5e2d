//! Sizes, counts and deadlines of request heads.

use std::time::Duration;

use crate::framing::case::{
    Act, Case, End, case, forwarded, get, post, refused, refused_as_it_is, target,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = sizes();
    cases.extend(slow());
    cases
}

fn sizes() -> Vec<Case> {
    let long = |length: usize| format!("/{}", "x".repeat(length - 1));
    let fields =
        |count: usize| (0..count).map(|number| format!("A{number}: b\r\n")).collect::<String>();
    vec![
        forwarded(
            "limit: target of 16 KiB",
            "9110 4.1",
            target(long(16 * 1024)),
            &[&format!("GET {} a", long(16 * 1024))],
        ),
        refused("limit: target of 16 KiB and 1", "9110 15.5.15", 414, target(long(16 * 1024 + 1))),
        refused("limit: target of 60 kB", "9110 15.5.15", 414, target(long(60_000))),
        refused("limit: target of 1 MB", "9110 15.5.15", 414, target(long(1_000_000))),
        refused_as_it_is(
            "limit: endless target",
            "9110 15.5.15",
            414,
            format!("GET /{}", "x".repeat(80_000)),
        ),
        refused_as_it_is("limit: endless method", "9112 3", 501, "G".repeat(80_000)),
        refused(
            "limit: absolute target too long",
            "9110 15.5.15",
            414,
            target(format!("http://a{}", long(17_000))),
        ),
        forwarded("limit: 99 fields and Host", "6585 5", get(&fields(99)), &["GET /x a"]),
        refused("limit: 101 fields", "6585 5", 431, get(&fields(100))),
        refused("limit: 5,000 fields", "6585 5", 431, get(&fields(5000))),
        forwarded(
            "limit: field of 60 kB",
            "6585 5",
            get(&format!("A: {}\r\n", "b".repeat(60_000))),
            &["GET /x a"],
        ),
        refused(
            "limit: field of 70 kB",
            "6585 5",
            431,
            get(&format!("A: {}\r\n", "b".repeat(70_000))),
        ),
        refused(
            "limit: field of 1 MB",
            "6585 5",
            431,
            get(&format!("A: {}\r\n", "b".repeat(1_000_000))),
        ),
        refused(
            "limit: name of 70 kB",
            "6585 5",
            431,
            get(&format!("{}: b\r\n", "A".repeat(70_000))),
        ),
        refused(
            "limit: 50 fields of 2 kB",
            "6585 5",
            431,
            get(&format!("A: {}\r\n", "b".repeat(2_000)).repeat(50)),
        ),
        refused_as_it_is(
            "limit: endless field",
            "6585 5",
            431,
            format!("GET /x HTTP/1.1\r\nHost: a\r\nA: {}", "b".repeat(300_000)),
        ),
        refused_as_it_is(
            "limit: endless fields",
            "6585 5",
            431,
            format!("GET /x HTTP/1.1\r\nHost: a\r\n{}", "A: b\r\n".repeat(50_000)),
        ),
        refused_as_it_is(
            "limit: endless name",
            "6585 5",
            431,
            format!("GET /x HTTP/1.1\r\nHost: a\r\n{}", "A".repeat(300_000)),
        ),
        refused_as_it_is(
            "limit: endless spaces",
            "6585 5",
            431,
            format!("GET /x HTTP/1.1\r\nHost: a\r\nA:{}", " ".repeat(300_000)),
        ),
        refused_as_it_is("limit: endless empty lines", "9112 2.2", 400, "\r\n".repeat(50_000)),
        refused_as_it_is(
            "limit: empty lines and an endless field",
            "9112 2.2",
            431,
            format!("\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nA: {}", "b".repeat(300_000)),
        ),
        refused(
            "limit: Host of 60 kB",
            "9112 3.2",
            400,
            format!("GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", "a".repeat(60_000)),
        ),
        forwarded(
            "limit: head of 60 kB in pieces",
            "6585 5",
            &get(&format!("A: {}\r\n", "b".repeat(60_000)))[..30_000],
            &["GET /x a"],
        )
        .send(&get(&format!("A: {}\r\n", "b".repeat(60_000)))[30_000..]),
        forwarded(
            "limit: head of 60 kB behind a body",
            "6585 5",
            [
                post("Content-Length: 5\r\n", "hello"),
                get(&format!("A: {}\r\n", "b".repeat(60_000))),
            ]
            .concat(),
            &["POST /x a hello", "GET /x a"],
        ),
        case(
            "limit: too large in the second request",
            "6585 5",
            [get(""), get(&format!("A: {}\r\n", "b".repeat(70_000)))].concat(),
        )
        .seen(&["GET /x a"])
        .got(&["200 /x", "431"])
        .end(End::Closed),
    ]
}

/// Deadlines are absolute: a byte now and then does not move them. These cases take as long as
/// the deadlines do, beside all others.
fn slow() -> Vec<Case> {
    let pause = Duration::from_millis(500);
    let slow = |name: &str, bytes: Vec<u8>| {
        case(&format!("slow: {name}"), "9112 9.5", bytes).patience_s(15).end(End::Closed)
    };
    vec![
        slow("a head that stops", b"GET /x HTTP/1.1\r\nHost: a\r\n".to_vec()).got(&["408"]),
        slow("one byte", b"G".to_vec()).got(&["408"]),
        slow("one byte of an empty line", b"\r".to_vec()).got(&["408"]),
        slow("a head that drips", b"GET /x HTTP/1.1\r\nHost: a\r\nA: ".to_vec())
            .act(Act::Drip(b'b', pause))
            .got(&["408"]),
        slow("a target that drips", b"GET /".to_vec()).act(Act::Drip(b'b', pause)).got(&["408"]),
        slow("a second head that stops", [get(""), b"GET /x HTTP/1.1\r\n".to_vec()].concat())
            .seen(&["GET /x a"])
            .got(&["200 /x", "408"]),
        slow(
            "a second head that drips",
            [get(""), b"GET /x HTTP/1.1\r\nHost: a\r\nA: ".to_vec()].concat(),
        )
        .act(Act::Await)
        .act(Act::Drip(b'b', pause))
        .seen(&["GET /x a"])
        .got(&["200 /x", "408"]),
        slow("a body that drips", post("Content-Length: 900\r\n", "x"))
            .act(Act::Drip(b'b', pause))
            .may_see_part()
            .got(&["408"]),
        slow("chunk extensions that drip", post("Transfer-Encoding: chunked\r\n", "5;a="))
            .act(Act::Drip(b'b', pause))
            .may_see_part()
            .got(&["408"]),
        slow("trailers that drip", post("Transfer-Encoding: chunked\r\n", "0\r\nA: "))
            .act(Act::Drip(b'b', pause))
            .may_see_part()
            .got(&["408"]),
    ]
}
