//! Login at a provider: a scripted one, honest and hostile.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::Router;
use base64ct::{Base64UrlUnpadded, Encoding};
use elbow_api::oidc::{Fetch, GroupRole, Oidc, OidcSettings, Strangers};
use elbow_api::{ApiState, ProcessFacts, Settings, Surroundings};
use elbow_model::user::ProjectRole;
use elbow_model::value::Timestamp;
use elbow_vault::token::Tokens;
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::desk::{Answer, Desk, Echo, NOW, ask, desk, request};

const ISSUER: &str = "https://login.example";

/// What the provider signs with, and shows.
struct Key {
    kid: String,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid: kid.to_owned(), pair }
    }

    fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.public()[1..].split_at(32);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": self.kid, "x": base64(x), "y": base64(y)})
    }

    fn sign(&self, claims: &Value) -> String {
        let head = json!({"alg": "ES256", "kid": self.kid});
        let signed = format!("{}.{}", base64(head.to_string()), base64(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64(signature.as_ref()))
    }
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// The provider: it shows these keys and gives this token.
#[derive(Default)]
struct Script {
    keys: Mutex<Vec<Value>>,
    token: Mutex<String>,
    form: Mutex<String>,
    basic: Mutex<String>,
    key_reads: AtomicUsize,
}

impl Fetch for Script {
    fn get<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(async move {
            let answer = match url {
                "https://login.example/.well-known/openid-configuration" => json!({
                    "issuer": ISSUER, "authorization_endpoint": "https://login.example/authorize",
                    "token_endpoint": "https://login.example/token", "jwks_uri": "https://login.example/keys",
                }),
                "https://login.example/keys" => {
                    self.key_reads.fetch_add(1, Ordering::Relaxed);
                    json!({"keys": *self.keys.lock().unwrap()})
                }
                other => return Err(format!("{other} was asked")),
            };
            Ok(answer.to_string().into_bytes())
        })
    }

    fn post<'a>(
        &'a self,
        _: &'a str,
        form: String,
        basic: Option<Zeroizing<String>>,
    ) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(async move {
            *self.form.lock().unwrap() = form;
            *self.basic.lock().unwrap() = basic.map(|basic| basic.to_string()).unwrap_or_default();
            Ok(json!({"id_token": *self.token.lock().unwrap()}).to_string().into_bytes())
        })
    }
}

struct Clock(AtomicU64);

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }

    fn machine_addresses(&self) -> Vec<std::net::IpAddr> {
        Vec::new()
    }

    fn process(&self) -> ProcessFacts {
        ProcessFacts::default()
    }
}

struct Site {
    desk: Desk,
    router: Router,
    script: Arc<Script>,
    clock: Arc<Clock>,
    key: Key,
}

/// A login that was begun: what the browser keeps, and what the provider was told.
struct Begun {
    cookie: String,
    state: String,
    nonce: String,
}

async fn site(roles: Vec<GroupRole>) -> Site {
    let desk = desk().await;
    let (script, key) = (Arc::new(Script::default()), Key::new("one"));
    script.keys.lock().unwrap().push(key.jwk());
    let settings = OidcSettings {
        issuer: ISSUER.to_owned(),
        client_id: "elbow".to_owned(),
        client_secret: Some(Zeroizing::new("s3cret/".to_owned())),
        scopes: "openid profile".to_owned(),
        public_url: "https://elbow.example".to_owned(),
        name_claim: "preferred_username".to_owned(),
        groups_claim: "groups".to_owned(),
        strangers: if roles.is_empty() { Strangers::Refuse } else { Strangers::Create },
        roles,
    };
    let oidc = Some(Arc::new(Oidc::new(settings, Arc::<Script>::clone(&script))));
    let clock = Arc::new(Clock(AtomicU64::new(NOW.0)));
    let state = ApiState::new(
        desk.state.ledger.clone(),
        Tokens::with_key([7; 32]),
        Arc::clone(&desk.state.seal),
        Arc::<Clock>::clone(&clock),
        Arc::new(Echo),
        Settings { oidc, ..Settings::default() },
    );
    Site { desk, router: elbow_api::router(state), script, clock, key }
}

