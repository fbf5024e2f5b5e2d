//! Logging in, and what is refused without.

use axum::http::StatusCode;
use elbow_vault::password;
use serde_json::json;

use super::desk::{Answer, Desk, ask, desk, desk_with_password, request};

async fn login(desk: &Desk, password: &str) -> Answer {
    let body = json!({ "username": "admin", "password": password });
    ask(&desk.public, request("POST", "/v1/sessions", &[], Some(&body))).await
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
    desk.patch("/v1/users/admin", change("a wrong one")).await.expect(422);
    desk.patch("/v1/users/admin", change("the right one")).await.expect(200);
    assert_eq!(with_token(&desk, &token).await, StatusCode::UNAUTHORIZED);
    login(&desk, "another one").await.expect(201);
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
