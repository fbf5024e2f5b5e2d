//! Control as a whole, with a stand-in for the proxy that speaks the link.

use std::time::Instant;

use elbow_model::value::{ProxyId, Revision};
use elbow_model::wire::{Digest, Down, Up, VERSION};
use elbow_store::ledger::Storage;
use tokio::net::UnixStream;
use uuid::Uuid;

use super::*;
use crate::link::frame;
use crate::supervise::ProxyOutput;

/// Lets all tasks go on until `holds`.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not come");
        tokio::task::yield_now().await;
    }
}

struct Place {
    directory: tempfile::TempDir,
    ledger: Ledger,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory, ledger: Ledger::open(&Storage::Memory).unwrap() }
    }

    fn run(&self, script: Option<&str>) -> Handle {
        let data_dir = self.directory.path().to_owned();
        let proxy = script.map(|script| ProxyCommand {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into(), "sh".into(), data_dir.clone().into()],
            output: ProxyOutput::File,
            stdout: ProxyOutput::File,
        });
        let socket = data_dir.join("link.sock");
        let drivers = DriversConfig::default();
        Control { ledger: self.ledger.clone(), data_dir, socket, proxy, drivers }.run().unwrap()
    }

    async fn dial(&self) -> UnixStream {
        let mut stream =
            UnixStream::connect(self.directory.path().join("link.sock")).await.unwrap();
        let hello = Up::Hello {
            version: VERSION,
            proxy: ProxyId::from(Uuid::from_u128(1)),
            program: "0.1.0".to_owned(),
            pid: 1,
            revision: Revision(0),
            digest: Digest::default(),
        };
        frame::write(&mut stream, &hello).await.unwrap();
        stream
    }
}

async fn hear(stream: &mut UnixStream) -> Option<Down> {
    frame::read(stream, &mut Vec::new()).await.unwrap_or(None)
}

#[tokio::test]
async fn an_orderly_stop_tells_the_proxy_and_waits_for_it() {
    let place = Place::new();
    let handle = place.run(None);
    let mut proxy = place.dial().await;
    assert!(matches!(hear(&mut proxy).await, Some(Down::Tables(_))));

    let stopping = tokio::spawn(handle.stop(Duration::from_secs(7)));
    assert_eq!(hear(&mut proxy).await, Some(Down::Stop { grace_ms: 7_000 }));
    assert!(!stopping.is_finished());
    drop(proxy);
    stopping.await.unwrap();
    assert!(!place.directory.path().join("link.sock").exists());
}

#[tokio::test]
async fn an_orderly_stop_ends_with_the_process_beside_control() {
    let place = Place::new();
    let handle = place.run(Some(r#"touch "$1/up"; until [ -e "$1/stop" ]; do sleep 0.01; done"#));
    let path = |name| place.directory.path().join(name);
    until("the process", || path("up").exists()).await;
    let stopping = tokio::spawn(handle.stop(Duration::from_secs(7)));
    std::fs::write(path("stop"), "").unwrap();
    stopping.await.unwrap();
}

#[tokio::test]
async fn control_that_leaves_lets_the_proxy_be_and_the_next_one_serves_it() {
    let place = Place::new();
    let handle = place.run(None);
    let mut proxy = place.dial().await;
    assert!(matches!(hear(&mut proxy).await, Some(Down::Tables(_))));
    handle.leave().await;
    assert_eq!(hear(&mut proxy).await, None);

    let next = place.run(None);
    let mut proxy = place.dial().await;
    assert!(matches!(hear(&mut proxy).await, Some(Down::Tables(_))));
    drop(next);
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_made_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("file");
    std::fs::write(&data_dir, "").unwrap();
    let ledger = Ledger::open(&Storage::Memory).unwrap();
    let control = Control {
        ledger,
        data_dir,
        socket: directory.path().join("link.sock"),
        proxy: None,
        drivers: DriversConfig::default(),
    };
    let words = control.run().err().unwrap().to_string();
    assert!(words.starts_with("cannot make the directory"), "{words}");
}
