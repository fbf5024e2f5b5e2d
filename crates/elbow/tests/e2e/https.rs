//! HTTPS as real clients see it: curl, OpenSSL's s_client, h2load, and a browser that trusts a test's own authority.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::deployment::{Ran, address_of, run};
use crate::harness::openssl::Files;
use crate::harness::{Deployment, Origin, eventually};

/// The name that clients ask for; it resolves nowhere.
const HOST: &str = "site.example";
const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";

/// A deployment with a load balancer `web` that serves HTTPS for [`HOST`].
struct Site {
    elbow: Deployment,
    files: Files,
    address: SocketAddr,
    _origins: [Origin; 2],
}

impl Site {
    /// `listener` is added to what its HTTPS listener is made of.
    fn start(listener: Value) -> Self {
        let files = Files::new();
        files.authority("ca");
        files.server("site", HOST, "ca", EC);
        files.server("next", HOST, "ca", EC);
        let elbow = Deployment::start();
        let origins = Origin::start_many(["one", "two"]);
        for name in ["site", "next"] {
            let (cert, key) = (files.at(&format!("{name}.pem")), files.at(&format!("{name}.key")));
            elbow.elbow(&["cert", "create", name, "--cert", &cert, "--key", &key]).ok();
        }
        let mut https = json!({"protocol": "HTTPS", "port": 443, "certificate": "site"});
        for (field, value) in listener.as_object().into_iter().flatten() {
            https[field] = value.clone();
        }
        let members: Vec<Value> = origins
            .iter()
            .map(|o| json!({"address": o.address.ip().to_string(), "port": o.address.port()}))
            .collect();
        let http = json!({"protocol": "HTTP", "port": 80, "https_redirect": 443});
        let tree = elbow.create("web", json!({"listeners": [https, http], "members": members}));
        let address = address_of(&tree);
        Self { elbow, files, address, _origins: origins }
    }

    /// curl with these arguments, which resolves the name to the load balancer and trusts the authority.
    fn curl(&self, arguments: &[&str]) -> Ran {
        let ip = self.address.ip();
        run(Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "20", "--cacert"])
            .arg(self.files.path("ca.pem"))
            .args([
                "--resolve",
                &format!("{HOST}:443:{ip}"),
                "--resolve",
                &format!("{HOST}:80:{ip}"),
            ])
            .args(arguments))
    }

    /// What `openssl s_client` says; whether it has a session.
    fn s_client(&self, arguments: &str) -> (bool, String) {
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &self.address.to_string(), "-servername", HOST])
            .args(arguments.split_whitespace())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success() && !said.contains("Cipher is (NONE)"), said)
    }

    fn edit_https(&self, arguments: &[&str]) {
        let edit = [&["listener", "edit", "web", "https:443", "--wait"], arguments].concat();
        self.elbow.elbow(&edit).ok();
    }
}

#[test]
fn curl_is_served_over_http_1_and_http_2_by_every_member() {
    let site = Site::start(json!({}));
    for (version, said) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let url = format!("https://{HOST}/");
        let form = "%{http_version} %{http_code} %{ssl_verify_result}\\n";
        let ran = site.curl(&[version, "--write-out", form, "-o", "/dev/null", &url]).ok();
        assert_eq!(ran, format!("{said} 200 0\n"));
        let both = site.curl(&[version, &url, &url]).ok();
        assert!(both.contains("one") && both.contains("two"), "{both}");
    }
}

#[test]
fn each_policy_shakes_hands_in_its_own_versions_alone() {
    let site = Site::start(json!({}));
    // Without security levels, so that it is Elbow that refuses what is old.
    let versions = [
        ("TLSv1", "-tls1 -cipher DEFAULT@SECLEVEL=0"),
        ("TLSv1.1", "-tls1_1 -cipher DEFAULT@SECLEVEL=0"),
        ("TLSv1.2", "-tls1_2"),
        ("TLSv1.3", "-tls1_3"),
    ];
    for (policy, allowed) in [
        (None, &["TLSv1.2"][..]),
        (Some("TLS_1_2_1_3"), &["TLSv1.2", "TLSv1.3"]),
        (Some("TLS_1_3"), &["TLSv1.3"]),
        (Some("TLS_1_2"), &["TLSv1.2"]),
    ] {
        if let Some(policy) = policy {
            site.edit_https(&["--tls-policy", policy]);
        }
        for (version, arguments) in versions {
            let (has_session, said) = site.s_client(arguments);
            assert_eq!(has_session, allowed.contains(&version), "{policy:?}, {version}: {said}");
        }
    }
}

