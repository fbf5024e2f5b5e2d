//! Connections that ask for much more than they give (RFC 9113 §10.5).

use crate::http2_hostile::case::{
    Case, ENHANCE_YOUR_CALM, GET, Outcome, POST, PROTOCOL_ERROR, STREAM_CLOSED, case, head,
};
use crate::http2_hostile::frames::{
    ACK, DATA, END_HEADERS, GOAWAY, PADDED, PING, PRIORITY, RST_STREAM, SETTINGS, WHOLE,
    WINDOW_UPDATE, frame,
};

const CALM: Outcome = Outcome::GoAway(&[ENHANCE_YOUR_CALM]);

pub(crate) fn cases() -> Vec<Case> {
    const RFC: &str = "9113 10.5";
    let flood = |name: &str, frame: Vec<u8>, count: usize| {
        case(&format!("flood: {name}"), RFC, CALM, frame.repeat(count))
    };
    let open = |name: &str, frame: Vec<u8>, count: usize| {
        let bytes = [head(1, END_HEADERS, &POST), frame.repeat(count)].concat();
        case(&format!("flood: {name}"), RFC, CALM, bytes).may_see_part()
    };
    let streams = |name: &str, make: &dyn Fn(u32) -> Vec<u8>, outcome: Outcome| {
        let bytes = (0..1_000).flat_map(|at| make(at * 2 + 1)).collect();
        case(&format!("flood: {name}"), RFC, outcome, bytes).may_see_part()
    };
    let reset = |stream: u32| frame(RST_STREAM, 0, stream, 8_u32.to_be_bytes());
    let window = |stream: u32, by: u32| frame(WINDOW_UPDATE, 0, stream, by.to_be_bytes());
    vec![
        flood("SETTINGS", frame(SETTINGS, 0, 0, []), 1_000),
        flood(
            "SETTINGS of many parameters",
            frame(SETTINGS, 0, 0, [0, 7, 0, 0, 0, 7].repeat(1_000)),
            20,
        ),
        flood("SETTINGS acknowledged", frame(SETTINGS, ACK, 0, []), 1_000),
        flood("PING", frame(PING, 0, 0, [0; 8]), 5_000),
        flood("PING acknowledged", frame(PING, ACK, 0, [0; 8]), 5_000),
        flood("PRIORITY", frame(PRIORITY, 0, 9, [0, 0, 0, 7, 1]), 5_000),
        flood("WINDOW_UPDATE", window(0, 1), 10_000),
        flood("unknown frames", frame(0x77, 0, 0, "x"), 1_000),
        flood("GOAWAY", frame(GOAWAY, 0, 0, [0; 8]), 1_000),
        open("empty DATA", frame(DATA, 0, 1, ""), 1_000),
        open("DATA of padding", frame(DATA, PADDED, 1, [3, 0, 0, 0]), 1_000),
        open("WINDOW_UPDATE of a stream", window(1, 1), 10_000),
        streams(
            "streams opened and given up (rapid reset)",
            &|stream| [head(stream, WHOLE, &GET), reset(stream)].concat(),
            CALM,
        ),
        streams(
            "streams begun and given up",
            &|stream| [head(stream, END_HEADERS, &POST), reset(stream)].concat(),
            CALM,
        ),
        streams(
            "streams that we must reset, by an empty window (MadeYouReset)",
            &|stream| [head(stream, END_HEADERS, &POST), window(stream, 0)].concat(),
            Outcome::GoAway(&[ENHANCE_YOUR_CALM, PROTOCOL_ERROR]),
        ),
        streams(
            "streams that we must reset, by a window too large (MadeYouReset)",
            &|stream| [head(stream, END_HEADERS, &POST), window(stream, 0x7fff_ffff)].concat(),
            CALM,
        ),
        streams(
            "streams that we must reset, by data behind their end (MadeYouReset)",
            &|stream| [head(stream, WHOLE, &GET), frame(DATA, 0, stream, "x")].concat(),
            Outcome::GoAway(&[ENHANCE_YOUR_CALM, STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        streams(
            "malformed requests",
            &|stream| {
                head(
                    stream,
                    WHOLE,
                    &[&GET, [(b"connection".as_slice(), b"x".as_slice())].as_slice()].concat(),
                )
            },
            CALM,
        ),
        streams(
            "requests that only we find malformed",
            &|stream| {
                head(
                    stream,
                    WHOLE,
                    &[&GET, [(b"host".as_slice(), b"b".as_slice())].as_slice()].concat(),
                )
            },
            CALM,
        ),
        streams("more streams than allowed", &|stream| head(stream, END_HEADERS, &POST), CALM),
    ]
}
