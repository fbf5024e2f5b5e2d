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
