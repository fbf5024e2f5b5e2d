//! Valid requests, changed a little at random: whatever the origin sees must be what a strict
//! reader finds in the client's bytes, in order, and no request more.

use std::time::Duration;

use elbow_model::listener::Protocol;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseError, TestError, TestRunner};

use super::client::{Client, Ended};
use super::origin::{Origin, Seen};
use super::runner::{Over, faults};
use super::wire::{Parse, Request, Rigour, read_request};
use crate::support::Stage;

/// Streams played in one run; `FRAMING_STREAMS` asks for more, `FRAMING_SEED` for others.
const STREAMS: u32 = 1_000;
const SEED: u64 = 20_251_122;
const PATIENCE: Duration = Duration::from_secs(3);

/// Requests that are valid as they stand.
const SOUND: [&str; 12] = [
    "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD /b?c=d HTTP/1.1\r\nHost: b:80\r\nAccept: */*\r\n\r\n",
    "POST /c HTTP/1.1\r\nHost: c\r\nContent-Length: 5\r\n\r\nhello",
    "POST /d HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "PUT /e HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\na;b=c\r\n0123456789\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n",
    "POST /f HTTP/1.1\r\nHost: f\r\nContent-Length: 35\r\n\r\nGET /in HTTP/1.1\r\nHost: in\r\n\r\n12345",
    "OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n",
    "GET http://h/h HTTP/1.1\r\nHost: other\r\n\r\n",
    "DELETE /i HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: x-i\r\nX-I: j\r\n\r\n",
    "GET /j HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "POST /k HTTP/1.1\r\nHost: k\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
    "GET /l HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n",
];

/// What readers of HTTP disagree about.
const ODD: [&str; 48] = [
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\n\n",
    "\r\r\n",
    "\0",
    " ",
    "\t",
    "\x0b",
    "\x0c",
    "\x7f",
    "\u{e9}",
    ":",
    ";",
    ",",
    "/",
    "#",
    "@",
    "0",
    "1",
    "5",
    "f",
    "+",
    "-",
    "0x",
    "\"",
    "%00",
    "%0d%0a",
    "..",
    "*",
    "chunked",
    ", chunked",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "content-length : 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Host: evil\r\n",
    "Connection: host, content-length\r\n",
    " folded\r\n",
    "HTTP/1.0",
    "HTTP/2.0",
    "Upgrade: h2c\r\nConnection: upgrade\r\n",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    "GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n",
];

