//! More work than members take: limits hold, the rest waits its turn, in bounds and in order.

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use elbow_model::listener::Protocol;
use elbow_model::pool::{MemberLimit, Queue, QueueLength, QueueTimeoutMs};
use support::Stage;
use support::client::Client;
use support::origin::Origin;

/// An origin that answers each request once it is told to, and the most it had at once.
fn gated() -> (Origin, Sender<()>, Arc<AtomicUsize>) {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let origin = Origin::start(move |mut peer| {
        while peer.read_request().is_some() {
            seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            wait.lock().expect("one at a time").recv().expect("a go");
            now.fetch_sub(1, Ordering::SeqCst);
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
        }
    });
    (origin, go, most)
}

fn limited(origin: &Origin, queue: i64, timeout_ms: i64) -> Stage {
    Stage::with(Protocol::Http, &[origin.address], |entry| {
        let pool = &mut entry.pools[0];
        pool.max_connections_per_member = Some(MemberLimit::new(2).expect("a limit"));
        pool.queue = Queue {
            max: QueueLength::new(queue).expect("a length"),
            timeout_ms: QueueTimeoutMs::new(timeout_ms).expect("a timeout"),
        };
    })
}

#[test]
fn what_exceeds_a_members_limit_waits_its_turn() {
    let (origin, go, most) = gated();
    let stage = limited(&origin, 100, 9_000);
    let mut clients: Vec<Client> = (0..8).map(|_| Client::connect(stage.address)).collect();
    for client in &mut clients {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    }
    stage.wait_in_flight(0, 2);
    for _ in 0..8 {
        go.send(()).expect("a waiting origin");
    }
    for client in &mut clients {
        assert_eq!(client.response().expect("a response").status, 200);
    }
    assert!(most.load(Ordering::SeqCst) <= 2, "{most:?} at once");
    stage.wait_in_flight(0, 0);
}

#[test]
fn a_full_queue_and_a_long_wait_are_answered_503() {
    let (origin, go, _most) = gated();
    let stage = limited(&origin, 1, 50);
    let mut clients: Vec<Client> = (0..2).map(|_| Client::connect(stage.address)).collect();
    for client in &mut clients {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    stage.wait_in_flight(0, 2);
    let mut late: Vec<Client> = (0..2).map(|_| Client::connect(stage.address)).collect();
    for client in &mut late {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    let mut bodies = Vec::new();
    for client in &mut late {
        let response = client.response().expect("an answer");
        assert_eq!((response.status, response.field("retry-after")), (503, Some("1")));
        bodies.push(response.body);
    }
    bodies.sort_unstable();
    assert!(bodies[0].contains("no server became free in time"), "{bodies:?}");
    assert!(bodies[1].contains("too many requests are waiting"), "{bodies:?}");
    for _ in 0..2 {
        go.send(()).expect("a waiting origin");
    }
    for client in &mut clients {
        assert_eq!(client.response().expect("a response").status, 200);
    }
}
