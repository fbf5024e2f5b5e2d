//! If-Match, Idempotency-Key, dry runs.

use serde_json::{Value, json};

use super::desk::desk;

#[tokio::test]
async fn an_edit_of_what_was_not_seen_is_refused() {
    let desk = desk().await;
    let created = desk.post("/v1/load-balancers", json!({ "name": "web" })).await.expect(201);
    let seen = created.header("etag").to_owned();
    let edit = json!({ "description": "a" });
    let first = desk
        .send("PATCH", "/v1/load-balancers/web", &[("if-match", &seen)], Some(&edit))
        .await
        .expect(200);
    let second = desk
        .send("PATCH", "/v1/load-balancers/web", &[("if-match", &seen)], Some(&edit))
        .await
        .expect(412);
    assert_eq!(second.body["code"], "REVISION_MISMATCH");
    desk.send("DELETE", "/v1/load-balancers/web", &[("if-match", &seen)], None).await.expect(412);
    let now = first.header("etag").to_owned();
    desk.send("DELETE", "/v1/load-balancers/web", &[("if-match", &now)], None).await.expect(204);
}

#[tokio::test]
async fn a_create_that_is_sent_again_answers_as_the_first_time() {
    let desk = desk().await;
    let key = [("idempotency-key", "k-1")];
    let body = json!({ "name": "web", "members": [{ "address": "127.0.0.1", "port": 1 }] });
    let first = desk.send("POST", "/v1/load-balancers", &key, Some(&body)).await.expect(201);
    let again = desk.send("POST", "/v1/load-balancers", &key, Some(&body)).await.expect(201);
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.header("location"), again.header("location"));
    let other = desk
        .send("POST", "/v1/load-balancers", &key, Some(&json!({ "name": "b" })))
        .await
        .expect(422);
    assert_eq!(other.body["code"], "IDEMPOTENCY_KEY_REUSED");
    let members = format!("/v1/pools/{}/members", first.body["pools"][0]["id"].as_str().unwrap());
    let member = json!({ "address": "127.0.0.1", "port": 2 });
    let key = [("idempotency-key", "k-2")];
    let first = desk.send("POST", &members, &key, Some(&member)).await.expect(201);
    let again = desk.send("POST", &members, &key, Some(&member)).await.expect(201);
    assert_eq!(first.body["id"], again.body["id"]);
    desk.send("POST", &members, &[], Some(&member)).await.expect(409);
}

#[tokio::test]
async fn a_dry_run_answers_what_would_be_and_changes_nothing() {
    let desk = desk().await;
    let before = desk.state.ledger.world().revision();
    let answer =
        desk.post("/v1/load-balancers?dry_run=true", json!({ "name": "web" })).await.expect(200);
    assert_eq!((&answer.body["dry_run"], &answer.body["name"]), (&json!(true), &json!("web")));
    assert_eq!((answer.header("elbow-dry-run"), answer.header("location")), ("true", ""));
    assert!(answer.body["vip"].as_str().unwrap().starts_with("127.77."));
    assert_eq!(desk.state.ledger.world().revision(), before);
    desk.post("/v1/load-balancers?dry_run=true", json!({ "name": "web", "method": "X" }))
        .await
        .expect(422);

    let tree = desk.create(json!({ "name": "web" })).await;
    let edited = desk
        .patch("/v1/load-balancers/web?dry_run=true", json!({ "description": "x" }))
        .await
        .expect(200);
    assert_eq!(edited.body["description"], "x");
    desk.delete("/v1/load-balancers/web?dry_run=true").await.expect(204);
    assert_eq!(desk.get("/v1/load-balancers/web").await.expect(200).body, tree);
    assert_ne!(tree, Value::Null);
}
