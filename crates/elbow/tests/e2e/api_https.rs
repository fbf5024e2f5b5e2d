//! HTTPS of the API itself: with certificates in files and in the store, replaced while it runs.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use serde_json::json;

use crate::harness::deployment::{PASSWORD, PROGRAM, Ran, run};
use crate::harness::openssl::Files;
use crate::harness::{Client, Deployment, eventually, process};

const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";

/// Two authorities with a certificate for `localhost` each, so that a client's trust tells which one is shown.
fn files() -> Files {
    let files = Files::new();
    for (authority, server) in [("first-ca", "first"), ("second-ca", "second")] {
        files.authority(authority);
        files.server(server, "localhost", authority, EC);
    }
    files
}

/// A request with curl that trusts one authority alone.
fn curl(files: &Files, address: SocketAddr, authority: &str, more: &[&str]) -> Ran {
    run(Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "20", "--cacert"])
        .arg(files.path(&format!("{authority}.pem")))
        .args(more)
        .arg(format!("https://localhost:{}/livez", address.port())))
}

/// Waits until the certificate of this authority is shown.
fn shows(files: &Files, address: SocketAddr, authority: &str) {
    eventually(&format!("the certificate of {authority} is shown"), || {
        let ran = curl(files, address, authority, &[]);
        if ran.stdout == "ok\n" { Ok(()) } else { Err(ran.stderr) }
    });
}

/// Puts certificate and key of one server where the service reads its own.
fn put(files: &Files, server: &str) {
    fs::copy(files.path(&format!("{server}.key")), files.path("own.key")).unwrap();
    fs::copy(files.path(&format!("{server}.pem")), files.path("own.pem")).unwrap();
}

fn start_with_files(files: &Files, more: &[&str]) -> Deployment {
    put(files, "first");
    let (certificate, key) = (files.at("own.pem"), files.at("own.key"));
    let mut elbow = Deployment::prepare();
    let arguments = ["--tls-certificate", &certificate, "--tls-key", &key];
    elbow.up(&[&arguments, more].concat());
    elbow
}

#[test]
fn a_certificate_in_files_is_shown_and_followed_and_a_broken_one_changes_nothing() {
    let files = files();
    let elbow = start_with_files(&files, &[]);
    let address = elbow.api_address();
    assert!(elbow.banner().contains(&format!("https://{address}")), "{}", elbow.banner());
    let headers = curl(&files, address, "first-ca", &["--include"]).ok();
    assert!(!headers.to_lowercase().contains("strict-transport"), "only when asked: {headers}");
    put(&files, "second");
    shows(&files, address, "second-ca");
    fs::write(files.path("own.pem"), "no certificate").unwrap();
    process::signal(elbow.control_pid(), "HUP").unwrap();
    eventually("the broken file was looked at", || {
        let log = elbow.log();
        if log.contains("the earlier one is still shown") { Ok(()) } else { Err(log) }
    });
    shows(&files, address, "second-ca");
    put(&files, "first");
    process::signal(elbow.control_pid(), "HUP").unwrap();
    shows(&files, address, "first-ca");
}

#[test]
fn who_speaks_http_is_told_to_speak_https_and_silence_keeps_nobody_out() {
    let files = files();
    let elbow = start_with_files(&files, &["--hsts", "3600"]);
    let address = elbow.api_address();
    let silent: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
    let answer = Client::tcp(address).get("/livez");
    assert_eq!((answer.status, answer.expect(400)["code"].clone()), (400, json!("HTTPS_NEEDED")));
    let headers = curl(&files, address, "first-ca", &["--include"]).ok().to_lowercase();
    assert!(headers.contains("strict-transport-security: max-age=3600"), "{headers}");
    for version in ["--tlsv1.2", "--tlsv1.3"] {
        let max = version.trim_start_matches("--tlsv");
        assert_eq!(curl(&files, address, "first-ca", &[version, "--tls-max", max]).ok(), "ok\n");
    }
    drop(silent);
}

#[test]
fn the_command_line_speaks_https_with_whom_it_is_told_to_trust() {
    let files = files();
    let elbow = start_with_files(&files, &[]);
    let url = format!("https://localhost:{}", elbow.api_address().port());
    let home = tempfile::tempdir().unwrap();
    let elsewhere = |arguments: &[&str]| {
        let line = format!("printf '%s\\n' '{PASSWORD}' | exec \"$0\" \"$@\"");
        run(Command::new("sh")
            .args(["-c", &line, PROGRAM])
            .args(arguments)
            .env("XDG_CONFIG_HOME", home.path())
            .env("ELBOW_DATA_DIR", home.path())
            .env_remove("ELBOW_URL"))
    };
    let unknown = elsewhere(&["login", &url]).fails(1);
    assert!(unknown.contains("UnknownIssuer") && unknown.contains("--ca-file FILE"), "{unknown}");
    let other = files.at("second-ca.pem");
    elsewhere(&["login", &url, "--ca-file", &other]).fails(1);
    let http = format!("http://localhost:{}", elbow.api_address().port());
    assert!(elsewhere(&["--url", &http, "whoami"]).fails(1).contains("write https://"));
    elsewhere(&["login", &url, "--ca-file", &files.at("first-ca.pem")]).ok();
    assert!(elsewhere(&["whoami"]).ok().contains(&url), "the saved login knows whom to trust");
    elsewhere(&["logout"]).ok();
}

#[test]
fn a_certificate_of_the_store_is_shown_and_the_newest_of_its_name_replaces_it() {
    let files = files();
    let mut elbow = Deployment::prepare();
    elbow.up(&[]);
    let create = |elbow: &Deployment, server: &str| {
        let (cert, key) = (files.at(&format!("{server}.pem")), files.at(&format!("{server}.key")));
        elbow.elbow(&["cert", "create", "console", "--cert", &cert, "--key", &key]).ok();
    };
    create(&elbow, "first");
    elbow.stop();
    elbow.up(&["--tls-stored", "console"]);
    let address = elbow.api_address();
    shows(&files, address, "first-ca");
    elbow.elbow(&["cert", "edit", "console", "--name", "console-2026"]).ok();
    shows(&files, address, "first-ca");
    create(&elbow, "second");
    shows(&files, address, "second-ca");
}

#[test]
fn a_start_with_a_certificate_that_cannot_be_shown_says_why() {
    let files = files();
    let data = files.path("data");
    let up = |arguments: &[&str]| {
        let data = ["--data-dir", data.to_str().unwrap(), "--listen", "127.0.0.1:0"];
        run(Command::new(PROGRAM)
            .arg("up")
            .args(data)
            .args(arguments)
            .env("ELBOW_ADMIN_PASSWORD", PASSWORD))
    };
    let (first, second) = (files.at("first.pem"), files.at("second.key"));
    let other = up(&["--tls-certificate", &first, "--tls-key", &second]);
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stderr.contains("first.pem") || other.stderr.contains("second.key"), "{other:?}");
    assert!(up(&["--tls-stored", "none"]).stderr.contains("no certificate `none`"));
    assert_eq!(up(&["--tls-certificate", &first]).code, Some(2));
    assert_eq!(up(&["--hsts", "1"]).code, Some(2));
}
