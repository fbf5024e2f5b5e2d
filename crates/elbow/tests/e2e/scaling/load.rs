//! Continuous load by threads. Every failure is kept with what was seen of it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::harness::{Client, eventually};

/// How long a client waits for a part of an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a long answer has.
const LONG: usize = 64 * 4096;
/// Echoes of one upgraded connection.
const ECHOES: u32 = 100;

/// Clients that go on until they are told to end.
pub(super) struct Load {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    done: AtomicU64,
    failed: Mutex<Vec<String>>,
}

type Task = fn(SocketAddr, &Shared) -> io::Result<()>;

impl Load {
    /// Requests on kept and on new connections, of which some wait a while for their answers.
    pub(super) fn of_gets(http: SocketAddr) -> Self {
        let waiting = [(slow as Task, http); 8];
        let quick: [(Task, SocketAddr); 3] = [(kept, http), (kept, http), (fresh, http)];
        Self::of(&[&quick[..], &waiting].concat())
    }

    /// So many requests at once that each take a while.
    pub(super) fn of_slow_gets(http: SocketAddr, many: usize) -> Self {
        Self::of(&vec![(slow as Task, http); many])
    }

    /// Everything that members can be busy with, for `server.py`.
    pub(super) fn of_all_kinds(http: SocketAddr, tcp: SocketAddr) -> Self {
        let tasks: [(Task, SocketAddr); 7] = [
            (kept, http),
            (fresh, http),
            (posted, http),
            (posted, http),
            (upgraded, http),
            (raw, tcp),
            (upgraded, tcp),
        ];
        // So many that every instance that leaves is in the midst of one.
        let tasks: Vec<_> = tasks.into_iter().chain([(long as Task, http); 12]).collect();
        Self::of(&tasks)
    }

    fn of(tasks: &[(Task, SocketAddr)]) -> Self {
        let shared = Arc::new(Shared::default());
        let workers = tasks.iter().map(|(task, address)| {
            let (shared, task, address) = (Arc::clone(&shared), *task, *address);
            std::thread::spawn(move || {
                while !shared.stop.load(Ordering::Relaxed) {
                    if let Err(error) = task(address, &shared) {
                        shared.failed.lock().unwrap().push(format!("{address}: {error}"));
                    }
                }
            })
        });
        Self { workers: workers.collect(), shared }
    }

    /// Waits until more has been done from now on; fails if anything failed so far.
    #[track_caller]
    pub(super) fn goes_on(&self) {
        let before = self.shared.done.load(Ordering::Relaxed);
        eventually("requests are answered", || {
            let done = self.shared.done.load(Ordering::Relaxed);
            if done > before + 20 { Ok(()) } else { Err(format!("{done} after {before}")) }
        });
        self.check();
    }

    #[track_caller]
    fn check(&self) {
        let failed = self.shared.failed.lock().unwrap().clone();
        let done = self.shared.done.load(Ordering::Relaxed);
        let first: Vec<_> = failed.iter().take(5).collect();
        assert!(failed.is_empty(), "{} failed, {done} did not: {first:?}", failed.len());
    }

    /// Lets all finish what they do; fails if anything failed.
    #[track_caller]
    pub(super) fn end(mut self) -> u64 {
        self.shared.stop.store(true, Ordering::Relaxed);
        for worker in self.workers.drain(..) {
            worker.join().unwrap();
        }
        self.check();
        self.shared.done.load(Ordering::Relaxed)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn get(&self, client: &mut Client, path: &str) -> io::Result<String> {
        self.send(client, "GET", path, None)
    }

    fn send(
        &self,
        client: &mut Client,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> io::Result<String> {
        let response = client.try_send(method, path, body)?;
        if response.status != 200 {
            return Err(io::Error::other(format!("{method} {path}: {response}")));
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        Ok(response.body)
    }
}

/// One connection, for as long as the load lasts.
fn kept(address: SocketAddr, shared: &Shared) -> io::Result<()> {
    let mut client = Client::try_tcp(address)?;
    while !shared.stop.load(Ordering::Relaxed) {
        shared.get(&mut client, "/")?;
    }
    Ok(())
}

/// Requests that Elbow must not send a second time.
fn posted(address: SocketAddr, shared: &Shared) -> io::Result<()> {
    let mut client = Client::try_tcp(address)?;
    while !shared.stop.load(Ordering::Relaxed) {
        shared.send(&mut client, "POST", "/", Some("{}"))?;
    }
    Ok(())
}

fn fresh(address: SocketAddr, shared: &Shared) -> io::Result<()> {
    shared.get(&mut Client::try_tcp(address)?, "/").map(drop)
}

fn slow(address: SocketAddr, shared: &Shared) -> io::Result<()> {
    shared.get(&mut Client::try_tcp(address)?, "/?delay_ms=200").map(drop)
}

fn long(address: SocketAddr, shared: &Shared) -> io::Result<()> {
    let body = shared.get(&mut Client::try_tcp(address)?, "/long")?;
    match body.len() == LONG && body.bytes().all(|byte| byte == b'x') {
        true => Ok(()),
        false => Err(io::Error::other(format!("{} bytes of {LONG}", body.len()))),
    }
}

/// A few requests over a relayed connection.
fn raw(address: SocketAddr, shared: &Shared) -> io::Result<()> {
    let mut client = Client::try_tcp(address)?;
    for _ in 0..20 {
        shared.get(&mut client, "/")?;
    }
    Ok(())
}

/// A connection that becomes another protocol's, in which everything comes back.
fn upgraded(address: SocketAddr, shared: &Shared) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    stream.write_all(
        b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        return Err(io::Error::other(String::from_utf8_lossy(&head).into_owned()));
    }
    for number in 0..ECHOES {
        let sent = number.to_be_bytes();
        stream.write_all(&sent)?;
        let mut echo = [0; 4];
        stream.read_exact(&mut echo)?;
        if echo != sent {
            return Err(io::Error::other(format!("{echo:?} instead of {sent:?}")));
        }
        // Spread over a while, so that instances leave in its midst.
        std::thread::park_timeout(Duration::from_millis(5));
    }
    shared.done.fetch_add(1, Ordering::Relaxed);
    Ok(())
}
