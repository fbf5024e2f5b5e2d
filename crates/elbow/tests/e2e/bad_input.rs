//! Wrong input is refused with field, value and what is allowed, by every way in, and changes nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};

use serde_json::{Value, json};

use crate::harness::deployment::NETWORK;
use crate::harness::{Client, Deployment};

/// A deployment with load balancer `web`, and its World's revision.
fn deployment() -> (Deployment, Value) {
    let elbow = Deployment::start();
    let tree = elbow.create("web", json!({"listeners": [{"protocol": "HTTP", "port": 80}]}));
    (elbow, tree)
}

fn revision(elbow: &Deployment) -> Value {
    elbow.api().get("/readyz").json()["revision"].clone()
}

#[test]
fn api_refusals_name_field_value_and_what_is_allowed() {
    let (elbow, web) = deployment();
    let before = revision(&elbow);
    let balancer = |change: Value| {
        let mut tree = json!({"name": "new", "network": NETWORK});
        tree.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        tree
    };
    let listener = |port: i64| balancer(json!({"listeners": [{"protocol": "HTTP", "port": port}]}));
    let vip = web["vip"].as_str().unwrap();
    // What is sent, the status, the field, and words that its reason must have.
    let cases: Vec<(Value, u16, &str, Vec<&str>)> = vec![
        (listener(0), 422, "listeners[0].port", vec!["0", "1", "65535"]),
        (listener(70_000), 422, "listeners[0].port", vec!["70000", "1", "65535"]),
        (balancer(json!({"vip": "10.1.2.3"})), 422, "vip", vec!["10.1.2.3", NETWORK]),
        (balancer(json!({"vip": vip})), 409, "vip", vec![vip]),
        (
            balancer(json!({"method": "FASTEST"})),
            422,
            "method",
            vec!["FASTEST", "ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP"],
        ),
        (
            balancer(json!({"members": [{"address": "10.0.0.5", "port": 80, "weight": 300}]})),
            422,
            "members[0].weight",
            vec!["300", "256"],
        ),
        (
            balancer(json!({"members": [{"address": "banana", "port": 80}]})),
            422,
            "members[0].address",
            vec!["banana"],
        ),
        (
            balancer(json!({"listeners": [{"protocol": "HTTPS", "port": 443}]})),
            422,
            "listeners[0].certificate",
            vec!["certificate"],
        ),
        (balancer(json!({"colour": "red"})), 422, "colour", vec![]),
        (balancer(json!({"name": "web"})), 409, "name", vec!["web"]),
    ];
    for (body, status, field, words) in cases {
        let refused = elbow.api().post("/v1/load-balancers", &body);
        assert_eq!(refused.status, status, "{body} -> {refused}");
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        let problem = refused.json();
        assert_eq!(problem["errors"][0]["field"], field, "{body} -> {problem}");
        let reason = problem["errors"][0]["reason"].as_str().unwrap();
        for word in words {
            assert!(reason.contains(word), "`{word}` is not in: {reason}");
        }
    }
    let id = web["id"].as_str().unwrap();
    let used = elbow.api().post(
        &format!("/v1/load-balancers/{id}/listeners"),
        &json!({"protocol": "TCP", "port": 80}),
    );
    assert_eq!(used.status, 409, "{used}");
    assert_eq!(used.json()["errors"][0]["field"], "port");
    let listener = web["listeners"][0]["id"].as_str().unwrap();
    let rule = json!({"priority": 1, "match": {"path": "/x"}, "action": {"forward": [{"pool": "nowhere"}]}});
    let missing = elbow.api().post(&format!("/v1/listeners/{listener}/rules"), &rule).expect(422);
    assert_eq!(missing["errors"][0]["field"], "action.forward[0].pool");
    assert!(missing["errors"][0]["reason"].as_str().unwrap().contains("nowhere"), "{missing}");
    assert_eq!(revision(&elbow), before, "a refused request changes nothing");
}

#[test]
fn bodies_that_are_no_request_are_refused() {
    let (elbow, _) = deployment();
    let before = revision(&elbow);
    let refused = elbow.api().send("POST", "/v1/load-balancers", Some("{\"name\": "));
    assert_eq!(refused.status, 400, "{refused}");
    assert!(!refused.json()["detail"].as_str().unwrap().is_empty());
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(10 * 1024 * 1024));
    // The service may answer and close before it has read everything.
    match elbow.api().try_send("POST", "/v1/load-balancers", Some(&long)) {
        Ok(refused) => assert_eq!(refused.status, 413, "{refused}"),
        Err(error) => assert!(
            matches!(
                error.kind(),
                std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset
            ),
            "{error}"
        ),
    }
    assert_eq!(revision(&elbow), before, "a refused request changes nothing");
    assert_eq!(elbow.api().get("/livez").status, 200);
}

