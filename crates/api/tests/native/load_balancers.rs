//! Load balancers as whole trees.

use elbow_model::value::Timestamp;
use elbow_store::series::Sample;
use serde_json::{Value, json};

use super::desk::{Desk, NOW, desk};

fn web() -> Value {
    json!({
        "name": "web",
        "description": "the shop",
        "type": "application",
        "method": "least_connections",
        "tags": { "team": "shop" },
        "listeners": [
            { "protocol": "http", "port": 80 },
            { "name": "api", "protocol": "HTTP", "port": 8080, "pool": "api", "rules": [
                { "priority": 1, "match": { "path": "/v1/*" }, "action": { "forward": [{ "pool": "default" }] } },
            ] },
        ],
        "members": [{ "address": "127.0.0.1", "port": 9001 }, { "address": "127.0.0.1", "port": 9002, "weight": 10 }],
        "health_monitor": { "type": "http", "path": "/healthz" },
        "pools": [{ "name": "api", "method": "SOURCE_IP", "members": [{ "address": "10.0.0.5" }] }],
    })
}

#[tokio::test]
async fn a_whole_tree_is_created_at_once() {
    let desk = desk().await;
    let answer = desk.post("/v1/load-balancers", web()).await.expect(201);
    let (body, id) = (&answer.body, answer.body["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), format!("/v1/load-balancers/{id}"));
    assert_eq!(answer.header("etag"), format!("\"{}\"", body["revision"]));
    assert_eq!(
        (&body["name"], &body["type"], &body["method"]),
        (&json!("web"), &json!("APPLICATION"), &json!("LEAST_CONNECTIONS"))
    );
    assert_eq!(
        (&body["status"], &body["status_reason"]),
        (&json!("PENDING"), &json!("no proxy is connected"))
    );
    assert_eq!(body["effective"], json!({ "proxies": 0, "of": 0, "after_ms": null }));
    assert_eq!(
        (&body["owner"]["name"], &body["project"]["name"]),
        (&json!("admin"), &json!("default"))
    );
    assert!(body["vip"].as_str().unwrap().starts_with("127.77."));
    assert_eq!(body["created_at"], "2025-01-01T00:00:00.000Z");
    let pools: Vec<&Value> =
        body["pools"].as_array().unwrap().iter().map(|pool| &pool["name"]).collect();
    assert_eq!(pools, ["default", "api"]);
    assert_eq!(body["pools"][0]["health_monitor"]["expected_codes"], "200");
    assert_eq!(body["pools"][0]["members"][1]["weight"], 10);
    assert_eq!(body["pools"][0]["members"][0]["health"], "UNKNOWN");
    assert_eq!(body["pools"][1]["members"][0]["port"], Value::Null);
    assert_eq!(body["listeners"][0]["name"], "http-80");
    assert_eq!(body["listeners"][0]["pool"], Value::Null);
    assert_eq!(body["listeners"][1]["pool"]["name"], "api");
    assert_eq!(body["listeners"][1]["rules"][0]["action"]["forward"][0]["pool"]["name"], "default");
    let warnings = body["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].as_str().unwrap().starts_with("10.0.0.5: outside network `default`"),
        "{warnings:?}"
    );

    for reference in ["web", id] {
        let shown = desk.get(&format!("/v1/load-balancers/{reference}")).await.expect(200);
        assert_eq!(&shown.body, body);
        assert_eq!(shown.header("etag"), answer.header("etag"));
    }
}

#[tokio::test]
async fn what_get_says_of_a_tree_can_be_created_again_without_what_elbow_sets() {
    let desk = desk().await;
    let first = desk.create(web()).await;
    let writable = |value: &Value, fields: &[&str]| -> Value {
        fields
            .iter()
            .map(|field| ((*field).to_owned(), value[*field].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let member = ["name", "address", "port", "weight", "backup", "enabled"];
    let mut pools = Vec::new();
    for pool in first["pools"].as_array().unwrap() {
        let mut copy = writable(
            pool,
            &["name", "method", "health_monitor", "session_persistence", "queue", "retries"],
        );
        copy["members"] =
            pool["members"].as_array().unwrap().iter().map(|m| writable(m, &member)).collect();
        pools.push(copy);
    }
    let listener =
        ["name", "protocol", "port", "pool", "timeouts", "insert_headers", "allowed_cidrs"];
    let listeners: Vec<Value> =
        first["listeners"].as_array().unwrap().iter().map(|l| writable(l, &listener)).collect();
    // References by id would be to the first one's pools.
    let listeners: Vec<Value> = listeners
        .into_iter()
        .map(|mut listener| {
            listener["pool"] = listener["pool"]["name"].clone();
            listener
        })
        .collect();
    let again =
        desk.create(json!({ "name": "again", "pools": pools, "listeners": listeners })).await;
    assert_eq!(again["pools"][0]["members"][1]["weight"], 10);
    assert_eq!(again["method"], "LEAST_CONNECTIONS");
    assert_eq!(again["listeners"][1]["pool"]["id"], again["pools"][1]["id"]);
}

#[tokio::test]
async fn weights_that_look_like_a_mistake_are_warned_of() {
    let desk = desk().await;
    let member =
        |port: u16, weight: u16| json!({ "address": "127.0.0.1", "port": port, "weight": weight });
    let web = desk
        .create(json!({ "name": "a", "members": [member(1, 1), member(2, 50), member(3, 0)] }))
        .await;
    assert!(web["warnings"][0].as_str().unwrap().contains("a 1:50 share"), "{}", web["warnings"]);
}

#[tokio::test]
async fn a_patch_edits_own_fields_and_the_default_pool_in_one_change() {
    let desk = desk().await;
    let before = desk.create(web()).await;
    let patch = json!({
        "description": null, "method": "ROUND_ROBIN", "health_monitor": { "fall": 5 }, "tags": { "team": null, "env": "x" },
    });
    let after = desk.patch("/v1/load-balancers/web", patch).await.expect(200).body;
    assert_eq!(
        after["revision"].as_u64(),
        before["revision"].as_u64().map(|revision| revision + 1)
    );
    assert_eq!(
        (&after["description"], &after["method"], &after["tags"]),
        (&json!(""), &json!("ROUND_ROBIN"), &json!({ "env": "x" }))
    );
    let monitor = &after["pools"][0]["health_monitor"];
    assert_eq!((&monitor["fall"], &monitor["path"]), (&json!(5), &json!("/healthz")));
    let off = desk
        .patch("/v1/load-balancers/web", json!({ "health_monitor": null }))
        .await
        .expect(200)
        .body;
    assert_eq!(off["health_monitor"], Value::Null);
    assert_eq!(off["pools"][0]["members"][0]["health"], "UNMONITORED");
    let renamed =
        desk.patch("/v1/load-balancers/web", json!({ "name": "shop" })).await.expect(200).body;
    assert_eq!(renamed["name"], "shop");
    desk.get("/v1/load-balancers/web").await.expect(404);
}

#[tokio::test]
async fn a_delete_takes_everything_below_with_it() {
    let desk = desk().await;
    let tree = desk.create(web()).await;
    let answer = desk.delete("/v1/load-balancers/web").await.expect(204);
    assert_eq!(answer.text, "");
    for path in [
        "/v1/load-balancers/web".to_owned(),
        format!("/v1/pools/{}", tree["pools"][0]["id"].as_str().unwrap()),
        format!("/v1/listeners/{}", tree["listeners"][0]["id"].as_str().unwrap()),
        format!("/v1/members/{}", tree["pools"][0]["members"][0]["id"].as_str().unwrap()),
        format!("/v1/rules/{}", tree["listeners"][1]["rules"][0]["id"].as_str().unwrap()),
    ] {
        assert_eq!(desk.get(&path).await.expect(404).body["code"], "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_protected_one_is_not_deleted() {
    let desk = desk().await;
    desk.create(json!({ "name": "web", "deletion_protection": true })).await;
    assert_eq!(desk.delete("/v1/load-balancers/web").await.expect(409).body["code"], "PROTECTED");
}

async fn names(desk: &Desk, path: &str) -> (Vec<String>, Option<String>) {
    let page = desk.get(path).await.expect(200).body;
    let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
    (
        page["items"].as_array().unwrap().iter().map(name).collect(),
        page["next"].as_str().map(str::to_owned),
    )
}

#[tokio::test]
async fn lists_are_newest_first_and_come_in_pages() {
    let desk = desk().await;
    for n in 0..5 {
        desk.create(json!({ "name": format!("lb-{n}"), "members": [{ "address": "127.0.0.1", "port": 1 }] })).await;
    }
    let (first, next) = names(&desk, "/v1/load-balancers?limit=2").await;
    assert_eq!(first, ["lb-4", "lb-3"]);
    let (second, next) =
        names(&desk, &format!("/v1/load-balancers?limit=2&cursor={}", next.unwrap())).await;
    assert_eq!(second, ["lb-2", "lb-1"]);
    let (last, next) =
        names(&desk, &format!("/v1/load-balancers?limit=2&cursor={}", next.unwrap())).await;
    assert_eq!((last, next), (vec!["lb-0".to_owned()], None));
    let item = &desk.get("/v1/load-balancers?limit=1").await.body["items"][0];
    assert_eq!(
        (&item["pools"][0]["member_count"], &item["pools"][0]["members"]),
        (&json!(1), &Value::Null)
    );
}

#[tokio::test]
async fn lists_are_searched_by_keywords_and_filtered_by_status() {
    let desk = desk().await;
    desk.create(json!({ "name": "shop", "description": "Blue Team" })).await;
    desk.create(json!({ "name": "mail", "members": [{ "address": "10.9.8.7" }] })).await;
    assert_eq!(names(&desk, "/v1/load-balancers?q=blue").await.0, ["shop"]);
    assert_eq!(names(&desk, "/v1/load-balancers?q=10.9.8").await.0, ["mail"]);
    assert_eq!(names(&desk, "/v1/load-balancers?q=nothing").await.0, [""; 0]);
    assert_eq!(names(&desk, "/v1/load-balancers?status=pending").await.0, ["mail", "shop"]);
    assert_eq!(names(&desk, "/v1/load-balancers?status=ACTIVE").await.0, [""; 0]);
    for wrong in ["status=BROKEN", "limit=0", "limit=501", "cursor=x", "limt=5", "q=a&q=b"] {
        desk.get(&format!("/v1/load-balancers?{wrong}")).await.expect(422);
    }
}

#[tokio::test]
async fn another_projects_balancers_are_not_there() {
    let desk = desk().await;
    desk.create(json!({ "name": "web" })).await;
    desk.post("/v1/projects", json!({ "name": "other" })).await.expect(201);
    let other = [("elbow-project", "other")];
    assert_eq!(
        desk.send("GET", "/v1/load-balancers", &other, None).await.expect(200).body["items"],
        json!([])
    );
    desk.send("GET", "/v1/load-balancers/web", &other, None).await.expect(404);
    desk.send("DELETE", "/v1/load-balancers/web", &other, None).await.expect(404);
    desk.send("POST", "/v1/load-balancers", &other, Some(&json!({ "name": "web" })))
        .await
        .expect(201);
    desk.send("GET", "/v1/load-balancers", &[("elbow-project", "nowhere")], None).await.expect(404);
}

#[tokio::test]
async fn of_many_creates_of_one_name_exactly_one_wins() {
    let desk = std::sync::Arc::new(desk().await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let desk = std::sync::Arc::clone(&desk);
        tasks.spawn(async move {
            desk.post("/v1/load-balancers", json!({ "name": "one" })).await.status.as_u16()
        });
    }
    let statuses = tasks.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 199);
}

#[tokio::test]
async fn stats_give_last_values_and_series() {
    let desk = desk().await;
    let id = desk.create(web()).await["id"].as_str().unwrap().parse().unwrap();
    let second_ago = Timestamp(NOW.0 - 1_000);
    let sample = Sample { requests: 12, responses: [0, 11, 0, 0, 1], ..Sample::default() };
    desk.state.ledger.series().record(id, second_ago, &sample);
    let stats = desk.get("/v1/load-balancers/web/stats").await.expect(200).body;
    assert_eq!(
        (&stats["last"]["requests"], &stats["last"]["responses"]["5xx"]),
        (&json!(12), &json!(1))
    );
    let series = &stats["series"];
    assert_eq!(
        (&series["step_s"], &series["from"]),
        (&json!(1), &json!("2024-12-31T23:55:00.000Z"))
    );
    assert_eq!(series["requests"].as_array().unwrap().len(), 300);
    assert_eq!(series["requests"][299], 12);
    let day = desk.get("/v1/load-balancers/web/stats?range_s=86400").await.expect(200).body;
    assert_eq!(day["series"]["step_s"], 60);
    desk.get("/v1/load-balancers/web/stats?range_s=x").await.expect(422);
}
