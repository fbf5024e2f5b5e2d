//! Chunked request bodies: sizes, extensions, line ends, trailers.

use crate::framing::case::{Act, Case, End, case, chunked, forwarded, refused};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = good();
    cases.extend(broken());
    cases.extend(extensions());
    cases.extend(trailers());
    cases.extend(bad_trailers());
    cases.extend(unfinished());
    cases
}

fn good() -> Vec<Case> {
    vec![
        forwarded("chunk: none", "9112 7.1", chunked("0\r\n\r\n"), &["POST /x a"]),
        forwarded(
            "chunk: two",
            "9112 7.1",
            chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
            &["POST /x a abcde"],
        ),
        forwarded(
            "chunk: size in capitals",
            "9112 7.1",
            chunked("A\r\n0123456789\r\n0\r\n\r\n"),
            &["POST /x a 0123456789"],
        ),
        forwarded(
            "chunk: leading zeros",
            "9112 7.1",
            chunked("0005\r\nhello\r\n0000\r\n\r\n"),
            &["POST /x a hello"],
        ),
        forwarded(
            "chunk: sixteen digits",
            "9112 7.1",
            chunked("0000000000000005\r\nhello\r\n0\r\n\r\n"),
            &["POST /x a hello"],
        ),
        forwarded(
            "chunk: data that looks like chunks",
            "9112 7.1",
            chunked("7\r\n0\r\n\r\nGE\r\n0\r\n\r\n"),
            &["POST /x a 0\\r\\n\\r\\nGE"],
        ),
        forwarded(
            "chunk: a request right behind",
            "9112 9.3",
            [chunked("1\r\na\r\n0\r\n\r\n"), chunked("1\r\nb\r\n0\r\n\r\n")].concat(),
            &["POST /x a a", "POST /x a b"],
        ),
        forwarded(
            "chunk: size cut between two writes",
            "9112 7.1",
            chunked("1"),
            &["POST /x a 0123456789abcdef0"],
        )
        .send("1\r\n0123456789abcdef0\r\n0\r\n\r\n"),
        forwarded(
            "chunk: CR and LF in two writes",
            "9112 7.1",
            chunked("5\r"),
            &["POST /x a hello"],
        )
        .send("\nhello\r")
        .send("\n0\r\n\r")
        .send("\n"),
        forwarded(
            "chunk: last chunk in a write of its own",
            "9112 7.1",
            chunked("5\r\nhello\r\n"),
            &["POST /x a hello"],
        )
        .send("0\r\n\r\n"),
        forwarded(
            "chunk: a thousand of one byte",
            "9112 7.1",
            chunked("1\r\nx\r\n".repeat(1000) + "0\r\n\r\n"),
            &[&format!("POST /x a {}", "x".repeat(1000))],
        ),
        forwarded(
            "chunk: one of 70 kB",
            "9112 7.1",
            chunked(format!("11170\r\n{}\r\n0\r\n\r\n", "y".repeat(70_000))),
            &[&format!("POST /x a {}", "y".repeat(70_000))],
        ),
    ]
}

