//! `Content-Length` of requests: digits only, once, within 64 bits, never beside a coding.

use crate::framing::case::{Act, Case, End, case, forwarded, get, post, refused, refused_as_it_is};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = good();
    cases.extend(bad_values());
    cases.extend(repeated());
    cases.extend(beside_a_coding());
    cases.extend(unfinished());
    cases
}

fn good() -> Vec<Case> {
    vec![
        forwarded(
            "cl: a body",
            "9112 6.3",
            post("Content-Length: 5\r\n", "hello"),
            &["POST /x a hello"],
        ),
        forwarded("cl: zero", "9112 6.3", post("Content-Length: 0\r\n", ""), &["POST /x a"]),
        forwarded("cl: none on POST", "9112 6.3", post("", ""), &["POST /x a"]),
        forwarded(
            "cl: odd case of the name",
            "9110 5.1",
            post("cOnTeNt-lEnGtH: 5\r\n", "hello"),
            &["POST /x a hello"],
        ),
        forwarded(
            "cl: tabs and spaces around it",
            "9112 5",
            post("Content-Length:\t  5 \t\r\n", "hello"),
            &["POST /x a hello"],
        ),
        forwarded(
            "cl: no space before it",
            "9112 5",
            post("Content-Length:5\r\n", "hello"),
            &["POST /x a hello"],
        ),
        forwarded(
            "cl: leading zeros are decimal",
            "9110 8.6",
            post("Content-Length: 0010\r\n", "0123456789"),
            &["POST /x a 0123456789"],
        ),
        forwarded(
            "cl: GET with a body that looks like a request",
            "9110 9.3.1",
            get_with_body("Content-Length: 35\r\n", SMUGGLED),
            &["GET /x a GET /smuggled HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"],
        ),
        forwarded(
            "cl: DELETE with a body",
            "9110 9.3.5",
            "DELETE /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok",
            &["DELETE /x a ok"],
        ),
        forwarded(
            "cl: OPTIONS with a body",
            "9110 9.3.7",
            "OPTIONS /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok",
            &["OPTIONS /x a ok"],
        ),
        forwarded(
            "cl: HEAD with a body",
            "9110 9.3.2",
            "HEAD /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok",
            &["HEAD /x a ok"],
        ),
        forwarded(
            "cl: another request right behind the body",
            "9112 9.3",
            [post("Content-Length: 5\r\n", "hello"), get("")].concat(),
            &["POST /x a hello", "GET /x a"],
        ),
        forwarded(
            "cl: a name that only looks like it",
            "9110 5.1",
            get("Content_Length: 5\r\nXContent-Length: 6\r\nContent-Length-X: 7\r\n"),
            &["GET /x a"],
        ),
        forwarded(
            "cl: body in a write of its own",
            "9112 6.3",
            post("Content-Length: 5\r\n", ""),
            &["POST /x a hello"],
        )
        .send("hello"),
        forwarded(
            "cl: body cut in two",
            "9112 6.3",
            post("Content-Length: 5\r\n", "he"),
            &["POST /x a hello"],
        )
        .send("llo"),
        forwarded(
            "cl: 100 kB",
            "9112 6.3",
            post("Content-Length: 100000\r\n", "b".repeat(100_000)),
            &[&format!("POST /x a {}", "b".repeat(100_000))],
        ),
    ]
}

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

fn get_with_body(fields: &str, body: &str) -> Vec<u8> {
    [get(fields), body.as_bytes().to_vec()].concat()
}

fn bad_values() -> Vec<Case> {
    [
        ("empty", ""),
        ("plus sign", "+5"),
        ("minus sign", "-5"),
        ("minus zero", "-0"),
        ("hexadecimal", "0x5"),
        ("hexadecimal digits", "5a"),
        ("octal prefix", "0o5"),
        ("exponent", "5e0"),
        ("fraction", "5.0"),
        ("underscore", "1_0"),
        ("thousands", "1,000"),
        ("inner space", "5 5"),
        ("inner tab", "5\t5"),
        ("quoted", "\"5\""),
        ("a list of one and nothing", "5,"),
        ("nothing and a list of one", ",5"),
        ("a list of equals", "5, 5"),
        ("a list of others", "5, 6"),
        ("semicolon", "5;a"),
        ("word", "five"),
        ("2^32 wrapped and signed", "+4294967301"),
        ("2^64", "18446744073709551616"),
        ("2^64 + 5", "18446744073709551621"),
        ("2^128 + 5", "340282366920938463463374607431768211461"),
        ("a hundred digits", "1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"),
        ("Arabic digits", "\u{665}"),
        ("superscript", "\u{2075}"),
        ("obs-text space", "5\u{a0}"),
    ]
    .into_iter()
    .map(|(name, value)| {
        let bytes = post(&format!("Content-Length: {value}\r\n"), "hello");
        refused(&format!("cl: {name}"), "9110 8.6", 400, bytes)
    })
    .collect()
}

