//! Policies that see real load.

use serde_json::{Value, json};

use super::fleet::Fleet;
use super::load::Load;
use crate::harness::eventually;

#[test]
fn target_tracking_follows_what_is_in_flight_out_and_in_and_says_by_which_numbers() {
    follows("IN_FLIGHT_PER_INSTANCE", 2.0);
}

#[test]
fn target_tracking_follows_requests_out_and_in_and_says_by_which_numbers() {
    follows("REQUESTS_PER_INSTANCE", 10.0);
}

#[track_caller]
fn follows(metric: &str, target: f64) {
    let fleet = Fleet::start(1);
    let mut api = fleet.elbow.api();
    let at_once = json!({"stabilization_s": 0});
    let policy = json!({
        "name": "busy", "type": "TARGET_TRACKING", "metric": metric, "target": target,
        "down": at_once,
    });
    api.patch("/v1/scaling-groups/workers", &json!({"cooldown_s": 0})).expect(200);
    api.post("/v1/scaling-groups/workers/policies", &policy).expect(201);
    let load = Load::of_slow_gets(fleet.address, 8);
    let activity = eventually("it scales out", || {
        let activities = fleet.activities();
        let is_policy =
            |one: &&Value| one["cause"]["name"] == "busy" && one["result"] == "SUCCESSFUL";
        activities.iter().find(is_policy).cloned().ok_or_else(|| format!("{activities:?}"))
    });
    assert_eq!(activity["cause"]["type"], "POLICY");
    assert!(activity["after"].as_u64() > activity["before"].as_u64(), "{activity}");
    let evidence = &activity["evidence"][0];
    assert_eq!(evidence["metric"], metric, "{activity}");
    assert!(evidence["value"].as_f64().unwrap() > target, "{activity}");
    assert_eq!(evidence["compared_with"], target, "{activity}");
    load.end();
    fleet.settled(1);
}

#[test]
fn a_group_that_does_nothing_shrinks_by_what_its_instances_use_of_the_machine() {
    for (metric, target) in [("CPU_PERCENT", 50.0), ("MEMORY_PERCENT", 50.0)] {
        let fleet = Fleet::start(1);
        let mut api = fleet.elbow.api();
        api.patch("/v1/scaling-groups/workers", &json!({"cooldown_s": 0})).expect(200);
        fleet.scale(3);
        fleet.settled(3);
        let policy = json!({
            "name": "idle", "type": "TARGET_TRACKING", "metric": metric, "target": target,
            "down": {"stabilization_s": 0},
        });
        api.post("/v1/scaling-groups/workers/policies", &policy).expect(201);
        fleet.settled(1);
        let activities = fleet.activities();
        let shrunk = activities.iter().find(|one| one["cause"]["name"] == "idle").unwrap();
        let used = shrunk["evidence"][0]["value"].as_f64().unwrap();
        assert!((0.0..target).contains(&used), "{metric} {used}: {shrunk}");
    }
}
