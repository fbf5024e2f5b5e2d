//! Certificates: what goes in, what comes out, for whom.

use std::collections::BTreeMap;

use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use elbow_model::change::{Author, Change, Edit, NewUser};
use elbow_model::user::Standing;
use elbow_model::value::{Id, PasswordHash, SessionId, UserId};
use elbow_vault::token::Claims;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::{Answer, Desk, NOW, ask, desk, name, request};

/// Certificate and key in PEM, valid from 2024 to the end of 2029 unless said otherwise.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

pub(crate) fn pair(names: &[&str], until_year: i32) -> Pair {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    (params.not_before, params.not_after) =
        (date_time_ymd(2024, 1, 1), date_time_ymd(until_year, 1, 20));
    let key = KeyPair::generate().unwrap();
    let certificate = pem("CERTIFICATE", params.self_signed(&key).unwrap().der());
    Pair { certificate, key: pem("PRIVATE KEY", &key.serialize_der()) }
}

/// DER as PEM.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|l| str::from_utf8(l).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The body that creates it.
pub(crate) fn body(called: &str, pair: &Pair) -> Value {
    json!({ "name": called, "certificate": pair.certificate, "private_key": pair.key })
}

/// Creates a certificate for `a.example` that must be taken.
pub(crate) async fn create(desk: &Desk, called: &str) -> Value {
    let body = body(called, &pair(&["a.example"], 2030));
    desk.post("/v1/certificates", body).await.expect(201).body
}

/// Another operator, who sends requests with his token.
pub(crate) struct Other {
    token: String,
    id: UserId,
}

impl Other {
    pub(crate) async fn new(desk: &Desk) -> Self {
        let project = desk.state.ledger.world().projects().next().unwrap().id;
        let id = UserId::from(Uuid::now_v7());
        let user = NewUser {
            id,
            name: name("other"),
            standing: Standing::Operator,
            memberships: BTreeMap::new(),
            project,
            password: PasswordHash::from_phc("none".to_owned()),
        };
        let change = Change {
            author: Author::System,
            at: NOW,
            source: None,
            request: None,
            edits: vec![Edit::CreateUser(user)],
        };
        desk.state.ledger.commit(move |_| Ok(change)).await.unwrap();
        let expires_at = NOW.after(Duration::from_secs(60));
        let claims = Claims {
            session: SessionId::from(Uuid::now_v7()),
            user: id,
            project,
            session_generation: desk.state.ledger.world().user(id).unwrap().session_generation,
            expires_at,
        };
        Self { token: desk.state.tokens.issue(&claims), id }
    }

    pub(crate) async fn send(
        &self,
        desk: &Desk,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        ask(&desk.public, request(method, path, &[("authorization", &bearer)], body)).await
    }
}

#[tokio::test]
async fn a_certificate_comes_in_as_pem_and_never_shows_its_key() {
    let desk = desk().await;
    let pair = pair(&["a.example", "*.a.example"], 2030);
    let mut body = body("site", &pair);
    body["description"] = json!("the shop's");
    let created = desk.post("/v1/certificates", body).await.expect(201);
    let seen = &created.body;
    assert_eq!(
        created.header("location"),
        format!("/v1/certificates/{}", seen["id"].as_str().unwrap())
    );
    assert_eq!(
        (&seen["name"], &seen["description"], &seen["status"], &seen["status_reason"]),
        (&json!("site"), &json!("the shop's"), &json!("ACTIVE"), &Value::Null)
    );
    assert_eq!(seen["names"], json!(["a.example", "*.a.example"]));
    assert_eq!(
        (&seen["key_type"], &seen["number"], &seen["ocsp_stapled"], &seen["used_by"]),
        (&json!("ECDSA_P256"), &json!(1), &json!(false), &json!([]))
    );
    assert_eq!(seen["not_after"], "2030-01-20T00:00:00.000Z");
    assert_eq!(seen["chain"].as_array().unwrap().len(), 1);
    assert!(seen["warnings"][0].as_str().unwrap().contains("signed by itself"), "{}", created.text);
    let list = desk.get("/v1/certificates").await.expect(200);
    let shown = desk.get("/v1/certificates/site").await.expect(200);
    assert_eq!((&list.body["items"][0], &shown.body), (seen, seen));
    let secret: String = pair.key.lines().nth(1).unwrap().to_owned();
    for answer in [&created, &list, &shown] {
        assert!(!answer.text.contains(&secret) && !answer.text.contains("private_key"));
    }
}

