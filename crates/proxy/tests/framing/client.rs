//! The client of a case: raw bytes out, strictly read responses in. It must notice how a
//! connection ends.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::wire::{Parse, Response, read_response};

/// One connection to the balancer.
pub(crate) struct Client {
    stream: TcpStream,
    /// Over TLS, if not in clear.
    tls: Option<Box<ClientConnection>>,
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
        let (sent, received) = (Vec::new(), Vec::new());
        Self { stream, tls: None, sent, received, at: 0, ended: None }
    }

    /// The same over TLS.
    pub(crate) fn secure(
        address: SocketAddr,
        patience: Duration,
        config: &Arc<ClientConfig>,
    ) -> Self {
        let mut client = Self::connect(address, patience);
        let name = ServerName::try_from("a.example").unwrap();
        let mut tls = Box::new(ClientConnection::new(config.clone(), name).unwrap());
        while tls.is_handshaking() {
            tls.complete_io(&mut client.stream).unwrap();
        }
        client.tls = Some(tls);
        client
    }

    /// Sends bytes; a balancer that closed already shows in what is read.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        let _closed = match &mut self.tls {
            Some(tls) => rustls::Stream::new(&mut **tls, &mut self.stream).write_all(bytes),
            None => self.stream.write_all(bytes),
        };
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
    pub(crate) fn end(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            while tls.wants_write() && tls.write_tls(&mut self.stream).is_ok() {}
        }
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
        let read = match &mut self.tls {
            Some(tls) => rustls::Stream::new(&mut **tls, &mut self.stream).read(&mut part),
            None => self.stream.read(&mut part),
        };
        match read {
            Ok(0) => self.ended = Some(Ended::Orderly),
            Ok(count) => {
                self.received.extend_from_slice(&part[..count]);
                return true;
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                self.ended = Some(Ended::Never);
            }
            // Without an end of TLS before that of TCP: what a cut in clear looks like.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                self.ended = Some(Ended::Orderly);
            }
            Err(_) => self.ended = Some(Ended::Reset),
        }
        false
    }
}