fn role(group: &str, role: ProjectRole) -> GroupRole {
    GroupRole { group: group.to_owned(), project: "default".to_owned(), role }
}

impl Site {
    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(&self.router, request("GET", path, headers, None)).await
    }

    async fn begin(&self, path: &str) -> Begun {
        let answer = self.get(path, &[]).await.expect(303);
        let location = answer.header("location");
        let given = |name: &str| {
            let (_, rest) = location.split_once(&format!("{name}=")).unwrap();
            rest.split('&').next().unwrap().to_owned()
        };
        assert!(
            location
                .starts_with("https://login.example/authorize?response_type=code&client_id=elbow&"),
            "{location}"
        );
        assert!(
            location.contains("code_challenge_method=S256")
                && location
                    .contains("redirect_uri=https%3A%2F%2Felbow.example%2Fv1%2Foidc%2Fcallback"),
            "{location}"
        );
        let cookie = answer.header("set-cookie");
        assert!(cookie.contains("HttpOnly; SameSite=Lax; Max-Age=600"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Begun { cookie, state: given("state"), nonce: given("nonce") }
    }

    async fn finish(&self, begun: &Begun, token: String) -> Answer {
        *self.script.token.lock().unwrap() = token;
        let path = format!("/v1/oidc/callback?code=abc&state={}&session_state=x", begun.state);
        self.get(&path, &[("cookie", &begun.cookie)]).await
    }

    fn claims(&self, begun: &Begun) -> Value {
        let now = self.clock.now().0 / 1_000;
        json!({
            "iss": ISSUER, "aud": "elbow", "sub": "subject-1", "nonce": begun.nonce, "iat": now, "exp": now + 300,
            "preferred_username": "ann@example.com", "groups": ["ops", "all"],
        })
    }

    /// Who the session of an answer is of.
    async fn who(&self, answer: &Answer) -> Value {
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        let session = cookies[0].to_str().unwrap();
        assert!(
            session.starts_with("elbow_session=elbow_")
                && session.contains("; HttpOnly; SameSite=Lax"),
            "{session}"
        );
        let token = session.trim_start_matches("elbow_session=").split(';').next().unwrap();
        let bearer = format!("Bearer {token}");
        self.get("/v1/sessions/current", &[("authorization", &bearer)]).await.expect(200).body
    }

    fn users(&self) -> usize {
        self.desk.state.ledger.world().users().count()
    }
}

#[tokio::test]
async fn a_stranger_becomes_a_user_by_his_groups_and_is_the_same_one_the_next_time() {
    let site =
        site(vec![role("*", ProjectRole::Viewer), role("ops", ProjectRole::TenantAdmin)]).await;
    let begun = site.begin("/v1/oidc/start?next=/load-balancers").await;
    let done = site.finish(&begun, site.key.sign(&site.claims(&begun))).await.expect(303);
    assert_eq!(done.header("location"), "/load-balancers");
    let who = site.who(&done).await;
    assert_eq!(
        (&who["user"]["name"], &who["user"]["role"]),
        (&json!("ann-example.com"), &json!("TENANT_ADMIN"))
    );
    let form = site.script.form.lock().unwrap().clone();
    assert!(
        form.starts_with("grant_type=authorization_code&code=abc&redirect_uri=")
            && form.contains("code_verifier="),
        "{form}"
    );
    assert_eq!(*site.script.basic.lock().unwrap(), "elbow:s3cret%2F");

    let begun = site.begin("/v1/oidc/start").await;
    let mut claims = site.claims(&begun);
    claims["preferred_username"] = json!("another-name");
    let again = site.finish(&begun, site.key.sign(&claims)).await.expect(303);
    assert_eq!(
        (again.header("location"), site.who(&again).await["user"].clone()),
        ("/", who["user"].clone())
    );
    assert_eq!(site.users(), 2);
}

#[tokio::test]
async fn nobody_becomes_a_user_that_is_there_by_his_name_but_the_operator_links_him() {
    let site = site(vec![role("*", ProjectRole::Viewer)]).await;
    let begun = site.begin("/v1/oidc/start").await;
    let mut claims = site.claims(&begun);
    claims["preferred_username"] = json!("admin");
    let refused = site.finish(&begun, site.key.sign(&claims)).await.expect(403);
    assert!(refused.body["detail"].as_str().unwrap().contains("elbow user link admin subject-1"));
    let link = json!({"subject": "subject-1"});
    let operator = ask(
        &elbow_operator(&site),
        request("POST", "/v1/users/admin/identities", &[], Some(&link)),
    )
    .await;
    operator.expect(204);
    let begun = site.begin("/v1/oidc/start").await;
    let done =
        site.finish(&begun, site.key.sign(&claims_with_nonce(&claims, &begun))).await.expect(303);
    assert_eq!(site.who(&done).await["user"]["role"], "OPERATOR");
}

fn claims_with_nonce(claims: &Value, begun: &Begun) -> Value {
    let mut claims = claims.clone();
    claims["nonce"] = json!(begun.nonce);
    claims
}

/// The operator's router of a deployment with this provider.
fn elbow_operator(site: &Site) -> Router {
    let settings = OidcSettings {
        issuer: ISSUER.to_owned(),
        client_id: "elbow".to_owned(),
        client_secret: None,
        scopes: "openid".to_owned(),
        public_url: "https://elbow.example".to_owned(),
        name_claim: "name".to_owned(),
        groups_claim: "groups".to_owned(),
        roles: Vec::new(),
        strangers: Strangers::Refuse,
    };
    let oidc = Some(Arc::new(Oidc::new(settings, Arc::<Script>::clone(&site.script))));
    let state = ApiState::new(
        site.desk.state.ledger.clone(),
        Tokens::with_key([7; 32]),
        Arc::clone(&site.desk.state.seal),
        Arc::<Clock>::clone(&site.clock),
        Arc::new(Echo),
        Settings { oidc, ..Settings::default() },
    );
    elbow_api::operator_router(state)
}

#[tokio::test]
async fn strangers_are_refused_where_the_operator_links_users_himself_and_without_a_group() {
    for roles in [Vec::new(), vec![role("others", ProjectRole::Viewer)]] {
        let site = site(roles).await;
        let begun = site.begin("/v1/oidc/start").await;
        let refused = site.finish(&begun, site.key.sign(&site.claims(&begun))).await.expect(403);
        assert_eq!((refused.body["code"].as_str(), site.users()), (Some("OIDC_USER_REFUSED"), 1));
    }
}

#[tokio::test]
async fn a_token_that_is_not_the_providers_for_us_in_this_attempt_and_now_is_not_believed() {
    let site = site(vec![role("*", ProjectRole::TenantAdmin)]).await;
    let now = NOW.0 / 1_000;
    let altered: Vec<(&str, Value)> = vec![
        ("nonce", json!("another")),
        ("nonce", json!(null)),
        ("iss", json!("https://evil.example")),
        ("aud", json!("another-client")),
        ("aud", json!(["elbow", "another-client"])),
        ("azp", json!("another-client")),
        ("exp", json!(now - 61)),
        ("exp", json!(null)),
        ("iat", json!(now + 120)),
        ("iat", json!(now - 3_600)),
        ("nbf", json!(now + 120)),
        ("sub", json!("")),
        ("sub", json!(null)),
    ];
    for (claim, value) in altered {
        let begun = site.begin("/v1/oidc/start").await;
        let mut claims = site.claims(&begun);
        claims[claim] = value.clone();
        let refused = site.finish(&begun, site.key.sign(&claims)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["code"].as_str()),
            (401, Some("OIDC_TOKEN_UNTRUSTED")),
            "{claim}: {value}"
        );
    }
    assert_eq!(site.users(), 1);
}

