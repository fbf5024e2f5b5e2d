//! The chunked decoder: what it takes, what it refuses, and the same under any split.

use proptest::prelude::*;

use crate::http1::body::{BodyReader, BodyWriter};
use crate::http1::chunked::{BodyFault, ChunkDecoder};
use crate::http1::framing::BodyLength;

/// Feeds `input` in pieces that end at `cuts`; data, bytes consumed, whether it ended.
fn decode(input: &[u8], cuts: &[usize]) -> Result<(Vec<u8>, usize, bool), BodyFault> {
    let mut decoder = ChunkDecoder::default();
    let (mut data, mut consumed, mut at) = (Vec::new(), 0, 0);
    for end in cuts.iter().copied().chain([input.len()]) {
        let end = end.clamp(at, input.len());
        let mut piece = input[at..end].to_vec();
        let decoded = decoder.decode(&mut piece)?;
        data.extend_from_slice(&piece[decoded.start..decoded.start + decoded.length]);
        consumed += decoded.consumed;
        if decoded.ended {
            return Ok((data, consumed, true));
        }
        at = end;
    }
    Ok((data, consumed, false))
}

#[test]
fn bodies_end_exactly_where_they_say() {
    for (input, data, rest) in [
        ("0\r\n\r\n", "", ""),
        ("3\r\nabc\r\n0\r\n\r\nGET /", "abc", "GET /"),
        ("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", ""),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", ""),
        ("0000000000000003\r\nabc\r\n0\r\n\r\n", "abc", ""),
        ("3;a=b\r\nabc\r\n0;x\r\n\r\n", "abc", ""),
        ("3\r\nabc\r\n0\r\nX: y\r\n\r\nrest", "abc", "rest"),
    ] {
        let (decoded, consumed, ended) = decode(input.as_bytes(), &[]).expect(input);
        assert_eq!((decoded.as_slice(), &input[consumed..], ended), (data.as_bytes(), rest, true));
    }
}

#[test]
fn broken_framing_is_never_taken_for_a_body() {
    for input in [
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "+1\r\na\r\n",
        " 1\r\na\r\n",
        "0x1\r\na\r\n",
        "1 \r\na\r\n",
        "00000000000000001\r\na\r\n",
        "10000000000000000\r\na",
        "1\na\r\n",
        "1\ra\r\n",
        "1\r\nab\r\n",
        "1\r\na\n",
        "1\r\na\r\r\n",
        "1\r\na0\r\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\nX: y\n\r\n",
        "0\r\n\n",
        "0\r\n\rX",
        "1;a\nb\r\na\r\n",
        "1;a\rb\r\na\r\n",
        "1;a\x00\r\na\r\n",
        ";a\r\n",
        "1g\r\na\r\n",
        "0\r\nX y: z\r\n\r\n",
        "0\r\n X: y\r\n\r\n",
        "0\r\nX: a\x00\r\n\r\n",
        "1,1\r\na\r\n",
        "1_\r\na\r\n",
        "\t1\r\na\r\n",
    ] {
        let cuts: Vec<usize> = (0..input.len()).collect();
        assert!(decode(input.as_bytes(), &[]).is_err(), "{input:?}");
        assert!(decode(input.as_bytes(), &cuts).is_err(), "{input:?} byte by byte");
    }
}

#[test]
fn what_a_peer_could_make_grow_is_bounded() {
    let extension = format!("1;{}", "a".repeat(5_000));
    assert_eq!(decode(extension.as_bytes(), &[]), Err(BodyFault::ExtensionsTooLong));
    let many = "1;aaaaaaaaa\r\na\r\n".repeat(500);
    assert_eq!(decode(many.as_bytes(), &[]), Err(BodyFault::ExtensionsTooLong));
    let trailers = format!("0\r\n{}", "X: y\r\n".repeat(2_000));
    assert_eq!(decode(trailers.as_bytes(), &[]), Err(BodyFault::TrailersTooLong));
}

#[test]
fn trailers_are_passed_on_but_for_those_that_frame_or_route() {
    let mut decoder = ChunkDecoder::default();
    let mut input =
        b"0\r\nX-Sum: 1\r\nHost: b\r\nContent-Length: 3\r\nAuthorization: x\r\n\r\n".to_vec();
    assert!(decoder.decode(&mut input).expect("a body").ended);
    let mut out = Vec::new();
    decoder.write_trailers(&mut out);
    assert_eq!(out, b"X-Sum: 1\r\n");
}

/// A body as the reader and writer pass it on, piece by piece.
fn pass_on(input: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut reader = BodyReader::from(BodyLength::Chunked);
    let (mut out, mut at) = (Vec::new(), 0);
    for end in cuts.iter().copied().chain([input.len()]) {
        let end = end.clamp(at, input.len());
        let mut piece = input[at..end].to_vec();
        let progress = reader.read(&mut piece).expect("a valid body");
        BodyWriter::Chunked.write_prefix(progress.data.len(), &mut out);
        out.extend_from_slice(&piece[progress.data.clone()]);
        let ended = progress.ended.then_some(&reader);
        BodyWriter::Chunked.write_suffix(progress.data.len(), ended, &mut out);
        at = end;
        if progress.ended {
            break;
        }
    }
    out
}

fn encode(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut input = Vec::new();
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        input.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
        input.extend_from_slice(chunk);
        input.extend_from_slice(b"\r\n");
    }
    input.extend_from_slice(b"0\r\n\r\n");
    input
}

proptest! {
    #[test]
    fn any_split_gives_the_same_data(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8),
        cuts in prop::collection::vec(0_usize..400, 0..12),
    ) {
        let mut cuts = cuts;
        cuts.sort_unstable();
        let input = encode(&chunks);
        let expected = chunks.concat();
        prop_assert_eq!(decode(&input, &cuts), Ok((expected.clone(), input.len(), true)));
        let again = pass_on(&input, &cuts);
        prop_assert_eq!(decode(&again, &[]), Ok((expected, again.len(), true)));
    }

    #[test]
    fn hostile_bytes_give_the_same_verdict_under_any_split(
        input in prop::collection::vec(
            prop::sample::select(b"0123aF;\r\n\r\n x:\x00".to_vec()), 0..40),
        cuts in prop::collection::vec(0_usize..40, 0..6),
    ) {
        let mut cuts = cuts;
        cuts.sort_unstable();
        let whole = decode(&input, &[]);
        let split = decode(&input, &cuts);
        prop_assert_eq!(whole, split);
    }
}
