//! Lifecycle hooks: somebody else is told that an instance waits, and says when it goes on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::harness::deployment::NETWORK;
use crate::harness::{Deployment, PATIENCE, eventually};

/// A web service that refuses its first request and takes all others; what it was sent, with its signature.
fn service() -> (SocketAddr, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sent, received) = channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let mut reader = BufReader::new(stream);
            let (mut length, mut signature, mut line) = (0, String::new(), String::new());
            while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
                let lower = line.trim().to_ascii_lowercase();
                if let Some(value) = lower.strip_prefix("content-length: ") {
                    length = value.parse().unwrap();
                }
                if let Some(value) = lower.strip_prefix("elbow-signature: ") {
                    signature = value.to_owned();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = if number == 0 { "503 Busy" } else { "204 No Content" };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            if number > 0 && sent.send((signature, serde_json::from_slice(&body).unwrap())).is_err()
            {
                return;
            }
        }
    });
    (address, received)
}

#[test]
fn an_instance_waits_for_its_hooks_on_the_way_in_and_out_and_their_service_is_told_until_it_listens()
 {
    let elbow = Deployment::start();
    let (service, told) = service();
    let check = json!({"type": "HTTP", "path": "/healthz", "interval_ms": 200, "timeout_ms": 200});
    let listeners = json!([{"protocol": "HTTP", "port": 80}]);
    elbow.create("web", json!({"listeners": listeners, "health_monitor": check}));
    let command = ["{elbow}", "sample-server", "--listen", "{address}:{port}"];
    let group = json!({
        "name": "workers", "network": NETWORK, "min": 0, "max": 2,
        "template": {"driver": "PROCESS", "command": command, "port": 8080},
        "attachments": [{"load_balancer": "web"}],
    });
    let mut api = elbow.api();
    api.post("/v1/scaling-groups", &group).expect(201);
    for (name, transition) in [("warm", "LAUNCH"), ("save", "TERMINATE")] {
        let hook = json!({
            "name": name, "transition": transition, "webhook": format!("http://{service}/waits"),
        });
        api.post("/v1/scaling-groups/workers/hooks", &hook).expect(201);
    }
    let pass = |desired: u32, transition: &str, status: &str| {
        let mut api = elbow.api();
        api.post("/v1/scaling-groups/workers/scale", &json!({"desired": desired})).expect(200);
        let (signature, message) = told.recv_timeout(PATIENCE).unwrap();
        assert!(signature.starts_with("t=") && signature.contains(",v1="), "{signature}");
        assert_eq!(
            (&message["event"], &message["transition"]),
            (&json!("LIFECYCLE_HOOK"), &json!(transition))
        );
        let instance = format!("/v1/instances/{}", message["instance"]["id"].as_str().unwrap());
        assert_eq!(api.get(&instance).expect(200)["status"], status);
        let done = json!({"token": message["token"], "result": "CONTINUE"});
        api.post(&format!("{instance}/complete-hook"), &done).expect(200);
        instance
    };
    let instance = pass(1, "LAUNCH", "PENDING_WAIT");
    eventually("it serves", || match elbow.api().get(&instance).expect(200)["status"].as_str() {
        Some("IN_SERVICE") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    pass(0, "TERMINATE", "REMOVING_WAIT");
    eventually("it is gone", || match elbow.api().get(&instance).status {
        404 => Ok(()),
        other => Err(other.to_string()),
    });
}

#[test]
fn who_wants_to_know_is_told_of_activities_and_of_the_breaker_until_he_listens() {
    let elbow = Deployment::start();
    let (service, told) = service();
    // A program that is not there: no launch ever succeeds.
    let group = json!({
        "name": "workers", "network": NETWORK, "min": 0, "max": 2,
        "template": {"driver": "PROCESS", "command": ["./not-there"], "port": 8080},
    });
    let mut api = elbow.api();
    api.post("/v1/scaling-groups", &group).expect(201);
    let url = format!("http://{service}/told");
    let on = "activity-failed,breaker-opened";
    elbow.elbow(&["group", "edit", "workers", "--notify", &url, "--notify-on", on]).ok();
    let shown = api.get("/v1/scaling-groups/workers").expect(200);
    let expected = json!([{"url": url, "events": ["ACTIVITY_FAILED", "BREAKER_OPENED"]}]);
    assert_eq!(shown["notifications"], expected);
    api.post("/v1/scaling-groups/workers/scale", &json!({"desired": 1})).expect(200);
    let mut events = std::collections::BTreeSet::new();
    while events.len() < 2 {
        let (signature, message) = told.recv_timeout(PATIENCE).unwrap();
        assert!(signature.starts_with("t=") && signature.contains(",v1="), "{signature}");
        assert_eq!(message["scaling_group"]["name"], "workers");
        if message["event"] == "ACTIVITY_FAILED" {
            assert_eq!(message["activity"]["result"], "FAILED", "{message}");
        }
        events.insert(message["event"].as_str().unwrap().to_owned());
    }
    assert_eq!(events.into_iter().collect::<Vec<_>>(), ["ACTIVITY_FAILED", "BREAKER_OPENED"]);
    elbow.elbow(&["group", "edit", "workers", "--notify", "none"]).ok();
    assert_eq!(api.get("/v1/scaling-groups/workers").expect(200)["notifications"], json!([]));
}
