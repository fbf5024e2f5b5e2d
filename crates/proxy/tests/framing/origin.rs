//! The origin of a case: it writes down every byte, reads requests with the suite's own reader,
//! and answers as its scripts say. It must not judge.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::case::{Deed, Script, When};
use super::wire::{Parse, Request, Rigour, read_request, read_request_head};

/// Targets of the runner's own requests begin so; the origin always serves them.
pub(crate) const OWN: &str = "/-/";
/// After so long, a connection that nobody closes is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A listening origin.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: JoinHandle<Vec<JoinHandle<Connection>>>,
    /// [`Deed::Tell`] comes out here.
    pub(crate) told: Receiver<()>,
    /// [`Deed::Listen`] waits for this.
    pub(crate) tell: Sender<()>,
}

/// A whole request, in the order of their ends.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) connection: usize,
    pub(crate) request: Request,
}

/// What happened on one connection.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    pub(crate) received: Vec<u8>,
    pub(crate) said: Vec<u8>,
    /// Bytes at the end that are no whole request.
    pub(crate) rest: Vec<u8>,
    /// Why they can't become one.
    pub(crate) trouble: Option<String>,
}

struct Shared {
    scripts: Mutex<VecDeque<Script>>,
    seen: Mutex<Vec<Seen>>,
    is_over: AtomicBool,
    listen: Mutex<Receiver<()>>,
    tell: Mutex<Sender<()>>,
}

impl Origin {
    pub(crate) fn start(scripts: &[Script]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, listen) = channel();
        let (tell_client, told) = channel();
        let shared = Arc::new(Shared {
            scripts: Mutex::new(scripts.iter().cloned().collect()),
            seen: Mutex::default(),
            is_over: AtomicBool::new(false),
            listen: Mutex::new(listen),
            tell: Mutex::new(tell_client),
        });
        let acceptor = std::thread::spawn({
            let shared = shared.clone();
            move || accept(&listener, &shared)
        });
        Self { address, shared, acceptor, told, tell }
    }

    /// What it has seen since this was last asked.
    pub(crate) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.shared.seen.lock().unwrap())
    }

    /// Waits for the end of all connections; the balancer must be gone.
    pub(crate) fn finish(self) -> (Vec<Seen>, Vec<Connection>) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The queue is in order: whoever connected before this is served before it ends.
        drop(TcpStream::connect(self.address).unwrap());
        let threads = self.acceptor.join().expect("the acceptor ends");
        let connections =
            threads.into_iter().map(|thread| thread.join().expect("a connection ends")).collect();
        let seen = std::mem::take(&mut *self.shared.seen.lock().unwrap());
        (seen, connections)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) -> Vec<JoinHandle<Connection>> {
    let mut threads = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        let number = threads.len();
        let shared = shared.clone();
        if shared.is_over.load(Ordering::SeqCst) && is_sentinel(&stream) {
            break;
        }
        threads.push(std::thread::spawn(move || {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_nodelay(true).unwrap();
            let connection = Connection::default();
            Peer { stream, number, shared, connection, has_ended: false }.serve()
        }));
    }
    threads
}

/// The last connection ends without a byte; so do early ones, which then don't matter either.
fn is_sentinel(stream: &TcpStream) -> bool {
    matches!(stream.peek(&mut [0]), Ok(0))
}

struct Peer {
    stream: TcpStream,
    number: usize,
    shared: Arc<Shared>,
    connection: Connection,
    /// Whether it ended its own side.
    has_ended: bool,
}

/// What a script leaves behind.
#[derive(PartialEq, Eq)]
enum After {
    GoOn,
    Stop,
}

