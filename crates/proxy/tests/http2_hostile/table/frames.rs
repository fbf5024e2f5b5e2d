//! Frames out of place, of the wrong size, on the wrong stream.

use crate::http2_hostile::case::{
    Case, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GET, Outcome, POST, PROTOCOL_ERROR, REFUSED_STREAM,
    STREAM_CLOSED, case, get, head,
};
use crate::http2_hostile::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY,
    PUSH_PROMISE, RST_STREAM, SETTINGS, WHOLE, WINDOW_UPDATE, WITH_PRIORITY, block, frame,
};

const WRONG: Outcome = Outcome::GoAway(&[PROTOCOL_ERROR, FRAME_SIZE_ERROR]);
const SIZE: Outcome = Outcome::GoAway(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]);
const FLOW: Outcome = Outcome::GoAway(&[FLOW_CONTROL_ERROR, PROTOCOL_ERROR]);
const SERVED: Outcome = Outcome::Status(1, 200);

pub(crate) fn cases() -> Vec<Case> {
    [misplaced(), sizes(), settings(), windows(), states(), padding(), tolerated()].concat()
}

fn row(name: &str, rfc: &'static str, outcome: Outcome, bytes: Vec<u8>) -> Case {
    case(&format!("frame: {name}"), rfc, outcome, bytes)
}

fn misplaced() -> Vec<Case> {
    vec![
        row("DATA on the connection", "9113 6.1", WRONG, frame(DATA, 0, 0, "hello")),
        row("HEADERS on the connection", "9113 6.2", WRONG, head(0, WHOLE, &GET)),
        row("PRIORITY on the connection", "9113 6.3", WRONG, frame(PRIORITY, 0, 0, [0; 5])),
        row("RST_STREAM on the connection", "9113 6.4", WRONG, frame(RST_STREAM, 0, 0, [0; 4])),
        row("SETTINGS on a stream", "9113 6.5", WRONG, frame(SETTINGS, 0, 1, [])),
        row("PUSH_PROMISE from a client", "9113 8.4", WRONG, {
            let promise = [&2_u32.to_be_bytes()[..], &block(&GET)].concat();
            [head(1, END_HEADERS, &POST), frame(PUSH_PROMISE, END_HEADERS, 1, promise)].concat()
        })
        .may_see_part(),
        row("PING on a stream", "9113 6.7", WRONG, frame(PING, 0, 1, [0; 8])),
        row("GOAWAY on a stream", "9113 6.8", WRONG, frame(GOAWAY, 0, 1, [0; 8])),
        row(
            "CONTINUATION without HEADERS",
            "9113 6.10",
            WRONG,
            frame(CONTINUATION, END_HEADERS, 1, block(&GET)),
        ),
        row("DATA on an idle stream", "9113 5.1", WRONG, frame(DATA, 0, 1, "hello")),
        row("RST_STREAM on an idle stream", "9113 6.4", WRONG, frame(RST_STREAM, 0, 1, [0; 4])),
        row(
            "WINDOW_UPDATE on an idle stream",
            "9113 5.1",
            WRONG,
            frame(WINDOW_UPDATE, 0, 1, 1_u32.to_be_bytes()),
        ),
        row("HEADERS on a stream of ours", "9113 5.1.1", WRONG, head(2, WHOLE, &GET)),
        row("DATA on a stream of ours", "9113 5.1.1", WRONG, frame(DATA, END_STREAM, 2, "x")),
    ]
}

