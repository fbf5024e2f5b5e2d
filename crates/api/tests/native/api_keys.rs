//! API keys: made once, scoped, and refused when their time or their user's right is over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use elbow_model::change::{Author, Change, Edit, NewProject, NewUser};
use elbow_model::user::{ProjectRole, Standing};
use elbow_model::value::{PasswordHash, ProjectId, SessionId, UserId};
use elbow_vault::token::Claims;
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::{Answer, Desk, NOW, ask, desk, name, request};

const KEYS: &str = "/v1/api-keys";

async fn with(desk: &Desk, key: &str, (method, path): (&str, &str), body: Option<Value>) -> Answer {
    let bearer = format!("Bearer {key}");
    ask(&desk.public, request(method, path, &[("authorization", &bearer)], body.as_ref())).await
}

/// Another project and a tenant admin of both; gives a session's token.
async fn tenant(desk: &Desk) -> String {
    let world = desk.state.ledger.world();
    let first = world.project_named("default").unwrap().id;
    let (second, id) = (ProjectId::from(Uuid::now_v7()), UserId::from(Uuid::now_v7()));
    let user = NewUser {
        id,
        name: name("ann"),
        standing: Standing::Tenant,
        memberships: BTreeMap::from([
            (first, ProjectRole::TenantAdmin),
            (second, ProjectRole::TenantAdmin),
        ]),
        project: first,
        password: PasswordHash::from_phc("none".to_owned()),
    };
    let edits =
        vec![Edit::CreateProject(NewProject::new(second, name("second"))), Edit::CreateUser(user)];
    let change = Change { author: Author::System, at: NOW, source: None, request: None, edits };
    desk.state.ledger.commit(move |_| Ok(change)).await.unwrap();
    let session = SessionId::from(Uuid::now_v7());
    let expires_at = NOW.after(Duration::from_secs(60));
    let claims = Claims { session, user: id, project: first, session_generation: 0, expires_at };
    desk.state.tokens.issue(&claims)
}

