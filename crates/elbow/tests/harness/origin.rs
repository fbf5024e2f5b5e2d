//! Sample servers as processes: `elbow sample-server`.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use super::deployment::PROGRAM;

/// A sample server; ends when dropped.
pub(crate) struct Origin {
    child: Child,
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
}

impl Origin {
    /// Starts one that calls itself `name`, on a free port.
    pub(crate) fn start(name: &str) -> Self {
        Self::start_on(name, "127.0.0.1:0".parse().unwrap())
    }

    /// Starts one on this address.
    pub(crate) fn start_on(name: &str, address: SocketAddr) -> Self {
        let mut child = Command::new(PROGRAM)
            .args([
                "sample-server",
                "--exit-with-stdin",
                "--name",
                name,
                "--listen",
                &address.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().parse().unwrap_or_else(|_| panic!("sample server {name} said `{line}`"));
        Self { child, name: name.to_owned(), address }
    }

    /// `one`, `two`, `three` and so on.
    pub(crate) fn start_many<const N: usize>(names: [&str; N]) -> [Self; N] {
        names.map(Self::start)
    }

    /// Makes its health checks fail or pass.
    pub(crate) fn set_health(&self, path: &str) {
        let response = super::Client::tcp(self.address).send("POST", path, None);
        assert_eq!(response.status, 200, "{response}");
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
