//! TLS and HTTP/2 of listeners and pools, and rules by server name, as they are read and shown.

use serde_json::{Value, json};

use super::certificates::{create, pem};
use super::desk::{Desk, desk};

/// `web` with an HTTP and an HTTPS listener; the path of the latter.
async fn web(desk: &Desk) -> (Value, String) {
    create(desk, "site").await;
    let listeners = json!([
        { "protocol": "HTTP", "port": 80 },
        { "protocol": "HTTPS", "port": 443, "certificate": "site" },
    ]);
    let tree = desk.create(json!({ "name": "web", "listeners": listeners })).await;
    let path = format!("/v1/listeners/{}", tree["listeners"][1]["id"].as_str().unwrap());
    (tree, path)
}

/// An authority's certificate in PEM.
fn authority() -> String {
    let mut params = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    pem("CERTIFICATE", authority.der())
}

/// A server's certificate that an authority signed, in PEM.
fn leaf() -> String {
    let authority = rcgen::KeyPair::generate().unwrap();
    let issuer = rcgen::Issuer::new(rcgen::CertificateParams::default(), authority);
    let params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    let signed = params.signed_by(&rcgen::KeyPair::generate().unwrap(), &issuer).unwrap();
    pem("CERTIFICATE", signed.der())
}

/// PEM without what differs between writers of it.
fn letters(pem: &Value) -> String {
    pem.as_str().unwrap().split_whitespace().collect()
}

#[tokio::test]
async fn https_listeners_have_defaults_and_others_show_nothing_of_it() {
    let desk = desk().await;
    let (tree, _) = web(&desk).await;
    let [http, https] = [&tree["listeners"][0], &tree["listeners"][1]];
    assert_eq!(https["certificate"]["name"], "site");
    assert_eq!(
        (&https["tls_policy"], &https["client_auth"], &https["alpn"], &https["hsts"]),
        (&json!("TLS_1_2"), &json!("NONE"), &json!(["h2", "http/1.1"]), &Value::Null)
    );
    assert_eq!((&https["certificates"], &https["client_ca"]), (&json!([]), &Value::Null));
    for field in ["certificate", "tls_policy", "client_auth", "alpn", "hsts", "https_redirect"] {
        assert_eq!(http[field], Value::Null, "{field}");
    }
    assert_eq!((&http["http2"], &https["http2"]), (&json!(false), &json!(false)));
}

