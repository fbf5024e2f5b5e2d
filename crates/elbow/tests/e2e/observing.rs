//! What can be watched: events as they happen, metrics, terms of requests.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::json;

use crate::harness::deployment::NETWORK;
use crate::harness::{Client, Deployment, Origin, eventually};

#[test]
fn events_tell_of_a_change_and_of_its_being_in_force() {
    let elbow = Deployment::start();
    let mut stream = UnixStream::connect(elbow.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(|line| line.unwrap());
    assert_eq!(lines.next().as_deref(), Some("HTTP/1.1 200 OK"));
    // The head has come: what happens from now on is told.
    lines.find(|line| line.is_empty()).unwrap();
    elbow.create("web", json!({"listeners": [{"protocol": "HTTP", "port": 80}]}));
    let mut seen = String::new();
    lines
        .find(|line| {
            seen.push_str(line);
            seen.contains("event: change") && seen.contains("\"ACTIVE\"")
        })
        .unwrap_or_else(|| panic!("{seen}"));
}

#[test]
fn metrics_count_requests() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one"]);
    let address = elbow.create_http("web", &origins);
    let mut client = Client::tcp(address);
    for _ in 0..7 {
        assert_eq!(client.get("/").status, 200);
    }
    let mut api = elbow.api();
    eventually("seven requests are counted", || {
        let text = api.get("/metrics").body;
        let counted = text
            .lines()
            .filter(|line| line.starts_with("elbow_") && line.contains("requests_total"));
        let is_seven = |line: &&str| line.contains("web") && line.ends_with(" 7");
        match counted.clone().find(is_seven) {
            Some(_) => Ok(()),
            None => Err(counted.collect::<Vec<_>>().join("\n")),
        }
    });
}

#[test]
fn request_that_is_sent_again_is_carried_out_once_even_over_a_restart() {
    let mut elbow = Deployment::start();
    let tree = json!({"name": "web", "network": NETWORK});
    let create = |elbow: &Deployment| {
        let mut api = elbow.api().with_header("idempotency-key", "k1");
        api.post("/v1/load-balancers", &tree).expect(201)["id"].clone()
    };
    let first = create(&elbow);
    assert_eq!(create(&elbow), first);
    elbow.kill_control();
    elbow.up(&[]);
    assert_eq!(create(&elbow), first);
}

#[test]
fn edit_of_an_older_state_is_refused() {
    let elbow = Deployment::start();
    elbow.create("web", json!({}));
    let path = "/v1/load-balancers/web";
    let tag = elbow.api().get(path).header("etag").map(str::to_owned).unwrap();
    let edit = |text: &str| {
        let mut api = elbow.api().with_header("if-match", &tag);
        api.patch(path, &json!({"description": text})).status
    };
    assert_eq!(edit("first"), 200);
    assert_eq!(edit("second"), 412);
    assert_eq!(elbow.api().get(path).expect(200)["description"], "first");
}
