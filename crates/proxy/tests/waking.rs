//! Pools without anybody to serve them, and a group that can be woken: requests wait, in bounds and in order, and are
//! served once somebody is there.

mod support;

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use elbow_model::listener::Protocol;
use elbow_model::pool::MemberLimit;
use elbow_model::scaling_group::{WakeQueue, WakeSeconds};
use elbow_model::wake::{Patience, Wake};
use elbow_proxy::worker::{Command, Deadlines, Report};
use http::{Method, StatusCode};
use support::client::Client;
use support::http2::{Http2Client, answer, request, run};
use support::origin::Origin;
use support::{PATIENCE, Stage, Tuning, member};

fn possible(most: i64, timeout_s: i64) -> Wake {
    let most = WakeQueue::new(most).expect("a length");
    Wake::Possible(Patience { most, timeout_s: WakeSeconds::new(timeout_s).expect("a timeout") })
}

/// A pool without members that can be woken.
fn asleep(protocol: Protocol, workers: usize, wake: Wake) -> Stage {
    Stage::with_workers(workers, protocol, &[], |entry| {
        entry.pools[0].wake = wake;
        entry.listeners[0].http2 = protocol == Protocol::Http;
    })
}

/// An instance is there.
fn wake(stage: &mut Stage, at: SocketAddr) {
    stage.change(|entry| entry.pools[0].members = vec![member(0, at)]);
}

fn waiting(stage: &Stage) -> u32 {
    stage.balancer.pools[0].state.holding.waiting()
}

fn wait_for(stage: &Stage, count: u32) {
    let deadline = Instant::now() + PATIENCE;
    while waiting(stage) != count {
        assert!(Instant::now() < deadline, "{} wait, not {count}", waiting(stage));
        thread::yield_now();
    }
}

/// How often somebody said that the first waits.
fn calls(stage: &Stage) -> usize {
    stage.reports.try_iter().filter(|report| matches!(report, Report::Waits { .. })).count()
}

fn is_done(counters: [u64; 4], stage: &Stage) {
    let seen = stage.balancer.pools[0].state.holding.counters();
    assert_eq!([seen.held, seen.woken, seen.expired, seen.left], counters, "{seen:?}");
}

