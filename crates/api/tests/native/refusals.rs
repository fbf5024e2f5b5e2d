//! What is wrong is refused in words that help, and changes nothing.

use serde_json::{Value, json};

use super::desk::{Desk, desk};

/// A create with these fields is refused with this, and only this, fault.
async fn refused(desk: &Desk, body: Value, field: &str, reason: &str) {
    let before = desk.state.ledger.world().revision();
    let answer = desk.post("/v1/load-balancers", body.clone()).await;
    assert!(matches!(answer.status.as_u16(), 409 | 422), "{body}: {}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let faults = answer.faults();
    assert!(
        faults.len() == 1 && faults[0].starts_with(&format!("{field}: ")),
        "{body}: {faults:?}"
    );
    assert!(faults[0].contains(reason), "{body}: {faults:?} does not say `{reason}`");
    assert_eq!(desk.state.ledger.world().revision(), before);
}

#[tokio::test]
async fn each_wrong_value_is_named_with_what_is_allowed() {
    let desk = desk().await;
    desk.create(json!({ "name": "taken", "vip": "127.77.0.9", "listeners": [{ "protocol": "TCP", "port": 80 }] })).await;
    let listener = |listener: Value| json!({ "name": "a", "listeners": [listener] });
    let member = |member: Value| json!({ "name": "a", "members": [member] });
    let monitor = |monitor: Value| json!({ "name": "a", "health_monitor": monitor });
    let rule = |rule: Value| json!({ "name": "a", "listeners": [{ "protocol": "HTTP", "port": 80, "rules": [rule] }] });
    let forward = json!({ "forward": [{ "pool": "default" }] });
    let on_all = json!({ "path": "/*" });
    let cases = [
        (json!({}), "name", "is missing"),
        (json!({ "name": 7 }), "name", "expected a string, found 7"),
        (json!({ "name": "a b" }), "name", "is not a name"),
        (json!({ "name": "" }), "name", "1 to 64 characters"),
        (json!({ "name": "x".repeat(65) }), "name", "1 to 64 characters"),
        (json!({ "name": "taken" }), "name", "exists already"),
        (json!({ "name": "a", "methud": "X" }), "methud", "unknown field; known are"),
        (json!({ "name": "a", "id": "x" }), "id", "is set by Elbow"),
        (
            json!({ "name": "a", "method": "RANDOM" }),
            "method",
            "unknown method `RANDOM`; use ROUND_ROBIN, LEAST_CONNECTIONS or SOURCE_IP",
        ),
        (json!({ "name": "a", "type": "GATEWAY" }), "type", "use APPLICATION, NETWORK or MIXED"),
        (
            json!({ "name": "a", "enabled": "yes" }),
            "enabled",
            "expected true or false, found `yes`",
        ),
        (json!({ "name": "a", "description": 1 }), "description", "expected a string"),
        (json!({ "name": "a", "tags": { "x": 1 } }), "tags.x", "expected a string"),
        (json!({ "name": "a", "vip": "127.77.0.9" }), "vip", "in use"),
        (
            json!({ "name": "a", "vip": "10.0.0.1" }),
            "vip",
            "is not an address of network `default`",
        ),
        (json!({ "name": "a", "vip": "there" }), "vip", "`there` is not an IP address"),
        (
            json!({ "name": "a", "network": "nowhere" }),
            "network",
            "there is no network `nowhere`; there is default",
        ),
        (
            json!({ "name": "a", "listeners": {} }),
            "listeners",
            "expected an array, found an object",
        ),
        (listener(json!(1)), "listeners[0]", "expected an object, found 1"),
        (listener(json!({ "port": 80 })), "listeners[0].protocol", "is missing"),
        (listener(json!({ "protocol": "HTTP" })), "listeners[0].port", "is missing"),
        (
            listener(json!({ "protocol": "UDP", "port": 80 })),
            "listeners[0].protocol",
            "use HTTP, HTTPS or TCP",
        ),
        (
            listener(json!({ "protocol": "HTTP", "port": 0 })),
            "listeners[0].port",
            "port 0 is not between 1 and 65535",
        ),
        (
            listener(json!({ "protocol": "HTTP", "port": 70000 })),
            "listeners[0].port",
            "port 70000 is not between",
        ),
        (
            listener(json!({ "protocol": "HTTP", "port": "80" })),
            "listeners[0].port",
            "expected a whole number, found `80`",
        ),
        (
            listener(json!({ "protocol": "HTTP", "port": 80.5 })),
            "listeners[0].port",
            "expected a whole number, found 80.5",
        ),
        (
            listener(json!({ "protocol": "HTTP", "port": u64::MAX })),
            "listeners[0].port",
            "is not between 1 and 65535",
        ),
        (
            listener(json!({ "protocol": "HTTPS", "port": 443 })),
            "listeners[0].certificate",
            "needs a certificate",
        ),
        (
            listener(json!({ "protocol": "HTTP", "port": 80, "pool": "api" })),
            "listeners[0].pool",
            "there is no pool `api`; this load balancer has default",
        ),
        (
            listener(json!({ "protocol": "HTTP", "port": 80, "certificate": "x" })),
            "listeners[0].certificate",
            "belongs to HTTPS listeners, this one speaks HTTP",
        ),
        (
            listener(
                json!({ "protocol": "HTTP", "port": 80, "timeouts": { "client_idle_ms": 1 } }),
            ),
            "listeners[0].timeouts.client_idle_ms",
            "1 is not between 10 and 86400000",
        ),
        (
            listener(json!({ "protocol": "HTTP", "port": 80, "allowed_cidrs": ["10.0.0.1/8"] })),
            "listeners[0].allowed_cidrs[0]",
            "write 10.0.0.0/8",
        ),
        (
            json!({ "name": "a", "type": "NETWORK", "listeners": [{ "protocol": "HTTP", "port": 80 }] }),
            "listeners[0].protocol",
            "does not fit type NETWORK",
        ),
        (member(json!({ "port": 1 })), "members[0].address", "is missing"),
        (
            member(json!({ "address": "web-1" })),
            "members[0].address",
            "`web-1` is not an IP address",
        ),
        (
            member(json!({ "address": "10.0.0.1:80" })),
            "members[0].address",
            "the port has a field of its own",
        ),
        (member(json!({ "address": "169.254.169.254" })), "members[0].address", "is link-local"),
        (
            member(json!({ "address": "10.0.0.1", "weight": 300 })),
            "members[0].weight",
            "weight 300 is not between 0 and 256",
        ),
        (
            member(json!({ "address": "10.0.0.1", "weight": -1 })),
            "members[0].weight",
            "weight -1 is not between 0 and 256",
        ),
        (
            member(json!({ "address": "10.0.0.1", "wieght": 3 })),
            "members[0].wieght",
            "unknown field",
        ),
        (monitor(json!({})), "health_monitor.type", "is missing"),
        (monitor(json!({ "type": "ICMP" })), "health_monitor.type", "use HTTP, HTTPS or TCP"),
        (
            monitor(json!({ "type": "TCP", "path": "/x" })),
            "health_monitor.path",
            "belongs to checks of type HTTP or HTTPS",
        ),
        (
            monitor(json!({ "type": "HTTP", "path": "x" })),
            "health_monitor.path",
            "it starts with `/`",
        ),
        (
            monitor(json!({ "type": "HTTP", "expected_codes": "2xx" })),
            "health_monitor.expected_codes",
            "`200-299`",
        ),
        (
            monitor(json!({ "type": "TCP", "interval_ms": 1000, "timeout_ms": 2000 })),
            "health_monitor.timeout_ms",
            "above interval_ms 1000",
        ),
        (
            monitor(json!({ "type": "TCP", "rise": 11 })),
            "health_monitor.rise",
            "11 is not between 1 and 10",
        ),
        (
            rule(
                json!({ "priority": 1, "match": on_all, "action": { "forward": [{ "pool": "x" }] } }),
            ),
            "listeners[0].rules[0].action.forward[0].pool",
            "there is no pool `x`",
        ),
        (
            rule(json!({ "priority": 1, "match": on_all, "action": {} })),
            "listeners[0].rules[0].action",
            "exactly one of forward, redirect, respond",
        ),
        (
            rule(
                json!({ "priority": 1, "match": on_all, "action": { "redirect": { "status": 200 } } }),
            ),
            "listeners[0].rules[0].action.redirect.status",
            "not a redirect",
        ),
        (
            rule(json!({ "priority": 0, "match": on_all, "action": forward })),
            "listeners[0].rules[0].priority",
            "0 is not between 1 and 50000",
        ),
        (
            rule(json!({ "priority": 1, "match": { "server_name": "x" }, "action": forward })),
            "listeners[0].rules[0].match.server_name",
            "match `host` instead",
        ),
        (
            rule(json!({ "priority": 1, "match": { "host": "*.*.com" }, "action": forward })),
            "listeners[0].rules[0].match.host",
            "is not a host name",
        ),
    ];
    for (body, field, reason) in cases {
        refused(&desk, body, field, reason).await;
    }
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let desk = desk().await;
    let body = json!({
        "name": "a", "method": "X", "members": [{ "address": "10.0.0.1", "weight": 300 }, { "address": "no" }],
        "listeners": [{ "protocol": "HTTP", "port": 70000 }], "colour": "blue",
    });
    let answer = desk.post("/v1/load-balancers", body).await.expect(422);
    let fields: Vec<String> =
        answer.faults().iter().map(|f| f.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(fields.len(), 5, "{fields:?}");
    for field in
        ["method", "members[0].weight", "members[1].address", "listeners[0].port", "colour"]
    {
        assert!(fields.iter().any(|found| found == field), "{field} is not in {fields:?}");
    }
    assert_eq!(answer.body["code"], "INVALID");
    assert_eq!(desk.get("/v1/load-balancers").await.body["items"], json!([]));
}

#[tokio::test]
async fn a_port_that_is_in_use_is_a_conflict() {
    let desk = desk().await;
    let web = desk
        .create(json!({ "name": "web", "listeners": [{ "protocol": "TCP", "port": 80 }] }))
        .await;
    let path = format!("/v1/load-balancers/{}/listeners", web["id"].as_str().unwrap());
    let answer = desk
        .post(&path, json!({ "name": "other", "protocol": "HTTP", "port": 80 }))
        .await
        .expect(409);
    assert_eq!(answer.body["code"], "PORT_TAKEN");
    assert!(
        answer.body["detail"].as_str().unwrap().contains("in use by listener `tcp-80`"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_problem_names_its_request() {
    let desk = desk().await;
    let answer = desk
        .send("GET", "/v1/load-balancers/x", &[("x-request-id", "abc-1")], None)
        .await
        .expect(404);
    assert_eq!(
        (&answer.body["request_id"], answer.header("x-request-id")),
        (&json!("abc-1"), "abc-1")
    );
    assert_eq!((&answer.body["status"], &answer.body["title"]), (&json!(404), &json!("Not Found")));
    assert_eq!(answer.body["detail"], "there is no load balancer `x`");
    let other = desk.send("GET", "/v1/load-balancers/x", &[("x-request-id", "a b")], None).await;
    assert_eq!(other.body["request_id"].as_str().unwrap().len(), 36);
}

/// What only the whole World can tell has its place in the body as well.
#[tokio::test]
async fn clashes_within_one_body_are_placed() {
    let desk = desk().await;
    let member = json!({ "address": "10.0.0.1", "port": 1 });
    let listener = |name: &str| json!({ "name": name, "protocol": "TCP", "port": 80 });
    let rule = json!({ "priority": 1, "match": { "path": "/*" }, "action": { "respond": { "status": 204 } } });
    let pools = |first: Value, second: Value| json!({ "name": "a", "pools": [first, second] });
    let (default, twice) = (json!({ "name": "default" }), json!([member, member]));
    let full = |name: &str| json!({ "name": name, "members": twice });
    let cases = [
        (pools(json!({ "name": "p" }), full("default")), "pools[1].members[1]"),
        (pools(default, full("p")), "pools[1].members[1]"),
        (json!({ "name": "a", "members": [member, member] }), "members[1]"),
        (
            json!({ "name": "a", "pools": [{ "name": "p", "members": [member, member] }] }),
            "pools[0].members[1]",
        ),
        (json!({ "name": "a", "pools": [{ "name": "p" }, { "name": "p" }] }), "pools[1].name"),
        (json!({ "name": "a", "listeners": [listener("x"), listener("y")] }), "listeners[1].port"),
        (
            json!({ "name": "a", "listeners": [{ "protocol": "HTTP", "port": 80, "rules": [rule, rule] }] }),
            "listeners[0].rules[1].priority",
        ),
    ];
    for (body, field) in cases {
        let answer = desk.post("/v1/load-balancers", body.clone()).await.expect(409);
        assert!(answer.faults()[0].starts_with(field), "{body}: {:?}", answer.faults());
    }
}

#[tokio::test]
async fn a_quota_is_told_apart_from_a_conflict() {
    let desk = desk().await;
    let listener = |port: u16| json!({ "protocol": "TCP", "port": port });
    let listeners: Vec<Value> = (1..=65).map(listener).collect();
    let answer = desk
        .post("/v1/load-balancers", json!({ "name": "a", "listeners": listeners }))
        .await
        .expect(507);
    assert_eq!(answer.body["code"], "QUOTA_EXCEEDED");
    assert!(answer.body["detail"].as_str().unwrap().contains("the quota of 64"), "{}", answer.text);
}