#[test]
fn h2load_has_no_failure_while_the_certificate_is_changed_under_it() {
    let site = Site::start(json!({"tls_policy": "TLS_1_2_1_3"}));
    let load = Command::new("h2load")
        .args(["-D", "4", "-c", "8", "-m", "20", "--connect-to", &site.address.to_string()])
        .arg(format!("https://{HOST}/"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for name in ["next", "site"].into_iter().cycle().take(20) {
        site.edit_https(&["--certificate", name]);
        let (_, shown) = site.s_client("-showcerts");
        let expected = std::fs::read_to_string(site.files.path(&format!("{name}.pem"))).unwrap();
        assert!(shown.contains(expected.trim()), "`{name}` is not shown: {shown}");
    }
    let output = load.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(" 0 failed, 0 errored, 0 timeout"), "{said}");
    assert!(said.contains("Application protocol: h2"), "{said}");
}

#[test]
fn clear_http_leads_to_https_which_asks_to_stay() {
    let site = Site::start(json!({"hsts": {"max_age_s": 31_536_000}}));
    let url = format!("http://{HOST}/a?b=c");
    let form = "%{http_code} %{redirect_url}\\n";
    let led = site.curl(&["--write-out", form, "-o", "/dev/null", &url]).ok();
    assert_eq!(led, format!("308 https://{HOST}/a?b=c\n"));
    let head = site.curl(&["--location", "--head", &url]).ok().to_lowercase();
    assert!(head.contains("strict-transport-security: max-age=31536000"), "{head}");
}

#[test]
fn a_listener_that_requires_client_certificates_serves_nobody_without_one() {
    let site = Site::start(json!({}));
    let files = &site.files;
    files.openssl("req -newkey rsa:2048 -nodes -subj /CN=alice -keyout alice.key -out alice.csr");
    files.write("alice.ext", "extendedKeyUsage=clientAuth\n");
    files.openssl(
        "x509 -req -in alice.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 10 -extfile alice.ext \
         -out alice.pem",
    );
    let (ca, cert, key) = (files.at("ca.pem"), files.at("alice.pem"), files.at("alice.key"));
    site.edit_https(&["--client-ca", &ca, "--client-auth", "required"]);
    let url = format!("https://{HOST}/");
    let refused = site.curl(&[&url]);
    assert!(refused.code != Some(0), "{refused:?}");
    let served = site.curl(&["--cert", &cert, "--key", &key, &url]).ok();
    assert!(served.contains("one") || served.contains("two"), "{served}");
}

#[test]
fn a_browser_that_trusts_the_authority_is_served_over_http_2() {
    let site = Site::start(json!({"tls_policy": "TLS_1_2_1_3"}));
    let page = "<title>x</title><p id=p>no script</p><script>const n = performance.getEntriesByType('navigation')[0];\
                p.textContent = 'served by ' + n.nextHopProtocol + ' securely ' + isSecureContext</script>";
    let listener = site.elbow.active("web")["listeners"][0]["id"].as_str().unwrap().to_owned();
    let rule = json!({
        "priority": 1,
        "match": {"path": "/page"},
        "action": {"respond": {"status": 200, "content_type": "text/html", "body": page}},
    });
    site.elbow.api().post(&format!("/v1/listeners/{listener}/rules"), &rule).expect(201);
    site.elbow.active("web");
    let home = tempfile::tempdir().unwrap();
    trust(home.path(), &site.files.path("ca.pem"));
    let mut last = String::new();
    eventually("the browser shows the page", || {
        last = browse(home.path(), &site);
        match last.contains("served by h2 securely true") {
            true => Ok(()),
            false => Err(last.clone()),
        }
    });
}

/// Makes an authority trusted by the browser of a user whose home is here.
fn trust(home: &Path, authority: &Path) {
    let database = home.join(".pki/nssdb");
    std::fs::create_dir_all(&database).unwrap();
    let directory = format!("sql:{}", database.display());
    run(Command::new("certutil").args(["-N", "--empty-password", "-d", &directory])).ok();
    run(Command::new("certutil")
        .args(["-A", "-n", "test", "-t", "C,,", "-d", &directory, "-i"])
        .arg(authority))
    .ok();
}

/// The page as the browser has it after its script ran.
fn browse(home: &Path, site: &Site) -> String {
    let ran = run(Command::new("chromium")
        .env("HOME", home)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", home.join("profile").display()))
        .arg(format!("--host-resolver-rules=MAP {HOST} {}", site.address.ip()))
        .args(["--virtual-time-budget=5000", "--dump-dom", &format!("https://{HOST}/page")]));
    ran.stdout
}