fn repeated() -> Vec<Case> {
    vec![
        refused(
            "cl: twice, different",
            "9112 6.3",
            400,
            post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
        ),
        refused(
            "cl: twice, equal",
            "9112 6.3",
            400,
            post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
        ),
        refused(
            "cl: twice, zero first",
            "9112 6.3",
            400,
            post("Content-Length: 0\r\nContent-Length: 5\r\n", "hello"),
        ),
        refused(
            "cl: twice, zero last",
            "9112 6.3",
            400,
            post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello"),
        ),
        refused(
            "cl: twice, far apart, other case",
            "9112 6.3",
            400,
            post("Content-Length: 5\r\nA: b\r\ncontent-length: 6\r\n", "hello"),
        ),
        refused(
            "cl: three times",
            "9112 6.3",
            400,
            post("Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 6\r\n", "hello"),
        ),
        refused(
            "cl: bad one behind a good one",
            "9112 6.3",
            400,
            post("Content-Length: 5\r\nContent-Length: x\r\n", "hello"),
        ),
        refused(
            "cl: folded into a second value",
            "9112 5.2",
            400,
            post("Content-Length: 5\r\n 6\r\n", "hello"),
        ),
    ]
}

fn beside_a_coding() -> Vec<Case> {
    const BODY: &str = "0\r\n\r\n";
    vec![
        refused(
            "cl.te: length first",
            "9112 6.1",
            400,
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", BODY),
        ),
        refused(
            "te.cl: coding first",
            "9112 6.1",
            400,
            post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", BODY),
        ),
        refused(
            "te.0: length zero",
            "9112 6.1",
            400,
            post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", BODY),
        ),
        refused(
            "cl.te: on GET",
            "9112 6.1",
            400,
            get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ),
        refused(
            "cl.te: coding in odd case",
            "9112 6.1",
            400,
            post("Content-Length: 5\r\ntransfer-ENCODING: ChUnKeD\r\n", BODY),
        ),
        refused(
            "cl.te: coding that is none",
            "9112 6.1",
            400,
            post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "hello"),
        ),
        refused(
            "cl.te: empty coding",
            "9112 6.1",
            400,
            post("Content-Length: 5\r\nTransfer-Encoding:\r\n", "hello"),
        ),
        refused(
            "cl.te: length nominated away",
            "9110 7.6.1",
            400,
            post(
                "Connection: content-length\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                BODY,
            ),
        ),
        refused(
            "cl.te: coding nominated away",
            "9110 7.6.1",
            400,
            post(
                "Connection: transfer-encoding\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                BODY,
            ),
        ),
        refused(
            "cl.te: HTTP/1.0",
            "9112 6.1",
            400,
            "POST /x HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
    ]
}

fn unfinished() -> Vec<Case> {
    vec![
        case(
            "cl: the client ends inside of the body",
            "9112 8",
            post("Content-Length: 9\r\n", "hello"),
        )
        .act(Act::End)
        .may_see_part()
        .end(End::Closed),
        case("cl: the client ends before the body", "9112 8", post("Content-Length: 9\r\n", ""))
            .act(Act::End)
            .may_see_part()
            .end(End::Closed),
        case(
            "cl: the client ends inside of the head",
            "9112 8",
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Le",
        )
        .act(Act::End)
        .end(End::Closed),
        case(
            "cl: the client ends before the empty line",
            "9112 8",
            "POST /x HTTP/1.1\r\nHost: a\r\n",
        )
        .act(Act::End)
        .end(End::Closed),
        refused_as_it_is(
            "cl: the largest of all, unfinished, with a bad value behind",
            "9112 6.3",
            400,
            post("Content-Length: 18446744073709551615\r\nContent-Length: 1\r\n", "hello"),
        ),
    ]
}
