//! Envoy with a static configuration, no admin port and no access log.

use std::net::SocketAddr;
use std::process::Command;

use serde_json::{Value, json};

use super::{
    Contender, Group, Kind, Program, RULES, Setup, configuration, directory, free_address,
};
use crate::failure::Failure;
use crate::load::HEALTH_PATH;

const TYPES: &str = "type.googleapis.com/envoy.extensions";

pub(super) fn start(program: &Program, setup: &Setup) -> Result<Contender, Failure> {
    let (http, tcp) = (free_address()?, free_address()?);
    let directory = directory(Kind::Envoy)?;
    let configured = json!({
        "static_resources": {
            "listeners": [
                listener("http", http, http_filter()),
                listener("tcp", tcp, tcp_filter()),
            ],
            "clusters": [
                cluster("http", setup.origins.http, json!({
                    "http_health_check": {"path": HEALTH_PATH}
                })),
                cluster("tcp", setup.origins.tcp, json!({"tcp_health_check": {}})),
            ],
        }
    });
    let path = configuration(&directory, "envoy.json", &configured.to_string())?;
    let mut command = Command::new(&program.path);
    command.arg("-c").arg(path).arg("--concurrency").arg(setup.cpus.len().to_string());
    command.args(["--disable-hot-restart", "--log-level", "error"]);
    let group = Group::start(command, directory, setup)?;
    let measured = vec![group.child.id()];
    Ok(Contender { kind: Kind::Envoy, http, tcp, measured, _group: group })
}

fn address(address: SocketAddr) -> Value {
    let (host, port) = (address.ip().to_string(), address.port());
    json!({"socket_address": {"address": host, "port_value": port}})
}

fn listener(name: &str, at: SocketAddr, filter: Value) -> Value {
    json!({
        "name": name,
        "address": address(at),
        "tcp_backlog_size": 4096,
        "filter_chains": [{"filters": [filter]}],
    })
}

fn http_filter() -> Value {
    let rule = |rule: usize| json!({"match": {"prefix": format!("/rule-{rule}/")}, "route": {"cluster": "http"}});
    let mut routes: Vec<Value> = (0..RULES).map(rule).collect();
    routes.push(json!({"match": {"prefix": "/"}, "route": {"cluster": "http"}}));
    json!({
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": format!(
                "{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
            ),
            "stat_prefix": "http",
            "codec_type": "HTTP1",
            "use_remote_address": true,
            "route_config": {
                "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]
            },
            "http_filters": [{
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": format!("{TYPES}.filters.http.router.v3.Router")},
            }],
        },
    })
}

fn tcp_filter() -> Value {
    json!({
        "name": "envoy.filters.network.tcp_proxy",
        "typed_config": {
            "@type": format!("{TYPES}.filters.network.tcp_proxy.v3.TcpProxy"),
            "stat_prefix": "tcp",
            "cluster": "tcp",
        },
    })
}

fn cluster(name: &str, members: [SocketAddr; 2], check: Value) -> Value {
    let endpoint = |member: SocketAddr| json!({"endpoint": {"address": address(member)}});
    let mut check = check;
    check["timeout"] = json!("3s");
    check["interval"] = json!("5s");
    check["healthy_threshold"] = json!(2);
    check["unhealthy_threshold"] = json!(3);
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": members.map(endpoint)}],
        },
        "health_checks": [check],
    })
}
