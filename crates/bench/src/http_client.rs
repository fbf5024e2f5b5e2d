//! A small blocking HTTP/1.1 client for the contenders' APIs: one connection, one request at a time,
//! JSON bodies. Not for measuring the data plane.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::failure::{Failure, While};

const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer that is taken.
const ANSWER_LIMIT: usize = 256 * 1024 * 1024;

/// A connection to a server.
pub(crate) struct HttpClient {
    address: SocketAddr,
    token: Option<String>,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// A status with its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body, if the status is one of success.
    pub(crate) fn json(&self) -> Result<Value, Failure> {
        if !(200..300).contains(&self.status) {
            let text = String::from_utf8_lossy(&self.body);
            return Err(Failure::new(format!("status {}: {text}", self.status)));
        }
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl HttpClient {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, token: None, stream: None, buffer: Vec::new() }
    }

    /// The same server and rights, another connection.
    pub(crate) fn another(&self) -> Self {
        Self { token: self.token.clone(), ..Self::new(self.address) }
    }

    pub(crate) fn set_token(&mut self, token: &str) {
        self.token = Some(token.to_owned());
    }

    /// Sends a request and waits for its answer; a failure closes the connection.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let answer = self.exchange(method, path, body);
        if answer.is_err() {
            self.stream = None;
        }
        answer.while_doing(format_args!("{method} {path}"))
    }

    /// As `send`, and takes only success.
    pub(crate) fn json(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let answer = self.send(method, path, body)?;
        answer.json().while_doing(format_args!("{method} {path}"))
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        if !body.is_empty() {
            let kind = if method == "PATCH" { "merge-patch+json" } else { "json" };
            request += &format!("Content-Type: application/{kind}\r\n");
        }
        if let Some(token) = &self.token {
            request += &format!("Authorization: Bearer {token}\r\n");
        }
        request += "\r\n";
        request += &body;
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address)?,
        };
        stream.write_all(request.as_bytes())?;
        self.buffer.clear();
        let (answer, is_reusable) = receive(&mut stream, &mut self.buffer)?;
        if is_reusable {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

/// Opens a connection as this client does.
pub(crate) fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(Answer, bool), Failure> {
    let end = loop {
        if let Some(end) = memchr::memmem::find(buffer, b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, buffer)?;
    };
    let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|word| word.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| Failure::new("an answer without a status"))?;
    let has = |line: &str| head.lines().any(|other| other == line);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let is_reusable = !has("connection: close");
    let body = if has("transfer-encoding: chunked") {
        chunked(stream, buffer, end)?
    } else if let Some(length) = length {
        let length: usize =
            length.trim().parse().map_err(|_| Failure::new("a length that is no number"))?;
        while buffer.len() < end + length {
            more(stream, buffer)?;
        }
        buffer[end..end + length].to_vec()
    } else {
        Vec::new()
    };
    Ok((Answer { status, body }, is_reusable))
}

fn chunked(stream: &mut TcpStream, buffer: &mut Vec<u8>, start: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let mut at = start;
    loop {
        let line = loop {
            if let Some(end) = memchr::memmem::find(&buffer[at..], b"\r\n") {
                break at + end;
            }
            more(stream, buffer)?;
        };
        let digits = std::str::from_utf8(&buffer[at..line]).unwrap_or_default();
        let size = usize::from_str_radix(digits.split(';').next().unwrap_or_default().trim(), 16)
            .map_err(|_| Failure::new("a chunk without a size"))?;
        let data = line + 2;
        while buffer.len() < data + size + 2 {
            more(stream, buffer)?;
        }
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&buffer[data..data + size]);
        at = data + size + 2;
    }
}

fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(), Failure> {
    let mut piece = [0; 64 * 1024];
    let count = stream.read(&mut piece)?;
    if count == 0 {
        return Err(Failure::new("closed before the answer was complete"));
    }
    buffer.extend_from_slice(&piece[..count]);
    if buffer.len() > ANSWER_LIMIT {
        return Err(Failure::new(format!("an answer above {ANSWER_LIMIT} bytes")));
    }
    Ok(())
}