impl Peer {
    fn serve(mut self) -> Connection {
        let mut at = 0;
        let mut was_early = false;
        loop {
            match self.waiting(at) {
                Parse::Whole(request, taken) => {
                    at += taken;
                    let target = request.target.clone();
                    let seen = Seen { connection: self.number, request };
                    self.shared.seen.lock().unwrap().push(seen.clone());
                    let is_answered = std::mem::take(&mut was_early) || self.has_ended;
                    let after = match is_answered {
                        true => After::GoOn,
                        false => {
                            let script = self.shared.script_for(&target);
                            self.perform(&script, &seen.request, at)
                        }
                    };
                    if after == After::Stop {
                        return self.connection;
                    }
                }
                Parse::Partial => {
                    if let Some((script, request)) = self.early_script(at, was_early) {
                        was_early = true;
                        if self.perform(&script, &request, at) == After::Stop {
                            return self.connection;
                        }
                        continue;
                    }
                    if !self.fill() {
                        break;
                    }
                }
                Parse::Bad(why) => {
                    self.connection.trouble = Some(why);
                    while self.fill() {}
                    break;
                }
            }
        }
        self.connection.rest = self.connection.received.split_off(at);
        self.connection.received.extend_from_slice(&self.connection.rest);
        self.connection
    }

    fn early_script(&self, at: usize, was_early: bool) -> Option<(Script, Request)> {
        let waiting = &self.connection.received[at..];
        match read_request_head(waiting, Rigour::Canonical) {
            Parse::Whole((request, _), _) if !was_early && !self.has_ended => {
                Some((self.shared.early_script(&request.target)?, request))
            }
            _ => None,
        }
    }

    fn perform(&mut self, script: &Script, request: &Request, at: usize) -> After {
        for deed in &script.deeds {
            match deed {
                Deed::Say(bytes) => self.say(bytes),
                Deed::Serve => self.say(&serve(request)),
                Deed::Listen => {
                    let listen = self.shared.listen.lock().unwrap();
                    listen.recv_timeout(PATIENCE).expect("the client lets the origin go on");
                }
                Deed::Tell => {
                    let _gone = self.shared.tell.lock().unwrap().send(());
                }
                Deed::Rest => while matches!(self.waiting(at), Parse::Partial) && self.fill() {},
                Deed::Echo => return self.echo(at),
                Deed::Close => {
                    self.has_ended = true;
                    let _gone = self.stream.shutdown(Shutdown::Write);
                }
                Deed::Reset => {
                    let socket = socket2::SockRef::from(&self.stream);
                    socket.set_linger(Some(Duration::ZERO)).unwrap();
                    return After::Stop;
                }
            }
        }
        After::GoOn
    }

    fn waiting(&self, at: usize) -> Parse<Request> {
        read_request(&self.connection.received[at..], Rigour::Canonical)
    }

    fn echo(&mut self, at: usize) -> After {
        let mut at = at;
        loop {
            let waiting = self.connection.received[at..].to_vec();
            at += waiting.len();
            self.say(&waiting);
            if !self.fill() {
                return After::Stop;
            }
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        self.connection.said.extend_from_slice(bytes);
        // The balancer may have closed already, which is seen from the other side.
        let _gone = self.stream.write_all(bytes);
    }

    fn fill(&mut self) -> bool {
        let mut part = [0; 65_536];
        match self.stream.read(&mut part) {
            Ok(count) if count > 0 => {
                self.connection.received.extend_from_slice(&part[..count]);
                true
            }
            _ => false,
        }
    }
}

impl Shared {
    fn script_for(&self, target: &str) -> Script {
        let served = Script { when: When::AfterRequest, deeds: vec![Deed::Serve] };
        match target.starts_with(OWN) {
            true => served,
            false => self.scripts.lock().unwrap().pop_front().unwrap_or(served),
        }
    }

    fn early_script(&self, target: &str) -> Option<Script> {
        let mut scripts = self.scripts.lock().unwrap();
        let is_early = scripts.front().is_some_and(|script| script.when == When::AfterHead);
        if is_early && !target.starts_with(OWN) { scripts.pop_front() } else { None }
    }
}

fn serve(request: &Request) -> Vec<u8> {
    let body = if request.method == "HEAD" { "" } else { &request.target };
    let length = request.target.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}
