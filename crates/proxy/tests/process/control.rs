//! A scripted control: the other end of the link, and proxies in this process that dial it.
#![allow(clippy::allow_attributes, reason = "what is dead differs by test file")]
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use elbow_model::observed::{MemberObservation, ProbedHealth};
use elbow_model::table::TableEntry;
use elbow_model::value::{LoadBalancerId, MemberId, PoolId, Revision};
use elbow_model::wire::{BalancerCounters, Digest, Down, Tables, Up};
use elbow_proxy::intake::Event;
use elbow_proxy::link::{read_frame, write_frame};
use elbow_proxy::run::{ProxyConfig, serve};
use elbow_proxy::trouble::Trouble;
use uuid::Uuid;

use crate::support::PATIENCE;
use crate::support::secure::ClearKeys;

/// A directory that goes with its value.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("elbow-{}", Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn link(&self) -> PathBuf {
        self.0.join("link")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A proxy in this process.
pub(crate) struct Proxy {
    events: Sender<Event>,
    thread: Option<JoinHandle<Result<(), Trouble>>>,
}

impl Proxy {
    pub(crate) fn start(directory: &Path) -> Self {
        let mut config = ProxyConfig::new(directory.join("link"), directory.to_owned());
        config.workers = Some(2);
        config.grace = PATIENCE;
        config.keys = Arc::new(ClearKeys);
        let (events, queue) = channel();
        let to_proxy = events.clone();
        let thread = std::thread::spawn(move || serve(config, to_proxy, &queue));
        Self { events, thread: Some(thread) }
    }

    /// Waits for its end.
    pub(crate) fn join(&mut self) -> Result<(), Trouble> {
        self.thread.take().expect("a proxy ends once").join().unwrap()
    }

    pub(crate) fn end(&mut self) {
        self.events.send(Event::End).unwrap();
        self.join().unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.events.send(Event::End));
        drop(self.events.send(Event::End));
    }
}

/// Control's end of one connection, and what it means the proxy to run.
pub(crate) struct Control {
    pub(crate) stream: UnixStream,
    pub(crate) hello: Up,
    pub(crate) revision: u64,
    pub(crate) entries: BTreeMap<LoadBalancerId, TableEntry>,
    /// What the proxy said of members.
    pub(crate) health: BTreeMap<MemberId, MemberObservation>,
    /// Members that it said are drained, and since which revision they get nothing.
    pub(crate) drained: BTreeMap<MemberId, Revision>,
    /// Pools at which it said that somebody waits for an instance: how many.
    pub(crate) waiting: BTreeMap<PoolId, u64>,
    pub(crate) counters: BTreeMap<LoadBalancerId, BalancerCounters>,
    pub(crate) acked: u64,
    pub(crate) failed: Vec<(LoadBalancerId, String)>,
    pub(crate) resyncs: u32,
}

impl Control {
    /// Waits for a proxy to dial.
    pub(crate) fn accept(listener: &UnixListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let hello = read_frame(&mut &stream).unwrap().expect("a proxy says hello");
        Self {
            stream,
            hello,
            revision: 0,
            entries: BTreeMap::new(),
            health: BTreeMap::new(),
            drained: BTreeMap::new(),
            waiting: BTreeMap::new(),
            counters: BTreeMap::new(),
            acked: 0,
            failed: Vec::new(),
            resyncs: 0,
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        for entry in self.entries.values() {
            digest.toggle(entry.id, entry.revision);
        }
        digest
    }

    pub(crate) fn send(&mut self, message: &Down) {
        write_frame(&mut self.stream, message).unwrap();
    }

    /// Sends entries as one change, each in a new revision; does not wait.
    pub(crate) fn put(&mut self, entries: Vec<TableEntry>) {
        self.revision += 1;
        let revision = Revision(self.revision);
        let changed: Vec<TableEntry> =
            entries.into_iter().map(|entry| TableEntry { revision, ..entry }).collect();
        for entry in &changed {
            self.entries.insert(entry.id, entry.clone());
        }
        self.send_tables(changed, Vec::new());
    }

    pub(crate) fn remove(&mut self, id: LoadBalancerId) {
        self.revision += 1;
        self.entries.remove(&id);
        self.send_tables(Vec::new(), vec![id]);
    }

    /// Sends everything as a full set and waits until it is in force.
    pub(crate) fn put_all(&mut self) {
        self.revision += 1;
        let tables = Tables {
            revision: Revision(self.revision),
            full: true,
            more: false,
            changed: self.entries.values().cloned().collect(),
            removed: Vec::new(),
            digest: self.digest(),
        };
        self.send(&Down::Tables(tables));
        self.await_ack();
    }

    fn send_tables(&mut self, changed: Vec<TableEntry>, removed: Vec<LoadBalancerId>) {
        let tables = Tables {
            revision: Revision(self.revision),
            full: false,
            more: false,
            changed,
            removed,
            digest: self.digest(),
        };
        self.send(&Down::Tables(tables));
    }

    /// Reads until `enough` holds.
    pub(crate) fn until(&mut self, what: &str, enough: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !enough(self) {
            assert!(Instant::now() < end, "never: {what}");
            match read_frame(&mut &self.stream).unwrap().expect("the proxy stays connected") {
                Up::Hello { .. } => panic!("hello comes once"),
                Up::Ack { revision, failed } => (self.acked, self.failed) = (revision.0, failed),
                Up::Resync => self.resyncs += 1,
                Up::Health { changed } => self.health.extend(changed),
                Up::Drained { members } => self.drained.extend(members),
                Up::Waiting { pools } => {
                    let counts = pools.into_iter().map(|(pool, count, _)| (pool, count));
                    self.waiting.extend(counts);
                }
                Up::Counters { balancers } => {
                    for counters in balancers {
                        self.counters.insert(counters.load_balancer.unwrap(), counters);
                    }
                }
            }
        }
    }

    /// Sends entries and waits until they are in force; how long that took.
    pub(crate) fn put_in_force(&mut self, entries: Vec<TableEntry>) -> Duration {
        let start = Instant::now();
        self.put(entries);
        self.await_ack();
        start.elapsed()
    }

    pub(crate) fn await_ack(&mut self) {
        let revision = self.revision;
        self.until("acknowledgement", |control| control.acked == revision);
    }

    pub(crate) fn health_of(&self, member: usize) -> Option<ProbedHealth> {
        let id = MemberId::from(Uuid::from_u128(100 + member as u128));
        self.health.get(&id).map(|seen| seen.health)
    }

    /// What its last failure came to.
    pub(crate) fn failure_of(&self, member: usize) -> Option<String> {
        let id = MemberId::from(Uuid::from_u128(100 + member as u128));
        self.health.get(&id)?.last_failure.as_ref().map(|failure| failure.outcome.clone())
    }
}

/// An address that nobody listens on: one of 16 million loopback hosts, with a port that was free.
pub(crate) fn free_address() -> SocketAddr {
    let [.., b, c, d] = Uuid::now_v7().into_bytes();
    let host = IpAddr::V4(Ipv4Addr::new(127, b.max(1), c, d.clamp(1, 254)));
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap()
}

/// A server at a given address that answers every connection once.
pub(crate) fn answer_at(address: SocketAddr, name: &'static str) {
    let listener = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4096];
            let _count = stream.read(&mut request);
            let length = name.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{name}"
            );
            drop(stream.write_all(answer.as_bytes()));
        }
    });
}
