//! Groups without any instance: the first request starts one and is answered by it, whatever is killed meanwhile.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fleet::{Fleet, Random, texts};
use crate::harness::{Client, eventually, process};

const GROUP: &str = "/v1/scaling-groups/workers";
const ROUNDS: u64 = 10;

/// A group of none to ten sample servers, asleep.
#[track_caller]
fn asleep() -> Fleet {
    let fleet = Fleet::without_group();
    let template = fleet.template();
    fleet.create_group(0, &template);
    sleeps(&fleet);
    fleet
}

/// Waits until the group sleeps, with nothing left of any instance.
#[track_caller]
fn sleeps(fleet: &Fleet) {
    fleet.settled(0);
    assert_eq!(fleet.group()["wake"]["state"], "ASLEEP");
}

/// Edits the group, and waits until the proxy goes by it.
#[track_caller]
fn edit(fleet: &Fleet, change: &Value) {
    fleet.elbow.api().patch(GROUP, change).expect(200);
    fleet.elbow.active("web");
}

/// The status and body of one GET, and how long it took.
fn get(address: SocketAddr) -> (u16, String, Duration) {
    let start = Instant::now();
    let response = Client::tcp(address).get("/");
    (response.status, response.body, start.elapsed())
}

fn gets(address: SocketAddr, many: usize) -> Vec<JoinHandle<(u16, String, Duration)>> {
    (0..many).map(|_| thread::spawn(move || get(address))).collect()
}

/// The activities by which requests woke the group.
#[track_caller]
fn wakes(fleet: &Fleet) -> Vec<Value> {
    let activities = fleet.activities().into_iter();
    activities.filter(|one| one["cause"]["type"] == "WAITING_REQUEST").collect()
}

/// Waits until requests wait for the group.
#[track_caller]
fn waits(fleet: &Fleet, many: u64) {
    eventually("requests wait", || {
        let stats = fleet.elbow.api().get("/v1/load-balancers/web/stats").expect(200);
        let waiting = stats["wakes"][0]["waiting"].clone();
        if waiting == many { Ok(()) } else { Err(stats["wakes"].to_string()) }
    });
}

#[test]
fn first_request_starts_the_instance_that_answers_it() {
    let fleet = asleep();
    let shown = fleet.elbow.elbow(&["group", "show", "workers"]).ok();
    assert!(shown.contains("idle (0 instances, wakes on request)"), "{shown}");
    let (status, body, took) = get(fleet.address);
    println!("a cold start of a sample server took {took:?}");
    assert_eq!(status, 200, "{body}");
    let instance = fleet.settled(1).remove(0);
    assert_eq!(body.split(' ').next(), instance["address"].as_str());
    let woken = eventually("its activity ends", || {
        let woken = wakes(&fleet);
        if woken[0]["result"] == "SUCCESSFUL" { Ok(woken) } else { Err(format!("{woken:?}")) }
    });
    let [activity] = woken.as_slice() else { panic!("{woken:?}") };
    assert_eq!((&activity["before"], &activity["after"]), (&json!(0), &json!(1)));
    assert_eq!(activity["evidence"][0]["metric"], "QUEUE_LENGTH");
    assert_eq!(activity["evidence"][0]["value"], 1.0);
    assert_eq!(fleet.group()["wake"]["state"], "AWAKE");
    waits(&fleet, 0);
    let metrics = fleet.elbow.api().get("/metrics");
    assert!(metrics.body.contains("elbow_pool_held_requests_woken_total{"), "{}", metrics.body);
}

#[test]
fn fifty_first_requests_start_one_instance_and_are_all_answered() {
    let fleet = asleep();
    for asked in gets(fleet.address, 50) {
        let (status, body, _) = asked.join().unwrap();
        assert_eq!(status, 200, "{body}");
    }
    fleet.settled(1);
    assert_eq!(wakes(&fleet).len(), 1);
}

#[test]
fn tcp_connection_is_held_until_an_instance_takes_it() {
    let fleet = asleep();
    let listener = json!({"protocol": "TCP", "port": 81});
    fleet.elbow.api().post("/v1/load-balancers/web/listeners", &listener).expect(201);
    fleet.elbow.active("web");
    let mut stream = TcpStream::connect((fleet.address.ip(), 81)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    fleet.settled(1);
}

#[test]
fn who_waits_in_vain_is_told_why() {
    let fleet = asleep();
    edit(
        &fleet,
        &json!({"wake_timeout_s": 1, "template": fleet.template_of(&json!(["sleep", "60"]))}),
    );
    let (status, body, took) = get(fleet.address);
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("no server could be started in time"), "{body}");
    assert!(took >= Duration::from_secs(1), "{took:?}");
    // Where it is known that nothing can be started, nobody waits.
    edit(&fleet, &json!({"wake_timeout_s": 60}));
    for (hinder, why) in
        [("disable", "the group is not active"), ("suspend", "SCALE_OUT is suspended")]
    {
        fleet.act(hinder, &json!({}));
        eventually("it is refused at once", || {
            let (status, body, took) = get(fleet.address);
            let is_told = status == 503 && body.contains("none can be started now");
            if is_told { Ok(()) } else { Err(format!("{status} {body} {took:?}")) }
        });
        let wake = fleet.group()["wake"].clone();
        assert_eq!(wake["state"], "HINDERED", "{wake}");
        assert_eq!(wake["reason"], why);
        fleet.act(if hinder == "disable" { "enable" } else { "resume" }, &json!({}));
    }
    edit(&fleet, &json!({"wake_queue_max": 0}));
    assert_eq!(get(fleet.address).0, 503);
    assert_eq!(fleet.group()["wake"]["state"], "NEVER");
}

#[test]
fn idle_group_sleeps_and_every_request_wakes_it_whatever_is_killed() {
    let mut random = Random::new();
    let mut fleet = asleep();
    edit(&fleet, &json!({"idle_timeout_s": 1}));
    for round in 0..ROUNDS {
        let (victims, asked) = (random.below(4), 1 + random.below(3) as usize);
        println!("round {round}: victims {victims:#b}, {asked} requests");
        if victims & 1 != 0 {
            fleet.elbow.kill_control();
        }
        let early = gets(fleet.address, asked);
        random.moment();
        if victims & 1 != 0 {
            fleet.elbow.up(&[]);
        }
        for one in early {
            let (status, body, _) = one.join().unwrap();
            assert_eq!(status, 200, "round {round}: {body}");
        }
        eventually("nothing is asked of it, and it is to sleep", || {
            let group = fleet.group();
            if group["desired"] == 0 { Ok(()) } else { Err(group.to_string()) }
        });
        if victims & 2 != 0 {
            sleeps(&fleet);
        } else {
            // In the midst of the last instance's leaving.
            random.moment();
        }
    }
    sleeps(&fleet);
    eventually("it says why it sleeps", || {
        let idle = fleet.activities().into_iter().find(|one| one["cause"]["type"] == "IDLE");
        match idle {
            Some(idle) if idle["result"] == "SUCCESSFUL" && idle["after"] == 0 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn requests_right_after_a_restart_of_the_proxy_wait_for_the_first_checks() {
    let fleet = Fleet::start(1);
    for _ in 0..3 {
        let serving = texts(&fleet.settled(1), "address");
        process::signal(fleet.elbow.proxy_pid(), "KILL").unwrap();
        let response = eventually("somebody listens again", || {
            Client::try_tcp(fleet.address).and_then(|mut client| client.try_send("GET", "/", None))
        });
        assert_eq!(response.status, 200, "{response}");
        assert!(serving.contains(response.body.split(' ').next().unwrap()), "{response}");
    }
}
