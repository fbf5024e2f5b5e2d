//! HTTP through a real worker: what the client got and what the origin saw.

mod support;

use elbow_model::listener::Protocol;
use support::Stage;
use support::client::Client;
use support::origin::Origin;

#[test]
fn requests_take_turns_on_kept_connections() {
    let (a, b) = (Origin::named("a"), Origin::named("b"));
    let stage = Stage::new(Protocol::Http, &[a.address, b.address]);
    let mut client = Client::connect(stage.address);
    let bodies: Vec<String> = (0..6).map(|_| client.get("/").body).collect();
    assert_eq!(bodies, ["a", "b", "a", "b", "a", "b"]);
    assert_eq!((a.connection_count(), b.connection_count()), (1, 1));
    assert_eq!((stage.in_flight(0), stage.in_flight(1)), (0, 0));
}

#[test]
fn a_request_is_told_where_it_came_from() {
    let origin = Origin::echo();
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let mut client = Client::connect(stage.address);
    client.send(
        "GET /x?y HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 6.6.6.6\r\nAccept: */*\r\n\
         Connection: X-Gone\r\nX-Gone: 1\r\nX-Forwarded-Proto: https\r\n\r\n",
    );
    let seen = client.response().unwrap().body;
    assert!(
        seen.starts_with("GET /x?y HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n"),
        "{seen}"
    );
    for line in [
        "X-Forwarded-For: 127.0.0.1\r\n",
        "X-Forwarded-Proto: http\r\n",
        "X-Forwarded-Host: shop.example\r\n",
        "Via: 1.1 elbow-t\r\n",
    ] {
        assert!(seen.contains(line), "{line} in {seen}");
    }
    assert!(!seen.contains("6.6.6.6") && !seen.contains("X-Gone"), "{seen}");
}
