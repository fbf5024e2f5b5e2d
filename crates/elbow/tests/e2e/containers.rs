//! Scaling groups of containers: the whole program with a Podman of the test's own.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use crate::harness::deployment::{NETWORK, address_of};
use crate::harness::podman::Podman;
use crate::harness::static_program::Program;
use crate::harness::{Deployment, eventually};

const IMAGE: &str = "localhost/program:1";

#[test]
fn group_of_containers_serves_scales_and_leaves_nothing() {
    let engine = Podman::start(IMAGE, &Program::build().path());
    let mut elbow = Deployment::prepare();
    elbow.up(&["--container-engine", engine.socket().to_str().unwrap()]);
    elbow.own_network();
    let front = front(&elbow);
    let group = json!({
        "name": "workers", "network": NETWORK, "min": 2, "max": 4, "drain_timeout_s": 0,
        "template": {
            "driver": "CONTAINER", "image": IMAGE, "command": ["/program", "serve", "{address}", "{port}"],
            "port": 8080,
        },
        "attachments": [{"load_balancer": "web"}],
    });
    elbow.api().post("/v1/scaling-groups", &group).expect(201);

    let first = in_service(&elbow, 2);
    assert_eq!(who_serves(front, 2), first, "each instance answers with its id");
    assert_eq!(engine.containers().len(), 2);

    scale(&elbow, 4);
    let more = in_service(&elbow, 4);
    assert!(more.is_superset(&first), "those that serve stay: {first:?}, {more:?}");
    assert_eq!(who_serves(front, 4), more);
    assert_eq!(engine.containers().len(), 4);

    scale(&elbow, 2);
    let rest = in_service(&elbow, 2);
    assert!(rest.is_subset(&more), "{rest:?}, {more:?}");
    assert_eq!(who_serves(front, 2), rest);
    left(&engine, 2);

    elbow.api().delete("/v1/scaling-groups/workers?force=true").expect(204);
    left(&engine, 0);
    eventually("the group is gone", || {
        match elbow.api().get("/v1/scaling-groups/workers").status {
            404 => Ok(()),
            other => Err(other),
        }
    });
}

#[test]
fn containers_outlive_a_killed_control_and_a_killed_one_is_replaced() {
    let engine = Podman::start(IMAGE, &Program::build().path());
    let socket = engine.socket();
    let mut elbow = Deployment::prepare();
    let up = ["--container-engine", socket.to_str().unwrap()];
    elbow.up(&up);
    elbow.own_network();
    let front = front(&elbow);
    let group = json!({
        "name": "workers", "network": NETWORK, "min": 2, "max": 4, "drain_timeout_s": 0,
        "template": {
            "driver": "CONTAINER", "image": IMAGE, "command": ["/program", "serve", "{address}", "{port}"],
            "port": 8080,
        },
        "attachments": [{"load_balancer": "web"}],
    });
    elbow.api().post("/v1/scaling-groups", &group).expect(201);
    let first = in_service(&elbow, 2);

    elbow.kill_control();
    assert_eq!(who_serves(front, 2), first, "nobody needs control to serve");
    elbow.up(&up);
    assert_eq!(in_service(&elbow, 2), first, "the same ones are taken over");
    assert_eq!(engine.containers().len(), 2);

    let victim = first.first().unwrap();
    engine.kill(&format!("elbow-{victim}"));
    let second = eventually("another one takes its place", || {
        let serving = in_service(&elbow, 2);
        if serving.contains(victim) { Err(format!("{serving:?}")) } else { Ok(serving) }
    });
    assert_eq!(second.intersection(&first).count(), 1, "{first:?}, {second:?}");
    assert_eq!(who_serves(front, 2), second);
    left(&engine, 2);
    elbow.api().delete("/v1/scaling-groups/workers?force=true").expect(204);
    left(&engine, 0);
}

/// A load balancer for programs that say who they are to whoever connects.
fn front(elbow: &Deployment) -> SocketAddr {
    let tree = json!({
        "listeners": [{"protocol": "TCP", "port": 80}],
        "health_monitor": {"type": "TCP", "interval_ms": 1000, "timeout_ms": 500, "rise": 1},
    });
    address_of(&elbow.create("web", tree))
}

#[track_caller]
fn scale(elbow: &Deployment, desired: u32) {
    let body = json!({ "desired": desired });
    let answer = elbow.api().post("/v1/scaling-groups/workers/scale", &body);
    assert!(answer.status < 300, "{answer}");
}

/// Waits until the group has so many instances and all are in service; gives their ids.
#[track_caller]
fn in_service(elbow: &Deployment, count: usize) -> BTreeSet<String> {
    let mut api = elbow.api();
    eventually(&format!("{count} instances are in service"), || {
        let page = api.get("/v1/scaling-groups/workers/instances").expect(200);
        let items = page["items"].as_array().unwrap();
        let serves = |instance: &&Value| instance["status"] == "IN_SERVICE";
        if items.len() == count && items.iter().all(|instance| serves(&instance)) {
            Ok(items.iter().map(|instance| instance["id"].as_str().unwrap().to_owned()).collect())
        } else {
            let shown = items.iter().map(|instance| &instance["status"]).collect::<Vec<_>>();
            Err(format!("{shown:?}"))
        }
    })
}

/// Waits until exactly so many different programs take turns at an address; gives what they say.
#[track_caller]
fn who_serves(front: SocketAddr, count: usize) -> BTreeSet<String> {
    eventually(&format!("{count} take turns"), || {
        let said: Result<BTreeSet<String>, String> = (0..count * 4).map(|_| say(front)).collect();
        let said = said?;
        if said.len() == count { Ok(said) } else { Err(format!("{said:?}")) }
    })
}

/// What whoever gets a connection says.
fn say(front: SocketAddr) -> Result<String, String> {
    let mut text = String::new();
    let mut stream = TcpStream::connect(front).map_err(|error| error.to_string())?;
    stream.read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.is_empty() { Err("nobody answered".to_owned()) } else { Ok(text) }
}

/// Waits until the engine has exactly so many containers, those that have ended counted.
#[track_caller]
fn left(engine: &Podman, count: usize) {
    eventually(&format!("{count} containers are left"), || {
        let names = engine.containers();
        if names.len() == count { Ok(()) } else { Err(format!("{names:?}")) }
    });
}
