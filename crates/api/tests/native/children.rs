//! Listeners, pools, members and rules by their own paths.

use serde_json::{Value, json};

use super::desk::{Desk, desk};

async fn web(desk: &Desk) -> Value {
    desk.create(json!({
        "name": "web",
        "listeners": [{ "protocol": "HTTP", "port": 80 }],
        "members": [{ "address": "127.0.0.1", "port": 9001 }],
    }))
    .await
}

fn path(collection: &str, resource: &Value) -> String {
    format!("/v1/{collection}/{}", resource["id"].as_str().unwrap())
}

#[tokio::test]
async fn outlier_ejection_has_defaults_and_bounds_and_can_be_taken_away() {
    let desk = desk().await;
    let tree = web(&desk).await;
    let at = path("pools", &tree["pools"][0]);
    assert_eq!(tree["pools"][0]["outlier_ejection"], json!(null));
    let set = json!({ "outlier_ejection": { "factor_percent": 200 } });
    let edited = desk.patch(&at, set).await.expect(200).body;
    let expected = json!({ "factor_percent": 200, "min_requests": 50, "eject_ms": 30_000, "max_ejected_percent": 50 });
    assert_eq!(edited["outlier_ejection"], expected);
    let wrong = json!({ "outlier_ejection": { "eject_ms": 1, "max_ejected_percent": 91 } });
    let refused = desk.patch(&at, wrong).await.expect(422).body;
    assert_eq!(refused["errors"].as_array().unwrap().len(), 2, "{refused}");
    let removed = desk.patch(&at, json!({ "outlier_ejection": null })).await.expect(200).body;
    assert_eq!(removed["outlier_ejection"], json!(null));
}

#[tokio::test]
async fn listeners_come_change_and_go() {
    let desk = desk().await;
    web(&desk).await;
    let created = desk
        .post("/v1/load-balancers/web/listeners", json!({ "protocol": "tcp", "port": 5432 }))
        .await
        .expect(201);
    let at = path("listeners", &created.body);
    assert_eq!(created.header("location"), at);
    assert_eq!(created.body["name"], "tcp-5432");
    assert_eq!(created.body["load_balancer"]["name"], "web");
    let patch =
        json!({ "timeouts": { "client_idle_ms": 1000 }, "connection_limit": 10, "member_port": 1 });
    let edited = desk.patch(&at, patch).await.expect(200).body;
    assert_eq!(
        edited["timeouts"],
        json!({ "client_idle_ms": 1000, "member_connect_ms": 3000, "member_response_ms": 60000 })
    );
    let unset = desk
        .patch(&at, json!({ "timeouts": null, "connection_limit": null }))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&unset["timeouts"]["client_idle_ms"], &unset["connection_limit"]),
        (&json!(60000), &Value::Null)
    );
    assert_eq!(unset["member_port"], 1);
    let moved = desk.patch(&at, json!({ "port": 5433 })).await.expect(422);
    assert_eq!(moved.body["code"], "IMMUTABLE");
    desk.patch(&at, json!({ "port": 5432 })).await.expect(200);
    let page = desk.get("/v1/load-balancers/web/listeners").await.expect(200).body;
    assert_eq!(page["items"][0]["name"], "tcp-5432");
    desk.delete(&at).await.expect(204);
    desk.get(&at).await.expect(404);
}

#[tokio::test]
async fn pools_come_change_and_go() {
    let desk = desk().await;
    let tree = web(&desk).await;
    let body = json!({ "name": "api", "method": "source_ip", "members": [{ "address": "127.0.0.1", "port": 1 }],
        "session_persistence": { "type": "APP_COOKIE", "cookie_name": "sid" }, "queue": { "max": 5 } });
    let created = desk.post("/v1/load-balancers/web/pools", body).await.expect(201);
    let at = path("pools", &created.body);
    assert_eq!(
        created.body["session_persistence"],
        json!({ "type": "APP_COOKIE", "cookie_name": "sid", "timeout_s": 3600 })
    );
    assert_eq!(created.body["queue"], json!({ "max": 5, "timeout_ms": 5000 }));
    assert_eq!(created.body["members"][0]["port"], 1);
    let patch = json!({ "session_persistence": { "type": "SOURCE_IP" }, "health_monitor": { "type": "TCP" }, "on_no_healthy": "fail_open" });
    let edited = desk.patch(&at, patch).await.expect(200).body;
    assert_eq!(edited["session_persistence"], json!({ "type": "SOURCE_IP", "timeout_s": 3600 }));
    assert_eq!(
        (&edited["health_monitor"]["type"], &edited["on_no_healthy"]),
        (&json!("TCP"), &json!("FAIL_OPEN"))
    );
    let listener = path("listeners", &tree["listeners"][0]);
    desk.patch(&listener, json!({ "pool": created.body["id"] })).await.expect(200);
    assert_eq!(desk.delete(&at).await.expect(409).body["code"], "IN_USE");
    desk.patch(&listener, json!({ "pool": null })).await.expect(200);
    let page = desk.get("/v1/load-balancers/web/pools").await.expect(200).body;
    assert_eq!(
        (&page["items"][0]["name"], &page["items"][1]["name"]),
        (&json!("default"), &json!("api"))
    );
    desk.delete(&at).await.expect(204);
    desk.delete(&path("pools", &tree["pools"][0])).await.expect(409);
}

