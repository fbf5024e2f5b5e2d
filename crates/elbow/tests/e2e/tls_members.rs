//! Members that speak TLS: passed through to by server name, and spoken to by Elbow itself. The members are Python's,
//! the clients curl and openssl, so that all of TLS on the other side is OpenSSL's.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::clients::{Ended, python};
use crate::harness::deployment::{address_of, member, run};
use crate::harness::{Client, Deployment, Origin, eventually};

/// A directory of certificates, all of one authority.
struct Certificates(tempfile::TempDir);

/// A member that ends with the test.
struct Secure {
    address: SocketAddr,
    _process: Ended,
}

impl Certificates {
    fn new() -> Self {
        let made = Self(tempfile::tempdir().unwrap());
        made.issue("ca", "basicConstraints=critical,CA:true", &[]);
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ca(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// Makes `name.pem` and `name.key`.
    fn issue(&self, name: &str, extension: &str, signed_by: &[&str]) {
        let config = self.path("openssl.cnf");
        let text = format!(
            "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN={name}\n[ext]\n{extension}\n"
        );
        std::fs::write(&config, text).unwrap();
        let key_kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-days", "2"]).args(key_kind).arg("-config").arg(config);
        command.arg("-keyout").arg(self.path(&format!("{name}.key")));
        command.arg("-out").arg(self.path(&format!("{name}.pem")));
        run(command.args(signed_by)).ok();
    }

    /// A server that shows a certificate for `name`.
    fn serve(&self, name: &str) -> Secure {
        let signer = (self.ca(), self.path("ca.key"));
        let signed_by = ["-CA", text(&signer.0), "-CAkey", text(&signer.1)];
        self.issue(name, &format!("subjectAltName=DNS:{name}"), &signed_by);
        let mut server = python("https_member.py")
            .arg(self.path(&format!("{name}.pem")))
            .arg(self.path(&format!("{name}.key")))
            .arg(name)
            .stdout(Stdio::piped())
            .spawn()
            .map(Ended)
            .unwrap();
        let mut port = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port: u16 = port.trim().parse().unwrap();
        Secure { address: ([127, 0, 0, 1], port).into(), _process: server }
    }
}

impl Secure {
    fn member(&self) -> Value {
        json!({"address": self.address.ip(), "port": self.address.port()})
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What curl gets from `https://name/` at an address, trusting one authority alone.
fn curl(name: &str, at: SocketAddr, ca: &Path) -> String {
    let resolve = format!("{name}:{}:{}", at.port(), at.ip());
    let url = format!("https://{name}:{}/", at.port());
    run(Command::new("curl").args(["-sS", "--cacert", text(ca), "--resolve", &resolve, &url])).ok()
}

#[test]
fn tls_passes_through_to_the_pool_that_its_server_name_asks_for() {
    let elbow = Deployment::start();
    let certificates = Certificates::new();
    let (a, b) = (certificates.serve("a.example"), certificates.serve("x.b.example"));
    let plain = Origin::start("plain");
    let rule = |priority: u32, name: &str, pool: &str| json!({"priority": priority, "match": {"server_name": name}, "action": {"forward": [{"pool": pool}]}});
    let rules = [rule(1, "a.example", "a"), rule(2, "*.b.example", "b")];
    let tree = elbow.create(
        "pass",
        json!({
            "listeners": [{"protocol": "TCP", "port": 443, "pool": "plain", "rules": rules}],
            "pools": [
                {"name": "plain", "members": [member(&plain)]},
                {"name": "a", "members": [a.member()]},
                {"name": "b", "members": [b.member()]},
            ],
        }),
    );
    let (address, ca) = (address_of(&tree), certificates.ca());
    assert_eq!(curl("a.example", address, &ca), "a.example was asked for a.example over TLSv1.3");
    assert_eq!(
        curl("x.b.example", address, &ca),
        "x.b.example was asked for x.b.example over TLSv1.3"
    );
    let connect = address.to_string();
    let said = run(Command::new("openssl").args([
        "s_client",
        "-connect",
        &connect,
        "-servername",
        "a.example",
        "-CAfile",
        text(&ca),
        "-verify_return_error",
        "-brief",
        "-tls1_2",
    ]));
    assert!(said.stderr.contains("Peer certificate: CN = a.example"), "{said:?}");
    assert!(said.stderr.contains("Verification: OK"), "{said:?}");
    let response = Client::tcp(address).get("/");
    assert!(response.body.starts_with("plain "), "{response}");
}

#[test]
fn members_over_tls_are_verified_and_it_is_said_why_not() {
    let elbow = Deployment::start();
    let certificates = Certificates::new();
    let server = certificates.serve("api.internal");
    let ca = std::fs::read_to_string(certificates.ca()).unwrap();
    let monitor =
        json!({"type": "HTTP", "interval_ms": 1_000, "timeout_ms": 1_000, "rise": 1, "fall": 1});
    let tree = elbow.create(
        "web",
        json!({
            "listeners": [
                {"protocol": "HTTP", "port": 80, "pool": "api"},
                {"protocol": "TCP", "port": 81, "pool": "api"},
            ],
            "pools": [{
                "name": "api",
                "members": [server.member()],
                "tls": {"ca": ca, "server_name": "api.internal"},
                "health_monitor": monitor,
            }],
        }),
    );
    let http = address_of(&tree);
    let tcp = SocketAddr::new(http.ip(), 81);
    await_service(http);
    let mut client = Client::tcp(http);
    let expected = "api.internal was asked for api.internal over TLSv1.3";
    for _ in 0..3 {
        assert_eq!(client.get("/").body, expected);
    }
    // The same pool behind a TCP listener: in clear on one side, TLS on the other.
    assert_eq!(Client::tcp(tcp).get("/").body, expected);

    elbow
        .elbow(&["pool", "edit", "web", "api", "--tls-server-name", "other.internal", "--wait"])
        .ok();
    let evidence = "TLS handshake failed: the member's certificate is for other names: api.internal, not for other.internal";
    eventually("the evidence is shown", || {
        let shown = elbow.elbow(&["lb", "show", "web"]).ok();
        let words: Vec<&str> = shown.split_whitespace().collect();
        if words.join(" ").contains(evidence) { Ok(()) } else { Err(shown) }
    });
    let refused = Client::tcp(http).get("/");
    assert!(matches!(refused.status, 502 | 503), "{refused}");

    elbow.elbow(&["pool", "edit", "web", "api", "--tls-verify=false", "--wait"]).ok();
    await_service(http);
}

/// Waits until a check has let the member in.
fn await_service(address: SocketAddr) {
    eventually("the member serves", || {
        let response = Client::tcp(address).get("/");
        if response.status == 200 { Ok(()) } else { Err(response) }
    });
}
