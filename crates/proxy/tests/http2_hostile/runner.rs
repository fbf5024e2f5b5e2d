//! Plays one case on real sockets and judges it from both ends: what the origin saw, what the client
//! got, and whether others are still served. It must decide nothing by the clock.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use elbow_model::listener::Protocol;

use super::case::{Case, Field, Outcome};
use super::frames::{Collected, PREFACE, RawClient, SETTINGS, WHOLE, block, frame};
use crate::framing::origin::{Connection, OWN, Origin, Seen};
use crate::framing::wire::{Parse, Rigour, read_request, values};
use crate::support::Stage;
use crate::support::client::Client;

/// Cases under way at once: most of their time is waiting for threads.
const AT_ONCE: usize = 8;
/// How long a client waits for what must come at once.
const PATIENCE: Duration = Duration::from_secs(8);
/// The stream on which a connection that must go on is tried; above all others.
const PROBE: u32 = 0x00ff_ffff;

/// Plays every case and gives a page for each that failed.
pub(crate) fn run_all(cases: &[Case]) -> Vec<String> {
    let only = std::env::var("FRAMING_ONLY").unwrap_or_default();
    let chosen: Vec<&Case> = cases.iter().filter(|case| case.name.contains(&only)).collect();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = chosen.get(next.fetch_add(1, Ordering::SeqCst)) {
                    failures.lock().unwrap().extend(play(case));
                }
            });
        }
    });
    failures.into_inner().unwrap()
}

fn play(case: &Case) -> Option<String> {
    let origin = Origin::start(&case.scripts);
    let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
        entry.listeners[0].http2 = true;
    });
    let mut bystander = RawClient::connect(stage.address);
    bystander.send(&[PREFACE, &frame(SETTINGS, 0, 0, [])].concat());
    let mut wrong = own_request(&mut bystander, 1, "before").into_iter().collect::<Vec<_>>();
    let mut client = RawClient::connect(stage.address);
    for (index, bytes) in case.sends.iter().enumerate() {
        if index > 0 {
            // Once another was served, the worker has read what came before.
            let stream = u32::try_from(index).unwrap() * 2 + 1;
            wrong.extend(own_request(&mut bystander, stream, "ping"));
        }
        client.send(bytes);
    }
    wrong.extend(judge_outcome(case, &mut client));
    wrong.extend(own_request(&mut bystander, 1_001, "bystander"));
    wrong.extend(fresh_clients_served(&stage));
    wrong.extend(client.collected.trouble.take());
    drop((stage, bystander));
    let (seen, connections) = origin.finish();
    wrong.extend(judge_seen(case, &seen, &connections));
    (!wrong.is_empty()).then(|| page(case, &wrong, &client.collected, &connections))
}

fn judge_outcome(case: &Case, client: &mut RawClient) -> Option<String> {
    let is_one = |code: Option<u32>, codes: &[u32]| code.is_some_and(|code| codes.contains(&code));
    let reset = |got: &Collected, stream: u32| got.streams.get(&stream).and_then(|got| got.reset);
    match &case.outcome {
        Outcome::Status(stream, status) => {
            let is_met = client.read_until(PATIENCE, |got| {
                let got = got.streams.get(stream);
                got.is_some_and(|got| got.status == Some(*status) && got.has_ended)
            });
            if is_met { own_request(client, PROBE, "probe") } else { Some("no answer".into()) }
        }
        Outcome::Reset(stream, codes) => {
            match client.read_until(PATIENCE, |got| is_one(reset(got, *stream), codes)) {
                true => own_request(client, PROBE, "probe"),
                false => Some("no reset".into()),
            }
        }
        Outcome::Full(stream, codes) => {
            let is_met = client.read_until(PATIENCE, |got| is_one(reset(got, *stream), codes));
            let goes_on = is_met && client.collected.goaway.is_none();
            (!goes_on).then(|| "no reset of that stream alone".into())
        }
        Outcome::GoAway(codes) => {
            let is_met = client.read_until(PATIENCE, |got| is_one(got.goaway, codes))
                && client.read_until(PATIENCE, |got| got.is_closed);
            (!is_met).then(|| "the connection did not end as it should".into())
        }
        Outcome::ResetOrGoAway(stream, codes) => {
            let is_met = client.read_until(PATIENCE, |got| {
                is_one(reset(got, *stream), codes) || is_one(got.goaway, codes)
            });
            match (is_met, client.collected.goaway) {
                (false, _) => Some("neither a reset nor the end".into()),
                (true, None) => own_request(client, PROBE, "probe"),
                (true, Some(_)) => {
                    let is_closed = client.read_until(PATIENCE, |got| got.is_closed);
                    (!is_closed).then(|| "the connection did not end".into())
                }
            }
        }
        Outcome::Closed => {
            let is_closed = client.read_until(PATIENCE, |got| got.is_closed);
            (!is_closed).then(|| "the connection did not end".into())
        }
        Outcome::Text(start) => {
            client.read_until(PATIENCE, |got| got.is_closed);
            let is_met = client.collected.text.starts_with(start.as_bytes());
            (!is_met).then(|| format!("{start} expected"))
        }
    }
}

