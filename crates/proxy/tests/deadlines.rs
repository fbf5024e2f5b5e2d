//! Deadlines of peers that are slow or gone, over real sockets with values of tens of
//! milliseconds: what each one does, and that a neighbour on the same worker is served meanwhile.

mod support;

use elbow_model::listener::Protocol;
use elbow_proxy::worker::Deadlines;
use std::time::{Duration, Instant};
use support::client::Client;
use support::origin::Origin;
use support::{Stage, Tuning};

/// Short for a test, several ticks of a worker's wheel.
const SHORT: Duration = Duration::from_millis(80);
/// Less than any deadline that is not shortened.
const FAR_LESS_THAN_USUAL: Duration = Duration::from_secs(8);

/// One worker with one deadline changed by `change`.
fn stage(origin: &Origin, change: impl FnOnce(&mut Deadlines)) -> Stage {
    let mut tuning = Tuning::default();
    // A client under test keeps its side open; it is not to be waited for.
    tuning.deadlines.linger = SHORT;
    change(&mut tuning.deadlines);
    Stage::tuned(tuning, Protocol::Http, &[origin.address], |_| {})
}

/// Waits for what `slow` should come to while a neighbour is served.
fn among_neighbours<T>(stage: &Stage, slow: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let mut neighbour = Client::connect(stage.address);
    assert_eq!(neighbour.get("/").body, "a");
    let result = slow();
    assert!(begun.elapsed() < FAR_LESS_THAN_USUAL, "{:?}", begun.elapsed());
    assert_eq!(Client::connect(stage.address).get("/").body, "a");
    result
}

#[test]
fn a_slow_head_gives_408_and_the_end() {
    let origin = Origin::named("a");
    let stage = stage(&origin, |deadlines| deadlines.head = SHORT);
    let mut client = Client::connect(stage.address);
    let begun = Instant::now();
    client.send("GET / HTTP/1.1\r\nHo");
    let response = among_neighbours(&stage, || client.response().expect("an answer"));
    assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
    assert_eq!((response.status, response.field("connection")), (408, Some("close")));
    assert!(client.is_closed());
    stage.wait_connections(0);
}

#[test]
fn a_body_that_stalls_gives_408_and_the_member_back() {
    let origin = Origin::named("a");
    let stage = stage(&origin, |deadlines| deadlines.body_idle = SHORT);
    let mut client = Client::connect(stage.address);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    let response = among_neighbours(&stage, || client.response().expect("an answer"));
    assert_eq!(response.status, 408);
    assert!(client.is_closed());
    stage.wait_in_flight(0, 0);
    stage.wait_connections(0);
}

#[test]
fn a_body_below_the_least_rate_is_refused() {
    let origin = Origin::named("a");
    let stage = stage(&origin, |deadlines| {
        deadlines.body_rate_grace = SHORT;
        deadlines.min_body_rate = 1_000_000;
    });
    let mut client = Client::connect(stage.address);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n");
    // Bytes keep coming, so that the body is never idle.
    among_neighbours(&stage, || {
        while !client.has_something() {
            client.send("x");
            std::thread::yield_now();
        }
    });
    assert_eq!(client.response().expect("an answer").status, 408);
    stage.wait_in_flight(0, 0);
}

#[test]
fn a_client_that_reads_nothing_is_cut() {
    let origin = Origin::start(|mut peer| {
        while let Some(request) = peer.read_request() {
            let length = if request.contains("/large") { 64 << 20 } else { 1 };
            peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"));
            peer.write_bytes(&vec![b'a'; length]);
        }
    });
    let stage = stage(&origin, |deadlines| deadlines.write = SHORT);
    let mut client = Client::connect(stage.address);
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    among_neighbours(&stage, || {
        stage.wait_in_flight(0, 1);
        stage.wait_in_flight(0, 0);
    });
    stage.wait_connections(0);
    assert_eq!(client.response(), None, "the answer must not look whole");
}

#[test]
fn an_idle_connection_is_closed_between_requests() {
    let origin = Origin::named("a");
    let stage = stage(&origin, |deadlines| deadlines.keep_alive = Some(SHORT));
    let mut client = Client::connect(stage.address);
    assert_eq!(client.get("/").body, "a");
    among_neighbours(&stage, || assert!(client.is_closed()));
    stage.wait_connections(0);
}

#[test]
fn a_client_that_never_ends_is_not_lingered_for() {
    let origin = Origin::named("a");
    let stage = stage(&origin, |_| {});
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\n\r\n");
    assert_eq!(client.response().expect("an answer").status, 400);
    among_neighbours(&stage, || assert!(client.is_closed()));
    stage.wait_connections(0);
}