#[tokio::test]
async fn a_patch_changes_part_by_part_and_null_undoes() {
    let desk = desk().await;
    let (_, path) = web(&desk).await;
    create(&desk, "more").await;
    let ca = authority();
    let all = json!({
        "certificates": ["more"], "tls_policy": "tls_1_2_1_3", "client_auth": "required", "client_ca": ca,
        "alpn": ["HTTP/1.1"], "hsts": { "max_age_s": 31_536_000, "include_subdomains": true },
    });
    let edited = desk.patch(&path, all).await.expect(200).body;
    assert_eq!(edited["certificates"][0]["name"], "more");
    assert_eq!(
        (&edited["tls_policy"], &edited["client_auth"], &edited["alpn"]),
        (&json!("TLS_1_2_1_3"), &json!("REQUIRED"), &json!(["http/1.1"]))
    );
    assert_eq!(letters(&edited["client_ca"]), letters(&json!(ca)));
    let hsts = json!({ "max_age_s": 31_536_000, "include_subdomains": true, "preload": false });
    assert_eq!(edited["hsts"], hsts);
    // The authority stays where only the mode changes, and goes with it.
    let optional = desk.patch(&path, json!({ "client_auth": "OPTIONAL" })).await.expect(200).body;
    assert_eq!(
        (&optional["client_auth"], &optional["client_ca"]),
        (&json!("OPTIONAL"), &edited["client_ca"])
    );
    let longer = desk.patch(&path, json!({ "hsts": { "preload": true } })).await.expect(200).body;
    assert_eq!(
        (&longer["hsts"]["max_age_s"], &longer["hsts"]["preload"]),
        (&json!(31_536_000), &json!(true))
    );
    let undone = json!({ "certificates": null, "tls_policy": null, "client_auth": null, "alpn": null, "hsts": null });
    let undone = desk.patch(&path, undone).await.expect(200).body;
    assert_eq!(
        (&undone["client_ca"], &undone["hsts"], &undone["certificates"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    assert_eq!(
        (&undone["tls_policy"], &undone["alpn"]),
        (&json!("TLS_1_2"), &json!(["h2", "http/1.1"]))
    );
    let swapped = desk.patch(&path, json!({ "certificate": "more" })).await.expect(200).body;
    assert_eq!(swapped["certificate"]["name"], "more");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_field() {
    let desk = desk().await;
    let (tree, https) = web(&desk).await;
    let http = format!("/v1/listeners/{}", tree["listeners"][0]["id"].as_str().unwrap());
    let leaf = leaf();
    let cases = [
        (&https, json!({ "certificate": null }), "certificate", "must not be null"),
        (
            &https,
            json!({ "certificate": "other" }),
            "certificate",
            "there is no certificate `other`; you have site",
        ),
        (&https, json!({ "certificates": ["site"] }), "certificates[0]", "named twice"),
        (
            &https,
            json!({ "tls_policy": "TLS_1_1" }),
            "tls_policy",
            "use TLS_1_2, TLS_1_2_1_3 or TLS_1_3",
        ),
        (&https, json!({ "client_auth": "REQUIRED" }), "client_ca", "is missing"),
        (&https, json!({ "client_ca": authority() }), "client_ca", "set that, too"),
        (&https, json!({ "client_auth": "REQUIRED", "client_ca": "x" }), "client_ca", ""),
        (
            &https,
            json!({ "client_auth": "REQUIRED", "client_ca": leaf }),
            "client_ca",
            "not a certificate authority",
        ),
        (&https, json!({ "alpn": [] }), "alpn", "each once"),
        (&https, json!({ "alpn": ["h3"] }), "alpn[0]", "use h2 or http/1.1"),
        (&https, json!({ "hsts": {} }), "hsts.max_age_s", "is missing"),
        (&https, json!({ "hsts": { "max_age_s": -1 } }), "hsts.max_age_s", "not between 0 and"),
        (&https, json!({ "http2": true }), "http2", "`alpn` says"),
        (&https, json!({ "https_redirect": 444 }), "https_redirect", "set it on an HTTP listener"),
        (&http, json!({ "certificate": "site" }), "certificate", "belongs to HTTPS listeners"),
        (&http, json!({ "hsts": { "max_age_s": 1 } }), "hsts", "belongs to HTTPS listeners"),
        (&http, json!({ "https_redirect": 80 }), "https_redirect", "this listener's own"),
        (&http, json!({ "https_redirect": { "port": 0 } }), "https_redirect.port", "not between"),
    ];
    for (path, body, field, text) in cases {
        let answer = desk.patch(path, body.clone()).await.expect(422);
        let faults = answer.faults();
        assert!(
            faults.len() == 1 && faults[0].starts_with(&format!("{field}: ")),
            "{body}: {faults:?}"
        );
        assert!(faults[0].contains(text), "{body}: {faults:?} without `{text}`");
    }
    let missing = json!({ "protocol": "HTTPS", "port": 444 });
    let missing = desk.post("/v1/load-balancers/web/listeners", missing).await.expect(422);
    assert_eq!(missing.body["code"], "CERTIFICATE_MISSING");
}

#[tokio::test]
async fn an_http_listener_leads_to_https_and_speaks_http2() {
    let desk = desk().await;
    let (tree, _) = web(&desk).await;
    let http = format!("/v1/listeners/{}", tree["listeners"][0]["id"].as_str().unwrap());
    let edited =
        desk.patch(&http, json!({ "https_redirect": 443, "http2": true })).await.expect(200).body;
    assert_eq!(
        (&edited["https_redirect"], &edited["http2"]),
        (&json!({ "port": 443 }), &json!(true))
    );
    let again = json!({ "https_redirect": edited["https_redirect"] });
    desk.patch(&http, again).await.expect(200);
    let undone =
        desk.patch(&http, json!({ "https_redirect": null, "http2": null })).await.expect(200).body;
    assert_eq!((&undone["https_redirect"], &undone["http2"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn a_tree_that_was_answered_is_taken_again() {
    let desk = desk().await;
    let (tree, path) = web(&desk).await;
    let all =
        json!({ "client_auth": "REQUIRED", "client_ca": authority(), "hsts": { "max_age_s": 60 } });
    desk.patch(&path, all).await.expect(200);
    let mut tree =
        desk.get(&format!("/v1/load-balancers/{}", tree["id"].as_str().unwrap())).await.body;
    let own = [
        "id",
        "number",
        "vip",
        "status",
        "status_reason",
        "health",
        "effective",
        "warnings",
        "revision",
        "owner",
        "project",
        "created_at",
        "updated_at",
        "method",
        "health_monitor",
    ];
    let strip = |value: &mut Value, names: &[&str]| {
        value.as_object_mut().unwrap().retain(|name, _| !names.contains(&name.as_str()));
    };
    strip(&mut tree, &own);
    for listener in tree["listeners"].as_array_mut().unwrap() {
        strip(listener, &["id", "address", "revision", "created_at", "updated_at"]);
        listener["pool"] = Value::Null;
    }
    for pool in tree["pools"].as_array_mut().unwrap() {
        let names = [
            "id",
            "is_default",
            "member_count",
            "healthy_count",
            "revision",
            "created_at",
            "updated_at",
        ];
        strip(pool, &names);
    }
    tree["name"] = json!("again");
    let again = desk.create(tree.clone()).await;
    for field in ["certificate", "tls_policy", "client_auth", "client_ca", "alpn", "hsts"] {
        assert_eq!(again["listeners"][1][field], tree["listeners"][1][field], "{field}");
    }
}

#[tokio::test]
async fn tls_to_members_is_verified_where_an_authority_is_given() {
    let desk = desk().await;
    let (tree, _) = web(&desk).await;
    let path = format!("/v1/pools/{}", tree["pools"][0]["id"].as_str().unwrap());
    assert_eq!(
        (&tree["pools"][0]["tls"], &tree["pools"][0]["http2"]),
        (&Value::Null, &json!(false))
    );
    let edited = desk.patch(&path, json!({ "tls": {}, "http2": true })).await.expect(200).body;
    assert_eq!(edited["tls"], json!({ "verify": false, "server_name": null }));
    assert_eq!(edited["http2"], true);
    let ca = authority();
    let verified = json!({ "tls": { "ca": ca, "server_name": "Members.example" } });
    let verified = desk.patch(&path, verified).await.expect(200).body["tls"].clone();
    assert_eq!(
        (&verified["verify"], &verified["server_name"]),
        (&json!(true), &json!("members.example"))
    );
    assert_eq!(letters(&verified["ca"]), letters(&json!(ca)));
    let named = desk.patch(&path, json!({ "tls": { "server_name": null } })).await.expect(200).body;
    assert_eq!(
        (&named["tls"]["verify"], &named["tls"]["server_name"]),
        (&json!(true), &Value::Null)
    );
    let off = desk.patch(&path, json!({ "tls": { "verify": false } })).await.expect(200).body;
    assert_eq!((&off["tls"]["verify"], &off["tls"]["ca"]), (&json!(false), &Value::Null));
    for (tls, field, text) in [
        (json!({ "verify": true }), "tls.ca", "and no others"),
        (json!({ "verify": false, "ca": ca }), "tls.ca", "is for `verify` true"),
        (json!({ "server_name": "10.0.0.1" }), "tls.server_name", "is an address"),
    ] {
        let faults = desk.patch(&path, json!({ "tls": tls })).await.expect(422).faults();
        assert!(faults[0].starts_with(field) && faults[0].contains(text), "{faults:?}");
    }
    let plain = desk.patch(&path, json!({ "tls": null })).await.expect(200).body;
    assert_eq!(plain["tls"], Value::Null);
}

#[tokio::test]
async fn rules_of_tcp_listeners_match_the_server_name() {
    let desk = desk().await;
    let tcp = json!({ "protocol": "TCP", "port": 443 });
    let tree = desk
        .create(json!({ "name": "pass", "listeners": [tcp], "pools": [{ "name": "api" }] }))
        .await;
    let path = format!("/v1/listeners/{}/rules", tree["listeners"][0]["id"].as_str().unwrap());
    let rule = |condition: Value| json!({ "priority": 10, "match": condition, "action": { "forward": [{ "pool": "api" }] } });
    let created =
        desk.post(&path, rule(json!({ "server_name": "*.a.example" }))).await.expect(201).body;
    assert_eq!(created["match"], json!({ "server_name": "*.a.example" }));
    let refused = {
        let mut other = rule(json!({ "path": "/*" }));
        other["priority"] = json!(11);
        desk.post(&path, other).await.expect(422)
    };
    assert!(refused.faults()[0].contains("need a `server_name`"), "{}", refused.text);
}

#[tokio::test]
async fn lists_of_load_balancers_leave_authorities_out() {
    let desk = desk().await;
    let (tree, path) = web(&desk).await;
    desk.patch(&path, json!({ "client_auth": "REQUIRED", "client_ca": authority() }))
        .await
        .expect(200);
    let pool = format!("/v1/pools/{}", tree["pools"][0]["id"].as_str().unwrap());
    desk.patch(&pool, json!({ "tls": { "ca": authority() } })).await.expect(200);
    let shown = desk.get("/v1/load-balancers/web").await.expect(200).text;
    assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 2);
    let list = desk.get("/v1/load-balancers").await.expect(200);
    assert!(!list.text.contains("BEGIN CERTIFICATE"), "{}", list.text);
    assert_eq!(list.body["items"][0]["listeners"][1]["client_auth"], "REQUIRED");
    assert_eq!(list.body["items"][0]["pools"][0]["tls"]["verify"], true);
}
