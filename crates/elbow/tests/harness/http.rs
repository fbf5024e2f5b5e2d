//! A small blocking HTTP/1.1 client with a connection that it keeps, over TCP or a Unix socket. It does nothing that it
//! was not asked for, so that a test sees what was really sent.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use socket2::{Domain, Socket, Type};

/// Longest wait for a part of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A kept connection to one place.
pub(crate) struct Client {
    stream: BufReader<Box<dyn Stream>>,
    host: String,
    headers: Vec<(String, String)>,
}

/// What a connection can do.
pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Client {
    /// Connects to an address.
    #[track_caller]
    pub(crate) fn tcp(address: SocketAddr) -> Self {
        Self::try_tcp(address).unwrap_or_else(|error| panic!("connecting to {address}: {error}"))
    }

    /// Connects to an address, if somebody listens.
    pub(crate) fn try_tcp(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self::over(Box::new(stream), address.to_string()))
    }

    /// Connects to an address from this one of the machine's own.
    #[track_caller]
    pub(crate) fn tcp_from(source: IpAddr, address: SocketAddr) -> Self {
        let connect = || {
            let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
            socket.bind(&SocketAddr::new(source, 0).into())?;
            socket.connect_timeout(&address.into(), PATIENCE)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            io::Result::Ok(TcpStream::from(socket))
        };
        let stream = connect().unwrap_or_else(|error| panic!("{source} to {address}: {error}"));
        Self::over(Box::new(stream), address.to_string())
    }

    /// Connects to a Unix socket.
    #[track_caller]
    pub(crate) fn unix(path: &Path) -> Self {
        Self::try_unix(path)
            .unwrap_or_else(|error| panic!("connecting to {}: {error}", path.display()))
    }

    /// Connects to a Unix socket, if somebody listens.
    pub(crate) fn try_unix(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self::over(Box::new(stream), "localhost".to_owned()))
    }

    fn over(stream: Box<dyn Stream>, host: String) -> Self {
        Self { stream: BufReader::new(stream), host, headers: Vec::new() }
    }

    /// Sends this field with every request from now on.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends another `Host`.
    pub(crate) fn with_host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, None)
    }

    #[track_caller]
    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Response {
        self.send("POST", path, Some(&body.to_string()))
    }

    #[track_caller]
    pub(crate) fn patch(&mut self, path: &str, body: &Value) -> Response {
        self.send("PATCH", path, Some(&body.to_string()))
    }

    #[track_caller]
    pub(crate) fn put(&mut self, path: &str, body: &Value) -> Response {
        self.send("PUT", path, Some(&body.to_string()))
    }

    #[track_caller]
    pub(crate) fn delete(&mut self, path: &str) -> Response {
        self.send("DELETE", path, None)
    }

    /// Sends a request and reads its answer.
    #[track_caller]
    pub(crate) fn send(&mut self, method: &str, path: &str, body: Option<&str>) -> Response {
        self.try_send(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends a form and reads its answer.
    #[track_caller]
    pub(crate) fn send_form(&mut self, path: &str, form: &str) -> Response {
        let kind = "application/x-www-form-urlencoded";
        let sent = self.try_send_as("POST", path, Some((kind, form)));
        sent.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// Sends a request and reads its answer, if the connection lasts so long.
    pub(crate) fn try_send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> io::Result<Response> {
        self.try_send_as(method, path, body.map(|body| ("application/json", body)))
    }

    fn try_send_as(
        &mut self,
        method: &str,
        path: &str,
        body: Option<(&str, &str)>,
    ) -> io::Result<Response> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.host);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some((kind, body)) = body {
            head.push_str(&format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len()));
        }
        let message = format!("{head}\r\n{}", body.map(|(_, body)| body).unwrap_or_default());
        self.stream.get_mut().write_all(message.as_bytes())?;
        loop {
            let response = self.read_response(method)?;
            if response.status >= 200 {
                return Ok(response);
            }
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed"));
        }
        Ok(line.trim_end().to_owned())
    }

    fn read_response(&mut self, method: &str) -> io::Result<Response> {
        let start = self.line()?;
        let status = start.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status =
            status.ok_or_else(|| io::Error::other(format!("no status line: `{start}`")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response { status, headers, body: String::new() };
        let bytes = self.read_body(method, &response)?;
        response.body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(response)
    }

    fn read_body(&mut self, method: &str, response: &Response) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if method == "HEAD" || response.status < 200 || matches!(response.status, 204 | 304) {
            return Ok(bytes);
        }
        if response.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(
                    self.line()?.split(';').next().unwrap_or_default().trim(),
                    16,
                )
                .map_err(io::Error::other)?;
                let start = bytes.len();
                bytes.resize(start + size, 0);
                self.stream.read_exact(&mut bytes[start..])?;
                while !self.line()?.is_empty() {}
                if size == 0 {
                    return Ok(bytes);
                }
            }
        }
        match response.header("content-length") {
            Some(length) => {
                bytes.resize(length.parse().map_err(io::Error::other)?, 0);
                self.stream.read_exact(&mut bytes)?;
            }
            None => {
                self.stream.read_to_end(&mut bytes)?;
            }
        }
        Ok(bytes)
    }
}

impl Response {
    /// A field by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {self}"))
    }

    /// The body as JSON, after a check of the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        if self.body.is_empty() { Value::Null } else { self.json() }
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {}", self.status, self.headers, self.body)
    }
}
