//! HTTP itself: paths, methods, types, sizes; and what machines read.

use axum::body::Body;
use axum::http::Request;
use elbow_model::observed::ProxyView;
use elbow_model::value::{ListenerId, LoadBalancerId, ProxyId, Revision};
use elbow_model::wire::{BalancerCounters, ListenerCounters};
use elbow_store::ledger::News;
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::{Desk, NOW, ask, desk, request};

fn raw(method: &str, kind: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri("/v1/load-balancers")
        .header("content-type", kind)
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let desk = desk().await;
    let path = desk.get("/v1/nothing").await.expect(404);
    assert_eq!(
        (&path.body["code"], path.header("content-type")),
        (&json!("UNKNOWN_PATH"), "application/problem+json")
    );
    let method = desk.put("/v1/load-balancers", json!({})).await.expect(405);
    assert_eq!(method.body["code"], "METHOD_NOT_ALLOWED");
    let allow = method.header("allow");
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    desk.get("/v1/load-balancers/%ff").await.expect(400);
}

#[tokio::test]
async fn bodies_that_are_no_json_are_malformed() {
    let desk = desk().await;
    let broken =
        ask(&desk.operator, raw("POST", "application/json", "{\"name\": \"web\",\n oops}"))
            .await
            .expect(400);
    assert_eq!(broken.body["code"], "MALFORMED_JSON");
    assert!(broken.body["detail"].as_str().unwrap().contains("line 2 column"), "{}", broken.text);
    let twice =
        ask(&desk.operator, raw("POST", "application/json", r#"{"name": "a", "name": "b"}"#))
            .await
            .expect(400);
    assert!(
        twice.body["detail"].as_str().unwrap().contains("key `name` stands twice"),
        "{}",
        twice.text
    );
    ask(&desk.operator, raw("POST", "application/json", "")).await.expect(400);
    ask(&desk.operator, raw("POST", "application/json", "[".repeat(5_000))).await.expect(400);
    ask(&desk.operator, raw("POST", "application/json", "[]")).await.expect(422);
    ask(&desk.operator, raw("POST", "application/json", "null")).await.expect(422);
}

#[tokio::test]
async fn other_types_than_json_are_unsupported() {
    let desk = desk().await;
    let answer = ask(&desk.operator, raw("POST", "application/x-www-form-urlencoded", "name=web"))
        .await
        .expect(415);
    assert!(answer.body["detail"].as_str().unwrap().contains("application/json"));
    ask(&desk.operator, raw("POST", "application/json; charset=utf-8", "{\"name\": \"web\"}"))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let desk = desk().await;
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(10_000_000));
    let announced = Request::builder()
        .method("POST")
        .uri("/v1/load-balancers")
        .header("content-type", "application/json")
        .header("content-length", long.len())
        .body(Body::empty())
        .unwrap();
    assert_eq!(ask(&desk.operator, announced).await.expect(413).body["code"], "BODY_TOO_LARGE");
    ask(&desk.operator, raw("POST", "application/json", long)).await.expect(413);
}

#[tokio::test]
async fn every_documented_operation_is_served() {
    let desk = desk().await;
    let document = desk.get("/openapi.json").await.expect(200).body;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|_| path != "/v1/events") {
            let path = path.replace("{id}", &Uuid::nil().to_string());
            let answer = desk.send(&method.to_uppercase(), &path, &[], Some(&json!({}))).await;
            assert_ne!(answer.body["code"], "UNKNOWN_PATH", "{method} {path}");
            assert_ne!(answer.status.as_u16(), 405, "{method} {path}");
            assert!(
                answer.status.as_u16() < 500 || path == "/readyz",
                "{method} {path}: {}",
                answer.text
            );
        }
    }
}

/// A refusal of an unknown field lists the known ones: exactly those that the document has.
#[tokio::test]
async fn documented_fields_are_those_that_are_taken() {
    let desk = desk().await;
    let rule = json!({ "priority": 1, "match": { "path": "/" }, "action": { "respond": { "status": 204 } } });
    let tree = desk
        .create(json!({
            "name": "web",
            "listeners": [{ "protocol": "HTTP", "port": 80, "rules": [rule] }],
            "members": [{ "address": "10.0.0.1" }],
        }))
        .await;
    desk.post("/v1/networks", json!({ "name": "n", "kind": "VPC", "cidr": "10.1.0.0/16" }))
        .await
        .expect(201);
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let (listener, pool) = (id(&tree["listeners"][0]), id(&tree["pools"][0]));
    let (member, rule) =
        (id(&tree["pools"][0]["members"][0]), id(&tree["listeners"][0]["rules"][0]));
    let document = desk.get("/openapi.json").await.expect(200).body;
    let cases = [
        ("POST", "/v1/load-balancers".to_owned(), "NewLoadBalancer"),
        ("PATCH", "/v1/load-balancers/web".to_owned(), "LoadBalancerPatch"),
        ("POST", "/v1/load-balancers/web/listeners".to_owned(), "NewListener"),
        ("PATCH", format!("/v1/listeners/{listener}"), "ListenerPatch"),
        ("POST", "/v1/load-balancers/web/pools".to_owned(), "NewPool"),
        ("PATCH", format!("/v1/pools/{pool}"), "PoolPatch"),
        ("POST", format!("/v1/pools/{pool}/members"), "NewMember"),
        ("PUT", format!("/v1/pools/{pool}/members"), "MemberList"),
        ("PATCH", format!("/v1/members/{member}"), "MemberPatch"),
        ("POST", format!("/v1/listeners/{listener}/rules"), "NewRule"),
        ("PATCH", format!("/v1/rules/{rule}"), "RulePatch"),
        ("POST", "/v1/networks".to_owned(), "NewNetwork"),
        ("PATCH", "/v1/networks/n".to_owned(), "NetworkPatch"),
        ("POST", "/v1/projects".to_owned(), "NewProject"),
        ("PATCH", "/v1/projects/default".to_owned(), "ProjectPatch"),
        ("POST", "/v1/users".to_owned(), "NewUser"),
        ("PATCH", "/v1/users/admin".to_owned(), "UserPatch"),
        ("POST", "/v1/sessions".to_owned(), "Login"),
    ];
    for (method, path, schema) in cases {
        let answer = desk.send(method, &path, &[], Some(&json!({ "_": 1 }))).await.expect(422);
        let fault = answer.faults().into_iter().find(|fault| fault.starts_with("_: ")).unwrap();
        let taken: Vec<&str> = fault.split("known are ").nth(1).unwrap().split(", ").collect();
        let properties =
            document["components"]["schemas"][schema]["properties"].as_object().unwrap();
        let mut documented: Vec<&str> = properties.keys().map(String::as_str).collect();
        documented.sort_unstable();
        assert_eq!(taken, documented, "{schema}");
    }
}