#[tokio::test]
async fn a_token_that_is_signed_in_any_other_way_is_not_believed() {
    let site = site(vec![role("*", ProjectRole::TenantAdmin)]).await;
    let impostor = Key::new("one");
    let stranger = Key::new("two");
    for kind in 0..9 {
        let begun = site.begin("/v1/oidc/start").await;
        let claims = site.claims(&begun);
        let honest = site.key.sign(&claims);
        let parts: Vec<&str> = honest.split('.').collect();
        let unsigned = |head: Value| format!("{}.{}", base64(head.to_string()), parts[1]);
        let token = match kind {
            0 => format!("{}.", unsigned(json!({"alg": "none"}))),
            1 => format!("{}.{}", unsigned(json!({"alg": "none", "kid": "one"})), parts[2]),
            // A shared secret that is the public key.
            2 => {
                let signed = unsigned(json!({"alg": "HS256", "kid": "one"}));
                let mut mac = Hmac::<Sha256>::new_from_slice(site.key.public()).unwrap();
                mac.update(signed.as_bytes());
                format!("{signed}.{}", base64(mac.finalize().into_bytes()))
            }
            3 => impostor.sign(&claims),
            4 => stranger.sign(&claims),
            5 => format!("{}.{}", unsigned(json!({"alg": "RS256", "kid": "one"})), parts[2]),
            6 => format!(
                "{}.{}",
                unsigned(json!({"alg": "ES256", "kid": "one", "crit": ["x"]})),
                parts[2]
            ),
            7 => {
                format!("{}.{}.{}", parts[0], base64(json!({"sub": "other"}).to_string()), parts[2])
            }
            _ => "no.token".to_owned(),
        };
        let refused = site.finish(&begun, token).await;
        assert_eq!(
            refused.body["code"].as_str(),
            Some("OIDC_TOKEN_UNTRUSTED"),
            "{kind}: {}",
            refused.text
        );
    }
    assert_eq!(site.users(), 1);
    let reads = site.script.key_reads.load(Ordering::Relaxed);
    assert_eq!(reads, 1, "unknown keys do not become a flood of requests");
}

