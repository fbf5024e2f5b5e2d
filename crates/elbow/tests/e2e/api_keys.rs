//! API keys as programs use them.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::deployment::{PROGRAM, Ran, run};
use crate::harness::{Client, Deployment};

/// A command of a program elsewhere that has a key and nothing else.
fn with_key(elbow: &Deployment, key: &str, arguments: &[&str]) -> Ran {
    let nowhere = tempfile::tempdir().unwrap();
    run(Command::new(PROGRAM)
        .args(arguments)
        .env("ELBOW_URL", format!("http://{}", elbow.api_address()))
        .env("ELBOW_TOKEN", key)
        .env("XDG_CONFIG_HOME", nowhere.path())
        .env("ELBOW_DATA_DIR", nowhere.path()))
}

#[test]
fn a_program_works_with_a_key_from_the_environment_until_it_is_deleted() {
    let mut elbow = Deployment::start();
    let key = elbow.elbow(&["key", "create", "ci", "--days", "366"]).ok();
    let key = key.trim_end();
    assert!(key.starts_with("elbow_key_"), "{key}");
    with_key(&elbow, key, &["lb", "create", "web", "--network", "test"]).ok();
    assert!(with_key(&elbow, key, &["whoami"]).ok().contains("API key"));
    let list = elbow.elbow(&["key", "list"]).ok();
    assert!(list.contains("ci") && list.contains("ACTIVE") && !list.contains(key), "{list}");
    elbow.kill_control();
    elbow.up(&[]);
    with_key(&elbow, key, &["lb", "list"]).ok();
    elbow.elbow(&["key", "delete", "ci"]).ok();
    assert!(with_key(&elbow, key, &["lb", "list"]).fails(1).contains("API key"));
}

#[test]
fn a_key_for_reading_reads_the_whole_deployment_and_changes_nothing() {
    let elbow = Deployment::start();
    let key = elbow.elbow(&["key", "create", "monitoring", "--read-only"]).ok();
    let key = key.trim_end();
    with_key(&elbow, key, &["user", "list"]).ok();
    let mut client =
        Client::tcp(elbow.api_address()).with_header("authorization", &format!("Bearer {key}"));
    assert_eq!(client.get("/metrics").status, 200);
    let refused = client.post("/v1/load-balancers", &json!({"name": "web", "network": "test"}));
    assert_eq!(refused.expect(403)["code"], "FORBIDDEN");
    assert_eq!(client.post("/v1/key-files/TOKENS/rotate", &json!({})).status, 403);
    assert_eq!(client.patch("/v1/users/admin", &json!({"password": "something else"})).status, 403);
}

#[test]
fn no_file_of_the_data_directory_holds_a_key() {
    let elbow = Deployment::start();
    let made = elbow.elbow(&["key", "create", "ci", "-o", "json"]).ok();
    let made: Value = serde_json::from_str(&made).unwrap();
    let key = made["key"].as_str().unwrap().as_bytes();
    let secret = &key[key.len() - 40..];
    for file in crate::harness::openssl::files_below(&elbow.data_dir()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.display());
    }
    assert!(!elbow.log().contains(std::str::from_utf8(secret).unwrap()));
}
