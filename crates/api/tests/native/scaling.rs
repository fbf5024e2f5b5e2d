//! Scaling groups by their paths: what they take, what they answer, and each refusal by its code. No control loop runs
//! here, so instances stay where people put them.

use elbow_model::observed::{InForce, ProxyView};
use elbow_model::value::{LoadBalancerId, ProxyId, Revision};
use elbow_store::ledger::News;
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::{Desk, NOW, desk};

/// A load balancer that a group can be attached to, once [`in_force`].
async fn app(desk: &Desk) -> Value {
    let check = json!({ "type": "TCP" });
    desk.create(json!({
        "name": "app",
        "listeners": [{ "protocol": "HTTP", "port": 80 }],
        "health_monitor": check,
        "pools": [{ "name": "api", "health_monitor": check }],
    }))
    .await
}

/// Lets a proxy say that it runs everything, whatever comes.
fn in_force(desk: &Desk) {
    let world = desk.state.ledger.world();
    let now = InForce { revision: Revision(u64::MAX), after_ms: 1 };
    let ids: Vec<LoadBalancerId> = world.load_balancers().map(|balancer| balancer.id).collect();
    desk.state.ledger.observe(News::Observed(ids.clone().into()), |observed| {
        let proxy = ProxyView {
            version: "test".to_owned(),
            pid: 1,
            connected_at: NOW,
            revision: Revision(u64::MAX),
            failed: Default::default(),
            drained: Default::default(),
            waiting: Default::default(),
            in_force: ids.into_iter().map(|id| (id, now)).collect(),
        };
        observed.proxies.insert(ProxyId::from(Uuid::nil()), proxy);
    });
}

fn workers() -> Value {
    json!({
        "name": "workers", "min": 0, "max": 4,
        "template": { "driver": "process", "command": ["./server", "--port", "{port}"], "port": 8080 },
        "attachments": [{ "load_balancer": "app" }],
    })
}

async fn ready() -> Desk {
    let desk = desk().await;
    app(&desk).await;
    in_force(&desk);
    desk.post("/v1/scaling-groups", workers()).await.expect(201);
    desk
}