#[tokio::test]
async fn members_are_checked_over_https_as_over_http() {
    let desk = desk().await;
    web(&desk).await;
    let check = json!({ "type": "HTTPS", "path": "/healthz", "host": "a.example", "port": 8443 });
    let body = json!({ "name": "api", "health_monitor": check });
    let created = desk.post("/v1/load-balancers/web/pools", body).await.expect(201).body;
    let monitor = |body: &Value, field: &str| body["health_monitor"][field].clone();
    assert_eq!(monitor(&created, "type"), "HTTPS");
    assert_eq!(monitor(&created, "path"), "/healthz");
    assert_eq!(monitor(&created, "expected_codes"), "200");
    let at = path("pools", &created);
    for kind in ["HTTP", "HTTPS"] {
        let patch = json!({ "health_monitor": { "type": kind } });
        let edited = desk.patch(&at, patch).await.expect(200).body;
        assert_eq!(
            (monitor(&edited, "type"), monitor(&edited, "path")),
            (json!(kind), json!("/healthz"))
        );
    }
}

#[tokio::test]
async fn members_come_change_and_go() {
    let desk = desk().await;
    let tree = web(&desk).await;
    let members = format!("{}/members", path("pools", &tree["pools"][0]));
    let created = desk
        .post(&members, json!({ "address": "127.0.0.1", "port": 9002, "name": "b" }))
        .await
        .expect(201);
    let at = path("members", &created.body);
    assert_eq!(
        (&created.body["weight"], &created.body["pool"]["name"]),
        (&json!(1), &json!("default"))
    );
    let drained = desk.patch(&at, json!({ "weight": 0 })).await.expect(200);
    assert_eq!(drained.body["health"], "DRAINING");
    assert_eq!(desk.get(&at).await.header("etag"), drained.header("etag"));
    assert_eq!(desk.patch(&at, json!({ "port": 1 })).await.expect(422).body["code"], "IMMUTABLE");
    let twice =
        desk.post(&members, json!({ "address": "127.0.0.1", "port": 9002 })).await.expect(409);
    assert_eq!(twice.body["code"], "MEMBER_TAKEN");
    assert_eq!(desk.get(&members).await.body["items"][0]["id"], created.body["id"]);
    desk.delete(&at).await.expect(204);
    desk.get(&at).await.expect(404);
}

#[tokio::test]
async fn all_members_are_replaced_and_those_that_stay_are_the_same() {
    let desk = desk().await;
    let tree = web(&desk).await;
    let members = format!("{}/members", path("pools", &tree["pools"][0]));
    // What GET gave may come back as it is.
    let mut list = desk.get(&members).await.body["items"].as_array().unwrap().clone();
    list[0]["weight"] = json!(7);
    list.push(json!({ "address": "127.0.0.1", "port": 9002 }));
    let pool = desk.put(&members, json!({ "members": list })).await.expect(200).body;
    assert_eq!(pool["members"][0]["id"], tree["pools"][0]["members"][0]["id"]);
    assert_eq!(
        (&pool["members"][0]["weight"], &pool["members"][1]["port"]),
        (&json!(7), &json!(9002))
    );
    let pool = desk
        .put(&members, json!([{ "address": "127.0.0.1", "port": 9002 }]))
        .await
        .expect(200)
        .body;
    assert_eq!(pool["member_count"], 1);
    let pool = desk.put(&members, json!({ "members": [] })).await.expect(200).body;
    assert_eq!(pool["members"], json!([]));
    desk.put(&members, json!({})).await.expect(422);
}

#[tokio::test]
async fn rules_come_change_and_go() {
    let desk = desk().await;
    let tree = web(&desk).await;
    desk.post("/v1/load-balancers/web/pools", json!({ "name": "api" })).await.expect(201);
    let rules = format!("{}/rules", path("listeners", &tree["listeners"][0]));
    let body = json!({ "priority": 10, "match": { "host": "api.example.com", "path": "/v1/*" },
        "action": { "forward": [{ "pool": "api", "weight": 3 }, { "pool": "default" }] } });
    let created = desk.post(&rules, body).await.expect(201);
    let at = path("rules", &created.body);
    assert_eq!(created.body["action"]["forward"][0]["pool"]["name"], "api");
    assert_eq!(created.body["match"], json!({ "host": "api.example.com", "path": "/v1/*" }));
    let edited = desk
        .patch(&at, json!({ "match": { "host": null, "method": "GET" }, "enabled": false }))
        .await
        .expect(200)
        .body;
    assert_eq!(edited["match"], json!({ "path": "/v1/*", "method": "GET" }));
    let redirect = json!({ "action": { "redirect": { "status": 301, "scheme": "https" } } });
    let edited = desk.patch(&at, redirect).await.expect(200).body;
    assert_eq!(edited["action"], json!({ "redirect": { "status": 301, "scheme": "https" } }));
    let respond = json!({ "priority": 5, "match": { "path": "/x" }, "action": { "respond": { "status": 200, "body": "hi" } } });
    let first = desk.post(&rules, respond.clone()).await.expect(201).body;
    assert_eq!(first["action"]["respond"]["content_type"], "text/plain; charset=utf-8");
    let page = desk.get(&rules).await.expect(200).body;
    assert_eq!(
        (&page["items"][0]["priority"], &page["items"][1]["priority"]),
        (&json!(5), &json!(10))
    );
    assert_eq!(desk.post(&rules, respond).await.expect(409).body["code"], "PRIORITY_TAKEN");
    let empty = json!({ "priority": 6, "match": {}, "action": { "respond": { "status": 200 } } });
    desk.post(&rules, empty).await.expect(422);
    desk.delete(&at).await.expect(204);
    desk.get(&at).await.expect(404);
}
