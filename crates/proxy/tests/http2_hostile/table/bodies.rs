//! Bodies that are not what their heads say, and trailers (RFC 9113 §8.1).

use crate::framing::case::{Deed, When, say, say_and_close, script};
use crate::http2_hostile::case::{
    Case, Field, GET, Outcome, POST, PROTOCOL_ERROR, case, get, head, post_with,
};
use crate::http2_hostile::frames::{DATA, END_HEADERS, END_STREAM, RST_STREAM, WHOLE, frame};

const MALFORMED: Outcome = Outcome::Reset(1, &[PROTOCOL_ERROR]);
const REFUSED: Outcome = Outcome::ResetOrGoAway(1, &[PROTOCOL_ERROR]);
const CUT: Outcome = Outcome::Reset(1, &[0x2]);
const SERVED: Outcome = Outcome::Status(1, 200);

pub(crate) fn cases() -> Vec<Case> {
    [lengths(), trailers(), answers()].concat()
}

fn row(name: &str, rfc: &'static str, outcome: Outcome, bytes: Vec<u8>) -> Case {
    case(&format!("body: {name}"), rfc, outcome, bytes)
}

fn data(text: &str) -> Vec<u8> {
    frame(DATA, 0, 1, text)
}

fn last(text: &str) -> Vec<u8> {
    frame(DATA, END_STREAM, 1, text)
}

fn length<'a>(value: &'a str) -> [Field<'a>; 1] {
    [(b"content-length", value.as_bytes())]
}

fn lengths() -> Vec<Case> {
    const RFC: &str = "9113 8.1.1";
    let posted = |name: &str, value: &str, rest: Vec<u8>, outcome: Outcome| {
        row(name, RFC, outcome, [post_with(&length(value)), rest].concat()).may_see_part()
    };
    let whole = |name: &str, value: &str, outcome: Outcome| {
        row(name, RFC, outcome, head(1, WHOLE, &[&POST, length(value).as_slice()].concat()))
    };
    const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    vec![
        posted("more than its length", "4", last("hello"), MALFORMED),
        posted("more than its length, later", "5", [data("hello"), last("x")].concat(), MALFORMED),
        posted("less than its length", "9", last("hello"), MALFORMED),
        posted(
            "less than its length, in pieces",
            "9",
            [data("hell"), last("o")].concat(),
            MALFORMED,
        ),
        posted("a request behind a length of 0 (H2.CL)", "0", last(SMUGGLED), MALFORMED),
        posted("a length of 0 that goes on", "0", data(SMUGGLED), MALFORMED),
        posted("a length that is no number", "5x", last("hello"), REFUSED),
        posted("a length with a sign", "+5", last("hello"), REFUSED),
        posted("a negative length", "-5", last("hello"), REFUSED),
        posted("a list of lengths", "5, 5", last("hello"), REFUSED),
        posted("a length beyond 64 bits", "18446744073709551621", last("hello"), REFUSED),
        whole("a length without a body", "5", REFUSED),
        whole("a length of nothing without a body", "", REFUSED),
        row("two lengths", RFC, REFUSED, {
            let two = [length("5"), length("5")].concat();
            [post_with(&two), last("hello")].concat()
        })
        .may_see_part(),
        row("two different lengths", RFC, REFUSED, {
            let two = [length("5"), length("0")].concat();
            [post_with(&two), last("hello")].concat()
        })
        .may_see_part(),
        row("chunks are no framing here", RFC, SERVED, {
            [post_with(&[]), last("0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n")].concat()
        })
        .seen(&["POST /x a 0\\r\\n\\r\\nGET /smuggled HTTP/1.1\\r\\n\\r\\n"]),
        row("its length", RFC, SERVED, [post_with(&length("5")), last("hello")].concat())
            .seen(&["POST /x a hello"]),
        row("no length", RFC, SERVED, [post_with(&[]), data("he"), last("llo")].concat())
            .seen(&["POST /x a hello"]),
        row("nothing but its end", RFC, SERVED, [post_with(&[]), last("")].concat())
            .seen(&["POST /x a"]),
        row("given up", "9113 6.4", Outcome::Status(3, 200), {
            let reset = frame(RST_STREAM, 0, 1, 8_u32.to_be_bytes());
            [post_with(&length("9")), data("hello"), reset, get(3)].concat()
        })
        .seen(&["GET /x a"])
        .may_see_part(),
    ]
}

