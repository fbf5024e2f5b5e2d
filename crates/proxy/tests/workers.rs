//! Two workers as one balancer: both get clients, and what a method promises holds over both.

mod support;

use std::time::Instant;

use elbow_model::listener::Protocol;
use elbow_model::pool::{MemberLimit, Method};
use support::client::Client;
use support::origin::Origin;
use support::{PATIENCE, Stage};

#[test]
fn both_workers_get_clients_under_load() {
    let origin = Origin::named("a");
    let stage = Stage::with_workers(2, Protocol::Http, &[origin.address], |_| {});
    let mut clients: Vec<Client> = (0..200).map(|_| Client::connect(stage.address)).collect();
    for client in &mut clients {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for client in &mut clients {
        assert_eq!(client.response().expect("a response").body, "a");
    }
    let state = &stage.balancer.listeners[0].state;
    let accepted: Vec<u64> = state.per_worker.iter().map(|worker| worker.accepted.read()).collect();
    assert_eq!(accepted.iter().sum::<u64>(), 200, "{accepted:?}");
    assert!(accepted.iter().all(|count| *count > 0), "{accepted:?}");
}

#[test]
fn turns_are_taken_exactly_over_both_workers() {
    let origins = ["a", "b", "c"].map(Origin::named);
    let members: Vec<_> = origins.iter().map(|origin| origin.address).collect();
    let stage = Stage::with_workers(2, Protocol::Http, &members, |_| {});
    let mut clients = stage.connect_to_both();
    let served: String = (0..300).map(|n| clients[n / 2 % 2].get("/").body).collect();
    let start = ["abc", "bca", "cab"].iter().find(|start| served.starts_with(**start));
    assert_eq!(served, start.expect("an order").repeat(100));
}

#[test]
fn requests_in_flight_are_true_over_both_workers() {
    let held = |name: &'static str| {
        Origin::start(move |mut peer| {
            while let Some(request) = peer.read_request() {
                if request.starts_with("GET /held") {
                    peer.read_to_end();
                    return;
                }
                peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{name}"));
            }
        })
    };
    let origins = ["a", "b", "c", "d"].map(held);
    let members: Vec<_> = origins.iter().map(|origin| origin.address).collect();
    let stage = Stage::with_workers(2, Protocol::Http, &members, |entry| {
        entry.pools[0].method = Method::LeastConnections;
    });
    let mut clients = stage.clients_of_both(8);
    for round in 1..=4 {
        for turn in 0..4 {
            let client =
                &mut clients[turn % 2][usize::try_from(round).expect("few") * 2 - 1 - turn / 2];
            client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
            stage.wait_all_in_flight((round - 1) * 4 + u32::try_from(turn).expect("few") + 1);
        }
        for member in 0..4 {
            stage.wait_in_flight(member, round);
        }
    }
    clients.into_iter().flatten().for_each(Client::reset);
    stage.wait_all_in_flight(0);
}

#[test]
fn a_members_limit_holds_over_both_workers() {
    let origin = Origin::start(|mut peer| {
        peer.write("x");
        peer.read_to_end();
    });
    let stage = Stage::with_workers(2, Protocol::Tcp, &[origin.address], |entry| {
        entry.pools[0].max_connections_per_member = MemberLimit::new(3).ok();
    });
    let mut clients: Vec<Client> = (0..12).map(|_| Client::connect(stage.address)).collect();
    stage.wait_in_flight(0, 3);
    stage.wait_queued(9);
    // Each that leaves makes room for one, whichever worker it waits at.
    while !clients.is_empty() {
        let deadline = Instant::now() + PATIENCE;
        let served = loop {
            if let Some(served) = clients.iter().position(Client::has_something) {
                break served;
            }
            assert!(Instant::now() < deadline, "{} clients wait for ever", clients.len());
            std::thread::yield_now();
        };
        clients.swap_remove(served).reset();
        let left = u32::try_from(clients.len()).expect("a few");
        stage.wait_queued(left.saturating_sub(3));
        stage.wait_in_flight(0, left.min(3));
    }
    assert_eq!(origin.connection_count(), 12);
}
