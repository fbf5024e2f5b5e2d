//! The sample servers of the demonstration: child processes that end with this one.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Duration, timeout};

use crate::failure::Failure;

/// How long a sample server may take until it listens.
const START: Duration = Duration::from_secs(10);

/// Sample servers that run; dropped, they end.
pub(super) struct Samples {
    /// Their standard inputs are held open by these; at the end of it they exit.
    children: Vec<Child>,
}

impl Samples {
    /// None yet.
    pub(super) fn none() -> Self {
        Self { children: Vec::new() }
    }

    /// Starts one and waits until it listens.
    pub(super) async fn start(
        &mut self,
        program: &Path,
        name: &str,
        address: SocketAddr,
    ) -> Result<(), Failure> {
        let doing = format!("starting sample server {name} on {address}");
        let mut child = Command::new(program)
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
            // Ctrl-C is for this process, which ends its children in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(Failure::system(doing.clone()))?;
        let mut line = String::new();
        let said = match child.stdout.take() {
            Some(stdout) => timeout(START, BufReader::new(stdout).read_line(&mut line)).await,
            None => Ok(Ok(0)),
        };
        match said {
            Ok(Ok(length)) if length > 0 => {
                self.children.push(child);
                Ok(())
            }
            _ => Err(Failure::Start {
                what: format!("{doing}: it does not listen"),
                next: format!("elbow sample-server --name {name} --listen {address}"),
            }),
        }
    }

    /// Ends them all and waits until they are gone.
    pub(super) async fn stop(mut self) {
        for child in &mut self.children {
            drop(child.stdin.take());
        }
        for child in &mut self.children {
            if timeout(START, child.wait()).await.is_err() {
                // Dropping the child kills it.
                tracing::warn!("a sample server did not end by itself");
            }
        }
    }
}
