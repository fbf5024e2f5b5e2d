//! Records as readers see them.

use elbow_model::listener::{Protocol, Timeouts};
use elbow_model::table::PoolIndex;
use elbow_model::value::{HostName, Name, Revision};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn entry() -> TableEntry {
    let listener = TableListener {
        id: Uuid::from_u128(2).into(),
        name: Name::new("front").unwrap(),
        protocol: Protocol::Http,
        address: "127.0.0.1:80".parse().unwrap(),
        rules: Vec::new(),
        pool: PoolIndex(0),
        member_port: None,
        insert_headers: Vec::new(),
        trusted_proxies: Vec::new(),
        proxy_protocol: false,
        timeouts: Timeouts::default(),
        connection_limit: None,
        connection_limit_per_source: None,
        allowed_cidrs: Vec::new(),
        tls: None,
        http2: false,
        https_redirect: None,
    };
    TableEntry {
        id: Uuid::from_u128(1).into(),
        name: Name::new("web").unwrap(),
        project: Uuid::from_u128(3).into(),
        revision: Revision(1),
        listeners: vec![listener],
        pools: Vec::new(),
    }
}

fn arrival(entry: &TableEntry) -> Arrival<'_> {
    Arrival {
        at: Timestamp(1_795_316_098_123),
        entry,
        listener: &entry.listeners[0],
        client: "[2001:db8::7]:4711".parse().unwrap(),
        tls: None,
    }
}

fn outcome() -> Outcome {
    Outcome {
        server_name: None,
        status: Some(200),
        bytes_in: 75,
        bytes_out: 1024,
        duration_us: 12_045,
        member: Some("10.0.0.5:8080".parse().unwrap()),
        connect_us: None,
        response_us: Some(9_000),
        retries: 1,
        end: End::Done,
    }
}

fn parse(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap()
}

#[test]
fn a_request_is_one_object_on_one_line() {
    let entry = entry();
    let asked = Asked { method: "GET", authority: "shop.example", target: "/x?y=1" };
    let mut out = Vec::new();
    open_request(&arrival(&entry), b"0a", Some(&asked), &mut out);
    close(Kind::Http, &outcome(), &mut out);
    assert_eq!(
        parse(&out),
        json!({
            "time": "2026-11-22T02:54:58.123Z", "kind": "http",
            "load_balancer": "web", "load_balancer_id": "00000000-0000-0000-0000-000000000001",
            "listener": "front", "listener_id": "00000000-0000-0000-0000-000000000002",
            "client": "[2001:db8::7]:4711", "request_id": "0a",
            "method": "GET", "host": "shop.example", "path": "/x?y=1", "status": 200,
            "bytes_in": 75, "bytes_out": 1024, "duration_ms": 12.045,
            "member": "10.0.0.5:8080", "upstream_connect_ms": null,
            "upstream_response_ms": 9.0, "retries": 1, "end": "done",
        })
    );
}

#[test]
fn a_connection_has_neither_status_nor_request() {
    let entry = entry();
    let mut out = Vec::new();
    open_connection(&arrival(&entry), &mut out);
    let outcome = Outcome { end: End::IdleTimeout, member: None, ..outcome() };
    close(Kind::Tcp, &outcome, &mut out);
    let line = parse(&out);
    let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
    assert!(!keys.iter().any(|key| ["status", "path", "request_id"].contains(&key.as_str())));
    assert_eq!((&line["kind"], &line["end"]), (&json!("tcp"), &json!("idle_timeout")));
    assert_eq!(line.get("tls_server_name"), Some(&Value::Null));
}

#[test]
fn a_connection_passed_through_is_told_with_its_server_name() {
    let entry = entry();
    let mut out = Vec::new();
    open_connection(&arrival(&entry), &mut out);
    let server_name = Some(HostName::new("db.example").unwrap());
    close(Kind::Tcp, &Outcome { server_name, ..outcome() }, &mut out);
    assert_eq!(parse(&out)["tls_server_name"], json!("db.example"));
}

#[test]
fn a_request_that_was_none_is_logged_as_such() {
    let entry = entry();
    let mut out = Vec::new();
    open_request(&arrival(&entry), b"0a", None, &mut out);
    close(Kind::Http, &Outcome { status: None, ..outcome() }, &mut out);
    let line = parse(&out);
    assert_eq!((&line["method"], &line["status"]), (&Value::Null, &Value::Null));
}

proptest! {
    #[test]
    fn any_bytes_make_one_parseable_line_of_printable_ascii(
        id in proptest::collection::vec(any::<u8>(), 0..100),
        method in ".*", authority in ".*", target in "\\PC*|.*|[\u{0}-\u{ff}]{0,4000}",
    ) {
        let entry = entry();
        let asked = Asked { method: &method, authority: &authority, target: &target };
        let mut out = Vec::new();
        open_request(&arrival(&entry), &id, Some(&asked), &mut out);
        close(Kind::Http, &outcome(), &mut out);
        prop_assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 1);
        prop_assert_eq!(out.last(), Some(&b'\n'));
        prop_assert!(out[..out.len() - 1].iter().all(|byte| (b' '..=b'~').contains(byte)));
        let line: Value = serde_json::from_slice(&out).unwrap();
        // Byte by byte, nothing is lost.
        let logged: Vec<u8> = line["path"].as_str().unwrap().chars().map(|c| c as u8).collect();
        prop_assert_eq!(&logged, &target.as_bytes()[..target.len().min(MAX_TEXT)]);
    }

    #[test]
    fn the_longest_record_has_its_bound(byte in any::<u8>()) {
        let entry = entry();
        let text = String::from_utf8_lossy(&[byte]).repeat(8192);
        // The parser bounds methods and ids.
        let asked = Asked { method: "PROPPATCH", authority: &text, target: &text };
        let mut out = Vec::new();
        open_request(&arrival(&entry), &[byte; 128], Some(&asked), &mut out);
        let most = Outcome { bytes_in: u64::MAX, bytes_out: u64::MAX, duration_us: u64::MAX,
            connect_us: Some(u64::MAX), response_us: Some(u64::MAX), ..outcome() };
        close(Kind::Http, &most, &mut out);
        prop_assert!(out.len() <= MAX_RECORD, "{}", out.len());
    }
}

#[test]
fn a_record_over_tls_says_what_was_agreed_on() {
    let entry = entry();
    let tls = Secured {
        version: "TLSv1.3",
        cipher: "TLS_AES_128_GCM_SHA256",
        server_name: Some("a.example"),
        alpn: None,
        is_resumed: true,
    };
    let mut out = Vec::new();
    open_request(&Arrival { tls: Some(tls), ..arrival(&entry) }, b"id", None, &mut out);
    close(Kind::Http, &outcome(), &mut out);
    let record: Value = serde_json::from_slice(&out).unwrap();
    for (name, expected) in [
        ("tls_version", json!("TLSv1.3")),
        ("tls_cipher", json!("TLS_AES_128_GCM_SHA256")),
        ("tls_server_name", json!("a.example")),
        ("tls_alpn", Value::Null),
        ("tls_resumed", json!(true)),
    ] {
        assert_eq!(record[name], expected, "{name}");
    }
}