async fn make(desk: &Desk, by: &str, body: Value) -> String {
    let made = with(desk, by, ("POST", KEYS), Some(body)).await.expect(201);
    made.body["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_shown_once_and_works_as_its_user() {
    let desk = desk().await;
    let token = tenant(&desk).await;
    let made = with(&desk, &token, ("POST", KEYS), Some(json!({"name": "ci"}))).await.expect(201);
    assert_eq!(made.header("cache-control"), "no-store");
    let key = made.body["key"].as_str().unwrap();
    assert!(key.starts_with("elbow_key_"));
    let mut expected = made.body.clone();
    expected.as_object_mut().unwrap().remove("key");
    assert_eq!(
        (&expected["role"], &expected["access"], &expected["last_used_at"]),
        (&json!("TENANT_ADMIN"), &json!("READ_WRITE"), &json!(null))
    );
    assert_eq!(expected["expires_at"], "2025-04-01T00:00:00.000Z");
    let shown = with(&desk, &token, ("GET", &format!("{KEYS}/ci")), None).await.expect(200);
    assert_eq!(shown.body, expected);

    let current = with(&desk, key, ("GET", "/v1/sessions/current"), None).await.expect(200).body;
    assert_eq!((&current["means"], &current["user"]["name"]), (&json!("API_KEY"), &json!("ann")));
    with(&desk, key, ("POST", "/v1/load-balancers"), Some(json!({"name": "web"})))
        .await
        .expect(201);
    let used = with(&desk, &token, ("GET", &format!("{KEYS}/ci")), None).await.expect(200);
    assert_eq!(used.body["last_used_at"], "2025-01-01T00:00:00.000Z");
    let stored = format!("{:?}", desk.state.ledger.world().api_keys().collect::<Vec<_>>());
    assert!(!stored.contains(&key[20..40]), "{stored}");
}

#[tokio::test]
async fn a_key_is_refused_once_altered_deleted_or_its_user_is_disabled() {
    let desk = desk().await;
    let token = tenant(&desk).await;
    let key = make(&desk, &token, json!({"name": "ci"})).await;
    let other = make(&desk, &token, json!({"name": "other"})).await;
    let list = ("GET", "/v1/load-balancers");
    with(&desk, &key, list, None).await.expect(200);
    // The id of one with the secret of another.
    let mixed = format!("{}{}", &key[..32], &other[32..]);
    for wrong in [&key[..key.len() - 4], "elbow_key_", &mixed] {
        with(&desk, wrong, list, None).await.expect(401);
    }
    with(&desk, &key, ("DELETE", &format!("{KEYS}/ci")), None).await.expect(403);
    with(&desk, &token, ("DELETE", &format!("{KEYS}/ci")), None).await.expect(204);
    with(&desk, &key, list, None).await.expect(401);
    with(&desk, &other, list, None).await.expect(200);
}

#[tokio::test]
async fn a_key_may_no_more_than_it_says_and_than_its_user_may_now() {
    let desk = desk().await;
    let token = tenant(&desk).await;
    let viewer = make(&desk, &token, json!({"name": "looks", "role": "VIEWER"})).await;
    let reads = make(&desk, &token, json!({"name": "reads", "access": "READ_ONLY"})).await;
    let web = || Some(json!({"name": "web"}));
    for key in [&viewer, &reads] {
        with(&desk, key, ("GET", "/v1/load-balancers"), None).await.expect(200);
        let refused = with(&desk, key, ("POST", "/v1/load-balancers"), web()).await.expect(403);
        assert_eq!(refused.body["code"], "FORBIDDEN");
    }
    let more = json!({"name": "more", "role": "OPERATOR"});
    let refused = with(&desk, &token, ("POST", KEYS), Some(more)).await.expect(422);
    assert!(
        refused.faults()[0].starts_with("role: OPERATOR is more than"),
        "{:?}",
        refused.faults()
    );
    let full = make(&desk, &token, json!({"name": "full"})).await;
    with(&desk, &full, ("POST", KEYS), Some(json!({"name": "child"}))).await.expect(422);
    // One project, even though its user is a member of both.
    let elsewhere = [("authorization", &*format!("Bearer {full}")), ("elbow-project", "second")];
    ask(&desk.public, request("GET", "/v1/load-balancers", &elsewhere, None)).await.expect(403);
    let session = [("authorization", &*format!("Bearer {token}")), ("elbow-project", "second")];
    ask(&desk.public, request("GET", "/v1/load-balancers", &session, None)).await.expect(200);
}

#[tokio::test]
async fn keys_are_seen_by_their_user_and_the_operator_alone() {
    let desk = desk().await;
    let token = tenant(&desk).await;
    make(&desk, &token, json!({"name": "ci"})).await;
    let admins = desk.post(KEYS, json!({"name": "admins"})).await.expect(201);
    let id = admins.body["id"].as_str().unwrap();
    for path in [format!("{KEYS}/{id}"), format!("{KEYS}?user=admin")] {
        with(&desk, &token, ("GET", &path), None).await.expect(404);
    }
    with(&desk, &token, ("DELETE", &format!("{KEYS}/{id}")), None).await.expect(404);
    let of_ann = desk.get(&format!("{KEYS}?user=ann")).await.expect(200);
    let key = &of_ann.body["items"][0];
    assert_eq!((&key["name"], &key["key"]), (&json!("ci"), &Value::Null));
    desk.delete(&format!("{KEYS}/{}", key["id"].as_str().unwrap())).await.expect(204);
}

#[tokio::test]
async fn a_request_that_is_sent_again_makes_one_key_and_does_not_show_it_again() {
    let desk = desk().await;
    let headers = [("idempotency-key", "once")];
    let body = json!({"name": "ci"});
    let first = desk.send("POST", KEYS, &headers, Some(&body)).await.expect(201);
    let second = desk.send("POST", KEYS, &headers, Some(&body)).await.expect(201);
    assert_eq!((&first.body["id"], second.body.get("key")), (&second.body["id"], None));
    let rehearsed =
        desk.post(&format!("{KEYS}?dry_run=true"), json!({"name": "dry"})).await.expect(200);
    assert_eq!(rehearsed.body.get("key"), None);
    assert_eq!(desk.get(KEYS).await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_with_a_key_costs_no_password_hash() {
    let desk = desk().await;
    let token = tenant(&desk).await;
    let key = make(&desk, &token, json!({"name": "ci"})).await;
    let mut times = Vec::new();
    for _ in 0..101 {
        let begun = Instant::now();
        with(&desk, &key, ("GET", "/v1/sessions/current"), None).await.expect(200);
        times.push(begun.elapsed());
    }
    times.sort();
    // Argon2id takes more than 10 ms anywhere; a whole request of a build without optimisation stays far below.
    assert!(times[50] < Duration::from_millis(5), "{:?}", times[50]);
}
