//! Traffic: turns, weights, drain, removal, rules, TCP.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread::JoinHandle;

use serde_json::json;

use crate::harness::deployment::{address_of, member, run};
use crate::harness::{Client, Deployment, Origin, eventually};

/// Who answers, by the first word of a sample server's text.
#[track_caller]
fn who(client: &mut Client, path: &str) -> String {
    let response = client.get(path);
    assert_eq!(response.status, 200, "{response}");
    response.body.split(' ').next().unwrap_or_default().to_owned()
}

/// How often each server answers `count` requests.
fn tally(address: SocketAddr, count: usize) -> BTreeMap<String, usize> {
    let mut client = Client::tcp(address);
    let mut tally = BTreeMap::new();
    for _ in 0..count {
        *tally.entry(who(&mut client, "/")).or_default() += 1;
    }
    tally
}

/// A request that takes a while, and who answered it.
fn slow_request(address: SocketAddr) -> JoinHandle<String> {
    std::thread::spawn(move || who(&mut Client::tcp(address), "/?delay_ms=3000"))
}

/// Waits until members work on so many requests together.
#[track_caller]
fn await_in_flight(elbow: &Deployment, balancer: &str, count: u64) {
    let mut api = elbow.api();
    eventually("requests are in flight", || {
        let tree = api.get(&format!("/v1/load-balancers/{balancer}")).expect(200);
        let members = tree["pools"][0]["members"].as_array().cloned().unwrap_or_default();
        let busy: u64 = members.iter().filter_map(|member| member["in_flight"].as_u64()).sum();
        if busy == count { Ok(()) } else { Err(busy) }
    });
}

#[test]
fn three_servers_take_turns() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two", "three"]);
    let address = elbow.create_http("web", &origins);
    let curl = || run(Command::new("curl").args(["-s", &format!("http://{address}/")])).ok();
    let first: Vec<String> = (0..3).map(|_| curl()).collect();
    for name in ["one", "two", "three"] {
        assert_eq!(
            first.iter().filter(|text| text.starts_with(&format!("{name} "))).count(),
            1,
            "{first:?}"
        );
    }
    assert_eq!(tally(address, 30).into_values().collect::<Vec<_>>(), [10, 10, 10]);
}

#[test]
fn weights_are_shares() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["light", "heavy"]);
    let address = elbow.create_http("web", &origins);
    let heavy = origins[1].address.to_string();
    elbow.elbow(&["member", "edit", "web", &heavy, "--weight", "9", "--wait"]).ok();
    assert_eq!(
        tally(address, 100),
        BTreeMap::from([("heavy".to_owned(), 90), ("light".to_owned(), 10)])
    );
}

#[test]
fn drained_member_finishes_what_it_has_and_gets_nothing_new() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["stays", "leaves"]);
    let address = elbow.create_http("web", &origins);
    let slow: Vec<_> = (0..2).map(|_| slow_request(address)).collect();
    let leaves = origins[1].address.to_string();
    await_in_flight(&elbow, "web", 2);
    elbow.elbow(&["member", "edit", "web", &leaves, "--weight", "0", "--wait"]).ok();
    assert_eq!(tally(address, 20), BTreeMap::from([("stays".to_owned(), 20)]));
    let mut answered: Vec<String> = slow.into_iter().map(|slow| slow.join().unwrap()).collect();
    answered.sort_unstable();
    assert_eq!(answered, ["leaves", "stays"]);
    let shown = elbow.elbow(&["lb", "show", "web"]).ok();
    assert!(shown.contains("DRAINING"), "{shown}");
}

#[test]
fn removed_member_finishes_its_requests() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["only"]);
    let address = elbow.create_http("web", &origins);
    let slow = slow_request(address);
    let only = origins[0].address.to_string();
    await_in_flight(&elbow, "web", 1);
    elbow.elbow(&["member", "delete", "web", &only, "--wait"]).ok();
    assert_eq!(Client::tcp(address).get("/").status, 503);
    assert_eq!(slow.join().unwrap(), "only");
}

