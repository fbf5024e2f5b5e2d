//! Clients that people really use, written in Python: httpx with kept connections, websockets.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::harness::deployment::{address_of, run};
use crate::harness::{Deployment, Origin};

/// A script beside the tests, run by the Python of `make test`.
pub(crate) fn python(script: &str) -> Command {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let venv = manifest.join("../../target/venv/bin/python");
    let python = if venv.exists() { venv } else { PathBuf::from("python3") };
    let mut command = Command::new(python);
    command.arg(manifest.join("tests/python").join(script));
    command
}

/// A process that ends with the test.
pub(crate) struct Ended(pub(crate) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn httpx_keeps_its_connections_and_finds_all_servers() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two", "three"]);
    let address = elbow.create_http("web", &origins);
    let said = run(python("keep_alive.py").arg(format!("http://{address}"))).ok();
    assert_eq!(said.trim(), "200 answers on 1 connection, servers: one three two");
}

#[test]
fn websocket_echoes_in_both_directions() {
    let elbow = Deployment::start();
    let mut server = python("websocket_echo.py").stdout(Stdio::piped()).spawn().map(Ended).unwrap();
    let mut port = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let port: u16 = port.trim().parse().unwrap();
    let tree = elbow.create(
        "web",
        json!({
            "listeners": [{"protocol": "HTTP", "port": 80}],
            "members": [{"address": "127.0.0.1", "port": port}],
        }),
    );
    let said =
        run(python("websocket_client.py").arg(format!("ws://{}/chat", address_of(&tree)))).ok();
    assert_eq!(said.trim(), "100 messages echoed, 1 of 1048576 bytes, closed 1000");
}