fn trailers() -> Vec<Case> {
    const RFC: &str = "9113 8.1";
    const PLAIN: &str = "POST /x a hello";
    let with = |name: &str, outcome: Outcome, flags: u8, fields: &[Field<'_>]| {
        let bytes = [post_with(&[]), data("hello"), head(1, flags, fields)].concat();
        row(&format!("trailers {name}"), RFC, outcome, bytes).may_see_part()
    };
    vec![
        // The framing takes these out, so that nobody sees them.
        with("with a pseudo-header field", SERVED, WHOLE, &[(b":path", b"/y")]).seen(&[PLAIN]),
        with("with a status", SERVED, WHOLE, &[(b":status", b"200")]).seen(&[PLAIN]),
        with("that are another request", SERVED, WHOLE, &GET).seen(&[PLAIN]),
        with("that don't end the stream", REFUSED, END_HEADERS, &[(b"x", b"y")]),
        with("with a name in upper case", REFUSED, WHOLE, &[(b"X", b"y")]),
        with("with a field of a connection", REFUSED, WHOLE, &[(b"connection", b"close")]),
        with("that frame", REFUSED, WHOLE, &[(b"transfer-encoding", b"chunked")]),
        with("with a line end", REFUSED, WHOLE, &[(b"x", b"y\r\n\r\nGET /smuggled HTTP/1.1")]),
        row("trailers", RFC, SERVED, {
            let fields: [Field<'_>; 5] = [
                (b"x-sum", b"7"),
                (b"content-length", b"5"),
                (b"host", b"b"),
                (b"authorization", b"x"),
                (b"x-forwarded-for", b"6.6.6.6"),
            ];
            [post_with(&[]), data("hello"), head(1, WHOLE, &fields)].concat()
        })
        .seen(&["POST /x a hello +x-sum: 7"]),
    ]
}

fn answers() -> Vec<Case> {
    let answered = |name: &str, rfc: &'static str, answer: &str, outcome: Outcome| {
        row(&format!("answer: {name}"), rfc, outcome, get(1))
            .origin(say_and_close(answer))
            .seen(&["GET /x a"])
    };
    const NO: Outcome = Outcome::Status(1, 502);
    vec![
        answered("cut by its length", "9113 8.1", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", CUT),
        answered("cut in its chunks", "9113 8.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello", CUT),
        answered("without its last chunk", "9113 8.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", CUT),
        // So much that some of it is out before the fault is seen.
        answered("with a broken chunk", "9113 8.1", &{
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            format!("{head}30d40\r\n{}X", "x".repeat(200_000))
        }, CUT),
        answered("in no form", "9112 4", "HTTP/2 200\r\n\r\n", NO),
        answered("with two lengths", "9112 6.3", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", NO),
        answered("with a bare CR", "9112 2.2", "HTTP/1.1 200 OK\r\nX: y\rz\r\nContent-Length: 0\r\n\r\n", NO),
        answered("that upgrades unasked", "9110 7.8", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", NO),
        row("answer: nothing", "9112 9", NO, head(1, WHOLE, &POST))
            .origin(say_and_close(""))
            .seen(&["POST /x a"]),
        answered("until the end", "9112 6.3", "HTTP/1.1 200 OK\r\n\r\nhello", SERVED),
        row("answer: fields of a connection stay there", "9113 8.2.2", SERVED, get(1))
            .origin(say("HTTP/1.1 200 OK\r\nConnection: keep-alive, X\r\nKeep-Alive: timeout=5\r\nX: y\r\nContent-Length: 0\r\n\r\n"))
            .seen(&["GET /x a"]),
        row("answer: before the request's end", "9113 8.1", Outcome::Status(1, 413), post_with(&length("9")))
            .origin(script(When::AfterHead, &[Deed::Say(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno".to_vec())]))
            .may_see_part(),
    ]
}