#[test]
fn rules_choose_pools_by_host_and_path() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["plain", "api", "beta"]);
    let address = elbow.create_http("web", &origins[..1]);
    for (pool, origin) in [("api", &origins[1]), ("beta", &origins[2])] {
        elbow.elbow(&["pool", "create", "web", pool, "--member", &origin.address.to_string()]).ok();
    }
    let add = |arguments: &[&str]| {
        let words: Vec<&str> =
            ["rule", "add", "web", "http:80"].iter().chain(arguments).copied().collect();
        elbow.elbow(&words).ok()
    };
    add(&["--host", "api.example.com", "--path", "/v1/*", "--pool", "api"]);
    add(&["--path", "/beta/*", "--pool", "beta"]);
    add(&["--path", "/old", "--redirect", "301:https://example.com/new"]);
    add(&["--path", "/alive", "--respond", "200:yes"]);
    elbow.active("web");
    assert_eq!(who(&mut Client::tcp(address), "/v1/x"), "plain");
    assert_eq!(who(&mut Client::tcp(address).with_host("api.example.com"), "/v1/x"), "api");
    assert_eq!(who(&mut Client::tcp(address).with_host("api.example.com"), "/v2/x"), "plain");
    assert_eq!(who(&mut Client::tcp(address), "/beta/x"), "beta");
    let old = Client::tcp(address).get("/old");
    assert_eq!((old.status, old.header("location")), (301, Some("https://example.com/new")));
    assert_eq!(Client::tcp(address).get("/alive").body, "yes");
    let listed = elbow.elbow(&["rule", "list", "web"]).ok();
    assert!(
        listed.contains("host api.example.com, path /v1/*") && listed.contains("forward to api"),
        "{listed}"
    );
}

#[test]
fn tcp_listener_carries_bytes_both_ways() {
    let elbow = Deployment::start();
    let origin = Origin::start("behind");
    let tree = elbow.create(
        "db",
        json!({
            "type": "NETWORK",
            "listeners": [{"protocol": "TCP", "port": 5432}],
            "members": [member(&origin)],
        }),
    );
    let mut stream = TcpStream::connect(address_of(&tree)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("behind at "), "{answer}");
}

#[test]
fn failing_member_gets_no_traffic_until_it_recovers() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["well", "ill"]);
    let members: Vec<_> = origins.iter().map(member).collect();
    let tree = elbow.create("web", json!({
        "listeners": [{"protocol": "HTTP", "port": 80}],
        "members": members,
        "health_monitor": {"type": "HTTP", "path": "/healthz", "interval_ms": 100, "timeout_ms": 100, "rise": 1, "fall": 2},
    }));
    let address = address_of(&tree);
    let health = |wanted: &'static str| {
        let mut api = elbow.api();
        eventually("health changes", || {
            let tree = api.get("/v1/load-balancers/web").expect(200);
            let health = tree["health"].as_str().unwrap_or_default().to_owned();
            if health == wanted { Ok(tree) } else { Err(health) }
        })
    };
    health("ONLINE");
    origins[1].set_health("/health/down");
    let tree = health("DEGRADED");
    assert_eq!(tally(address, 10), BTreeMap::from([("well".to_owned(), 10)]));
    let failure = &tree["pools"][0]["members"][1]["last_failure"];
    assert!(failure["outcome"].as_str().unwrap_or_default().contains("503"), "{failure}");
    let shown = elbow.elbow(&["lb", "show", "web"]).ok();
    assert!(shown.contains("UNHEALTHY") && shown.contains("503"), "{shown}");
    origins[1].set_health("/health/up");
    health("ONLINE");
    assert_eq!(tally(address, 10), BTreeMap::from([("well".to_owned(), 5), ("ill".to_owned(), 5)]));
}

#[test]
fn source_ip_keeps_a_client_at_its_server() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two", "three"]);
    let address = elbow.create_http("web", &origins);
    elbow.elbow(&["lb", "edit", "web", "--method", "source-ip", "--wait"]).ok();
    let url = format!("http://{address}/");
    let from = |last: u8| {
        let client = format!("127.0.0.{last}");
        let text = run(Command::new("curl").args(["-s", "--interface", &client, &url])).ok();
        text.split(' ').next().unwrap_or_default().to_owned()
    };
    let first: Vec<String> = (1..=30).map(from).collect();
    let again: Vec<String> = (1..=30).map(from).collect();
    assert_eq!(first, again, "each client keeps its server");
    for origin in &origins {
        assert!(first.contains(&origin.name), "{} serves nobody: {first:?}", origin.name);
    }
}

#[test]
fn least_connections_avoids_the_busy_server() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two"]);
    let address = elbow.create_http("web", &origins);
    elbow.elbow(&["lb", "edit", "web", "--method", "least-connections", "--wait"]).ok();
    let slow = slow_request(address);
    await_in_flight(&elbow, "web", 1);
    let free = tally(address, 20);
    let busy = slow.join().unwrap();
    assert_eq!(free.len(), 1, "{free:?}");
    assert!(!free.contains_key(&busy), "{busy} was busy and still served {free:?}");
}
