//! 10,000 load balancers with 100,000 members: everything stays quick.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::in_force;
use crate::harness::{Client, Deployment, Origin, eventually};
use crate::{alone, percentile, say};

const BALANCERS: usize = 10_000;
const MEMBERS: usize = 10;
const WRITERS: usize = 8;

#[test]
fn ten_thousand_balancers_are_as_quick_as_one() {
    let _alone = alone();
    let mut elbow = Deployment::start();
    // Wide enough for all, and not where others test.
    elbow
        .api()
        .post("/v1/networks", &json!({"name": "wide", "kind": "VPC", "cidr": "127.120.0.0/16"}))
        .expect(201);
    import(&elbow);
    elbow.active("many-9999");

    let held = |what: &str, times: &mut Vec<f64>, share: f64, limit: f64| {
        say(what, times);
        let found = percentile(times, share);
        assert!(found < limit, "{what}: p{} is {found:.1} ms, not {limit} ms", share * 100.0);
    };
    let quick = |what: &str, times: &mut Vec<f64>, limit: f64| held(what, times, 0.99, limit);
    quick(
        "list",
        &mut time(&elbow, |api, _| api.get("/v1/load-balancers?limit=50").expect(200)),
        10.0,
    );
    quick(
        "search",
        &mut time(&elbow, |api, i| {
            api.get(&format!("/v1/load-balancers?q=many-{i}77&limit=50")).expect(200)
        }),
        10.0,
    );
    quick(
        "show",
        &mut time(&elbow, |api, i| api.get(&format!("/v1/load-balancers/many-{i}")).expect(200)),
        10.0,
    );
    let edit = |api: &mut Client, i: usize| {
        api.patch(
            &format!("/v1/load-balancers/many-{i}"),
            &json!({"description": format!("edited {i}")}),
        )
        .expect(200)
    };
    // Nine of ten: how long a disk takes to make the rest durable is not Elbow's.
    held("edit", &mut time(&elbow, edit), 0.9, 10.0);
    held("change until in force", &mut time_until_in_force(&elbow), 0.99, 50.0);
    held("create until ACTIVE", &mut in_force::measure(&elbow, &Origin::start("one")), 0.99, 100.0);

    assert!(elbow.stop().success());
    let begin = Instant::now();
    elbow.up(&[]);
    let took = begin.elapsed();
    say("start", &mut [took.as_secs_f64() * 1_000.0]);
    assert!(took < Duration::from_secs(3), "start-up took {took:?}");
    elbow.active("many-0");
    elbow.active("many-9999");
}

/// Creates all of them from several connections at once.
fn import(elbow: &Deployment) {
    let next = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (mut api, next) = (elbow.api(), Arc::clone(&next));
            thread::spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= BALANCERS {
                        return;
                    }
                    let members: Vec<Value> =
                        (0..MEMBERS).map(|m| json!({"address": format!("10.{}.{}.{m}", index / 256, index % 256), "port": 80})).collect();
                    // Half of them listen; descriptors are the machine's.
                    let listeners = if index % 2 == 0 { json!([{"protocol": "HTTP", "port": 80}]) } else { json!([]) };
                    let tree = json!({"name": format!("many-{index}"), "network": "wide", "members": members, "listeners": listeners});
                    api.post("/v1/load-balancers", &tree).expect(201);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
}

/// Milliseconds of each of 100 requests.
fn time(elbow: &Deployment, mut request: impl FnMut(&mut Client, usize) -> Value) -> Vec<f64> {
    let mut api = elbow.api();
    (0..100)
        .map(|index| {
            let begin = Instant::now();
            request(&mut api, index * 97);
            begin.elapsed().as_secs_f64() * 1_000.0
        })
        .collect()
}

/// Milliseconds from sending an edit until it is answered to be in force.
fn time_until_in_force(elbow: &Deployment) -> Vec<f64> {
    let mut api = elbow.api();
    (0..100)
        .map(|index| {
            let path = format!("/v1/load-balancers/many-{}", index * 97);
            let begin = Instant::now();
            let edited = api.patch(&path, &json!({"method": if index % 2 == 0 { "SOURCE_IP" } else { "LEAST_CONNECTIONS" }})).expect(200);
            eventually("the edit is in force", || {
                let tree = api.get(&path).expect(200);
                let is_in_force = tree["status"] == "ACTIVE" && tree["revision"] == edited["revision"];
                if is_in_force { Ok(()) } else { Err(tree["status_reason"].to_string()) }
            });
            begin.elapsed().as_secs_f64() * 1_000.0
        })
        .collect()
}