/// One change of a stream of bytes.
#[derive(Clone, Debug)]
enum Change {
    Insert(Index, &'static str),
    Replace(Index, &'static str),
    Delete(Index, usize),
    Repeat(Index, usize),
    Flip(Index, u8),
    Cut(Index),
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let range = |at: &Index, length: usize| {
            let start = at.index(bytes.len());
            start..(start + length).min(bytes.len())
        };
        match self {
            Self::Insert(at, odd) => drop(bytes.splice(range(at, 0), odd.bytes())),
            Self::Replace(at, odd) => drop(bytes.splice(range(at, odd.len()), odd.bytes())),
            Self::Delete(at, length) => drop(bytes.drain(range(at, *length))),
            Self::Repeat(at, length) => {
                let range = range(at, *length);
                let copy = bytes[range.clone()].to_vec();
                drop(bytes.splice(range.start..range.start, copy));
            }
            Self::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (any::<Index>(), select(ODD.to_vec())).prop_map(|(at, odd)| Change::Insert(at, odd)),
        3 => (any::<Index>(), select(ODD.to_vec())).prop_map(|(at, odd)| Change::Replace(at, odd)),
        3 => (any::<Index>(), 1..20_usize).prop_map(|(at, length)| Change::Delete(at, length)),
        2 => (any::<Index>(), 1..60_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        2 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

/// Bytes of a client: some requests, with some changes, in two writes.
fn streams() -> impl Strategy<Value = (Vec<u8>, Index)> {
    let stream = (vec(select(SOUND.to_vec()), 1..4), vec(changes(), 0..4)).prop_map(
        |(requests, changes)| {
            let mut bytes = requests.concat().into_bytes();
            changes.iter().for_each(|change| change.make(&mut bytes));
            bytes
        },
    );
    (stream, any::<Index>())
}

/// Plays mutated streams through one worker; the error says the seed and the shortest stream.
pub(crate) fn run() -> Result<(), String> {
    let seed = number("FRAMING_SEED").unwrap_or(SEED);
    let streams_wanted = number("FRAMING_STREAMS").and_then(|count| u32::try_from(count).ok());
    let origin = Origin::start(&[]);
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let mut runner = TestRunner::new(Config {
        cases: streams_wanted.unwrap_or(STREAMS),
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_time: 10_000,
        ..Config::default()
    });
    let result = runner.run(&streams(), |(bytes, cut)| {
        play(&stage, &origin, &bytes, &cut).map_err(TestCaseError::fail)
    });
    drop(stage);
    let (late, connections) = origin.finish();
    let result = result.map_err(|error| match error {
        TestError::Fail(why, (bytes, _)) => format!("{why}\n{}", bytes.escape_ascii()),
        TestError::Abort(why) => why.to_string(),
    });
    let leftovers = connections.iter().filter_map(|connection| {
        let trouble = connection.trouble.as_ref()?;
        Some(format!("origin: {trouble} in {}", connection.received.escape_ascii()))
    });
    let late = late.iter().map(|seen| format!("seen late: {}", seen.request.summary()));
    let wrong: Vec<String> = result.err().into_iter().chain(late).chain(leftovers).collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("FRAMING_SEED={seed}\n{}", wrong.join("\n"))),
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn play(stage: &Stage, origin: &Origin, bytes: &[u8], cut: &Index) -> Result<(), String> {
    let mut client = Client::connect(stage.address, PATIENCE);
    let (first, second) = bytes.split_at(cut.index(bytes.len() + 1));
    client.send(first);
    client.send(second);
    client.end();
    let (ended, _) = client.rest();
    let seen = origin.take_seen();
    let meant = requests_in(bytes);
    let problem = [
        (ended == Ended::Never).then(|| "the connection is left open".to_owned()),
        not_meant(&seen, &meant),
        seen.iter().flat_map(|seen| faults(&seen.request, &Over::Clear)).next(),
        wrong_answers(&client.received, &seen),
        fresh_client_is_served(stage, origin),
    ];
    match problem.into_iter().flatten().next() {
        None => Ok(()),
        Some(problem) => Err(format!(
            "{problem}\nseen: {:?}\nmeant: {:?}\nreceived: {}",
            seen.iter().map(|seen| seen.request.summary()).collect::<Vec<_>>(),
            meant.iter().map(Request::summary).collect::<Vec<_>>(),
            client.received.escape_ascii()
        )),
    }
}

/// The requests that a strict reader finds, as they should look at the origin.
fn requests_in(bytes: &[u8]) -> Vec<Request> {
    let mut rest = bytes;
    let mut requests = Vec::new();
    loop {
        while let Some(behind) = rest.strip_prefix(b"\r\n") {
            rest = behind;
        }
        match read_request(rest, Rigour::Standard) {
            Parse::Whole(request, taken) => {
                rest = &rest[taken..];
                requests.push(request);
            }
            Parse::Partial | Parse::Bad(_) => return requests,
        }
    }
}

fn not_meant(seen: &[Seen], meant: &[Request]) -> Option<String> {
    if seen.len() > meant.len() {
        return Some("the origin saw more requests than the client sent".into());
    }
    let same = |(seen, meant): (&Seen, &Request)| {
        let seen = &seen.request;
        (&seen.method, &seen.target, &seen.host, &seen.body)
            == (&meant.method, &meant.target, &meant.host, &meant.body)
    };
    (!seen.iter().zip(meant).all(same)).then(|| "the origin saw another request".into())
}

/// Every 200 must carry the target of the request that it answers.
fn wrong_answers(received: &[u8], seen: &[Seen]) -> Option<String> {
    let mut rest = received;
    for seen in seen {
        let request = &seen.request;
        match super::wire::read_response(rest, &request.method, true) {
            Parse::Whole(response, taken) => {
                let is_mine = response.status == 200
                    && (request.method == "HEAD" || response.body == request.target.as_bytes());
                if !is_mine {
                    return Some(format!("{} got another's answer", request.summary()));
                }
                rest = &rest[taken..];
            }
            // The client ended before it was its turn.
            Parse::Partial if rest.is_empty() => return None,
            other => return Some(format!("{}: {other:?}", request.summary())),
        }
    }
    None
}

fn fresh_client_is_served(stage: &Stage, origin: &Origin) -> Option<String> {
    let mut fresh = Client::connect(stage.address, PATIENCE);
    let problem = super::runner::own_request(&mut fresh, "fresh");
    drop(origin.take_seen());
    problem
}
