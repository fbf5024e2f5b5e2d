//! Policies that see real load.

use serde_json::{Value, json};

use super::fleet::Fleet;
use super::load::Load;
use crate::harness::eventually;

#[test]
fn target_tracking_scales_out_under_load_and_says_by_which_numbers() {
    let fleet = Fleet::start(1);
    let policy = json!({
        "name": "busy", "type": "TARGET_TRACKING", "metric": "IN_FLIGHT_PER_INSTANCE", "target": 2,
    });
    fleet.elbow.api().post("/v1/scaling-groups/workers/policies", &policy).expect(201);
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
    assert_eq!(evidence["metric"], "IN_FLIGHT_PER_INSTANCE", "{activity}");
    assert!(evidence["value"].as_f64().unwrap() > 2.0, "{activity}");
    assert_eq!(evidence["compared_with"], 2.0, "{activity}");
    eventually("more than one serves", || {
        let group = fleet.group();
        let serving = group["instances"]["in_service"].as_u64().unwrap();
        if serving > 1 { Ok(()) } else { Err(group["instances"].to_string()) }
    });
    load.end();
}
