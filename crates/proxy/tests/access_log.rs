//! The access log through a real worker: what a client did, as the log tells it.
#![expect(clippy::unwrap_used, reason = "a log that can't be read fails its test")]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use elbow_model::listener::Protocol;
use elbow_model::rule::Condition;
use elbow_model::table::{TableAction, TableEntry, TableRule};
use elbow_proxy::access_log::{AccessLog, Target};
use elbow_proxy::worker::Deadlines;
use serde_json::{Value, json};
use support::authority::{Authority, connect};
use support::client::Client;
use support::origin::Origin;
use support::{PATIENCE, Stage, Tuning, secure};

/// A stage and its log.
struct Logged {
    stage: Stage,
    path: PathBuf,
    _log: AccessLog,
}

impl Logged {
    fn new(protocol: Protocol, origins: &[&Origin]) -> Self {
        Self::with(protocol, origins, |_| {})
    }

    fn with(protocol: Protocol, origins: &[&Origin], change: impl FnOnce(&mut TableEntry)) -> Self {
        Self::tuned(protocol, origins, Tuning::default(), change)
    }

    fn tuned(
        protocol: Protocol,
        origins: &[&Origin],
        tuning: Tuning,
        change: impl FnOnce(&mut TableEntry),
    ) -> Self {
        let path = std::env::temp_dir().join(format!("elbow-{}.log", uuid::Uuid::now_v7()));
        let target = Target::File { path: path.clone(), max_bytes: 1 << 20 };
        let mut log = AccessLog::start(&target, 1).unwrap();
        let members: Vec<_> = origins.iter().map(|origin| origin.address).collect();
        let stage = Stage::logging(tuning, protocol, &members, log.outlet(), change);
        Self { stage, path, _log: log }
    }

    /// Waits for so many records.
    fn records(&self, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = fs::read_to_string(&self.path).unwrap();
            if text.lines().count() >= count {
                return text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            }
            assert!(Instant::now() < deadline, "{text}");
            std::thread::yield_now();
        }
    }

    /// Waits for one record and takes these fields of it.
    fn record(&self, fields: &[&str]) -> Value {
        let record = self.records(1).remove(0);
        fields.iter().map(|field| ((*field).to_owned(), record[*field].clone())).collect()
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.path);
    }
}

/// A log of a listener that looks at server names, its rules forwarding nowhere.
fn passing_through(origin: &Origin, tuning: Tuning) -> Logged {
    Logged::tuned(Protocol::Tcp, &[origin], tuning, |entry| {
        let condition = Condition {
            server_name: Some("none.example".parse().unwrap()),
            ..Condition::default()
        };
        let id = uuid::Uuid::from_u128(50).into();
        let action = TableAction::Forward(Vec::new());
        entry.listeners[0].rules.push(TableRule { id, condition, action });
    })
}

/// An address where nobody listens.
fn nobody() -> Origin {
    let mut origin = Origin::named("gone");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    origin.address = free.local_addr().unwrap();
    origin
}

