//! Envoy with a static configuration, no admin port and no access log.

use std::net::SocketAddr;
use std::process::Command;

use serde_json::{Value, json};

use super::{
    Contender, Group, Kind, Program, RULES, Setup, configuration, directory, free_address,
    secure_address,
};
use crate::failure::Failure;
use crate::identity::Identity;
use crate::load::HEALTH_PATH;
use crate::tls::{Application, GROUPS, Handshakes, SUITE_TLS12, Tls, Version};

const TYPES: &str = "type.googleapis.com/envoy.extensions";

pub(super) fn start(program: &Program, setup: &Setup) -> Result<Contender, Failure> {
    let (http, tcp, secure) = (free_address()?, free_address()?, secure_address(setup)?);
    let directory = directory(Kind::Envoy)?;
    let mut listeners = vec![
        listener("http", http, http_filter(Application::Http1)),
        listener("tcp", tcp, tcp_filter()),
    ];
    if let Some((tls, address)) = secure {
        let mut listener = listener("https", address, http_filter(tls.application));
        listener["filter_chains"][0]["transport_socket"] = tls_socket(tls, &setup.identity);
        listeners.push(listener);
    }
    let configured = json!({
        "static_resources": {
            "listeners": listeners,
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
    let https = secure.map(|(_, address)| address);
    Ok(Contender { kind: Kind::Envoy, http, https, tcp, measured, group })
}

/// BoringSSL takes the suite of TLS 1.3 from what the client offers.
fn tls_socket(tls: Tls, identity: &Identity) -> Value {
    let version = match tls.version {
        Version::Tls12 => "TLSv1_2",
        Version::Tls13 => "TLSv1_3",
    };
    json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": format!("{TYPES}.transport_sockets.tls.v3.DownstreamTlsContext"),
            "disable_stateless_session_resumption": tls.handshakes == Handshakes::Full,
            "disable_stateful_session_resumption": true,
            "common_tls_context": {
                "tls_params": {
                    "tls_minimum_protocol_version": version,
                    "tls_maximum_protocol_version": version,
                    "cipher_suites": [SUITE_TLS12],
                    "ecdh_curves": GROUPS,
                },
                "tls_certificates": [{
                    "certificate_chain": {"inline_string": identity.certificate_pem},
                    "private_key": {"inline_string": identity.key_pem},
                }],
                "alpn_protocols": [tls.application.alpn()],
            },
        },
    })
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

fn http_filter(application: Application) -> Value {
    let codec = match application {
        Application::Http1 => "HTTP1",
        Application::Http2 => "HTTP2",
    };
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
            "codec_type": codec,
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
