//! Logging in and out, and what happens when a password is lost.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::deployment::{PASSWORD, PROGRAM, Ran, run};
use crate::harness::{Client, Deployment};

const CURRENT: &str = "/v1/sessions/current";

/// Opens a session over TCP.
fn login(elbow: &Deployment, user: &str, password: &str) -> Result<String, u16> {
    login_from(Client::tcp(elbow.api_address()), user, password)
}

fn login_from(mut client: Client, user: &str, password: &str) -> Result<String, u16> {
    let body = json!({"username": user, "password": password});
    let answer = client.post("/v1/sessions", &body);
    match answer.status {
        201 => Ok(answer.expect(201)["token"].as_str().unwrap().to_owned()),
        other => Err(other),
    }
}

/// The status of a request with a token.
fn status_with(elbow: &Deployment, token: &str, method: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let mut client = Client::tcp(elbow.api_address()).with_header("authorization", &bearer);
    client.send(method, CURRENT, None).status
}

/// A command of somebody with a home directory of his own, away from the data.
fn at_home(home: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env("XDG_CONFIG_HOME", home)
        .env("ELBOW_DATA_DIR", home.join("nowhere"))
        .env_remove("ELBOW_URL");
    run(&mut command)
}

#[test]
fn a_session_that_ended_stays_ended_when_elbow_is_killed_and_starts_again() {
    let mut elbow = Deployment::start();
    let (ended, kept) =
        (login(&elbow, "admin", PASSWORD).unwrap(), login(&elbow, "admin", PASSWORD).unwrap());
    assert_eq!(status_with(&elbow, &ended, "GET"), 200);
    assert_eq!(status_with(&elbow, &ended, "DELETE"), 204);
    elbow.kill_control();
    elbow.up(&[]);
    assert_eq!(status_with(&elbow, &ended, "GET"), 401);
    assert_eq!(status_with(&elbow, &kept, "GET"), 200);
}

#[test]
fn a_lost_password_is_replaced_while_elbow_runs_and_sessions_end() {
    let elbow = Deployment::start();
    let session = login(&elbow, "admin", PASSWORD).unwrap();
    let random = elbow.elbow(&["user", "reset-password", "admin"]).ok();
    let random = random.trim_end();
    assert_eq!(status_with(&elbow, &session, "GET"), 401);
    assert_eq!(login(&elbow, "admin", PASSWORD), Err(401));
    login(&elbow, "admin", random).unwrap();

    let file = elbow.data_dir().join("new-password");
    fs::write(&file, "a given password\n").unwrap();
    let given = ["user", "reset-password", "admin", "--password-file", file.to_str().unwrap()];
    assert_eq!(elbow.elbow(&given).ok(), "", "a password that was given is not shown");
    login(&elbow, "admin", "a given password").unwrap();

    assert!(
        elbow.elbow(&["user", "reset-password", "nobody"]).fails(1).contains("no user `nobody`")
    );
    fs::write(&file, "short").unwrap();
    assert!(elbow.elbow(&given).fails(2).contains("at least 8"));
}

#[test]
fn a_lost_password_is_replaced_while_elbow_does_not_run() {
    let mut elbow = Deployment::start();
    let session = login(&elbow, "admin", PASSWORD).unwrap();
    elbow.kill_control();
    let random = elbow.elbow(&["user", "reset-password", "admin", "-o", "json"]).ok();
    let random: Value = serde_json::from_str(&random).unwrap();
    let nobody = elbow.elbow(&["user", "reset-password", "nobody"]).fails(1);
    assert!(nobody.contains("no user `nobody`"), "{nobody}");
    elbow.up(&[]);
    assert_eq!(status_with(&elbow, &session, "GET"), 401);
    login(&elbow, "admin", random["password"].as_str().unwrap()).unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    let nowhere = elsewhere.path().join("none");
    let none = ["user", "reset-password", "admin", "--data-dir", nowhere.to_str().unwrap()];
    assert!(at_home(elsewhere.path(), &none).fails(1).contains("no data of Elbow"));
    assert!(!nowhere.exists(), "looking for data must not make any");
}

#[test]
fn the_command_line_logs_in_says_who_one_is_and_logs_out() {
    let elbow = Deployment::start();
    let home = tempfile::tempdir().unwrap();
    let url = format!("http://{}", elbow.api_address());
    let password = home.path().join("password");
    fs::write(&password, PASSWORD).unwrap();
    let login = || {
        let mut command = Command::new(PROGRAM);
        command.args(["login", &url]).env("XDG_CONFIG_HOME", home.path());
        let output = command.stdin(fs::File::open(&password).unwrap()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    login();
    let saved = fs::read_to_string(home.path().join("elbow/login.json")).unwrap();
    let token: Value = serde_json::from_str(&saved).unwrap();
    let token = token["token"].as_str().unwrap();
    let shown = at_home(home.path(), &["whoami"]).ok();
    for word in ["admin", "OPERATOR", "default", "a session until", &url] {
        assert!(shown.contains(word), "`{word}` is not in: {shown}");
    }
    at_home(home.path(), &["logout"]).ok();
    assert_eq!(status_with(&elbow, token, "GET"), 401);
    assert!(at_home(home.path(), &["logout"]).fails(1).contains("nobody is logged in"));

    login();
    let other = self::login(&elbow, "admin", PASSWORD).unwrap();
    at_home(home.path(), &["logout", "--everywhere"]).ok();
    assert_eq!(status_with(&elbow, &other, "GET"), 401);
    assert!(elbow.elbow(&["whoami"]).ok().contains("the local socket"));
}

#[test]
fn the_time_of_a_login_does_not_tell_whether_a_user_exists() {
    let elbow = Deployment::start();
    let median = |user: &str| {
        let mut times: Vec<Duration> = (0..5)
            .map(|_| {
                let begun = Instant::now();
                assert_eq!(login(&elbow, user, "a wrong password"), Err(401));
                begun.elapsed()
            })
            .collect();
        times.sort();
        times[2]
    };
    let (unknown, known) = (median("nobody"), median("admin"));
    // Without the hash an answer takes less than a hundredth of the time.
    let ratio = unknown.as_secs_f64() / known.as_secs_f64();
    assert!(
        (0.33..3.0).contains(&ratio),
        "{unknown:?} for unknown users, {known:?} for known ones"
    );
}

#[test]
fn a_user_gets_in_where_he_logged_in_before_while_many_sources_guess_his_password() {
    let elbow = Deployment::start();
    login(&elbow, "admin", PASSWORD).unwrap();
    let from = |n: u8| Client::tcp_from([127, 9, 0, n].into(), elbow.api_address());
    for n in 1..=51 {
        let answer = login_from(from(n), "admin", "a guess").unwrap_err();
        assert!(matches!(answer, 401 | 429), "{answer}");
    }
    assert_eq!(login_from(from(99), "admin", PASSWORD), Err(429), "a source that nobody knows");
    login(&elbow, "admin", PASSWORD).unwrap();
}
