//! A client that speaks raw bytes and reads responses by their framing.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::PATIENCE;

/// A client's connection.
pub struct Client {
    pub stream: TcpStream,
    /// Over TLS, if not in clear.
    pub tls: Option<Box<ClientConnection>>,
    buffer: Vec<u8>,
}

/// A response as the client saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Response {
    /// The first value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.split("\r\n").skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, tls: None, buffer: Vec::new() }
    }

    /// Connects over TLS, asking for a name; the handshake is done, or why it is not.
    pub fn secure(
        address: SocketAddr,
        config: Arc<ClientConfig>,
        name: &str,
    ) -> Result<Self, std::io::Error> {
        Self::connect(address).shake_hands(config, name)
    }

    /// Lays TLS over a connection.
    pub fn shake_hands(
        mut self,
        config: Arc<ClientConfig>,
        name: &str,
    ) -> Result<Self, std::io::Error> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut tls = Box::new(ClientConnection::new(config, name).unwrap());
        while tls.is_handshaking() {
            tls.complete_io(&mut self.stream)?;
        }
        self.tls = Some(tls);
        Ok(self)
    }

    /// Sends bytes; a balancer that closed already shows in what is read.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _closed = match &mut self.tls {
            Some(tls) => {
                rustls::Stream::new(&mut **tls, &mut self.stream).write_all(bytes.as_ref())
            }
            None => self.stream.write_all(bytes.as_ref()),
        };
    }

    /// Sends a GET and reads the response.
    pub fn get(&mut self, path: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        self.response().expect("a response")
    }

    /// Whether something can be read at once.
    pub fn has_something(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        peeked.is_ok_and(|count| count > 0)
    }

    /// Leaves without a word.
    pub fn reset(self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Says that nothing more comes.
    pub fn end(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            // Whoever closed already takes nothing.
            let _closed = tls.complete_io(&mut self.stream);
        }
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Reads a head.
    pub fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                return Some(String::from_utf8_lossy(&head).into_owned());
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// Reads the response to a request with a method other than HEAD.
    pub fn response(&mut self) -> Option<Response> {
        let head = self.head()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut response = Response { status, head, body: String::new() };
        let has_none = matches!(status, 100..=199 | 204 | 304);
        let body = if has_none {
            Vec::new()
        } else if response.field("transfer-encoding") == Some("chunked") {
            self.chunks()?
        } else if let Some(length) = response.field("content-length") {
            self.exactly(length.parse().ok()?)?
        } else {
            self.rest()
        };
        response.body = String::from_utf8_lossy(&body).into_owned();
        Some(response)
    }

    fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size = usize::from_str_radix(&self.line()?, 16).ok()?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Some(body);
            }
            body.extend(self.exactly(size)?);
            self.line().filter(String::is_empty)?;
        }
    }

    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
                return Some(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// Reads exactly so many bytes.
    pub fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.fill() {
                return None;
            }
        }
        Some(self.buffer.drain(..length).collect())
    }

    /// Reads until the other side ends.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.fill() {}
        std::mem::take(&mut self.buffer)
    }

    /// Whether the balancer has closed, with nothing more to read.
    pub fn is_closed(&mut self) -> bool {
        self.buffer.is_empty() && !self.fill()
    }

    /// Whether the balancer ends the connection with an alert, or at once, when it is asked for
    /// something: with TLS 1.3 a client is refused only after its handshake.
    pub fn is_refused(&mut self) -> bool {
        self.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        let Some(tls) = &mut self.tls else { return self.is_closed() };
        let mut stream = rustls::Stream::new(&mut **tls, &mut self.stream);
        !stream.read(&mut [0]).is_ok_and(|count| count > 0)
    }

    fn fill(&mut self) -> bool {
        let mut part = [0; 65_536];
        let read = match &mut self.tls {
            Some(tls) => rustls::Stream::new(&mut **tls, &mut self.stream).read(&mut part),
            None => self.stream.read(&mut part),
        };
        match read {
            Ok(0) => false,
            Ok(count) => {
                self.buffer.extend_from_slice(&part[..count]);
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("nothing came: {error}"),
        }
    }
}