fn at(collection: &str, resource: &Value) -> String {
    format!("/v1/{collection}/{}", resource["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_group_is_answered_as_it_was_made() {
    let desk = ready().await;
    let group = desk.get("/v1/scaling-groups/workers").await.expect(200).body;
    assert_eq!(group["status"], "ACTIVE");
    assert_eq!(
        (&group["min"], &group["max"], &group["desired"]),
        (&json!(0), &json!(4), &json!(0))
    );
    assert_eq!(group["template"]["driver"], "PROCESS");
    assert_eq!(group["template"]["command"][2], "{port}");
    let attachment = &group["attachments"][0];
    assert_eq!(attachment["load_balancer"]["name"], "app");
    assert_eq!(
        (&attachment["pool"]["name"], &attachment["weight"]),
        (&json!("default"), &json!(50))
    );
    assert_eq!(group["removal_policies"], json!(["CHEAPEST_TO_DRAIN"]));
    let listed = desk.get("/v1/scaling-groups?q=WORK").await.expect(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let desk = ready().await;
    let wrong = json!({
        "name": "b c", "min": 0, "max": 1001, "health_check": "PING", "surprise": 1,
        "template": { "driver": "container", "command": "./server" },
    });
    let refused = desk.post("/v1/scaling-groups", wrong).await.expect(422);
    let fields: Vec<String> =
        refused.faults().iter().map(|fault| fault.split(':').next().unwrap().to_owned()).collect();
    for field in ["name", "max", "health_check", "surprise", "template.image", "template.command"] {
        assert!(fields.iter().any(|found| found == field), "{field} is not in {fields:?}");
    }
}

#[tokio::test]
async fn a_patch_merges_and_the_network_stays() {
    let desk = ready().await;
    let path = "/v1/scaling-groups/workers";
    let patch =
        json!({ "max": 9, "desired": 2, "template": { "port": 9000, "env": { "A": "b" } } });
    let edited = desk.patch(path, patch).await.expect(200).body;
    assert_eq!((&edited["max"], &edited["desired"]), (&json!(9), &json!(2)));
    assert_eq!(edited["template"]["port"], 9000);
    assert_eq!(edited["template"]["command"][0], "./server");
    assert_eq!(edited["template"]["version"], 2);
    let other = json!({ "name": "other", "kind": "VPC", "cidr": "10.9.0.0/16" });
    desk.post("/v1/networks", other).await.expect(201);
    let refused = desk.patch(path, json!({ "network": "other" })).await.expect(409);
    assert_eq!(refused.body["code"], "NETWORK_TYPE_IMMUTABLE");
    let refused = desk.patch(path, json!({ "template": { "image": "x" } })).await.expect(422);
    assert_eq!(refused.faults().len(), 1, "{}", refused.text);
    assert!(refused.faults()[0].starts_with("template.image: unknown field"), "{}", refused.text);
}

#[tokio::test]
async fn preconditions_are_conflicts_with_their_codes() {
    let desk = ready().await;
    desk.create(json!({ "name": "bare" })).await;
    in_force(&desk);
    let path = "/v1/scaling-groups/workers/attach-load-balancers";
    let attach = |name: &str| desk.post(path, json!({ "load_balancers": ["app", name] }));
    let refused = attach("bare").await.expect(409);
    assert_eq!(refused.body["code"], "NO_LISTENER");
    assert!(refused.faults()[0].starts_with("load_balancers[1]:"), "{}", refused.text);
    let unknown = attach("nowhere").await.expect(409);
    assert_eq!(unknown.body["code"], "NOT_FOUND");
    assert_eq!(unknown.faults(), ["load_balancers[1]: there is no load balancer `nowhere`"]);
    let detach = json!({ "load_balancers": ["bare"] });
    let refused =
        desk.post("/v1/scaling-groups/workers/detach-load-balancers", detach).await.expect(409);
    assert_eq!(refused.body["code"], "NOT_FOUND");
    let check = json!({ "protocol": "HTTP", "port": 80 });
    desk.post("/v1/load-balancers/bare/listeners", check).await.expect(201);
    assert_eq!(attach("bare").await.expect(409).body["code"], "HEALTH_CHECK_DISABLED");
    desk.patch("/v1/load-balancers/bare", json!({ "enabled": false })).await.expect(200);
    assert_eq!(attach("bare").await.expect(409).body["code"], "LOAD_BALANCER_NOT_ACTIVE");

    let eligible = desk.get("/v1/scaling-groups/workers/eligible-load-balancers").await.expect(200);
    let items = eligible.body["items"].as_array().unwrap().clone();
    assert_eq!((&items[0]["eligible"], &items[1]["eligible"]), (&json!(false), &json!(true)));
    assert_eq!(items[0]["reasons"][0]["code"], "LOAD_BALANCER_NOT_ACTIVE");
    assert_eq!(items[1]["attached"], true);

    let path = "/v1/networks/default/eligible-load-balancers";
    let of_network = desk.get(path).await.expect(200).body["items"].clone();
    assert_eq!(
        of_network[0]["reasons"], items[0]["reasons"],
        "a group to be created meets the same"
    );
    assert_eq!(
        (&of_network[1]["eligible"], &of_network[1]["attached"]),
        (&json!(true), &json!(false))
    );
    desk.get("/v1/networks/nowhere/eligible-load-balancers").await.expect(404);
}

#[tokio::test]
async fn an_attached_server_is_a_member_until_it_is_removed() {
    let desk = ready().await;
    let path = "/v1/scaling-groups/workers/instances";
    let created = desk.post(path, json!({ "address": "10.0.0.9" })).await.expect(201);
    let instance = created.body.clone();
    assert_eq!(created.header("location"), at("instances", &instance));
    assert_eq!((&instance["status"], &instance["origin"]), (&json!("PENDING"), &json!("ATTACHED")));
    assert_eq!(instance["members"][0]["pool"]["name"], "default");

    let app = desk.get("/v1/load-balancers/app").await.expect(200).body;
    let member = &app["pools"][0]["members"][0];
    assert_eq!((&member["port"], &member["weight"]), (&json!(8080), &json!(50)));
    assert_eq!(member["registered_by"]["scaling_group"]["name"], "workers");
    let refused = desk.delete(&at("members", member)).await.expect(409);
    assert_eq!(refused.body["code"], "MEMBER_OF_GROUP");
    // Echoed without a weight it keeps its own; left out it stays.
    let pool = at("pools", &app["pools"][0]);
    let echo =
        json!([{ "address": "10.0.0.9", "port": 8080 }, { "address": "10.0.0.1", "port": 1 }]);
    let replaced = desk.put(&format!("{pool}/members"), echo).await.expect(200).body;
    assert_eq!(replaced["members"][0]["weight"], 50);
    let left = desk.put(&format!("{pool}/members"), json!([])).await.expect(200).body;
    assert_eq!(left["member_count"], 1);

    let again = desk.post(path, json!({ "address": "10.0.0.9" })).await.expect(409);
    assert_eq!(again.body["code"], "ADDRESS_TAKEN");
    let protected = desk.post(&format!("{}/protect", at("instances", &instance)), json!({})).await;
    assert_eq!(protected.expect(200).body["protected"], true);
    let early =
        desk.post(&format!("{}/enter-standby", at("instances", &instance)), json!({})).await;
    assert_eq!(early.expect(409).body["code"], "INSTANCE_STATUS");
    desk.delete(&at("instances", &instance)).await.expect(204);
    let leaving = desk.get(&at("instances", &instance)).await.expect(200).body;
    assert_eq!(leaving["status"], "REMOVING");
    assert_eq!(leaving["removal_reason"], "removed by request");

    let activities = desk.get("/v1/scaling-groups/workers/activities").await.expect(200).body;
    let newest = &activities["items"][0];
    assert_eq!((&newest["before"], &newest["after"]), (&json!(1), &json!(0)));
    assert_eq!(newest["cause"]["name"], "admin");
}

#[tokio::test]
async fn a_group_is_deleted_by_force_only_while_it_has_instances() {
    let desk = ready().await;
    let body = json!({ "address": "10.0.0.9" });
    desk.post("/v1/scaling-groups/workers/instances", body).await.expect(201);
    let path = "/v1/scaling-groups/workers";
    assert_eq!(desk.delete(path).await.expect(409).body["code"], "IN_USE");
    desk.delete(&format!("{path}?force=true")).await.expect(204);
    assert_eq!(desk.get(path).await.expect(200).body["status"], "DELETING");
    let refused = desk.post(&format!("{path}/scale"), json!({ "desired": 1 })).await.expect(409);
    assert_eq!(refused.body["code"], "GROUP_NOT_ACTIVE");
    desk.delete(&format!("{path}?surprise=true")).await.expect(422);
}

#[tokio::test]
async fn switches_need_no_body() {
    let desk = ready().await;
    let path = "/v1/scaling-groups/workers";
    let off = desk.send("POST", &format!("{path}/disable"), &[], None).await.expect(200).body;
    assert_eq!((&off["status"], &off["enabled"]), (&json!("INACTIVE"), &json!(false)));
    desk.send("POST", &format!("{path}/enable"), &[], None).await.expect(200);
    let suspend = json!({ "processes": ["scale-out", "POLICIES"] });
    let suspended = desk.post(&format!("{path}/suspend"), suspend).await.expect(200).body;
    assert_eq!(suspended["suspended"], json!(["SCALE_OUT", "POLICIES"]));
    let resumed = desk.send("POST", &format!("{path}/resume"), &[], None).await.expect(200).body;
    assert_eq!(resumed["suspended"], json!([]));
    let scaled = desk.post(&format!("{path}/scale"), json!({ "desired": 3 })).await.expect(200);
    assert_eq!(scaled.body["desired"], 3);
    desk.send("POST", &format!("{path}/scale"), &[], None).await.expect(422);
}

#[tokio::test]
async fn policies_schedules_and_hooks_come_change_and_go() {
    let desk = ready().await;
    let group = "/v1/scaling-groups/workers";
    let cases = [
        (
            "policies",
            json!({ "name": "load", "type": "target-tracking", "metric": "in-flight-per-instance", "target": 10.5 }),
            json!({ "target": 12 }),
            ("target", json!(12.0)),
        ),
        (
            "schedules",
            json!({ "name": "day", "cron": "0 8 * * mon-fri", "time_zone": "asia/taipei", "min": 2 }),
            json!({ "min": 3 }),
            ("time_zone", json!("Asia/Taipei")),
        ),
        (
            "hooks",
            json!({ "name": "warm", "transition": "launch", "webhook": "https://hooks.example.com/x" }),
            json!({ "heartbeat_timeout_s": 30 }),
            ("default_result", json!("ABANDON")),
        ),
    ];
    for (collection, body, patch, (field, value)) in cases {
        let path = format!("{group}/{collection}");
        let created = desk.post(&path, body.clone()).await.expect(201).body;
        assert_eq!(desk.post(&path, body).await.expect(409).body["code"], "NAME_TAKEN");
        let edited = desk.patch(&at(collection, &created), patch).await.expect(200).body;
        assert_eq!(edited[field], value, "{edited}");
        assert_eq!(desk.get(&path).await.expect(200).body["items"][0], edited);
        desk.delete(&at(collection, &created)).await.expect(204);
        desk.get(&at(collection, &created)).await.expect(404);
    }
    let step = json!({
        "name": "steps", "type": "STEP",
        "alarm": { "metric": "QUEUE_LENGTH", "comparison": "ABOVE", "threshold": 5 },
        "steps": [{ "from": 0, "to": 10, "adjustment": { "type": "CHANGE", "value": 1 } },
                  { "from": 10, "adjustment": { "type": "PERCENT", "value": 50, "at_least": 2 } }],
    });
    let created = desk.post(&format!("{group}/policies"), step).await.expect(201).body;
    assert_eq!(
        created["steps"][1]["adjustment"],
        json!({ "type": "PERCENT", "value": 50, "at_least": 2 })
    );
    let gap = json!({ "steps": [{ "to": 1, "adjustment": { "type": "EXACT", "value": 1 } },
                                { "from": 2, "adjustment": { "type": "EXACT", "value": 2 } }] });
    let refused = desk.patch(&at("policies", &created), gap).await.expect(422);
    assert!(refused.faults()[0].contains("no gaps and no overlaps"), "{}", refused.text);
}

#[tokio::test]
async fn nothing_of_a_group_is_seen_from_another_project() {
    let desk = ready().await;
    desk.post("/v1/projects", json!({ "name": "elsewhere" })).await.expect(201);
    let from = [("elbow-project", "elsewhere")];
    let group = desk.get("/v1/scaling-groups/workers").await.expect(200).body;
    for path in ["/v1/scaling-groups/workers".to_owned(), at("scaling-groups", &group)] {
        desk.send("GET", &path, &from, None).await.expect(404);
    }
    let listed = desk.send("GET", "/v1/scaling-groups", &from, None).await.expect(200).body;
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn activities_of_all_groups_are_one_list() {
    let desk = ready().await;
    desk.post("/v1/scaling-groups/workers/scale", json!({ "desired": 2 })).await.expect(200);
    let all = desk.get("/v1/activities").await.expect(200).body["items"].clone();
    assert_eq!(all[0]["scaling_group"]["name"], "workers");
    assert_eq!(all[0]["cause"]["type"], "USER");
    let count = |path: &'static str| async {
        desk.get(path).await.expect(200).body["items"].as_array().unwrap().len()
    };
    assert_eq!(count("/v1/activities?cause=user&result=in_progress").await, 1);
    assert_eq!(count("/v1/activities?cause=policy").await, 0);
    desk.get("/v1/activities?result=nonsense").await.expect(422);
}
