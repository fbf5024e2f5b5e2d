//! `Transfer-Encoding` of requests: exactly one final `chunked`, or the request is refused.

use crate::framing::case::{Act, Case, End, case, chunked, forwarded, post, refused};

const BODY: &str = "5\r\nhello\r\n0\r\n\r\n";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = good();
    cases.extend(values());
    cases.extend(lines());
    cases
}

fn good() -> Vec<Case> {
    vec![
        forwarded("te: chunked", "9112 7.1", chunked(BODY), &["POST /x a hello"])
            .seen_with(&["Transfer-Encoding: chunked"])
            .seen_without(&["Content-Length"]),
        forwarded(
            "te: odd case",
            "9112 7",
            post("tRANSFER-eNCODING: cHUNKED\r\n", BODY),
            &["POST /x a hello"],
        )
        .seen_with(&["Transfer-Encoding: chunked"]),
        forwarded(
            "te: tabs and spaces around it",
            "9112 5",
            post("Transfer-Encoding:\t chunked \t\r\n", BODY),
            &["POST /x a hello"],
        )
        .seen_with(&["Transfer-Encoding: chunked"]),
        forwarded(
            "te: on GET",
            "9110 9.3.1",
            format!("GET /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{BODY}"),
            &["GET /x a hello"],
        ),
        forwarded(
            "te: names that only look like it",
            "9110 5.1",
            "GET /x HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nX-Transfer-Encoding: chunked\r\n\r\n",
            &["GET /x a"],
        ),
        forwarded(
            "te: nominated by Connection, but kept",
            "9110 7.6.1",
            post("Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n", BODY),
            &["POST /x a hello"],
        ),
    ]
}

fn values() -> Vec<Case> {
    [
        ("empty", "", 400),
        ("identity", "identity", 400),
        ("cow", "cow", 400),
        ("prefix", "xchunked", 400),
        ("suffix", "chunkedx", 400),
        ("quoted", "\"chunked\"", 400),
        ("single quotes", "'chunked'", 400),
        ("parameter", "chunked;q=1", 400),
        ("parameter with a space", "chunked ; a=b", 400),
        ("twice in a list", "chunked, chunked", 400),
        ("then identity", "chunked, identity", 400),
        ("then gzip", "chunked, gzip", 400),
        ("then nothing", "chunked,", 400),
        ("after nothing", ",chunked", 400),
        ("inner space", "chun ked", 400),
        ("inner tab", "chun\tked", 400),
        ("space instead of a comma", "gzip chunked", 400),
        ("gzip, chunked", "gzip, chunked", 501),
        ("identity, chunked", "identity, chunked", 501),
        ("gzip alone", "gzip", 400),
        ("form feed", "\u{c}chunked", 400),
        ("vertical tab before", "\u{b}chunked", 400),
        ("NUL behind", "chunked\0", 400),
        ("bare CR behind", "chunked\rx", 400),
        ("soft hyphen", "chunk\u{ad}ed", 400),
        ("Kelvin sign", "chun\u{212a}ed", 400),
        ("no-break space", "\u{a0}chunked", 400),
    ]
    .into_iter()
    .map(|(name, value, status)| {
        let bytes = post(&format!("Transfer-Encoding: {value}\r\n"), BODY);
        refused(&format!("te: {name}"), "9112 6.1", status, bytes)
    })
    .collect()
}

fn lines() -> Vec<Case> {
    vec![
        refused(
            "te.te: twice",
            "9112 6.1",
            400,
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", BODY),
        ),
        refused(
            "te.te: second is identity",
            "9112 6.1",
            400,
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", BODY),
        ),
        refused(
            "te.te: first is identity",
            "9112 6.1",
            400,
            post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", BODY),
        ),
        refused(
            "te.te: second is cow, odd case",
            "9112 6.1",
            400,
            post("Transfer-Encoding: chunked\r\ntransfer-encoding: cow\r\n", BODY),
        ),
        refused(
            "te.te: second is empty",
            "9112 6.1",
            400,
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n", BODY),
        ),
        refused(
            "te: space before the colon",
            "9112 5.1",
            400,
            post("Transfer-Encoding : chunked\r\n", BODY),
        ),
        refused(
            "te: tab before the colon",
            "9112 5.1",
            400,
            post("Transfer-Encoding\t: chunked\r\n", BODY),
        ),
        refused(
            "te: space before the name",
            "9112 5.2",
            400,
            post("A: b\r\n Transfer-Encoding: chunked\r\n", BODY),
        ),
        refused(
            "te: value on a folded line",
            "9112 5.2",
            400,
            post("Transfer-Encoding:\r\n chunked\r\n", BODY),
        ),
        refused(
            "te: folded with a tab",
            "9112 5.2",
            400,
            post("Transfer-Encoding: chunked\r\n\t, identity\r\n", BODY),
        ),
        refused(
            "te: hidden behind a bare LF",
            "9112 2.2",
            400,
            post("A: b\nTransfer-Encoding: chunked\r\n", BODY),
        ),
        refused(
            "te: hidden behind a bare CR",
            "9112 2.2",
            400,
            post("A: b\rTransfer-Encoding: chunked\r\n", BODY),
        ),
        refused(
            "te: hidden behind NUL",
            "9110 5.5",
            400,
            post("A: b\0Transfer-Encoding: chunked\r\n", BODY),
        ),
        refused(
            "te: NUL in the name",
            "9112 5.1",
            400,
            post("Transfer\0-Encoding: chunked\r\n", BODY),
        ),
        refused("te: no colon", "9112 5", 400, post("Transfer-Encoding chunked\r\n", BODY)),
        refused(
            "te: HTTP/1.0",
            "9112 6.1",
            400,
            format!("POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{BODY}"),
        ),
        refused(
            "te: HTTP/1.0 with keep-alive",
            "9112 6.1",
            400,
            format!(
                "POST /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{BODY}"
            ),
        ),
        refused(
            "te: identity in HTTP/1.0",
            "9112 6.1",
            400,
            "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
        ),
        close_delimited(),
    ]
}

/// Bytes behind an HTTP/1.0 request without length are no body.
fn close_delimited() -> Case {
    case(
        "te: no body ends with the connection",
        "9112 6.3",
        "POST /x HTTP/1.0\r\nHost: a\r\n\r\nhello",
    )
    .act(Act::End)
    .seen(&["POST /x a"])
    .got(&["200 /x"])
    .end(End::Closed)
}
