//! sslyze: whether a server keeps to Mozilla's published configurations, down to single cipher suites and curves.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{HOST, Target};
use crate::harness::deployment::{Ran, run};

/// Mozilla's configurations (wiki.mozilla.org/Security/Server_Side_TLS).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Profile {
    Intermediate,
    Modern,
}

impl Profile {
    fn word(self) -> &'static str {
        match self {
            Self::Intermediate => "intermediate",
            Self::Modern => "modern",
        }
    }
}

/// Runs it on the target.
pub(crate) fn complaints(target: &Target, profile: Profile) -> Vec<String> {
    let ran = run(Command::new(program())
        .arg(format!("--mozilla_config={}", profile.word()))
        .arg("--certinfo_ca_file")
        .arg(&target.ca)
        .arg(format!("{HOST}:{}{{{}}}", target.address.port(), target.address.ip())));
    judge(&ran)
}

/// The one of `make tls-check`.
fn program() -> PathBuf {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/sslyze");
    if venv.exists() { venv } else { PathBuf::from("sslyze") }
}

fn judge(ran: &Ran) -> Vec<String> {
    let is_good = ran.code == Some(0) && ran.stdout.contains(": OK - Compliant.");
    if is_good {
        return Vec::new();
    }
    let verdict = ran.stdout.split("COMPLIANCE AGAINST").nth(1).unwrap_or(&ran.stdout);
    vec![format!("sslyze: {}\n{}", verdict.trim(), ran.stderr)]
}

#[test]
fn anything_but_compliance_is_a_complaint() {
    let ran = |code, stdout: &str| Ran { code, stdout: stdout.to_owned(), stderr: String::new() };
    assert!(judge(&ran(Some(0), "x:443: OK - Compliant.")).is_empty());
    assert_eq!(judge(&ran(Some(1), "COMPLIANCE AGAINST\n x:443: FAILED")).len(), 1);
    assert_eq!(judge(&ran(Some(0), "nothing")).len(), 1);
}