#[test]
fn a_request_is_told_with_its_member_and_times() {
    let origin = Origin::named("hello");
    let logged = Logged::new(Protocol::Http, &[&origin]);
    let mut client = Client::connect(logged.stage.address);
    client.send("GET /x?secret=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    let first = client.response().unwrap();
    client.get("/again");
    let records = logged.records(2);
    let record = &records[0];
    for (field, expected) in [
        ("kind", json!("http")),
        ("load_balancer", json!("stage")),
        ("listener", json!("front")),
        ("client", json!(client.stream.local_addr().unwrap().to_string())),
        ("method", json!("GET")),
        ("host", json!("shop.example")),
        ("path", json!("/x?secret=1")),
        ("status", json!(200)),
        ("bytes_in", json!(48)),
        ("bytes_out", json!(first.head.len() + first.body.len())),
        ("member", json!(origin.address.to_string())),
        ("retries", json!(0)),
        ("end", json!("done")),
    ] {
        assert_eq!(record[field], expected, "{field} of {record}");
    }
    assert!(record["duration_ms"].as_f64() >= record["upstream_response_ms"].as_f64());
    assert!(record["upstream_connect_ms"].is_f64(), "{record}");
    // The second one went on the same connection.
    assert_eq!(records[1]["upstream_connect_ms"], Value::Null);
    assert!(records[1]["upstream_response_ms"].is_f64());
}

#[test]
fn a_retried_request_names_the_member_that_answered() {
    let (gone, good) = (nobody(), Origin::named("good"));
    let logged = Logged::new(Protocol::Http, &[&gone, &good]);
    assert_eq!(Client::connect(logged.stage.address).get("/").status, 200);
    assert_eq!(Client::connect(logged.stage.address).get("/").status, 200);
    let records = logged.records(2);
    let retried = records.iter().find(|record| record["retries"] == 1).unwrap();
    assert_eq!(retried["member"], json!(good.address.to_string()));
    assert_eq!((&retried["status"], &retried["end"]), (&json!(200), &json!("done")));
}

#[test]
fn a_failure_is_told_by_its_reason() {
    let logged = Logged::new(Protocol::Http, &[&nobody()]);
    let answer = Client::connect(logged.stage.address).get("/");
    let told = logged.record(&["status", "end", "bytes_out"]);
    let length = answer.head.len() + answer.body.len();
    assert_eq!(told, json!({"status": 502, "end": "connect_failed", "bytes_out": length}));
}

#[test]
fn a_member_that_cuts_its_answer_is_told() {
    let origin = Origin::fixed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    let logged = Logged::new(Protocol::Http, &[&origin]);
    let mut client = Client::connect(logged.stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.rest();
    let told = logged.record(&["status", "end"]);
    assert_eq!(told, json!({"status": 200, "end": "truncated"}));
}

#[test]
fn a_refused_request_is_told_without_its_bytes() {
    let logged = Logged::new(Protocol::Http, &[&Origin::named("a")]);
    let mut client = Client::connect(logged.stage.address);
    client.send("GET / \"}\x07 HTTP/1.1\r\nHost: a\r\n\r\n");
    client.rest();
    let told = logged.record(&["status", "end", "path", "member"]);
    let expected = json!({"status": 400, "end": "bad_request", "path": null, "member": null});
    assert_eq!(told, expected);
}

#[test]
fn a_client_that_leaves_is_told() {
    let origin = Origin::start(|mut peer| {
        peer.read_request();
        peer.read_to_end();
    });
    let logged = Logged::new(Protocol::Http, &[&origin]);
    let mut client = Client::connect(logged.stage.address);
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    logged.stage.wait_in_flight(0, 1);
    socket2::SockRef::from(&client.stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    let told = logged.record(&["status", "end", "path"]);
    assert_eq!(told, json!({"status": null, "end": "client_closed", "path": "/slow"}));
}

#[test]
fn a_connection_is_told_with_its_bytes() {
    let origin = Origin::start(|mut peer| {
        peer.read_exactly(4);
        peer.write("answer");
    });
    let logged = Logged::new(Protocol::Tcp, &[&origin]);
    let mut client = Client::connect(logged.stage.address);
    client.send("ping");
    client.end();
    assert_eq!(client.rest(), b"answer");
    let told = logged.record(&["kind", "bytes_in", "bytes_out", "member", "end"]);
    let member = origin.address.to_string();
    let expected =
        json!({"kind": "tcp", "bytes_in": 4, "bytes_out": 6, "member": member, "end": "done"});
    assert_eq!(told, expected);
}

#[test]
fn a_connection_without_a_member_is_told() {
    let logged = Logged::new(Protocol::Tcp, &[&nobody()]);
    assert!(Client::connect(logged.stage.address).is_closed());
    assert_eq!(logged.record(&["end"]), json!({"end": "connect_failed"}));
}

#[test]
fn an_upgraded_request_is_one_record_with_the_stream_in_it() {
    let origin = Origin::start(|mut peer| {
        peer.read_head();
        peer.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
        peer.read_exactly(5);
    });
    let logged = Logged::new(Protocol::Http, &[&origin]);
    let mut client = Client::connect(logged.stage.address);
    let head = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
    client.send(head);
    client.head();
    client.send("hello");
    client.end();
    client.rest();
    let told = logged.record(&["kind", "status", "bytes_in", "end"]);
    let bytes_in = head.len() + 5;
    let expected = json!({"kind": "http", "status": 101, "bytes_in": bytes_in, "end": "done"});
    assert_eq!(told, expected);
}

#[test]
fn tls_that_passes_through_is_told_with_its_server_name() {
    let origin = Origin::start(|mut peer| drop(peer.read_exactly(1)));
    let logged = passing_through(&origin, Tuning::default());
    let cases = [
        ("a.example", json!({"tls_server_name": "a.example", "end": "done"})),
        ("127.0.0.1", json!({"tls_server_name": null, "end": "done"})),
        ("none.example", json!({"tls_server_name": "none.example", "end": "no_pool"})),
    ];
    for (place, (name, expected)) in cases.into_iter().enumerate() {
        let config = Authority::new("any").trusting_client();
        let mut client = connect(config, logged.stage.address, name);
        // Whoever answers is no TLS server.
        let _refused = client.flush();
        drop(client);
        let record = logged.records(place + 1).remove(place);
        let found = json!({"tls_server_name": record["tls_server_name"], "end": record["end"]});
        assert_eq!(found, expected, "{record}");
    }
}

#[test]
fn clients_that_never_say_their_name_are_told_too() {
    let origin = Origin::named("never");
    let deadlines = Deadlines { handshake: Duration::from_millis(50), ..Deadlines::default() };
    let logged = passing_through(&origin, Tuning { deadlines, trap: None });
    let mut silent = Client::connect(logged.stage.address);
    assert!(silent.is_closed());
    let mut malformed = Client::connect(logged.stage.address);
    malformed.send([22, 3, 1, 0, 0]);
    malformed.rest();
    let mut gone = Client::connect(logged.stage.address);
    gone.send([22]);
    gone.end();
    assert!(gone.is_closed());
    let ends: Vec<Value> = logged.records(3).iter().map(|record| record["end"].clone()).collect();
    assert_eq!(ends, ["head_timeout", "bad_request", "client_closed"]);
    assert_eq!(origin.connection_count(), 0);
}

#[test]
fn a_request_over_tls_says_what_was_agreed_on() {
    let origin = Origin::echo();
    let made = secure::certificate(&["a"]);
    let logged = Logged::with(Protocol::Https, &[&origin], |entry| {
        entry.listeners[0].tls = Some(secure::tls(&[&made]));
    });
    let config = std::sync::Arc::new(secure::trusting(&[&made], secure::BOTH));
    let mut client = Client::secure(logged.stage.address, config, "a").unwrap();
    assert_eq!(client.get("/").status, 200);
    let told =
        logged.record(&["tls_version", "tls_cipher", "tls_server_name", "tls_alpn", "tls_resumed"]);
    let expected = json!({
        "tls_version": "TLSv1.3", "tls_cipher": "TLS_AES_256_GCM_SHA384", "tls_server_name": "a",
        "tls_alpn": null, "tls_resumed": false
    });
    assert_eq!(told, expected);
}
