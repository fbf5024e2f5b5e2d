//! Hostile connections against the meter, and ordinary ones.

use super::*;
use crate::http2::violation::ErrorCode;

const SECOND: Duration = Duration::from_secs(1);

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn settings() -> Vec<u8> {
    frame(4, 0, 0, &[])
}

fn open() -> Meter {
    let mut meter = Meter::default();
    let beginning = [PREFACE.as_slice(), &settings()].concat();
    assert_eq!(meter.handle_received(&beginning, SECOND), Ok(()));
    meter
}

/// How many times a frame is taken, all at one moment, and what ends it.
fn taken(bytes: &[u8], most: usize) -> (usize, Option<Violation>) {
    let mut meter = open();
    for count in 0..most {
        if let Err(violation) = meter.handle_received(bytes, SECOND) {
            return (count, Some(violation));
        }
    }
    (most, None)
}

#[test]
fn beginnings() {
    let first = |bytes: &[u8]| Meter::default().handle_received(bytes, SECOND);
    assert_eq!(first(b"GET / HTTP/1.1\r\n"), Err(Violation::Preface));
    assert_eq!(first(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rx"), Err(Violation::Preface));
    let ping = [PREFACE.as_slice(), &frame(6, 0, 0, &[0; 8])].concat();
    assert_eq!(first(&ping), Err(Violation::FirstFrame));
    let ack = [PREFACE.as_slice(), &frame(4, 1, 0, &[])].concat();
    assert_eq!(first(&ack), Err(Violation::FirstFrame));
    let whole = [PREFACE.as_slice(), &settings()].concat();
    let mut meter = Meter::default();
    for byte in whole.chunks(1) {
        assert!(!meter.is_introduced());
        assert_eq!(meter.handle_received(byte, SECOND), Ok(()));
    }
    assert!(meter.is_introduced());
}

#[test]
fn floods_end_and_with_them_the_connection() {
    use Violation::{
        EmptyDataFlood, PingFlood, PriorityFlood, ResetFlood, SettingsFlood, UnknownFrameFlood,
        WindowUpdateFlood,
    };
    let window = 1_u32.to_be_bytes();
    let rows: [(&str, Vec<u8>, usize, Violation); 13] = [
        ("settings", settings(), 49, SettingsFlood),
        ("settings, acknowledged", frame(4, 1, 0, &[]), 49, SettingsFlood),
        ("settings, long", frame(4, 0, 0, &[0; 6 * 80]), 4, SettingsFlood),
        ("ping", frame(6, 0, 0, &[0; 8]), 500, PingFlood),
        ("ping, acknowledged", frame(6, 1, 0, &[0; 8]), 500, PingFlood),
        ("priority", frame(2, 0, 1, &[0; 5]), 1_000, PriorityFlood),
        ("window update", frame(8, 0, 0, &window), 4_000, WindowUpdateFlood),
        ("empty data", frame(0, 0, 1, &[]), 200, EmptyDataFlood),
        ("data of padding", frame(0, 8, 1, &[200; 201]), 200, EmptyDataFlood),
        ("reset", frame(3, 0, 1, &[0; 4]), 200, ResetFlood),
        ("unknown", frame(0x77, 0, 0, &[0; 100]), 200, UnknownFrameFlood),
        ("unknown, on a stream", frame(0xfe, 0xff, 9, &[]), 200, UnknownFrameFlood),
        ("goaway", frame(7, 0, 0, &[0; 8]), 200, UnknownFrameFlood),
    ];
    for (name, bytes, count, violation) in rows {
        assert_eq!(taken(&bytes, 10_000), (count, Some(violation)), "{name}");
        assert_eq!(violation.code(), ErrorCode::EnhanceYourCalm, "{name}");
    }
}

#[test]
fn header_blocks_have_limits() {
    let begin = frame(1, 0, 1, &[0x82]);
    let more = frame(9, 0, 1, &[]);
    let end = frame(9, 4, 1, &[]);
    let mut meter = open();
    meter.handle_received(&begin, SECOND).expect("a block");
    for _ in 0..15 {
        meter.handle_received(&more, SECOND * 2).expect("a few frames");
    }
    assert_eq!(meter.block_since(), Some(SECOND));
    assert_eq!(meter.handle_received(&end, SECOND), Ok(()));
    assert_eq!(meter.block_since(), None);

    meter.handle_received(&begin, SECOND).expect("a block");
    let flood: Vec<u8> = (0..17).flat_map(|_| more.clone()).collect();
    assert_eq!(meter.handle_received(&flood, SECOND), Err(Violation::ContinuationFlood));

    let mut meter = open();
    meter.handle_received(&begin, SECOND).expect("a block");
    let large = frame(9, 0, 1, &[0; 16_384]);
    let result = (0..5).try_for_each(|_| meter.handle_received(&large, SECOND));
    assert_eq!(result, Err(Violation::BlockTooLarge));

    for other in [settings(), frame(9, 4, 3, &[]), frame(0, 0, 1, b"x"), frame(0x77, 0, 0, &[])] {
        let mut meter = open();
        meter.handle_received(&begin, SECOND).expect("a block");
        assert_eq!(meter.handle_received(&other, SECOND), Err(Violation::BrokenBlock));
    }
}

#[test]
fn frames_larger_than_we_take_are_refused_by_their_header() {
    let mut meter = open();
    assert_eq!(meter.handle_received(&frame(0, 0, 1, &[0; 16_384]), SECOND), Ok(()));
    let header = [0, 0x40, 1, 0, 0, 0, 0, 0, 1];
    assert_eq!(meter.handle_received(&header, SECOND), Err(Violation::FrameSize));
}

#[test]
fn resets_are_paid_for_by_finished_streams_and_time() {
    let reset = frame(3, 0, 1, &[0; 4]);
    let finished = frame(0, 1, 1, b"done");
    let mut meter = open();
    for _ in 0..10_000 {
        meter.handle_sent(&finished, SECOND).expect("an answer");
        meter.handle_received(&reset, SECOND).expect("as many as were finished");
    }
    let (mut at, mut count) = (SECOND, 0);
    while count < 200 + 100 && meter.handle_received(&reset, at).is_ok() {
        count += 1;
        at += Duration::from_millis(1);
    }
    assert_eq!(count, 200, "199 that were left, and one for 150 ms");
    assert_eq!(meter.handle_received(&reset, at + SECOND * 30), Ok(()));
}

#[test]
fn resets_that_the_peer_makes_us_send_count_as_its_own() {
    let reset = frame(3, 0, 1, &[0; 4]);
    let mut meter = open();
    for _ in 0..100 {
        assert_eq!(meter.handle_sent(&reset, SECOND), Ok(()));
        assert_eq!(meter.handle_received(&reset, SECOND), Ok(()));
    }
    assert_eq!(meter.handle_sent(&reset, SECOND), Err(Violation::ResetFlood));
}

#[test]
fn what_we_send_allows_for_as_many_window_updates() {
    let update = frame(8, 0, 1, &1_u32.to_be_bytes());
    let small = frame(0, 0, 1, b"x");
    let mut meter = open();
    for _ in 0..100_000 {
        meter.handle_sent(&small, SECOND).expect("data");
        meter.handle_received(&update, SECOND).expect("for the stream");
        meter.handle_received(&update, SECOND).expect("for the connection");
    }
}

#[test]
fn an_ordinary_day_is_no_flood() {
    let mut meter = open();
    let mut now = SECOND;
    for _ in 0..3_600 {
        for _ in 0..50 {
            meter.handle_received(&frame(1, 5, 1, &[0; 40]), now).expect("a request");
            meter.handle_sent(&frame(1, 5, 1, &[0; 40]), now).expect("an answer");
            meter.handle_received(&frame(8, 0, 0, &[0; 4]), now).expect("a window");
        }
        meter.handle_received(&frame(6, 0, 0, &[0; 8]), now).expect("a ping");
        meter.handle_received(&frame(3, 0, 1, &[0; 4]), now).expect("a change of mind");
        now += SECOND;
    }
}
