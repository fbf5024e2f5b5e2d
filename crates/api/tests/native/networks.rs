//! Networks, projects and users.

use serde_json::{Value, json};

use super::desk::desk;

#[tokio::test]
async fn networks_come_change_and_go() {
    let desk = desk().await;
    let vpc = json!({ "name": "lan", "kind": "vpc", "cidr": "10.1.0.0/16" });
    let created = desk.post("/v1/networks", vpc.clone()).await.expect(201).body;
    assert_eq!(
        (&created["kind"], &created["cidr"], &created["project"]),
        (&json!("VPC"), &json!("10.1.0.0/16"), &Value::Null)
    );
    assert_eq!(desk.post("/v1/networks", vpc).await.expect(409).body["code"], "NAME_TAKEN");
    let overlap = json!({ "name": "lan2", "kind": "CLASSIC", "cidr": "10.0.0.0/8" });
    assert_eq!(
        desk.post("/v1/networks", overlap).await.expect(409).body["code"],
        "NETWORK_OVERLAP"
    );
    let edited =
        desk.patch("/v1/networks/lan", json!({ "description": "x" })).await.expect(200).body;
    assert_eq!(edited["description"], "x");
    desk.patch("/v1/networks/lan", json!({ "cidr": "10.2.0.0/16" })).await.expect(422);
    let web = desk.create(json!({ "name": "web", "network": "lan" })).await;
    assert_eq!(web["vip"], "10.1.0.1");
    assert_eq!(desk.delete("/v1/networks/lan").await.expect(409).body["code"], "IN_USE");
    desk.delete("/v1/load-balancers/web").await.expect(204);
    desk.delete("/v1/networks/lan").await.expect(204);
    let page = desk.get("/v1/networks").await.expect(200).body;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_host_network_takes_the_machines_addresses() {
    let desk = desk().await;
    let host =
        desk.post("/v1/networks", json!({ "name": "host", "kind": "HOST" })).await.expect(201).body;
    assert_eq!(host["addresses"], json!(["192.0.2.7"]));
    for (body, field) in [
        (json!({ "name": "x", "kind": "HOST", "cidr": "10.0.0.0/8" }), "cidr"),
        (json!({ "name": "x", "kind": "VPC", "addresses": ["10.0.0.1"] }), "addresses"),
        (json!({ "name": "x", "kind": "VPC" }), "cidr"),
        (json!({ "name": "x", "kind": "LAN" }), "kind"),
        (json!({ "name": "x", "kind": "HOST", "addresses": ["0.0.0.0"] }), "addresses"),
    ] {
        let answer = desk.post("/v1/networks", body).await.expect(422);
        assert!(answer.faults()[0].starts_with(&format!("{field}: ")), "{:?}", answer.faults());
    }
}

#[tokio::test]
async fn projects_and_users_are_shown_without_secrets() {
    let desk = desk().await;
    assert_eq!(
        desk.get("/v1/projects/default").await.expect(200).body["quota"]["load_balancers"],
        20_000
    );
    let users = desk.get("/v1/users").await.expect(200);
    assert_eq!(users.body["items"][0]["name"], "admin");
    assert!(!users.text.contains("password"), "{}", users.text);
    let user = json!({ "name": "kim", "role": "operator", "password": "long enough" });
    let created = desk.post("/v1/users", user).await.expect(201);
    assert_eq!(
        (&created.body["role"], &created.body["project"]["name"]),
        (&json!("OPERATOR"), &json!("default"))
    );
    let short = json!({ "name": "lee", "role": "operator", "password": "secret" });
    let refused = desk.post("/v1/users", short).await.expect(422);
    assert!(!refused.text.contains("secret"), "{}", refused.text);
}
