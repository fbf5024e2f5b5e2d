//! Numbers of scaling groups, and questions about them: what is answered from the series, and how answers of the running
//! system are translated. Who answers here only echoes.

use elbow_model::policy::Metric;
use elbow_model::value::{ScalingGroupId, Timestamp};
use elbow_store::series::{GroupSecond, Totals};
use serde_json::{Value, json};

use super::desk::{Desk, NOW, desk};

async fn group(desk: &Desk) -> ScalingGroupId {
    let body = json!({ "name": "workers", "min": 0, "max": 4 });
    let answer = desk.post("/v1/scaling-groups", body).await.expect(201).body;
    answer["id"].as_str().unwrap().parse().unwrap()
}

fn record(desk: &Desk, group: ScalingGroupId, ago_s: u64, in_flight: f64, serving: u16) {
    let mut totals = Totals::default();
    totals.note(Metric::InFlightPerInstance, Some(in_flight));
    let (at, count) = (Timestamp(NOW.0 - ago_s * 1_000), serving);
    let measured = GroupSecond {
        desired: 3,
        instances: 4,
        in_service: count,
        serving: f32::from(count),
        totals,
    };
    desk.state.ledger.series().groups().record(group, at, measured);
}

fn tracking(name: &str) -> Value {
    json!({ "name": name, "type": "TARGET_TRACKING", "metric": "in-flight-per-instance", "target": 10 })
}

#[tokio::test]
async fn stats_have_values_for_one_instance_and_for_all_with_the_lines_of_policies() {
    let desk = desk().await;
    let id = group(&desk).await;
    desk.post("/v1/scaling-groups/workers/policies", tracking("track")).await.expect(201);
    record(&desk, id, 3, 30.0, 2);
    record(&desk, id, 2, 12.0, 0);
    record(&desk, id, 1, 25.0, 2);
    let stats = desk.get("/v1/scaling-groups/workers/stats").await.expect(200).body;
    assert_eq!((&stats["desired"], &stats["healthy"]), (&json!(0), &json!(0)));
    let [metric] = stats["metrics"].as_array().unwrap().as_slice() else { panic!("{stats}") };
    assert_eq!(metric["metric"], "IN_FLIGHT_PER_INSTANCE");
    assert_eq!((&metric["last"], &metric["last_total"]), (&json!(12.5), &json!(25.0)));
    let tail = |series: &Value| series.as_array().unwrap()[296..].to_vec();
    assert_eq!(tail(&metric["series"]), [json!(null), json!(15.0), json!(null), json!(12.5)]);
    assert_eq!(tail(&metric["total_series"]), [json!(null), json!(30.0), json!(12.0), json!(25.0)]);
    let line = &metric["lines"][0];
    assert_eq!(
        (&line["kind"], &line["value"], &line["policy"]["name"]),
        (&json!("TARGET"), &json!(10.0), &json!("track"))
    );
    assert_eq!(tail(&stats["series"]["in_service"]), [json!(null), json!(2), json!(0), json!(2)]);
    let hour = desk.get("/v1/scaling-groups/workers/stats?range_s=3600").await.expect(200).body;
    assert_eq!(hour["series"]["step_s"], 10);
    desk.get("/v1/scaling-groups/workers/stats?range_s=x").await.expect(422);
    desk.get("/v1/scaling-groups/others/stats").await.expect(404);
}

#[tokio::test]
async fn a_replay_takes_policies_that_are_not_saved_and_changes_nothing() {
    let desk = desk().await;
    group(&desk).await;
    let before = desk.state.ledger.world().revision();
    let body = json!({
        "policies": [tracking("try")], "from": "2025-01-01T00:00:00Z", "range_s": 60,
        "assumptions": { "launch_s": 7, "capacity_per_instance": 12.5 },
    });
    let replay = desk.post("/v1/scaling-groups/workers/replay", body).await.expect(200).body;
    assert_eq!(replay["policies"], json!(["try"]));
    assert_eq!(
        (&replay["range_s"], &replay["to"]),
        (&json!(60), &json!("2025-01-01T00:01:00.000Z"))
    );
    assert_eq!(replay["assumptions"]["launch_s"], 7);
    assert_eq!(replay["assumptions"]["capacity_per_instance"], 12.5);
    assert_eq!(replay["replayed"]["instance_hours"], 1.5);
    assert_eq!(replay["series"]["load"], json!([1.0]));
    assert_eq!(desk.state.ledger.world().revision(), before);
}

#[tokio::test]
async fn a_replay_without_policies_is_about_those_that_the_group_follows() {
    let desk = desk().await;
    group(&desk).await;
    let path = "/v1/scaling-groups/workers/replay";
    let faults = desk.post(path, json!({})).await.expect(422).faults();
    assert!(faults[0].starts_with("policies: the group follows no policy"), "{faults:?}");
    desk.post("/v1/scaling-groups/workers/policies", tracking("track")).await.expect(201);
    let from = "2025-01-01T00:00:00Z";
    let replay = desk.post(path, json!({ "from": from })).await.expect(200).body;
    assert_eq!(replay["policies"], json!(["track"]));
    let named = json!({ "from": from, "policy": "track" });
    assert_eq!(desk.post(path, named).await.expect(200).body["policies"], json!(["track"]));
    let faults = desk.post(path, json!({ "policy": "other" })).await.expect(422).faults();
    assert_eq!(faults, ["policy: scaling group workers has no policy `other`"]);
}

