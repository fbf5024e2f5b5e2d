//! Certificates: from the files that people have to listeners, and never a private key where it must not be.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use crate::harness::deployment::{NETWORK, PROGRAM, address_of, member, run};
use crate::harness::openssl::{Files, files_below};
use crate::harness::{Deployment, Origin, eventually};

const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";
const PASSPHRASE: &str = "correct-horse-battery-staple";

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// An authority `ca`, and certificates `site` (ECDSA) and `more` (RSA) of it.
fn files() -> Files {
    let files = Files::new();
    files.authority("ca");
    files.server("site", "a.example", "ca", EC);
    files.server("more", "b.example", "ca", "rsa:2048");
    files
}

/// The SHA-256 of a certificate, as the API writes it.
fn fingerprint(files: &Files, file: &str) -> String {
    let said = files.openssl(&format!("x509 -in {file} -noout -fingerprint -sha256"));
    let said = String::from_utf8(said).unwrap();
    said.split('=').nth(1).unwrap().trim().replace(':', "").to_lowercase()
}

#[test]
fn certificates_come_from_openssls_files_by_the_command_line() {
    let (elbow, files) = (Deployment::start(), files());
    let p12 = files.pkcs12("site", "ca", PASSPHRASE);
    let secret = files.write("passphrase", &format!("{PASSPHRASE}\n"));
    let dry =
        ["cert", "create", "site", "--pkcs12", &p12, "--passphrase-file", &secret, "--dry-run"];
    let ran = elbow.elbow(&dry);
    assert!(ran.stderr.contains("nothing was changed"), "{ran:?}");
    assert_eq!(elbow.elbow(&["cert", "list", "-o", "name"]).ok(), "");
    let created = elbow.elbow(&dry[..7]).ok();
    for word in ["site", "ACTIVE", "a.example", "ECDSA_P256"] {
        assert!(created.contains(word), "`{word}` is not in: {created}");
    }
    let (cert, key, chain) = (files.at("more.pem"), files.at("more.key"), files.at("ca.pem"));
    elbow
        .elbow(&["cert", "create", "more", "--cert", &cert, "--key", &key, "--chain", &chain])
        .ok();
    assert_eq!(elbow.elbow(&["cert", "list", "-o", "name"]).ok(), "more\nsite\n");
    assert_eq!(
        elbow.elbow(&["cert", "list", "--search", "b.example", "-o", "name"]).ok(),
        "more\n"
    );
    let shown = json_of(&elbow.elbow(&["cert", "show", "more", "-o", "json"]).ok());
    assert_eq!((&shown["key_type"], &shown["issuer"]), (&json!("RSA_2048"), &json!("CN=ca")));
    let fingerprint = fingerprint(&files, "more.pem");
    assert_eq!(shown["fingerprint_sha256"], fingerprint);
    let about = elbow.elbow(&["cert", "show", "more"]).ok();
    assert!(about.contains("b.example") && about.contains(&fingerprint), "{about}");
    elbow.elbow(&["cert", "edit", "more", "--name", "more-2027", "--description", "next"]).ok();

    elbow
        .elbow(&[
            "lb",
            "create",
            "web",
            "--network",
            NETWORK,
            "--listener",
            "https:443,certificate=site",
        ])
        .ok();
    let refused = elbow.elbow(&["cert", "delete", "site"]).fails(1);
    for text in [
        "listener `https-443` of load balancer `web`",
        "(409 IN_USE)",
        "next: elbow cert show site",
    ] {
        assert!(refused.contains(text), "`{text}` is not in: {refused}");
    }
    elbow.elbow(&["listener", "edit", "web", "https:443", "--certificate", "more-2027"]).ok();
    assert!(elbow.elbow(&["listener", "list", "web"]).ok().contains("more-2027"));
    elbow.elbow(&["cert", "delete", "site"]).ok();
    assert_eq!(elbow.elbow(&["cert", "list", "-o", "name"]).ok(), "more-2027\n");
}

