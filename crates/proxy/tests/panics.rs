//! A panic costs the one connection in whose step it came: wherever in an exchange that is, what
//! the connection held is given back and its neighbours on the same worker go on.

mod support;

use elbow_model::listener::Protocol;
use elbow_proxy::live::PoolView;
use elbow_proxy::worker::{Acknowledge, Command, Trap};
use elbow_traffic::limits::HEAD_TIMEOUT;
use std::sync::{Arc, Barrier};
use support::client::Client;
use support::origin::Origin;
use support::{Stage, Tuning};

/// One worker that panics on the bytes `boom`.
fn trapped(origin: &Origin) -> Stage {
    let tuning = Tuning { trap: Some(Trap { mark: b"boom" }), ..Tuning::default() };
    Stage::tuned(tuning, Protocol::Http, &[origin.address], |_| {})
}

/// A panic by `doom`, at a moment when a neighbour's exchange is under way.
fn panic_among_neighbours(doom: impl FnOnce(&Stage) -> Client) {
    let origin = Origin::echo();
    let stage = trapped(&origin);
    let mut idle = Client::connect(stage.address);
    idle.get("/before");
    let mut busy = Client::connect(stage.address);
    busy.send("POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    stage.wait_in_flight(0, 1);
    stage.wait_connections(2);

    let mut doomed = doom(&stage);
    // Less than the deadline of a head, which would close it too.
    doomed.stream.set_read_timeout(Some(HEAD_TIMEOUT / 2)).expect("a timeout");
    assert!(doomed.is_closed());
    stage.wait_connections(2);
    stage.wait_in_flight(0, 1);

    busy.send("cd");
    assert!(busy.response().expect("a response").body.ends_with("abcd"));
    assert_eq!(idle.get("/after").status, 200);
    assert_eq!(Client::connect(stage.address).get("/new").status, 200);
    stage.wait_in_flight(0, 0);
    drop((idle, busy));
    stage.wait_connections(0);
    assert!(stage.reports.try_recv().is_err(), "no member failed and no worker ended");
}

/// Keeps the worker from its events until the barrier is waited at.
fn hold(stage: &Stage) -> Arc<Barrier> {
    let barrier = Arc::new(Barrier::new(2));
    let inside = barrier.clone();
    let done = Acknowledge::new(move || {
        inside.wait();
        inside.wait();
    });
    let pool = &stage.balancer.pools[0];
    let view = Arc::new(PoolView::all(pool));
    let (balancer, pool) = (stage.balancer.id, pool.id);
    stage.workers[0].send(Command::View { balancer, pool, view, done });
    barrier.wait();
    barrier
}

#[test]
fn a_panic_in_a_connections_first_step_costs_only_it() {
    panic_among_neighbours(|stage| {
        // The request is there when the connection is accepted, so that both are one event.
        let barrier = hold(stage);
        let mut client = Client::connect(stage.address);
        client.send("GET /boom HTTP/1.1\r\nHost: a\r\n\r\n");
        barrier.wait();
        client
    });
}

#[test]
fn a_panic_in_a_later_request_costs_only_its_connection() {
    panic_among_neighbours(|stage| {
        let mut client = Client::connect(stage.address);
        client.get("/fine");
        client.send("GET /boom HTTP/1.1\r\nHost: a\r\n\r\n");
        client
    });
}

#[test]
fn a_panic_in_a_request_body_gives_the_member_back() {
    panic_among_neighbours(|stage| {
        let mut client = Client::connect(stage.address);
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfine ");
        stage.wait_in_flight(0, 2);
        client.send("boom");
        client
    });
}

#[test]
fn a_panic_in_a_response_gives_the_member_back() {
    let origin = Origin::start(|mut peer| {
        while let Some(request) = peer.read_request() {
            let body = if request.contains("/doomed") { "boom" } else { "fine" };
            peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{body}"));
        }
    });
    let stage = trapped(&origin);
    let mut neighbour = Client::connect(stage.address);
    assert_eq!(neighbour.get("/").body, "fine");
    for _ in 0..3 {
        let mut doomed = Client::connect(stage.address);
        doomed.send("GET /doomed HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(doomed.is_closed());
        stage.wait_in_flight(0, 0);
        stage.wait_connections(1);
    }
    assert_eq!(neighbour.get("/").body, "fine");
    assert_eq!(Client::connect(stage.address).get("/").body, "fine");
}

#[test]
fn many_clients_accepted_at_once_lose_only_the_one_that_panics() {
    let origin = Origin::named("a");
    let stage = trapped(&origin);
    let mut clients: Vec<Client> = (0..8).map(|_| Client::connect(stage.address)).collect();
    for (index, client) in clients.iter_mut().enumerate() {
        let path = if index == 3 { "boom" } else { "fine" };
        client.send(format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    assert!(clients.remove(3).is_closed());
    for client in &mut clients {
        assert_eq!(client.response().expect("a response").body, "a");
    }
    stage.wait_connections(7);
    stage.wait_in_flight(0, 0);
}
