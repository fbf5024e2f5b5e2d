//! testssl.sh: protocols, cipher categories, forward secrecy, known vulnerabilities. Every finding that it does not call
//! good or neutral is a complaint, and so is a check that it could not make.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{HOST, Target};

/// The checks that are run, by its options.
const CHECKS: [&str; 4] = ["--protocols", "--std", "--pfs", "--vulnerable"];
/// All that a server can speak, by testssl.sh's names.
const VERSIONS: [&str; 6] = ["SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3"];
/// Findings of a run; with fewer it did not do what it was asked for.
const FINDINGS: usize = 35;

/// Something that it says of a server.
struct Finding {
    id: String,
    severity: String,
    text: String,
}

/// Runs it on the target, which is to speak just these versions.
pub(crate) fn complaints(target: &Target, versions: &[&str]) -> Vec<String> {
    let report = target.directory().join("testssl.json");
    let output = Command::new("testssl")
        .args(["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"])
        .args(CHECKS)
        .args(["--ip", &target.address.ip().to_string()])
        .arg("--add-ca")
        .arg(&target.ca)
        .arg("--jsonfile")
        .arg(&report)
        .arg(format!("https://{HOST}:{}", target.address.port()))
        .current_dir(target.directory())
        .env("TERM", "dumb")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("testssl (`make tls-check` installs it): {error}"));
    let text = std::fs::read_to_string(&report).unwrap_or_else(|error| {
        let said = String::from_utf8_lossy(&output.stdout);
        panic!("testssl wrote no report ({error}), but said:\n{said}")
    });
    judge(&findings(&text), versions)
}

fn findings(report: &str) -> Vec<Finding> {
    let report: Value = serde_json::from_str(report).unwrap();
    let field = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let finding = |entry: &Value| Finding {
        id: field(entry, "id"),
        severity: field(entry, "severity"),
        text: field(entry, "finding"),
    };
    report.as_array().unwrap().iter().map(finding).collect()
}

fn judge(findings: &[Finding], versions: &[&str]) -> Vec<String> {
    let mut complaints = Vec::new();
    if findings.len() < FINDINGS {
        complaints.push(format!("testssl: only {} findings, not {FINDINGS}", findings.len()));
    }
    for Finding { id, severity, text } in findings {
        if !matches!(severity.as_str(), "OK" | "INFO") && !is_promised(id, versions) {
            complaints.push(format!("testssl: {severity} {id}: {text}"));
        }
    }
    for version in VERSIONS {
        let found = findings.iter().find(|finding| finding.id == version);
        let text = found.map_or("nothing", |finding| finding.text.as_str());
        if text.starts_with("offered") != versions.contains(&version) {
            complaints.push(format!("testssl: {version}: {text}"));
        }
    }
    complaints
}

/// Whether a complaint is only that the policy leaves out a version that others would want.
fn is_promised(id: &str, versions: &[&str]) -> bool {
    matches!(id, "TLS1_2" | "TLS1_3") && !versions.contains(&id)
}

#[test]
fn what_is_neither_good_nor_neutral_is_a_complaint() {
    let finding = |id: &str, severity: &str, text: &str| Finding {
        id: id.to_owned(),
        severity: severity.to_owned(),
        text: text.to_owned(),
    };
    let mut found: Vec<Finding> = (0..FINDINGS).map(|_| finding("x", "INFO", "")).collect();
    for version in ["SSLv2", "SSLv3", "TLS1", "TLS1_1"] {
        found.push(finding(version, "OK", "not offered"));
    }
    found.push(finding("TLS1_2", "OK", "offered"));
    found.push(finding("TLS1_3", "LOW", "not offered"));
    assert!(judge(&found, &["TLS1_2"]).is_empty());
    assert_eq!(judge(&found, &["TLS1_2", "TLS1_3"]).len(), 2, "a version that was promised");
    found.push(finding("heartbleed", "CRITICAL", "VULNERABLE"));
    found.push(finding("CCS", "WARN", "check failed"));
    assert_eq!(judge(&found, &["TLS1_2"]).len(), 2);
    assert_eq!(judge(&[], &["TLS1_2"]).len(), 2, "a run without findings has checked nothing");
}
