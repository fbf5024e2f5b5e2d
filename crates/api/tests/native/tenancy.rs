//! Roles, projects and users: who sees, makes, alters and deletes what, and what others learn of it: nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::StatusCode;
use elbow_model::change::{
    Author, Change, Edit, NewLoadBalancer, NewNetwork, NewPool, NewProject, NewUser,
};
use elbow_model::load_balancer::{Kind, LoadBalancerSettings};
use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::pool::{Method, PoolSettings};
use elbow_model::user::{ProjectRole, Standing};
use elbow_model::value::{Description, PasswordHash, ProjectId, SessionId, Tags};
use elbow_vault::token::Claims;
use serde_json::{Value, json};
use uuid::Uuid;

use super::certificates;
use super::desk::{Answer, Desk, NOW, ask, desk, name, request};

/// Somebody with a session.
struct Person {
    token: String,
}

fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

async fn commit(desk: &Desk, edits: Vec<Edit>) {
    let change = Change { author: Author::System, at: NOW, source: None, request: None, edits };
    desk.state.ledger.commit(move |_| Ok(change)).await.unwrap();
}

fn project(number: u128, called: &str) -> Edit {
    Edit::CreateProject(NewProject::new(id(number), name(called)))
}

fn user(number: u128, called: &str, memberships: &[(u128, ProjectRole)]) -> Edit {
    let memberships: BTreeMap<ProjectId, ProjectRole> =
        memberships.iter().map(|(project, role)| (id(*project), *role)).collect();
    Edit::CreateUser(NewUser {
        id: id(number),
        name: name(called),
        standing: Standing::Tenant,
        project: *memberships.keys().next().unwrap(),
        memberships,
        password: PasswordHash::from_phc("none".to_owned()),
    })
}

/// A session of a user in a project.
fn session(desk: &Desk, user: u128, project: u128) -> Person {
    let claims = Claims {
        session: SessionId::from(Uuid::now_v7()),
        user: id(user),
        project: id(project),
        session_generation: desk.state.ledger.world().user(id(user)).unwrap().session_generation,
        expires_at: NOW.after(Duration::from_secs(60)),
    };
    Person { token: desk.state.tokens.issue(&claims) }
}

