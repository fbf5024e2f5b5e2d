//! The stream of events.

use std::time::Duration;

use axum::body::BodyDataStream;
use elbow_model::value::LoadBalancerId;
use elbow_store::ledger::News;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::desk::{Desk, desk, request};

/// Reads one stream event by event.
struct Follower {
    body: BodyDataStream,
    text: String,
}

impl Follower {
    async fn new(desk: &Desk, headers: &[(&str, &str)]) -> Self {
        let response = desk
            .operator
            .clone()
            .oneshot(request("GET", "/v1/events", headers, None))
            .await
            .unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// Name and data of the next event; none at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default()
                };
                let read =
                    (field("event: ").to_owned(), serde_json::from_str(field("data: ")).unwrap());
                self.text = rest.to_owned();
                return Some(read);
            }
            let chunk =
                tokio::time::timeout(Duration::from_secs(10), self.body.next()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }
}

#[tokio::test]
async fn changes_are_told_as_they_come() {
    let desk = desk().await;
    let mut events = Follower::new(&desk, &[]).await;
    assert_eq!(events.next().await.unwrap().0, "reset");
    let web = desk.create(json!({ "name": "web" })).await;
    let (name, created) = events.next().await.unwrap();
    assert_eq!(
        (name.as_str(), &created["activity"], &created["status"]),
        ("change", &json!("CREATED"), &json!("PENDING"))
    );
    assert_eq!(
        created["resource"],
        json!({ "type": "LOAD_BALANCER", "id": web["id"], "name": "web" })
    );
    assert_eq!(created["revision"], web["revision"]);
    desk.patch("/v1/load-balancers/web", json!({ "enabled": false })).await.expect(200);
    assert_eq!(events.next().await.unwrap().1["activity"], "EDITED");
    desk.delete("/v1/load-balancers/web").await.expect(204);
    let (_, deleted) = events.next().await.unwrap();
    assert_eq!(
        (&deleted["activity"], &deleted["resource"]["name"]),
        (&json!("DELETED"), &json!("web"))
    );
}

#[tokio::test]
async fn what_is_observed_is_told_once() {
    let desk = desk().await;
    let web = desk.create(json!({ "name": "web" })).await;
    let id: LoadBalancerId = web["id"].as_str().unwrap().parse().unwrap();
    let mut events = Follower::new(&desk, &[]).await;
    events.next().await.unwrap();
    for _ in 0..3 {
        desk.state.ledger.observe(News::Observed(vec![id].into()), |_| {});
    }
    desk.patch("/v1/load-balancers/web", json!({ "description": "x" })).await.expect(200);
    let (name, observed) = events.next().await.unwrap();
    assert_eq!(
        (name.as_str(), &observed["activity"], &observed["health"]),
        ("observed", &json!("OBSERVED"), &json!("UNMONITORED"))
    );
    assert_eq!(events.next().await.unwrap().0, "change");
}

#[tokio::test]
async fn another_projects_events_are_not_told() {
    let desk = desk().await;
    desk.post("/v1/projects", json!({ "name": "other" })).await.expect(201);
    let mut events = Follower::new(&desk, &[("elbow-project", "other")]).await;
    events.next().await.unwrap();
    desk.create(json!({ "name": "web" })).await;
    let other = [("elbow-project", "other")];
    desk.send("POST", "/v1/load-balancers", &other, Some(&json!({ "name": "mine" })))
        .await
        .expect(201);
    assert_eq!(events.next().await.unwrap().1["resource"]["name"], "mine");
}

#[tokio::test]
async fn who_falls_behind_is_told_to_read_anew() {
    let desk = desk().await;
    let mut events = Follower::new(&desk, &[]).await;
    events.next().await.unwrap();
    let web = desk.create(json!({ "name": "web" })).await;
    let id: LoadBalancerId = web["id"].as_str().unwrap().parse().unwrap();
    for _ in 0..100_000 {
        desk.state.ledger.observe(News::Observed(vec![id].into()), |_| {});
    }
    assert_eq!(
        events.next().await.unwrap(),
        (
            "reset".to_owned(),
            json!({ "reason": "this stream fell behind", "revision": web["revision"] })
        )
    );
}

#[tokio::test]
async fn who_missed_nothing_goes_on() {
    let desk = desk().await;
    let head = desk.state.ledger.world().revision().to_string();
    let mut events = Follower::new(&desk, &[("last-event-id", &head)]).await;
    desk.create(json!({ "name": "web" })).await;
    assert_eq!(events.next().await.unwrap().0, "change");
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let desk = desk().await;
    let mut events = Follower::new(&desk, &[]).await;
    events.next().await.unwrap();
    desk.state.closing().begin();
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn groups_instances_and_activities_carry_a_status_word() {
    let desk = desk().await;
    let mut events = Follower::new(&desk, &[]).await;
    events.next().await.unwrap();
    let body = json!({ "name": "workers", "min": 0, "max": 4 });
    desk.post("/v1/scaling-groups", body).await.expect(201);
    let (_, group) = events.next().await.unwrap();
    assert_eq!(
        (&group["resource"]["type"], &group["status"]),
        (&json!("SCALING_GROUP"), &json!("ACTIVE"))
    );
    let server = json!({ "address": "127.77.0.9", "port": 8080 });
    desk.post("/v1/scaling-groups/workers/instances", server).await.expect(201);
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let (_, event) = events.next().await.unwrap();
        seen.push(format!("{} {}", event["resource"]["type"], event["status"]));
    }
    seen.sort_unstable();
    let expected = [
        "\"ACTIVITY\" \"IN_PROGRESS\"",
        "\"INSTANCE\" \"PENDING\"",
        "\"SCALING_GROUP\" \"ACTIVE\"",
    ];
    assert_eq!(seen, expected);
}
