//! What others' checkers say of Elbow's TLS, for each policy: testssl.sh and sslyze, against the real program.
//!
//! `make tls-check` installs what they need and runs them; a plain run of tests leaves them out, since each takes as
//! long as many other tests together. Nothing here knows what a good answer is: that is the checkers' business. What is
//! known here is which versions a policy promises.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

#[path = "../harness/mod.rs"]
mod harness;

mod authority;
mod sslyze;
mod testssl;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;

use authority::Authority;
use harness::deployment::{address_of, member};
use harness::{Deployment, Origin};
use sslyze::Profile;

/// The name that the certificate is for.
const HOST: &str = "check.example";

/// A running Elbow with an HTTPS listener, and what checkers have to know of it.
struct Target {
    address: SocketAddr,
    /// The test CA's certificate, PEM.
    ca: PathBuf,
    elbow: Deployment,
    _origin: Origin,
}

impl Target {
    /// Sets up a listener with this policy.
    fn start(policy: &str) -> Self {
        let elbow = Deployment::start();
        let [origin] = Origin::start_many(["one"]);
        let authority = Authority::new();
        let issued = authority.issue(HOST);
        let ca = elbow.data_dir().with_file_name("ca.pem");
        std::fs::write(&ca, authority.pem()).unwrap();
        let certificate = json!({
            "name": "check",
            "certificate": issued.certificate,
            "private_key": issued.key,
        });
        let created = elbow.api().post("/v1/certificates", &certificate).expect(201);
        let listener = json!({
            "protocol": "HTTPS",
            "port": 443,
            "certificate": created["id"],
            "tls_policy": policy,
        });
        let tree = json!({"listeners": [listener], "members": [member(&origin)]});
        let address = address_of(&elbow.create("web", tree));
        Self { address, ca, elbow, _origin: origin }
    }

    /// A directory for checkers' files, removed with the deployment.
    fn directory(&self) -> PathBuf {
        self.elbow.data_dir().parent().unwrap().to_owned()
    }
}

/// Runs both checkers and fails with all that they found.
fn check(policy: &str, versions: &[&str], profile: Profile) {
    let target = Target::start(policy);
    let started = Instant::now();
    let mut complaints = testssl::complaints(&target, versions);
    let testssl_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    complaints.extend(sslyze::complaints(&target, profile));
    let sslyze_s = started.elapsed().as_secs_f64();
    let count = complaints.len();
    say(&format!(
        "{policy:<12} testssl.sh {testssl_s:.0} s, sslyze {sslyze_s:.0} s: {count} complaints"
    ));
    assert!(complaints.is_empty(), "{policy}:\n{}", complaints.join("\n"));
}

/// For the person who waits: `--nocapture` shows it.
fn say(line: &str) {
    let _gone = writeln!(std::io::stderr(), "{line}");
}

#[test]
#[ignore = "takes a minute and testssl.sh and sslyze: `make tls-check` runs it"]
fn checkers_find_nothing_at_tls_1_2_alone() {
    check("TLS_1_2", &["TLS1_2"], Profile::Intermediate);
}

#[test]
#[ignore = "takes a minute and testssl.sh and sslyze: `make tls-check` runs it"]
fn checkers_find_nothing_at_tls_1_2_and_1_3() {
    check("TLS_1_2_1_3", &["TLS1_2", "TLS1_3"], Profile::Intermediate);
}

#[test]
#[ignore = "takes a minute and testssl.sh and sslyze: `make tls-check` runs it"]
fn checkers_find_nothing_at_tls_1_3_alone() {
    check("TLS_1_3", &["TLS1_3"], Profile::Modern);
}