impl Person {
    async fn send(&self, desk: &Desk, method: &str, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str())];
        ask(&desk.public, request(method, path, &headers, body.as_ref())).await
    }

    async fn get(&self, desk: &Desk, path: &str) -> Answer {
        self.send(desk, "GET", path, None).await
    }

    async fn create(&self, desk: &Desk, called: &str) -> Answer {
        self.send(desk, "POST", "/v1/load-balancers", Some(json!({ "name": called }))).await
    }

    async fn names(&self, desk: &Desk, path: &str) -> Vec<String> {
        let answer = self.get(desk, path).await.expect(200);
        let names = answer.body["items"].as_array().unwrap().iter();
        names.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// The people of project `shop`, and a stranger.
struct Cast {
    desk: Desk,
    ann: Person,
    bob: Person,
    admin: Person,
    viewer: Person,
    stranger: Person,
}

/// Projects 1 `shop` and 2 `other`; in `shop` tenant users `ann` and `bob`, tenant admin `alma` and viewer `vic`; in
/// `other` its tenant admin `eve`.
async fn cast() -> Cast {
    use ProjectRole::{TenantAdmin, TenantUser, Viewer};
    let desk = desk().await;
    let edits = vec![
        project(1, "shop"),
        project(2, "other"),
        user(1, "ann", &[(1, TenantUser)]),
        user(2, "bob", &[(1, TenantUser)]),
        user(3, "alma", &[(1, TenantAdmin)]),
        user(4, "vic", &[(1, Viewer)]),
        user(5, "eve", &[(2, TenantAdmin)]),
    ];
    commit(&desk, edits).await;
    let (ann, bob, admin) = (session(&desk, 1, 1), session(&desk, 2, 1), session(&desk, 3, 1));
    let (viewer, stranger) = (session(&desk, 4, 1), session(&desk, 5, 2));
    Cast { desk, ann, bob, admin, viewer, stranger }
}

#[tokio::test]
async fn each_role_sees_and_does_what_the_table_says() {
    let Cast { desk, ann, bob, admin, viewer, stranger } = cast().await;
    let web = ann.create(&desk, "web").await.expect(201).body;
    let path = format!("/v1/load-balancers/{}", web["id"].as_str().unwrap());

    for person in [&ann, &admin, &viewer] {
        assert_eq!(person.names(&desk, "/v1/load-balancers").await, ["web"]);
        person.get(&desk, &path).await.expect(200);
    }
    for person in [&bob, &stranger] {
        assert!(person.names(&desk, "/v1/load-balancers").await.is_empty());
        for found in [&path, "/v1/load-balancers/web"] {
            person.get(&desk, found).await.expect(404);
            let patch = Some(json!({ "description": "mine now" }));
            person.send(&desk, "PATCH", found, patch).await.expect(404);
            person.send(&desk, "DELETE", found, None).await.expect(404);
        }
    }
    let patch = || Some(json!({ "description": "seen" }));
    let refused = viewer.send(&desk, "PATCH", &path, patch()).await.expect(403);
    assert!(
        refused.text.contains("the role VIEWER may not edit load balancers"),
        "{}",
        refused.text
    );
    viewer.send(&desk, "DELETE", &path, None).await.expect(403);
    viewer.create(&desk, "own").await.expect(403);
    admin.send(&desk, "PATCH", &path, patch()).await.expect(200);
    admin.send(&desk, "DELETE", &path, None).await.expect(204);
}

#[tokio::test]
async fn a_name_that_somebody_else_took_unseen_is_free() {
    let Cast { desk, ann, bob, admin, viewer, .. } = cast().await;
    let first = ann.create(&desk, "web").await.expect(201).body;
    bob.create(&desk, "web").await.expect(201);
    assert_eq!(ann.create(&desk, "web").await.expect(409).body["code"], "NAME_TAKEN");
    // Who sees both may add no third, and must say which one he means.
    assert_eq!(admin.create(&desk, "web").await.expect(409).body["code"], "NAME_TAKEN");
    let unclear = viewer.get(&desk, "/v1/load-balancers/web").await.expect(409);
    assert_eq!(unclear.body["code"], "AMBIGUOUS_NAME");
    let own = ann.get(&desk, "/v1/load-balancers/web").await.expect(200).body;
    assert_eq!(own["id"], first["id"]);
}

#[tokio::test]
async fn a_foreign_certificate_stays_where_it_stands_and_goes_nowhere_else() {
    let Cast { desk, ann, admin, .. } = cast().await;
    let pair = certificates::pair(&["a.example"], 2030);
    let site = ann
        .send(&desk, "POST", "/v1/certificates", Some(certificates::body("site", &pair)))
        .await
        .expect(201)
        .body;
    let listener = json!({ "protocol": "HTTPS", "port": 443, "certificate": "site" });
    let tree = json!({ "name": "web", "listeners": [listener] });
    let web = ann.send(&desk, "POST", "/v1/load-balancers", Some(tree)).await.expect(201).body;
    let certificate = site["id"].as_str().unwrap();
    let listener = format!("/v1/listeners/{}", web["listeners"][0]["id"].as_str().unwrap());
    for person in [&admin] {
        person.get(&desk, &format!("/v1/certificates/{certificate}")).await.expect(404);
        let shown = person.get(&desk, &listener).await.expect(200).body;
        assert_eq!(shown["certificate"]["visible"], false);
        let stays = json!({ "connection_limit": 7, "certificate": certificate });
        person.send(&desk, "PATCH", &listener, Some(stays)).await.expect(200);
        let elsewhere = json!({ "protocol": "HTTPS", "port": 444, "certificate": certificate });
        let path = "/v1/load-balancers/web/listeners";
        let refused = person.send(&desk, "POST", path, Some(elsewhere)).await.expect(422);
        assert_eq!(refused.body["code"], "NOT_FOUND");
    }
    // Its creator does not leave while a listener shows it.
    let leave = "/v1/projects/shop/memberships/ann?hand_over_to=bob";
    let refused = admin.send(&desk, "DELETE", leave, None).await.expect(409);
    assert!(
        refused.text.contains(&format!("certificate `id-{certificate}` is in use")),
        "{}",
        refused.text
    );
    assert!(!refused.text.contains("`site`"), "{}", refused.text);
    let pair = certificates::pair(&["a.example"], 2030);
    let body = certificates::body("site-2", &pair);
    admin.send(&desk, "POST", "/v1/certificates", Some(body)).await.expect(201);
    let other = Some(json!({ "certificate": "site-2" }));
    admin.send(&desk, "PATCH", &listener, other).await.expect(200);
    admin.send(&desk, "DELETE", leave, None).await.expect(204);
    let seen = admin.get(&desk, "/v1/load-balancers/web").await.expect(200).body;
    assert_eq!(seen["owner"]["name"], "bob");
    assert_eq!(desk.state.ledger.world().certificates().count(), 1);
}

#[tokio::test]
async fn a_used_up_quota_is_507_and_names_itself() {
    let Cast { desk, ann, bob, .. } = cast().await;
    let quota = json!({ "quota": { "load_balancers": 1, "members": 2, "vips": 1 } });
    let shop = desk.patch("/v1/projects/shop", quota).await.expect(200).body;
    assert_eq!((&shop["quota"]["members"], &shop["quota"]["pools"]), (&json!(2), &json!(100_000)));
    let member = |n: u8| json!({ "address": format!("10.0.0.{n}"), "port": 80 });
    let tree = json!({ "name": "web", "members": [member(1), member(2)] });
    let web = ann.send(&desk, "POST", "/v1/load-balancers", Some(tree)).await.expect(201).body;
    let shop = bob.get(&desk, "/v1/projects/shop").await.expect(200).body;
    assert_eq!((&shop["used"]["load_balancers"], &shop["used"]["members"]), (&json!(1), &json!(2)));

    let refused = bob.create(&desk, "more").await.expect(507);
    assert_eq!(refused.body["code"], "QUOTA_EXCEEDED");
    let says = "the quota of 1 load balancers is reached; delete some or ask the operator for more";
    assert!(refused.text.contains(says), "{}", refused.text);
    let pool = format!("/v1/pools/{}/members", web["pools"][0]["id"].as_str().unwrap());
    let refused = ann.send(&desk, "POST", &pool, Some(member(3))).await.expect(507);
    assert!(refused.text.contains("the quota of 2 members is reached"), "{}", refused.text);
    desk.patch("/v1/projects/shop", json!({ "quota": { "members": null } })).await.expect(200);
    ann.send(&desk, "POST", &pool, Some(member(3))).await.expect(201);
    for person in [&ann, &bob] {
        let more = Some(json!({ "quota": { "load_balancers": 9 } }));
        person.send(&desk, "PATCH", "/v1/projects/shop", more).await.expect(403);
    }
}

#[tokio::test]
async fn a_tenant_runs_nothing_on_the_operators_machine_unless_allowed() {
    let Cast { desk, ann, .. } = cast().await;
    let group = || {
        Some(json!({
            "name": "workers", "min": 0, "max": 1,
            "template": { "driver": "PROCESS", "command": ["/bin/true"], "port": 80 },
        }))
    };
    let refused = ann.send(&desk, "POST", "/v1/scaling-groups", group()).await.expect(403);
    assert_eq!(refused.body["code"], "DRIVER_NOT_ENABLED");
    assert!(refused.text.contains("which has HOOK; ask the operator"), "{}", refused.text);
    desk.patch("/v1/projects/shop", json!({ "drivers": ["hook", "PROCESS"] })).await.expect(200);
    ann.send(&desk, "POST", "/v1/scaling-groups", group()).await.expect(201);
}

#[tokio::test]
async fn a_tenant_admin_says_who_is_in_his_project_and_learns_nothing_of_others() {
    let Cast { desk, ann, admin, viewer, stranger, .. } = cast().await;
    let names: BTreeSet<String> = admin.names(&desk, "/v1/users").await.into_iter().collect();
    assert_eq!(names, ["alma", "ann", "bob", "vic"].map(str::to_owned).into());
    assert_eq!(ann.names(&desk, "/v1/users").await, ["ann"]);
    assert_eq!(stranger.names(&desk, "/v1/users").await, ["eve"]);
    admin.get(&desk, "/v1/users/eve").await.expect(404);

    let new = json!({ "name": "zoe", "password": "long enough", "role": "VIEWER" });
    let zoe = admin.send(&desk, "POST", "/v1/users", Some(new.clone())).await.expect(201).body;
    assert_eq!((&zoe["role"], &zoe["project"]["name"]), (&json!("VIEWER"), &json!("shop")));
    for (role, status) in [("OPERATOR", 403), ("VIEWER", 201)] {
        let new = json!({ "name": format!("x-{status}"), "password": "long enough", "role": role });
        admin.send(&desk, "POST", "/v1/users", Some(new)).await.expect(status);
    }
    let elsewhere = json!({
        "name": "y", "password": "long enough", "memberships": [{ "project": "other", "role": "VIEWER" }],
    });
    admin.send(&desk, "POST", "/v1/users", Some(elsewhere)).await.expect(422);
    ann.send(&desk, "POST", "/v1/users", Some(new)).await.expect(403);

    // Who knows the name of a user may take him in; where else he is stays unknown.
    let path = "/v1/projects/shop/memberships";
    let eve = || Some(json!({ "user": "eve", "role": "TENANT_USER" }));
    viewer.send(&desk, "POST", path, eve()).await.expect(403);
    stranger.send(&desk, "POST", path, eve()).await.expect(404);
    admin.send(&desk, "POST", path, eve()).await.expect(200);
    let seen = admin.get(&desk, "/v1/users/eve").await.expect(200).body;
    let here = json!([{ "project": seen["project"], "role": "TENANT_USER" }]);
    assert_eq!((&seen["project"]["name"], &seen["memberships"]), (&json!("shop"), &here));
    let patch = Some(json!({ "role": "OPERATOR" }));
    admin.send(&desk, "PATCH", "/v1/users/eve", patch.clone()).await.expect(403);
    stranger.send(&desk, "PATCH", "/v1/users/eve", patch).await.expect(403);
    admin.send(&desk, "DELETE", "/v1/users/eve", None).await.expect(403);
    admin.send(&desk, "DELETE", &format!("{path}/eve"), None).await.expect(204);
    admin.get(&desk, "/v1/users/eve").await.expect(404);
    stranger.get(&desk, "/v1/load-balancers").await.expect(200);
}

#[tokio::test]
async fn who_is_disabled_or_out_of_the_project_is_out_at_once() {
    let Cast { desk, ann, bob, stranger, .. } = cast().await;
    desk.patch("/v1/users/ann", json!({ "enabled": false })).await.expect(200);
    ann.get(&desk, "/v1/load-balancers").await.expect(401);
    desk.patch("/v1/users/ann", json!({ "enabled": true })).await.expect(200);
    // Sessions from before stay ended.
    ann.get(&desk, "/v1/load-balancers").await.expect(401);
    desk.delete("/v1/projects/shop/memberships/bob").await.expect(204);
    bob.get(&desk, "/v1/load-balancers").await.expect(401);
    let memberships = json!({ "memberships": [{ "project": "shop", "role": "VIEWER" }] });
    desk.patch("/v1/users/eve", memberships).await.expect(200);
    stranger.get(&desk, "/v1/load-balancers").await.expect(401);
}

#[tokio::test]
async fn the_last_operator_stays() {
    let Cast { desk, .. } = cast().await;
    for body in [json!({ "enabled": false }), json!({ "role": "VIEWER" })] {
        let refused = desk.patch("/v1/users/admin", body).await.expect(409);
        assert_eq!(refused.body["code"], "LAST_OPERATOR");
    }
    desk.delete("/v1/users/admin").await.expect(409);
    desk.patch("/v1/users/eve", json!({ "role": "OPERATOR" })).await.expect(200);
    desk.delete("/v1/users/admin").await.expect(204);
}

#[tokio::test]
async fn what_a_leaving_user_owns_is_handed_over_or_deleted() {
    let Cast { desk, ann, bob, .. } = cast().await;
    ann.create(&desk, "web").await.expect(201);
    bob.create(&desk, "blog").await.expect(201);
    let refused = desk.delete("/v1/users/ann").await.expect(409);
    assert!(refused.text.contains("1 load balancer of the user's own"), "{}", refused.text);
    for (to, status) in [("vic", 409), ("eve", 409), ("nobody", 422), ("ann", 422)] {
        desk.delete(&format!("/v1/users/ann?hand_over_to={to}")).await.expect(status);
    }
    desk.delete("/v1/users/ann?hand_over_to=bob&force=true").await.expect(422);
    desk.delete("/v1/users/ann?hand_over_to=bob").await.expect(204);
    let mut names = bob.names(&desk, "/v1/load-balancers").await;
    names.sort();
    assert_eq!(names, ["blog", "web"]);
    desk.delete("/v1/users/bob?force=true").await.expect(204);
    assert_eq!(desk.state.ledger.world().load_balancers().count(), 0);
}

#[tokio::test]
async fn a_project_goes_when_it_is_empty_or_with_what_is_in_it() {
    let Cast { desk, ann, .. } = cast().await;
    ann.create(&desk, "web").await.expect(201);
    let pair = certificates::pair(&["a.example"], 2030);
    let body = certificates::body("site", &pair);
    ann.send(&desk, "POST", "/v1/certificates", Some(body)).await.expect(201);
    let refused = desk.delete("/v1/projects/shop").await.expect(409);
    assert!(refused.text.contains("1 load balancer, 1 certificate"), "{}", refused.text);
    desk.delete("/v1/projects/shop?force=true").await.expect(204);
    ann.get(&desk, "/v1/load-balancers").await.expect(401);
    let ann = desk.get("/v1/users/ann").await.expect(200).body;
    assert_eq!((&ann["memberships"], &ann["role"]), (&json!([]), &Value::Null));
    desk.delete("/v1/projects/other").await.expect(204);
    let last = desk.delete("/v1/projects/default").await.expect(409);
    assert!(last.text.contains("create another project first"), "{}", last.text);
}

#[tokio::test]
async fn the_audit_log_tells_each_what_he_may_know() {
    let Cast { desk, ann, bob, admin, viewer, stranger } = cast().await;
    ann.create(&desk, "web").await.expect(201);
    let pair = certificates::pair(&["a.example"], 2030);
    let body = certificates::body("secret-name", &pair);
    bob.send(&desk, "POST", "/v1/certificates", Some(body)).await.expect(201);
    let told = |answer: Answer| -> Vec<String> {
        let items = answer.expect(200).body["items"].as_array().unwrap().clone();
        let tell = |item: &Value| {
            let deed = &item["deeds"][0];
            let name = deed["resource"]["name"].as_str().unwrap_or("-");
            format!(
                "{} {} {}",
                item["who"]["name"].as_str().unwrap(),
                deed["action"].as_str().unwrap(),
                name
            )
        };
        items.iter().map(tell).collect()
    };
    let path = "/v1/audit";
    assert_eq!(told(ann.get(&desk, path).await), ["ann CREATE web"]);
    assert_eq!(told(bob.get(&desk, path).await), ["bob CREATE secret-name"]);
    let seen = told(viewer.get(&desk, path).await);
    assert_eq!(seen[..2], ["bob CREATE -", "ann CREATE web"]);
    assert_eq!(told(admin.get(&desk, path).await), seen);
    let strange = told(stranger.get(&desk, path).await);
    assert!(strange.iter().all(|line| !line.contains("web")), "{strange:?}");
    assert_eq!(told(desk.get("/v1/audit?user=ann").await), ["ann CREATE web"]);
    let page = desk.get("/v1/audit?limit=1").await.expect(200).body;
    let next = page["next"].as_str().unwrap();
    let second = desk.get(&format!("/v1/audit?limit=1&cursor={next}")).await;
    assert_eq!(told(second), ["ann CREATE web"]);
    assert_eq!(page["items"][0]["revision"], desk.state.ledger.world().revision().0);
}

/// Everything that answers differ in by nature.
fn masked(desk: &Desk, answer: &Answer) -> (StatusCode, Value) {
    let world = desk.state.ledger.world();
    let network = world.network_named(id(2), "default").unwrap().id.to_string();
    let mut body =
        serde_json::from_str(&answer.text.replace(&network, "NETWORK")).unwrap_or(Value::Null);
    let body: &mut Value = &mut body;
    if let Some(map) = body.as_object_mut() {
        map.remove("request_id");
    }
    (answer.status, body.clone())
}

/// A load balancer in project 9 with the ids that the number gives.
fn hidden_balancer() -> Edit {
    Edit::CreateLoadBalancer(NewLoadBalancer {
        id: id(90),
        project: id(9),
        network: id(92),
        vip: None,
        settings: LoadBalancerSettings {
            name: name("hidden"),
            description: Description::default(),
            tags: Tags::default(),
            kind: Kind::Mixed,
            enabled: true,
            deletion_protection: false,
        },
        pools: vec![NewPool {
            id: id(91),
            settings: PoolSettings::new(name("hidden"), Method::RoundRobin),
            members: Vec::new(),
        }],
        listeners: Vec::new(),
    })
}

#[tokio::test]
async fn a_stranger_sees_the_same_whether_another_projects_things_exist_or_not() {
    let (empty, full) = (desk().await, desk().await);
    for desk in [&empty, &full] {
        let edits = vec![project(2, "other"), user(5, "eve", &[(2, ProjectRole::TenantAdmin)])];
        commit(desk, edits).await;
    }
    let network = NewNetwork {
        id: id(92),
        project: Some(id(9)),
        region: name("local"),
        addresses: Addresses::Vpc { cidr: "10.9.0.0/16".parse().unwrap() },
        settings: NetworkSettings { name: name("hidden"), description: Description::default() },
    };
    let edits = vec![
        project(9, "hidden"),
        user(93, "hidden", &[(9, ProjectRole::TenantAdmin)]),
        Edit::CreateNetwork(network),
        hidden_balancer(),
    ];
    commit(&full, edits).await;
    let document = full.get("/openapi.json").await.expect(200).body;
    let references: Vec<String> = ["hidden".to_owned()]
        .into_iter()
        .chain([9, 90, 91, 92, 93].map(|number| Uuid::from_u128(number).to_string()))
        .collect();
    let mut compared = 0_u32;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if ["/v1/events", "/metrics", "/readyz"].contains(&path.as_str()) {
            continue;
        }
        for method in methods.as_object().unwrap().keys() {
            for reference in &references {
                let path = path.replace("{id}", reference).replace("{user}", reference);
                let path = path.replace("{name}", reference);
                let method = method.to_uppercase();
                let tries = match method.as_str() {
                    "GET" => vec![(path.clone(), None)],
                    "DELETE" => vec![(path.clone(), None), (format!("{path}?dry_run=true"), None)],
                    _ => vec![
                        (path.clone(), Some(json!({}))),
                        (path.clone(), Some(json!({ "name": "", "network": reference }))),
                        (path.clone(), Some(json!({ "user": reference, "role": "NONE" }))),
                    ],
                };
                for (path, body) in tries {
                    let (a, b) = (session(&empty, 5, 2), session(&full, 5, 2));
                    let ask = async |desk: &Desk, person: &Person| {
                        masked(desk, &person.send(desk, &method, &path, body.clone()).await)
                    };
                    let (without, with) = (ask(&empty, &a).await, ask(&full, &b).await);
                    // Sessions, numbers and times of what is one's own differ anyway.
                    if path.starts_with("/v1/sessions") || path.starts_with("/v1/audit") {
                        assert_eq!(without.0, with.0, "{method} {path}");
                    } else {
                        assert_eq!(without, with, "{method} {path} {body:?}");
                    }
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 500, "only {compared} requests were compared");
    let named = |header: &str, value: &str| {
        request(
            "GET",
            "/v1/load-balancers",
            &[("authorization", header), ("elbow-project", value)],
            None,
        )
    };
    let eve = format!("Bearer {}", session(&full, 5, 2).token);
    let there = ask(&full.public, named(&eve, "hidden")).await.expect(404);
    let eve = format!("Bearer {}", session(&empty, 5, 2).token);
    let nowhere = ask(&empty.public, named(&eve, "hidden")).await.expect(404);
    assert_eq!(masked(&full, &there), masked(&empty, &nowhere));
}
