//! Changes under traffic: what they do not touch stays, what they remove finishes first.

mod support;

use std::sync::mpsc::channel;

use elbow_model::listener::Protocol;
use elbow_model::value::Weight;
use elbow_proxy::worker::{Command, Report};
use support::client::Client;
use support::origin::Origin;
use support::{PATIENCE, Stage, member};

#[test]
fn the_next_request_on_the_same_connection_sees_the_newest_value() {
    let (a, b) = (Origin::named("a"), Origin::named("b"));
    let mut stage = Stage::new(Protocol::Http, &[a.address]);
    let mut client = Client::connect(stage.address);
    assert_eq!(client.get("/").body, "a");
    stage.change(|entry| entry.pools[0].members = vec![member(1, b.address)]);
    assert_eq!(client.get("/").body, "b");
}

#[test]
fn what_a_change_does_not_touch_keeps_its_connections_and_counts() {
    let (a, b) = (Origin::named("a"), Origin::named("b"));
    let mut stage = Stage::new(Protocol::Http, &[a.address]);
    let mut client = Client::connect(stage.address);
    for _ in 0..20 {
        client.get("/");
        stage.change(|entry| {
            let members = &mut entry.pools[0].members;
            if members.len() == 1 {
                members.push(member(1, b.address));
                members[1].weight = Weight::new(0).expect("a weight");
            } else {
                members.pop();
            }
        });
    }
    assert_eq!(a.connection_count(), 1);
    let state = &stage.balancer.pools[0].members[0].state;
    assert_eq!(state.per_worker[0].requests.read(), 20);
}

#[test]
fn a_removed_member_finishes_its_request() {
    let (go, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let slow = Origin::start(move |mut peer| {
        if peer.read_request().is_some() {
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl");
            wait.lock().expect("one at a time").recv().expect("a go");
            peer.write("ow");
            peer.read_to_end();
        }
    });
    let other = Origin::named("b");
    let mut stage = Stage::new(Protocol::Http, &[slow.address]);
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.head().expect("a head");
    stage.change(|entry| entry.pools[0].members = vec![member(1, other.address)]);
    assert_eq!(Client::connect(stage.address).get("/").body, "b");
    go.send(()).expect("a waiting origin");
    assert_eq!(client.exactly(4).as_deref(), Some(b"slow".as_slice()));
    assert_eq!(client.get("/").body, "b");
}

#[test]
fn a_removed_balancer_lets_idle_clients_go_and_busy_ones_finish() {
    let (go, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let origin = Origin::start(move |mut peer| {
        while let Some(request) = peer.read_request() {
            if request.starts_with("GET /slow") {
                wait.lock().expect("one at a time").recv().expect("a go");
            }
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
        }
    });
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let (mut idle, mut busy) = (Client::connect(stage.address), Client::connect(stage.address));
    idle.get("/");
    busy.get("/");
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    stage.wait_in_flight(0, 1);
    let balancer = stage.balancer.id;
    stage.command(|done| Command::Remove { balancer, done });
    assert!(idle.is_closed());
    go.send(()).expect("a waiting origin");
    let response = busy.response().expect("a response");
    assert_eq!((response.body.as_str(), response.field("connection")), ("a", Some("close")));
    assert!(busy.is_closed());
}

#[test]
fn a_drained_worker_ends_when_its_last_client_is_done() {
    let origin = Origin::named("a");
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let mut client = Client::connect(stage.address);
    client.get("/");
    stage.command(|done| Command::Drain { done });
    assert!(client.is_closed());
    assert_eq!(stage.reports.recv_timeout(PATIENCE), Ok(Report::Ended { worker: 0 }));
}
