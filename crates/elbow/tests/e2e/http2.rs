//! HTTP/2 as its real clients and servers speak it: gRPC of every kind, curl, h2load.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::clients::python;
use crate::harness::deployment::{address_of, member, run};
use crate::harness::openssl::Files;
use crate::harness::{Deployment, Origin};

/// A gRPC server in another process.
struct GrpcServer {
    process: Child,
    port: u16,
}

impl GrpcServer {
    fn start() -> Self {
        let mut command = python("grpc_server.py");
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python");
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { process, port: port.trim().parse().expect("grpcio is installed by `make test`") }
    }

    fn member(&self) -> Value {
        json!({"address": "127.0.0.1", "port": self.port})
    }
}

impl Drop for GrpcServer {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn grpc_pool(servers: &[GrpcServer]) -> Value {
    let members: Vec<Value> = servers.iter().map(GrpcServer::member).collect();
    json!({"name": "servers", "http2": true, "members": members})
}

const ALL_OF_IT: &str = "unary, 300 at once, statuses, a deadline and all streams";

#[test]
fn grpc_of_every_kind_passes_in_clear() {
    let elbow = Deployment::start();
    let servers = [GrpcServer::start(), GrpcServer::start()];
    let tree = elbow.create(
        "calls",
        json!({
            "listeners": [{"protocol": "HTTP", "port": 80, "http2": true, "pool": "servers"}],
            "pools": [grpc_pool(&servers)],
        }),
    );
    let said = run(python("grpc_client.py").arg(address_of(&tree).to_string())).ok();
    assert_eq!(said.trim(), ALL_OF_IT);
}

#[test]
fn grpc_of_every_kind_passes_over_tls() {
    let (elbow, files) = (Deployment::start(), Files::new());
    files.authority("ca");
    files.server("site", "a.example", "ca", "ec -pkeyopt ec_paramgen_curve:P-256");
    let (cert, key) = (files.at("site.pem"), files.at("site.key"));
    elbow.elbow(&["cert", "create", "site", "--cert", &cert, "--key", &key]).ok();
    let server = GrpcServer::start();
    let tree = elbow.create(
        "calls",
        json!({
            "listeners": [
                {"protocol": "HTTPS", "port": 443, "certificate": "site", "pool": "servers"}
            ],
            "pools": [grpc_pool(std::slice::from_ref(&server))],
        }),
    );
    let address = address_of(&tree).to_string();
    let said =
        run(python("grpc_client.py").args([&address, &files.at("ca.pem"), "a.example"])).ok();
    assert_eq!(said.trim(), ALL_OF_IT);
}

fn http2_balancer(elbow: &Deployment, origins: &[Origin]) -> SocketAddr {
    let members: Vec<Value> = origins.iter().map(member).collect();
    let tree = elbow.create(
        "web",
        json!({
            "listeners": [{"protocol": "HTTP", "port": 80, "http2": true}],
            "members": members,
        }),
    );
    address_of(&tree)
}

#[test]
fn curl_speaks_either_version_on_one_port() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one"]);
    let address = http2_balancer(&elbow, &origins);
    for (option, version) in [("--http2-prior-knowledge", "2"), ("--http1.1", "1.1")] {
        let url = format!("http://{address}/");
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-m", "20", option, "-w", "over %{http_version}", &url]);
        let said = run(&mut curl).ok();
        let over = format!("over {version}");
        assert!(said.starts_with("one at ") && said.ends_with(&over), "{said}");
    }
}

#[test]
fn h2load_gets_every_answer() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two"]);
    let address = http2_balancer(&elbow, &origins);
    let mut h2load = Command::new("h2load");
    h2load.args(["-n", "20000", "-c", "8", "-m", "100", &format!("http://{address}/")]);
    let said = run(&mut h2load).ok();
    let all = "20000 total, 20000 started, 20000 done, 20000 succeeded, 0 failed, 0 errored";
    assert!(said.contains(all), "{said}");
}
