//! Logging in, and what is refused without.

use axum::http::StatusCode;
use elbow_vault::password;
use serde_json::{Value, json};

use super::desk::{Answer, Desk, ask, desk, desk_with_password, request};

async fn login(desk: &Desk, password: &str) -> Answer {
    let body = json!({ "username": "admin", "password": password });
    ask(&desk.public, request("POST", "/v1/sessions", &[], Some(&body))).await
}

/// The path of the session that a request shows.
const CURRENT: &str = "/v1/sessions/current";

async fn token(desk: &Desk) -> String {
    let session = login(desk, "the right one").await.expect(201);
    session.body["token"].as_str().unwrap().to_owned()
}

async fn with(
    desk: &Desk,
    token: &str,
    (method, path): (&str, &str),
    body: Option<Value>,
) -> Answer {
    let bearer = format!("Bearer {token}");
    ask(&desk.public, request(method, path, &[("authorization", &bearer)], body.as_ref())).await
}

async fn with_token(desk: &Desk, token: &str) -> StatusCode {
    let bearer = format!("Bearer {token}");
    ask(&desk.public, request("GET", "/v1/load-balancers", &[("authorization", &bearer)], None))
        .await
        .status
}

#[tokio::test]
async fn a_session_opens_with_the_right_password_and_ends_with_it() {
    let desk = desk_with_password(password::hash("the right one").unwrap()).await;
    let session = login(&desk, "the right one").await.expect(201);
    assert_eq!(session.body["user"]["role"], "OPERATOR");
    assert_eq!(session.body["project"]["name"], "default");
    assert_eq!(session.body["expires_at"], "2025-01-01T12:00:00.000Z");
    assert_eq!(session.header("cache-control"), "no-store");
    let token = session.body["token"].as_str().unwrap().to_owned();
    assert_eq!(with_token(&desk, &token).await, StatusCode::OK);
    assert_eq!(with_token(&desk, &token[..token.len() - 2]).await, StatusCode::UNAUTHORIZED);

    let change = |current: &str| json!({ "password": "another one", "current_password": current });
    let own = ("PATCH", "/v1/users/admin");
    with(&desk, &token, own, Some(change("a wrong one"))).await.expect(422);
    with(&desk, &token, own, Some(json!({ "password": "another one" }))).await.expect(422);
    with(&desk, &token, own, Some(change("the right one"))).await.expect(200);
    assert_eq!(with_token(&desk, &token).await, StatusCode::UNAUTHORIZED);
    login(&desk, "another one").await.expect(201);
}

#[tokio::test]
async fn the_operator_of_the_machine_sets_any_password_without_the_present_one() {
    let desk = desk_with_password(password::hash("the right one").unwrap()).await;
    let token = token(&desk).await;
    desk.patch("/v1/users/admin", json!({ "password": "another one" })).await.expect(200);
    assert_eq!(with_token(&desk, &token).await, StatusCode::UNAUTHORIZED);
    login(&desk, "another one").await.expect(201);
}

#[tokio::test]
async fn a_session_says_who_asks() {
    let desk = desk_with_password(password::hash("the right one").unwrap()).await;
    let token = token(&desk).await;
    let current = with(&desk, &token, ("GET", CURRENT), None).await.expect(200).body;
    let expected = json!({
        "means": "SESSION", "expires_at": "2025-01-01T12:00:00.000Z",
        "user": current["user"], "project": current["project"],
    });
    assert_eq!(current, expected);
    assert_eq!(
        (&current["user"]["name"], &current["project"]["name"]),
        (&json!("admin"), &json!("default"))
    );
    let local = desk.get(CURRENT).await.expect(200).body;
    assert_eq!((&local["means"], &local["expires_at"]), (&json!("LOCAL_SOCKET"), &json!(null)));
}

#[tokio::test]
async fn a_session_that_was_logged_out_of_is_refused_and_others_go_on() {
    let desk = desk_with_password(password::hash("the right one").unwrap()).await;
    let (first, second) = (token(&desk).await, token(&desk).await);
    with(&desk, &first, ("DELETE", CURRENT), None).await.expect(204);
    with(&desk, &first, ("GET", CURRENT), None).await.expect(401);
    with(&desk, &first, ("DELETE", CURRENT), None).await.expect(401);
    with(&desk, &second, ("GET", CURRENT), None).await.expect(200);
    let none = desk.delete(CURRENT).await.expect(409);
    assert_eq!(none.body["code"], "NO_SESSION");
}

#[tokio::test]
async fn logging_out_everywhere_ends_all_sessions_of_the_user() {
    let desk = desk_with_password(password::hash("the right one").unwrap()).await;
    let (first, second) = (token(&desk).await, token(&desk).await);
    with(&desk, &first, ("DELETE", "/v1/users/admin/sessions"), None).await.expect(204);
    for token in [first, second] {
        with(&desk, &token, ("GET", CURRENT), None).await.expect(401);
    }
    let token = token(&desk).await;
    with(&desk, &token, ("GET", CURRENT), None).await.expect(200);
    desk.delete("/v1/users/nobody/sessions").await.expect(404);
}

#[tokio::test]
async fn wrong_logins_are_all_alike_and_slowed_down() {
    let desk = desk_with_password(password::hash("the right one").unwrap()).await;
    let wrong = login(&desk, "a wrong one").await.expect(401);
    let unknown = json!({ "username": "nobody", "password": "a wrong one" });
    let unknown =
        ask(&desk.public, request("POST", "/v1/sessions", &[], Some(&unknown))).await.expect(401);
    assert_eq!(wrong.body["detail"], unknown.body["detail"]);
    assert_eq!(wrong.body["code"], "INVALID_CREDENTIALS");
    for _ in 0..10 {
        let answer = login(&desk, "a wrong one").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(!answer.header("retry-after").is_empty());
            return;
        }
    }
    panic!("eleven wrong logins were not slowed down");
}

#[tokio::test]
async fn a_login_in_a_project_that_is_not_there_is_refused() {
    let desk = desk_with_password(password::hash("the right one").unwrap()).await;
    let body = json!({ "username": "admin", "password": "the right one", "project": "nowhere" });
    let answer =
        ask(&desk.public, request("POST", "/v1/sessions", &[], Some(&body))).await.expect(422);
    assert!(answer.faults()[0].starts_with("project: "));
}

#[tokio::test]
async fn nothing_is_told_without_a_session() {
    let desk = desk().await;
    for path in
        ["/v1/load-balancers", "/v1/load-balancers/x", "/v1/users", "/v1/events", "/metrics"]
    {
        let answer = ask(&desk.public, request("GET", path, &[], None)).await.expect(401);
        assert_eq!(answer.body["code"], "UNAUTHENTICATED");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"elbow\"");
    }
    let basic = [("authorization", "Basic YTpi")];
    ask(&desk.public, request("GET", "/v1/users", &basic, None)).await.expect(401);
    let body = json!({ "name": "web" });
    ask(&desk.public, request("POST", "/v1/load-balancers", &[], Some(&body))).await.expect(401);
    for path in ["/livez", "/version", "/openapi.json"] {
        ask(&desk.public, request("GET", path, &[], None)).await.expect(200);
    }
}