fn sizes() -> Vec<Case> {
    let large = vec![0; 16_385];
    vec![
        row("DATA larger than taken", "9113 4.2", SIZE, {
            [head(1, END_HEADERS, &POST), frame(DATA, 0, 1, &large)].concat()
        })
        .may_see_part(),
        row("HEADERS larger than taken", "9113 4.2", SIZE, frame(HEADERS, WHOLE, 1, &large)),
        row("an unknown frame larger than taken", "9113 4.2", SIZE, frame(0x77, 0, 0, &large)),
        row(
            "a frame of 16 MiB announced",
            "9113 4.2",
            SIZE,
            vec![0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1],
        ),
        row("a short PRIORITY", "9113 6.3", SIZE, frame(PRIORITY, 0, 1, [0; 4])),
        row("a long PRIORITY", "9113 6.3", SIZE, frame(PRIORITY, 0, 1, [0; 6])),
        row("a short RST_STREAM", "9113 6.4", SIZE, {
            [head(1, END_HEADERS, &POST), frame(RST_STREAM, 0, 1, [0; 3])].concat()
        })
        .may_see_part(),
        row("a long RST_STREAM", "9113 6.4", SIZE, {
            [head(1, END_HEADERS, &POST), frame(RST_STREAM, 0, 1, [0; 5])].concat()
        })
        .may_see_part(),
        row("SETTINGS of five bytes", "9113 6.5", SIZE, frame(SETTINGS, 0, 0, [0; 5])),
        row(
            "SETTINGS acknowledged with content",
            "9113 6.5",
            SIZE,
            frame(SETTINGS, ACK, 0, [0; 6]),
        ),
        row("a short PING", "9113 6.7", SIZE, frame(PING, 0, 0, [0; 7])),
        row("a long PING", "9113 6.7", SIZE, frame(PING, 0, 0, [0; 9])),
        row("a short GOAWAY", "9113 6.8", SIZE, frame(GOAWAY, 0, 0, [0; 7])),
        row("a short WINDOW_UPDATE", "9113 6.9", SIZE, frame(WINDOW_UPDATE, 0, 0, [0; 3])),
        row("a long WINDOW_UPDATE", "9113 6.9", SIZE, frame(WINDOW_UPDATE, 0, 0, [0; 5])),
        row("HEADERS too short for their priority", "9113 6.2", SIZE, {
            frame(HEADERS, WHOLE | WITH_PRIORITY, 1, [0; 4])
        }),
    ]
}

fn settings() -> Vec<Case> {
    let set = |name: &str, outcome: Outcome, id: u16, value: u32| {
        let payload = [&id.to_be_bytes()[..], &value.to_be_bytes()].concat();
        let bytes = [frame(SETTINGS, 0, 0, payload), get(1)].concat();
        let row = row(name, "9113 6.5.2", outcome.clone(), bytes);
        match outcome {
            Outcome::Status(..) => row.seen(&["GET /x a"]),
            _ => row,
        }
    };
    vec![
        set("ENABLE_PUSH of 2", WRONG, 2, 2),
        set("INITIAL_WINDOW_SIZE of 2^31", FLOW, 4, 0x8000_0000),
        set("MAX_FRAME_SIZE of 16,383", WRONG, 5, 16_383),
        set("MAX_FRAME_SIZE of 2^24", WRONG, 5, 0x0100_0000),
        set("ENABLE_CONNECT_PROTOCOL of 2", WRONG, 8, 2),
        set("HEADER_TABLE_SIZE of 2^32 - 1", SERVED, 1, u32::MAX),
        set("HEADER_TABLE_SIZE of 0", SERVED, 1, 0),
        set("MAX_CONCURRENT_STREAMS of 0", SERVED, 3, 0),
        set("one that nobody knows", SERVED, 0x7777, 7),
    ]
}

fn windows() -> Vec<Case> {
    let update = |stream: u32, by: u32| frame(WINDOW_UPDATE, 0, stream, by.to_be_bytes());
    const MOST: u32 = 0x7fff_ffff;
    vec![
        row("a window opened by nothing", "9113 6.9", WRONG, update(0, 0)),
        row(
            "a stream's window opened by nothing",
            "9113 6.9",
            Outcome::ResetOrGoAway(1, &[PROTOCOL_ERROR]),
            [head(1, END_HEADERS, &POST), update(1, 0)].concat(),
        )
        .may_see_part(),
        row("a window beyond 2^31", "9113 6.9.1", FLOW, update(0, MOST)),
        row(
            "a stream's window beyond 2^31",
            "9113 6.9.1",
            Outcome::ResetOrGoAway(1, &[FLOW_CONTROL_ERROR]),
            [head(1, END_HEADERS, &POST), update(1, MOST)].concat(),
        )
        .may_see_part(),
        row("windows beyond 2^31 by a setting", "9113 6.9.2", FLOW, {
            let setting = [&4_u16.to_be_bytes()[..], &MOST.to_be_bytes()].concat();
            [head(1, END_HEADERS, &POST), update(1, 1_000), frame(SETTINGS, 0, 0, setting)].concat()
        })
        .may_see_part(),
    ]
}

