//! A proxy as a process of its own: signals, and `kill -9` at any moment. The process is this test
//! program, started again with the name of the one test that is a proxy.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

#[path = "process/control.rs"]
mod control;
mod support;

use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use elbow_model::listener::Protocol;
use elbow_model::table::TableEntry;
use elbow_model::value::{LoadBalancerId, Weight};
use elbow_model::wire::Up;
use elbow_proxy::run::{ProxyConfig, run};
use uuid::Uuid;

use control::{Control, Directory, free_address};
use support::client::Client;
use support::origin::Origin;

/// Where the proxy that this program is to be keeps its state.
const DIRECTORY: &str = "ELBOW_TEST_PROXY_DIRECTORY";

#[test]
fn the_proxy_itself_when_asked_for() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let directory = PathBuf::from(directory);
    let mut config = ProxyConfig::new(directory.join("link"), directory);
    config.workers = Some(1);
    run(config).unwrap();
}

/// A proxy process that does not outlive its value.
struct Process(Child);

impl Process {
    fn start(directory: &Path) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_proxy_itself_when_asked_for", "--test-threads=1"])
            .env(DIRECTORY, directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn terminate(&mut self) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn entry(number: u128, at: SocketAddr, member: SocketAddr) -> TableEntry {
    let mut entry = support::entry(Protocol::Http, at, &[member]);
    entry.id = LoadBalancerId::from(Uuid::from_u128(number));
    entry.listeners[0].id = Uuid::from_u128(number << 32 | 2).into();
    entry.pools[0].id = Uuid::from_u128(number << 32 | 3).into();
    entry.pools[0].members[0] = support::member(number as usize, member);
    entry
}

#[test]
fn sigterm_lets_a_request_finish_and_then_ends_the_process() {
    let directory = Directory::new();
    let listener = UnixListener::bind(directory.link()).unwrap();
    let mut process = Process::start(&directory.0);
    let mut control = Control::accept(&listener);
    let (asked, hears) = std::sync::mpsc::channel();
    let (go, goes) = std::sync::mpsc::channel::<()>();
    let goes = std::sync::Mutex::new(goes);
    let origin = Origin::start(move |mut peer| {
        peer.read_request().unwrap();
        asked.send(()).unwrap();
        goes.lock().unwrap().recv().unwrap();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
    });
    let at = free_address();
    control.put_in_force(vec![entry(1, at, origin.address)]);
    let mut client = Client::connect(at);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    hears.recv_timeout(support::PATIENCE).unwrap();
    process.terminate();
    let end = Instant::now() + support::PATIENCE;
    while TcpStream::connect(at).is_ok() {
        assert!(Instant::now() < end, "it must stop to listen");
    }
    go.send(()).unwrap();
    assert_eq!(client.response().unwrap().body, "late");
    assert!(process.0.wait().unwrap().success());
}

#[test]
fn killed_at_any_moment_a_proxy_comes_back_with_a_table_that_once_was_true() {
    let directory = Directory::new();
    let listener = UnixListener::bind(directory.link()).unwrap();
    let origin = Origin::named("a");
    let addresses: Vec<SocketAddr> = (0..8).map(|_| free_address()).collect();
    let mut known = (0, std::collections::BTreeMap::new());
    for round in 0..12_u64 {
        let mut process = Process::start(&directory.0);
        let mut control = Control::accept(&listener);
        let Up::Hello { revision, digest, .. } = control.hello.clone() else { panic!() };
        (control.revision, control.entries) = known.clone();
        if round > 0 && digest == control.digest() {
            assert_eq!(revision.0, control.revision, "round {round}");
            control.until("in force", |control| control.acked == revision.0);
            assert_eq!(Client::connect(addresses[0]).get("/").body, "a");
        } else {
            // It was killed before its last changes reached the disk: all is sent anew.
            control.put_all();
        }
        control.put_in_force(vec![entry(1, addresses[0], origin.address)]);
        for change in 0..(round * 7 % 40) {
            let place = (change % 8) as usize;
            let mut edited = entry(place as u128 + 1, addresses[place], origin.address);
            edited.pools[0].members[0].weight = Weight::new(change as i64 + 1).unwrap();
            control.put(vec![edited]);
        }
        // Some of them are on their way, in the workers, on the disk, or nowhere yet.
        process.kill();
        known = (control.revision, control.entries.clone());
    }
}

#[test]
fn a_killed_proxy_is_replaced_at_once_on_the_same_addresses() {
    let directory = Directory::new();
    let listener = UnixListener::bind(directory.link()).unwrap();
    let origin = Origin::named("a");
    let at = free_address();
    let mut process = Process::start(&directory.0);
    let mut control = Control::accept(&listener);
    control.put_in_force(vec![entry(1, at, origin.address)]);
    let mut client = Client::connect(at);
    assert_eq!(client.get("/").body, "a");
    process.kill();
    let _next = Process::start(&directory.0);
    let mut next = Control::accept(&listener);
    (next.revision, next.entries) = (control.revision, control.entries);
    next.put_all();
    let control = next;
    assert!(control.failed.is_empty(), "{:?}", control.failed);
    assert_eq!(Client::connect(at).get("/").body, "a");
}
