//! More work than members take: limits hold, the rest waits its turn, in bounds and in order.

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use elbow_model::listener::{ConnectionLimit, Protocol};
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
    limited_for(Protocol::Http, origin, queue, timeout_ms)
}

fn limited_for(protocol: Protocol, origin: &Origin, queue: i64, timeout_ms: i64) -> Stage {
    Stage::with(protocol, &[origin.address], |entry| {
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

/// An origin that greets a byte stream and hears it out.
fn greeter() -> Origin {
    Origin::start(|mut peer| {
        peer.write("hello");
        peer.read_to_end();
    })
}

#[test]
fn byte_streams_wait_their_turn_and_lose_nothing_meanwhile() {
    let origin = Origin::start(|mut peer| {
        let line = peer.read_exactly(5).expect("a line");
        peer.write_bytes(&line);
    });
    let stage = limited_for(Protocol::Tcp, &origin, 100, 9_000);
    let mut clients: Vec<Client> = (0..8).map(|_| Client::connect(stage.address)).collect();
    stage.wait_in_flight(0, 2);
    // Whoever has a member frees it by its line; all others have said theirs long before.
    for (number, client) in clients.iter_mut().enumerate().rev() {
        client.send(format!("line{number}"));
    }
    for (number, mut client) in clients.into_iter().enumerate() {
        assert_eq!(client.rest(), format!("line{number}").as_bytes());
    }
    assert_eq!(origin.connection_count(), 8);
    stage.wait_in_flight(0, 0);
}

#[test]
fn a_byte_stream_waits_no_longer_than_its_deadline_and_not_in_a_full_queue() {
    let origin = greeter();
    let stage = limited_for(Protocol::Tcp, &origin, 1, 50);
    let mut served: Vec<Client> = (0..2).map(|_| Client::connect(stage.address)).collect();
    for client in &mut served {
        assert_eq!(client.exactly(5).as_deref(), Some(b"hello".as_slice()));
    }
    let mut late: Vec<Client> = (0..3).map(|_| Client::connect(stage.address)).collect();
    for client in &mut late {
        assert!(client.is_closed());
    }
    drop(served);
    stage.wait_in_flight(0, 0);
    let mut next = Client::connect(stage.address);
    assert_eq!(next.exactly(5).as_deref(), Some(b"hello".as_slice()));
}

#[test]
fn a_byte_stream_that_leaves_the_queue_leaves_its_place() {
    let origin = greeter();
    let stage = limited_for(Protocol::Tcp, &origin, 1, 9_000);
    let mut served: Vec<Client> = (0..2).map(|_| Client::connect(stage.address)).collect();
    for client in &mut served {
        assert_eq!(client.exactly(5).as_deref(), Some(b"hello".as_slice()));
    }
    for _ in 0..200 {
        let impatient = Client::connect(stage.address);
        stage.wait_queued(1);
        impatient.reset();
        stage.wait_queued(0);
    }
    let mut patient = Client::connect(stage.address);
    stage.wait_queued(1);
    drop(served);
    assert_eq!(patient.exactly(5).as_deref(), Some(b"hello".as_slice()));
}

#[test]
fn clients_over_a_listeners_limit_are_answered_503_or_closed() {
    let origin = Origin::named("a");
    for by_source in [false, true] {
        let stage = Stage::with(Protocol::Http, &[origin.address], |entry| {
            let limit = ConnectionLimit::new(2).ok();
            match by_source {
                true => entry.listeners[0].connection_limit_per_source = limit,
                false => entry.listeners[0].connection_limit = limit,
            }
        });
        let mut clients: Vec<Client> = (0..2).map(|_| Client::connect(stage.address)).collect();
        for client in &mut clients {
            assert_eq!(client.get("/").status, 200);
        }
        for _ in 0..50 {
            let mut late = Client::connect(stage.address);
            let response = late.get("/");
            assert_eq!((response.status, response.field("retry-after")), (503, Some("1")));
            assert_eq!(response.field("connection"), Some("close"));
            assert!(response.body.contains("too many clients"), "{}", response.body);
            assert!(late.is_closed());
        }
        assert_eq!(clients[0].get("/").status, 200);
        drop(clients);
        stage.wait_connections(0);
        assert_eq!(Client::connect(stage.address).get("/").status, 200);
    }
}

#[test]
fn byte_streams_over_a_listeners_limit_are_closed() {
    let origin = greeter();
    let stage = Stage::with(Protocol::Tcp, &[origin.address], |entry| {
        entry.listeners[0].connection_limit = ConnectionLimit::new(1).ok();
    });
    let mut client = Client::connect(stage.address);
    assert_eq!(client.exactly(5).as_deref(), Some(b"hello".as_slice()));
    assert!(Client::connect(stage.address).is_closed());
    drop(client);
    stage.wait_connections(0);
    let mut next = Client::connect(stage.address);
    assert_eq!(next.exactly(5).as_deref(), Some(b"hello".as_slice()));
}
