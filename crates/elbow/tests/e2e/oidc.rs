//! Login at a real OpenID Connect provider, as a browser goes through it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::clients::python;
use crate::harness::deployment::run;
use crate::harness::{Client, Deployment};

/// A provider that ends with the test.
struct Provider {
    process: Child,
    issuer: String,
}

impl Provider {
    fn start() -> Self {
        let mut process = python("oidc_provider.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut issuer = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut issuer).unwrap();
        assert!(
            issuer.starts_with("http://"),
            "the provider said `{issuer}`; is it installed in the tests' venv?"
        );
        Self { process, issuer: issuer.trim().to_owned() }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// Goes to the provider, logs in there and comes back; gives status, the session's token and where it leads.
fn log_in(elbow: &Deployment, subject: &str) -> (u16, Option<String>, String) {
    let mut browser = Client::tcp(elbow.api_address());
    let begun = browser.get("/v1/oidc/start?next=/activity");
    assert_eq!(begun.status, 303, "{begun:?}");
    let field = |response: &crate::harness::http::Response, name: &str| -> Vec<String> {
        let all = response.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        all.map(|(_, value)| value.clone()).collect()
    };
    let cookie = field(&begun, "set-cookie")[0].split(';').next().unwrap().to_owned();
    let form = format!("sub={subject}");
    let back = run(Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "20", "-o", "/dev/null"])
        .args(["-w", "%{redirect_url}", "--data", &form, &field(&begun, "location")[0]]))
    .ok();
    let (_, path) =
        back.split_once(&elbow.api_address().to_string()).unwrap_or_else(|| panic!("`{back}`"));
    let done = browser.with_header("cookie", &cookie).get(path);
    let cookies = field(&done, "set-cookie");
    let session = cookies.iter().find_map(|cookie| cookie.strip_prefix("elbow_session="));
    let token = session.map(|rest| rest.split(';').next().unwrap().to_owned());
    (done.status, token, field(&done, "location").join(""))
}

fn who(elbow: &Deployment, token: &str) -> serde_json::Value {
    let bearer = format!("Bearer {token}");
    Client::tcp(elbow.api_address())
        .with_header("authorization", &bearer)
        .get("/v1/sessions/current")
        .expect(200)
}

#[test]
fn people_log_in_at_a_provider_and_are_users_by_their_groups_or_by_the_operators_word() {
    let provider = Provider::start();
    let mut elbow = Deployment::prepare();
    let secrets = tempfile::tempdir().unwrap();
    let secret = secrets.path().join("secret");
    std::fs::write(&secret, "a secret of this client\n").unwrap();
    let secret = ["--oidc-client-secret-file", secret.to_str().unwrap()];
    let flags =
        [&["--oidc-issuer", &provider.issuer, "--oidc-client-id", "elbow"][..], &secret].concat();
    elbow.up(&[&flags[..], &["--oidc-role", "ops=default:tenant-admin"]].concat());
    let (status, token, location) = log_in(&elbow, "subject-ann");
    assert_eq!((status, location.as_str()), (303, "/activity"));
    let ann = who(&elbow, &token.unwrap());
    assert_eq!(
        (&ann["user"]["name"], &ann["user"]["role"]),
        (&json!("ann"), &json!("TENANT_ADMIN"))
    );
    let (_, token, _) = log_in(&elbow, "subject-ann");
    assert_eq!(who(&elbow, &token.unwrap())["user"], ann["user"], "the same user the next time");

    let (status, token, _) = log_in(&elbow, "subject-boss");
    assert_eq!((status, token), (403, None), "no group, no user");
    elbow.elbow(&["user", "link", "admin", "subject-boss"]).ok();
    let (_, token, _) = log_in(&elbow, "subject-boss");
    assert_eq!(who(&elbow, &token.unwrap())["user"]["name"], "admin");
}

#[test]
fn a_provider_that_is_away_is_said_and_keeps_nobody_from_his_password() {
    let mut elbow = Deployment::prepare();
    elbow.up(&["--oidc-issuer", "http://127.0.0.1:1", "--oidc-client-id", "elbow"]);
    let mut client = Client::tcp(elbow.api_address());
    let answer = client.get("/v1/oidc/start");
    assert_eq!(answer.expect(502)["code"], "OIDC_PROVIDER_FAILED");
    let body = json!({"username": "admin", "password": crate::harness::deployment::PASSWORD});
    client.post("/v1/sessions", &body).expect(201);
}