fn states() -> Vec<Case> {
    const CLOSED: &[u32] = &[STREAM_CLOSED, PROTOCOL_ERROR];
    vec![
        row("HEADERS on a lower stream", "9113 5.1.1", Outcome::GoAway(CLOSED), get(5))
            .then(get(3))
            .seen(&["GET /x a"]),
        row("DATA after the end", "9113 5.1", Outcome::ResetOrGoAway(1, CLOSED), {
            [head(1, END_HEADERS, &POST), frame(DATA, END_STREAM, 1, ""), frame(DATA, 0, 1, "x")]
                .concat()
        })
        .may_see_part(),
        row("HEADERS after the end", "9113 5.1", Outcome::ResetOrGoAway(1, CLOSED), {
            [get(1), get(1)].concat()
        })
        .may_see_part(),
        row("DATA after a reset", "9113 5.1", Outcome::Status(3, 200), {
            let reset = frame(RST_STREAM, 0, 1, 8_u32.to_be_bytes());
            [head(1, END_HEADERS, &POST), reset, get(3)].concat()
        })
        .seen(&["GET /x a"])
        .may_see_part(),
        row("the 101st stream at once", "9113 5.1.2", Outcome::Full(201, &[REFUSED_STREAM]), {
            (0..101).flat_map(|at| head(at * 2 + 1, END_HEADERS, &POST)).collect()
        })
        .may_see_part(),
    ]
}

fn padding() -> Vec<Case> {
    let post = |data: Vec<u8>| [head(1, END_HEADERS, &POST), data].concat();
    vec![
        row(
            "DATA with more padding than payload",
            "9113 6.1",
            WRONG,
            post(frame(DATA, PADDED, 1, [9, 1, 2, 3])),
        )
        .may_see_part(),
        row("DATA padded but empty", "9113 6.1", WRONG, post(frame(DATA, PADDED, 1, [])))
            .may_see_part(),
        row(
            "HEADERS with more padding than payload",
            "9113 6.2",
            WRONG,
            frame(HEADERS, WHOLE | PADDED, 1, [200, 0x82, 0x84]),
        ),
        row("padding is no content", "9113 6.1", SERVED, {
            let data = [&[3][..], b"hello", &[0; 3]].concat();
            post(frame(DATA, PADDED | END_STREAM, 1, data))
        })
        .seen(&["POST /x a hello"]),
    ]
}

fn tolerated() -> Vec<Case> {
    let then_get = |name: &str, rfc: &'static str, bytes: Vec<u8>| {
        row(name, rfc, SERVED, [bytes, get(1)].concat()).seen(&["GET /x a"])
    };
    vec![
        then_get("one of an unknown type", "9113 5.5", frame(0x77, 0xff, 0, "anything")),
        then_get("one of an unknown type on a stream", "9113 5.5", frame(0xbe, 0, 7, "anything")),
        then_get("flags that mean nothing", "9113 4.1", frame(PING, 0xfe, 0, [7; 8])),
        then_get("a reserved bit", "9113 4.1", frame(PING, 0, 0x8000_0000, [7; 8])),
        then_get("PRIORITY of an idle stream", "9113 6.3", frame(PRIORITY, 0, 5, [0, 0, 0, 3, 9])),
        then_get("an acknowledgement of nothing", "9113 6.7", frame(PING, ACK, 0, [9; 8])),
        row(
            "a stream that depends on itself",
            "7540 5.3.1",
            Outcome::ResetOrGoAway(1, &[PROTOCOL_ERROR]),
            {
                let payload = [&[0, 0, 0, 1, 9][..], &block(&GET)].concat();
                frame(HEADERS, WHOLE | WITH_PRIORITY, 1, payload)
            },
        ),
        row("a priority", "9113 6.2", SERVED, {
            let payload = [&[0, 0, 0, 0, 9][..], &block(&GET)].concat();
            frame(HEADERS, WHOLE | WITH_PRIORITY, 1, payload)
        })
        .seen(&["GET /x a"]),
    ]
}