#[tokio::test]
async fn a_login_that_another_browser_began_is_refused() {
    let site = site(vec![role("*", ProjectRole::TenantAdmin)]).await;
    let (mine, others) = (site.begin("/v1/oidc/start").await, site.begin("/v1/oidc/start").await);
    *site.script.token.lock().unwrap() = site.key.sign(&site.claims(&others));
    let path = |state: &str, more: &str| format!("/v1/oidc/callback?code=abc&state={state}{more}");
    let cookie = [("cookie", mine.cookie.as_str())];
    for (path, headers) in [
        (path(&others.state, ""), &cookie[..]),
        (path(&others.state, ""), &[]),
        (path("", ""), &cookie),
        (path(&mine.state, "&state=x"), &cookie),
        (path(&mine.state, "&iss=https%3A%2F%2Fevil.example"), &cookie),
        ("/v1/oidc/callback?code=abc".to_owned(), &cookie),
    ] {
        let refused = site.get(&path, headers).await.expect(401);
        assert_eq!(refused.body["code"], "OIDC_STATE_UNKNOWN", "{path}");
    }
    let denied = format!("/v1/oidc/callback?error=access_denied&state={}", mine.state);
    assert_eq!(site.get(&denied, &cookie).await.expect(401).body["code"], "OIDC_REFUSED");
    assert_eq!(site.users(), 1);
}

#[tokio::test]
async fn new_keys_of_the_provider_are_found_when_they_are_used() {
    let site = site(vec![role("*", ProjectRole::Viewer)]).await;
    let begun = site.begin("/v1/oidc/start").await;
    site.finish(&begun, site.key.sign(&site.claims(&begun))).await.expect(303);
    let next = Key::new("next");
    *site.script.keys.lock().unwrap() = vec![next.jwk()];
    site.clock.0.fetch_add(11_000, Ordering::Relaxed);
    let begun = site.begin("/v1/oidc/start").await;
    site.finish(&begun, next.sign(&site.claims(&begun))).await.expect(303);
    let begun = site.begin("/v1/oidc/start").await;
    site.finish(&begun, site.key.sign(&site.claims(&begun))).await.expect(401);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_a_login_and_without_a_provider_there_is_none() {
    let site = site(vec![role("*", ProjectRole::Viewer)]).await;
    for next in ["https://evil.example", "//evil.example", "/%5Cevil.example", "evil"] {
        let begun = site.begin(&format!("/v1/oidc/start?next={next}")).await;
        let done = site.finish(&begun, site.key.sign(&site.claims(&begun))).await.expect(303);
        assert_eq!(done.header("location"), "/", "{next}");
    }
    let off = ask(&site.desk.public, request("GET", "/v1/oidc/start", &[], None)).await.expect(404);
    assert_eq!(off.body["code"], "OIDC_OFF");
}