#[test]
fn the_first_request_waits_and_is_served_by_the_instance_that_comes() {
    let mut stage = asleep(Protocol::Http, 1, possible(10, 60));
    let mut client = Client::connect(stage.address);
    client.send("POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    wait_for(&stage, 1);
    assert_eq!(calls(&stage), 1);
    let origin = Origin::echo();
    wake(&mut stage, origin.address);
    let response = client.response().expect("an answer");
    assert_eq!(response.status, 200);
    assert!(response.body.ends_with("\r\n\r\nhello"), "{}", response.body);
    is_done([1, 1, 0, 0], &stage);
    assert_eq!(client.get("/second").status, 200, "the connection goes on");
    assert_eq!(calls(&stage), 0, "who finds a member says nothing");
}

#[test]
fn fifty_over_two_workers_all_get_in_and_call_once() {
    let mut stage = asleep(Protocol::Http, 2, possible(100, 60));
    let mut clients: Vec<Client> = (0..50).map(|_| Client::connect(stage.address)).collect();
    for client in &mut clients {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_for(&stage, 50);
    assert_eq!(calls(&stage), 1);
    let origin = Origin::named("one");
    wake(&mut stage, origin.address);
    for client in &mut clients {
        assert_eq!(client.response().expect("an answer").status, 200);
    }
    is_done([50, 50, 0, 0], &stage);
}

#[test]
fn those_who_wait_are_served_in_order_and_within_the_members_limit() {
    let mut stage = asleep(Protocol::Http, 1, possible(100, 60));
    let mut clients = Vec::new();
    for number in 0..6 {
        let mut client = Client::connect(stage.address);
        client.send(format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n"));
        wait_for(&stage, number + 1);
        clients.push(client);
    }
    let (tell, told) = channel();
    let origin = Origin::start(move |mut peer| {
        while let Some(request) = peer.read_request() {
            tell.send(request.split(' ').nth(1).map(str::to_owned)).expect("a listener");
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    stage.change(|entry| {
        entry.pools[0].members = vec![member(0, origin.address)];
        entry.pools[0].max_connections_per_member = Some(MemberLimit::new(1).expect("a limit"));
    });
    for client in &mut clients {
        assert_eq!(client.response().expect("an answer").status, 200);
    }
    let order: Vec<String> = told.try_iter().flatten().collect();
    assert_eq!(order, ["/0", "/1", "/2", "/3", "/4", "/5"]);
}

#[test]
fn who_finds_the_queue_full_is_refused_at_once() {
    let stage = asleep(Protocol::Http, 1, possible(2, 60));
    let mut early: Vec<Client> = (0..2).map(|_| Client::connect(stage.address)).collect();
    for client in &mut early {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_for(&stage, 2);
    let late = Client::connect(stage.address).get("/");
    assert_eq!((late.status, late.field("retry-after")), (503, Some("1")));
    assert!(late.body.contains("too many requests are waiting"), "{}", late.body);
    assert_eq!(stage.balancer.pools[0].state.holding.counters().refused, 1);
}

#[test]
fn a_wait_ends_with_its_deadline_and_the_reason() {
    let stage = asleep(Protocol::Http, 1, possible(10, 1));
    let response = Client::connect(stage.address).get("/");
    assert_eq!((response.status, response.field("retry-after")), (503, Some("5")));
    assert!(response.body.contains("no server could be started in time"), "{}", response.body);
    is_done([1, 0, 1, 0], &stage);
}

#[test]
fn a_client_that_goes_away_frees_its_place() {
    let deadlines = Deadlines { half_close: Duration::ZERO, ..Deadlines::default() };
    let tuning = Tuning { deadlines, ..Tuning::default() };
    let stage = Stage::tuned(tuning, Protocol::Http, &[], |entry| {
        entry.pools[0].wake = possible(10, 60);
    });
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&stage, 1);
    drop(client);
    wait_for(&stage, 0);
    is_done([1, 0, 0, 1], &stage);
}

#[test]
fn a_client_that_ends_its_side_with_its_request_is_answered() {
    let mut stage = asleep(Protocol::Http, 1, possible(10, 60));
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.end();
    wait_for(&stage, 1);
    let origin = Origin::named("one");
    wake(&mut stage, origin.address);
    assert_eq!(client.response().expect("an answer").status, 200);
}

#[test]
fn a_body_is_read_only_once_somebody_takes_it() {
    let mut stage = asleep(Protocol::Http, 1, possible(10, 60));
    let body = vec![b'x'; 8_000_000];
    let mut client = Client::connect(stage.address);
    client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len()));
    let mut sender = client.stream.try_clone().expect("a second handle");
    let sending = thread::spawn(move || sender.write_all(&body));
    wait_for(&stage, 1);
    let origin = Origin::start(|mut peer| {
        let request = peer.read_request().expect("a request");
        let length = request.len() - request.find("\r\n\r\n").expect("a head") - 4;
        peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{length}"));
    });
    assert!(!sending.is_finished(), "nobody has taken all of it yet");
    wake(&mut stage, origin.address);
    assert_eq!(client.response().expect("an answer").body, "8000000");
    sending.join().expect("a sender").expect("all of it went out");
}

#[test]
fn byte_streams_wait_as_well() {
    let mut stage = asleep(Protocol::Tcp, 1, possible(10, 60));
    let mut early = Client::connect(stage.address);
    early.send("hello");
    let mut silent = Client::connect(stage.address);
    wait_for(&stage, 2);
    let gone = Client::connect(stage.address);
    wait_for(&stage, 3);
    drop(gone);
    wait_for(&stage, 2);
    let origin = Origin::start(|mut peer| {
        let said = peer.read_to_end();
        peer.write_bytes(&said);
    });
    // Ends its side with bytes that nobody has read: that is no reason to leave.
    early.end();
    wake(&mut stage, origin.address);
    assert_eq!(early.rest(), b"hello");
    silent.send("late");
    silent.end();
    assert_eq!(silent.rest(), b"late");
    is_done([3, 2, 0, 1], &stage);
}

#[test]
fn a_byte_stream_that_waited_too_long_is_closed() {
    let stage = asleep(Protocol::Tcp, 1, possible(10, 1));
    let mut client = Client::connect(stage.address);
    wait_for(&stage, 1);
    assert!(client.is_closed());
    is_done([1, 0, 1, 0], &stage);
}

#[test]
fn streams_of_one_connection_wait_and_those_given_up_do_not() {
    let mut stage = asleep(Protocol::Http, 1, possible(10, 60));
    let origin = Origin::named("one");
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let (first, _) = client.send(request(Method::GET, "/a"), true).await;
        let second = client.send(request(Method::GET, "/b"), true).await;
        while waiting(&stage) < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(second);
        while waiting(&stage) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        wake(&mut stage, origin.address);
        assert_eq!(answer(first).await.expect("an answer").status, StatusCode::OK);
    });
    is_done([2, 1, 0, 1], &stage);
}

#[test]
fn an_upgrade_waits_and_becomes_a_byte_stream() {
    let mut stage = asleep(Protocol::Http, 1, possible(10, 60));
    let mut client = Client::connect(stage.address);
    client
        .send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    wait_for(&stage, 1);
    let origin = Origin::start(|mut peer| {
        peer.read_head().expect("a request");
        peer.write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        );
        let said = peer.read_exactly(4).expect("four bytes");
        peer.write_bytes(&said);
    });
    wake(&mut stage, origin.address);
    assert!(client.head().expect("a head").starts_with("HTTP/1.1 101 "));
    client.send("ping");
    assert_eq!(client.exactly(4).as_deref(), Some(b"ping".as_slice()));
}

#[test]
fn nobody_waits_for_what_cant_come() {
    let mut stage = asleep(Protocol::Http, 1, Wake::Hindered);
    let response = Client::connect(stage.address).get("/");
    assert_eq!(response.status, 503);
    assert!(response.body.contains("none can be started now"), "{}", response.body);
    stage.change(|entry| entry.pools[0].wake = possible(10, 60));
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&stage, 1);
    stage.change(|entry| entry.pools[0].wake = Wake::Hindered);
    let response = client.response().expect("an answer");
    assert_eq!(response.status, 503, "what it waited for can't come any more");
    stage.change(|entry| entry.pools[0].wake = possible(10, 60));
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&stage, 1);
    stage.command(|done| Command::Remove { balancer: stage.balancer.id, done });
    assert_eq!(client.response().expect("an answer").status, 503, "its load balancer is gone");
    is_done([2, 0, 0, 2], &stage);
}

