//! Header blocks: cut, mixed with others, larger than they look, not to be decoded.

use crate::http2_hostile::case::{
    COMPRESSION_ERROR, Case, ENHANCE_YOUR_CALM, Field, GET, Outcome, PROTOCOL_ERROR, case, get,
    head, in_frames,
};
use crate::http2_hostile::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS,
    WHOLE, WINDOW_UPDATE, block, frame,
};

const BROKEN: Outcome = Outcome::GoAway(&[PROTOCOL_ERROR]);
const UNREADABLE: Outcome = Outcome::GoAway(&[COMPRESSION_ERROR, PROTOCOL_ERROR]);
const CALM: Outcome = Outcome::GoAway(&[ENHANCE_YOUR_CALM]);

pub(crate) fn cases() -> Vec<Case> {
    [between(), codes(), large()].concat()
}

fn row(name: &str, rfc: &'static str, outcome: Outcome, bytes: Vec<u8>) -> Case {
    case(&format!("block: {name}"), rfc, outcome, bytes)
}

fn between() -> Vec<Case> {
    let block = block(&GET);
    let (start, rest) = block.split_at(10);
    let cut = |other: Vec<u8>| {
        let begin = frame(HEADERS, END_STREAM, 1, start);
        [begin, other, frame(CONTINUATION, END_HEADERS, 1, rest)].concat()
    };
    let window = 1_u32.to_be_bytes();
    let others = [
        ("DATA", frame(DATA, 0, 1, "x")),
        ("HEADERS", head(3, WHOLE, &GET)),
        ("HEADERS of its stream", head(1, WHOLE, &GET)),
        ("PRIORITY", frame(PRIORITY, 0, 1, [0; 5])),
        ("RST_STREAM", frame(RST_STREAM, 0, 1, [0; 4])),
        ("SETTINGS", frame(SETTINGS, 0, 0, [])),
        ("PING", frame(PING, 0, 0, [0; 8])),
        ("WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 0, window)),
        ("an unknown frame", frame(0x77, 0, 0, "x")),
        ("CONTINUATION of another stream", frame(CONTINUATION, 0, 3, "")),
        ("CONTINUATION of no stream", frame(CONTINUATION, 0, 0, "")),
    ];
    let mut cases: Vec<Case> = others
        .into_iter()
        .map(|(name, other)| row(&format!("{name} in between"), "9113 6.10", BROKEN, cut(other)))
        .collect();
    cases.push(
        row("CONTINUATION", "9113 6.10", Outcome::Status(1, 200), cut(Vec::new()))
            .seen(&["GET /x a"]),
    );
    cases.push(
        row(
            "CONTINUATION behind its end",
            "9113 6.10",
            BROKEN,
            [
                head(1, END_HEADERS, &crate::http2_hostile::case::POST),
                frame(CONTINUATION, END_HEADERS, 1, ""),
            ]
            .concat(),
        )
        .may_see_part(),
    );
    cases.push(
        row("four empty CONTINUATION", "9113 6.10", Outcome::Status(1, 200), {
            let empty: Vec<u8> = (0..4).flat_map(|_| frame(CONTINUATION, 0, 1, "")).collect();
            cut(empty)
        })
        .seen(&["GET /x a"]),
    );
    cases
}

fn codes() -> Vec<Case> {
    let coded = |name: &str, rfc: &'static str, block: &[u8]| {
        row(name, rfc, UNREADABLE, frame(HEADERS, WHOLE, 1, block))
    };
    let behind = |bytes: &[u8]| [&block(&GET)[..], bytes].concat();
    vec![
        coded("an index of nothing", "7541 6.1", &behind(&[0x80])),
        coded("an index beyond the table", "7541 2.3.3", &behind(&[0xbe])),
        coded("an index far beyond the table", "7541 2.3.3", &behind(&[0xff, 0xff, 0x01])),
        coded("a name's index beyond the table", "7541 2.3.3", &behind(&[0x7e, 1, b'x'])),
        coded("an integer without an end", "7541 5.1", &behind(&[0xff; 12])),
        coded("a cut literal", "7541 5.2", &behind(&[0x00, 5, b'x'])),
        coded("a literal without a value", "7541 6.2", &behind(&[0x00, 1, b'x'])),
        coded("a literal longer than the block", "7541 5.2", &behind(&[0x00, 0x7f, 0xff, 0x7f])),
        coded("Huffman code with its end symbol", "7541 5.2", &{
            behind(&[0x00, 1, b'x', 0x84, 0xff, 0xff, 0xff, 0xff])
        }),
        coded("Huffman code padded with zeros", "7541 5.2", &behind(&[0x00, 1, b'x', 0x81, 0x00])),
        coded("a table larger than allowed", "7541 6.3", &{
            [&[0x3f, 0xe2, 0xff, 0x7f][..], &block(&GET)].concat()
        }),
        coded("another table size within the block", "7541 4.2", &behind(&[0x20])),
    ]
}

fn large() -> Vec<Case> {
    let many = |count: usize, value: &[u8]| {
        let fields: Vec<Field<'_>> =
            GET.into_iter().chain((0..count).map(|_| (b"x".as_slice(), value))).collect();
        block(&fields)
    };
    let bomb = {
        // One field of 4,000 bytes put into the table, then named again and again.
        let mut block = block(&GET);
        block.extend_from_slice(&[0x40, 1, b'x', 0x7f, 0xa1, 0x1e]);
        block.extend_from_slice(&[b'y'; 4_000]);
        block.extend_from_slice(&[0xbe; 12_000]);
        block
    };
    let flood = |payload: &'static str| {
        let begin = frame(HEADERS, END_STREAM, 1, &block(&GET)[..5]);
        let more = (0..64).flat_map(|_| frame(CONTINUATION, 0, 1, payload));
        begin.into_iter().chain(more).collect::<Vec<u8>>()
    };
    vec![
        row("a list of more than 64 KiB", "9113 10.5.1", Outcome::Status(1, 431), {
            in_frames(1, &many(2_100, b"y"))
        }),
        row(
            "a block of more than 64 KiB",
            "9113 10.5.1",
            CALM,
            in_frames(1, &many(90, &[b'y'; 1_020])),
        ),
        row(
            "more than 100 fields",
            "9110 5.4",
            Outcome::Status(1, 431),
            in_frames(1, &many(120, b"y")),
        ),
        row(
            "one field of 70,000 bytes",
            "9113 10.5.1",
            CALM,
            in_frames(1, &many(1, &[b'y'; 70_000])),
        ),
        row("a bomb of references", "7541 7", CALM, in_frames(1, &bomb)),
        row("a flood of empty CONTINUATION", "9113 10.5.1", CALM, flood("")),
        row("a flood of small CONTINUATION", "9113 10.5.1", CALM, flood("\u{0}\u{1}x\u{1}y")),
        row(
            "a flood on an end of a connection",
            "9113 10.5.1",
            CALM,
            [get(1), {
                let begin = frame(HEADERS, END_STREAM, 3, "");
                let more = (0..64).flat_map(|_| frame(CONTINUATION, 0, 3, ""));
                begin.into_iter().chain(more).collect()
            }]
            .concat(),
        )
        .may_see_part(),
    ]
}