fn broken() -> Vec<Case> {
    [
        ("size: empty", "\r\nhello\r\n0\r\n\r\n"),
        ("size: prefixed", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("size: plus", "+5\r\nhello\r\n0\r\n\r\n"),
        ("size: minus", "-5\r\nhello\r\n0\r\n\r\n"),
        ("size: minus zero", "-0\r\n\r\n"),
        ("size: space before", " 5\r\nhello\r\n0\r\n\r\n"),
        ("size: space behind", "5 \r\nhello\r\n0\r\n\r\n"),
        ("size: tab behind", "5\t\r\nhello\r\n0\r\n\r\n"),
        ("size: no digit", "g\r\nhello\r\n0\r\n\r\n"),
        ("size: digit and more", "5g\r\nhello\r\n0\r\n\r\n"),
        ("size: suffix h", "5h\r\nhello\r\n0\r\n\r\n"),
        ("size: underscore", "0_5\r\nhello\r\n0\r\n\r\n"),
        ("size: comma", "5,5\r\nhello\r\n0\r\n\r\n"),
        ("size: point", "5.0\r\nhello\r\n0\r\n\r\n"),
        ("size: quoted", "\"5\"\r\nhello\r\n0\r\n\r\n"),
        ("size: wraps 32 bits by sign", "-fffffffb\r\nhello\r\n0\r\n\r\n"),
        ("size: 2^64 + 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("size: seventeen zeros and 5", "000000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("size: forty digits", "5000000000000000000000000000000000000000\r\nhello\r\n0\r\n\r\n"),
        (
            "size: endless",
            "00000000000000000000000000000000000000000000000000000000000000000000000000000000",
        ),
        ("size: NUL", "5\0\r\nhello\r\n0\r\n\r\n"),
        ("size: full-width digit", "\u{ff15}\r\nhello\r\n0\r\n\r\n"),
        ("end of size: LF", "5\nhello\r\n0\r\n\r\n"),
        ("end of size: CR", "5\rhello\r\n0\r\n\r\n"),
        ("end of size: CR CR LF", "5\r\r\nhello\r\n0\r\n\r\n"),
        ("end of size: LF CR", "5\n\rhello\r\n0\r\n\r\n"),
        ("end of data: none", "5\r\nhello0\r\n\r\n"),
        ("end of data: LF", "5\r\nhello\n0\r\n\r\n"),
        ("end of data: CR", "5\r\nhello\r0\r\n\r\n"),
        ("end of data: two other bytes", "5\r\nhelloXX0\r\n\r\n"),
        ("end of data: too much data", "5\r\nhellohello\r\n0\r\n\r\n"),
        ("end of data: too little data", "5\r\nhell\r\n0\r\n\r\n"),
        ("end of data: an empty line too many", "5\r\nhello\r\n\r\n0\r\n\r\n"),
        ("last chunk: LF", "0\n\r\n"),
        ("last chunk: LF twice", "0\n\n"),
        ("last chunk: CR then LF LF", "0\r\n\n"),
        ("last chunk: CR CR", "0\r\n\r\r\n"),
        ("last chunk: CR X", "0\r\n\rX\r\n"),
        ("last chunk: space", "0 \r\n\r\n"),
    ]
    .into_iter()
    .map(|(name, body)| {
        refused(&format!("chunk {name}"), "9112 7.1", 400, chunked(body)).may_see_part()
    })
    .collect()
}

fn extensions() -> Vec<Case> {
    let kept = |name: &str, body: &str| {
        forwarded(&format!("ext: {name}"), "9112 7.1.1", chunked(body), &["POST /x a hello"])
    };
    let broken = |name: &str, body: &str| {
        refused(&format!("ext: {name}"), "9112 7.1.1", 400, chunked(body)).may_see_part()
    };
    vec![
        kept("a name", "5;a\r\nhello\r\n0\r\n\r\n"),
        kept("name and value", "5;a=b\r\nhello\r\n0;c=d\r\n\r\n"),
        kept("quoted value", "5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n"),
        kept("empty", "5;\r\nhello\r\n0\r\n\r\n"),
        kept("spaces inside", "5; a = b \r\nhello\r\n0\r\n\r\n"),
        kept("digits behind it are no size", "5;0\r\nhello\r\n0\r\n\r\n"),
        broken("ended by LF", "5;a\nhello\r\n0\r\n\r\n"),
        broken("bare LF, then CRLF", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
        broken("bare CR inside", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
        broken("CR CR LF", "5;a\r\r\nhello\r\n0\r\n\r\n"),
        broken("NUL inside", "5;a\0b\r\nhello\r\n0\r\n\r\n"),
        broken("DEL inside", "5;a\x7fb\r\nhello\r\n0\r\n\r\n"),
        broken("quoted CRLF", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n"),
        broken("LF after the last chunk's", "0;a\n\r\n"),
        broken("bare LF before an empty one", "5;\n\r\nhello\r\n0\r\n\r\n"),
        broken("one of 10 kB", &format!("5;{}\r\nhello\r\n0\r\n\r\n", "e".repeat(10_000))),
        broken(
            "many that sum up to 10 kB",
            &(format!("1;{}\r\nx\r\n", "e".repeat(100)).repeat(100) + "0\r\n\r\n"),
        ),
    ]
}

fn trailers() -> Vec<Case> {
    let kept = |name: &str, trailers: &str, seen: &str| {
        let body = format!("5\r\nhello\r\n0\r\n{trailers}\r\n");
        forwarded(
            &format!("trailer: {name}"),
            "9110 6.5",
            chunked(body),
            &[&format!("POST /x a hello{seen}")],
        )
    };
    let mut cases = vec![
        kept("one", "A: b\r\n", " +A: b"),
        kept("two", "A: b\r\nC: d\r\n", " +A: b +C: d"),
        kept("odd spaces", "A:\tb \r\n", " +A: b"),
        kept("empty value", "A:\r\n", " +A: "),
        forwarded(
            "trailer: in two writes",
            "9112 7.1.2",
            chunked("0\r\nA: "),
            &["POST /x a +A: b"],
        )
        .send("b\r\n\r")
        .send("\n"),
        forwarded(
            "trailer: then another request",
            "9112 9.3",
            [chunked("0\r\nA: b\r\n\r\n"), chunked("0\r\n\r\n")].concat(),
            &["POST /x a +A: b", "POST /x a"],
        ),
    ];
    let names = [
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "Host: evil",
        "Connection: close",
        "Authorization: Basic x",
        "Cookie: a=b",
        "X-Forwarded-For: 6.6.6.6",
        "Forwarded: for=6.6.6.6",
        "X-Request-Id: evil",
        "Via: 1.1 evil",
        "Expect: 100-continue",
        "Upgrade: websocket",
        "TE: trailers",
        "Content-Type: a/b",
        "Content-Encoding: gzip",
        "Set-Cookie: a=b",
        "X-Real-IP: 6.6.6.6",
        "Proxy-Authorization: x",
        "X-Forwarded-Host: evil",
        "Keep-Alive: 5",
        "Max-Forwards: 5",
        "Trailer: a",
        "Cache-Control: no-store",
        "Range: bytes=0-1",
    ];
    cases.extend(
        names.iter().map(|line| {
            kept(&format!("{line} is dropped"), &format!("A: b\r\n{line}\r\n"), " +A: b")
        }),
    );
    cases
}

fn bad_trailers() -> Vec<Case> {
    [
        ("space before the colon", "A : b\r\n\r\n"),
        ("no colon", "A\r\n\r\n"),
        ("empty name", ": b\r\n\r\n"),
        ("folded", "A: b\r\n c\r\n\r\n"),
        ("starts with a space", " A: b\r\n\r\n"),
        ("LF", "A: b\n\r\n"),
        ("LF and an empty line with LF", "A: b\n\n"),
        ("bare CR", "A: b\rc\r\n\r\n"),
        ("NUL", "A: b\0\r\n\r\n"),
        ("a request instead", "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("too many", "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n"),
    ]
    .into_iter()
    .map(|(name, trailers)| {
        let trailers = if name == "too many" { trailers.repeat(200) } else { trailers.to_owned() };
        let body = format!("5\r\nhello\r\n0\r\n{trailers}");
        refused(&format!("trailer: {name}"), "9112 7.1.2", 400, chunked(body)).may_see_part()
    })
    .chain([refused(
        "trailer: endless",
        "9112 7.1.2",
        400,
        chunked(format!("0\r\nA: {}", "t".repeat(20_000))),
    )
    .may_see_part()])
    .collect()
}

/// What is cut off is never made whole for the origin.
fn unfinished() -> Vec<Case> {
    [
        ("inside of a size", "5"),
        ("behind a size", "5\r\n"),
        ("inside of the data", "5\r\nhel"),
        ("behind the data", "5\r\nhello"),
        ("behind a chunk", "5\r\nhello\r\n"),
        ("inside of the last chunk", "5\r\nhello\r\n0\r\n"),
        ("inside of a trailer", "5\r\nhello\r\n0\r\nA: b\r\n"),
        ("inside of the last line end", "5\r\nhello\r\n0\r\n\r"),
    ]
    .into_iter()
    .map(|(name, body)| {
        case(&format!("chunk: the client ends {name}"), "9112 8", chunked(body))
            .act(Act::End)
            .may_see_part()
            .end(End::Closed)
    })
    .collect()
}