#[test]
fn a_request_that_the_last_member_fails_waits_for_the_next_one() {
    let gone = Origin::start(|mut peer| {
        peer.read_request();
    });
    let mut stage = Stage::with(Protocol::Http, &[gone.address], |entry| {
        entry.pools[0].wake = possible(10, 60);
    });
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&stage, 1);
    let origin = Origin::named("two");
    stage.change(|entry| entry.pools[0].members = vec![member(1, origin.address)]);
    assert_eq!(client.response().expect("an answer").body, "two");
}

#[test]
fn one_that_waited_for_its_turn_goes_to_those_who_are_there_now() {
    let (go, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let old = Origin::start(move |mut peer| {
        while peer.read_request().is_some() {
            wait.lock().expect("one at a time").recv().expect("a go");
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold");
        }
    });
    let mut stage = Stage::with(Protocol::Http, &[old.address], |entry| {
        entry.pools[0].max_connections_per_member = Some(MemberLimit::new(1).expect("a limit"));
    });
    let mut clients: Vec<Client> = (0..2).map(|_| Client::connect(stage.address)).collect();
    clients[0].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    stage.wait_in_flight(0, 1);
    clients[1].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    stage.wait_queued(1);
    let new = Origin::named("new");
    stage.change(|entry| entry.pools[0].members = vec![member(1, new.address)]);
    assert_eq!(clients[1].response().expect("an answer").body, "new", "the old one is leaving");
    go.send(()).expect("a waiting origin");
    assert_eq!(clients[0].response().expect("an answer").body, "old");
    assert_eq!(stage.balancer.pools[0].state.queued.load(Ordering::Relaxed), 0);
}