#[tokio::test]
async fn a_certificate_is_renamed_found_and_deleted_by_its_creator() {
    let desk = desk().await;
    let site = create(&desk, "site").await;
    create(&desk, "more").await;
    let names = |answer: Answer| -> Vec<String> {
        let items = answer.expect(200).body["items"].as_array().unwrap().clone();
        items.into_iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(desk.get("/v1/certificates").await), ["more", "site"]);
    assert_eq!(names(desk.get("/v1/certificates?limit=1").await), ["more"]);
    assert_eq!(names(desk.get("/v1/certificates?q=SITE").await), ["site"]);
    assert_eq!(names(desk.get("/v1/certificates?q=a.example%20mor").await), ["more"]);
    assert!(names(desk.get("/v1/certificates?q=b.example").await).is_empty());
    let taken = desk.patch("/v1/certificates/site", json!({ "name": "more" })).await.expect(409);
    assert_eq!(taken.body["code"], "NAME_TAKEN");
    let fixed = desk.patch("/v1/certificates/site", json!({ "pkcs12": "" })).await.expect(422);
    assert!(fixed.faults()[0].starts_with("pkcs12: is fixed at creation"), "{}", fixed.text);
    let renamed = json!({ "name": "site-2025", "description": "old" });
    let renamed = desk.patch("/v1/certificates/site", renamed).await.expect(200).body;
    assert_eq!((&renamed["id"], &renamed["name"]), (&site["id"], &json!("site-2025")));
    desk.delete("/v1/certificates/site").await.expect(404);
    desk.delete("/v1/certificates/site-2025").await.expect(204);
    assert_eq!(names(desk.get("/v1/certificates").await), ["more"]);
}

#[tokio::test]
async fn uploads_that_do_not_fit_together_are_refused_by_field() {
    let desk = desk().await;
    let (one, other) = (pair(&["a.example"], 2030), pair(&["b.example"], 2030));
    let (cert, key) = (json!(one.certificate), json!(one.key));
    let secret = one.key.lines().nth(1).unwrap();
    let cases = [
        (json!({}), "pkcs12", "is missing; give a PKCS#12 file"),
        (json!({ "certificate": cert }), "private_key", "is missing"),
        (json!({ "private_key": key }), "certificate", "is missing"),
        (json!({ "pkcs12": "%%" }), "pkcs12", "is not base64"),
        (json!({ "pkcs12": "AAAA" }), "pkcs12", ""),
        (json!({ "pkcs12": "AAAA", "certificate": cert }), "certificate", "beside `pkcs12`"),
        (
            json!({ "certificate": cert, "private_key": other.key }),
            "private_key",
            "belongs to none",
        ),
        (json!({ "certificate": "x", "private_key": key }), "certificate", ""),
        (json!({ "certificate": cert, "private_key": 77_123 }), "private_key", "expected a string"),
        (json!({ "pkcs12": "AAAA", "passphrase": 77_123 }), "passphrase", "expected a string"),
        (json!({ "certificate": cert, "private_key": key, "id": "x" }), "id", "is set by Elbow"),
    ];
    for (mut body, field, text) in cases {
        body["name"] = json!("site");
        let answer = desk.post("/v1/certificates", body).await.expect(422);
        let faults = answer.faults();
        let expected = format!("{field}: ");
        assert!(faults.iter().any(|f| f.starts_with(&expected) && f.contains(text)), "{faults:?}");
        assert!(!answer.text.contains("77123") && !answer.text.contains(secret), "{}", answer.text);
    }
    assert!(desk.state.ledger.world().certificates().next().is_none());
    let mismatch = json!({ "name": "x", "certificate": cert, "private_key": other.key });
    let code = desk.post("/v1/certificates", mismatch).await.body["code"].clone();
    assert_eq!(code, "KEY_MISMATCH");
}

#[tokio::test]
async fn a_create_that_is_sent_again_or_rehearsed_makes_one_certificate_or_none() {
    let desk = desk().await;
    let body = body("site", &pair(&["a.example"], 2030));
    let dry = desk.post("/v1/certificates?dry_run=true", body.clone()).await.expect(200);
    assert_eq!((&dry.body["dry_run"], &dry.body["name"]), (&json!(true), &json!("site")));
    assert!(desk.state.ledger.world().certificates().next().is_none());
    let key = [("idempotency-key", "k-1")];
    let first = desk.send("POST", "/v1/certificates", &key, Some(&body)).await.expect(201);
    let again = desk.send("POST", "/v1/certificates", &key, Some(&body)).await.expect(201);
    assert_eq!((&first.body, again.header("idempotency-replayed")), (&again.body, "true"));
    assert_eq!(desk.state.ledger.world().certificates().count(), 1);
}

