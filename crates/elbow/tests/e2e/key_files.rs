//! Replacing the deployment's keys while it serves.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::deployment::{NETWORK, PASSWORD, PROGRAM, address_of, run};
use crate::harness::openssl::Files;
use crate::harness::{Client, Deployment, Origin, eventually, process};

const HOST: &str = "site.example";
const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";

/// A deployment that serves HTTPS, and some certificates that nobody shows.
struct Site {
    elbow: Deployment,
    files: Files,
    address: SocketAddr,
    _origin: [Origin; 1],
}

impl Site {
    fn start() -> Self {
        let files = Files::new();
        files.authority("ca");
        files.server("site", HOST, "ca", EC);
        let elbow = Deployment::start();
        let (cert, key) = (files.at("site.pem"), files.at("site.key"));
        for name in ["site", "spare-1", "spare-2"] {
            elbow.elbow(&["cert", "create", name, "--cert", &cert, "--key", &key]).ok();
        }
        let origins = Origin::start_many(["one"]);
        let member = json!({"address": origins[0].address.ip(), "port": origins[0].address.port()});
        let listener = json!({"protocol": "HTTPS", "port": 443, "certificate": "site"});
        let tree = json!({"listeners": [listener], "members": [member], "network": NETWORK});
        let address = address_of(&elbow.create("web", tree));
        Self { elbow, files, address, _origin: origins }
    }

    /// One request over HTTPS, on a connection of its own with a full handshake.
    fn serves(&self) -> Result<(), String> {
        let ran = run(Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "20", "--cacert"])
            .arg(self.files.path("ca.pem"))
            .args(["--resolve", &format!("{HOST}:443:{}", self.address.ip())])
            .arg(format!("https://{HOST}/")));
        if ran.code == Some(0) { Ok(()) } else { Err(ran.stderr) }
    }

    /// The keys of `sealing.key`.
    fn keys(&self) -> Vec<String> {
        let text = fs::read_to_string(self.elbow.data_dir().join("sealing.key")).unwrap();
        text.lines().skip(1).filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    fn one_key(&self) -> String {
        eventually("the old key is gone", || match self.keys().as_slice() {
            [only] => Ok(only.clone()),
            several => Err(format!("{} keys", several.len())),
        })
    }
}

#[test]
fn the_sealing_key_is_replaced_while_https_is_served_and_the_new_one_is_enough() {
    let mut site = Site::start();
    let old = site.one_key();
    let mut rotate = Command::new(PROGRAM)
        .args(["key-file", "rotate", "sealing", "--wait"])
        .env("ELBOW_DATA_DIR", site.elbow.data_dir())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut served = 0;
    let ended = loop {
        site.serves().unwrap();
        served += 1;
        if let Some(ended) = rotate.try_wait().unwrap() {
            break ended;
        }
        if served == 1 {
            let again = site.elbow.elbow(&["key-file", "rotate", "sealing"]);
            assert!(
                again.code == Some(0) || again.stderr.contains("ROTATION_UNDER_WAY"),
                "{again:?}"
            );
        }
    };
    assert!(ended.success() && served > 5, "{served} requests were served meanwhile");
    assert_ne!(site.one_key(), old);
    site.elbow.active("web");
    // Both processes from nothing but the disk.
    let proxy = site.elbow.proxy_pid();
    site.elbow.kill_control();
    process::signal(proxy, "KILL").unwrap();
    site.elbow.up(&[]);
    site.elbow.active("web");
    site.serves().unwrap();
}

#[test]
fn a_replacement_that_is_killed_anywhere_goes_on_and_loses_no_key() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let mut seed = seed.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    eprintln!("SEED={seed}");
    let mut site = Site::start();
    let first = site.one_key();
    let mut rounds = 0;
    for _ in 0..6 {
        // Steps of a linear congruential generator (Knuth's MMIX).
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let delay = Duration::from_micros(seed >> 33 & 0x3fff);
        let mut rotate = Command::new(PROGRAM)
            .args(["key-file", "rotate", "sealing"])
            .env("ELBOW_DATA_DIR", site.elbow.data_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while begun.elapsed() < delay
            || site.keys().len() == 1 && rotate.try_wait().unwrap().is_none()
        {
            std::hint::spin_loop();
        }
        let proxy = site.elbow.proxy_pid();
        site.elbow.kill_control();
        rotate.wait().unwrap();
        if delay.as_micros().is_multiple_of(2) {
            process::signal(proxy, "KILL").unwrap();
        }
        rounds += 1;
        site.elbow.up(&[]);
        eventually(&format!("HTTPS is served after kill {rounds}"), || site.serves());
    }
    assert_ne!(site.one_key(), first, "the last replacement came to its end");
    site.elbow.active("web");
    site.serves().unwrap();
    // Certificates that nobody shows open too: they are put on a listener.
    let patch = json!({"certificate": "spare-2"});
    let tree = site.elbow.api().get("/v1/load-balancers/web").expect(200);
    let listener = format!("/v1/listeners/{}", tree["listeners"][0]["id"].as_str().unwrap());
    site.elbow.api().patch(&listener, &patch).expect(200);
    site.elbow.active("web");
    site.serves().unwrap();
}

#[test]
fn a_new_token_key_ends_all_sessions_and_lets_people_log_in_again() {
    let elbow = Deployment::start();
    let login = || {
        let body = json!({"username": "admin", "password": PASSWORD});
        let answer = Client::tcp(elbow.api_address()).post("/v1/sessions", &body).expect(201);
        format!("Bearer {}", answer["token"].as_str().unwrap())
    };
    let who = |token: &str| {
        let mut client = Client::tcp(elbow.api_address()).with_header("authorization", token);
        client.get("/v1/sessions/current").status
    };
    let old = login();
    assert_eq!(who(&old), 200);
    let answer = elbow.elbow(&["key-file", "rotate", "tokens", "-o", "json"]).ok();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["name"], &answer["keys"]), (&json!("TOKENS"), &json!(1)));
    assert_eq!(who(&old), 401);
    assert_eq!(who(&login()), 200);
}