#[test]
fn command_line_refusals_say_the_same_and_what_to_try() {
    let (elbow, _) = deployment();
    let before = revision(&elbow);
    let create = |arguments: &[&str]| {
        let words: Vec<&str> = ["lb", "create", "new", "--network", NETWORK]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        elbow.elbow(&words)
    };
    let cases: [(&[&str], i32, &[&str]); 8] = [
        (
            &["--listener", "http:0"],
            1,
            &["listeners[0].port", "port 0", "65535", "next: elbow lb create --help"],
        ),
        (&["--listener", "http:70000"], 1, &["listeners[0].port", "70000", "65535"]),
        (&["--vip", "10.1.2.3"], 1, &["vip", "10.1.2.3", "next: elbow network list"]),
        (
            &["--method", "fastest"],
            2,
            &["fastest", "round-robin", "least-connections", "source-ip"],
        ),
        (&["--member", "10.0.0.5:80,weight=300"], 1, &["members[0].weight", "300", "256"]),
        (&["--member", "banana:80"], 1, &["members[0].address", "banana"]),
        (&["--member", "10.0.0.5:http"], 2, &["10.0.0.5:http", "http"]),
        (&["--listener", "https:443"], 1, &["certificate"]),
    ];
    for (arguments, code, words) in cases {
        let complaint = create(arguments).fails(code);
        for word in words {
            assert!(complaint.contains(word), "{arguments:?}: `{word}` is not in: {complaint}");
        }
    }
    let taken = elbow.elbow(&["lb", "create", "web", "--network", NETWORK]).fails(1);
    assert!(
        taken.contains("`web` exists already") && taken.contains("next: elbow lb show web"),
        "{taken}"
    );
    let used = elbow.elbow(&["listener", "add", "web", "tcp:80"]).fails(1);
    assert!(used.contains("port 80") && used.contains("next: elbow lb show web"), "{used}");
    let missing = elbow
        .elbow(&["rule", "add", "web", "http:80", "--path", "/x", "--pool", "nowhere"])
        .fails(1);
    assert!(
        missing.contains("nowhere") && missing.contains("next: elbow pool list web"),
        "{missing}"
    );
    let unknown = elbow.elbow(&["lb", "show", "nothing"]).fails(1);
    assert!(unknown.contains("`nothing`") && unknown.contains("next: elbow lb list"), "{unknown}");
    assert_eq!(revision(&elbow), before, "a refused command changes nothing");
}

#[test]
fn of_many_creates_with_one_name_exactly_one_wins() {
    let elbow = Deployment::start();
    let creators = 1_000;
    let start = Arc::new(Barrier::new(creators));
    let tree = json!({"name": "one", "network": NETWORK});
    let creators: Vec<_> = (0..creators)
        .map(|_| {
            let (start, socket, tree) = (Arc::clone(&start), elbow.socket(), tree.clone());
            std::thread::spawn(move || {
                let mut api = Client::unix(&socket);
                start.wait();
                api.post("/v1/load-balancers", &tree).status
            })
        })
        .collect();
    let mut statuses: Vec<u16> =
        creators.into_iter().map(|creator| creator.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201, "one wins");
    assert!(statuses[1..].iter().all(|status| *status == 409), "the others lose: {statuses:?}");
    let list = elbow.api().get("/v1/load-balancers").expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn callers_over_tcp_must_log_in() {
    let elbow = Deployment::start();
    let mut stranger = Client::tcp(elbow.api_address());
    assert_eq!(stranger.get("/v1/load-balancers").status, 401);
    let wrong = stranger.post("/v1/sessions", &json!({"username": "admin", "password": "wrong"}));
    assert_eq!(wrong.status, 401, "{wrong}");
    let right = json!({"username": "admin", "password": crate::harness::deployment::PASSWORD});
    let session = stranger.post("/v1/sessions", &right).expect(201);
    let token = session["token"].as_str().unwrap();
    let mut admin =
        Client::tcp(elbow.api_address()).with_header("authorization", &format!("Bearer {token}"));
    assert_eq!(admin.get("/v1/load-balancers").status, 200);
}

#[test]
fn noise_on_the_api_port_is_answered_or_closed_and_hurts_nobody() {
    let elbow = Deployment::start();
    for noise in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"GET\r\n\r\n", &[0; 4096]]
    {
        let mut stream = TcpStream::connect(elbow.api_address()).unwrap();
        stream.write_all(noise).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _closed = stream.read_to_end(&mut answer);
    }
    assert_eq!(Client::tcp(elbow.api_address()).get("/livez").status, 200);
}