#[tokio::test]
async fn wrong_questions_are_refused_by_field_and_no_record_is_a_conflict() {
    let desk = desk().await;
    group(&desk).await;
    let path = "/v1/scaling-groups/workers/replay";
    let wrong = json!({
        "policies": [{ "name": "x", "type": "STEP" }], "range_s": 9_000, "from": "yesterday", "more": 1,
        "assumptions": { "launch_s": -1, "min": 9, "capacity_per_instance": 0 },
    });
    let faults = desk.post(path, wrong).await.expect(422).faults().join("\n");
    for field in ["policies[0].alarm", "range_s", "from", "assumptions.launch_s", "assumptions.min"]
    {
        assert!(faults.contains(&format!("{field}: ")), "{field} in {faults}");
    }
    let answer = desk.post(path, json!({ "policies": [tracking("try")] })).await.expect(409);
    assert_eq!(answer.body["code"], "NOT_RECORDED");
}

async fn attached(desk: &Desk) -> Value {
    let server = json!({ "address": "127.77.0.9", "port": 8080 });
    desk.post("/v1/scaling-groups/workers/instances", server).await.expect(201).body
}

#[tokio::test]
async fn a_log_has_as_many_lines_as_asked_for_of_an_instance_that_one_sees() {
    let desk = desk().await;
    group(&desk).await;
    let id = attached(&desk).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/instances/{id}/log");
    let log = desk.get(&path).await.expect(200).body;
    assert_eq!(log, json!({ "instance": id, "lines": [format!("100 lines of {id}")] }));
    let log = desk.get(&format!("{path}?tail=7")).await.expect(200).body;
    assert_eq!(log["lines"][0], format!("7 lines of {id}"));
    for wrong in ["0", "1001", "x"] {
        desk.get(&format!("{path}?tail={wrong}")).await.expect(422);
    }
    desk.post("/v1/projects", json!({ "name": "other" })).await.expect(201);
    let other = [("elbow-project", "other")];
    desk.send("GET", &path, &other, None).await.expect(404);
}

#[tokio::test]
async fn metrics_have_gauges_and_counters_of_scaling_groups() {
    let desk = desk().await;
    let id = group(&desk).await;
    attached(&desk).await;
    desk.state.ledger.series().group_counters().count(id, |counts| {
        counts.launches += 3;
        *counts.activities.entry(("POLICY", "NOT_SCALED")).or_default() += 2;
    });
    let text = desk.get("/metrics").await.expect(200).text;
    let labels = "project=\"default\",scaling_group=\"workers\"";
    for line in [
        format!("elbow_scaling_group_desired_instances{{{labels}}} 1"),
        format!("elbow_scaling_group_max_instances{{{labels}}} 4"),
        format!("elbow_scaling_group_breaker_open{{{labels}}} 0"),
        format!("elbow_scaling_group_instances{{{labels},status=\"PENDING\"}} 1"),
        format!("elbow_scaling_group_launches_total{{{labels}}} 3"),
        format!("elbow_scaling_group_terminations_total{{{labels}}} 0"),
        format!(
            "elbow_scaling_group_activities_total{{{labels},cause=\"POLICY\",result=\"NOT_SCALED\"}} 2"
        ),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[tokio::test]
async fn a_policy_is_executed_by_hand_once_and_only_by_force_in_its_cooldown() {
    let desk = desk().await;
    let id = group(&desk).await;
    attached(&desk).await;
    let alarm = json!({ "metric": "QUEUE_LENGTH", "comparison": "BELOW", "threshold": 5 });
    let steps = json!([{ "to": 0, "adjustment": { "type": "EXACT", "value": 0 } }]);
    let policy = json!({ "name": "calm", "type": "STEP", "alarm": alarm, "steps": steps });
    let path = "/v1/scaling-groups/workers/policies";
    let calm = desk.post(path, policy).await.expect(201).body;
    let execute = format!("/v1/policies/{}/execute", calm["id"].as_str().unwrap());
    let faults = desk.post(&execute, json!({})).await.expect(422).faults();
    assert!(faults[0].starts_with("value: is missing; QUEUE_LENGTH is not known"), "{faults:?}");
    // The last one measured is what it goes by.
    let mut totals = Totals::default();
    totals.note(Metric::QueueLength, Some(2.0));
    let measured = GroupSecond { totals, ..GroupSecond::default() };
    desk.state.ledger.series().groups().record(id, NOW, measured);
    let done = desk.post(&execute, json!({})).await.expect(200).body;
    assert_eq!(done["desired"], 0);
    let activities = desk.get("/v1/scaling-groups/workers/activities").await.expect(200).body;
    let newest = &activities["items"][0];
    assert_eq!(
        (&newest["cause"]["type"], &newest["cause"]["name"]),
        (&json!("POLICY"), &json!("calm"))
    );
    assert_eq!(newest["evidence"][0]["value"], 2.0);
    let again = desk.post(&execute, json!({})).await.expect(409);
    assert_eq!(again.body["code"], "AT_MIN");
    let beyond = json!({ "value": 50, "force": true });
    desk.post(&execute, beyond).await.expect(422);
    desk.post(&execute, json!({ "forced": true })).await.expect(422);
}
