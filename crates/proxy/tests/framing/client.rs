//! The client of a case: raw bytes out, strictly read responses in. It must notice how a
//! connection ends.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::wire::{Parse, Response, read_response};

/// One connection to the balancer.
pub(crate) struct Client {
    stream: TcpStream,
    pub(crate) sent: Vec<u8>,
    pub(crate) received: Vec<u8>,
    at: usize,
    ended: Option<Ended>,
}

/// How the balancer ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Orderly,
    Reset,
    /// Not at all in the time that a case has.
    Never,
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The connection ended before, after so many bytes of it.
    Ended(Ended, usize),
    Malformed(String),
}

impl Client {
    pub(crate) fn connect(address: SocketAddr, patience: Duration) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(patience)).unwrap();
        stream.set_write_timeout(Some(patience)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, sent: Vec::new(), received: Vec::new(), at: 0, ended: None }
    }

    /// Sends bytes; a balancer that closed already shows in what is read.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        let _closed = self.stream.write_all(bytes);
    }

    /// Sends bytes one by one.
    pub(crate) fn send_bytewise(&mut self, bytes: &[u8]) {
        for byte in bytes.chunks(1) {
            self.send(byte);
        }
    }

    /// Sends one byte again and again until anything comes back.
    pub(crate) fn drip(&mut self, byte: u8, pause: Duration, patience: Duration) {
        self.stream.set_read_timeout(Some(pause)).unwrap();
        let drips = patience.as_millis() / pause.as_millis();
        for _ in 0..drips {
            self.send(&[byte]);
            if self.fill() || self.ended != Some(Ended::Never) {
                break;
            }
            self.ended = None;
        }
        self.stream.set_read_timeout(Some(patience)).unwrap();
    }

    /// Says that nothing more comes.
    pub(crate) fn end(&self) {
        let _closed = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads the next response, the answer to a request with `method`.
    pub(crate) fn response(&mut self, method: &str) -> Result<Response, Missing> {
        loop {
            let waiting = &self.received[self.at..];
            let is_over = self.ended == Some(Ended::Orderly);
            match (read_response(waiting, method, is_over), self.ended) {
                (Parse::Whole(response, taken), _) => {
                    self.at += taken;
                    return Ok(response);
                }
                (Parse::Bad(why), _) => return Err(Missing::Malformed(why)),
                (Parse::Partial, Some(ended)) => {
                    return Err(Missing::Ended(ended, waiting.len()));
                }
                (Parse::Partial, None) => {
                    self.fill();
                }
            }
        }
    }

    /// Reads so many bytes, or as many as come.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.received.len() < self.at + count && self.fill() {}
        let end = self.received.len().min(self.at + count);
        let bytes = self.received[self.at..end].to_vec();
        self.at = end;
        bytes
    }

    /// Waits until there is anything to read.
    pub(crate) fn await_some(&mut self) {
        while self.received.len() == self.at && self.fill() {}
    }

    /// Reads on to the end: how it ended, and what came before.
    pub(crate) fn rest(&mut self) -> (Ended, Vec<u8>) {
        while self.fill() {}
        let rest = self.received.split_off(self.at);
        self.received.extend_from_slice(&rest);
        self.at = self.received.len();
        (self.ended.unwrap_or(Ended::Never), rest)
    }

    fn fill(&mut self) -> bool {
        if self.ended.is_some() {
            return false;
        }
        let mut part = [0; 65_536];
        match self.stream.read(&mut part) {
            Ok(0) => self.ended = Some(Ended::Orderly),
            Ok(count) => {
                self.received.extend_from_slice(&part[..count]);
                return true;
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                self.ended = Some(Ended::Never);
            }
            Err(_) => self.ended = Some(Ended::Reset),
        }
        false
    }
}
