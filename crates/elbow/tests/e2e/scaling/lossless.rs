//! Scaling under load loses nothing.

use std::net::SocketAddr;

use serde_json::json;

use super::fleet::{Fleet, Random, monitor};
use super::load::Load;
use crate::harness::deployment::address_of;
use crate::harness::eventually;

/// How often the group grows and shrinks.
const TIMES: usize = 3;

#[test]
fn nothing_fails_and_every_answer_is_whole_while_a_group_grows_and_shrinks() {
    let (fleet, tcp) = busy_fleet();
    let load = Load::of_all_kinds(fleet.address, tcp);
    for _ in 0..TIMES {
        for count in [10, 2] {
            load.goes_on();
            fleet.scale(count);
            fleet.settled(count);
        }
    }
    load.goes_on();
    let done = load.end();
    assert!(done > 1_000, "too few to mean anything: {done}");
}

#[test]
fn nothing_fails_while_control_is_killed_in_the_midst_of_scaling() {
    let (mut fleet, tcp) = busy_fleet();
    let mut random = Random::new();
    let load = Load::of_all_kinds(fleet.address, tcp);
    for _ in 0..TIMES {
        for count in [6, 2] {
            load.goes_on();
            fleet.scale(count);
            random.moment();
            fleet.elbow.kill_control();
            load.goes_on();
            fleet.elbow.up(&[]);
            fleet.settled(count);
        }
    }
    load.goes_on();
    load.end();
}

/// Two instances of `server.py` behind an HTTP and a TCP listener; those with the longest work may leave first.
fn busy_fleet() -> (Fleet, SocketAddr) {
    let fleet = Fleet::without_group();
    let tree = json!({"listeners": [{"protocol": "TCP", "port": 81}], "health_monitor": monitor()});
    let tcp = address_of(&fleet.elbow.create("raw", tree));
    let program = include_str!("server.py");
    let command = json!(["python3", "-c", program, "{address}", "{port}"]);
    fleet.create_group(2, &fleet.template_of(&command));
    let change = json!({"removal_policies": ["OLDEST_INSTANCE"]});
    fleet.elbow.api().patch("/v1/scaling-groups/workers", &change).expect(200);
    fleet.settled(2);
    fleet.act("attach-load-balancers", &json!({"load_balancers": ["raw"], "force": true}));
    eventually("they serve there too", || {
        let tree = fleet.elbow.active("raw");
        let members = tree["pools"][0]["members"].as_array().unwrap();
        let well = members.iter().filter(|member| member["health"] == "HEALTHY").count();
        if well == 2 { Ok(()) } else { Err(tree.to_string()) }
    });
    (fleet, tcp)
}