#[test]
fn https_settings_are_said_on_the_command_line() {
    let (elbow, files) = (Deployment::start(), files());
    for name in ["site", "more"] {
        let (cert, key) = (files.at(&format!("{name}.pem")), files.at(&format!("{name}.key")));
        elbow.elbow(&["cert", "create", name, "--cert", &cert, "--key", &key]).ok();
    }
    let ca = files.at("ca.pem");
    elbow.elbow(&["lb", "create", "web", "--network", NETWORK]).ok();
    let add = format!(
        "listener add web https:443 --certificate site --sni more --tls-policy TLS_1_3 --client-ca {ca} \
         --client-auth required --alpn http/1.1 --hsts 31536000,include-subdomains"
    );
    elbow.elbow(&add.split_whitespace().collect::<Vec<_>>()).ok();
    elbow.elbow(&["listener", "add", "web", "http:80", "--https-redirect", "443", "--http2"]).ok();
    let pool = format!("pool create web api --tls-ca {ca} --tls-server-name b.example --http2");
    elbow.elbow(&pool.split_whitespace().collect::<Vec<_>>()).ok();
    elbow.elbow(&["pool", "create", "web", "pass"]).ok();
    elbow.elbow(&["listener", "add", "web", "tcp:8443", "--pool", "pass"]).ok();
    let rule = "rule add web tcp:8443 --server-name a.example --pool pass";
    elbow.elbow(&rule.split_whitespace().collect::<Vec<_>>()).ok();

    let tree = json_of(&elbow.elbow(&["lb", "show", "web", "-o", "json"]).ok());
    let [https, http, tcp] = [&tree["listeners"][0], &tree["listeners"][1], &tree["listeners"][2]];
    assert_eq!(
        (&https["certificate"]["name"], &https["certificates"][0]["name"]),
        (&json!("site"), &json!("more"))
    );
    assert_eq!(
        (&https["tls_policy"], &https["client_auth"]),
        (&json!("TLS_1_3"), &json!("REQUIRED"))
    );
    assert_eq!(https["alpn"], json!(["http/1.1"]));
    let hsts = json!({ "max_age_s": 31_536_000, "include_subdomains": true, "preload": false });
    assert_eq!(https["hsts"], hsts);
    assert_eq!((&http["https_redirect"]["port"], &http["http2"]), (&json!(443), &json!(true)));
    assert_eq!(tcp["rules"][0]["match"], json!({ "server_name": "a.example" }));
    let api = &tree["pools"][1];
    assert_eq!(
        (&api["tls"]["verify"], &api["tls"]["server_name"]),
        (&json!(true), &json!("b.example"))
    );
    assert_eq!(api["http2"], true);
    elbow.elbow(&["pool", "edit", "web", "api", "--no-tls", "--http2=false"]).ok();
    let edit = "listener edit web https:443 --no-sni --client-auth none --hsts none";
    elbow.elbow(&edit.split_whitespace().collect::<Vec<_>>()).ok();
    let tree = json_of(&elbow.elbow(&["lb", "show", "web", "-o", "json"]).ok());
    let https = &tree["listeners"][0];
    assert_eq!((&https["certificates"], &https["hsts"]), (&json!([]), &Value::Null));
    assert_eq!((&https["client_auth"], &https["client_ca"]), (&json!("NONE"), &Value::Null));
    assert_eq!(
        (&tree["pools"][1]["tls"], &tree["pools"][1]["http2"]),
        (&Value::Null, &json!(false))
    );
}

#[test]
fn refusals_of_certificates_say_what_to_do_next() {
    let (elbow, files) = (Deployment::start(), files());
    let p12 = files.pkcs12("site", "ca", PASSPHRASE);
    let wrong = files.write("wrong", "wrong");
    let tell = |ran: String, texts: &[&str]| {
        for text in texts {
            assert!(ran.contains(text), "`{text}` is not in: {ran}");
        }
    };
    let without = elbow.elbow(&["cert", "create", "site", "--pkcs12", &p12]).fails(1);
    tell(without, &["PASSPHRASE_NEEDED", "--passphrase-file FILE"]);
    let other =
        elbow.elbow(&["cert", "create", "site", "--pkcs12", &p12, "--passphrase-file", &wrong]);
    tell(
        other.fails(1),
        &["`passphrase` does not open", "PASSPHRASE_WRONG", "--passphrase-file FILE"],
    );
    let (cert, key) = (files.at("site.pem"), files.at("more.key"));
    let pair = elbow.elbow(&["cert", "create", "site", "--cert", &cert, "--key", &key]).fails(1);
    tell(pair, &["`private_key` belongs to none of the certificates", "KEY_MISMATCH"]);
    let missing = elbow.elbow(&["cert", "create", "site", "--pkcs12", "no-such-file"]).fails(1);
    tell(missing, &["cannot read no-such-file"]);
    elbow.elbow(&["cert", "create", "site"]).fails(2);
    tell(
        elbow.elbow(&["cert", "show", "site"]).fails(1),
        &["there is no certificate `site`", "next: elbow cert list"],
    );
    elbow.elbow(&["lb", "create", "web", "--network", NETWORK]).ok();
    let unknown =
        elbow.elbow(&["listener", "add", "web", "https:443", "--certificate", "site"]).fails(1);
    tell(unknown, &["there is no certificate `site`", "next: elbow cert list"]);
    let none = elbow.elbow(&["listener", "add", "web", "https:443"]).fails(1);
    tell(none, &["an HTTPS listener needs a certificate", "next: elbow cert list"]);
}