fn proxy(revision: Revision) -> ProxyView {
    ProxyView {
        version: "test".to_owned(),
        pid: 1,
        connected_at: NOW,
        revision,
        failed: Default::default(),
        in_force: Default::default(),
        drained: Default::default(),
        waiting: Default::default(),
    }
}

fn connect(desk: &Desk, revision: Revision) {
    let news = News::Observed(Vec::new().into());
    desk.state.ledger.observe(news, |observed| {
        observed.proxies.insert(ProxyId::from(Uuid::from_u128(1)), proxy(revision));
    });
}

#[tokio::test]
async fn it_is_ready_when_a_proxy_runs_the_newest_revision() {
    let desk = desk().await;
    let head = desk.state.ledger.world().revision();
    let alone = desk.get("/readyz").await.expect(503);
    assert_eq!(alone.body["reason"], "no proxy is connected");
    connect(&desk, Revision(head.0 - 1));
    assert_eq!(
        desk.get("/readyz").await.expect(503).body["reason"],
        format!("0 of 1 proxies run revision {head}")
    );
    connect(&desk, head);
    let ready = desk.get("/readyz").await.expect(200).body;
    assert_eq!((&ready["ready"], &ready["proxies"]), (&json!(true), &json!(1)));
}

#[tokio::test]
async fn metrics_name_what_they_count() {
    let desk = desk().await;
    let web = desk
        .create(json!({ "name": "web", "listeners": [{ "protocol": "HTTP", "port": 80 }] }))
        .await;
    let id: LoadBalancerId = web["id"].as_str().unwrap().parse().unwrap();
    let listener: ListenerId = web["listeners"][0]["id"].as_str().unwrap().parse().unwrap();
    desk.state.ledger.observe(News::Observed(vec![id].into()), |observed| {
        let mut counters = ListenerCounters {
            requests: 3,
            tls_handshakes: 9,
            tls_resumed: 4,
            tls_failed: 2,
            responses: [0, 2, 0, 0, 1],
            ..ListenerCounters::default()
        };
        counters.latency[0] = 2;
        counters.latency[15] = 1;
        let listeners = vec![(listener, counters)];
        observed.counters.insert(
            id,
            BalancerCounters { load_balancer: Some(id), listeners, ..Default::default() },
        );
    });
    let bearer = [("authorization", "Bearer scrape-me")];
    let page = ask(&desk.public, request("GET", "/metrics", &bearer, None)).await.expect(200);
    assert!(page.header("content-type").starts_with("text/plain; version=0.0.4"));
    let labels = "project=\"default\",load_balancer=\"web\",listener=\"http-80\"";
    for line in [
        "elbow_build_info{version=\"0.0.0-test\"} 1".to_owned(),
        "elbow_load_balancers{status=\"PENDING\"} 1".to_owned(),
        "process_resident_memory_bytes 1000000".to_owned(),
        format!("elbow_listener_requests_total{{{labels}}} 3"),
        format!("elbow_listener_tls_handshakes_total{{{labels}}} 9"),
        format!("elbow_listener_tls_resumed_total{{{labels}}} 4"),
        format!("elbow_listener_tls_failed_total{{{labels}}} 2"),
        format!("elbow_listener_responses_total{{{labels},class=\"5xx\"}} 1"),
        format!("elbow_listener_request_duration_seconds_bucket{{{labels},le=\"0.00025\"}} 2"),
        format!("elbow_listener_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 3"),
        format!("elbow_listener_request_duration_seconds_count{{{labels}}} 3"),
    ] {
        assert!(page.text.lines().any(|found| found == line), "no `{line}` in\n{}", page.text);
    }
    let wrong = [("authorization", "Bearer scrape-you")];
    ask(&desk.public, request("GET", "/metrics", &wrong, None)).await.expect(401);
}
