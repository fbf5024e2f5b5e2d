//! Servers behind the balancer. Each connection is a thread that runs a script on raw bytes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::PATIENCE;

/// A server on a port of the kernel's choice.
pub struct Origin {
    pub address: SocketAddr,
    /// Connections accepted.
    pub connections: Arc<AtomicUsize>,
}

/// The server's end of one connection.
pub struct Peer {
    pub stream: TcpStream,
    /// 0 for the server's first connection.
    pub number: usize,
    buffer: Vec<u8>,
}

impl Origin {
    /// Serves every connection with `script`, each on its own thread.
    pub fn start(script: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (counter, script) = (connections.clone(), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                let script = script.clone();
                std::thread::spawn(move || script(Peer { stream, number, buffer: Vec::new() }));
            }
        });
        Self { address, connections }
    }

    /// Answers every request with 200 and `name`, on as many requests as the client likes.
    pub fn named(name: &'static str) -> Self {
        Self::start(move |mut peer| {
            while peer.read_request().is_some() {
                peer.write(&format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{name}",
                    name.len()
                ));
            }
        })
    }

    /// Answers every request with the request itself, as it arrived.
    pub fn echo() -> Self {
        Self::start(|mut peer| {
            while let Some(request) = peer.read_request() {
                let length = request.len();
                peer.write(&format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{request}"
                ));
            }
        })
    }

    /// Answers every request with fixed bytes and closes.
    pub fn fixed(answer: &'static [u8]) -> Self {
        Self::start(move |mut peer| {
            if peer.read_request().is_some() {
                peer.write_bytes(answer);
            }
        })
    }

    /// How many connections it has had.
    pub fn connection_count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Peer {
    /// Reads until the end of a head; `None` at the end of the connection.
    pub fn read_head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                return Some(String::from_utf8_lossy(&head).into_owned());
            }
            self.fill()?;
        }
    }

    /// Reads a request with its body, framing and all.
    pub fn read_request(&mut self) -> Option<String> {
        let head = self.read_head()?;
        let lower = head.to_ascii_lowercase();
        let body = if lower.contains("transfer-encoding: chunked") {
            self.read_until(b"0\r\n\r\n")?
        } else if let Some((_, rest)) = lower.split_once("content-length: ") {
            let length: usize = rest.split("\r\n").next()?.parse().ok()?;
            self.read_exactly(length)?
        } else {
            Vec::new()
        };
        Some(head + &String::from_utf8_lossy(&body))
    }

    /// Reads exactly so many bytes.
    pub fn read_exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < length {
            self.fill()?;
        }
        Some(self.buffer.drain(..length).collect())
    }

    fn read_until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.buffer.windows(end.len()).position(|part| part == end) {
                return Some(self.buffer.drain(..at + end.len()).collect());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Option<()> {
        let mut part = [0; 65_536];
        let count = self.stream.read(&mut part).ok().filter(|count| *count > 0)?;
        self.buffer.extend_from_slice(&part[..count]);
        Some(())
    }

    /// Reads whatever comes until the other side ends.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        while self.fill().is_some() {}
        std::mem::take(&mut self.buffer)
    }

    pub fn write(&mut self, text: &str) {
        self.write_bytes(text.as_bytes());
    }

    pub fn write_bytes(&mut self, bytes: &[u8]) {
        // The balancer may have closed already, which the test will see from the other side.
        let _gone = self.stream.write_all(bytes);
    }
}