/// Sends a request of the runner's own and says what is wrong with its answer.
fn own_request(client: &mut RawClient, stream: u32, name: &str) -> Option<String> {
    let target = format!("{OWN}{name}");
    let fields: [Field<'_>; 4] = [
        (b":method", b"GET"),
        (b":scheme", b"http"),
        (b":authority", b"own"),
        (b":path", target.as_bytes()),
    ];
    client.send(&frame(super::frames::HEADERS, WHOLE, stream, block(&fields)));
    client.read_until(PATIENCE, |got| got.streams.get(&stream).is_some_and(|got| got.has_ended));
    let got = client.collected.streams.get(&stream);
    let is_good = got.is_some_and(|got| got.status == Some(200) && got.body == target.as_bytes());
    (!is_good).then(|| format!("{name}: its own 200 expected, {got:?}"))
}

fn fresh_clients_served(stage: &Stage) -> Vec<String> {
    let mut fresh = RawClient::connect(stage.address);
    fresh.send(&[PREFACE, &frame(SETTINGS, 0, 0, [])].concat());
    let mut wrong: Vec<String> = own_request(&mut fresh, 1, "fresh").into_iter().collect();
    let answer = Client::connect(stage.address).get(&format!("{OWN}plain"));
    if answer.status != 200 {
        wrong.push(format!("a fresh HTTP/1 client got {}", answer.status));
    }
    wrong
}

fn judge_seen(case: &Case, seen: &[Seen], connections: &[Connection]) -> Vec<String> {
    let theirs: Vec<&Seen> =
        seen.iter().filter(|seen| !seen.request.target.starts_with(OWN)).collect();
    let summaries: Vec<String> = theirs.iter().map(|seen| seen.request.summary()).collect();
    let mut wrong = Vec::new();
    if summaries != case.seen {
        wrong.push(format!("the origin must see {:?}, but saw {summaries:?}", case.seen));
    }
    for seen in &theirs {
        let fields = &seen.request.fields;
        let unwelcome = case.seen_without.iter().filter(|name| !values(fields, name).is_empty());
        wrong.extend(unwelcome.map(|name| format!("there must be no {name}")));
        let single = ["Host", "X-Request-Id", "Via", "X-Forwarded-For", "X-Forwarded-Proto"];
        let others = single.iter().filter(|name| values(fields, name).len() != 1);
        wrong.extend(others.map(|name| format!("no single {name}")));
    }
    for (number, connection) in connections.iter().enumerate() {
        wrong.extend(connection.trouble.iter().map(|why| format!("origin {number}: {why}")));
        let is_good = connection.rest.is_empty()
            || (case.may_see_part
                && matches!(read_request(&connection.rest, Rigour::Canonical), Parse::Partial));
        if !is_good {
            wrong.push(format!("origin {number} saw more than whole requests"));
        }
    }
    wrong
}

fn page(case: &Case, wrong: &[String], got: &Collected, connections: &[Connection]) -> String {
    let mut page = format!("--- {} ({})\n", case.name, case.rfc);
    for wrong in wrong {
        page += &format!("    wrong: {wrong}\n");
    }
    page += &format!("    expected {:?}\n    got {got:?}\n", case.outcome);
    for (number, connection) in connections.iter().enumerate() {
        let received = &connection.received[..connection.received.len().min(600)];
        page += &format!("    origin {number} received {}\n", received.escape_ascii());
    }
    page
}
