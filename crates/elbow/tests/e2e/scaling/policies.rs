//! Policies that see real load.

use std::time::Duration;

use elbow_model::value::Timestamp;
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

#[test]
fn a_simple_and_a_step_policy_follow_their_alarms() {
    let fleet = Fleet::start(1);
    let mut api = fleet.elbow.api();
    api.patch("/v1/scaling-groups/workers", &json!({"cooldown_s": 0})).expect(200);
    let alarm = |comparison: &str, threshold: f64| {
        json!({
            "metric": "IN_FLIGHT_PER_INSTANCE", "comparison": comparison, "threshold": threshold,
            "window_s": 2, "for_s": 1,
        })
    };
    let change = |value: i64| json!({"type": "CHANGE", "value": value});
    let grow = json!({
        "name": "grow", "type": "STEP", "alarm": alarm("ABOVE", 3.0), "up": {"cooldown_s": 600},
        "steps": [{"from": 0, "to": 2, "adjustment": change(1)}, {"from": 2, "adjustment": change(2)}],
    });
    let calm = json!({
        "name": "calm", "type": "SIMPLE", "alarm": alarm("BELOW", 0.5), "adjustment": change(-9),
    });
    for policy in [&grow, &calm] {
        api.post("/v1/scaling-groups/workers/policies", policy).expect(201);
    }
    // Eight at once on one instance are five above the threshold: the second step.
    let load = Load::of_slow_gets(fleet.address, 8);
    fleet.settled(3);
    load.end();
    fleet.settled(1);
    let activities = fleet.activities();
    // Newest first; in its cooldown it says that it would have wanted more.
    let by = |name: &str| {
        let is_change =
            |one: &&Value| one["cause"]["name"] == name && one["result"] != "NOT_SCALED";
        activities.iter().find(is_change).unwrap()
    };
    assert_eq!((&by("grow")["before"], &by("grow")["after"]), (&json!(1), &json!(3)));
    assert!(by("grow")["evidence"][0]["value"].as_f64().unwrap() > 5.0, "{}", by("grow"));
    assert_eq!((&by("calm")["before"], &by("calm")["after"]), (&json!(3), &json!(1)));
}

#[test]
fn a_policy_is_executed_by_hand_and_a_schedule_does_what_it_says_at_its_time() {
    let fleet = Fleet::start(1);
    let add = ["policy", "add", "workers", "simple", "--name", "more", "--change", "+2"];
    fleet.elbow.elbow(&add).ok();
    fleet.elbow.elbow(&["policy", "execute", "workers", "more"]).ok();
    fleet.settled(3);
    let refused = fleet.elbow.elbow(&["policy", "execute", "workers", "more"]).fails(1);
    assert!(refused.contains("cooling down until"), "{refused}");
    fleet.elbow.elbow(&["policy", "edit", "workers", "more", "--change", "-1"]).ok();
    fleet.elbow.elbow(&["policy", "execute", "workers", "more", "--force"]).ok();
    fleet.settled(2);

    // The clock of the service says when it is a second from now.
    let now = fleet.elbow.api().get("/v1/scaling-groups/workers/stats").expect(200);
    let now: Timestamp = now["at"].as_str().unwrap().parse().unwrap();
    let at = now.after(Duration::from_secs(1)).to_string();
    let add = ["schedule", "add", "workers", "--name", "soon", "--at", &at, "--desired", "4"];
    fleet.elbow.elbow(&add).ok();
    fleet.settled(4);
    let activities = fleet.activities();
    assert!(activities.iter().any(|one| one["cause"]["name"] == "soon"), "{activities:?}");
    let shown = fleet.elbow.elbow(&["schedule", "show", "workers", "soon"]).ok();
    assert!(shown.contains("soon"), "{shown}");
}

#[test]
fn a_policy_that_does_not_exist_yet_is_replayed_on_the_load_that_was() {
    let fleet = Fleet::start(1);
    let load = Load::of_slow_gets(fleet.address, 8);
    let replay = json!({
        "policies": [{
            "name": "try", "type": "TARGET_TRACKING", "metric": "IN_FLIGHT_PER_INSTANCE", "target": 2,
        }],
        "range_s": 60, "assumptions": {"launch_s": 1},
    });
    let path = "/v1/scaling-groups/workers/replay";
    let played = eventually("the load is recorded", || {
        let played = fleet.elbow.api().post(path, &replay);
        let body: Value = serde_json::from_str(&played.body).unwrap();
        let is_enough = body["replayed"]["most"].as_u64() > Some(2);
        if is_enough { Ok(body) } else { Err(played.body) }
    });
    load.end();
    // What it would have done is not what was done.
    assert_eq!(played["actual"]["most"], 1, "{played}");
    assert!(played["actual"]["below_capacity_s"].as_u64() > Some(0), "{played}");
    assert_eq!(played["decisions"][0]["policy"], "try");
    assert_eq!(fleet.group()["desired"], 1);
    let text = fleet.elbow.elbow(&[
        "policy",
        "replay",
        "workers",
        "--metric",
        "in-flight-per-instance",
        "--target",
        "2",
        "--range",
        "1m",
    ]);
    let text = text.ok();
    for expected in ["instances, replayed", "seconds below capacity", "1 -> "] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    let stats = fleet.elbow.api().get("/v1/scaling-groups/workers/stats").expect(200);
    let metrics = stats["metrics"].as_array().unwrap();
    assert!(metrics.iter().any(|one| one["metric"] == "IN_FLIGHT_PER_INSTANCE"), "{stats}");
}

#[test]
fn what_instances_write_is_shown() {
    let fleet = Fleet::start(2);
    let instances = fleet.settled(2);
    let all = fleet.elbow.elbow(&["group", "logs", "workers"]).ok();
    for instance in &instances {
        // A sample server says where it listens.
        let target = format!("{}:8080", instance["address"].as_str().unwrap());
        assert!(all.contains(&format!("{target} | {target}")), "{target} in\n{all}");
        let own = fleet.elbow.elbow(&["group", "logs", "workers", &target, "--tail", "1"]).ok();
        assert_eq!(own, format!("{target}\n"));
    }
}
