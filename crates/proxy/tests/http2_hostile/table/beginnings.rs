//! Connections that begin in another way than RFC 9113 §3.4 says.

use crate::http2_hostile::case::{Case, Outcome, case, get, raw};
use crate::http2_hostile::frames::{
    ACK, DATA, PING, PREFACE, PRIORITY, SETTINGS, WINDOW_UPDATE, frame,
};

pub(crate) fn cases() -> Vec<Case> {
    const RFC: &str = "9113 3.4";
    let first = |name: &str, bytes: Vec<u8>| {
        raw(
            &format!("beginning: {name}"),
            RFC,
            Outcome::Closed,
            [PREFACE, &bytes, &get(1)].concat(),
        )
    };
    let mut cases = vec![
        first("HEADERS first", get(1)),
        first("an acknowledgement first", frame(SETTINGS, ACK, 0, [])),
        first("PING first", frame(PING, 0, 0, [0; 8])),
        first("DATA first", frame(DATA, 0, 1, "hello")),
        first("PRIORITY first", frame(PRIORITY, 0, 1, [0; 5])),
        first("WINDOW_UPDATE first", frame(WINDOW_UPDATE, 0, 0, 1_u32.to_be_bytes())),
        first("an unknown frame first", frame(0x77, 0, 0, "hello")),
        first("a request in HTTP/1.1", b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()),
        first("a second preface", PREFACE.to_vec()),
        raw(
            "beginning: a preface with another end",
            RFC,
            Outcome::Text("HTTP/1.1 505"),
            [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r!".as_slice(), &frame(SETTINGS, 0, 0, [])].concat(),
        ),
        raw(
            "beginning: a preface of another version",
            RFC,
            Outcome::Text("HTTP/1.1 505"),
            b"PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n".to_vec(),
        ),
        raw(
            "beginning: a preface as a request",
            RFC,
            Outcome::Text("HTTP/1.1 400"),
            b"PRI * HTTP/1.1\r\nHost: a\r\n\r\nSM\r\n\r\n".to_vec(),
        ),
        raw(
            "beginning: an empty line before the preface",
            RFC,
            Outcome::Text("HTTP/1.1 505"),
            [b"\r\n".as_slice(), PREFACE].concat(),
        ),
        raw(
            "beginning: an upgrade to h2c",
            "9113 3.1",
            Outcome::Text("HTTP/1.1 200"),
            b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\
              Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
                .to_vec(),
        )
        .seen(&["GET /x a"])
        .seen_without(&["Upgrade", "HTTP2-Settings", "Connection"]),
    ];
    cases.push(
        case("beginning: one byte at a time", RFC, Outcome::Status(1, 200), Vec::new())
            .then(get(1)[..4].to_vec())
            .then(get(1)[4..12].to_vec())
            .then(get(1)[12..].to_vec())
            .seen(&["GET /x a"]),
    );
    cases
}
