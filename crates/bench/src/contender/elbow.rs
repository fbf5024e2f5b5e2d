//! Elbow as a user runs it: `elbow up`, everything set up through the API. The proxy process is what
//! is measured; the control process stays on the other CPU.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Contender, Group, Kind, Program, RULES, Setup, directory, free_address};
use crate::failure::Failure;
use crate::http_client::HttpClient;
use crate::load::HEALTH_PATH;
use crate::process;
use crate::tls::{Front, Tls, Version};

const PASSWORD: &str = "bench-password-7f3a";
/// Not the first address and port that others on this machine would take as well.
const PORT: u16 = 18473;
const START_LIMIT: Duration = Duration::from_secs(20);

/// A running `elbow up`, with a client that has logged in.
pub(crate) struct Service {
    pub(crate) group: Group,
    pub(crate) api: HttpClient,
    pub(crate) proxy: u32,
}

impl Service {
    /// Starts it in a new directory and waits until it can be logged in to.
    pub(crate) fn start(program: &Path, setup: &Setup) -> Result<Self, Failure> {
        let (group, listen) = Self::spawn(program, setup, directory(Kind::Elbow)?)?;
        let log_in = json!({"username": "admin", "password": PASSWORD});
        let mut api = HttpClient::new(listen);
        let deadline = Instant::now() + START_LIMIT;
        let token = loop {
            match api.json("POST", "/v1/sessions", Some(&log_in)) {
                Ok(session) => break text(&session, "token")?,
                Err(error) if Instant::now() > deadline => {
                    return Err(Failure::new(format!("{error}\n{}", group.output())));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        api.set_token(&token);
        let proxy = proxy_of(&group, deadline)?;
        Ok(Self { group, api, proxy })
    }

    /// Starts it in a directory, with data from before or without, and gives the API's address.
    pub(crate) fn spawn(
        program: &Path,
        setup: &Setup,
        directory: PathBuf,
    ) -> Result<(Group, SocketAddr), Failure> {
        let listen = free_address()?;
        let mut command = Command::new(program);
        command.arg("up").arg("--data-dir").arg(directory.join("data"));
        command.arg("--listen").arg(listen.to_string());
        command.env("ELBOW_ADMIN_PASSWORD", PASSWORD).env("ELBOW_LOG", "warn");
        Ok((Group::start(command, directory, setup)?, listen))
    }
}

pub(super) fn start(program: &Program, setup: &Setup) -> Result<Contender, Failure> {
    let Service { group, mut api, proxy } = Service::start(&program.path, setup)?;
    process::pin(group.child.id(), &[setup.other_cpu]);
    let front = |protocol: &str| json!({"name": "front", "protocol": protocol, "port": PORT});
    let web = create(&mut api, "web", front("HTTP"), setup)?;
    add_rules(&mut api, &web)?;
    let stream = create(&mut api, "stream", front("TCP"), setup)?;
    let secure = match setup.front {
        Front::Clear => None,
        Front::Tls(tls) => {
            let mut listener = front("HTTPS");
            add_tls(&mut api, &mut listener, tls, setup)?;
            let balancer = create(&mut api, "secure", listener, setup)?;
            add_rules(&mut api, &balancer)?;
            Some(balancer)
        }
    };
    let http = wait_until_active(&mut api, &web)?;
    let tcp = wait_until_active(&mut api, &stream)?;
    let https = match secure {
        None => None,
        Some(balancer) => Some(wait_until_active(&mut api, &balancer)?),
    };
    Ok(Contender { kind: Kind::Elbow, http, https, tcp, measured: vec![proxy], group })
}

/// Uploads the certificate and names it in a listener.
fn add_tls(
    api: &mut HttpClient,
    listener: &mut Value,
    tls: Tls,
    setup: &Setup,
) -> Result<(), Failure> {
    let identity = json!({
        "name": "bench",
        "certificate": setup.identity.certificate_pem,
        "private_key": setup.identity.key_pem,
    });
    let certificate = api.json("POST", "/v1/certificates", Some(&identity))?;
    listener["certificate"] = json!(text(&certificate, "id")?);
    listener["tls_policy"] = match tls.version {
        Version::Tls12 => json!("TLS_1_2"),
        Version::Tls13 => json!("TLS_1_3"),
    };
    listener["alpn"] = json!([tls.application.alpn()]);
    Ok(())
}

fn create(
    api: &mut HttpClient,
    name: &str,
    listener: Value,
    setup: &Setup,
) -> Result<Value, Failure> {
    let member = |at: SocketAddr| json!({"address": at.ip().to_string(), "port": at.port()});
    let (members, check) = match name {
        "stream" => (setup.origins.tcp, json!({"type": "TCP", "interval_ms": 5000})),
        _ => {
            let check = json!({"type": "HTTP", "path": HEALTH_PATH, "interval_ms": 5000});
            (setup.origins.http, check)
        }
    };
    let body = json!({
        "name": name,
        "vip": vip(name, setup),
        "listeners": [listener],
        "members": members.map(member),
        "health_monitor": check,
    });
    api.json("POST", "/v1/load-balancers", Some(&body))
}

/// Two Elbows of one run, with one worker and with two, must not want the same address.
fn vip(name: &str, setup: &Setup) -> String {
    let place = match name {
        "web" => 1,
        "stream" => 2,
        _ => 3,
    };
    format!("127.77.{}.{place}", 200 + setup.cpus.len())
}

fn add_rules(api: &mut HttpClient, balancer: &Value) -> Result<(), Failure> {
    let id = text(balancer, "id")?;
    let pool = json!({"name": "other", "members": [{"address": "127.0.0.1", "port": 9}]});
    let pool = api.json("POST", &format!("/v1/load-balancers/{id}/pools"), Some(&pool))?;
    let pool = text(&pool, "id")?;
    let listener = text(&balancer["listeners"][0], "id")?;
    for rule in 0..RULES {
        let rule = json!({
            "priority": rule + 1,
            "match": {"path": format!("/rule-{rule}/*")},
            "action": {"forward": [{"pool": pool, "weight": 1}]},
        });
        api.json("POST", &format!("/v1/listeners/{listener}/rules"), Some(&rule))?;
    }
    Ok(())
}

/// Waits until a balancer is in force and gives the address of its first listener.
pub(crate) fn wait_until_active(
    api: &mut HttpClient,
    balancer: &Value,
) -> Result<SocketAddr, Failure> {
    let path = format!("/v1/load-balancers/{}", text(balancer, "id")?);
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let shown = api.json("GET", &path, None)?;
        if shown["status"] == "ACTIVE" {
            let port = &shown["listeners"][0]["port"];
            let address = format!("{}:{port}", text(&shown, "vip")?);
            return address.parse().map_err(|_| Failure::new(format!("address {address}")));
        }
        if Instant::now() > deadline {
            let (status, reason) = (&shown["status"], &shown["status_reason"]);
            return Err(Failure::new(format!("not active but {status}: {reason}")));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn proxy_of(group: &Group, deadline: Instant) -> Result<u32, Failure> {
    loop {
        let of_directory = process::with_argument(|argument| {
            group.directory.to_str().is_some_and(|directory| argument.contains(directory))
        });
        let candidates = process::children(group.child.id()).into_iter().chain(of_directory);
        let mut proxies = candidates
            .filter(|id| process::arguments(*id).iter().skip(1).any(|word| word == "proxy"));
        if let Some(id) = proxies.next() {
            return Ok(id);
        }
        if Instant::now() > deadline {
            return Err(Failure::new(format!("no proxy process\n{}", group.output())));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A text field of an answer.
pub(crate) fn text(value: &Value, field: &str) -> Result<String, Failure> {
    let found = value[field].as_str().map(str::to_owned);
    found.ok_or_else(|| Failure::new(format!("an answer without `{field}`: {value}")))
}