#[test]
fn the_sealing_key_is_its_owners_alone_and_missed_when_it_is_gone_or_wrong() {
    let (mut elbow, files) = (Deployment::start(), files());
    let file = elbow.data_dir().join("sealing.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    let (cert, key) = (files.at("site.pem"), files.at("site.key"));
    elbow.elbow(&["cert", "create", "site", "--cert", &cert, "--key", &key]).ok();
    elbow.stop();
    let kept = fs::read(&file).unwrap();
    let start = || {
        let directory = elbow.data_dir();
        let mut command = Command::new(PROGRAM);
        command.args(["up", "--listen", "127.0.0.1:0", "--data-dir"]).arg(directory);
        run(&mut command).fails(1)
    };
    fs::remove_file(&file).unwrap();
    let said = start();
    assert!(said.contains("sealing.key is missing; restore it from a backup"), "{said}");
    assert!(!file.exists(), "a start that is refused makes no other key");
    // A key of another deployment.
    let other = Deployment::start();
    fs::copy(other.data_dir().join("sealing.key"), &file).unwrap();
    let said = start();
    assert!(
        said.contains(
            "the private key of certificate `site` does not open: it was sealed with key"
        ),
        "{said}"
    );
    fs::write(&file, kept).unwrap();
    elbow.up(&[]);
    assert_eq!(elbow.elbow(&["cert", "list", "-o", "name"]).ok(), "site\n");
}

/// A TLS connection by `openssl s_client` that stays open for further requests.
struct Secure {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Secure {
    fn open(files: &Files, address: SocketAddr, host: &str) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_client", "-quiet", "-verify_return_error", "-CAfile", &files.at("ca.pem")])
            .args(["-connect", &address.to_string(), "-servername", host, "-verify_hostname", host])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    /// The body of the answer to a request.
    #[track_caller]
    fn get(&mut self, host: &str) -> String {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        self.child.stdin.as_mut().unwrap().write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        for line in self.answers.by_ref().lines() {
            let line = line.unwrap().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        assert!(length > 0, "the connection was closed");
        let mut body = vec![0; length];
        self.answers.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The SHA-256 of the certificate that a server shows for a name.
fn shown_at(files: &Files, address: SocketAddr, host: &str) -> Result<String, String> {
    let output = Command::new("openssl")
        .args(["s_client", "-connect", &address.to_string(), "-servername", host])
        .args(["-verify_return_error", "-CAfile", &files.at("ca.pem")])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    fs::write(files.path("shown.pem"), output.stdout).unwrap();
    Ok(fingerprint(files, "shown.pem"))
}

#[test]
fn https_is_served_and_a_certificate_is_swapped_under_an_open_connection() {
    let (elbow, files) = (Deployment::start(), files());
    files.server("site-2027", "a.example", "ca", EC);
    for name in ["site", "site-2027", "more"] {
        let (cert, key) = (files.at(&format!("{name}.pem")), files.at(&format!("{name}.key")));
        elbow.elbow(&["cert", "create", name, "--cert", &cert, "--key", &key]).ok();
    }
    let origins = Origin::start_many(["one"]);
    let https = json!({ "protocol": "HTTPS", "port": 443, "certificate": "site", "certificates": ["more"],
        "tls_policy": "TLS_1_2_1_3" });
    let tree =
        elbow.create("web", json!({ "listeners": [https], "members": [member(&origins[0])] }));
    let address = address_of(&tree);
    let mut kept = Secure::open(&files, address, "a.example");
    assert!(kept.get("a.example").contains("one"));
    assert_eq!(shown_at(&files, address, "a.example"), Ok(fingerprint(&files, "site.pem")));
    assert_eq!(shown_at(&files, address, "b.example"), Ok(fingerprint(&files, "more.pem")));
    elbow
        .elbow(&["listener", "edit", "web", "https:443", "--certificate", "site-2027", "--wait"])
        .ok();
    assert_eq!(shown_at(&files, address, "a.example"), Ok(fingerprint(&files, "site-2027.pem")));
    assert!(kept.get("a.example").contains("one"), "the open connection goes on");
    elbow.elbow(&["cert", "delete", "site"]).ok();
    assert!(kept.get("a.example").contains("one"));
}

/// Everything that must be nowhere: a private key in any form that it could be written in.
struct Needles(Vec<(String, Vec<u8>)>);

impl Needles {
    /// Of the key in `file`: the numbers that make it, as they are, in base64 and in hexadecimal, and its lines of PEM.
    fn of(files: &Files, file: &str, numbers: &[&[u8]]) -> Self {
        let mut needles = Vec::new();
        for number in numbers {
            needles.push((format!("{file} raw"), number.to_vec()));
            for shift in 0..3 {
                // What base64 makes of it depends on where it stands among three bytes; the ends on its neighbours.
                let shifted = Base64::encode_string(&[&vec![0; shift], *number].concat());
                let inner = &shifted[4..shifted.len() / 4 * 4 - 4];
                needles.push((format!("{file} base64"), inner.into()));
            }
            let lower: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
            needles.push((format!("{file} HEX"), lower.to_uppercase().into()));
            needles.push((format!("{file} hex"), lower.into()));
        }
        let pem = fs::read_to_string(files.path(file)).unwrap();
        let public = files.openssl(&format!("pkey -in {file} -pubout -outform DER"));
        // A line that is all public key stands in the certificate, too.
        let is_public = |line: &str| {
            let bytes = Base64::decode_vec(line).unwrap();
            public.windows(bytes.len()).any(|part| part == bytes)
        };
        let lines = pem.lines().filter(|line| !line.starts_with('-') && line.len() > 16);
        let secret: Vec<&str> = lines.filter(|line| !is_public(line)).collect();
        assert!(!secret.is_empty());
        needles.extend(secret.iter().map(|line| (format!("{file} PEM"), line.as_bytes().to_vec())));
        Self(needles)
    }

    /// What of them is in `haystack`.
    fn found_in(&self, haystack: &[u8]) -> Vec<&str> {
        let holds = |needle: &[u8]| haystack.windows(needle.len()).any(|part| part == needle);
        self.0.iter().filter(|(_, needle)| holds(needle)).map(|(name, _)| name.as_str()).collect()
    }

    #[track_caller]
    fn assert_not_in(&self, haystack: &[u8], place: &dyn std::fmt::Debug) {
        let found = self.found_in(haystack);
        assert!(found.is_empty(), "{found:?} in {place:?}");
    }
}

/// The scalar of a P-256 key: RFC 5915's octet string of 32 bytes.
fn scalar(files: &Files, file: &str) -> Vec<u8> {
    let der = files.openssl(&format!("pkey -in {file} -outform DER -traditional"));
    let at = der.windows(5).position(|part| part == [2, 1, 1, 4, 32]).unwrap() + 5;
    der[at..at + 32].to_vec()
}

/// A prime of an RSA key, 24 bytes of it.
fn prime(files: &Files, file: &str) -> Vec<u8> {
    let text = String::from_utf8(files.openssl(&format!("rsa -in {file} -noout -text"))).unwrap();
    let block = text.split("prime1:").nth(1).unwrap().split("prime2:").next().unwrap();
    let hex: String = block.chars().filter(char::is_ascii_hexdigit).collect();
    let bytes = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap());
    bytes.skip(8).take(24).collect()
}

/// Collects all events from now on.
fn follow_events(socket: &Path) -> Arc<Mutex<Vec<u8>>> {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            sink.lock().unwrap().extend_from_slice(&buffer[..count]);
        }
    });
    seen
}

#[test]
fn no_file_log_answer_or_event_holds_a_private_key() {
    let (mut elbow, files) = (Deployment::start(), files());
    let events = follow_events(&elbow.socket());
    eventually("the stream began", || match events.lock().unwrap().len() {
        0 => Err("nothing"),
        _ => Ok(()),
    });
    let p12 = files.pkcs12("site", "ca", PASSPHRASE);
    let ec = Needles::of(&files, "site.key", &[&scalar(&files, "site.key"), PASSPHRASE.as_bytes()]);
    let rsa = Needles::of(&files, "more.key", &[&prime(&files, "more.key")]);
    // The search would find it.
    assert!(ec.found_in(&fs::read(files.path("site.key")).unwrap()).len() > 1);
    assert!(rsa.found_in(&fs::read(files.path("more.key")).unwrap()).len() > 1);

    let mut answers = String::new();
    let read = |name: &str| fs::read_to_string(files.path(name)).unwrap();
    let p12 = Base64::encode_string(&fs::read(p12).unwrap());
    let bodies = [
        json!({ "name": "site", "pkcs12": p12, "passphrase": PASSPHRASE }),
        json!({ "name": "site", "pkcs12": p12, "passphrase": PASSPHRASE }),
        json!({ "name": "more", "certificate": read("more.pem"), "private_key": read("more.key") }),
        json!({ "name": "bad", "certificate": read("more.pem"), "private_key": read("site.key") }),
        json!({ "name": "bad", "certificate": read("site.key"), "private_key": [read("site.key")] }),
    ];
    let mut api = elbow.api().with_header("Idempotency-Key", "once");
    for (body, status) in bodies.iter().zip([201, 201, 422, 422, 422]) {
        let answer = api.send("POST", "/v1/certificates", Some(&body.to_string()));
        assert_eq!(answer.status, status, "{}", answer.body);
        answers.push_str(&format!("{answer:?}"));
    }
    let answer = elbow.api().send("POST", "/v1/certificates", Some(&bodies[2].to_string()));
    assert_eq!(answer.status, 201, "{}", answer.body);
    let tree = json!({ "name": "web", "network": NETWORK, "listeners": [
        { "protocol": "HTTPS", "port": 443, "certificate": "site", "certificates": ["more"] },
    ] });
    elbow.api().post("/v1/load-balancers", &tree).expect(201);
    eventually("the proxy has it", || {
        let tree = elbow.api().get("/v1/load-balancers/web").expect(200);
        if tree["status"] == "PENDING" { Err(tree["status_reason"].to_string()) } else { Ok(()) }
    });
    elbow.api().patch("/v1/certificates/site", &json!({ "description": "edited" })).expect(200);
    for path in [
        "/v1/certificates",
        "/v1/certificates/site",
        "/v1/load-balancers/web",
        "/v1/listeners/x",
        "/metrics",
    ] {
        answers.push_str(&format!("{:?}", elbow.api().get(path)));
    }
    eventually("the last event came", || {
        let seen = String::from_utf8_lossy(&events.lock().unwrap()).into_owned();
        let edits = seen.matches(r#""activity":"EDITED""#).count();
        if edits > 0 && seen.contains("CERTIFICATE") { Ok(()) } else { Err(seen) }
    });
    let leaf = Base64::encode_string(&files.openssl("x509 -in site.pem -outform DER"));
    for stops in [false, true] {
        if stops {
            elbow.stop();
        }
        let mut holders = Vec::new();
        for file in files_below(&elbow.data_dir()) {
            let contents = fs::read(&file).unwrap_or_default();
            ec.assert_not_in(&contents, &file);
            rsa.assert_not_in(&contents, &file);
            if contents.windows(leaf.len()).any(|part| part == leaf.as_bytes()) {
                holders.push(file);
            }
        }
        // The certificate itself is found: in the store and in what the proxy keeps.
        assert!(holders.len() >= 2, "{holders:?}");
    }
    let events = events.lock().unwrap().clone();
    for (name, text) in
        [("answers", answers.as_bytes()), ("events", &events), ("log", elbow.log().as_bytes())]
    {
        ec.assert_not_in(text, &name);
        rsa.assert_not_in(text, &name);
    }
}