#[tokio::test]
async fn the_stored_key_is_sealed_for_its_certificate() {
    let desk = desk().await;
    let pair = pair(&["a.example"], 2030);
    desk.post("/v1/certificates", body("site", &pair)).await.expect(201);
    let world = desk.state.ledger.world();
    let stored = world.certificates().next().unwrap();
    let opened = desk.state.seal.get().open(stored.id.uuid().as_bytes(), &stored.key).unwrap();
    let lines: String = pair.key.lines().filter(|line| !line.starts_with('-')).collect();
    let der = Base64::decode_vec(&lines).unwrap();
    // RFC 5958 around RFC 5915: the scalar stands at 36.
    let scalar = &der[36..68];
    assert!(opened.windows(32).any(|part| part == scalar));
    assert!(!stored.key.as_bytes().windows(8).any(|part| scalar.windows(8).any(|s| s == part)));
}

#[tokio::test]
async fn status_follows_from_the_dates() {
    let desk = desk().await;
    let cases =
        [(2030, "ACTIVE", ""), (2025, "EXPIRING", "in 19 days"), (2024, "EXPIRED", "expired at")];
    for (until_year, status, reason) in cases {
        let body = body(&format!("until-{until_year}"), &pair(&["a.example"], until_year));
        let seen = desk.post("/v1/certificates", body).await.expect(201).body;
        assert_eq!(seen["status"], status);
        assert!(seen["status_reason"].as_str().unwrap_or_default().contains(reason), "{seen}");
    }
    let expired = json!({ "name": "web", "listeners": [{ "protocol": "HTTPS", "port": 443, "certificate": "until-2024" }] });
    let refused = desk.post("/v1/load-balancers", expired).await.expect(422);
    assert!(
        refused.faults()[0]
            .starts_with("listeners[0].certificate: certificate `until-2024` expired at"),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn a_certificate_in_use_is_not_deleted() {
    let desk = desk().await;
    create(&desk, "site").await;
    desk.create(json!({ "name": "web", "listeners": [{ "protocol": "HTTPS", "port": 443, "certificate": "site" }] })).await;
    let refused = desk.delete("/v1/certificates/site").await.expect(409);
    assert_eq!(refused.body["code"], "IN_USE");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("listener `https-443` of load balancer `web`"), "{detail}");
    let uses = &desk.get("/v1/certificates/site").await.body["used_by"];
    assert_eq!(
        (&uses[0]["load_balancer"]["name"], &uses[0]["listener"]["name"]),
        (&json!("web"), &json!("https-443"))
    );
}

#[tokio::test]
async fn another_user_finds_no_trace_of_a_certificate() {
    let desk = desk().await;
    let other = Other::new(&desk).await;
    let site = create(&desk, "site").await;
    let id = site["id"].as_str().unwrap();
    let page = other.send(&desk, "GET", "/v1/certificates", None).await.expect(200).body;
    assert_eq!(page["items"], json!([]));
    let absent = Uuid::now_v7().to_string();
    let rename = json!({ "name": "mine" });
    let same = |foreign: Answer, unknown: Answer, reference: &str, missing: &str| {
        assert_eq!(foreign.status, unknown.status);
        assert_eq!(foreign.body["code"], unknown.body["code"]);
        let said = unknown.body["detail"].as_str().unwrap().replace(missing, reference);
        assert_eq!(foreign.body["detail"], said);
    };
    for (reference, missing) in [(id, absent.as_str()), ("site", "nothing")] {
        for (method, body) in [("GET", None), ("PATCH", Some(&rename)), ("DELETE", None)] {
            let ask = async |what: &str| {
                other.send(&desk, method, &format!("/v1/certificates/{what}"), body).await
            };
            let foreign = ask(reference).await.expect(404);
            same(foreign, ask(missing).await, reference, missing);
        }
        let listener = |what: &str| json!({ "name": "a", "listeners": [{ "protocol": "HTTPS", "port": 443, "certificate": what }] });
        let ask = async |what: &str| {
            other.send(&desk, "POST", "/v1/load-balancers", Some(&listener(what))).await
        };
        let foreign = ask(reference).await.expect(422);
        same(foreign, ask(missing).await, reference, missing);
    }
    // The name is free for him, and his own certificate is another one.
    let own = body("site", &pair(&["b.example"], 2030));
    let own = other.send(&desk, "POST", "/v1/certificates", Some(&own)).await.expect(201).body;
    assert_eq!(own["owner"]["id"], other.id.to_string());
    assert_ne!(own["id"], site["id"]);
}

#[tokio::test]
async fn another_user_edits_a_listener_and_leaves_the_certificate_or_replaces_it() {
    let desk = desk().await;
    let other = Other::new(&desk).await;
    let (site, more) = (create(&desk, "site").await, create(&desk, "more").await);
    let https = json!({ "protocol": "HTTPS", "port": 443, "certificate": "site", "certificates": ["more"] });
    let tree = desk.create(json!({ "name": "web", "listeners": [https] })).await;
    let path = format!("/v1/listeners/{}", tree["listeners"][0]["id"].as_str().unwrap());
    let hidden = |certificate: &Value| json!({ "id": certificate["id"], "visible": false });
    for at in [path.as_str(), "/v1/load-balancers/web"] {
        let seen = other.send(&desk, "GET", at, None).await.expect(200).body;
        let seen = if at == path { seen } else { seen["listeners"][0].clone() };
        assert_eq!(
            (&seen["certificate"], &seen["certificates"][0]),
            (&hidden(&site), &hidden(&more))
        );
    }
    let own = desk.get(&path).await.expect(200).body;
    assert_eq!(own["certificate"], json!({ "id": site["id"], "name": "site", "visible": true }));
    // What he was shown comes back, and other fields change.
    let seen = other.send(&desk, "GET", &path, None).await.body;
    let edit = json!({ "certificate": seen["certificate"], "certificates": seen["certificates"], "tls_policy": "TLS_1_3" });
    let edited = other.send(&desk, "PATCH", &path, Some(&edit)).await.expect(200).body;
    assert_eq!(
        (&edited["tls_policy"], &edited["certificate"]),
        (&json!("TLS_1_3"), &hidden(&site))
    );
    let moved = json!({ "certificate": more["id"] });
    let refused = other.send(&desk, "PATCH", &path, Some(&moved)).await.expect(422);
    assert_eq!(refused.body["code"], "NOT_FOUND");
    let elsewhere = json!({ "protocol": "HTTPS", "port": 8443, "certificate": site["id"] });
    let at = "/v1/load-balancers/web/listeners";
    other.send(&desk, "POST", at, Some(&elsewhere)).await.expect(422);
    let own = body("mine", &pair(&["a.example"], 2030));
    other.send(&desk, "POST", "/v1/certificates", Some(&own)).await.expect(201);
    let replaced = json!({ "certificate": "mine", "certificates": [] });
    let replaced = other.send(&desk, "PATCH", &path, Some(&replaced)).await.expect(200).body;
    assert_eq!(replaced["certificate"]["name"], "mine");
    assert_eq!(desk.get(&path).await.body["certificate"]["visible"], false);
    desk.delete("/v1/certificates/site").await.expect(204);
}

#[tokio::test]
async fn a_load_balancer_warns_of_certificates_that_clients_refuse_or_never_see() {
    let desk = desk().await;
    let other = Other::new(&desk).await;
    for (called, until_year) in [("old", 2025), ("new", 2030)] {
        let body = body(called, &pair(&["a.example"], until_year));
        desk.post("/v1/certificates", body).await.expect(201);
    }
    let https = |first: &str, then: &str| {
        json!({ "name": "web", "listeners": [
        { "protocol": "HTTPS", "port": 443, "certificate": first, "certificates": [then] },
    ] })
    };
    desk.create(https("old", "new")).await;
    let told = async |answer: Answer| -> String { answer.expect(200).body["warnings"].to_string() };
    let own = told(desk.get("/v1/load-balancers/web").await).await;
    assert!(
        own.contains("listener `https-443` shows certificate `old`: it expires in 19 days"),
        "{own}"
    );
    assert!(own.contains("never shows certificate `new`: certificate `old` comes first"), "{own}");
    let foreign = told(other.send(&desk, "GET", "/v1/load-balancers/web", None).await).await;
    assert!(foreign.contains("shows another user's certificate ("), "{foreign}");
    assert!(!foreign.contains("`old`") && !foreign.contains("`new`"), "{foreign}");
}

#[tokio::test]
async fn a_pair_of_kinds_of_keys_for_one_name_is_no_reason_to_warn() {
    let desk = desk().await;
    create(&desk, "ecdsa").await;
    let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2030, 1, 1));
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = pem("CERTIFICATE", params.self_signed(&key).unwrap().der());
    let rsa = Pair { certificate, key: pem("PRIVATE KEY", &key.serialize_der()) };
    let created = desk.post("/v1/certificates", body("rsa", &rsa)).await.expect(201).body;
    assert_eq!(created["key_type"], "RSA_2048");
    let https = json!({ "protocol": "HTTPS", "port": 443, "certificate": "ecdsa", "certificates": ["rsa"] });
    let tree = desk.create(json!({ "name": "web", "listeners": [https] })).await;
    assert!(!tree["warnings"].to_string().contains("https-443"), "{}", tree["warnings"]);
}
